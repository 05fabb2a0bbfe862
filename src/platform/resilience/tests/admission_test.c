/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Tests of admission: bursts pass, what stands is refused, and refusals end. */
#include "platform/resilience/admission.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { TARGET_US = 5000, STEP_US = 1000, STEPS = 100 };

/* An interval of judgements, each after such a wait; returns how many were let in. */
static int interval(struct admission *admission, int64_t *now_us, int64_t waited_us)
{
    int let_in = 0;
    for (int i = 0; i < STEPS; i++, *now_us += STEP_US)
        let_in += admission_judge(admission, *now_us, waited_us);
    return let_in;
}

static void short_waits_are_let_in(void **state)
{
    (void)state;
    struct admission admission = {.target_us = TARGET_US};
    int64_t now_us = 1000000;
    for (int i = 0; i < 5; i++)
        assert_int_equal(interval(&admission, &now_us, TARGET_US), STEPS);
}

static void a_burst_passes_unless_it_is_huge(void **state)
{
    (void)state;
    struct admission admission = {.target_us = TARGET_US};
    int64_t now_us = 1000000;
    interval(&admission, &now_us, 0);
    assert_true(admission_judge(&admission, now_us, (int64_t)TARGET_US * ADMISSION_BURST - 1));
    assert_false(admission_judge(&admission, now_us, (int64_t)TARGET_US * ADMISSION_BURST));
    assert_true(admission_judge(&admission, now_us, 0));
    assert_int_equal(interval(&admission, &now_us, 0), STEPS);
}

static void a_wait_that_stands_is_refused(void **state)
{
    (void)state;
    struct admission admission = {.target_us = TARGET_US};
    int64_t now_us = 1000000;
    assert_int_equal(interval(&admission, &now_us, TARGET_US + 1), STEPS);
    assert_int_equal(interval(&admission, &now_us, TARGET_US + 1), 0);
    assert_true(admission_judge(&admission, now_us, TARGET_US)); /* what waited less has its place */
}

static void one_short_wait_in_an_interval_is_no_standing_queue(void **state)
{
    (void)state;
    struct admission admission = {.target_us = TARGET_US};
    int64_t now_us = 1000000;
    for (int i = 0; i < 5; i++) {
        assert_true(admission_judge(&admission, now_us, 0));
        assert_int_equal(interval(&admission, &now_us, TARGET_US + 1), STEPS);
    }
}

static void refusals_last_as_long_as_they_are_needed(void **state)
{
    (void)state;
    struct admission admission = {.target_us = TARGET_US};
    int64_t now_us = 1000000;
    interval(&admission, &now_us, TARGET_US + 1);
    for (int i = 0; i < 5; i++) { /* the queue is short because of them */
        assert_true(admission_judge(&admission, now_us, 0));
        assert_false(admission_judge(&admission, now_us, TARGET_US + 1));
        now_us += ADMISSION_INTERVAL_US;
    }
    interval(&admission, &now_us, 0);
    assert_int_equal(interval(&admission, &now_us, TARGET_US + 1), STEPS);
}

static void a_pause_is_forgiven(void **state)
{
    (void)state;
    struct admission admission = {.target_us = TARGET_US};
    int64_t now_us = 1000000;
    interval(&admission, &now_us, TARGET_US + 1);
    assert_int_equal(interval(&admission, &now_us, TARGET_US + 1), 0);
    now_us += 3 * ADMISSION_INTERVAL_US;
    assert_true(admission_judge(&admission, now_us, TARGET_US + 1));
}

static void without_a_target_everything_is_let_in(void **state)
{
    (void)state;
    struct admission admission = {.target_us = 0};
    int64_t now_us = 1000000;
    for (int i = 0; i < 3; i++)
        assert_int_equal(interval(&admission, &now_us, INT64_MAX / 2), STEPS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(short_waits_are_let_in),
        cmocka_unit_test(a_burst_passes_unless_it_is_huge),
        cmocka_unit_test(a_wait_that_stands_is_refused),
        cmocka_unit_test(one_short_wait_in_an_interval_is_no_standing_queue),
        cmocka_unit_test(refusals_last_as_long_as_they_are_needed),
        cmocka_unit_test(a_pause_is_forgiven),
        cmocka_unit_test(without_a_target_everything_is_let_in),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
