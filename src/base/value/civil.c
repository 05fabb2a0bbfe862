/* SPDX-License-Identifier: AGPL-3.0-or-later
 * The calendar is counted in years that begin in March, so that the leap day is the last of its year,
 * and in eras of 400 years, which all have the same number of days. */
#include "base/value/civil.h"

#include <stdbool.h>

#include "base/require/require.h"

#define DAYS_PER_ERA     146097
#define DAYS_PER_CENTURY 36524
#define DAYS_PER_4_YEARS 1461
#define DAYS_PER_YEAR    365
/* From 0000-03-01 to 1970-01-01. */
#define DAYS_TO_1970 719468

/* Days of the March year before its month m (0: March): 153 days make five months, 31 30 31 30 31. */
static int days_before_month(int m)
{
    return (153 * m + 2) / 5;
}

int64_t civil_to_days(int year, int month, int day)
{
    REQUIRE(year >= 1 && month >= 1 && month <= 12);
    int march_month = month > 2 ? month - 3 : month + 9;
    int march_year = month > 2 ? year : year - 1;
    int era = march_year / 400;
    int year_of_era = march_year % 400;
    int day_of_era = year_of_era * DAYS_PER_YEAR + year_of_era / 4 - year_of_era / 100 +
                     days_before_month(march_month) + day - 1;
    return (int64_t)era * DAYS_PER_ERA + day_of_era - DAYS_TO_1970;
}

void civil_set_days(struct civil *civil, int64_t days)
{
    int64_t shifted = days + DAYS_TO_1970;
    REQUIRE(shifted >= 0);
    int64_t era = shifted / DAYS_PER_ERA;
    int day_of_era = (int)(shifted % DAYS_PER_ERA);
    /* Take out the leap days that came before, then count years of 365 days. */
    int leap_days =
        day_of_era / (DAYS_PER_4_YEARS - 1) - day_of_era / DAYS_PER_CENTURY + day_of_era / (DAYS_PER_ERA - 1);
    int year_of_era = (day_of_era - leap_days) / DAYS_PER_YEAR;
    int day_of_year = day_of_era - (DAYS_PER_YEAR * year_of_era + year_of_era / 4 - year_of_era / 100);
    int march_month = (5 * day_of_year + 2) / 153;
    civil->month = march_month < 10 ? march_month + 3 : march_month - 9;
    civil->day = day_of_year - days_before_month(march_month) + 1;
    civil->year = (int)(era * 400) + year_of_era + (civil->month <= 2 ? 1 : 0);
}

int civil_days_in_month(int year, int month)
{
    static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    REQUIRE(month >= 1 && month <= 12);
    bool is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    return lengths[month - 1] + (month == 2 && is_leap ? 1 : 0);
}
