/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Days and the Gregorian calendar, by arithmetic. Internal to base/value. */
#ifndef BASE_VALUE_CIVIL_H
#define BASE_VALUE_CIVIL_H

#include <stdint.h>

struct civil {
    int year;
    int month; /* 1–12 */
    int day;   /* 1–31 */
    int hour;
    int minute;
    int second; /* 60 only while parsing */
    int us;
};

/* Days since 1970-01-01 of a valid date; any year from 1 on. */
int64_t civil_to_days(int year, int month, int day);

/* Fills year, month and day. days is at or after year 1. */
void civil_set_days(struct civil *civil, int64_t days);

int civil_days_in_month(int year, int month);

#endif
