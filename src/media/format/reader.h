/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Random access to the bytes of an input, from a descriptor or from memory, through one small window.
 * The parsers of this folder know nothing else of where bytes come from. */
#ifndef MEDIA_FORMAT_READER_H
#define MEDIA_FORMAT_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error/error.h"
#include "base/text/str.h"

struct arena;

struct reader {
    int fd;                      /* -1: memory */
    int64_t size;                /* of the whole input; fixed at init */
    const unsigned char *window; /* what is at hand: bytes [window_at, window_at + window_len) */
    int64_t window_at;
    size_t window_len;
    unsigned char *buffer; /* of READER_WINDOW bytes, in the arena; descriptors only */
};

#define READER_WINDOW (64 * 1024)

/* The descriptor stays the caller's and is read with pread. Errors: media.internal when it is no
 * regular file or memory file, media.empty. */
MUST_USE struct error *reader_init_fd(struct reader *reader, struct arena *arena, int fd);
void reader_init_memory(struct reader *reader, struct str bytes);

/* len bytes at offset `at`; false when they are not all there. */
MUST_USE bool reader_read(struct reader *reader, int64_t at, void *ret_bytes, size_t len);

/* A view of len <= READER_WINDOW bytes, good until the next call; NULL when they are not all there. */
const unsigned char *reader_view(struct reader *reader, int64_t at, size_t len);

/* As reader_view, but of at most len bytes: what there is up to the end. */
const unsigned char *reader_view_some(struct reader *reader, int64_t at, size_t len, size_t *ret_len);

/* Is [from, end of input) nothing but zero bytes? */
bool reader_is_zero_from(struct reader *reader, int64_t from);

#endif
