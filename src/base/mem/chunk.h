/* SPDX-License-Identifier: AGPL-3.0-or-later
 * The blocks that arenas are made of. Internal to base/mem.
 *
 * Blocks of a few fixed sizes go back to a small cache of the thread that releases them, so that work
 * which comes and goes (requests) reaches malloc only until the cache is warm. */
#ifndef BASE_MEM_CHUNK_H
#define BASE_MEM_CHUNK_H

#include <stdalign.h>
#include <stddef.h>

/* Sizes, header included: an arena itself lives in a small block, its memory starts with one of 8 KiB.
 * Blocks above the greatest size are made and released singly. */
#define CHUNK_SMALL_BYTES    ((size_t)128)
#define CHUNK_FIRST_BYTES    ((size_t)8 * 1024)
#define CHUNK_GREATEST_BYTES ((size_t)64 * 1024)

struct chunk {
    alignas(max_align_t) struct chunk *previous;
    size_t size_bytes;   /* of data */
    size_t before_bytes; /* handed out by the chunks before this one */
    alignas(max_align_t) char data[];
};

/* A block of at least total_bytes, and of room for data_bytes after the header. The data is
 * indeterminate, and poisoned in ASan builds. */
struct chunk *chunk_acquire(size_t data_bytes, size_t total_bytes);

void chunk_release(struct chunk *chunk);

#endif
