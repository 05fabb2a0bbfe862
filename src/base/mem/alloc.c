/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Heap allocation that never returns NULL. */
#include "base/mem/alloc.h"

#include <stdbool.h>
#include <stdlib.h>

#include "base/require/require.h"

void *mem_alloc(size_t size_bytes)
{
    return mem_alloc_array(1, size_bytes);
}

void *mem_alloc_array(size_t count, size_t size_bytes)
{
    bool is_empty = count == 0 || size_bytes == 0;
    void *memory = is_empty ? calloc(1, 1) : calloc(count, size_bytes);
    REQUIRE(memory != NULL); /* calloc also answers NULL when the product overflows */
    return memory;
}

void *mem_realloc(void *memory, size_t size_bytes)
{
    void *moved = realloc(memory, size_bytes != 0 ? size_bytes : 1);
    REQUIRE(moved != NULL);
    return moved;
}

void mem_free(void *memory)
{
    free(memory);
}
