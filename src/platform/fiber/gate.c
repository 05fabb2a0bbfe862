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

/* A stream of the vital alone shall not keep the others out for ever. */
enum { VITAL_IN_ROW = 7 };

void fiber_gate_init(struct fiber_gate *gate, int permits, int reserve)
{
    REQUIRE(permits > 0 && reserve >= 0 && reserve < permits);
    gate->permits = permits;
    gate->reserve = reserve;
    gate->vital_in_row = 0;
    list_init(&gate->vital_waiters);
    list_init(&gate->waiters);
}

bool fiber_gate_is_open(const struct ctx *cx, const struct fiber_gate *gate)
{
    return gate->permits > (cx->is_vital ? 0 : gate->reserve);
}

struct error *fiber_gate_enter(struct ctx *cx, struct fiber_gate *gate, int64_t deadline_us)
{
    if (fiber_gate_is_open(cx, gate)) {
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

/* Whose turn it is; NULL: nobody may enter. */
static struct list *take_next(struct fiber_gate *gate)
{
    bool may_others = gate->permits > gate->reserve && !list_is_empty(&gate->waiters);
    bool is_turn_of_others = list_is_empty(&gate->vital_waiters) || gate->vital_in_row >= VITAL_IN_ROW;
    if (may_others && is_turn_of_others) {
        gate->vital_in_row = 0;
        return list_take_first(&gate->waiters);
    }
    gate->vital_in_row++;
    return list_take_first(&gate->vital_waiters);
}

void fiber_gate_leave(struct fiber_gate *gate)
{
    gate->permits++;
    struct list *first = take_next(gate);
    if (first == NULL)
        return;
    gate->permits--;
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
