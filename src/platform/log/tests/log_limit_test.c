/* SPDX-License-Identifier: AGPL-3.0-or-later
 * The limit per event name: windows, counts, more names than slots. */
#include "platform/log/log_limit.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static int set_up(void **state)
{
    static struct log_limit limit;
    log_limit_init(&limit, 3);
    *state = &limit;
    return 0;
}

static int tear_down(void **state)
{
    log_limit_fini(*state);
    return 0;
}

static enum log_verdict judge(struct log_limit *limit, const char *event, int64_t now_us)
{
    struct log_left_out before;
    return log_limit_judge(limit, event, LOG_WARN, now_us, &before);
}

static void lines_beyond_the_limit_wait_for_the_next_second(void **state)
{
    struct log_limit *limit = *state;
    struct log_left_out before;
    for (int i = 0; i < 3; i++)
        assert_int_equal(judge(limit, "a", 1000 + i), LOG_PASS);
    assert_int_equal(judge(limit, "a", 2000), LOG_LEAVE_OUT_FIRST);
    assert_int_equal(judge(limit, "a", 999999), LOG_LEAVE_OUT);
    assert_int_equal(judge(limit, "b", 999999), LOG_PASS);

    assert_int_equal(log_limit_judge(limit, "a", LOG_WARN, 1001000, &before), LOG_PASS);
    assert_string_equal(before.event, "a");
    assert_int_equal(before.count, 2);
    assert_int_equal(before.level, LOG_WARN);
}

static void equal_names_count_together_wherever_they_stand(void **state)
{
    struct log_limit *limit = *state;
    char first[] = "same";
    char second[] = "same";
    assert_int_equal(judge(limit, first, 0), LOG_PASS);
    assert_int_equal(judge(limit, second, 0), LOG_PASS);
    assert_int_equal(judge(limit, first, 0), LOG_PASS);
    assert_int_equal(judge(limit, second, 0), LOG_LEAVE_OUT_FIRST);
}

static void counts_are_collected_when_their_window_is_over(void **state)
{
    struct log_limit *limit = *state;
    for (int i = 0; i < 10; i++) {
        (void)judge(limit, "a", 0);
        (void)judge(limit, "b", 500000);
    }
    assert_null(log_limit_collect(limit, 999999).event);
    struct log_left_out first = log_limit_collect(limit, 1200000);
    assert_string_equal(first.event, "a");
    assert_int_equal(first.count, 7);
    assert_null(log_limit_collect(limit, 1200000).event);
    assert_string_equal(log_limit_collect(limit, INT64_MAX).event, "b");
    assert_null(log_limit_collect(limit, INT64_MAX).event);
    assert_int_equal(judge(limit, "b", 600000), LOG_LEAVE_OUT_FIRST);
}

static void a_clock_set_back_opens_a_new_window(void **state)
{
    struct log_limit *limit = *state;
    for (int i = 0; i < 4; i++)
        (void)judge(limit, "a", 5000000);
    assert_int_equal(judge(limit, "a", 4000000), LOG_PASS);
}

static void names_beyond_the_table_are_not_limited(void **state)
{
    struct log_limit *limit = *state;
    static char names[LOG_LIMIT_EVENTS][8];
    for (size_t i = 0; i < LOG_LIMIT_EVENTS; i++) {
        snprintf(names[i], sizeof(names[i]), "e%zu", i);
        assert_int_equal(judge(limit, names[i], 0), LOG_PASS);
    }
    for (int i = 0; i < 10; i++)
        assert_int_equal(judge(limit, names[LOG_LIMIT_EVENTS - 1], 0), LOG_PASS);
    assert_int_equal(judge(limit, names[0], 0), LOG_PASS);
    assert_int_equal(judge(limit, names[0], 0), LOG_PASS);
    assert_int_equal(judge(limit, names[0], 0), LOG_LEAVE_OUT_FIRST);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(lines_beyond_the_limit_wait_for_the_next_second),
        TEST(equal_names_count_together_wherever_they_stand),
        TEST(counts_are_collected_when_their_window_is_over),
        TEST(a_clock_set_back_opens_a_new_window),
        TEST(names_beyond_the_table_are_not_limited),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
