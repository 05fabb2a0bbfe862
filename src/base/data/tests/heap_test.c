/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Tests of the heap. */
#include "base/data/heap.h"

#include "tests/lib/check.h"

#define TIMERS 500

struct timer {
    int number;
    struct heap_node node;
};

static void heap_check(const struct heap *heap)
{
    for (size_t i = 0; i < heap->count; i++) {
        assert_int_equal(heap->nodes[i]->index, i + 1);
        if (i != 0)
            assert_true(heap->nodes[(i - 1) / 2]->key <= heap->nodes[i]->key);
    }
}

/* xorshift64*, seeded: the same in each run. */
static uint64_t next_random(uint64_t *seed)
{
    *seed ^= *seed >> 12;
    *seed ^= *seed << 25;
    *seed ^= *seed >> 27;
    return *seed * UINT64_C(2685821657736338717);
}

static void an_empty_heap_has_no_first(void **state)
{
    (void)state;
    struct heap heap = {0};
    struct heap_node node = {0};
    assert_null(heap_first(&heap));
    heap_remove(&heap, &node);
    heap_fini(&heap);
}

static void nodes_come_out_in_the_order_of_their_keys(void **state)
{
    (void)state;
    static const int64_t keys[] = {5, -3, INT64_MAX, 0, 5, INT64_MIN, 7, 5, -3};
    struct heap_node nodes[COUNT_OF(keys)] = {0};
    struct heap heap = {0};
    for (size_t i = 0; i < COUNT_OF(keys); i++) {
        nodes[i].key = keys[i];
        heap_insert(&heap, &nodes[i]);
        heap_check(&heap);
    }
    int64_t before = INT64_MIN;
    for (size_t i = 0; i < COUNT_OF(keys); i++) {
        struct heap_node *first = heap_first(&heap);
        assert_true(first->key >= before);
        before = first->key;
        heap_remove(&heap, first);
        assert_false(heap_node_is_in(first));
    }
    assert_null(heap_first(&heap));
    heap_fini(&heap);
}

static void any_node_can_be_taken_out(void **state)
{
    (void)state;
    for (size_t taken = 0; taken < 20; taken++) {
        struct heap_node nodes[20] = {0};
        struct heap heap = {0};
        for (size_t i = 0; i < 20; i++) {
            nodes[i].key = (int64_t)(i * 7 % 20);
            heap_insert(&heap, &nodes[i]);
        }
        heap_remove(&heap, &nodes[taken]);
        heap_check(&heap);
        assert_int_equal(heap.count, 19);
        assert_false(heap_node_is_in(&nodes[taken]));
        heap_remove(&heap, &nodes[taken]);
        assert_int_equal(heap.count, 19);
        heap_fini(&heap);
    }
}

/* Against the slow way of finding the least key. */
static const struct timer *find_first_slowly(const struct timer *timers)
{
    const struct timer *first = NULL;
    for (size_t i = 0; i < TIMERS; i++) {
        if (heap_node_is_in(&timers[i].node) && (first == NULL || timers[i].node.key < first->node.key))
            first = &timers[i];
    }
    return first;
}

static void random_use_keeps_the_least_first(void **state)
{
    (void)state;
    static struct timer timers[TIMERS];
    struct heap heap = {0};
    uint64_t seed = 42;
    for (int step = 0; step < 20000; step++) {
        struct timer *timer = &timers[next_random(&seed) % TIMERS];
        if (heap_node_is_in(&timer->node)) {
            heap_remove(&heap, &timer->node);
        } else {
            timer->node.key = (int64_t)(next_random(&seed) % 1000);
            heap_insert(&heap, &timer->node);
        }
        const struct timer *first = find_first_slowly(timers);
        if (first == NULL)
            assert_null(heap_first(&heap));
        else
            assert_int_equal(heap_first(&heap)->key, first->node.key);
    }
    heap_check(&heap);
    heap_fini(&heap);
    assert_null(find_first_slowly(timers));
}

static void the_owner_is_found_from_the_node(void **state)
{
    (void)state;
    struct timer timer = {.number = 7};
    assert_int_equal(HEAP_OWNER(&timer.node, struct timer, node)->number, 7);
}

static void insert_twice(void *arg)
{
    struct heap heap = {0};
    heap_insert(&heap, arg);
    heap_insert(&heap, arg);
}

static void remove_from_another(void *arg)
{
    struct heap heap = {0};
    struct heap other = {0};
    struct heap_node node = {0};
    heap_insert(&heap, arg);
    heap_insert(&other, &node);
    heap_remove(&other, arg);
}

static void misuse_aborts(void **state)
{
    (void)state;
    struct heap_node node = {0};
    assert_true(check_aborts(insert_twice, &node));
    assert_true(check_aborts(remove_from_another, &node));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_heap_has_no_first),
        cmocka_unit_test(nodes_come_out_in_the_order_of_their_keys),
        cmocka_unit_test(any_node_can_be_taken_out),
        cmocka_unit_test(random_use_keeps_the_least_first),
        cmocka_unit_test(the_owner_is_found_from_the_node),
        cmocka_unit_test(misuse_aborts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
