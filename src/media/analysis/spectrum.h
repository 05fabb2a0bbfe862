/* SPDX-License-Identifier: AGPL-3.0-or-later
 * A stream of samples as a stream of magnitude spectra (Hann window, real FFT). */
#ifndef MEDIA_ANALYSIS_SPECTRUM_H
#define MEDIA_ANALYSIS_SPECTRUM_H

#include <stddef.h>

struct arena;
struct spectrum;

/* magnitudes has window / 2 + 1 values: bin i stands for i * sample_rate / window. A sine of amplitude 1
 * in the middle of a bin has magnitude 0.5. */
typedef void (*spectrum_fn)(void *arg, const float *magnitudes);

/* window is a power of two, 0 < hop <= window. Lives in the arena. */
struct spectrum *spectrum_new(struct arena *arena, size_t window, size_t hop, spectrum_fn fn, void *arg);
void spectrum_add(struct spectrum *spectrum, const float *samples, size_t count);
/* Pads with silence until every sample has been in the middle of a window. */
void spectrum_finish(struct spectrum *spectrum);

#endif
