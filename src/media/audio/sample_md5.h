/* SPDX-License-Identifier: AGPL-3.0-or-later
 * The MD5 that FLAC states: over the samples, interleaved, little-endian, as wide as whole bytes hold. */
#ifndef MEDIA_AUDIO_SAMPLE_MD5_H
#define MEDIA_AUDIO_SAMPLE_MD5_H

#include <libavutil/frame.h>
#include <libavutil/samplefmt.h>
#include <stdbool.h>

struct arena;
struct sample_md5;

/* format: interleaved or planar, 16 or 32 bits (those left-justified, as FFmpeg gives them). */
struct sample_md5 *sample_md5_new(struct arena *arena, enum AVSampleFormat format, int bits);
void sample_md5_free(struct sample_md5 *md5); /* accepts NULL */
void sample_md5_add(struct sample_md5 *md5, const AVFrame *frame);
/* Ends the sum. */
bool sample_md5_is(struct sample_md5 *md5, const unsigned char expected[16]);

#endif
