/* SPDX-License-Identifier: AGPL-3.0-or-later
 * What kind of audio is this, and is its structure whole? Each format has a strict walker of its own,
 * run before any library decodes a byte: it proves that the container is complete, contradicts itself
 * nowhere, stays within our limits and carries nothing foreign. */
#ifndef MEDIA_FORMAT_AUDIO_FORMAT_H
#define MEDIA_FORMAT_AUDIO_FORMAT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error/error.h"

#include "media/format/reader.h"

enum audio_container {
    AUDIO_WAV,
    AUDIO_AIFF,
    AUDIO_FLAC,
    AUDIO_OGG,
    AUDIO_M4A,
    AUDIO_MP3,
    AUDIO_ADTS,
    AUDIO_CONTAINER_COUNT
};

#define AUDIO_CHANNELS_MAX 8
#define AUDIO_RATE_MIN     8000
#define AUDIO_RATE_MAX     384000

/* What the walker learnt; 0 or -1 where the container does not say. */
struct audio_facts {
    enum audio_container container;
    int64_t sample_rate;
    int64_t channels;
    int64_t bits;    /* per sample */
    int64_t samples; /* per channel, -1: unknown; exact where is_exact */
    bool is_exact;   /* samples must be what the decoder gives */
    bool has_md5;    /* FLAC */
    unsigned char md5[16];
};

/* By the first bytes only; false when it is no audio that we take. */
MUST_USE bool audio_format_sniff(struct reader *reader, enum audio_container *ret_container);

/* The wire word: "wav" "aiff" "flac" "ogg" "m4a" "mp3" "aac". */
const char *audio_container_name(enum audio_container container);

/* Sniffs and walks. Errors: media.not_audio, .empty, .unsupported, .bad_header, .truncated, .polyglot,
 * .too_large, .checksum. */
MUST_USE struct error *audio_format_check(struct arena *arena, struct reader *reader,
                                          struct audio_facts *ret_facts);

/* The walkers; ret_facts comes zeroed with samples -1. */
MUST_USE struct error *wav_walk(struct arena *arena, struct reader *reader, struct audio_facts *ret_facts);
MUST_USE struct error *aiff_walk(struct arena *arena, struct reader *reader, struct audio_facts *ret_facts);
MUST_USE struct error *flac_walk(struct arena *arena, struct reader *reader, struct audio_facts *ret_facts);
MUST_USE struct error *ogg_walk(struct arena *arena, struct reader *reader, struct audio_facts *ret_facts);
MUST_USE struct error *mp4_walk(struct arena *arena, struct reader *reader, struct audio_facts *ret_facts);
MUST_USE struct error *mp3_walk(struct arena *arena, struct reader *reader, struct audio_facts *ret_facts);
MUST_USE struct error *adts_walk(struct arena *arena, struct reader *reader, struct audio_facts *ret_facts);

/* Do frames of that kind follow each other from `at`? At least three, or up to the end of the input. */
bool mp3_is_at(struct reader *reader, int64_t at);
bool adts_is_at(struct reader *reader, int64_t at);

/* Rate and channel limits, shared by the walkers and by the decoder for formats that say it late. */
MUST_USE struct error *audio_check_limits(struct arena *arena, int64_t sample_rate, int64_t channels);

#endif
