/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Two instances that state numbers to each other over a line that may be down or lose what it carries. */
#include "base/data/facts.h"

#include "base/mem/arena.h"
#include "base/text/strbuf.h"

#include "tests/lib/check.h"

static const int64_t second_us = 1000000;
static struct arena *arena;
static struct strbuf said; /* "a=3 pulse ask " */

static void say_number(void *arg, struct str name, int64_t number)
{
    (void)arg;
    strbuf_printf(&said, "%" STR_FMT "=%lld ", STR_ARG(name), (long long)number);
}

static void say_pulse(void *arg)
{
    (void)arg;
    strbuf_append(&said, STR("pulse "));
}

static void say_ask(void *arg)
{
    (void)arg;
    strbuf_append(&said, STR("ask "));
}

static const struct facts_line line = {NULL, say_number, say_pulse, say_ask};

static void say_changed(void *arg, struct str name)
{
    (void)arg;
    strbuf_printf(&said, "-%" STR_FMT " ", STR_ARG(name));
}

/* What is said in an exchange at that second. */
static struct str exchange(struct facts *facts, const struct facts_line *over, int64_t second)
{
    strbuf_init(&said, arena, 256);
    facts_exchange(facts, over, second * second_us, say_changed, NULL);
    return strbuf_str(&said);
}

static void a_change_is_told_once(void **state)
{
    (void)state;
    struct facts *facts = facts_new();
    check_str(exchange(facts, &line, 1), "");
    facts_state(facts, STR("a"), 1);
    facts_state(facts, STR("a"), 3);
    facts_state(facts, STR("b"), 1);
    facts_state(facts, STR("b"), 0);
    facts_state(facts, STR("c"), 0);
    check_str(exchange(facts, &line, 2), "a=3 ");
    check_str(exchange(facts, &line, 3), "");
    facts_state(facts, STR("a"), 3);
    check_str(exchange(facts, &line, 3), "");
    check_str(exchange(facts, &line, 4), "pulse ");
    facts_free(facts);
}

static void all_is_told_to_who_knows_nothing_zeros_among_it(void **state)
{
    (void)state;
    struct facts *facts = facts_new();
    facts_state(facts, STR("a"), 3);
    facts_state(facts, STR("b"), 1);
    check_str(exchange(facts, &line, 1), "a=3 b=1 pulse ");
    facts_state(facts, STR("b"), 0);
    check_str(exchange(facts, &line, 2), "b=0 "); /* this one is lost */
    facts_tell_all(facts);
    check_str(exchange(facts, &line, 3), "a=3 b=0 ");
    check_str(exchange(facts, &line, 65), "pulse ");
    facts_tell_all(facts);
    check_str(exchange(facts, &line, 66), "a=3 ");
    facts_free(facts);
}

static void without_others_nothing_is_kept_but_what_is_so(void **state)
{
    (void)state;
    struct facts *facts = facts_new();
    facts_state(facts, STR("a"), 3);
    facts_state(facts, STR("b"), 1);
    facts_state(facts, STR("b"), 0);
    check_str(exchange(facts, NULL, 1), "");
    check_str(exchange(facts, &line, 2), "a=3 ");
    facts_free(facts);
}

static void others_count_while_they_are_heard_of(void **state)
{
    (void)state;
    struct facts *facts = facts_new();
    facts_hear(facts, 7, 1 * second_us);
    check_str(exchange(facts, &line, 1), "ask ");
    assert_int_equal(facts_hear_number(facts, 7, STR("a"), 2, 2 * second_us), 0);
    assert_int_equal(facts_hear_number(facts, 8, STR("a"), 5, 9 * second_us), 2);
    assert_int_equal(facts_elsewhere(facts, STR("a")), 7);
    facts_state(facts, STR("a"), 1);
    assert_int_equal(facts_elsewhere(facts, STR("a")), 7);
    check_str(exchange(facts, NULL, 12), "");
    check_str(exchange(facts, NULL, 13), "-a ");
    assert_int_equal(facts_elsewhere(facts, STR("a")), 5);
    facts_free(facts);
}

static int set_up(void **state)
{
    (void)state;
    arena = arena_new(0);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_change_is_told_once),
        cmocka_unit_test(all_is_told_to_who_knows_nothing_zeros_among_it),
        cmocka_unit_test(without_others_nothing_is_kept_but_what_is_so),
        cmocka_unit_test(others_count_while_they_are_heard_of),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
