/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Event loops: one thread, one epoll, timers and a mailbox each. Nothing is shared between loops without
 * a mailbox. No call made on a loop may block it for over 1 ms; a watchdog counts and logs stalls. */
#ifndef PLATFORM_FIBER_LOOP_H
#define PLATFORM_FIBER_LOOP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/data/heap.h"
#include "base/data/list.h"

struct loop;

struct loop_options {
    int index;             /* 0 … count-1, for logs and metrics */
    uint64_t shuffle_seed; /* tests: another, repeatable order of runnable fibers; 0: first in, first out */
    size_t fiber_stack_bytes; /* 0: 64 KiB */
    int max_fibers;           /* 0: 20000 */
};

struct loop *loop_new(const struct loop_options *options);
/* The loop must have stopped. */
void loop_free(struct loop *loop);

/* Runs on the calling thread until loop_stop; fibers still parked then are cancelled and run to their end. */
void loop_run(struct loop *loop);
/* From any thread or signal-safe eventfd write. */
void loop_stop(struct loop *loop);

/* The loop of this thread, or NULL off loops. Not to be kept over a fiber switch in a thread-local. */
struct loop *loop_self(void);
int loop_index(const struct loop *loop);

/* Monotonic microseconds, read once per turn on a loop; the real clock elsewhere. */
int64_t loop_now_us(void);

/* Work sent to a loop from any thread. Intrusive: the task must live until fn ran. Runs in loop context
 * (not on a fiber): fn must not park. */
struct loop_task {
    struct loop_task *next;
    void (*fn)(struct loop_task *task);
};
void loop_post(struct loop *loop, struct loop_task *task);

/* Runs fn at the end of this turn of the loop, before it sleeps (for coalescing). Loop thread only. */
void loop_defer(struct loop *loop, struct loop_task *task);

/* One-shot timers on the loop's own thread. Embed and zero; stop is harmless when not running. */
struct timer {
    struct heap_node node;
    void (*fire)(struct timer *timer);
    bool is_running;
};
void timer_start(struct loop *loop, struct timer *timer, int64_t due_us);
void timer_stop(struct loop *loop, struct timer *timer);

/* Edge- or level-triggered readiness of a descriptor, in loop context. events as in epoll(7). */
struct io_watch {
    int fd;
    uint32_t events;
    void (*ready)(struct io_watch *watch, uint32_t events);
};
void io_watch_start(struct loop *loop, struct io_watch *watch);
void io_watch_change(struct loop *loop, struct io_watch *watch, uint32_t events);
/* Also drops readiness that this turn already collected: ready is not called after this returns. */
void io_watch_stop(struct loop *loop, struct io_watch *watch);

#endif
