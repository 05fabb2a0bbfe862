/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Tests of the blocking pool: the loop goes on, queue limits, order, closing. */
#include "platform/fiber/pool.h"

#include <pthread.h>
#include <semaphore.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/require/require.h"

#include "platform/fiber/fiber.h"

#include "lib/on_loop.h"

enum { CALLERS = 8 };

/* A call that holds its thread until it is let go. */
struct held_call {
    struct ctx *cx;
    struct pool *pool;
    sem_t *let_go;
    atomic_int *entered;
    pthread_t ran_on;
    bool was_refused;
    bool has_returned;
};

static void hold(void *arg)
{
    struct held_call *call = arg;
    call->ran_on = pthread_self();
    atomic_fetch_add(call->entered, 1);
    while (sem_wait(call->let_go) != 0)
        ;
}

static void call_and_note(void *arg)
{
    struct held_call *call = arg;
    struct error *error = pool_call(call->cx, call->pool, hold, call);
    call->was_refused = error_has_code(error, ERROR_RATE_LIMITED);
    call->has_returned = true;
}

static void spawn_call(struct held_call *call)
{
    REQUIRE(fiber_spawn("caller", call_and_note, call) != NULL);
}

static void yield_until(const bool *flag)
{
    while (!*flag)
        fiber_yield();
}

static void exceed_queue(struct ctx *cx, void *arg)
{
    (void)arg;
    sem_t let_go;
    atomic_int entered = 0;
    assert_int_equal(sem_init(&let_go, 0, 0), 0);
    struct pool *pool = pool_new(&(struct pool_options){.name = "test", .threads = 2, .max_queue = 3});
    struct held_call calls[CALLERS];
    for (size_t i = 0; i < CALLERS; i++) {
        calls[i] = (struct held_call){.cx = cx, .pool = pool, .let_go = &let_go, .entered = &entered};
        spawn_call(&calls[i]);
    }
    yield_until(&calls[CALLERS - 1].has_returned); /* the loop runs on while the calls are held */

    assert_int_equal(pool_depth(pool), 5); /* two with threads of their own, three waiting */
    for (size_t i = 0; i < CALLERS; i++) {
        assert_int_equal(calls[i].was_refused, i >= 5);
        assert_int_equal(calls[i].has_returned, i >= 5);
    }
    for (size_t i = 0; i < 5; i++)
        sem_post(&let_go);
    for (size_t i = 0; i < 5; i++)
        yield_until(&calls[i].has_returned);
    assert_int_equal(entered, 5);
    assert_int_equal(pool_depth(pool), 0);
    for (size_t i = 0; i < 5; i++)
        assert_false(pthread_equal(calls[i].ran_on, pthread_self()));
    pool_free(pool);
    sem_destroy(&let_go);
}

static void calls_beyond_the_queue_are_refused_and_the_loop_runs_on(void **state)
{
    (void)state;
    on_loop(exceed_queue, NULL);
}

enum { QUEUED = 10 };

/* A call that notes when it ran, among others on one thread. */
struct noted_call {
    struct ctx cx;
    struct pool *pool;
    int *order;
    int number;
    bool has_returned;
};

static void note_turn(void *arg)
{
    struct noted_call *call = arg;
    while (*call->order != -1)
        call->order++;
    *call->order = call->number;
}

static void call_to_be_noted(void *arg)
{
    struct noted_call *call = arg;
    assert_null(pool_call(&call->cx, call->pool, note_turn, call));
    call->has_returned = true;
}

static void queue_vital_behind_another(struct ctx *cx, void *arg)
{
    (void)arg;
    sem_t let_go;
    atomic_int entered = 0;
    int order[QUEUED + 1];
    struct noted_call calls[QUEUED];
    assert_int_equal(sem_init(&let_go, 0, 0), 0);
    struct pool *pool = pool_new(&(struct pool_options){.name = "test", .threads = 1, .max_queue = QUEUED});
    struct held_call held = {.cx = cx, .pool = pool, .let_go = &let_go, .entered = &entered};
    spawn_call(&held);
    while (atomic_load(&entered) == 0)
        fiber_yield();
    for (int i = 0; i < QUEUED; i++) {
        order[i] = -1;
        calls[i] = (struct noted_call){.cx = *cx, .pool = pool, .order = order, .number = i};
        calls[i].cx.is_vital = i != 0;
        assert_non_null(fiber_spawn("caller", call_to_be_noted, &calls[i]));
    }
    fiber_yield();
    sem_post(&let_go);
    for (int i = 0; i < QUEUED; i++)
        yield_until(&calls[i].has_returned);
    static const int expected[QUEUED] = {1, 2, 3, 4, 5, 6, 7, 0, 8, 9};
    for (int i = 0; i < QUEUED; i++)
        assert_int_equal(order[i], expected[i]);
    pool_free(pool);
    sem_destroy(&let_go);
}

static void vital_calls_go_first_and_do_not_starve_the_others(void **state)
{
    (void)state;
    on_loop(queue_vital_behind_another, NULL);
}

static void cancel_call(struct ctx *cx, void *arg)
{
    (void)arg;
    sem_t let_go;
    atomic_int entered = 0;
    assert_int_equal(sem_init(&let_go, 0, 0), 0);
    struct pool *pool = pool_new(&(struct pool_options){.name = "test", .threads = 1});
    struct held_call call = {.cx = cx, .pool = pool, .let_go = &let_go, .entered = &entered};
    struct fiber *caller = fiber_spawn("caller", call_and_note, &call);
    assert_non_null(caller);
    fiber_yield();
    fiber_cancel(caller);
    for (int turn = 0; turn < 10; turn++)
        fiber_yield();
    assert_false(call.has_returned); /* its stack is in use by the thread */
    sem_post(&let_go);
    yield_until(&call.has_returned);
    assert_false(call.was_refused);
    pool_free(pool);
    sem_destroy(&let_go);
}

static void a_cancelled_caller_stays_until_its_call_is_done(void **state)
{
    (void)state;
    on_loop(cancel_call, NULL);
}

static void count(void *arg)
{
    atomic_fetch_add((atomic_int *)arg, 1);
}

enum { FIBERS = 50, CALLS_PER_FIBER = 200 };

struct busy {
    struct ctx *cx;
    struct pool *pool;
    atomic_int done;
    int ended;
};

static void call_often(void *arg)
{
    struct busy *busy = arg;
    for (int i = 0; i < CALLS_PER_FIBER; i++)
        REQUIRE(pool_call(busy->cx, busy->pool, count, &busy->done) == NULL);
    busy->ended++;
}

static void call_once(void *arg)
{
    struct busy *busy = arg;
    REQUIRE(pool_call(busy->cx, busy->pool, count, &busy->done) == NULL);
    busy->ended++;
}

static void run_busy(struct ctx *cx, void *arg)
{
    (void)arg;
    struct busy busy = {.cx = cx};
    busy.pool = pool_new(&(struct pool_options){.name = "test", .threads = 3, .max_queue = FIBERS});
    for (int i = 0; i < FIBERS; i++)
        REQUIRE(fiber_spawn("busy", call_often, &busy) != NULL);
    while (busy.ended < FIBERS)
        fiber_yield();
    assert_int_equal(busy.done, FIBERS * CALLS_PER_FIBER);
    pool_free(busy.pool);
}

static void many_fibers_share_few_threads(void **state)
{
    (void)state;
    on_loop(run_busy, NULL);
}

static void free_with_calls_queued(struct ctx *cx, void *arg)
{
    (void)arg;
    struct busy busy = {.cx = cx};
    busy.pool = pool_new(&(struct pool_options){.name = "test", .threads = 1, .max_queue = 10});
    for (int i = 0; i < 10; i++)
        REQUIRE(fiber_spawn("caller", call_once, &busy) != NULL);
    fiber_yield();
    pool_free(busy.pool);
    assert_int_equal(busy.done, 10);
    while (busy.ended < 10)
        fiber_yield();
}

static void closing_finishes_what_is_queued(void **state)
{
    (void)state;
    on_loop(free_with_calls_queued, NULL);
}

static void off_fibers_the_call_runs_right_here(void **state)
{
    (void)state;
    struct ctx cx = {.caller = &caller_anonymous};
    struct pool *pool = pool_new(&(struct pool_options){.name = "test", .threads = 1});
    atomic_int done = 0;
    assert_null(pool_call(&cx, pool, count, &done));
    assert_int_equal(done, 1);
    pool_free(pool);
    pool_free(NULL);
}

static void read_niceness(void *arg)
{
    *(int *)arg = getpriority(PRIO_PROCESS, (id_t)gettid());
}

static void compare_niceness(struct ctx *cx, void *arg)
{
    (void)arg;
    int before = getpriority(PRIO_PROCESS, (id_t)gettid());
    int inside = 0;
    struct pool *pool = pool_new(&(struct pool_options){.name = "test", .threads = 1, .nice = 19});
    assert_null(pool_call(cx, pool, read_niceness, &inside));
    pool_free(pool);
    assert_int_equal(inside, 19);
    assert_int_equal(getpriority(PRIO_PROCESS, (id_t)gettid()), before);
}

static void niceness_is_the_pools_alone(void **state)
{
    (void)state;
    on_loop(compare_niceness, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(calls_beyond_the_queue_are_refused_and_the_loop_runs_on),
        cmocka_unit_test(vital_calls_go_first_and_do_not_starve_the_others),
        cmocka_unit_test(a_cancelled_caller_stays_until_its_call_is_done),
        cmocka_unit_test(many_fibers_share_few_threads),
        cmocka_unit_test(closing_finishes_what_is_queued),
        cmocka_unit_test(off_fibers_the_call_runs_right_here),
        cmocka_unit_test(niceness_is_the_pools_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
