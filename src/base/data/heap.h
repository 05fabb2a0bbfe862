/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Binary min-heap of nodes that live inside their owners (timers): the least key is first, and any node
 * can be taken out. Among equal keys the order is unspecified but the same in every run. */
#ifndef BASE_DATA_HEAP_H
#define BASE_DATA_HEAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Zeroed is "in no heap". The owner sets key while the node is in no heap. */
struct heap_node {
    size_t index; /* place in the heap + 1; 0: in no heap */
    int64_t key;
};

/* Zeroed is the empty heap. Memory comes from the C heap and is kept until heap_fini. */
struct heap {
    struct heap_node **nodes;
    size_t count;
    size_t capacity;
};

#define HEAP_OWNER(node, type, member) ((type *)(void *)((char *)(node)-offsetof(type, member)))

/* Releases the memory; the nodes that are still in are let go. */
void heap_fini(struct heap *heap);

/* node is in no heap. */
void heap_insert(struct heap *heap, struct heap_node *node);

/* Harmless on a node that is in no heap. */
void heap_remove(struct heap *heap, struct heap_node *node);

/* The node with the least key, left in; NULL when empty. */
static inline struct heap_node *heap_first(const struct heap *heap)
{
    return heap->count != 0 ? heap->nodes[0] : NULL;
}

static inline bool heap_node_is_in(const struct heap_node *node)
{
    return node->index != 0;
}

#endif
