/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Binary min-heap. */
#include "base/data/heap.h"

#include "base/mem/alloc.h"
#include "base/require/require.h"

#define FIRST_CAPACITY 64

static void place(struct heap *heap, size_t at, struct heap_node *node)
{
    heap->nodes[at] = node;
    node->index = at + 1;
}

/* Moves the hole at `at` towards the root until node may fill it. */
static void sift_up(struct heap *heap, size_t at, struct heap_node *node)
{
    while (at != 0) {
        size_t parent = (at - 1) / 2;
        if (heap->nodes[parent]->key <= node->key)
            break;
        place(heap, at, heap->nodes[parent]);
        at = parent;
    }
    place(heap, at, node);
}

/* Moves the hole at `at` towards the leaves until node may fill it. */
static void sift_down(struct heap *heap, size_t at, struct heap_node *node)
{
    for (size_t child = 2 * at + 1; child < heap->count; child = 2 * at + 1) {
        if (child + 1 < heap->count && heap->nodes[child + 1]->key < heap->nodes[child]->key)
            child++;
        if (node->key <= heap->nodes[child]->key)
            break;
        place(heap, at, heap->nodes[child]);
        at = child;
    }
    place(heap, at, node);
}

void heap_fini(struct heap *heap)
{
    for (size_t i = 0; i < heap->count; i++)
        heap->nodes[i]->index = 0;
    mem_free(heap->nodes);
    *heap = (struct heap){0};
}

void heap_insert(struct heap *heap, struct heap_node *node)
{
    REQUIRE(node->index == 0);
    if (heap->count == heap->capacity) {
        heap->capacity = heap->capacity != 0 ? heap->capacity * 2 : FIRST_CAPACITY;
        heap->nodes = mem_realloc(heap->nodes, heap->capacity * sizeof(struct heap_node *));
    }
    sift_up(heap, heap->count++, node);
}

void heap_remove(struct heap *heap, struct heap_node *node)
{
    if (node->index == 0)
        return;
    size_t at = node->index - 1;
    REQUIRE(at < heap->count && heap->nodes[at] == node);
    node->index = 0;
    struct heap_node *last = heap->nodes[--heap->count];
    if (last == node)
        return;
    if (at != 0 && last->key < heap->nodes[(at - 1) / 2]->key)
        sift_up(heap, at, last);
    else
        sift_down(heap, at, last);
}
