/* SPDX-License-Identifier: AGPL-3.0-or-later
 * See analytics_domain.h. */
#include "modules/analytics/analytics_domain.h"

static const char *const sort_words[] = {
    [TOP_PLAYS] = "plays",         [TOP_DOWNLOADS] = "downloads", [TOP_FAVORITES] = "favorites",
    [TOP_PURCHASES] = "purchases", [TOP_REVENUE] = "revenue",
};
const struct enum_table analytics_sort_words = ENUM_TABLE("analytics_sort", sort_words);

/* Players report whole seconds, and the last one is rarely full. */
enum { TOLERANCE_S = 1 };

bool play_counts(int64_t seconds, int64_t duration_ms)
{
    int64_t wanted = PLAY_SECONDS;
    if (duration_ms > 0 && duration_ms / 1000 < PLAY_SECONDS)
        wanted = duration_ms / 1000 > TOLERANCE_S ? duration_ms / 1000 - TOLERANCE_S : 1;
    return seconds >= wanted;
}

int64_t day_of(struct instant at)
{
    return at.us / US_PER_DAY;
}

int64_t hour_of(struct instant at)
{
    return at.us / US_PER_HOUR;
}

int64_t first_day(struct instant now, int64_t days)
{
    return day_of(now) - days + 1;
}

struct instant day_start(int64_t day)
{
    return (struct instant){day * US_PER_DAY};
}
