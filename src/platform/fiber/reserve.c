/* SPDX-License-Identifier: AGPL-3.0-or-later
 * The reserve of idle fibers. An idle fiber keeps its stack and waits, inside fiber_main, for its next work;
 * what was not needed for a while gives its stack back, so that a burst does not stay resident. */
#include "base/mem/alloc.h"
#include "base/require/require.h"
#include "base/value/instant.h"

#include "platform/fiber/scheduler.h"

enum {
    RESERVE_KEPT = 8,        /* never trimmed */
    RESERVE_TRIM_BATCH = 32, /* an unmapping costs microseconds, and a turn has few */
};

#define RESERVE_TRIM_US (250 * US_PER_MS)

static void fiber_main(struct context *context)
{
    struct fiber *fiber = LIST_OWNER(context, struct fiber, context);
    while (fiber->fn != NULL) {
        fiber->fn(fiber->arg);
        fiber->has_ended = true;
        context_switch(&fiber->context, &fiber->loop->context);
    }
    context_leave(&fiber->context, &fiber->loop->context);
}

static struct fiber *fiber_new(struct loop *loop)
{
    struct fiber *fiber = MEM_NEW(struct fiber);
    if (!context_init(&fiber->context, loop->options.fiber_stack_bytes * context_stack_factor, fiber_main)) {
        mem_free(fiber);
        return NULL;
    }
    fiber->loop = loop;
    fiber->timer.fire = fiber_deadline_passed;
    fiber->remote_wake.fn = fiber_take_remote_wake;
    return fiber;
}

static void drop_coldest(struct loop *loop)
{
    struct list *node = loop->reserve.prev;
    list_remove(node);
    loop->reserve_count--;
    struct fiber *fiber = LIST_OWNER(node, struct fiber, link);
    fiber->fn = NULL;
    context_switch(&loop->context, &fiber->context);
    context_fini(&fiber->context);
    mem_free(fiber);
}

static void reserve_trim(struct timer *timer)
{
    struct loop *loop = LIST_OWNER(timer, struct loop, reserve_timer);
    int surplus = loop->reserve_lowest - RESERVE_KEPT;
    int dropped = 0;
    for (; dropped < surplus && dropped < RESERVE_TRIM_BATCH; dropped++)
        drop_coldest(loop);
    if (dropped < surplus) {
        loop->reserve_lowest -= dropped;
        timer_start(loop, timer, loop->now_us + US_PER_MS);
        return;
    }
    loop->reserve_lowest = loop->reserve_count;
    if (loop->reserve_count > RESERVE_KEPT)
        timer_start(loop, timer, loop->now_us + RESERVE_TRIM_US);
}

struct fiber *reserve_take(struct loop *loop)
{
    if (loop->alive_count >= loop->options.max_fibers)
        return NULL;
    struct list *node = list_take_first(&loop->reserve);
    if (node == NULL)
        return fiber_new(loop);
    loop->reserve_count--;
    if (loop->reserve_count < loop->reserve_lowest)
        loop->reserve_lowest = loop->reserve_count;
    return LIST_OWNER(node, struct fiber, link);
}

void reserve_put(struct loop *loop, struct fiber *fiber)
{
    list_prepend(&loop->reserve, &fiber->link);
    loop->reserve_count++;
    if (loop->reserve_count <= RESERVE_KEPT || loop->reserve_timer.is_running)
        return;
    loop->reserve_lowest = loop->reserve_count;
    loop->reserve_timer.fire = reserve_trim;
    timer_start(loop, &loop->reserve_timer, loop->now_us + RESERVE_TRIM_US);
}

void reserve_drop_all(struct loop *loop)
{
    context_init_thread(&loop->context); /* whoever frees the loop need not be the thread that ran it */
    while (!list_is_empty(&loop->reserve))
        drop_coldest(loop);
}
