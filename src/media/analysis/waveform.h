/* SPDX-License-Identifier: AGPL-3.0-or-later
 * The shape of a track for drawing, found without knowing its length beforehand. Pure. */
#ifndef MEDIA_ANALYSIS_WAVEFORM_H
#define MEDIA_ANALYSIS_WAVEFORM_H

#include <stddef.h>
#include <stdint.h>

#include "media/protocol.h"

#define WAVEFORM_BINS 4096

/* Sound in bins of equal length; when all are used, neighbours are merged and the length doubles. */
struct waveform {
    struct waveform_bin {
        float low;
        float high;
        double energy;
    } bins[WAVEFORM_BINS];
    size_t count;     /* bins begun */
    int64_t bin_size; /* samples a bin holds */
    int64_t in_last;  /* samples in the last one */
};

void waveform_init(struct waveform *waveform);
void waveform_add(struct waveform *waveform, const float *const *planes, size_t channels, size_t count);

/* ret_points: MEDIA_WAVEFORM_POINTS pairs of lowest and highest, -127…127. ret_bars:
 * MEDIA_WAVEFORM_BARS heights of 8–100, the loudest being 100. */
void waveform_draw(const struct waveform *waveform, int8_t *ret_points, int64_t *ret_bars);

#endif
