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

static bool is_printable(const unsigned char *id)
{
    for (int i = 0; i < 4; i++) {
        if (id[i] < 0x20 || id[i] > 0x7e)
            return false;
    }
    return true;
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
    *ret_walk = (struct chunk_walk){
        .reader = reader, .order = order, .at = 12, .stated_end = 8 + size, .end = 8 + size};
    struct error *tail = foreign_check_tail(arena, reader, 8 + size);
    if (tail != NULL)
        ret_walk->end =
            reader->size; /* some writers forget their last chunks in the sum: see whether these are */
    error_ignore(tail);
    return NULL;
}

/* The header of a chunk that fits, at `at`; NULL when there is none. */
static const unsigned char *chunk_head(const struct chunk_walk *walk, int64_t at)
{
    const unsigned char *head = walk->end - at < 8 ? NULL : reader_view(walk->reader, at, 8);
    return head != NULL && is_printable(head) ? head : NULL;
}

/* Chunks of odd size are followed by a pad byte of zero, which some writers forget. */
static void skip_pad(struct chunk_walk *walk)
{
    if (walk->may_have_pad && chunk_head(walk, walk->at) == NULL)
        walk->at++;
    walk->may_have_pad = false;
}

static struct error *no_chunk(struct arena *arena, const struct chunk_walk *walk)
{
    if (walk->at >= walk->stated_end)
        return ERROR_IN(arena, media_job_polyglot, "%lld bytes of something else follow the content",
                        (long long)(walk->end - walk->at));
    return ERROR_IN(arena, media_job_bad_header, "no chunk where one should be, at byte %lld",
                    (long long)walk->at);
}

struct error *chunk_walk_next(struct arena *arena, struct chunk_walk *walk, struct chunk *ret_chunk)
{
    skip_pad(walk);
    /* A lone byte at the end is a pad, too. */
    if (walk->end - walk->at < 2) {
        *ret_chunk = (struct chunk){.at = walk->end};
        return NULL;
    }
    const unsigned char *head = chunk_head(walk, walk->at);
    if (head == NULL || ++walk->count > CHUNKS_MAX)
        return no_chunk(arena, walk);
    struct chunk chunk = {.at = walk->at + 8, .size = read_size(walk->order, head + 4)};
    memcpy(chunk.id, head, 4);
    if (chunk.size > walk->end - chunk.at) {
        if (walk->at >= walk->stated_end)
            return no_chunk(arena, walk);
        return ERROR_IN(arena, media_job_truncated, "a chunk of %lld bytes, where %lld are left",
                        (long long)chunk.size, (long long)(walk->end - chunk.at));
    }
    walk->at = chunk.at + chunk.size;
    walk->may_have_pad = (chunk.size & 1) != 0;
    *ret_chunk = chunk;
    return NULL;
}
