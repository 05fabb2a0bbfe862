/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Tests of the arena. */
#include "base/mem/arena.h"

#include <pthread.h>
#include <stdalign.h>

#include "base/mem/chunk.h"
#include "base/mem/poison.h"

#include "tests/lib/check.h"

#define LIMIT_BYTES ((size_t)100000)

static bool is_zero(const char *bytes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (bytes[i] != 0)
            return false;
    }
    return true;
}

static void allocations_are_zeroed_and_aligned_and_apart(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    char *before = NULL;
    size_t before_size = 0;
    for (size_t size = 0; size < 3000; size += 7) {
        char *bytes = arena_alloc(arena, size);
        check_that((uintptr_t)bytes % alignof(max_align_t) == 0, "%zu bytes are not aligned", size);
        check_that(is_zero(bytes, size), "%zu bytes are not zeroed", size);
        memset(bytes, 0xFF, size);
        check_that(before == NULL || bytes >= before + before_size || bytes < before, "overlap at %zu", size);
        before = bytes;
        before_size = size;
    }
    arena_free(arena);
}

static void recycled_memory_is_zeroed_again(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    memset(arena_alloc(arena, 4000), 0xAA, 4000);
    arena_clear(arena);
    assert_true(is_zero(arena_alloc(arena, 4000), 4000));
    arena_free(arena);
}

static void an_allocation_of_nothing_is_a_valid_pointer(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    assert_non_null(arena_alloc(arena, 0));
    assert_non_null(arena_alloc_raw(arena, 0));
    assert_non_null(arena_alloc_array(arena, 0, 8));
    assert_non_null(arena_dup(arena, NULL, 0));
    arena_free(arena);
}

static void great_allocations_are_served(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    for (size_t size = 1; size <= (size_t)4 << 20; size *= 4)
        memset(arena_alloc_raw(arena, size), 0x55, size);
    assert_true(arena_used_bytes(arena) >= (size_t)4 << 20);
    arena_clear(arena);
    assert_int_equal(arena_used_bytes(arena), 0);
    arena_free(arena);
}

static void texts_are_copied_with_a_nul(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    char source[] = "night drive";
    struct str copy = arena_str(arena, str_cstr(source));
    char *c_copy = arena_cstr(arena, str_slice(str_cstr(source), 6, 5));
    memset(source, 'x', sizeof(source) - 1);
    check_str(copy, "night drive");
    assert_int_equal(copy.ptr[copy.len], '\0');
    assert_string_equal(c_copy, "drive");
    assert_string_equal(arena_cstr(arena, STR_NONE), "");
    arena_free(arena);
}

static void the_absent_text_stays_absent_and_the_empty_one_empty(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    check_str(ARENA_JOIN(arena, STR("by "), STR_NONE, STR("night"), STR("!")), "by night!");
    assert_int_equal(ARENA_JOIN(arena, STR_NONE).len, 0);
    assert_null(arena_str(arena, STR_NONE).ptr);
    struct str empty = arena_str(arena, STR(""));
    assert_non_null(empty.ptr);
    assert_int_equal(empty.len, 0);
    arena_free(arena);
}

static void printf_makes_texts_of_any_length(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    for (int len = 0; len < 1000; len++) {
        struct str text = arena_printf(arena, "%0*d", len, 7);
        size_t expected = len == 0 ? 1 : (size_t)len;
        check_that(text.len == expected && strlen(text.ptr) == expected, "length %d gave %zu", len, text.len);
        check_that(text.ptr[text.len - 1] == '7', "length %d does not end in 7", len);
    }
    arena_free(arena);
}

/* ---- deferred calls ---- */

struct journal {
    char order[16];
    size_t count;
    struct arena *arena; /* where a call defers another */
};

struct entry {
    struct journal *journal;
    char name;
};

static void journal_write(void *arg)
{
    const struct entry *entry = arg;
    entry->journal->order[entry->journal->count++] = entry->name;
}

static void journal_defer(struct arena *arena, struct journal *journal, char name)
{
    struct entry *entry = ARENA_NEW(arena, struct entry);
    *entry = (struct entry){.journal = journal, .name = name};
    arena_defer(arena, journal_write, entry);
}

static void journal_write_and_defer(void *arg)
{
    struct journal *journal = arg;
    journal->order[journal->count++] = '!';
    (void)arena_alloc(journal->arena, 100000);
    journal_defer(journal->arena, journal, '?');
}

static void deferred_calls_run_last_first_when_freed(void **state)
{
    (void)state;
    struct journal journal = {0};
    struct arena *arena = arena_new(0);
    journal_defer(arena, &journal, 'a');
    journal_defer(arena, &journal, 'b');
    journal_defer(arena, &journal, 'c');
    assert_int_equal(journal.count, 0);
    arena_free(arena);
    assert_string_equal(journal.order, "cba");
}

static void deferred_calls_run_once_when_cleared(void **state)
{
    (void)state;
    struct journal journal = {0};
    struct arena *arena = arena_new(0);
    journal_defer(arena, &journal, 'a');
    arena_clear(arena);
    assert_string_equal(journal.order, "a");
    arena_free(arena);
    assert_string_equal(journal.order, "a");
}

static void a_rewind_runs_only_what_came_after_the_mark(void **state)
{
    (void)state;
    struct journal journal = {0};
    struct arena *arena = arena_new(0);
    journal_defer(arena, &journal, 'a');
    struct arena_mark mark = arena_mark(arena);
    journal_defer(arena, &journal, 'b');
    (void)arena_alloc(arena, 50000);
    journal_defer(arena, &journal, 'c');
    arena_rewind(arena, mark);
    assert_string_equal(journal.order, "cb");
    arena_free(arena);
    assert_string_equal(journal.order, "cba");
}

static void a_deferred_call_may_allocate_and_defer(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    struct journal journal = {.arena = arena};
    arena_defer(arena, journal_write_and_defer, &journal);
    arena_free(arena);
    assert_string_equal(journal.order, "!?");
}

/* ---- marks ---- */

static void a_rewind_gives_the_same_memory_again(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    char *kept = arena_alloc(arena, 10);
    memcpy(kept, "keep this", 10);
    struct arena_mark mark = arena_mark(arena);
    char *first = arena_alloc(arena, 1000);
    for (int i = 0; i < 100; i++)
        (void)arena_alloc(arena, 3000);
    size_t used = mark.used_bytes;
    arena_rewind(arena, mark);
    assert_int_equal(arena_used_bytes(arena), used);
    assert_ptr_equal(arena_alloc(arena, 1000), first);
    assert_string_equal(kept, "keep this");
    arena_free(arena);
}

static void a_rewind_to_the_empty_arena_empties_it(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    struct arena_mark mark = arena_mark(arena);
    for (int i = 0; i < 100; i++)
        (void)arena_alloc(arena, 3000);
    arena_rewind(arena, mark);
    assert_int_equal(arena_used_bytes(arena), 0);
    assert_true(is_zero(arena_alloc(arena, 5000), 5000));
    arena_free(arena);
}

static void marks_nest(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    struct arena_mark marks[20];
    for (size_t i = 0; i < 20; i++) {
        marks[i] = arena_mark(arena);
        (void)arena_alloc(arena, 1000 * i + 1);
    }
    for (size_t i = 20; i-- > 0;) {
        arena_rewind(arena, marks[i]);
        check_that(arena_used_bytes(arena) == marks[i].used_bytes, "mark %zu", i);
    }
    arena_free(arena);
}

static void rewind_to_a_foreign_mark(void *arg)
{
    struct arena *arena = arg;
    struct arena *other = arena_new(0);
    (void)arena_alloc(other, 1);
    arena_rewind(arena, arena_mark(other));
}

static void a_mark_of_another_arena_is_refused(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    (void)arena_alloc(arena, 1);
    assert_true(check_aborts(rewind_to_a_foreign_mark, arena));
    arena_free(arena);
}

/* ---- growing in place ---- */

static void only_the_last_allocation_grows_in_place(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    char *first = arena_alloc(arena, 64);
    assert_true(arena_extend(arena, first, 64, 128));
    memset(first, 1, 128);
    char *second = arena_alloc(arena, 64);
    assert_true(second >= first + 128);
    assert_false(arena_extend(arena, first, 128, 129));
    assert_true(arena_extend(arena, second, 64, 64));
    assert_false(arena_extend(arena, second, 64, CHUNK_GREATEST_BYTES));
    arena_free(arena);
}

/* ---- the limit ---- */

static void allocate(void *arg)
{
    struct arena *arena = arena_new(LIMIT_BYTES);
    (void)arena_alloc(arena, *(const size_t *)arg);
}

static void allocate_piecemeal(void *arg)
{
    (void)arg;
    struct arena *arena = arena_new(LIMIT_BYTES);
    for (size_t i = 0; i <= LIMIT_BYTES / 16; i++)
        (void)arena_alloc_raw(arena, 16);
}

static void allocate_array_of_all_memory(void *arg)
{
    (void)arg;
    struct arena *arena = arena_new(0);
    (void)arena_alloc_array(arena, SIZE_MAX / 2, 3);
}

static void passing_the_limit_aborts(void **state)
{
    (void)state;
    static const size_t sizes[] = {LIMIT_BYTES + 1, LIMIT_BYTES * 2, SIZE_MAX / 2 - 100,
                                   SIZE_MAX / 2,    SIZE_MAX - 64,   SIZE_MAX};
    for (size_t i = 0; i < COUNT_OF(sizes); i++) {
        size_t size = sizes[i];
        check_that(check_aborts(allocate, &size), "%zu bytes", size);
    }
    assert_true(check_aborts(allocate_piecemeal, NULL));
    assert_true(check_aborts(allocate_array_of_all_memory, NULL));
}

static void all_bytes_below_the_limit_can_be_had(void **state)
{
    (void)state;
    size_t gap = POISON_IS_ON ? 64 : 0;
    size_t whole = LIMIT_BYTES - gap;
    assert_false(check_aborts(allocate, &whole));

    struct arena *arena = arena_new(LIMIT_BYTES);
    for (int round = 0; round < 3; round++) {
        while (arena_used_bytes(arena) <= LIMIT_BYTES - 64)
            (void)arena_alloc_raw(arena, 16);
        arena_clear(arena);
    }
    arena_free(arena);
}

static void the_limit_counts_anew_after_a_rewind(void **state)
{
    (void)state;
    struct arena *arena = arena_new(LIMIT_BYTES);
    (void)arena_alloc(arena, 10);
    struct arena_mark mark = arena_mark(arena);
    for (int i = 0; i < 50; i++) {
        (void)arena_alloc(arena, LIMIT_BYTES / 2);
        arena_rewind(arena, mark);
    }
    arena_free(arena);
}

/* ---- recycling ---- */

static void use_an_arena(void)
{
    struct arena *arena = arena_new(0);
    for (int i = 0; i < 100; i++)
        memset(arena_alloc(arena, 500), i, 500);
    arena_free(arena);
}

static void released_blocks_are_used_again(void **state)
{
    (void)state;
    if (POISON_IS_ON)
        skip(); /* ASan's quarantine takes them */
    use_an_arena();
    struct chunk *chunk = chunk_acquire(1, CHUNK_FIRST_BYTES);
    assert_int_equal(chunk->size_bytes, CHUNK_FIRST_BYTES - sizeof(struct chunk));
    chunk_release(chunk);
    assert_ptr_equal(chunk_acquire(1, CHUNK_FIRST_BYTES), chunk);
    chunk_release(chunk);
}

static void *use_arenas(void *arg)
{
    for (int i = 0; i < 100; i++)
        use_an_arena();
    return arg;
}

/* Leaks are for the sanitizer to see. */
static void the_end_of_a_thread_drains_its_blocks(void **state)
{
    (void)state;
    for (int i = 0; i < 4; i++) {
        pthread_t thread;
        assert_int_equal(pthread_create(&thread, NULL, use_arenas, NULL), 0);
        assert_int_equal(pthread_join(thread, NULL), 0);
    }
}

static void free_accepts_null(void **state)
{
    (void)state;
    arena_free(NULL);
    arena_free(arena_new(0));
}

#if POISON_IS_ON
static void released_memory_is_poisoned(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    struct arena_mark mark = arena_mark(arena);
    char *first = arena_alloc(arena, 100);
    assert_false(__asan_address_is_poisoned(first));
    assert_true(__asan_address_is_poisoned(first + 100));
    arena_rewind(arena, mark);
    assert_true(__asan_address_is_poisoned(first));
    arena_free(arena);
}
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(allocations_are_zeroed_and_aligned_and_apart),
        cmocka_unit_test(recycled_memory_is_zeroed_again),
        cmocka_unit_test(an_allocation_of_nothing_is_a_valid_pointer),
        cmocka_unit_test(great_allocations_are_served),
        cmocka_unit_test(texts_are_copied_with_a_nul),
        cmocka_unit_test(the_absent_text_stays_absent_and_the_empty_one_empty),
        cmocka_unit_test(printf_makes_texts_of_any_length),
        cmocka_unit_test(deferred_calls_run_last_first_when_freed),
        cmocka_unit_test(deferred_calls_run_once_when_cleared),
        cmocka_unit_test(a_rewind_runs_only_what_came_after_the_mark),
        cmocka_unit_test(a_deferred_call_may_allocate_and_defer),
        cmocka_unit_test(a_rewind_gives_the_same_memory_again),
        cmocka_unit_test(a_rewind_to_the_empty_arena_empties_it),
        cmocka_unit_test(marks_nest),
        cmocka_unit_test(a_mark_of_another_arena_is_refused),
        cmocka_unit_test(only_the_last_allocation_grows_in_place),
        cmocka_unit_test(passing_the_limit_aborts),
        cmocka_unit_test(all_bytes_below_the_limit_can_be_had),
        cmocka_unit_test(the_limit_counts_anew_after_a_rewind),
        cmocka_unit_test(released_blocks_are_used_again),
        cmocka_unit_test(the_end_of_a_thread_drains_its_blocks),
        cmocka_unit_test(free_accepts_null),
#if POISON_IS_ON
        cmocka_unit_test(released_memory_is_poisoned),
#endif
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
