/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Heap allocation that never returns NULL: the process dies instead and is restarted.
 * Sizes that come from outside are limited before they reach these functions. */
#ifndef BASE_MEM_ALLOC_H
#define BASE_MEM_ALLOC_H

#include <stddef.h>

/* Zeroed memory of size_bytes; release with mem_free. */
void *mem_alloc(size_t size_bytes) __attribute__((malloc, returns_nonnull));

/* Zeroed array; dies when count * size_bytes overflows. */
void *mem_alloc_array(size_t count, size_t size_bytes) __attribute__((malloc, returns_nonnull));

/* Grows or shrinks; the bytes past the old size are indeterminate. */
void *mem_realloc(void *memory, size_t size_bytes) __attribute__((returns_nonnull));

/* Accepts NULL. */
void mem_free(void *memory);

#define MEM_NEW(type) ((type *)mem_alloc(sizeof(type)))

#endif
