/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Timers, in the loop's heap. They may fire up to a millisecond late (the resolution of epoll_wait), never
 * early by the loop's clock. */
#include <limits.h>

#include "base/require/require.h"

#include "platform/fiber/scheduler.h"

void timer_start(struct loop *loop, struct timer *timer, int64_t due_us)
{
    REQUIRE(loop == loop_self() || !loop->is_running);
    timer_stop(loop, timer);
    timer->node.key = due_us;
    timer->is_running = true;
    heap_insert(&loop->timers, &timer->node);
}

void timer_stop(struct loop *loop, struct timer *timer)
{
    if (!timer->is_running)
        return;
    REQUIRE(loop == loop_self() || !loop->is_running);
    timer->is_running = false;
    heap_remove(&loop->timers, &timer->node);
}

void timers_fire(struct loop *loop)
{
    /* Counted: a timer that starts itself anew for a time that has passed fires again in the next turn. */
    for (size_t left = loop->timers.count; left > 0; left--) {
        struct heap_node *first = heap_first(&loop->timers);
        if (first == NULL || first->key > loop->now_us)
            return;
        struct timer *timer = HEAP_OWNER(first, struct timer, node);
        timer_stop(loop, timer);
        timer->fire(timer);
    }
}

int timers_timeout_ms(const struct loop *loop, int64_t now_us)
{
    const struct heap_node *first = heap_first(&loop->timers);
    if (first == NULL)
        return -1;
    if (first->key <= now_us)
        return 0;
    int64_t wait_ms = (first->key - now_us - 1) / 1000 + 1; /* rounded up; no overflow for INT64_MAX */
    return wait_ms < INT_MAX ? (int)wait_ms : INT_MAX;
}
