/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Collects extremes and energy in bins. */
#include "media/analysis/waveform.h"

#include <math.h>

#define FIRST_BIN_SIZE 16
#define BAR_MIN        8.0
#define BAR_MAX        100.0

void waveform_init(struct waveform *waveform)
{
    waveform->count = 0;
    waveform->bin_size = FIRST_BIN_SIZE;
    waveform->in_last = 0;
}

static void merge(struct waveform *waveform)
{
    for (size_t i = 0; i < WAVEFORM_BINS / 2; i++) {
        const struct waveform_bin a = waveform->bins[2 * i];
        const struct waveform_bin b = waveform->bins[2 * i + 1];
        waveform->bins[i] = (struct waveform_bin){
            .low = fminf(a.low, b.low), .high = fmaxf(a.high, b.high), .energy = a.energy + b.energy};
    }
    waveform->count = WAVEFORM_BINS / 2;
    waveform->bin_size *= 2;
    waveform->in_last = waveform->bin_size;
}

static struct waveform_bin *open_bin(struct waveform *waveform)
{
    if (waveform->count == WAVEFORM_BINS)
        merge(waveform);
    struct waveform_bin *bin = &waveform->bins[waveform->count++];
    *bin = (struct waveform_bin){0};
    waveform->in_last = 0;
    return bin;
}

void waveform_add(struct waveform *waveform, const float *const *planes, size_t channels, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        bool is_full = waveform->count == 0 || waveform->in_last == waveform->bin_size;
        struct waveform_bin *bin = is_full ? open_bin(waveform) : &waveform->bins[waveform->count - 1];
        for (size_t channel = 0; channel < channels; channel++) {
            float sample = planes[channel][i];
            if (sample < bin->low)
                bin->low = sample;
            if (sample > bin->high)
                bin->high = sample;
            bin->energy += (double)(sample * sample);
        }
        waveform->in_last++;
    }
}

/* The bins that stand for part `index` of `parts`: at least one. */
static struct waveform_bin sum_bins(const struct waveform *waveform, size_t index, size_t parts)
{
    size_t from = index * waveform->count / parts;
    size_t to = (index + 1) * waveform->count / parts;
    struct waveform_bin sum = {0};
    for (size_t i = from; i < waveform->count && (i < to || i == from); i++) {
        sum.low = fminf(sum.low, waveform->bins[i].low);
        sum.high = fmaxf(sum.high, waveform->bins[i].high);
        sum.energy += waveform->bins[i].energy;
    }
    sum.energy /= to > from ? (double)(to - from) : 1;
    return sum;
}

static int8_t to_point(float value)
{
    return (int8_t)lroundf(fmaxf(-1, fminf(1, value)) * 127);
}

void waveform_draw(const struct waveform *waveform, int8_t *ret_points, int64_t *ret_bars)
{
    double loudest = 0;
    double heights[MEDIA_WAVEFORM_BARS];
    for (size_t i = 0; i < MEDIA_WAVEFORM_POINTS; i++) {
        struct waveform_bin sum = sum_bins(waveform, i, MEDIA_WAVEFORM_POINTS);
        ret_points[2 * i] = to_point(sum.low);
        ret_points[2 * i + 1] = to_point(sum.high);
    }
    for (size_t i = 0; i < MEDIA_WAVEFORM_BARS; i++) {
        heights[i] = sqrt(sum_bins(waveform, i, MEDIA_WAVEFORM_BARS).energy);
        loudest = fmax(loudest, heights[i]);
    }
    for (size_t i = 0; i < MEDIA_WAVEFORM_BARS; i++) {
        double share = loudest > 0 ? heights[i] / loudest : 0;
        ret_bars[i] = (int64_t)lround(BAR_MIN + (BAR_MAX - BAR_MIN) * share);
    }
}
