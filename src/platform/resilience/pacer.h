/* SPDX-License-Identifier: AGPL-3.0-or-later
 * When each of those who are sent away is told so. Answers at once make a crowd that asks again at once, and then telling it takes the
 * processor from those who are served. So answers have a distance from each other: who is told later asks later. */
#ifndef PLATFORM_RESILIENCE_PACER_H
#define PLATFORM_RESILIENCE_PACER_H

#include <stdint.h>

/* Between two answers: five thousand a second of a loop, which is a few hundredths of a processor. */
#define PACER_DISTANCE_US INT64_C(200)
/* Nobody is kept longer, however many wait. */
#define PACER_LONGEST_US INT64_C(1000000)

/* One loop's, used by its thread. Zero it. */
struct pacer {
    int64_t next_us;
};

/* The moment at which this one is told: now, or up to PACER_LONGEST_US later. now_us only grows. */
int64_t pacer_take(struct pacer *pacer, int64_t now_us);

#endif
