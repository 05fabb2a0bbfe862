/* SPDX-License-Identifier: AGPL-3.0-or-later
 * The limit, its growing and shrinking, and what it takes for calm. */
#include "platform/resilience/throttle.h"

/* Vital work may take so many times what it takes in calm times, and a bit more for what is short anyway. */
static const double patience = 1.25;
static const double patience_us = 100;
static const double shrink = 0.8;
static const double growth = 1.0 / 16;
/* Of a new average in what is taken for calm: while it is calm; where vital work is quicker than that although it is not; and else a
 * little, so that a database that has become slower for good is calm again after some minutes. */
static const double calm_share = 1.0 / 16;
static const double quicker_share = 1.0 / 4;
static const double drift = 1.0 / 4096;

static double larger(double a, double b)
{
    return a > b ? a : b;
}

static double smaller(double a, double b)
{
    return a < b ? a : b;
}

static void note_calm(struct throttle *throttle, double average_us)
{
    bool is_calm = throttle->highest <= 1 && !throttle->is_full;
    if (throttle->calm_us <= 0)
        throttle->calm_us = average_us;
    else if (is_calm)
        throttle->calm_us += (average_us - throttle->calm_us) * calm_share;
    else if (average_us < throttle->calm_us)
        throttle->calm_us += (average_us - throttle->calm_us) * quicker_share;
    else
        throttle->calm_us += throttle->calm_us * drift;
}

static void grow(struct throttle *throttle)
{
    if (throttle->is_full)
        throttle->limit =
            smaller((double)throttle->most, throttle->limit + larger(1, throttle->limit * growth));
}

static void judge(struct throttle *throttle, double average_us)
{
    note_calm(throttle, average_us);
    if (average_us <= throttle->calm_us * patience + patience_us)
        grow(throttle);
    else
        throttle->limit =
            larger(THROTTLE_LEAST, smaller(throttle->limit, (double)throttle->highest) * shrink);
}

static void begin_interval(struct throttle *throttle, int64_t now_us, struct throttle_work work)
{
    throttle->begun_us = now_us;
    throttle->seen = work;
    throttle->highest = 0;
    throttle->is_full = false;
}

void throttle_look(struct throttle *throttle, int64_t now_us, struct throttle_work work)
{
    if (throttle->begun_us == 0) {
        throttle->limit = (double)throttle->most;
        begin_interval(throttle, now_us, work);
    }
    int64_t lasted_us = now_us - throttle->begun_us;
    int64_t count = work.count - throttle->seen.count;
    if (lasted_us < THROTTLE_INTERVAL_US)
        return;
    if (count >= THROTTLE_LEAST_SAMPLES)
        judge(throttle, (double)(work.us - throttle->seen.us) / (double)count);
    else if (lasted_us >= THROTTLE_IDLE_US)
        throttle->limit = (double)throttle->most;
    else
        return;
    begin_interval(throttle, now_us, work);
}

bool throttle_admits(struct throttle *throttle, int64_t in_progress)
{
    if (throttle->most == 0)
        return true;
    if (in_progress + 1 > throttle->highest)
        throttle->highest = in_progress + 1;
    bool is_let_in = (double)in_progress < throttle->limit;
    throttle->is_full = throttle->is_full || !is_let_in;
    return is_let_in;
}
