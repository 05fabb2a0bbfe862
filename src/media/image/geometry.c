/* SPDX-License-Identifier: AGPL-3.0-or-later
 * The arithmetic of cutting, scaling and turning. */
#include "media/image/geometry.h"

bool orientation_is_sideways(int orientation)
{
    return orientation >= 5;
}

static int64_t smaller(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int64_t at_least_one(int64_t value)
{
    return value < 1 ? 1 : value;
}

/* Fills the wanted shape from the middle of the picture. */
static struct geometry fit_crop(int64_t width, int64_t height, int64_t wanted_width, int64_t wanted_height)
{
    struct geometry geometry = {.width = width, .height = height};
    if (width * wanted_height > height * wanted_width)
        geometry.width = at_least_one(height * wanted_width / wanted_height);
    else
        geometry.height = at_least_one(width * wanted_height / wanted_width);
    geometry.left = (width - geometry.width) / 2;
    geometry.top = (height - geometry.height) / 2;
    geometry.out_width = smaller(wanted_width, geometry.width);
    geometry.out_height = smaller(wanted_height, geometry.height);
    return geometry;
}

static struct geometry fit_inside(int64_t width, int64_t height, int64_t wanted_width, int64_t wanted_height)
{
    struct geometry geometry = {.width = width, .height = height, .out_width = width, .out_height = height};
    if (geometry.out_width > wanted_width) {
        geometry.out_width = wanted_width;
        geometry.out_height = at_least_one((height * wanted_width + width / 2) / width);
    }
    if (geometry.out_height > wanted_height) {
        geometry.out_height = wanted_height;
        geometry.out_width =
            at_least_one(smaller((width * wanted_height + height / 2) / height, wanted_width));
    }
    return geometry;
}

struct geometry geometry_fit(int64_t width, int64_t height, int orientation,
                             const struct media_job_output *output)
{
    bool is_sideways = orientation_is_sideways(orientation);
    int64_t wanted_width = at_least_one(is_sideways ? output->height : output->width);
    int64_t wanted_height = at_least_one(is_sideways ? output->width : output->height);
    if (output->fit == MEDIA_FIT_CROP)
        return fit_crop(width, height, wanted_width, wanted_height);
    return fit_inside(width, height, wanted_width, wanted_height);
}

/* Where the pixel shown at (x, y) is stored, of a picture that is shown width × height. */
struct place {
    int64_t x;
    int64_t y;
};

static struct place stored_place(int orientation, int64_t x, int64_t y, int64_t width, int64_t height)
{
    int64_t right = width - 1 - x;
    int64_t below = height - 1 - y;
    const struct place places[9] = {
        [1] = {x, y}, [2] = {right, y}, [3] = {right, below}, [4] = {x, below},
        [5] = {y, x}, [6] = {y, right}, [7] = {below, right}, [8] = {below, x},
    };
    return places[orientation >= 1 && orientation <= 8 ? orientation : 1];
}

void orientation_apply(int orientation, const uint32_t *from, int64_t width, int64_t height, uint32_t *to)
{
    bool is_sideways = orientation_is_sideways(orientation);
    int64_t shown_width = is_sideways ? height : width;
    int64_t shown_height = is_sideways ? width : height;
    for (int64_t y = 0; y < shown_height; y++) {
        for (int64_t x = 0; x < shown_width; x++) {
            struct place place = stored_place(orientation, x, y, shown_width, shown_height);
            to[y * shown_width + x] = from[place.y * width + place.x];
        }
    }
}
