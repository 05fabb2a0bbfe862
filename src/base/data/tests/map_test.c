/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Tests of the hash map, on the heap and on an arena. */
#include "base/data/map.h"

#include "base/mem/arena.h"

#include "tests/lib/check.h"

#define KEYS 5000

typedef void (*map_fn)(struct map *map);

static void with_each_memory(map_fn check)
{
    struct map *on_heap = map_new(NULL);
    check(on_heap);
    map_free(on_heap);

    struct arena *arena = arena_new(0);
    struct map *on_arena = map_new(arena);
    check(on_arena);
    map_free(on_arena);
    arena_free(arena);
}

/* The numbered key, in a buffer that the next call overwrites: the map must copy it. */
static struct str key_of(size_t number)
{
    static char text[32];
    int len = snprintf(text, sizeof(text), "key-%zu", number);
    return str_from(text, (size_t)len);
}

static int values[KEYS];
static int other_value;

static void check_empty(struct map *map)
{
    size_t at = 0;
    struct str key = STR_NONE;
    void *value = NULL;
    assert_int_equal(map_count(map), 0);
    assert_null(map_find(map, STR("a")));
    assert_null(map_remove(map, STR("a")));
    assert_false(map_next(map, &at, &key, &value));
}

static void an_empty_map_has_nothing(void **state)
{
    (void)state;
    with_each_memory(check_empty);
    map_free(NULL);
}

static void check_replacing(struct map *map)
{
    assert_null(map_put(map, STR("a"), &values[0]));
    assert_ptr_equal(map_put(map, STR("a"), &values[1]), &values[0]);
    assert_int_equal(map_count(map), 1);
    assert_ptr_equal(map_find(map, STR("a")), &values[1]);
    assert_ptr_equal(map_remove(map, STR("a")), &values[1]);
    assert_null(map_find(map, STR("a")));
    assert_null(map_remove(map, STR("a")));
    assert_int_equal(map_count(map), 0);
    assert_null(map_put(map, STR("a"), &values[2]));
    assert_ptr_equal(map_find(map, STR("a")), &values[2]);
}

static void put_replaces_and_remove_forgets(void **state)
{
    (void)state;
    with_each_memory(check_replacing);
}

static void check_odd_keys(struct map *map)
{
    map_put(map, STR(""), &values[0]);
    map_put(map, STR("\0"), &values[1]);
    map_put(map, STR("\0\0"), &values[2]);
    map_put(map, STR("A"), &values[3]);
    map_put(map, STR("a"), &values[4]);
    assert_int_equal(map_count(map), 5);
    assert_ptr_equal(map_find(map, STR_NONE), &values[0]);
    assert_ptr_equal(map_find(map, STR("\0")), &values[1]);
    assert_ptr_equal(map_find(map, STR("\0\0")), &values[2]);
    assert_ptr_equal(map_find(map, STR("A")), &values[3]);
    assert_ptr_equal(map_find(map, STR("a")), &values[4]);
}

static void keys_are_compared_bytewise(void **state)
{
    (void)state;
    with_each_memory(check_odd_keys);
}

/* So many keys share slots of every table size on the way: a wrong probe would lose one. */
static void check_growth(struct map *map)
{
    for (size_t i = 0; i < KEYS; i++) {
        check_that(map_put(map, key_of(i), &values[i]) == NULL, "key %zu was there", i);
        check_that(map_find(map, key_of(i / 2)) == &values[i / 2], "key %zu after %zu", i / 2, i);
    }
    assert_int_equal(map_count(map), KEYS);
    for (size_t i = 0; i < KEYS; i++)
        check_that(map_find(map, key_of(i)) == &values[i], "key %zu", i);
    assert_null(map_find(map, key_of(KEYS)));
}

static void growth_keeps_every_key(void **state)
{
    (void)state;
    with_each_memory(check_growth);
}

static void check_order(struct map *map)
{
    for (size_t i = 0; i < 100; i++)
        map_put(map, key_of(i), &values[i]);
    for (size_t i = 0; i < 100; i += 3)
        map_remove(map, key_of(i));
    map_put(map, key_of(50), &other_value); /* replaced: keeps its place */
    map_put(map, key_of(0), &values[0]);    /* new again: the last */

    size_t at = 0;
    size_t expected = 1;
    struct str key = STR_NONE;
    void *value = NULL;
    while (map_next(map, &at, &key, &value)) {
        size_t number = expected < 100 ? expected : 0;
        check_that(str_equal(key, key_of(number)), "%" STR_FMT " stands where key-%zu should", STR_ARG(key),
                   number);
        assert_ptr_equal(value, number == 50 ? &other_value : &values[number]);
        expected += expected % 3 == 2 ? 2 : 1;
    }
    assert_int_equal(expected, 101);
}

static void iteration_is_in_the_order_of_insertion(void **state)
{
    (void)state;
    with_each_memory(check_order);
}

static void check_removing_all(struct map *map)
{
    for (size_t i = 0; i < 1000; i++)
        map_put(map, key_of(i), &values[i]);
    size_t at = 0;
    struct str key = STR_NONE;
    void *value = NULL;
    while (map_next(map, &at, &key, &value))
        assert_ptr_equal(map_remove(map, key), value);
    assert_int_equal(map_count(map), 0);
    check_empty(map);
}

static void entries_may_be_removed_while_iterating(void **state)
{
    (void)state;
    with_each_memory(check_removing_all);
}

/* A queue-like use: the map stays small, so its table must not fill with the dead. */
static void check_turnover(struct map *map)
{
    for (size_t i = 0; i < KEYS; i++) {
        map_put(map, key_of(i), &values[i]);
        if (i >= 10)
            check_that(map_remove(map, key_of(i - 10)) == &values[i - 10], "key %zu", i - 10);
    }
    assert_int_equal(map_count(map), 10);
    for (size_t i = KEYS - 10; i < KEYS; i++)
        assert_ptr_equal(map_find(map, key_of(i)), &values[i]);
}

static void turnover_loses_nothing(void **state)
{
    (void)state;
    with_each_memory(check_turnover);
}

static void put_null(void *map)
{
    map_put(map, STR("a"), NULL);
}

static void a_null_value_aborts(void **state)
{
    (void)state;
    struct map *map = map_new(NULL);
    assert_true(check_aborts(put_null, map));
    map_free(map);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_map_has_nothing),
        cmocka_unit_test(put_replaces_and_remove_forgets),
        cmocka_unit_test(keys_are_compared_bytewise),
        cmocka_unit_test(growth_keeps_every_key),
        cmocka_unit_test(iteration_is_in_the_order_of_insertion),
        cmocka_unit_test(entries_may_be_removed_while_iterating),
        cmocka_unit_test(turnover_loses_nothing),
        cmocka_unit_test(a_null_value_aborts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
