/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Tests of the stall watchdog: what it counts, what it says while a loop hangs. */
#include "platform/fiber/watchdog.h"

#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/require/require.h"

#include "platform/fiber/fiber.h"
#include "platform/log/log.h"

#include "lib/on_loop.h"

/* Keeps the loop's thread busy. */
static void hold_loop(int64_t us)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    int64_t until_us = now.tv_sec * US_PER_SECOND + now.tv_nsec / 1000 + us;
    do {
        clock_gettime(CLOCK_MONOTONIC, &now);
    } while (now.tv_sec * US_PER_SECOND + now.tv_nsec / 1000 < until_us);
}

static void stall_thrice(struct ctx *cx, void *arg)
{
    (void)cx, (void)arg;
    for (int i = 0; i < 3; i++) {
        hold_loop(2000);
        fiber_yield();
    }
}

static void turns_of_more_than_a_millisecond_are_counted(void **state)
{
    (void)state;
    struct metrics *metrics = metrics_new();
    metrics_register(metrics, &fiber_metrics);

    loop_watchdog_start(NULL, metrics);
    on_loop(stall_thrice, NULL);
    loop_watchdog_stop();

    assert_true(metric_read(metrics, &fiber_metrics, FIBER_METRIC_STALLS, 0) >= 3);
    assert_int_equal(metric_read(metrics, &fiber_metrics, FIBER_METRIC_ALIVE, 0), 0);
    metrics_free(metrics);
    loop_watchdog_stop(); /* harmless */
}

static void await_gauge(struct ctx *cx, void *arg)
{
    struct metrics *metrics = arg;
    int64_t give_up_us = loop_now_us() + 20 * US_PER_SECOND;
    while (metric_read(metrics, &fiber_metrics, FIBER_METRIC_ALIVE, 0) != 1) {
        REQUIRE(loop_now_us() < give_up_us);
        assert_null(fiber_sleep_until(cx, loop_now_us() + 5 * US_PER_MS));
    }
}

static void living_fibers_are_shown(void **state)
{
    (void)state;
    struct metrics *metrics = metrics_new();
    metrics_register(metrics, &fiber_metrics);
    loop_watchdog_start(NULL, metrics);
    on_loop(await_gauge, metrics);
    loop_watchdog_stop();
    metrics_free(metrics);
}

/* Blocks the loop until the log has a line. */
static void hang(void *arg)
{
    struct pollfd log = {.fd = *(int *)arg, .events = POLLIN};
    int64_t give_up_us = loop_now_us() + 20 * US_PER_SECOND;
    while (poll(&log, 1, 1) == 0) {
        struct timespec now;
        clock_gettime(CLOCK_MONOTONIC, &now);
        REQUIRE(now.tv_sec * US_PER_SECOND < give_up_us);
    }
}

static void hang_in_a_named_fiber(struct ctx *cx, void *arg)
{
    (void)cx;
    REQUIRE(fiber_spawn("sleepyhead", hang, arg) != NULL);
    fiber_yield();
}

static void a_hanging_loop_is_reported_while_it_hangs(void **state)
{
    (void)state;
    int fds[2];
    assert_int_equal(pipe(fds), 0);
    struct log *log = log_new(&(struct log_options){.level = LOG_INFO, .format = LOG_JSON, .fd = fds[1]});

    loop_watchdog_start(log, NULL);
    on_loop(hang_in_a_named_fiber, &fds[0]);
    loop_watchdog_stop();
    log_free(log);
    close(fds[1]);

    char text[8192] = "";
    assert_true(read(fds[0], text, sizeof(text) - 1) > 0);
    const char *line = strstr(text, "fiber.loop.stalled");
    assert_non_null(line);
    assert_non_null(strstr(text, "sleepyhead"));
    assert_non_null(strstr(text, "test_fiber_watchdog(")); /* a frame of the hanging program */
    assert_null(strstr(line + 1, "fiber.loop.stalled"));   /* once per turn */
    close(fds[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(turns_of_more_than_a_millisecond_are_counted),
        cmocka_unit_test(living_fibers_are_shown),
        cmocka_unit_test(a_hanging_loop_is_reported_while_it_hangs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
