/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Walks the chunks of a WebP file: still pictures only. */
#include "media/format/bytes.h"
#include "media/format/chunks.h"
#include "media/format/image_format.h"
#include "media/protocol.h"

enum webp_flag { WEBP_ANIMATION = 1 << 1 };

/* Lossy: a key frame's header. */
static bool read_vp8(const unsigned char *body, struct image_facts *facts)
{
    if ((body[0] & 1) != 0 || memcmp(body + 3, "\x9d\x01\x2a", 3) != 0)
        return false;
    facts->width = bytes_u16le(body + 6) & 0x3fff;
    facts->height = bytes_u16le(body + 8) & 0x3fff;
    return true;
}

static bool read_vp8l(const unsigned char *body, struct image_facts *facts)
{
    if (body[0] != 0x2f)
        return false;
    uint32_t packed = bytes_u32le(body + 1);
    facts->width = (packed & 0x3fff) + 1;
    facts->height = (packed >> 14 & 0x3fff) + 1;
    return true;
}

/* The extended header states the canvas; the picture in it must have the same size, which the decoder's
 * result is compared with. */
static struct error *read_vp8x(struct arena *arena, const unsigned char *body, struct image_facts *facts)
{
    if ((body[0] & WEBP_ANIMATION) != 0)
        return ERROR_IN(arena, media_job_unsupported, "an animated image");
    facts->width = (int64_t)(bytes_u16le(body + 4) | (uint32_t)body[6] << 16) + 1;
    facts->height = (int64_t)(bytes_u16le(body + 7) | (uint32_t)body[9] << 16) + 1;
    return NULL;
}

/* Sizes that the file states in two places must agree. */
static struct error *merge(struct arena *arena, const struct image_facts *part, struct image_facts *facts)
{
    if (facts->width != 0 && (facts->width != part->width || facts->height != part->height))
        return ERROR_IN(arena, media_job_bad_header, "the file states two sizes");
    facts->width = part->width;
    facts->height = part->height;
    return NULL;
}

static struct error *read_chunk(struct arena *arena, struct reader *reader, const struct chunk *chunk,
                                struct image_facts *facts)
{
    struct image_facts part = {0};
    if (bytes_is(chunk->id, "EXIF")) {
        size_t len = chunk->size < READER_WINDOW ? (size_t)chunk->size : READER_WINDOW;
        const unsigned char *exif = reader_view(reader, chunk->at, len);
        if (exif != NULL)
            facts->orientation = exif_orientation(str_from((const char *)exif, len));
        return NULL;
    }
    bool is_picture =
        bytes_is(chunk->id, "VP8 ") || bytes_is(chunk->id, "VP8L") || bytes_is(chunk->id, "VP8X");
    if (!is_picture)
        return NULL;
    const unsigned char *body = chunk->size < 10 ? NULL : reader_view(reader, chunk->at, 10);
    if (body == NULL)
        return ERROR_IN(arena, media_job_bad_header, "the picture is too short");
    if (bytes_is(chunk->id, "VP8X"))
        TRY(read_vp8x(arena, body, &part));
    else if (!(bytes_is(chunk->id, "VP8L") ? read_vp8l(body, &part) : read_vp8(body, &part)))
        return ERROR_IN(arena, media_job_bad_header, "the picture has no header");
    return merge(arena, &part, facts);
}

struct error *webp_walk(struct arena *arena, struct reader *reader, struct image_facts *ret_facts)
{
    struct chunk_walk walk = {0};
    TRY(chunk_walk_begin(arena, reader, CHUNK_LITTLE_ENDIAN, &walk));
    for (;;) {
        struct chunk chunk = {0};
        TRY(chunk_walk_next(arena, &walk, &chunk));
        if (chunk.id[0] == 0)
            return NULL;
        TRY(read_chunk(arena, reader, &chunk, ret_facts));
    }
}
