/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Growth of vectors. */
#include "base/data/vec.h"

#include "base/mem/alloc.h"
#include "base/require/require.h"

#define FIRST_CAPACITY 8

static size_t product(size_t count, size_t item_size)
{
    size_t bytes = 0;
    bool overflows = __builtin_mul_overflow(count, item_size, &bytes) || bytes > PTRDIFF_MAX;
    REQUIRE(!overflows);
    return bytes;
}

static void *items_resize(struct arena *arena, void *items, size_t old_bytes, size_t new_bytes)
{
    if (arena == NULL)
        return mem_realloc(items, new_bytes);
    if (items != NULL && arena_extend(arena, items, old_bytes, new_bytes))
        return items;
    void *moved = arena_alloc_raw(arena, new_bytes);
    if (items != NULL)
        memcpy(moved, items, old_bytes);
    return moved;
}

void vec_grow(struct arena *arena, void **items, size_t *capacity, size_t needed, size_t item_size)
{
    if (needed <= *capacity)
        return;
    REQUIRE(*capacity <= SIZE_MAX / 2);
    size_t grown = *capacity < FIRST_CAPACITY / 2 ? FIRST_CAPACITY : *capacity * 2;
    if (grown < needed)
        grown = needed;
    *items = items_resize(arena, *items, product(*capacity, item_size), product(grown, item_size));
    *capacity = grown;
}

void *vec_push(struct arena *arena, void **items, size_t *count, size_t *capacity, size_t item_size)
{
    vec_grow(arena, items, capacity, *count + 1, item_size);
    char *item = (char *)*items + *count * item_size;
    (*count)++;
    return memset(item, 0, item_size);
}

void vec_release(void **items, size_t *count, size_t *capacity)
{
    mem_free(*items);
    *items = NULL;
    *count = 0;
    *capacity = 0;
}
