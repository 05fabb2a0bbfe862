/* SPDX-License-Identifier: AGPL-3.0-or-later
 * The table of audio containers: how each is recognised and walked. */
#include "media/format/audio_format.h"

#include "media/format/bytes.h"
#include "media/format/foreign.h"
#include "media/protocol.h"

struct container_row {
    const char *name;
    bool (*is)(struct reader *reader, int64_t after_tags);
    struct error *(*walk)(struct arena *arena, struct reader *reader, struct audio_facts *facts);
};

static bool starts_with(struct reader *reader, int64_t at, const char *code)
{
    const unsigned char *view = reader_view(reader, at, 4);
    return view != NULL && bytes_is(view, code);
}

static bool is_wav(struct reader *reader, int64_t after_tags)
{
    (void)after_tags;
    return starts_with(reader, 0, "RIFF") && starts_with(reader, 8, "WAVE");
}

static bool is_aiff(struct reader *reader, int64_t after_tags)
{
    (void)after_tags;
    return starts_with(reader, 0, "FORM") &&
           (starts_with(reader, 8, "AIFF") || starts_with(reader, 8, "AIFC"));
}

static bool is_flac(struct reader *reader, int64_t after_tags)
{
    return starts_with(reader, after_tags, "fLaC");
}

static bool is_ogg(struct reader *reader, int64_t after_tags)
{
    (void)after_tags;
    return starts_with(reader, 0, "OggS");
}

static bool is_mp4(struct reader *reader, int64_t after_tags)
{
    (void)after_tags;
    return starts_with(reader, 4, "ftyp");
}

/* In the order of trying: those with a plain mark first. */
static const struct container_row containers[AUDIO_CONTAINER_COUNT] = {
    [AUDIO_WAV] = {"wav", is_wav, wav_walk},       [AUDIO_AIFF] = {"aiff", is_aiff, aiff_walk},
    [AUDIO_FLAC] = {"flac", is_flac, flac_walk},   [AUDIO_OGG] = {"ogg", is_ogg, ogg_walk},
    [AUDIO_M4A] = {"m4a", is_mp4, mp4_walk},       [AUDIO_MP3] = {"mp3", mp3_is_at, mp3_walk},
    [AUDIO_ADTS] = {"aac", adts_is_at, adts_walk},
};

const char *audio_container_name(enum audio_container container)
{
    return containers[container].name;
}

bool audio_format_sniff(struct reader *reader, enum audio_container *ret_container)
{
    int64_t after_tags = foreign_skip_id3(reader);
    for (int i = 0; i < AUDIO_CONTAINER_COUNT; i++) {
        if (containers[i].is(reader, after_tags)) {
            *ret_container = (enum audio_container)i;
            return true;
        }
    }
    return false;
}

struct error *audio_check_limits(struct arena *arena, int64_t sample_rate, int64_t channels)
{
    if (channels < 1 || sample_rate < 1)
        return ERROR_IN(arena, media_job_bad_header, "no channels or no sample rate");
    if (channels > AUDIO_CHANNELS_MAX)
        return ERROR_IN(arena, media_job_too_large, "%lld channels; at most %d are taken",
                        (long long)channels, AUDIO_CHANNELS_MAX);
    if (sample_rate < AUDIO_RATE_MIN || sample_rate > AUDIO_RATE_MAX)
        return ERROR_IN(arena, media_job_unsupported, "a sample rate of %lld Hz; %d to %d are taken",
                        (long long)sample_rate, AUDIO_RATE_MIN, AUDIO_RATE_MAX);
    return NULL;
}

struct error *audio_format_check(struct arena *arena, struct reader *reader, struct audio_facts *ret_facts)
{
    struct audio_facts facts = {.samples = -1};
    if (!audio_format_sniff(reader, &facts.container))
        return ERROR_IN(arena, media_job_not_audio, "the content is no audio format that is taken");
    TRY(foreign_check(arena, reader));
    TRY(containers[facts.container].walk(arena, reader, &facts));
    *ret_facts = facts;
    return NULL;
}
