/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Tests of fault points: every action on fibers and threads, counting, the text form. */
#include "platform/fault/fault.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/require/require.h"

#include "platform/fiber/fiber.h"

#include "lib/on_loop.h"

static int disarm(void **state)
{
    (void)state;
    fault_disarm_all();
    return 0;
}

static struct error *work(struct ctx *cx)
{
    FAULT_POINT(cx, "test.work");
    return NULL;
}

static void arm(const char *text)
{
    assert_true(fault_parse(text));
}

/* One letter per passage: '.' well, 'F' failed. */
static void assert_passages(struct ctx *cx, const char *expected)
{
    for (size_t i = 0; expected[i] != '\0'; i++)
        assert_int_equal(work(cx) != NULL, expected[i] == 'F');
}

static void fail_by_rules(struct ctx *cx, void *arg)
{
    (void)arg;
    static const struct {
        const char *text;
        const char *passages;
    } cases[] = {
        {"", "..."},
        {"test.other=fail", "..."},
        {"test.work=fail", "FFF"},
        {"test.work=fail@3", "..FFF"},
        {"test.work=fail@1x1", "F..."},
        {"test.work=fail:unavailable@2x2", ".FF.."},
        {"test.work=fail,test.work=fail@2", ".FF"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        fault_disarm_all();
        arm(cases[i].text);
        assert_passages(cx, cases[i].passages);
    }
    assert_true(error_has_code(work(cx), ERROR_INTERNAL));
    arm("test.work=fail:unavailable");
    assert_true(error_has_code(work(cx), ERROR_UNAVAILABLE));
    fault_disarm_all();
    assert_null(work(cx));
}

static void failures_take_effect_at_the_passages_that_the_rule_names(void **state)
{
    (void)state;
    on_loop(fail_by_rules, NULL);
}

static void system_calls_fail_with_the_errno_of_the_rule(void **state)
{
    (void)state;
    assert_false(FAULT_ERRNO("test.call"));
    arm("test.call=fail@1x1");
    assert_true(FAULT_ERRNO("test.call"));
    assert_int_equal(errno, EIO);
    assert_false(FAULT_ERRNO("test.call"));
    arm("test.call=fail:ENOSPC");
    assert_true(FAULT_ERRNO("test.call"));
    assert_int_equal(errno, ENOSPC);
}

static void delay_work(struct ctx *cx, void *arg)
{
    (void)arg;
    arm("test.work=delay:5ms");
    int64_t start_us = loop_now_us();
    fiber_wake(fiber_self()); /* a stray wake does not shorten it */
    assert_null(work(cx));
    assert_true(loop_now_us() - start_us >= 5000);
    fiber_cancel(fiber_self());
    assert_null(work(cx));
}

static void delays_last_on_fibers_and_threads(void **state)
{
    (void)state;
    on_loop(delay_work, NULL);
    struct ctx cx = {.caller = &caller_anonymous};
    int64_t start_us = loop_now_us();
    assert_null(work(&cx));
    assert_true(loop_now_us() - start_us >= 5000);
}

struct worker {
    struct ctx *cx;
    int done;
};

static void work_on_fiber(void *arg)
{
    struct worker *worker = arg;
    REQUIRE(work(worker->cx) == NULL);
    worker->done++;
}

static struct fiber *spawn_worker(struct worker *worker)
{
    struct fiber *fiber = fiber_spawn("worker", work_on_fiber, worker);
    assert_non_null(fiber);
    return fiber;
}

static void pass_turns(void)
{
    for (int turn = 0; turn < 5; turn++)
        fiber_yield();
}

static void hold_fibers(struct ctx *cx, void *arg)
{
    (void)arg;
    struct worker worker = {.cx = cx};
    arm("test.work=wait");
    spawn_worker(&worker);
    struct fiber *cancelled = spawn_worker(&worker);
    pass_turns();
    assert_int_equal(fault_waiting("test.work"), 2);
    assert_int_equal(worker.done, 0);

    fault_release("test.other");
    fiber_cancel(cancelled);
    pass_turns();
    assert_int_equal(fault_waiting("test.work"), 1);
    assert_int_equal(worker.done, 1);

    fault_release("test.work");
    pass_turns();
    assert_int_equal(fault_waiting("test.work"), 0);
    assert_int_equal(worker.done, 2);

    struct fiber *both = spawn_worker(&worker); /* cancelled while the release is in the mail */
    pass_turns();
    fault_release("test.work");
    fiber_cancel(both);
    pass_turns();
    assert_int_equal(worker.done, 3);

    spawn_worker(&worker);
    pass_turns();
    fault_disarm_all(); /* releases, too */
    pass_turns();
    assert_int_equal(worker.done, 4);
}

static void fibers_are_held_until_released_or_cancelled(void **state)
{
    (void)state;
    on_loop(hold_fibers, NULL);
}

static void *work_on_thread(void *arg)
{
    (void)arg;
    struct ctx cx = {.caller = &caller_anonymous};
    REQUIRE(work(&cx) == NULL);
    return NULL;
}

static void threads_are_held_until_released(void **state)
{
    (void)state;
    pthread_t threads[2];
    arm("test.work=wait");
    for (size_t i = 0; i < COUNT_OF(threads); i++)
        assert_int_equal(pthread_create(&threads[i], NULL, work_on_thread, NULL), 0);
    while (fault_waiting("test.work") < 2)
        sched_yield();
    fault_release("test.work");
    for (size_t i = 0; i < COUNT_OF(threads); i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(fault_waiting("test.work"), 0);
}

static void a_crash_leaves_no_time_for_anything(void **state)
{
    (void)state;
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        struct ctx cx = {.caller = &caller_anonymous};
        bool is_armed = fault_parse("test.work=crash@2");
        bool is_first_well = work(&cx) == NULL;
        bool is_second_well = work(&cx) == NULL;
        _exit(is_armed + 2 * is_first_well + 4 * is_second_well);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGKILL);
}

static void malformed_rules_are_refused_whole(void **state)
{
    (void)state;
    static const char *const malformed[] = {
        "test.call",
        "test.call=",
        "=fail",
        "test.call=explode",
        "test.call=none",
        "test.call=fail:",
        "test.call=fail:EWHAT",
        "test.call=delay",
        "test.call=delay:5",
        "test.call=delay:ms",
        "test.call=delay:-5ms",
        "test.call=delay:99999999999ms",
        "test.call=wait:5ms",
        "test.call=crash:now",
        "test.call=fail@",
        "test.call=fail@0",
        "test.call=fail@x",
        "test.call=fail@2x",
        "test.call=fail@2x0",
        "test.call=fail@2x1x1",
    };
    for (size_t i = 0; i < COUNT_OF(malformed); i++) {
        char text[128];
        snprintf(text, sizeof(text), "test.call=fail,%s", malformed[i]);
        assert_false(fault_parse(malformed[i]));
        assert_false(fault_parse(text));
        assert_false(FAULT_ERRNO("test.call"));
    }
    assert_true(fault_parse(" test.call = fail , test.work=wait,, "));
    assert_true(FAULT_ERRNO("test.call"));
}

static void points_seen_can_be_listed(void **state)
{
    (void)state;
    const char *points[64];
    size_t before = fault_points_seen(NULL, 0);
    assert_false(FAULT_ERRNO("test.seen.first"));
    assert_false(FAULT_ERRNO("test.seen.second"));
    assert_false(FAULT_ERRNO("test.seen.first"));
    assert_int_equal(fault_points_seen(points, COUNT_OF(points)), before + 2);
    assert_string_equal(points[before], "test.seen.first");
    assert_string_equal(points[before + 1], "test.seen.second");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(failures_take_effect_at_the_passages_that_the_rule_names, disarm),
        cmocka_unit_test_teardown(system_calls_fail_with_the_errno_of_the_rule, disarm),
        cmocka_unit_test_teardown(delays_last_on_fibers_and_threads, disarm),
        cmocka_unit_test_teardown(fibers_are_held_until_released_or_cancelled, disarm),
        cmocka_unit_test_teardown(threads_are_held_until_released, disarm),
        cmocka_unit_test_teardown(a_crash_leaves_no_time_for_anything, disarm),
        cmocka_unit_test_teardown(malformed_rules_are_refused_whole, disarm),
        cmocka_unit_test_teardown(points_seen_can_be_listed, disarm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
