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
    size_t total = 0;
    bool overflows = __builtin_mul_overflow(count, size_bytes, &total);
    REQUIRE(!overflows);
    void *memory = calloc(1, total != 0 ? total : 1);
    REQUIRE(memory != NULL);
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
