/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Walks the top-level boxes of an MP4 file: known kinds only, filling the file exactly, with one movie
 * and its data. What is inside the movie is the demuxer's matter. Source: ISO/IEC 14496-12. */
#include "media/format/audio_format.h"
#include "media/format/bytes.h"
#include "media/format/foreign.h"
#include "media/protocol.h"

#define BOXES_MAX 100000 /* fragmented files have two for each fragment */

static const char *const top_level[] = {"ftyp", "moov", "mdat", "free", "skip", "wide", "uuid",
                                        "udta", "meta", "moof", "mfra", "sidx", "ssix", "styp",
                                        "prft", "emsg", "pdin", "pnot", "iods"};

/* Brands of files that hold no plain audio: pictures, and video kinds we do not look into. */
static const char *const foreign_brands[] = {"avif", "avis", "heic", "heix", "mif1", "msf1", "crx ", "qt  "};

static bool is_listed(const unsigned char *code, const char *const *list, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (bytes_is(code, list[i]))
            return true;
    }
    return false;
}

struct box {
    unsigned char kind[4];
    int64_t size;
};

static struct error *parse_box(struct arena *arena, struct reader *reader, int64_t at, struct box *ret_box)
{
    size_t len = 0;
    const unsigned char *head = reader_view_some(reader, at, 16, &len);
    if (head == NULL || len < 8)
        return ERROR_IN(arena, media_job_truncated, "the file ends within a box");
    struct box box = {.size = bytes_u32be(head)};
    memcpy(box.kind, head + 4, 4);
    if (!is_listed(box.kind, top_level, COUNT_OF(top_level)))
        return ERROR_IN(arena, media_job_polyglot, "no known box at byte %lld", (long long)at);
    int64_t least = 8;
    if (box.size == 1) {
        if (len < 16 || bytes_u64be(head + 8) > INT64_MAX)
            return ERROR_IN(arena, media_job_bad_header, "a box with an impossible size");
        box.size = (int64_t)bytes_u64be(head + 8);
        least = 16;
    } else if (box.size == 0) {
        box.size = reader->size - at; /* "to the end of the file" */
    }
    if (box.size < least)
        return ERROR_IN(arena, media_job_bad_header, "a box with an impossible size");
    if (box.size > reader->size - at)
        return ERROR_IN(arena, media_job_truncated, "a box of %lld bytes, where %lld are left",
                        (long long)box.size, (long long)(reader->size - at));
    *ret_box = box;
    return NULL;
}

struct error *mp4_walk(struct arena *arena, struct reader *reader, struct audio_facts *ret_facts)
{
    (void)ret_facts; /* the top level says nothing about the sound */
    const unsigned char *brand = reader_view(reader, 8, 4);
    if (brand == NULL)
        return ERROR_IN(arena, media_job_truncated, "the file ends within a box");
    if (is_listed(brand, foreign_brands, COUNT_OF(foreign_brands)))
        return ERROR_IN(arena, media_job_unsupported, "a picture or video file");
    int movies = 0;
    int data = 0;
    int64_t at = 0;
    for (int count = 0; at < reader->size && !reader_is_zero_from(reader, at); count++) {
        struct box box = {0};
        TRY(parse_box(arena, reader, at, &box));
        movies += bytes_is(box.kind, "moov");
        data += bytes_is(box.kind, "mdat");
        if (count == BOXES_MAX)
            return ERROR_IN(arena, media_job_bad_header, "over %d boxes", BOXES_MAX);
        at += box.size;
    }
    if (movies == 0 || data == 0)
        return ERROR_IN(arena, media_job_truncated, "the file has no movie or no data");
    return movies == 1 ? NULL : ERROR_IN(arena, media_job_bad_header, "more than one movie");
}
