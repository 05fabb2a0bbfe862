/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Tempo from the rhythm of onsets. Works on whole tracks and on loops of a second or two, whose length
 * is itself evidence: a loop holds a whole number of beats. */
#ifndef MEDIA_ANALYSIS_TEMPO_H
#define MEDIA_ANALYSIS_TEMPO_H

#include <stddef.h>

#define TEMPO_BPM_MIN 50.0
#define TEMPO_BPM_MAX 210.0

struct arena;
struct tempo;

struct tempo_result {
    double bpm;        /* 0: no rhythm found */
    double confidence; /* 0–1 */
};

struct tempo *tempo_new(struct arena *arena, int sample_rate);
void tempo_add(struct tempo *tempo, const float *mono, size_t count);
struct tempo_result tempo_finish(struct tempo *tempo);

/* The same from an onset curve: frames_per_second values a second, over seconds of sound. Pure. */
struct tempo_result tempo_from_onsets(struct arena *arena, const float *onsets, size_t count,
                                      double frames_per_second, double seconds);

#endif
