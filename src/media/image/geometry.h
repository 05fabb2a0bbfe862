/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Which part of a picture goes where: cutting, scaling and turning, as whole numbers of pixels. Pure. */
#ifndef MEDIA_IMAGE_GEOMETRY_H
#define MEDIA_IMAGE_GEOMETRY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "media/protocol.h"

/* In stored orientation: what is cut out, and the size it is scaled to. */
struct geometry {
    int64_t left;
    int64_t top;
    int64_t width;
    int64_t height;
    int64_t out_width;
    int64_t out_height;
};

/* width and height as stored; wanted size as shown. Nothing is ever enlarged. */
struct geometry geometry_fit(int64_t width, int64_t height, int orientation,
                             const struct media_job_output *output);

/* Are width and height exchanged by that EXIF orientation? */
bool orientation_is_sideways(int orientation);

/* Turns RGBA pixels upright. to holds the same number of pixels, with sides exchanged when sideways. */
void orientation_apply(int orientation, const uint32_t *from, int64_t width, int64_t height, uint32_t *to);

#endif
