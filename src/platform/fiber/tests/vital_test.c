/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Tests of vital fibers: they run before others, do not starve them, and can be cancelled while they wait to run. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/require/require.h"

#include "platform/fiber/fiber.h"

#include "lib/on_loop.h"

static char journal[64];

static void note(char letter)
{
    size_t len = strlen(journal);
    REQUIRE(len + 1 < sizeof(journal));
    journal[len] = letter;
    journal[len + 1] = '\0';
}

static int clear_journal(void **state)
{
    (void)state;
    journal[0] = '\0';
    return 0;
}

static struct fiber *spawn(fiber_fn fn, void *arg)
{
    struct fiber *fiber = fiber_spawn("child", fn, arg);
    assert_non_null(fiber);
    return fiber;
}

static void note_waiting(void *arg)
{
    (void)arg;
    note('w');
}

static void note_park(void *arg)
{
    (void)arg;
    note(fiber_park(INT64_MAX) == FIBER_CANCELLED ? 'c' : '?');
}

static void park_and_note(void *arg)
{
    char letter = *(char *)arg;
    fiber_set_vital(letter == 'v');
    assert_int_equal(fiber_park(INT64_MAX), FIBER_WOKEN);
    note(letter);
}

static void wake_vital_behind_others(struct ctx *cx, void *arg)
{
    (void)cx, (void)arg;
    static char vital = 'v', other = 'o';
    struct fiber *fibers[22];
    for (size_t i = 0; i < COUNT_OF(fibers); i++)
        fibers[i] = spawn(park_and_note, i < 2 ? &other : &vital);
    fiber_yield();
    for (size_t i = 0; i < COUNT_OF(fibers); i++)
        fiber_wake(fibers[i]);
    fiber_yield();
}

static void the_vital_run_first_and_do_not_starve_the_others(void **state)
{
    (void)state;
    on_loop(wake_vital_behind_others, NULL);
    assert_string_equal(journal, "vvvvvvvvvvvvvvvovvvvvo");
}

static void cancel_a_vital_one(struct ctx *cx, void *arg)
{
    (void)cx, (void)arg;
    struct fiber *waiting = spawn(note_waiting, NULL);
    struct fiber *hurried = spawn(note_park, NULL);
    fiber_hurry(hurried);
    fiber_cancel(hurried); /* while it waits to run */
    assert_false(fiber_is_cancelled(waiting));
    fiber_yield();
}

static void a_vital_fiber_that_waits_to_run_can_be_cancelled(void **state)
{
    (void)state;
    on_loop(cancel_a_vital_one, NULL);
    assert_string_equal(journal, "cw");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(the_vital_run_first_and_do_not_starve_the_others, clear_journal),
        cmocka_unit_test_setup(a_vital_fiber_that_waits_to_run_can_be_cancelled, clear_journal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
