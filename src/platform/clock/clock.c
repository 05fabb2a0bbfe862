/* SPDX-License-Identifier: AGPL-3.0-or-later
 * The real clock, made strictly increasing over all threads, and the fake one of tests. */
#include "platform/clock/clock.h"

#include <stdatomic.h>
#include <time.h>

#include "base/mem/alloc.h"
#include "base/require/require.h"

struct clock {
    bool is_fake;
    _Atomic int64_t last_us; /* real: the last time handed out; fake: the time */
};

struct clock *clock_new_real(void)
{
    return MEM_NEW(struct clock);
}

struct clock *clock_new_fake(struct instant start)
{
    struct clock *clock = MEM_NEW(struct clock);
    clock->is_fake = true;
    clock_set(clock, start);
    return clock;
}

void clock_free(struct clock *clock)
{
    mem_free(clock);
}

/* Two events of one process never get the same time, also when the system's clock steps back: order by time
 * is then order of events. */
static int64_t clock_advance_past_last(struct clock *clock, int64_t system_us)
{
    int64_t last_us = atomic_load_explicit(&clock->last_us, memory_order_relaxed);
    int64_t next_us;
    do {
        next_us = system_us > last_us ? system_us : last_us + 1;
    } while (!atomic_compare_exchange_weak_explicit(&clock->last_us, &last_us, next_us, memory_order_relaxed,
                                                    memory_order_relaxed));
    return next_us;
}

struct instant clock_read(struct clock *clock)
{
    if (clock->is_fake)
        return (struct instant){atomic_load(&clock->last_us)};
    struct timespec now;
    REQUIRE(clock_gettime(CLOCK_REALTIME, &now) == 0);
    return (struct instant){clock_advance_past_last(clock, now.tv_sec * US_PER_SECOND + now.tv_nsec / 1000)};
}

struct instant clock_now(const struct ctx *cx)
{
    return clock_read(cx->platform->clock);
}

void clock_set(struct clock *clock, struct instant now)
{
    REQUIRE(clock->is_fake);
    atomic_store(&clock->last_us, now.us);
}

void clock_advance(struct clock *clock, int64_t us)
{
    REQUIRE(clock->is_fake);
    atomic_fetch_add(&clock->last_us, us);
}
