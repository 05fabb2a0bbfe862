/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Tests of the places where pages end: there and back, and what clients make of them. */
#include "platform/db/page_key.h"

#include "base/mem/arena.h"

#include "tests/lib/check.h"

static void what_was_formatted_is_parsed(void **state)
{
    static const int64_t times[] = {0, 1, -1, INT64_MAX, INT64_MIN, 1732060800000000};
    struct ctx cx = {.arena = arena_new(0)};
    struct id id = {{1, 2, 3, [15] = 0xff}};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(times); i++) {
        struct page_key key;
        struct str text = page_key_format(cx.arena, (struct instant){times[i]}, id);
        assert_null(page_key_parse(&cx, text, &key));
        assert_true(key.is_set);
        assert_true(key.at.us == times[i]);
        assert_true(id_equal(key.id, id));
    }
    arena_free(cx.arena);
}

static void no_text_is_the_first_page(void **state)
{
    struct ctx cx = {.arena = arena_new(0)};
    struct page_key key = {.is_set = true};
    (void)state;
    assert_null(page_key_parse(&cx, STR_NONE, &key));
    assert_false(key.is_set);
    arena_free(cx.arena);
}

static void other_texts_are_refused_at_the_cursor(void **state)
{
    static const char *const texts[] = {"x", "!!!!", "AAAA", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
                                        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"};
    struct ctx cx = {.arena = arena_new(0)};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        struct page_key key;
        struct error *error = page_key_parse(&cx, str_cstr(texts[i]), &key);
        assert_non_null(error);
        assert_true(error_has_code(error, ERROR_INVALID));
        assert_non_null(error->violations);
        assert_false(key.is_set);
    }
    arena_free(cx.arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_formatted_is_parsed),
        cmocka_unit_test(no_text_is_the_first_page),
        cmocka_unit_test(other_texts_are_refused_at_the_cursor),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
