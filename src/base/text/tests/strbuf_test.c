/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Tests of the text builder, each on an arena and on the heap. */
#include "base/text/strbuf.h"

#include "base/mem/arena.h"

#include "tests/lib/check.h"

/* Runs the check with a builder of each kind. */
typedef void (*builder_fn)(struct strbuf *buf);

static void with_each_memory(size_t max_len, builder_fn check)
{
    struct arena *arena = arena_new(0);
    struct strbuf on_arena;
    strbuf_init(&on_arena, arena, max_len);
    check(&on_arena);
    strbuf_fini(&on_arena);
    arena_free(arena);

    struct strbuf on_heap;
    strbuf_init(&on_heap, NULL, max_len);
    check(&on_heap);
    strbuf_fini(&on_heap);
}

static void check_pieces(struct strbuf *buf)
{
    strbuf_append(buf, STR("a"));
    strbuf_append(buf, STR_NONE);
    strbuf_append_char(buf, ',');
    strbuf_append_i64(buf, INT64_MIN);
    strbuf_append_char(buf, ',');
    strbuf_append_u64(buf, UINT64_MAX);
    strbuf_append_cstr(buf, NULL);
    strbuf_append_cstr(buf, ",c");
    strbuf_printf(buf, ",%s-%03d", "d", 7);
    check_str(strbuf_str(buf), "a,-9223372036854775808,18446744073709551615,c,d-007");
    assert_int_equal(strbuf_str(buf).ptr[buf->len], '\0');
    assert_false(buf->overflow);
}

static void pieces_are_joined(void **state)
{
    (void)state;
    with_each_memory(1000, check_pieces);
}

static void check_growth(struct strbuf *buf)
{
    for (int i = 0; i < 100000; i++)
        strbuf_append_char(buf, (char)('a' + i % 26));
    assert_int_equal(buf->len, 100000);
    for (int i = 0; i < 100000; i++)
        check_that(buf->ptr[i] == 'a' + i % 26, "byte %d", i);
    assert_int_equal(buf->ptr[100000], '\0');
    assert_false(buf->overflow);
}

static void growth_keeps_all_bytes(void **state)
{
    (void)state;
    with_each_memory(100000, check_growth);
}

static void check_nothing(struct strbuf *buf)
{
    check_str(strbuf_str(buf), "");
    assert_int_equal(strbuf_str(buf).ptr[0], '\0');
    strbuf_append(buf, STR(""));
    strbuf_printf(buf, "%s", "");
    strbuf_commit(buf, 0);
    check_str(strbuf_str(buf), "");
    assert_false(buf->overflow);
}

static void an_empty_builder_is_an_empty_text(void **state)
{
    (void)state;
    with_each_memory(10, check_nothing);
    with_each_memory(0, check_nothing);
}

static void check_limit_by_append(struct strbuf *buf)
{
    strbuf_append(buf, STR("12345678"));
    assert_false(buf->overflow);
    strbuf_append(buf, STR("9abcd"));
    assert_true(buf->overflow);
    check_str(strbuf_str(buf), "123456789a");
    strbuf_append_char(buf, 'x');
    strbuf_printf(buf, "y");
    check_str(strbuf_str(buf), "123456789a");
}

static void check_limit_exactly(struct strbuf *buf)
{
    strbuf_append(buf, STR("0123456789"));
    assert_false(buf->overflow);
    strbuf_append(buf, STR(""));
    assert_false(buf->overflow);
    strbuf_append_char(buf, 'x');
    assert_true(buf->overflow);
    check_str(strbuf_str(buf), "0123456789");
}

static void check_limit_by_printf(struct strbuf *buf)
{
    strbuf_printf(buf, "%s", "01234567890123456789");
    assert_true(buf->overflow);
    check_str(strbuf_str(buf), "0123456789");
}

/* What did not fit leaves no room for something shorter: the result is a prefix of what was meant. */
static void check_limit_is_final(struct strbuf *buf)
{
    strbuf_append(buf, STR("abc"));
    assert_null(strbuf_reserve(buf, 8));
    assert_true(buf->overflow);
    strbuf_append(buf, STR("d"));
    strbuf_printf(buf, "e");
    assert_null(strbuf_reserve(buf, 1));
    check_str(strbuf_str(buf), "abc");
}

static void what_passes_the_limit_is_dropped_and_marked(void **state)
{
    (void)state;
    with_each_memory(10, check_limit_by_append);
    with_each_memory(10, check_limit_exactly);
    with_each_memory(10, check_limit_by_printf);
    with_each_memory(10, check_limit_is_final);
}

static void check_limit_of_nothing(struct strbuf *buf)
{
    strbuf_append_char(buf, 'x');
    assert_true(buf->overflow);
    check_str(strbuf_str(buf), "");
}

static void a_limit_of_zero_takes_nothing(void **state)
{
    (void)state;
    with_each_memory(0, check_limit_of_nothing);
}

static void check_clear(struct strbuf *buf)
{
    strbuf_append(buf, STR("0123456789abc"));
    assert_true(buf->overflow);
    strbuf_clear(buf);
    assert_false(buf->overflow);
    check_str(strbuf_str(buf), "");
    strbuf_append(buf, STR("again"));
    check_str(strbuf_str(buf), "again");
}

static void clearing_starts_anew(void **state)
{
    (void)state;
    with_each_memory(10, check_clear);
}

static void check_reserve(struct strbuf *buf)
{
    strbuf_append(buf, STR("head:"));
    for (size_t len = 1; len < 3000; len *= 3) {
        char *room = strbuf_reserve(buf, len);
        assert_non_null(room);
        memset(room, 'r', len);
        strbuf_commit(buf, len / 2);
    }
    assert_true(str_starts_with(strbuf_str(buf), STR("head:rrr")));
    assert_int_equal(buf->ptr[buf->len], '\0');
    assert_int_equal(strlen(buf->ptr), buf->len);
}

static void reserved_room_is_filled_in_place(void **state)
{
    (void)state;
    with_each_memory(10000, check_reserve);
}

static void commit_too_much(void *arg)
{
    struct strbuf buf;
    strbuf_init(&buf, arg, 100000);
    (void)strbuf_reserve(&buf, 10);
    strbuf_commit(&buf, 5000);
}

static void committing_more_than_was_reserved_aborts(void **state)
{
    (void)state;
    assert_true(check_aborts(commit_too_much, NULL));
}

static void check_printf_at_every_fill(struct strbuf *buf)
{
    for (size_t fill = 0; fill < 300; fill++) {
        strbuf_clear(buf);
        for (size_t i = 0; i < fill; i++)
            strbuf_append_char(buf, '.');
        strbuf_printf(buf, "%d|%s", 12345, "abc");
        check_that(buf->len == fill + 9, "fill %zu", fill);
        check_that(str_ends_with(strbuf_str(buf), STR("12345|abc")), "fill %zu", fill);
    }
}

static void printf_works_however_full_the_builder_is(void **state)
{
    (void)state;
    with_each_memory(1000, check_printf_at_every_fill);
}

/* Two builders on one arena take turns, so that neither can grow in place. */
static void interleaved_builders_do_not_mix(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    struct strbuf a;
    struct strbuf b;
    strbuf_init(&a, arena, 10000);
    strbuf_init(&b, arena, 10000);
    for (int i = 0; i < 5000; i++) {
        strbuf_append_char(&a, 'a');
        strbuf_append_char(&b, 'b');
    }
    assert_int_equal(str_find_byte(strbuf_str(&a), 'b', 0), -1);
    assert_int_equal(str_find_byte(strbuf_str(&b), 'a', 0), -1);
    assert_int_equal(strlen(a.ptr), 5000);
    assert_int_equal(strlen(b.ptr), 5000);
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pieces_are_joined),
        cmocka_unit_test(growth_keeps_all_bytes),
        cmocka_unit_test(an_empty_builder_is_an_empty_text),
        cmocka_unit_test(what_passes_the_limit_is_dropped_and_marked),
        cmocka_unit_test(a_limit_of_zero_takes_nothing),
        cmocka_unit_test(clearing_starts_anew),
        cmocka_unit_test(reserved_room_is_filled_in_place),
        cmocka_unit_test(committing_more_than_was_reserved_aborts),
        cmocka_unit_test(printf_works_however_full_the_builder_is),
        cmocka_unit_test(interleaved_builders_do_not_mix),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
