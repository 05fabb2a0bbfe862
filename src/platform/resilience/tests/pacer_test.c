/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Tests of the pacer: one alone is told at once, many at a distance, nobody later than the longest. */
#include "platform/resilience/pacer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define NOW_US INT64_C(5000000)

static void the_first_is_told_at_once(void **state)
{
    (void)state;
    struct pacer pacer = {0};
    assert_int_equal(pacer_take(&pacer, NOW_US), NOW_US);
}

static void those_behind_keep_their_distance(void **state)
{
    (void)state;
    struct pacer pacer = {0};
    for (int i = 0; i < 100; i++)
        assert_int_equal(pacer_take(&pacer, NOW_US), NOW_US + i * PACER_DISTANCE_US);
}

static void who_comes_after_the_line_is_gone_is_told_at_once(void **state)
{
    (void)state;
    struct pacer pacer = {0};
    for (int i = 0; i < 100; i++)
        (void)pacer_take(&pacer, NOW_US);
    int64_t later_us = NOW_US + 100 * PACER_DISTANCE_US;
    assert_int_equal(pacer_take(&pacer, later_us), later_us);
    assert_int_equal(pacer_take(&pacer, later_us), later_us + PACER_DISTANCE_US);
}

static void nobody_waits_longer_than_the_longest(void **state)
{
    (void)state;
    struct pacer pacer = {0};
    int64_t latest_us = 0;
    for (int i = 0; i < 20000; i++) {
        latest_us = pacer_take(&pacer, NOW_US);
        assert_in_range(latest_us - NOW_US, 0, PACER_LONGEST_US);
    }
    assert_int_equal(latest_us, NOW_US + PACER_LONGEST_US);
    /* The line has not grown meanwhile: its end is gone after that time. */
    assert_int_equal(pacer_take(&pacer, latest_us), latest_us);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_is_told_at_once),
        cmocka_unit_test(those_behind_keep_their_distance),
        cmocka_unit_test(who_comes_after_the_line_is_gone_is_told_at_once),
        cmocka_unit_test(nobody_waits_longer_than_the_longest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
