/* SPDX-License-Identifier: AGPL-3.0-or-later
 * What kind of image is this, how large, how turned, and does anything hide behind it? Answered from
 * the headers alone, before any library decodes a pixel. */
#ifndef MEDIA_FORMAT_IMAGE_FORMAT_H
#define MEDIA_FORMAT_IMAGE_FORMAT_H

#include <stdint.h>

#include "base/error/error.h"

#include "media/format/reader.h"

enum image_container { IMAGE_JPEG, IMAGE_PNG, IMAGE_WEBP, IMAGE_CONTAINER_COUNT };

#define IMAGE_SIDE_MAX   8000
#define IMAGE_PIXELS_MAX (40LL * 1000 * 1000)
#define IMAGE_BYTES_MAX  (64LL * 1024 * 1024)

struct image_facts {
    enum image_container container;
    int64_t width; /* as stored */
    int64_t height;
    int orientation; /* EXIF, 1–8; 1 when it says none */
};

const char *image_container_name(enum image_container container);

/* Errors: media.not_image, .too_large, .unsupported (animations), .bad_header, .truncated, .polyglot. */
MUST_USE struct error *image_format_check(struct arena *arena, struct reader *reader,
                                          struct image_facts *ret_facts);

/* The walkers; ret_facts comes zeroed. */
MUST_USE struct error *jpeg_walk(struct arena *arena, struct reader *reader, struct image_facts *ret_facts);
MUST_USE struct error *png_walk(struct arena *arena, struct reader *reader, struct image_facts *ret_facts);
MUST_USE struct error *webp_walk(struct arena *arena, struct reader *reader, struct image_facts *ret_facts);

/* The orientation in an EXIF block ("II" or "MM" first), or 1. */
int exif_orientation(struct str tiff);

#endif
