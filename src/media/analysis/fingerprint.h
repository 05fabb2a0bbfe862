/* SPDX-License-Identifier: AGPL-3.0-or-later
 * The Chromaprint fingerprint of the first two minutes, which is how much AcoustID compares. */
#ifndef MEDIA_ANALYSIS_FINGERPRINT_H
#define MEDIA_ANALYSIS_FINGERPRINT_H

#include <stddef.h>

#include "base/text/str.h"

#define FINGERPRINT_SECONDS 120

struct arena;
struct fingerprint;

/* NULL when the library refuses; the functions below accept that. Lives in the arena. */
struct fingerprint *fingerprint_new(struct arena *arena, int sample_rate, int channels);
void fingerprint_add(struct fingerprint *fingerprint, const float *const *planes, size_t count);
/* ret_text: Chromaprint's compressed form; ret_raw: base64 of little-endian features. Both empty when the
 * sound is too short. */
void fingerprint_finish(struct arena *arena, struct fingerprint *fingerprint, struct str *ret_text,
                        struct str *ret_raw);

#endif
