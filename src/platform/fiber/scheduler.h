/* SPDX-License-Identifier: AGPL-3.0-or-later
 * The inside of loops and fibers, shared by the files of this folder only.
 *
 * Invariants
 * - Everything in struct loop belongs to the loop's thread, but the members under "any thread".
 * - A fiber is in exactly one place: the reserve (IDLE), the run queue (RUNNABLE), the processor (RUNNING) or
 *   nowhere (PARKED). Only the owner of its one wake source holds a pointer to a parked fiber.
 * - The outcome of a park is decided when the fiber runs again, not when it was made runnable, so that a wake
 *   which arrives in between is never lost: woken before cancelled before timed out. */
#ifndef PLATFORM_FIBER_SCHEDULER_H
#define PLATFORM_FIBER_SCHEDULER_H

#include <stdatomic.h>
#include <sys/epoll.h>
#include <sys/types.h>

#include "base/data/heap.h"
#include "base/data/list.h"

#include "platform/fiber/context.h"
#include "platform/fiber/fiber.h"
#include "platform/fiber/loop.h"

enum { LOOP_EVENTS_PER_TURN = 256, LOOP_SIGNAL_STACK_BYTES = 16 * 1024 };

enum fiber_state { FIBER_IDLE, FIBER_RUNNABLE, FIBER_RUNNING, FIBER_PARKED };

struct fiber {
    struct list link;  /* run queue or reserve */
    struct list alive; /* loop->alive */
    struct loop *loop;
    const char *name;
    fiber_fn fn; /* NULL tells an idle fiber to give up its stack */
    void *arg;
    enum fiber_state state;
    bool is_woken; /* a wake that no park has taken yet */
    bool is_cancelled;
    bool is_firm;   /* parked deaf to cancel and deadline */
    bool is_vital;  /* runs before those that are not */
    bool has_ended; /* fn returned */
    int64_t deadline_us;
    struct timer timer; /* may run past a park: see fiber_arm */
    struct context context;
    struct loop_task remote_wake;
    atomic_bool is_remote_wake_posted;
};

/* Loop tasks in order of arrival. */
struct task_queue {
    struct loop_task *first;
    struct loop_task *last;
};

struct loop {
    struct loop_options options;
    int epoll_fd;
    int mailbox_fd; /* eventfd; edge-triggered, so it is never read */
    int64_t now_us;
    bool is_running;
    bool is_stopping; /* loop_stop was noticed: fibers are cancelled as they are, and as they come */

    struct epoll_event events[LOOP_EVENTS_PER_TURN];
    int event_next;
    int event_count;
    struct heap timers;
    struct task_queue deferred;

    struct context context; /* the thread's own stack */
    struct fiber *running;
    struct list vital;     /* of vital fibers: before all others, but for one in some */
    struct list runnable;  /* begun: before what has not, so that what was begun is finished */
    struct list fresh;     /* not begun yet, or gave way */
    size_t runnable_count; /* of the three */
    unsigned vital_in_row; /* run since the last of the others */
    struct list yielded;   /* fresh in the next turn */
    struct list alive;
    int alive_count;
    uint64_t shuffle_state;

    struct list reserve; /* idle fibers with their stacks, warmest first */
    int reserve_count;
    int reserve_lowest; /* since the last trim: so many were not needed at all */
    struct timer reserve_timer;

    /* any thread */
    _Atomic(struct loop_task *) mailbox; /* last in, first out; reversed when taken */
    atomic_bool is_asleep;
    atomic_bool is_stop_asked;
    atomic_int posting;              /* threads inside loop_post and loop_stop: loop_free waits for them */
    _Atomic int64_t turn_started_us; /* 0 while asleep */
    _Atomic(const char *) running_name;
    atomic_int alive_shown; /* alive_count as of the last turn */

    /* the watchdog's, under the registry's lock */
    struct list registered;
    pid_t thread_id;
    int64_t reported_turn_us;

    _Alignas(16) char signal_stack[LOOP_SIGNAL_STACK_BYTES];
};

/* The longest that a turn should take. */
#define LOOP_STALL_US INT64_C(1000)

int64_t monotonic_now_us(void);

/* Running loops are known to the process. fn is called under a lock. */
void loop_registry_add(struct loop *loop);
void loop_registry_remove(struct loop *loop);
void loops_each(void (*fn)(struct loop *loop, void *arg), void *arg);
/* Turns of all loops since the start that took more than LOOP_STALL_US. */
uint64_t loops_stall_count(void);

/* Fires what is due. */
void timers_fire(struct loop *loop);
/* For epoll_wait: -1 without timers. */
int timers_timeout_ms(const struct loop *loop, int64_t now_us);

/* Runs what other threads have sent. */
void loop_take_mail(struct loop *loop);

/* Appends to the run queue. */
void fiber_make_runnable(struct fiber *fiber);
/* Runs what is runnable until nothing is, or the turn has used its share. */
void fibers_run(struct loop *loop);
/* Runs the vital ones only. */
void fibers_run_vital(struct loop *loop);
void fibers_cancel_all(struct loop *loop);
/* What a fiber's timer and its mail do. */
void fiber_deadline_passed(struct timer *timer);
void fiber_take_remote_wake(struct loop_task *task);
/* TIMEOUT or CANCELLED, for a park that was not ended by its wake source. */
struct error *fiber_wakeup_error(struct ctx *cx, enum fiber_wakeup wakeup) MUST_USE;

/* An idle fiber with its stack, or NULL when max_fibers are alive or no stack can be mapped. */
struct fiber *reserve_take(struct loop *loop);
void reserve_put(struct loop *loop, struct fiber *fiber);
void reserve_drop_all(struct loop *loop);

#endif
