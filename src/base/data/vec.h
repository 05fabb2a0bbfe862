/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Growable arrays: VEC(type) is an anonymous struct of items, count and capacity; memory comes from an
 * arena or, with a NULL arena, from the heap. Layout matches struct array, which descriptors use. */
#ifndef BASE_DATA_VEC_H
#define BASE_DATA_VEC_H

#include <stddef.h>

#include "base/mem/arena.h"

/* What descriptors decode into and encode from. */
struct array {
    void *items;
    size_t count;
};

#define ARRAY_AT(type, array, index) (&((type *)(array).items)[index])

#define VEC(type)                                                                                            \
    struct {                                                                                                 \
        type *items;                                                                                         \
        size_t count;                                                                                        \
        size_t capacity;                                                                                     \
    }

/* Appends one item and gives its address (zeroed); addresses of other items may change. */
#define VEC_PUSH(arena, vec)                                                                                 \
    ((__typeof__((vec)->items))vec_push((arena), (void **)(void *)&(vec)->items, &(vec)->count,              \
                                        &(vec)->capacity, sizeof(*(vec)->items)))

/* Room for `needed` items in all, so that pushing up to there moves nothing. */
#define VEC_RESERVE(arena, vec, needed)                                                                      \
    vec_grow((arena), (void **)(void *)&(vec)->items, &(vec)->capacity, (needed), sizeof(*(vec)->items))

/* Heap vectors only. */
#define VEC_FINI(vec) vec_release((void **)(void *)&(vec)->items, &(vec)->count, &(vec)->capacity)

void *vec_push(struct arena *arena, void **items, size_t *count, size_t *capacity, size_t item_size);
void vec_grow(struct arena *arena, void **items, size_t *capacity, size_t needed, size_t item_size);
void vec_release(void **items, size_t *count, size_t *capacity);

#endif
