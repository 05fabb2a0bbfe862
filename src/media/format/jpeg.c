/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Walks the markers of a JPEG file from its first to its end-of-image marker. Cameras put further JPEGs
 * behind the first (previews, gain maps); they are walked too, and anything else there is foreign. */
#include "media/format/bytes.h"
#include "media/format/foreign.h"
#include "media/format/image_format.h"
#include "media/protocol.h"

enum jpeg_marker {
    JPEG_SOF0 = 0xc0,
    JPEG_DHT = 0xc4,
    JPEG_JPG = 0xc8,
    JPEG_DAC = 0xcc,
    JPEG_SOF15 = 0xcf,
    JPEG_RST0 = 0xd0,
    JPEG_RST7 = 0xd7,
    JPEG_SOI = 0xd8,
    JPEG_EOI = 0xd9,
    JPEG_SOS = 0xda,
    JPEG_APP1 = 0xe1,
    JPEG_TEM = 0x01
};

#define MARKERS_MAX 65536
#define IMAGES_MAX  8

static bool is_frame_header(int marker)
{
    return marker >= JPEG_SOF0 && marker <= JPEG_SOF15 && marker != JPEG_DHT && marker != JPEG_JPG &&
           marker != JPEG_DAC;
}

static bool has_no_length(int marker)
{
    return marker == JPEG_TEM || (marker >= JPEG_RST0 && marker <= JPEG_SOI);
}

/* Moves *at behind the entropy-coded data: to the first FF that is neither stuffed nor a restart. */
static bool skip_scan(struct reader *reader, int64_t *at)
{
    for (;;) {
        size_t len = 0;
        const unsigned char *view = reader_view_some(reader, *at, 4096, &len);
        if (view == NULL || len < 2)
            return false;
        size_t i = 0;
        for (; i + 1 < len; i++) {
            int next = view[i + 1];
            if (view[i] == 0xff && next != 0 && next != 0xff && !(next >= JPEG_RST0 && next <= JPEG_RST7)) {
                *at += (int64_t)i;
                return true;
            }
        }
        *at += (int64_t)i;
    }
}

static void read_segment(struct reader *reader, int marker, int64_t at, size_t len, struct image_facts *facts)
{
    const unsigned char *body = reader_view(reader, at, len);
    if (body == NULL)
        return;
    if (is_frame_header(marker) && len >= 6 && facts->width == 0) {
        facts->height = bytes_u16be(body + 1);
        facts->width = bytes_u16be(body + 3);
    } else if (marker == JPEG_APP1 && len > 6 && memcmp(body, "Exif\0", 6) == 0) {
        facts->orientation = exif_orientation(str_from((const char *)body + 6, len - 6));
    }
}

/* One image from its start marker at *at to behind its end marker. */
static struct error *walk_image(struct arena *arena, struct reader *reader, int64_t *at,
                                struct image_facts *facts)
{
    *at += 2;
    for (int count = 0; count < MARKERS_MAX; count++) {
        const unsigned char *head = reader_view(reader, *at, 2);
        if (head == NULL)
            return ERROR_IN(arena, media_job_truncated, "the file ends within the image");
        if (head[0] != 0xff)
            return ERROR_IN(arena, media_job_bad_header, "no marker where one should be, at byte %lld",
                            (long long)*at);
        int marker = head[1];
        *at += marker == 0xff ? 1 : 2;
        if (marker == JPEG_EOI)
            return NULL;
        if (marker == 0xff || has_no_length(marker))
            continue;
        const unsigned char *size = reader_view(reader, *at, 2);
        size_t len = size == NULL ? 0 : bytes_u16be(size);
        if (len < 2 || (int64_t)len > reader->size - *at)
            return ERROR_IN(arena, media_job_truncated, "the file ends within a segment");
        read_segment(reader, marker, *at + 2, len - 2, facts);
        *at += (int64_t)len;
        if (marker == JPEG_SOS && !skip_scan(reader, at))
            return ERROR_IN(arena, media_job_truncated, "the file ends within the image");
    }
    return ERROR_IN(arena, media_job_bad_header, "over %d segments", MARKERS_MAX);
}

struct error *jpeg_walk(struct arena *arena, struct reader *reader, struct image_facts *ret_facts)
{
    int64_t at = 0;
    TRY(walk_image(arena, reader, &at, ret_facts));
    for (int more = 0; more < IMAGES_MAX; more++) {
        struct image_facts other = {0};
        const unsigned char *next = reader_view(reader, at, 3);
        if (next == NULL || memcmp(next, "\xff\xd8\xff", 3) != 0)
            break;
        TRY(walk_image(arena, reader, &at, &other));
    }
    return foreign_check_tail(arena, reader, at);
}
