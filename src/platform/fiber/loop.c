/* SPDX-License-Identifier: AGPL-3.0-or-later
 * The loop: one turn is sleep, readiness, mailbox, timers, fibers, deferred tasks. */
#include "platform/fiber/loop.h"

#include <errno.h>
#include <sched.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "base/mem/alloc.h"
#include "base/require/require.h"

#include "platform/fiber/scheduler.h"
#include "platform/fiber/stall_trace.h"

/* So many events are looked at before what they made runnable and is vital runs. */
enum { EVENTS_PER_LOOK = 32 };

static _Thread_local struct loop *current_loop;

/* One for all loops: stalls are rare, or the cost of counting them is the least worry. */
static _Atomic uint64_t stall_count;

int64_t monotonic_now_us(void)
{
    struct timespec now;
    REQUIRE(clock_gettime(CLOCK_MONOTONIC, &now) == 0);
    return now.tv_sec * INT64_C(1000000) + now.tv_nsec / 1000;
}

struct loop *loop_new(const struct loop_options *options)
{
    struct loop *loop = MEM_NEW(struct loop);
    loop->options = *options;
    if (loop->options.fiber_stack_bytes == 0)
        loop->options.fiber_stack_bytes = (size_t)64 * 1024;
    if (loop->options.max_fibers == 0)
        loop->options.max_fibers = 20000;
    loop->shuffle_state = options->shuffle_seed;
    loop->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    loop->mailbox_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    REQUIRE(loop->epoll_fd >= 0 && loop->mailbox_fd >= 0);
    struct epoll_event event = {.events = EPOLLIN | EPOLLET}; /* without a watch: it only ends the sleep */
    REQUIRE(epoll_ctl(loop->epoll_fd, EPOLL_CTL_ADD, loop->mailbox_fd, &event) == 0);
    list_init(&loop->runnable);
    list_init(&loop->vital);
    list_init(&loop->fresh);
    list_init(&loop->yielded);
    list_init(&loop->alive);
    list_init(&loop->reserve);
    list_init(&loop->registered);
    return loop;
}

void loop_free(struct loop *loop)
{
    REQUIRE(!loop->is_running && loop->alive_count == 0);
    /* Whoever woke the last fiber from another thread may not have left loop_post yet. */
    while (atomic_load(&loop->posting) != 0)
        sched_yield();
    reserve_drop_all(loop);
    heap_fini(&loop->timers);
    close(loop->mailbox_fd);
    close(loop->epoll_fd);
    mem_free(loop);
}

struct loop *loop_self(void)
{
    return current_loop;
}

int loop_index(const struct loop *loop)
{
    return loop->options.index;
}

uint64_t loops_stall_count(void)
{
    return atomic_load_explicit(&stall_count, memory_order_relaxed);
}

int64_t loop_now_us(void)
{
    const struct loop *loop = current_loop;
    return loop != NULL ? loop->now_us : monotonic_now_us();
}

static void task_queue_append(struct task_queue *queue, struct loop_task *task)
{
    task->next = NULL;
    if (queue->last != NULL)
        queue->last->next = task;
    else
        queue->first = task;
    queue->last = task;
}

static void tasks_run(struct loop_task *first)
{
    while (first != NULL) {
        struct loop_task *task = first;
        first = task->next; /* fn may release the task */
        task->fn(task);
    }
}

void loop_defer(struct loop *loop, struct loop_task *task)
{
    REQUIRE(loop == current_loop);
    task_queue_append(&loop->deferred, task);
}

static void loop_run_deferred(struct loop *loop)
{
    struct loop_task *first = loop->deferred.first;
    loop->deferred = (struct task_queue){0}; /* what these defer is for the next turn */
    tasks_run(first);
}

/* Ends the sleep of the loop. Safe in signal handlers. */
static void loop_ring(struct loop *loop)
{
    int saved_errno = errno;
    uint64_t one = 1;
    ssize_t written = write(loop->mailbox_fd, &one, sizeof(one)); /* fails only when it is readable anyway */
    (void)written;
    errno = saved_errno;
}

void loop_post(struct loop *loop, struct loop_task *task)
{
    atomic_fetch_add(&loop->posting, 1);
    struct loop_task *head = atomic_load_explicit(&loop->mailbox, memory_order_relaxed);
    do {
        task->next = head;
    } while (!atomic_compare_exchange_weak(&loop->mailbox, &head, task));
    /* Of all who post while the loop sleeps, one rings. Sequentially consistent against loop_sleep, which
     * says that it sleeps before it looks at the mailbox for the last time. */
    if (atomic_load(&loop->is_asleep) && atomic_exchange(&loop->is_asleep, false))
        loop_ring(loop);
    atomic_fetch_sub(&loop->posting, 1); /* from here on the loop may be gone */
}

void loop_take_mail(struct loop *loop)
{
    if (atomic_load_explicit(&loop->mailbox, memory_order_relaxed) == NULL)
        return;
    struct loop_task *newest = atomic_exchange(&loop->mailbox, NULL);
    struct loop_task *oldest = NULL;
    while (newest != NULL) {
        struct loop_task *next = newest->next;
        newest->next = oldest;
        oldest = newest;
        newest = next;
    }
    tasks_run(oldest);
}

void loop_stop(struct loop *loop)
{
    atomic_fetch_add(&loop->posting, 1); /* the loop may notice, end and be freed before the ring */
    atomic_store(&loop->is_stop_asked, true);
    loop_ring(loop);
    atomic_fetch_sub(&loop->posting, 1);
}

static bool loop_has_work(const struct loop *loop)
{
    return loop->runnable_count != 0 || !list_is_empty(&loop->yielded) || loop->deferred.first != NULL;
}

static int loop_wait(struct loop *loop, int timeout_ms)
{
    int count = epoll_wait(loop->epoll_fd, loop->events, LOOP_EVENTS_PER_TURN, timeout_ms);
    REQUIRE(count >= 0 || errno == EINTR);
    return count >= 0 ? count : 0;
}

/* Collects readiness, sleeping for it when there is nothing else to do. */
static void loop_sleep(struct loop *loop)
{
    int64_t end_us = monotonic_now_us();
    if (end_us - loop->now_us > LOOP_STALL_US)
        atomic_fetch_add_explicit(&stall_count, 1, memory_order_relaxed);
    atomic_store_explicit(&loop->alive_shown, loop->alive_count, memory_order_relaxed);
    int timeout_ms = loop_has_work(loop) ? 0 : timers_timeout_ms(loop, end_us);
    if (timeout_ms != 0) {
        atomic_store_explicit(&loop->turn_started_us, 0, memory_order_relaxed);
        atomic_store(&loop->is_asleep, true);
        if (atomic_load(&loop->mailbox) != NULL)
            timeout_ms = 0;
    }
    loop->event_next = 0;
    loop->event_count = loop_wait(loop, timeout_ms);
    atomic_store_explicit(&loop->is_asleep, false, memory_order_relaxed);
    loop->now_us = monotonic_now_us();
    atomic_store_explicit(&loop->turn_started_us, loop->now_us, memory_order_relaxed);
}

static void loop_dispatch(struct loop *loop)
{
    while (loop->event_next < loop->event_count) {
        struct epoll_event *event = &loop->events[loop->event_next++];
        struct io_watch *watch = event->data.ptr;
        if (watch != NULL) /* NULL: the mailbox, or stopped in this turn */
            watch->ready(watch, event->events);
        if (loop->event_next % EVENTS_PER_LOOK == 0)
            fibers_run_vital(loop);
    }
}

static void loop_turn(struct loop *loop)
{
    loop_sleep(loop);
    loop_dispatch(loop);
    loop_take_mail(loop);
    timers_fire(loop);
    fibers_run(loop);
    loop_run_deferred(loop);
}

/* True once loop_stop was called, all fibers have ended and nothing is left to run. */
static bool loop_is_done(struct loop *loop)
{
    if (!loop->is_stopping) {
        if (!atomic_load_explicit(&loop->is_stop_asked, memory_order_relaxed))
            return false;
        loop->is_stopping = true;
        fibers_cancel_all(loop);
    }
    return loop->alive_count == 0 && loop->deferred.first == NULL && atomic_load(&loop->mailbox) == NULL;
}

/* What a thread has while it runs a loop. */
static void loop_enter(struct loop *loop)
{
    current_loop = loop;
    context_init_thread(&loop->context);
    loop->is_running = true;
    loop->now_us = monotonic_now_us();
    loop->thread_id = gettid();
    loop_registry_add(loop);
}

static void loop_leave(struct loop *loop, struct loop *outer_loop)
{
    loop_registry_remove(loop);
    atomic_store_explicit(&loop->turn_started_us, 0, memory_order_relaxed);
    loop->is_running = false;
    loop->is_stopping = false;
    atomic_store(&loop->is_stop_asked, false);
    current_loop = outer_loop;
}

void loop_run(struct loop *loop)
{
    REQUIRE(!loop->is_running);
    struct loop *outer_loop = current_loop;
    bool has_signal_stack = signal_stack_install(loop->signal_stack, sizeof(loop->signal_stack));
    loop_enter(loop);
    while (!loop_is_done(loop))
        loop_turn(loop);
    loop_leave(loop, outer_loop);
    if (has_signal_stack)
        signal_stack_remove();
}
