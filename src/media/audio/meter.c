/* SPDX-License-Identifier: AGPL-3.0-or-later
 * The analyses behind their queues. */
#include "media/audio/meter.h"

#include "base/text/encode.h"

#include "media/analysis/fingerprint.h"
#include "media/analysis/key.h"
#include "media/analysis/loudness.h"
#include "media/analysis/tempo.h"
#include "media/analysis/waveform.h"
#include "media/audio/rendition.h"

struct loudness_state {
    struct loudness *loudness;
    struct loudness_result result;
};

static struct error *loudness_consume(struct sink *sink, void *state, const AVFrame *frame)
{
    (void)sink;
    return loudness_add(((struct loudness_state *)state)->loudness, frame);
}

static struct error *loudness_end(struct sink *sink, void *state)
{
    (void)sink;
    struct loudness_state *meter = state;
    return loudness_finish(meter->loudness, &meter->result);
}

static const struct sink_ops loudness_ops = {
    .name = "loudness", .consume = loudness_consume, .finish = loudness_end};

struct error *loudness_sink_new(struct arena *arena, const struct audio_source_facts *source,
                                struct sink **ret_sink)
{
    struct sink *sink = sink_new(arena, &loudness_ops, FEED_NATIVE);
    struct loudness_state *state = ARENA_NEW(sink->arena, struct loudness_state);
    sink->state = state;
    TRY(loudness_new(sink->arena, source->sample_rate, source->sample_format, &source->layout,
                     &state->loudness));
    *ret_sink = sink;
    return NULL;
}

void loudness_sink_result(const struct sink *sink, struct media_job_audio *audio)
{
    const struct loudness_state *state = sink->state;
    audio->loudness_lufs = state->result.integrated_lufs;
    audio->loudness_range_lu = state->result.range_lu;
    audio->true_peak_dbtp = state->result.true_peak_dbtp;
}

#define BLOCK 2048

struct analysis {
    struct waveform waveform;
    struct tempo *tempo;
    struct key *key;
    struct fingerprint *fingerprint;
    struct tempo_result tempo_result;
    struct key_result key_result;
    struct str fingerprint_text;
    struct str fingerprint_raw;
};

/* Tempo and key hear the middle of the stereo picture. */
static void add_mono(struct analysis *analysis, const AVFrame *frame)
{
    float mono[BLOCK];
    const float *left = (const float *)(const void *)frame->extended_data[0];
    const float *right =
        frame->ch_layout.nb_channels > 1 ? (const float *)(const void *)frame->extended_data[1] : left;
    for (int at = 0; at < frame->nb_samples; at += BLOCK) {
        int count = frame->nb_samples - at < BLOCK ? frame->nb_samples - at : BLOCK;
        for (int i = 0; i < count; i++)
            mono[i] = 0.5F * (left[at + i] + right[at + i]);
        tempo_add(analysis->tempo, mono, (size_t)count);
        key_add(analysis->key, mono, (size_t)count);
    }
}

static struct error *analysis_consume(struct sink *sink, void *state, const AVFrame *frame)
{
    (void)sink;
    struct analysis *analysis = state;
    const float *const *planes = (const float *const *)(const void *)frame->extended_data;
    waveform_add(&analysis->waveform, planes, (size_t)frame->ch_layout.nb_channels,
                 (size_t)frame->nb_samples);
    fingerprint_add(analysis->fingerprint, planes, (size_t)frame->nb_samples);
    add_mono(analysis, frame);
    return NULL;
}

static struct error *analysis_end(struct sink *sink, void *state)
{
    struct analysis *analysis = state;
    analysis->tempo_result = tempo_finish(analysis->tempo);
    analysis->key_result = key_finish(analysis->key);
    fingerprint_finish(sink->arena, analysis->fingerprint, &analysis->fingerprint_text,
                       &analysis->fingerprint_raw);
    return NULL;
}

static const struct sink_ops analysis_ops = {
    .name = "analysis", .consume = analysis_consume, .finish = analysis_end};

struct error *analysis_sink_new(struct arena *arena, const struct audio_source_facts *source,
                                struct sink **ret_sink)
{
    struct sink *sink = sink_new(arena, &analysis_ops, FEED_DELIVERY);
    struct analysis *analysis = ARENA_NEW(sink->arena, struct analysis);
    int rate = delivery_rate(source->sample_rate);
    sink->state = analysis;
    waveform_init(&analysis->waveform);
    analysis->tempo = tempo_new(sink->arena, rate);
    analysis->key = key_new(sink->arena, rate);
    analysis->fingerprint = fingerprint_new(sink->arena, rate, delivery_channels(source->layout.nb_channels));
    *ret_sink = sink;
    return NULL;
}

void analysis_sink_result(const struct sink *sink, struct arena *arena, struct media_job_audio *audio)
{
    const struct analysis *analysis = sink->state;
    int8_t *points = arena_alloc(arena, 2 * MEDIA_WAVEFORM_POINTS);
    int64_t *bars = ARENA_ARRAY(arena, int64_t, MEDIA_WAVEFORM_BARS);
    waveform_draw(&analysis->waveform, points, bars);
    audio->waveform = base64_encode(arena, points, 2 * MEDIA_WAVEFORM_POINTS);
    audio->bars = (struct array){.items = bars, .count = MEDIA_WAVEFORM_BARS};
    audio->tempo_bpm = analysis->tempo_result.bpm;
    audio->tempo_confidence = analysis->tempo_result.confidence;
    audio->key = (int32_t)analysis->key_result.key;
    audio->key_confidence = analysis->key_result.confidence;
    audio->fingerprint = analysis->fingerprint_text;
    audio->fingerprint_raw = analysis->fingerprint_raw;
}
