/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Feeds Chromaprint with 16-bit samples and encodes what it finds. */
#include "media/analysis/fingerprint.h"

#include <chromaprint.h>
#include <math.h>

#include "base/mem/arena.h"
#include "base/text/encode.h"

#include "media/format/bytes.h"

#define BLOCK        1024
#define CHANNELS_MAX 2

struct fingerprint {
    ChromaprintContext *context;
    size_t channels;
    size_t left; /* samples per channel still wanted */
};

static void free_fingerprint(void *arg)
{
    chromaprint_free(((struct fingerprint *)arg)->context);
}

struct fingerprint *fingerprint_new(struct arena *arena, int sample_rate, int channels)
{
    struct fingerprint *fingerprint = ARENA_NEW(arena, struct fingerprint);
    REQUIRE(channels >= 1 && channels <= CHANNELS_MAX);
    fingerprint->context = chromaprint_new(CHROMAPRINT_ALGORITHM_DEFAULT);
    fingerprint->channels = (size_t)channels;
    fingerprint->left = (size_t)sample_rate * FINGERPRINT_SECONDS;
    if (fingerprint->context == NULL)
        return NULL;
    arena_defer(arena, free_fingerprint, fingerprint);
    return chromaprint_start(fingerprint->context, sample_rate, channels) == 1 ? fingerprint : NULL;
}

static int16_t to_16_bits(float sample)
{
    return (int16_t)lrintf(fmaxf(-1, fminf(1, sample)) * 32767);
}

void fingerprint_add(struct fingerprint *fingerprint, const float *const *planes, size_t count)
{
    if (fingerprint == NULL)
        return;
    if (count > fingerprint->left)
        count = fingerprint->left;
    fingerprint->left -= count;
    for (size_t at = 0; at < count;) {
        int16_t block[BLOCK * CHANNELS_MAX];
        size_t part = count - at < BLOCK ? count - at : BLOCK;
        size_t filled = 0;
        for (size_t i = at; i < at + part; i++) {
            for (size_t channel = 0; channel < fingerprint->channels; channel++)
                block[filled++] = to_16_bits(planes[channel][i]);
        }
        chromaprint_feed(fingerprint->context, block, (int)filled);
        at += part;
    }
}

static struct str encode_raw(struct arena *arena, const uint32_t *features, size_t count)
{
    unsigned char *bytes = arena_alloc_raw(arena, count * 4);
    for (size_t i = 0; i < count; i++)
        bytes_put_u32le(bytes + 4 * i, features[i]);
    return base64_encode(arena, bytes, count * 4);
}

void fingerprint_finish(struct arena *arena, struct fingerprint *fingerprint, struct str *ret_text,
                        struct str *ret_raw)
{
    char *text = NULL;
    uint32_t *features = NULL;
    int count = 0;
    *ret_text = STR("");
    *ret_raw = STR("");
    if (fingerprint == NULL || chromaprint_finish(fingerprint->context) != 1)
        return;
    if (chromaprint_get_raw_fingerprint(fingerprint->context, &features, &count) == 1 && count > 0 &&
        chromaprint_get_fingerprint(fingerprint->context, &text) == 1) {
        *ret_text = arena_str(arena, str_cstr(text));
        *ret_raw = encode_raw(arena, features, (size_t)count);
    }
    chromaprint_dealloc(text);
    chromaprint_dealloc(features);
}
