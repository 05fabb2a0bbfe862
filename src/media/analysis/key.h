/* SPDX-License-Identifier: AGPL-3.0-or-later
 * The musical key: how much of each of the twelve pitch classes sounds, compared with how major and
 * minor keys use them. */
#ifndef MEDIA_ANALYSIS_KEY_H
#define MEDIA_ANALYSIS_KEY_H

#include <stddef.h>

#include "media/protocol.h"

struct arena;
struct key;

struct key_result {
    enum media_job_key key;
    double confidence; /* 0–1 */
};

struct key *key_new(struct arena *arena, int sample_rate);
void key_add(struct key *key, const float *mono, size_t count);
struct key_result key_finish(struct key *key);

/* The key that fits the weights of C, C#, … B best. Pure. */
struct key_result key_from_chroma(const double chroma[12]);

#endif
