/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Covers as PNG (RFC 2083): one IDAT, no filters. See demo_cover.h. */
#include "app/demo/demo_cover.h"

#include <math.h>
#include <zlib.h>

#include "base/require/require.h"
#include "base/text/strbuf.h"

enum { SIDE = 720, ROW = 1 + SIDE * 3, RINGS = 5 };

struct colour {
    float red, green, blue;
};

/* Pairs that go together; the seed picks one. */
/* clang-format off */
static const struct colour palettes[][3] = {
    {{0.07F, 0.09F, 0.20F}, {0.93F, 0.33F, 0.31F}, {0.98F, 0.79F, 0.42F}},
    {{0.05F, 0.16F, 0.18F}, {0.18F, 0.62F, 0.56F}, {0.91F, 0.87F, 0.73F}},
    {{0.16F, 0.07F, 0.22F}, {0.56F, 0.27F, 0.68F}, {0.96F, 0.55F, 0.66F}},
    {{0.09F, 0.09F, 0.10F}, {0.85F, 0.51F, 0.24F}, {0.95F, 0.91F, 0.84F}},
    {{0.04F, 0.12F, 0.26F}, {0.20F, 0.45F, 0.83F}, {0.71F, 0.89F, 0.96F}},
    {{0.14F, 0.17F, 0.10F}, {0.53F, 0.62F, 0.29F}, {0.94F, 0.90F, 0.66F}},
};
/* clang-format on */

struct ring {
    float x, y, radius, width;
};

struct scene {
    const struct colour *palette;
    struct ring rings[RINGS];
    float tilt;
};

static float next(uint32_t *state)
{
    *state = *state * 1664525U + 1013904223U;
    return (float)(*state >> 8) / 16777216.0F;
}

static struct scene make_scene(uint32_t seed)
{
    uint32_t state = seed * 747796405U + 2891336453U;
    struct scene scene = {.palette = palettes[seed % COUNT_OF(palettes)]};
    (void)next(&state);
    scene.tilt = next(&state) * 6.2831853F;
    for (size_t i = 0; i < RINGS; i++)
        scene.rings[i] = (struct ring){next(&state), next(&state), 0.08F + 0.42F * next(&state),
                                       0.008F + 0.05F * next(&state)};
    return scene;
}

static struct colour blend(struct colour a, struct colour b, float share)
{
    return (struct colour){a.red + (b.red - a.red) * share, a.green + (b.green - a.green) * share,
                           a.blue + (b.blue - a.blue) * share};
}

static float ring_share(const struct ring *ring, float x, float y)
{
    float distance = fabsf(hypotf(x - ring->x, y - ring->y) - ring->radius);
    float edge = (ring->width - distance) / 0.004F;
    return edge < 0 ? 0 : edge > 1 ? 1 : edge;
}

static struct colour colour_at(const struct scene *scene, float x, float y)
{
    float along = (x - 0.5F) * cosf(scene->tilt) + (y - 0.5F) * sinf(scene->tilt) + 0.5F;
    float share = along < 0 ? 0 : along > 1 ? 1 : along;
    struct colour colour = blend(scene->palette[0], scene->palette[1], share * share);
    for (size_t i = 0; i < RINGS; i++)
        colour = blend(colour, scene->palette[2], 0.8F * ring_share(&scene->rings[i], x, y));
    return colour;
}

static unsigned char to_byte(float value)
{
    return (unsigned char)(value * 255.0F + 0.5F);
}

static void put_u32(struct strbuf *out, uint32_t value)
{
    for (int shift = 24; shift >= 0; shift -= 8)
        strbuf_append_char(out, (char)(value >> shift));
}

static void put_chunk(struct strbuf *out, const char *type, struct str data)
{
    put_u32(out, (uint32_t)data.len);
    size_t start = out->len;
    strbuf_append_cstr(out, type);
    strbuf_append(out, data);
    put_u32(out, (uint32_t)crc32(0, (const Bytef *)out->ptr + start, (uInt)(out->len - start)));
}

static struct str draw(struct arena *arena, const struct scene *scene)
{
    unsigned char *rows = arena_alloc(arena, (size_t)SIDE * ROW);
    for (size_t y = 0; y < SIDE; y++) {
        for (size_t x = 0; x < SIDE; x++) {
            struct colour colour = colour_at(scene, (float)x / SIDE, (float)y / SIDE);
            unsigned char *pixel = rows + y * ROW + 1 + x * 3;
            pixel[0] = to_byte(colour.red);
            pixel[1] = to_byte(colour.green);
            pixel[2] = to_byte(colour.blue);
        }
    }
    return str_from((const char *)rows, (size_t)SIDE * ROW);
}

struct str demo_cover_png(struct arena *arena, uint32_t seed)
{
    struct scene scene = make_scene(seed);
    struct str pixels = draw(arena, &scene);
    uLongf packed_len = compressBound((uLong)pixels.len);
    Bytef *packed = arena_alloc_raw(arena, packed_len);
    REQUIRE(compress2(packed, &packed_len, (const Bytef *)pixels.ptr, (uLong)pixels.len, 6) == Z_OK);

    struct strbuf out, head;
    strbuf_init(&out, arena, packed_len + 1024);
    strbuf_init(&head, arena, 64);
    put_u32(&head, SIDE);
    put_u32(&head, SIDE);
    strbuf_append(&head, STR("\x08\x02\x00\x00\x00"));
    strbuf_append(&out, STR("\x89PNG\r\n\x1a\n"));
    put_chunk(&out, "IHDR", strbuf_str(&head));
    put_chunk(&out, "IDAT", str_from((const char *)packed, packed_len));
    put_chunk(&out, "IEND", STR(""));
    return strbuf_str(&out);
}
