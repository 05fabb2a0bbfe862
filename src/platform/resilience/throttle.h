/* SPDX-License-Identifier: AGPL-3.0-or-later
 * How much ordinary work may be in progress beside vital work. What slows the vital down need not be a queue of ours: the database's
 * processors and disk are shared as well. So the limit follows what vital work takes: above what it took in calm times the limit
 * shrinks by a fifth ten times a second, else it grows as far as it is used. */
#ifndef PLATFORM_RESILIENCE_THROTTLE_H
#define PLATFORM_RESILIENCE_THROTTLE_H

#include <stdbool.h>
#include <stdint.h>

#define THROTTLE_INTERVAL_US INT64_C(100000)
/* An interval is judged by so many pieces of vital work at least, and goes on until there were. */
#define THROTTLE_LEAST_SAMPLES 16
/* Where that takes longer, nothing vital is about that somebody could be in the way of. */
#define THROTTLE_IDLE_US INT64_C(2000000)
/* The limit never falls below. */
#define THROTTLE_LEAST 2

/* Vital work so far: pieces, and the time they took together. */
struct throttle_work {
    int64_t count, us;
};

/* One loop's, judged by its thread. Zero it and set `most`. */
struct throttle {
    int64_t most; /* in progress, however calm it is; 0: any number, always */
    double limit; /* 0: not set yet */
    double calm_us;
    int64_t begun_us;
    struct throttle_work seen; /* when the interval began */
    int64_t highest;           /* in progress, in this interval */
    bool is_full;              /* somebody was refused in it */
};

/* Before each piece of work, vital or not: how things stand. now_us and the members of work only grow. */
void throttle_look(struct throttle *throttle, int64_t now_us, struct throttle_work work);
/* Whether one more that is not vital may begin beside so many that are in progress. */
bool throttle_admits(struct throttle *throttle, int64_t in_progress);

#endif
