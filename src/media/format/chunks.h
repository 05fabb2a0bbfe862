/* SPDX-License-Identifier: AGPL-3.0-or-later
 * The IFF family: RIFF (little-endian) and FORM (big-endian) files are one outer chunk with chunks in
 * it, each padded to an even size. WAV, AIFF and WebP stand on it. */
#ifndef MEDIA_FORMAT_CHUNKS_H
#define MEDIA_FORMAT_CHUNKS_H

#include "base/error/error.h"

#include "media/format/reader.h"

enum chunk_order { CHUNK_LITTLE_ENDIAN, CHUNK_BIG_ENDIAN };

struct chunk {
    unsigned char id[4];
    int64_t at; /* of its content */
    int64_t size;
};

struct chunk_walk {
    struct reader *reader;
    enum chunk_order order;
    int64_t at;         /* of the next chunk */
    int64_t stated_end; /* of the outer chunk, by its header */
    int64_t end;        /* as far as chunks must go */
    bool may_have_pad;  /* the last chunk was of odd size */
    int count;
};

/* Reads the outer header, whose marks the sniffer has seen. Errors: media.truncated when the outer
 * chunk is longer than the file, media.bad_header. */
MUST_USE struct error *chunk_walk_begin(struct arena *arena, struct reader *reader, enum chunk_order order,
                                        struct chunk_walk *ret_walk);

/* The next chunk; ret_chunk->id is zero at the end. Errors: media.truncated when it is longer than what
 * holds it, media.polyglot when something else follows the outer chunk, media.bad_header. */
MUST_USE struct error *chunk_walk_next(struct arena *arena, struct chunk_walk *walk, struct chunk *ret_chunk);

#endif
