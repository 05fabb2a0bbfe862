/* SPDX-License-Identifier: AGPL-3.0-or-later
 * What loops and fibers cost, in nanoseconds per operation: the best of some rounds, on one thread.
 *     ninja -C build-release src/platform/fiber/fiber_bench */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>

#include "base/require/require.h"

#include "platform/fiber/context.h"
#include "platform/fiber/fiber.h"

#include "lib/on_loop.h"

enum { ROUNDS = 7, OPERATIONS = 100000 };

static int64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

/* Calls body(arg), which does OPERATIONS of something. */
static void measure(const char *what, void (*body)(void *arg), void *arg)
{
    int64_t best_ns = INT64_MAX;
    for (int round = 0; round < ROUNDS; round++) {
        int64_t start_ns = now_ns();
        body(arg);
        int64_t spent_ns = now_ns() - start_ns;
        best_ns = spent_ns < best_ns ? spent_ns : best_ns;
    }
    printf("%-44s %8.1f ns\n", what, (double)best_ns / OPERATIONS);
}

static struct context main_side, far_side;

static void bounce(struct context *self)
{
    for (;;)
        context_switch(self, &main_side);
}

static void switch_there_and_back(void *arg)
{
    (void)arg;
    for (int i = 0; i < OPERATIONS / 2; i++)
        context_switch(&main_side, &far_side);
}

static void bench_switch(void)
{
    context_init_thread(&main_side);
    REQUIRE(context_init(&far_side, (size_t)64 * 1024, bounce));
    measure("switch, one way", switch_there_and_back, NULL);
    context_fini(&far_side);
}

/* A partner that sleeps until woken, wakes back, and so on. */
struct partner {
    struct fiber *self;
    struct fiber *other;
    bool is_over;
};

static void answer(void *arg)
{
    struct partner *partner = arg;
    partner->self = fiber_self();
    for (;;) {
        fiber_park_firmly();
        if (partner->is_over)
            return;
        fiber_wake(partner->other);
    }
}

static void wake_and_wait(void *arg)
{
    const struct partner *partner = arg;
    for (int i = 0; i < OPERATIONS; i++) {
        fiber_wake(partner->self);
        fiber_park_firmly();
    }
}

static void bench_wake(struct ctx *cx, void *arg)
{
    (void)cx, (void)arg;
    struct partner partner = {.other = fiber_self()};
    REQUIRE(fiber_spawn("partner", answer, &partner) != NULL);
    fiber_yield();
    measure("wake a fiber and be woken by it", wake_and_wait, &partner);
    partner.is_over = true;
    fiber_wake(partner.self);
}

static int finished;

static void finish(void *arg)
{
    (void)arg;
    finished++;
}

/* In small crowds, as requests come; yields are part of the price. */
static void spawn_and_finish(void *arg)
{
    (void)arg;
    for (int i = 0; i < OPERATIONS; i++) {
        REQUIRE(fiber_spawn("short", finish, NULL) != NULL);
        if (i % 50 == 49)
            fiber_yield();
    }
}

static void park_with_deadline(void *arg)
{
    (void)arg;
    int64_t deadline_us = loop_now_us() + 60000000;
    for (int i = 0; i < OPERATIONS; i++) {
        fiber_wake(fiber_self());
        REQUIRE(fiber_park(deadline_us) == FIBER_WOKEN);
    }
}

static void yield_alone(void *arg)
{
    (void)arg;
    for (int i = 0; i < OPERATIONS; i++)
        fiber_yield();
}

static void never(struct timer *timer)
{
    (void)timer;
}

static struct timer crowd[1000];

static void start_and_stop_timer(void *arg)
{
    (void)arg;
    struct timer timer = {.fire = never};
    for (int i = 0; i < OPERATIONS; i++) {
        timer_start(loop_self(), &timer, loop_now_us() + 30000000 + i % 1000);
        timer_stop(loop_self(), &timer);
    }
}

static void bench_fibers(struct ctx *cx, void *arg)
{
    measure("spawn a fiber and let it finish", spawn_and_finish, NULL);
    measure("park that was woken before", park_with_deadline, NULL);
    bench_wake(cx, arg);
    measure("turn of a loop with nothing else to do", yield_alone, NULL);
    for (int i = 0; i < 1000; i++) {
        crowd[i].fire = never;
        timer_start(loop_self(), &crowd[i], loop_now_us() + 60000000 + i);
    }
    measure("timer start and stop among 1000", start_and_stop_timer, NULL);
}

static atomic_int wanted;

static void *wake_from_afar(void *arg)
{
    for (int i = 1; i <= ROUNDS * OPERATIONS; i++) {
        while (atomic_load_explicit(&wanted, memory_order_acquire) < i)
            ;
        fiber_wake_from_thread(arg);
    }
    return NULL;
}

static void await_wakes(void *arg)
{
    (void)arg;
    for (int i = 0; i < OPERATIONS; i++) {
        atomic_fetch_add(&wanted, 1);
        fiber_park_firmly();
    }
}

static void bench_remote_wake(struct ctx *cx, void *arg)
{
    (void)cx, (void)arg;
    pthread_t thread;
    REQUIRE(pthread_create(&thread, NULL, wake_from_afar, fiber_self()) == 0);
    measure("ask a spinning thread for a wake and get it", await_wakes, NULL);
    pthread_join(thread, NULL);
}

int main(void)
{
    bench_switch();
    on_loop(bench_fibers, NULL);
    on_loop(bench_remote_wake, NULL);
    return 0;
}
