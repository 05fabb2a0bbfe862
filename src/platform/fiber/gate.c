/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Counting gates. A permit is handed to the first waiter directly, so nobody can slip in before it. */
#include "platform/fiber/fiber.h"
#include "platform/fiber/scheduler.h"

struct gate_waiter {
    struct list link;
    struct fiber *fiber;
    bool has_permit;
    int64_t since_us;
};

void fiber_gate_init(struct fiber_gate *gate, int permits)
{
    REQUIRE(permits > 0);
    gate->permits = permits;
    list_init(&gate->vital_waiters);
    list_init(&gate->waiters);
}

struct error *fiber_gate_enter(struct ctx *cx, struct fiber_gate *gate, int64_t deadline_us)
{
    if (gate->permits > 0) {
        gate->permits--;
        return NULL;
    }
    struct gate_waiter waiter = {.fiber = fiber_self(), .since_us = loop_now_us()};
    list_append(cx->is_vital ? &gate->vital_waiters : &gate->waiters, &waiter.link);
    enum fiber_wakeup wakeup;
    do {
        wakeup = fiber_park(deadline_us);
    } while (wakeup == FIBER_WOKEN && !waiter.has_permit);
    if (waiter.has_permit)
        return NULL;
    list_remove(&waiter.link);
    return fiber_wakeup_error(cx, wakeup);
}

void fiber_gate_leave(struct fiber_gate *gate)
{
    struct list *first = list_take_first(&gate->vital_waiters);
    if (first == NULL)
        first = list_take_first(&gate->waiters);
    if (first == NULL) {
        gate->permits++;
        return;
    }
    struct gate_waiter *waiter = LIST_OWNER(first, struct gate_waiter, link);
    waiter->has_permit = true;
    fiber_wake(waiter->fiber);
}

int64_t fiber_gate_wait_us(const struct fiber_gate *gate)
{
    if (list_is_empty(&gate->waiters))
        return 0;
    return loop_now_us() - LIST_OWNER(gate->waiters.next, struct gate_waiter, link)->since_us;
}
