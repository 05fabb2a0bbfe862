/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Numbers of several sources. */
#include "base/data/tally.h"

#include "base/text/strbuf.h"

#include "tests/lib/check.h"

static void numbers_add_up_over_sources(void **state)
{
    (void)state;
    struct tally *tally = tally_new();
    assert_true(tally_set(tally, 1, STR("a"), 3, 10));
    assert_true(tally_set(tally, 2, STR("a"), 4, 10));
    assert_true(tally_set(tally, 2, STR("b"), 1, 10));
    assert_false(tally_set(tally, 2, STR("b"), 1, 11));
    assert_int_equal(tally_sum(tally, STR("a")), 7);
    assert_true(tally_set(tally, 1, STR("a"), 0, 12));
    assert_false(tally_set(tally, 1, STR("a"), 0, 13));
    assert_int_equal(tally_sum(tally, STR("a")), 4);
    assert_int_equal(tally_sum(tally, STR("c")), 0);
    tally_free(tally);
}

static void note(void *arg, struct str name)
{
    strbuf_append(arg, name);
}

static void who_is_silent_is_gone_with_its_numbers(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    struct strbuf changed;
    struct tally *tally = tally_new();
    strbuf_init(&changed, arena, 64);
    assert_true(tally_set(tally, 1, STR("a"), 3, 10));
    assert_true(tally_set(tally, 2, STR("a"), 4, 10));
    assert_false(tally_hear(tally, 2, 50));
    tally_expire(tally, 10, note, &changed);
    check_str(strbuf_str(&changed), "");
    tally_expire(tally, 11, note, &changed);
    check_str(strbuf_str(&changed), "a");
    assert_int_equal(tally_sum(tally, STR("a")), 4);
    assert_true(tally_hear(tally, 1, 60)); /* it is back, and says its numbers anew */
    assert_int_equal(tally_sum(tally, STR("a")), 4);
    tally_free(tally);
    arena_free(arena);
}

static void more_than_a_table_holds_are_passed_over(void **state)
{
    (void)state;
    struct tally *tally = tally_new();
    for (int64_t source_id = 1; source_id <= TALLY_SOURCES_MAX; source_id++)
        assert_true(tally_hear(tally, source_id, 1));
    assert_false(tally_hear(tally, TALLY_SOURCES_MAX + 1, 1));
    assert_false(tally_set(tally, TALLY_SOURCES_MAX + 1, STR("a"), 5, 1));
    assert_int_equal(tally_sum(tally, STR("a")), 0);
    tally_free(tally);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_add_up_over_sources),
        cmocka_unit_test(who_is_silent_is_gone_with_its_numbers),
        cmocka_unit_test(more_than_a_table_holds_are_passed_over),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
