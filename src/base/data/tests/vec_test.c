/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Tests of vectors and lists. */
#include "base/data/vec.h"

#include <assert.h>

#include "base/data/list.h"

#include "tests/lib/check.h"

struct item {
    int64_t number;
    char name[5];
};

typedef VEC(struct item) item_vec;

static_assert(offsetof(item_vec, items) == offsetof(struct array, items), "descriptors see a struct array");
static_assert(offsetof(item_vec, count) == offsetof(struct array, count), "descriptors see a struct array");

static void fill_and_check(struct arena *arena, item_vec *items)
{
    for (int i = 0; i < 1000; i++) {
        struct item *item = VEC_PUSH(arena, items);
        check_that(item->number == 0 && item->name[0] == '\0', "item %d is not zeroed", i);
        item->number = i;
        memset(item->name, 'x', sizeof(item->name));
    }
    assert_int_equal(items->count, 1000);
    for (int i = 0; i < 1000; i++)
        check_that(items->items[i].number == i, "item %d", i);
}

static void items_are_zeroed_and_kept(void **state)
{
    (void)state;
    item_vec on_heap = {0};
    fill_and_check(NULL, &on_heap);
    VEC_FINI(&on_heap);
    assert_int_equal(on_heap.count, 0);
    assert_int_equal(on_heap.capacity, 0);

    struct arena *arena = arena_new(0);
    item_vec on_arena = {0};
    fill_and_check(arena, &on_arena);
    arena_free(arena);
}

static void an_emptied_vector_gives_zeroed_items_again(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    item_vec items = {0};
    fill_and_check(arena, &items);
    items.count = 0;
    fill_and_check(arena, &items);
    arena_free(arena);
}

static void interleaved_vectors_do_not_mix(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    VEC(int) odd = {0};
    VEC(int) even = {0};
    for (int i = 0; i < 1000; i++) {
        *VEC_PUSH(arena, &even) = 2 * i;
        *VEC_PUSH(arena, &odd) = 2 * i + 1;
    }
    for (int i = 0; i < 1000; i++)
        check_that(even.items[i] == 2 * i && odd.items[i] == 2 * i + 1, "item %d", i);
    arena_free(arena);
}

static void a_reserved_vector_does_not_move(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    VEC(int) numbers = {0};
    VEC_RESERVE(arena, &numbers, 500);
    const int *items = numbers.items;
    for (int i = 0; i < 500; i++) {
        *VEC_PUSH(arena, &numbers) = i;
        (void)arena_alloc(arena, 1);
    }
    assert_ptr_equal(numbers.items, items);
    arena_free(arena);
}

static void grow_beyond_memory(void *arg)
{
    item_vec *items = arg;
    VEC_RESERVE(NULL, items, SIZE_MAX / 2);
}

static void an_overflowing_size_aborts(void **state)
{
    (void)state;
    item_vec items = {0};
    assert_true(check_aborts(grow_beyond_memory, &items));
}

static void array_items_are_addressed_by_type(void **state)
{
    (void)state;
    int numbers[] = {1, 2, 3};
    struct array array = {.items = numbers, .count = 3};
    assert_int_equal(*ARRAY_AT(int, array, 2), 3);
}

/* ---- list ---- */

struct song {
    int number;
    struct list node;
};

/* The numbers of the songs, as digits in order. */
static int list_digits(const struct list *head)
{
    int digits = 0;
    LIST_EACH (node, head)
        digits = digits * 10 + LIST_OWNER(node, struct song, node)->number;
    return digits;
}

static void a_list_keeps_its_order(void **state)
{
    (void)state;
    struct list head;
    struct song songs[4];
    list_init(&head);
    assert_true(list_is_empty(&head));
    assert_null(list_take_first(&head));
    for (int i = 0; i < 4; i++)
        songs[i].number = i + 1;
    list_append(&head, &songs[0].node);
    list_append(&head, &songs[1].node);
    list_prepend(&head, &songs[2].node);
    list_append(&head, &songs[3].node);
    assert_int_equal(list_digits(&head), 3124);

    list_remove(&songs[0].node);
    list_remove(&songs[0].node);
    assert_int_equal(list_digits(&head), 324);
    assert_ptr_equal(list_take_first(&head), &songs[2].node);
    assert_int_equal(list_digits(&head), 24);
    list_remove(&songs[1].node);
    list_remove(&songs[3].node);
    assert_true(list_is_empty(&head));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(items_are_zeroed_and_kept),
        cmocka_unit_test(an_emptied_vector_gives_zeroed_items_again),
        cmocka_unit_test(interleaved_vectors_do_not_mix),
        cmocka_unit_test(a_reserved_vector_does_not_move),
        cmocka_unit_test(an_overflowing_size_aborts),
        cmocka_unit_test(array_items_are_addressed_by_type),
        cmocka_unit_test(a_list_keeps_its_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
