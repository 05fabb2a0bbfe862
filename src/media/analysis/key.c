/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Chroma from spectral peaks, corrected for tuning, and the key whose profile correlates best.
 * Source of the profiles: D. Temperley, "What's Key for Key?" (1999), a revision of Krumhansl's. */
#include "media/analysis/key.h"

#include <math.h>

#include "base/mem/arena.h"

#include "media/analysis/spectrum.h"

#define WINDOW          16384 /* 2.7 Hz a bin at 44.1 kHz: neighbouring semitones apart from 60 Hz on */
#define HOP             8192
#define LOWEST_HZ       55.0
#define HIGHEST_HZ      2100.0
#define FINE            10 /* steps of a semitone in which the tuning is found */
#define STEPS           (12 * FINE)
#define CORRELATION_MIN 0.35
#define CONFIDENT_LEAD  0.25 /* over the second best, in correlation */

static const double profiles[2][12] = {
    {5.0, 2.0, 3.5, 2.0, 4.5, 4.0, 2.0, 4.5, 2.0, 3.5, 1.5, 4.0},
    {5.0, 2.0, 3.5, 4.5, 2.0, 4.0, 2.0, 4.5, 3.5, 2.0, 1.5, 4.0},
};

struct key {
    struct spectrum *spectrum;
    double sample_rate;
    double steps[STEPS]; /* pitch classes in tenths of a semitone, from C */
};

/* The place of a peak between bins, by the parabola through it and its neighbours. */
static double peak_place(const float *magnitudes, size_t bin)
{
    double left = (double)magnitudes[bin - 1];
    double middle = (double)magnitudes[bin];
    double right = (double)magnitudes[bin + 1];
    double bend = left - 2 * middle + right;
    return bend < 0 ? (double)bin + 0.5 * (left - right) / bend : (double)bin;
}

static void count_peak(struct key *key, double hertz, double weight)
{
    double semitones = 12 * log2(hertz / 440) + 9 + 120; /* from a C far below */
    long step = lround(semitones * FINE);
    key->steps[(size_t)step % STEPS] += weight;
}

/* Only what stands out of its neighbourhood is a tone; noise and drums are flat. */
static void take_spectrum(void *arg, const float *magnitudes)
{
    struct key *key = arg;
    size_t from = (size_t)(LOWEST_HZ * WINDOW / key->sample_rate);
    size_t to = (size_t)(HIGHEST_HZ * WINDOW / key->sample_rate);
    float loudest = 0;
    for (size_t bin = from; bin < to; bin++)
        loudest = fmaxf(loudest, magnitudes[bin]);
    for (size_t bin = from; bin < to; bin++) {
        float value = magnitudes[bin];
        if (value < loudest * 0.02F || value < 1e-5F || value < magnitudes[bin - 1] ||
            value <= magnitudes[bin + 1])
            continue;
        float around = magnitudes[bin - 4] + magnitudes[bin + 4];
        if (value < 1.5F * around)
            continue;
        double hertz = peak_place(magnitudes, bin) * key->sample_rate / WINDOW;
        count_peak(key, hertz, sqrt((double)value));
    }
}

struct key *key_new(struct arena *arena, int sample_rate)
{
    struct key *key = ARENA_NEW(arena, struct key);
    key->sample_rate = sample_rate;
    key->spectrum = spectrum_new(arena, WINDOW, HOP, take_spectrum, key);
    return key;
}

void key_add(struct key *key, const float *mono, size_t count)
{
    spectrum_add(key->spectrum, mono, count);
}

/* How far the whole track is off A = 440 Hz, in steps: the offset at which the tones fall together. */
static int find_tuning(const struct key *key)
{
    double x = 0;
    double y = 0;
    for (int i = 0; i < STEPS; i++) {
        double angle = 2 * M_PI * (i % FINE) / FINE;
        x += key->steps[i] * cos(angle);
        y += key->steps[i] * sin(angle);
    }
    return (int)lround(atan2(y, x) / (2 * M_PI) * FINE);
}

struct key_result key_finish(struct key *key)
{
    double chroma[12] = {0};
    spectrum_finish(key->spectrum);
    int tuning = find_tuning(key);
    for (int i = 0; i < STEPS; i++) {
        int step = (i - tuning + FINE / 2 + STEPS) % STEPS;
        chroma[step / FINE] += key->steps[i];
    }
    return key_from_chroma(chroma);
}

static double correlate(const double chroma[12], const double profile[12], int tonic)
{
    double mean_c = 0;
    double mean_p = 0;
    for (int i = 0; i < 12; i++) {
        mean_c += chroma[i] / 12;
        mean_p += profile[i] / 12;
    }
    double both = 0;
    double square_c = 0;
    double square_p = 0;
    for (int i = 0; i < 12; i++) {
        double c = chroma[(i + tonic) % 12] - mean_c;
        double p = profile[i] - mean_p;
        both += c * p;
        square_c += c * c;
        square_p += p * p;
    }
    return square_c > 0 ? both / sqrt(square_c * square_p) : 0;
}

struct key_result key_from_chroma(const double chroma[12])
{
    double best = 0;
    double second = 0;
    enum media_job_key key = MEDIA_KEY_NONE;
    for (int mode = 0; mode < 2; mode++) {
        for (int tonic = 0; tonic < 12; tonic++) {
            double fit = correlate(chroma, profiles[mode], tonic);
            if (fit > best) {
                second = best;
                best = fit;
                key = (enum media_job_key)(MEDIA_KEY_C_MAJOR + 12 * mode + tonic);
            } else if (fit > second) {
                second = fit;
            }
        }
    }
    if (best < CORRELATION_MIN)
        return (struct key_result){.key = MEDIA_KEY_NONE};
    return (struct key_result){.key = key, .confidence = fmin(1, (best - second) / CONFIDENT_LEAD)};
}
