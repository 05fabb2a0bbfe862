/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Walks the chunks of RIFF and FORM files. */
#include "media/format/chunks.h"

#include "media/format/bytes.h"
#include "media/format/foreign.h"
#include "media/protocol.h"

#define CHUNKS_MAX 4096 /* real files have a dozen */

static int64_t read_size(enum chunk_order order, const unsigned char *at)
{
    return order == CHUNK_LITTLE_ENDIAN ? bytes_u32le(at) : bytes_u32be(at);
}

struct error *chunk_walk_begin(struct arena *arena, struct reader *reader, enum chunk_order order,
                               struct chunk_walk *ret_walk)
{
    const unsigned char *head = reader_view(reader, 0, 12);
    if (head == NULL)
        return ERROR_IN(arena, media_job_truncated, "the file ends within its header");
    int64_t size = read_size(order, head + 4);
    if (size < 4 || size == UINT32_MAX)
        return ERROR_IN(arena, media_job_bad_header, "the header states no size");
    if (size > reader->size - 8)
        return ERROR_IN(arena, media_job_truncated, "the header states %lld bytes, the file has %lld",
                        (long long)size + 8, (long long)reader->size);
    TRY(foreign_check_tail(arena, reader, 8 + size));
    *ret_walk = (struct chunk_walk){.reader = reader, .order = order, .at = 12, .end = 8 + size};
    return NULL;
}

static bool is_printable(const unsigned char *id)
{
    for (int i = 0; i < 4; i++) {
        if (id[i] < 0x20 || id[i] > 0x7e)
            return false;
    }
    return true;
}

struct error *chunk_walk_next(struct arena *arena, struct chunk_walk *walk, struct chunk *ret_chunk)
{
    /* A lone pad byte at the end is what some writers leave. */
    if (walk->end - walk->at < 2) {
        *ret_chunk = (struct chunk){.at = walk->end};
        return NULL;
    }
    const unsigned char *head = walk->end - walk->at < 8 ? NULL : reader_view(walk->reader, walk->at, 8);
    if (head == NULL || !is_printable(head) || ++walk->count > CHUNKS_MAX)
        return ERROR_IN(arena, media_job_bad_header, "no chunk where one should be, at byte %lld",
                        (long long)walk->at);
    struct chunk chunk = {.at = walk->at + 8, .size = read_size(walk->order, head + 4)};
    memcpy(chunk.id, head, 4);
    if (chunk.size > walk->end - chunk.at)
        return ERROR_IN(arena, media_job_truncated, "a chunk of %lld bytes, where %lld are left",
                        (long long)chunk.size, (long long)(walk->end - chunk.at));
    walk->at = chunk.at + chunk.size + (chunk.size & 1);
    *ret_chunk = chunk;
    return NULL;
}
