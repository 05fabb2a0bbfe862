/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Walks the chunks of a PNG file up to its last, checking each checksum. */
#include <zlib.h>

#include "media/format/bytes.h"
#include "media/format/foreign.h"
#include "media/format/image_format.h"
#include "media/protocol.h"

#define CHUNKS_MAX 100000

static uint32_t checksum(struct reader *reader, int64_t at, int64_t len)
{
    uLong crc = crc32(0, NULL, 0);
    while (len > 0) {
        size_t part = len < 16384 ? (size_t)len : 16384;
        const unsigned char *view = reader_view(reader, at, part);
        if (view == NULL)
            break;
        crc = crc32(crc, view, (uInt)part);
        at += (int64_t)part;
        len -= (int64_t)part;
    }
    return (uint32_t)crc;
}

static struct error *read_header(struct arena *arena, struct reader *reader, struct image_facts *facts)
{
    const unsigned char *head = reader_view(reader, 8, 8 + 13);
    if (head == NULL)
        return ERROR_IN(arena, media_job_truncated, "the file ends within its header");
    if (bytes_u32be(head) != 13 || !bytes_is(head + 4, "IHDR"))
        return ERROR_IN(arena, media_job_bad_header, "no header chunk");
    facts->width = bytes_u32be(head + 8);
    facts->height = bytes_u32be(head + 12);
    return NULL;
}

struct error *png_walk(struct arena *arena, struct reader *reader, struct image_facts *ret_facts)
{
    TRY(read_header(arena, reader, ret_facts));
    int64_t at = 8;
    for (int count = 0; count < CHUNKS_MAX; count++) {
        const unsigned char *head = reader_view(reader, at, 8);
        int64_t size = head == NULL ? 0 : bytes_u32be(head);
        if (head == NULL || size > reader->size - at - 12)
            return ERROR_IN(arena, media_job_truncated, "the file ends within a chunk");
        bool is_last = bytes_is(head + 4, "IEND");
        const unsigned char *crc = reader_view(reader, at + 8 + size, 4);
        uint32_t stated = crc == NULL ? 0 : bytes_u32be(crc);
        if (checksum(reader, at + 4, size + 4) != stated)
            return ERROR_IN(arena, media_job_checksum, "a damaged chunk at byte %lld", (long long)at);
        at += 12 + size;
        if (is_last)
            return foreign_check_tail(arena, reader, at);
    }
    return ERROR_IN(arena, media_job_bad_header, "over %d chunks", CHUNKS_MAX);
}
