/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Windows, hops and the FFT of libavutil. */
#include "media/analysis/spectrum.h"

#include <libavutil/mem.h>
#include <libavutil/tx.h>
#include <math.h>
#include <string.h>

#include "base/mem/arena.h"
#include "base/require/require.h"

struct spectrum {
    size_t window;
    size_t hop;
    spectrum_fn fn;
    void *fn_arg;
    AVTXContext *transform;
    av_tx_fn run;
    float *shape;  /* of the window, scaled to its sum */
    float *ring;   /* the last `window` samples, oldest first */
    float *input;  /* aligned for the FFT */
    float *output; /* window / 2 + 1 complex values */
    size_t fresh;  /* samples since the last spectrum */
};

static void free_spectrum(void *arg)
{
    struct spectrum *spectrum = arg;
    av_tx_uninit(&spectrum->transform);
    av_freep(&spectrum->input);
    av_freep(&spectrum->output);
}

struct spectrum *spectrum_new(struct arena *arena, size_t window, size_t hop, spectrum_fn fn, void *arg)
{
    struct spectrum *spectrum = ARENA_NEW(arena, struct spectrum);
    float scale = 1;
    spectrum->window = window;
    spectrum->hop = hop;
    spectrum->fn = fn;
    spectrum->fn_arg = arg;
    arena_defer(arena, free_spectrum, spectrum);
    REQUIRE(av_tx_init(&spectrum->transform, &spectrum->run, AV_TX_FLOAT_RDFT, 0, (int)window, &scale, 0) ==
            0);
    spectrum->shape = ARENA_ARRAY(arena, float, window);
    spectrum->ring = ARENA_ARRAY(arena, float, window);
    spectrum->input = av_calloc(window, sizeof(float));
    spectrum->output = av_calloc(window + 2, sizeof(float));
    REQUIRE(spectrum->input != NULL && spectrum->output != NULL);
    for (size_t i = 0; i < window; i++)
        spectrum->shape[i] = (float)((1 - cos(2 * M_PI * (double)i / (double)window)) / (double)window);
    return spectrum;
}

static void emit(struct spectrum *spectrum)
{
    for (size_t i = 0; i < spectrum->window; i++)
        spectrum->input[i] = spectrum->ring[i] * spectrum->shape[i];
    spectrum->run(spectrum->transform, spectrum->output, spectrum->input, sizeof(float));
    /* In place: value i is read before place i is written. */
    for (size_t i = 0; i <= spectrum->window / 2; i++) {
        float re = spectrum->output[2 * i];
        float im = spectrum->output[2 * i + 1];
        spectrum->output[i] = sqrtf(re * re + im * im) * 0.5F;
    }
    spectrum->fn(spectrum->fn_arg, spectrum->output);
}

void spectrum_add(struct spectrum *spectrum, const float *samples, size_t count)
{
    while (count > 0) {
        size_t part = spectrum->hop - spectrum->fresh;
        if (part > count)
            part = count;
        memmove(spectrum->ring, spectrum->ring + part, (spectrum->window - part) * sizeof(float));
        memcpy(spectrum->ring + spectrum->window - part, samples, part * sizeof(float));
        samples += part;
        count -= part;
        spectrum->fresh += part;
        if (spectrum->fresh == spectrum->hop) {
            emit(spectrum);
            spectrum->fresh = 0;
        }
    }
}

void spectrum_finish(struct spectrum *spectrum)
{
    static const float silence[256];
    for (size_t left = spectrum->window / 2; left > 0;) {
        size_t part = left < 256 ? left : 256;
        spectrum_add(spectrum, silence, part);
        left -= part;
    }
}
