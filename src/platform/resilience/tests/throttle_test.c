/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Tests of the throttle: it shrinks while vital work takes longer than in calm times, grows back, and lets go when nothing vital is about. */
#include "platform/resilience/throttle.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { MOST = 100, CALM_US = 10000, SLOW_US = 30000 };

/* A loop whose ordinary work takes all that it is given. */
struct shop {
    struct throttle throttle;
    struct throttle_work work;
    int64_t now_us;
};

static struct shop new_shop(void)
{
    return (struct shop){.throttle = {.most = MOST}, .now_us = 1000000};
}

/* An interval with so many pieces of vital work of such a length, and so many who want to begin; returns how many were let in. */
static int64_t interval(struct shop *shop, int64_t vital, int64_t took_us, int64_t wanted)
{
    throttle_look(&shop->throttle, shop->now_us, shop->work);
    int64_t in_progress = 0;
    for (int64_t i = 0; i < wanted; i++)
        in_progress += throttle_admits(&shop->throttle, in_progress);
    shop->work.count += vital;
    shop->work.us += vital * took_us;
    shop->now_us += THROTTLE_INTERVAL_US;
    return in_progress;
}

static void calm_down(struct shop *shop)
{
    for (int i = 0; i < 10; i++)
        assert_int_equal(interval(shop, 20, CALM_US, 1), 1);
}

static void nobody_is_held_while_vital_work_is_quick(void **state)
{
    (void)state;
    struct shop shop = new_shop();
    calm_down(&shop);
    for (int i = 0; i < 50; i++)
        assert_int_equal(interval(&shop, 20, CALM_US, MOST + 50), MOST);
}

static void the_limit_shrinks_while_vital_work_is_slow_but_never_to_nothing(void **state)
{
    (void)state;
    struct shop shop = new_shop();
    calm_down(&shop);
    int64_t before = interval(&shop, 20, SLOW_US, MOST);
    for (int i = 0; i < 5; i++) {
        int64_t now = interval(&shop, 20, SLOW_US, MOST);
        assert_true(now < before);
        before = now;
    }
    for (int i = 0; i < 50; i++)
        interval(&shop, 20, SLOW_US, MOST);
    assert_int_equal(interval(&shop, 20, SLOW_US, MOST), THROTTLE_LEAST);
}

static void it_grows_back_when_vital_work_is_quick_again(void **state)
{
    (void)state;
    struct shop shop = new_shop();
    calm_down(&shop);
    for (int i = 0; i < 50; i++)
        interval(&shop, 20, SLOW_US, MOST);
    for (int i = 0; i < 100; i++)
        interval(&shop, 20, CALM_US, MOST);
    assert_int_equal(interval(&shop, 20, CALM_US, MOST), MOST);
}

static void without_vital_work_nobody_is_held(void **state)
{
    (void)state;
    struct shop shop = new_shop();
    calm_down(&shop);
    for (int i = 0; i < 50; i++)
        interval(&shop, 20, SLOW_US, MOST);
    for (int64_t idle_us = 0; idle_us < THROTTLE_IDLE_US; idle_us += THROTTLE_INTERVAL_US)
        interval(&shop, 0, 0, MOST);
    assert_int_equal(interval(&shop, 0, 0, MOST), MOST);
}

static void a_few_slow_pieces_say_nothing(void **state)
{
    (void)state;
    struct shop shop = new_shop();
    calm_down(&shop);
    for (int i = 0; i < 100; i++)
        assert_int_equal(interval(&shop, i % 30 == 0, SLOW_US, MOST), MOST);
}

static void what_is_slow_for_good_becomes_calm(void **state)
{
    (void)state;
    struct shop shop = new_shop();
    calm_down(&shop);
    for (int i = 0; i < 4 * 60 * 10; i++)
        interval(&shop, 20, 2 * CALM_US, MOST);
    for (int i = 0; i < 100; i++)
        interval(&shop, 20, 2 * CALM_US, MOST);
    assert_int_equal(interval(&shop, 20, 2 * CALM_US, MOST), MOST);
}

static void without_a_bound_it_holds_nobody(void **state)
{
    (void)state;
    struct shop shop = new_shop();
    shop.throttle.most = 0;
    for (int i = 0; i < 50; i++)
        assert_int_equal(interval(&shop, 20, i < 10 ? CALM_US : SLOW_US, MOST), MOST);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nobody_is_held_while_vital_work_is_quick),
        cmocka_unit_test(the_limit_shrinks_while_vital_work_is_slow_but_never_to_nothing),
        cmocka_unit_test(it_grows_back_when_vital_work_is_quick_again),
        cmocka_unit_test(without_vital_work_nobody_is_held),
        cmocka_unit_test(a_few_slow_pieces_say_nothing),
        cmocka_unit_test(what_is_slow_for_good_becomes_calm),
        cmocka_unit_test(without_a_bound_it_holds_nobody),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
