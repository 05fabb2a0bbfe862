/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Rules of analytics: when a play counts, what a day is. Pure. */
#ifndef MODULES_ANALYTICS_ANALYTICS_DOMAIN_H
#define MODULES_ANALYTICS_ANALYTICS_DOMAIN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text/enum_table.h"
#include "base/value/instant.h"

enum analytics_sort { TOP_PLAYS, TOP_DOWNLOADS, TOP_FAVORITES, TOP_PURCHASES, TOP_REVENUE };
extern const struct enum_table analytics_sort_words;

enum { PLAY_SECONDS = 30, MAX_DAYS = 3650 };

/* What happened, or how much of it. Favourites and purchases may be negative: taken back. */
struct tally {
    int64_t plays, downloads, favorites, purchases;
};

/* Heard for 30 seconds, or whole when it is shorter; duration_ms 0: not known. */
bool play_counts(int64_t seconds, int64_t duration_ms);

int64_t day_of(struct instant at);
int64_t hour_of(struct instant at);
/* The first day of a window of `days` that ends today. */
int64_t first_day(struct instant now, int64_t days);
struct instant day_start(int64_t day);

#endif
