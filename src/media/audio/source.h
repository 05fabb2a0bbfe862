/* SPDX-License-Identifier: AGPL-3.0-or-later
 * The master as decoded sound: one pass, from the first to the last sample, without the encoder's delay
 * and padding. What it gives is proven to be whole: as many samples as the file states, and with the
 * checksum it states, if it states them. */
#ifndef MEDIA_AUDIO_SOURCE_H
#define MEDIA_AUDIO_SOURCE_H

#include <libavutil/channel_layout.h>
#include <libavutil/frame.h>
#include <libavutil/samplefmt.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/error/error.h"

#include "media/format/audio_format.h"

struct audio_source;

struct audio_source_facts {
    enum audio_container container;
    const char *codec; /* wire word */
    bool is_lossless;
    int sample_rate;
    AVChannelLayout layout;
    enum AVSampleFormat sample_format;
    int bits;                 /* 0 for lossy codecs */
    int64_t bit_rate;         /* 0: unknown */
    int64_t expected_samples; /* for the progress; 0: unknown */
};

/* fd stays the caller's; walked is what the walker of the container learnt. Everything lives until
 * audio_source_close, which the arena calls. Errors: media.not_audio, .unsupported, .bad_header, .too_large. */
MUST_USE struct error *audio_source_open(struct arena *arena, int fd, const struct audio_facts *walked,
                                         struct audio_source **ret_source);
const struct audio_source_facts *audio_source_facts(const struct audio_source *source);

/* The next samples in a frame of the caller (unreferenced first); nb_samples 0 at the end, when
 * everything has been compared. All frames have the format, rate and layout of the facts.
 * Errors: media.decode_error, .truncated, .checksum, .empty, .unsupported. */
MUST_USE struct error *audio_source_next(struct audio_source *source, AVFrame *frame);

/* Samples given so far. */
int64_t audio_source_samples(const struct audio_source *source);

/* Embedded tags by name, NULL when absent or empty. Points into the source. */
const char *audio_source_tag(const struct audio_source *source, const char *name);
/* The embedded cover, as it stands in the file; absent: none. */
struct str audio_source_cover(const struct audio_source *source);

#endif
