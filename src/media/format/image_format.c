/* SPDX-License-Identifier: AGPL-3.0-or-later
 * The table of image formats, the size limits and the one EXIF field that matters. */
#include "media/format/image_format.h"

#include "media/format/bytes.h"
#include "media/format/foreign.h"
#include "media/protocol.h"

static const struct {
    const char *name;
    const char *mark; /* at offset 0 */
    size_t mark_len;
    const char *second; /* at offset 8, or NULL */
    struct error *(*walk)(struct arena *arena, struct reader *reader, struct image_facts *facts);
} containers[IMAGE_CONTAINER_COUNT] = {
    [IMAGE_JPEG] = {"jpeg", "\xff\xd8\xff", 3, NULL, jpeg_walk},
    [IMAGE_PNG] = {"png", "\x89PNG\r\n\x1a\n", 8, NULL, png_walk},
    [IMAGE_WEBP] = {"webp", "RIFF", 4, "WEBP", webp_walk},
};

const char *image_container_name(enum image_container container)
{
    return containers[container].name;
}

static bool is_container(struct reader *reader, int i)
{
    const unsigned char *head = reader_view(reader, 0, 12);
    return head != NULL && memcmp(head, containers[i].mark, containers[i].mark_len) == 0 &&
           (containers[i].second == NULL || bytes_is(head + 8, containers[i].second));
}

static struct error *check_limits(struct arena *arena, const struct image_facts *facts)
{
    if (facts->width < 1 || facts->height < 1)
        return ERROR_IN(arena, media_job_bad_header, "the image has no size");
    if (facts->width > IMAGE_SIDE_MAX || facts->height > IMAGE_SIDE_MAX ||
        facts->width * facts->height > IMAGE_PIXELS_MAX)
        return ERROR_IN(arena, media_job_too_large, "%lld × %lld pixels; at most %d a side and %lld in all",
                        (long long)facts->width, (long long)facts->height, IMAGE_SIDE_MAX, IMAGE_PIXELS_MAX);
    return NULL;
}

struct error *image_format_check(struct arena *arena, struct reader *reader, struct image_facts *ret_facts)
{
    int i = 0;
    while (i < IMAGE_CONTAINER_COUNT && !is_container(reader, i))
        i++;
    if (i == IMAGE_CONTAINER_COUNT)
        return ERROR_IN(arena, media_job_not_image, "the content is no JPEG, PNG or WebP image");
    if (reader->size > IMAGE_BYTES_MAX)
        return ERROR_IN(arena, media_job_too_large, "an image of over %lld bytes", IMAGE_BYTES_MAX);
    struct image_facts facts = {.container = (enum image_container)i, .orientation = 1};
    TRY(foreign_check(arena, reader));
    TRY(containers[i].walk(arena, reader, &facts));
    TRY(check_limits(arena, &facts));
    *ret_facts = facts;
    return NULL;
}

enum exif { EXIF_ORIENTATION = 0x0112, EXIF_SHORT = 3 };

struct exif_block {
    const unsigned char *at;
    size_t len;
    bool is_little_endian;
};

static uint32_t exif_u16(const struct exif_block *exif, size_t at)
{
    return exif->is_little_endian ? bytes_u16le(exif->at + at) : bytes_u16be(exif->at + at);
}

static uint32_t exif_u32(const struct exif_block *exif, size_t at)
{
    return exif->is_little_endian ? bytes_u32le(exif->at + at) : bytes_u32be(exif->at + at);
}

int exif_orientation(struct str tiff)
{
    struct exif_block exif = {.at = (const unsigned char *)tiff.ptr, .len = tiff.len};
    if (exif.len < 10 || (memcmp(exif.at, "II*\0", 4) != 0 && memcmp(exif.at, "MM\0*", 4) != 0))
        return 1;
    exif.is_little_endian = exif.at[0] == 'I';
    size_t at = exif_u32(&exif, 4);
    if (at > exif.len - 2)
        return 1;
    uint32_t count = exif_u16(&exif, at);
    for (at += 2; count > 0 && at + 12 <= exif.len; count--, at += 12) {
        if (exif_u16(&exif, at) == EXIF_ORIENTATION && exif_u16(&exif, at + 2) == EXIF_SHORT) {
            uint32_t value = exif_u16(&exif, at + 8);
            return value >= 1 && value <= 8 ? (int)value : 1;
        }
    }
    return 1;
}
