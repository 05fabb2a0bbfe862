/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Fibers: spawn, park, wake, cancel, and the part of a turn that runs them. */
#include "platform/fiber/fiber.h"

#include "base/mem/alloc.h"
#include "base/require/require.h"

#include "platform/fiber/scheduler.h"

/* A turn gives fibers so much time before it looks at sockets and timers again. */
#define TURN_SHARE_US INT64_C(500)
enum { FIBERS_PER_CLOCK_READ = 16, SHUFFLED_PER_TURN = 1024, VITAL_IN_ROW = 15, VITAL_PER_LOOK = 64 };

static struct fiber *running_fiber(void)
{
    struct fiber *fiber = fiber_self();
    REQUIRE(fiber != NULL); /* loop context must not park */
    return fiber;
}

struct fiber *fiber_self(void)
{
    const struct loop *loop = loop_self();
    return loop != NULL ? loop->running : NULL;
}

static void queue_in(struct list *queue, struct fiber *fiber)
{
    fiber->state = FIBER_RUNNABLE;
    list_append(queue, &fiber->link);
    fiber->loop->runnable_count++;
}

/* A shuffled loop draws from one list. */
void fiber_make_runnable(struct fiber *fiber)
{
    struct loop *loop = fiber->loop;
    bool goes_first = fiber->is_vital && loop->options.shuffle_seed == 0;
    queue_in(goes_first ? &loop->vital : &loop->runnable, fiber);
}

static void queue_fresh(struct fiber *fiber)
{
    struct loop *loop = fiber->loop;
    queue_in(loop->options.shuffle_seed != 0 ? &loop->runnable : &loop->fresh, fiber);
}

bool fiber_waits_behind_others(const struct fiber *fiber)
{
    return fiber->loop->fresh.next != &fiber->link || !list_is_empty(&fiber->loop->runnable);
}

void fiber_hurry(struct fiber *fiber)
{
    REQUIRE(fiber->loop == loop_self() && fiber->state == FIBER_RUNNABLE);
    fiber->is_vital = true;
    list_remove(&fiber->link);
    fiber->loop->runnable_count--;
    fiber_make_runnable(fiber);
}

bool fiber_set_vital(bool is_vital)
{
    struct fiber *fiber = running_fiber();
    bool was_vital = fiber->is_vital;
    fiber->is_vital = is_vital;
    return was_vital;
}

/* Spawning */

static struct fiber *spawn(struct loop *loop, const char *name, fiber_fn fn, void *arg)
{
    struct fiber *fiber = reserve_take(loop);
    if (fiber == NULL)
        return NULL;
    fiber->name = name;
    fiber->fn = fn;
    fiber->arg = arg;
    fiber->is_woken = false;
    fiber->is_vital = false;
    fiber->is_cancelled = loop->is_stopping;
    fiber->has_ended = false;
    list_append(&loop->alive, &fiber->alive);
    loop->alive_count++;
    queue_fresh(fiber);
    return fiber;
}

struct fiber *fiber_spawn(const char *name, fiber_fn fn, void *arg)
{
    struct loop *loop = loop_self();
    REQUIRE(loop != NULL);
    return spawn(loop, name, fn, arg);
}

struct remote_spawn {
    struct loop_task task;
    struct loop *loop;
    const char *name;
    fiber_fn fn;
    void *arg;
};

static void spawn_posted(struct loop_task *task)
{
    struct remote_spawn *remote = LIST_OWNER(task, struct remote_spawn, task);
    struct fiber *fiber = spawn(remote->loop, remote->name, remote->fn, remote->arg);
    REQUIRE(fiber != NULL);
    mem_free(remote);
}

void fiber_spawn_on(struct loop *loop, const char *name, fiber_fn fn, void *arg)
{
    struct remote_spawn *remote = MEM_NEW(struct remote_spawn);
    *remote =
        (struct remote_spawn){.task.fn = spawn_posted, .loop = loop, .name = name, .fn = fn, .arg = arg};
    loop_post(loop, &remote->task);
}

/* Parking */

static void suspend(struct fiber *self)
{
    self->state = FIBER_PARKED;
    context_switch(&self->context, &self->loop->context);
}

/* Timers are left running over parks, because most parks of a request have the same deadline: one that fires
 * too early is set anew, or forgotten. */
static void arm(struct fiber *self, int64_t deadline_us)
{
    self->deadline_us = deadline_us;
    if (deadline_us == INT64_MAX || (self->timer.is_running && self->timer.node.key <= deadline_us))
        return;
    timer_start(self->loop, &self->timer, deadline_us);
}

void fiber_deadline_passed(struct timer *timer)
{
    struct fiber *fiber = LIST_OWNER(timer, struct fiber, timer);
    if (fiber->state != FIBER_PARKED || fiber->is_firm)
        return;
    if (fiber->deadline_us > fiber->loop->now_us)
        arm(fiber, fiber->deadline_us);
    else
        fiber_make_runnable(fiber);
}

enum fiber_wakeup fiber_park(int64_t deadline_us)
{
    struct fiber *self = running_fiber();
    if (!self->is_woken && !self->is_cancelled && deadline_us > self->loop->now_us) {
        arm(self, deadline_us);
        suspend(self);
    }
    if (self->is_woken) {
        self->is_woken = false;
        return FIBER_WOKEN;
    }
    return self->is_cancelled ? FIBER_CANCELLED : FIBER_TIMED_OUT;
}

void fiber_park_firmly(void)
{
    struct fiber *self = running_fiber();
    self->is_firm = true;
    while (!self->is_woken)
        suspend(self);
    self->is_firm = false;
    self->is_woken = false;
}

void fiber_yield(void)
{
    struct fiber *self = running_fiber();
    self->state = FIBER_RUNNABLE;
    list_append(&self->loop->yielded, &self->link);
    context_switch(&self->context, &self->loop->context);
}

/* Waking */

void fiber_wake(struct fiber *fiber)
{
    REQUIRE(fiber->loop == loop_self() && fiber->state != FIBER_IDLE);
    fiber->is_woken = true;
    if (fiber->state == FIBER_PARKED)
        fiber_make_runnable(fiber);
}

void fiber_take_remote_wake(struct loop_task *task)
{
    struct fiber *fiber = LIST_OWNER(task, struct fiber, remote_wake);
    /* An exchange, not a store: it takes over what a second waker wrote before it found the wake posted. */
    atomic_exchange(&fiber->is_remote_wake_posted, false);
    fiber_wake(fiber);
}

void fiber_wake_from_thread(struct fiber *fiber)
{
    if (!atomic_exchange(&fiber->is_remote_wake_posted, true))
        loop_post(fiber->loop, &fiber->remote_wake);
}

void fiber_cancel(struct fiber *fiber)
{
    REQUIRE(fiber->loop == loop_self() && fiber->state != FIBER_IDLE);
    fiber->is_cancelled = true;
    if (fiber->state == FIBER_PARKED && !fiber->is_firm)
        fiber_make_runnable(fiber);
}

bool fiber_is_cancelled(const struct fiber *fiber)
{
    return fiber->is_cancelled;
}

void fibers_cancel_all(struct loop *loop)
{
    LIST_EACH (node, &loop->alive)
        fiber_cancel(LIST_OWNER(node, struct fiber, alive));
}

/* Running */

/* splitmix64: any seed gives a good row, and the row is the same everywhere. */
static uint64_t shuffle_next(struct loop *loop)
{
    uint64_t x = loop->shuffle_state += UINT64_C(0x9e3779b97f4a7c15);
    x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
    return x ^ (x >> 31);
}

static struct list *next_queue(struct loop *loop)
{
    struct list *others = list_is_empty(&loop->runnable) ? &loop->fresh : &loop->runnable;
    bool is_turn_of_others = loop->vital_in_row >= VITAL_IN_ROW && !list_is_empty(others);
    if (list_is_empty(&loop->vital) || is_turn_of_others) {
        loop->vital_in_row = 0;
        return others;
    }
    loop->vital_in_row++;
    return &loop->vital;
}

static struct fiber *take_runnable(struct loop *loop)
{
    struct list *node = next_queue(loop)->next;
    if (loop->options.shuffle_seed != 0) {
        for (uint64_t skip = shuffle_next(loop) % loop->runnable_count; skip > 0; skip--)
            node = node->next;
    }
    list_remove(node);
    loop->runnable_count--;
    return LIST_OWNER(node, struct fiber, link);
}

static void retire(struct loop *loop, struct fiber *fiber)
{
    REQUIRE(!atomic_load(&fiber->is_remote_wake_posted));
    timer_stop(loop, &fiber->timer);
    list_remove(&fiber->alive);
    loop->alive_count--;
    fiber->state = FIBER_IDLE;
    reserve_put(loop, fiber);
}

static void resume(struct loop *loop, struct fiber *fiber)
{
    loop->running = fiber;
    atomic_store_explicit(&loop->running_name, fiber->name, memory_order_relaxed);
    fiber->state = FIBER_RUNNING;
    context_switch(&loop->context, &fiber->context);
    loop->running = NULL;
    if (fiber->has_ended)
        retire(loop, fiber);
}

static void take_yielded(struct loop *loop)
{
    struct list *node;
    while ((node = list_take_first(&loop->yielded)) != NULL) {
        struct fiber *fiber = LIST_OWNER(node, struct fiber, link);
        if (fiber->is_vital)
            fiber_make_runnable(fiber);
        else
            queue_fresh(fiber);
    }
}

/* Whether the fibers had their share of this turn. A shuffled order must be the same each time it is run: there the
 * clock has no say, a number of fibers ends the share. */
static bool share_is_spent(const struct loop *loop, unsigned run)
{
    if (loop->options.shuffle_seed != 0)
        return run == SHUFFLED_PER_TURN;
    return run % FIBERS_PER_CLOCK_READ == 0 && monotonic_now_us() - loop->now_us > TURN_SHARE_US;
}

/* What other threads have finished for a vital fiber shall not wait for the end of a long turn. A shuffled loop takes mail at
 * one place only, so that its order is its seed's. */
static void look_for_mail(struct loop *loop)
{
    if (loop->options.shuffle_seed == 0)
        loop_take_mail(loop);
}

void fibers_run_vital(struct loop *loop)
{
    look_for_mail(loop);
    for (int run = 0; run < VITAL_PER_LOOK && !list_is_empty(&loop->vital); run++)
        resume(loop, take_runnable(loop));
    atomic_store_explicit(&loop->running_name, NULL, memory_order_relaxed);
}

void fibers_run(struct loop *loop)
{
    take_yielded(loop);
    for (unsigned run = 1; loop->runnable_count > 0; run++) {
        resume(loop, take_runnable(loop));
        look_for_mail(loop);
        if (share_is_spent(loop, run))
            break;
    }
    atomic_store_explicit(&loop->running_name, NULL, memory_order_relaxed);
}
