/* SPDX-License-Identifier: AGPL-3.0-or-later
 * The tagged preview: thirty seconds from where the track is loudest, faded in and out, with a short
 * bell motif every ten seconds that marks it as a preview.
 *
 * The loudest place is known only at the end of the pass, so the sink keeps the sound in blocks of a
 * second: those of the window that ends now, and those of the best window so far. Blocks are shared by
 * reference; memory is bounded by two windows. */
#include <libavutil/audio_fifo.h>
#include <math.h>

#include "media/audio/file.h"
#include "media/audio/media_error.h"
#include "media/audio/rendition.h"

#define WINDOW_SECONDS_MAX 120
#define FADE_IN_SECONDS    0.25
#define FADE_OUT_SECONDS   2.0
#define TAG_PERIOD_SECONDS 10.0
#define TAG_FIRST_SECONDS  1.5

/* The bell motif: three rising notes with two partials each. */
static const struct {
    double at_seconds;
    double hertz;
} tag_notes[] = {{0.0, 783.99}, {0.16, 1046.5}, {0.32, 1318.51}};
#define TAG_NOTE_SECONDS 0.7
#define TAG_LEVEL        0.11

struct block {
    AVFrame *frame; /* at most a second */
    double energy;
};

struct window {
    struct block blocks[WINDOW_SECONDS_MAX];
    size_t count;
    double energy;
    int64_t first_block; /* its number in the track */
};

struct preview {
    struct sink *sink;
    struct file_encoding *file;
    struct media_job_rendition rendition;
    AVAudioFifo *fifo;
    AVChannelLayout layout;
    int sample_rate;
    size_t window_blocks;
    int64_t wanted_start; /* in samples; -1: the loudest */
    int64_t skip_samples; /* still to be left out before the wanted start */
    int64_t next_block;
    struct window now;
    struct window best;
    int64_t start_ms;
};

static void window_clear(struct window *window)
{
    for (size_t i = 0; i < window->count; i++)
        av_frame_free(&window->blocks[i].frame);
    window->count = 0;
    window->energy = 0;
}

static void free_preview(void *arg)
{
    struct preview *preview = arg;
    window_clear(&preview->now);
    window_clear(&preview->best);
    av_audio_fifo_free(preview->fifo);
    av_channel_layout_uninit(&preview->layout);
}

static double frame_energy(const AVFrame *frame)
{
    double sum = 0;
    for (int channel = 0; channel < frame->ch_layout.nb_channels; channel++) {
        const float *samples = (const float *)(const void *)frame->extended_data[channel];
        for (int i = 0; i < frame->nb_samples; i++)
            sum += (double)samples[i] * (double)samples[i];
    }
    return sum;
}

static void window_drop_first(struct window *window)
{
    window->energy -= window->blocks[0].energy;
    av_frame_free(&window->blocks[0].frame);
    memmove(&window->blocks[0], &window->blocks[1], (window->count - 1) * sizeof(window->blocks[0]));
    window->count--;
    window->first_block++;
}

static struct error *window_copy(struct arena *arena, struct window *to, const struct window *from)
{
    window_clear(to);
    for (; to->count < from->count; to->count++) {
        to->blocks[to->count] = from->blocks[to->count];
        to->blocks[to->count].frame = av_frame_clone(from->blocks[to->count].frame);
        if (to->blocks[to->count].frame == NULL)
            return ERROR_IN(arena, media_job_internal, "no memory for the preview");
    }
    to->energy = from->energy;
    to->first_block = from->first_block;
    return NULL;
}

/* A new best must be better by a little: a steady track keeps its first window. */
static struct error *judge_window(struct preview *preview)
{
    struct window *now = &preview->now;
    if (now->count == preview->window_blocks && now->energy > preview->best.energy * 1.0001)
        return window_copy(preview->sink->arena, &preview->best, now);
    return NULL;
}

static struct error *push_block(struct preview *preview, int count)
{
    struct arena *arena = preview->sink->arena;
    struct window *now = &preview->now;
    if (now->count == preview->window_blocks) {
        window_drop_first(now);
    }
    AVFrame *frame = av_frame_alloc();
    if (frame == NULL)
        return ERROR_IN(arena, media_job_internal, "no memory for the preview");
    now->blocks[now->count].frame = frame;
    frame->format = AV_SAMPLE_FMT_FLTP;
    frame->sample_rate = preview->sample_rate;
    frame->nb_samples = count;
    now->count++;
    TRY_LIBAV(arena, av_channel_layout_copy(&frame->ch_layout, &preview->layout));
    TRY_LIBAV(arena, av_frame_get_buffer(frame, 0));
    TRY_LIBAV(arena, av_audio_fifo_read(preview->fifo, (void **)frame->extended_data, count));
    now->blocks[now->count - 1].energy = frame_energy(frame);
    now->energy += now->blocks[now->count - 1].energy;
    preview->next_block++;
    return judge_window(preview);
}

/* A window that was asked for is never moved on. */
static bool has_all(const struct preview *preview)
{
    return preview->wanted_start >= 0 && preview->now.count == preview->window_blocks;
}

static struct error *consume(struct sink *sink, void *state, const AVFrame *frame)
{
    struct preview *preview = state;
    if (has_all(preview))
        return NULL;
    int64_t skip = preview->skip_samples < frame->nb_samples ? preview->skip_samples : frame->nb_samples;
    preview->skip_samples -= skip;
    if (skip == frame->nb_samples)
        return NULL;
    uint8_t *planes[2] = {0};
    for (int channel = 0; channel < preview->layout.nb_channels; channel++)
        planes[channel] = frame->extended_data[channel] + (size_t)skip * sizeof(float);
    TRY_LIBAV(sink->arena,
              av_audio_fifo_write(preview->fifo, (void **)planes, frame->nb_samples - (int)skip));
    while (av_audio_fifo_size(preview->fifo) >= preview->sample_rate && !has_all(preview))
        TRY(push_block(preview, preview->sample_rate));
    return NULL;
}

/* The motif's sound `seconds` after it began. */
static double tag_sample(double seconds)
{
    double sum = 0;
    for (size_t i = 0; i < COUNT_OF(tag_notes); i++) {
        double since = seconds - tag_notes[i].at_seconds;
        if (since < 0 || since > TAG_NOTE_SECONDS)
            continue;
        double attack = since < 0.005 ? since / 0.005 : 1;
        double phase = 2 * M_PI * tag_notes[i].hertz * since;
        sum += attack * exp(-6 * since) * (sin(phase) + 0.4 * sin(2 * phase));
    }
    return sum * TAG_LEVEL;
}

static double fade_at(double seconds, double length)
{
    double gain = 1;
    if (seconds < FADE_IN_SECONDS)
        gain = seconds / FADE_IN_SECONDS;
    double left = length - seconds;
    double fade_out = FADE_OUT_SECONDS < length / 2 ? FADE_OUT_SECONDS : length / 2;
    if (left < fade_out && left / fade_out < gain)
        gain = left / fade_out;
    return gain;
}

/* The preview's own sound in place of the track's; the track steps back a little under the motif. */
static void decorate(AVFrame *frame, int64_t at, int64_t total)
{
    double rate = frame->sample_rate;
    for (int i = 0; i < frame->nb_samples; i++) {
        double seconds = (double)(at + i) / rate;
        double since = fmod(seconds - TAG_FIRST_SECONDS, TAG_PERIOD_SECONDS);
        double tag = seconds < TAG_FIRST_SECONDS ? 0 : tag_sample(since);
        double gain = fade_at(seconds, (double)total / rate);
        for (int channel = 0; channel < frame->ch_layout.nb_channels; channel++) {
            float *sample = (float *)(void *)frame->extended_data[channel] + i;
            double mixed = (double)*sample * gain * 0.9 + tag;
            *sample = (float)fmax(-1, fmin(1, mixed));
        }
    }
}

static struct error *encode_window(struct preview *preview, struct window *window)
{
    int64_t total = 0;
    int64_t at = 0;
    for (size_t i = 0; i < window->count; i++)
        total += window->blocks[i].frame->nb_samples;
    for (size_t i = 0; i < window->count; i++) {
        AVFrame *frame = window->blocks[i].frame;
        TRY_LIBAV(preview->sink->arena, av_frame_make_writable(frame));
        decorate(frame, at, total);
        at += frame->nb_samples;
        TRY(file_encoding_consume(preview->file, frame));
    }
    return file_encoding_finish(preview->file);
}

static struct error *finish(struct sink *sink, void *state)
{
    (void)sink;
    struct preview *preview = state;
    int rest = av_audio_fifo_size(preview->fifo);
    if (rest > 0 && preview->now.count < preview->window_blocks)
        TRY(push_block(preview, rest));
    struct window *window = preview->best.count > 0 ? &preview->best : &preview->now;
    int64_t start =
        preview->wanted_start >= 0 ? preview->wanted_start : window->first_block * preview->sample_rate;
    preview->start_ms = start * 1000 / preview->sample_rate;
    TRY(encode_window(preview, window));
    preview->rendition = *file_encoding_rendition(preview->file);
    return NULL;
}

static const struct sink_ops preview_ops = {.name = "preview", .consume = consume, .finish = finish};

struct error *preview_sink_new(struct arena *arena, const struct rendition_params *params,
                               struct sink **ret_sink)
{
    struct sink *sink = sink_new(arena, &preview_ops, FEED_DELIVERY);
    struct preview *preview = ARENA_NEW(sink->arena, struct preview);
    const struct media_job_request *request = params->request;
    int64_t length_ms = request->preview_length_ms > 0 ? request->preview_length_ms : 30000;
    sink->state = preview;
    preview->sink = sink;
    preview->sample_rate = delivery_rate(params->source->sample_rate);
    preview->window_blocks = (size_t)((length_ms + 999) / 1000);
    preview->wanted_start =
        request->preview_start_ms < 0 ? -1 : request->preview_start_ms * preview->sample_rate / 1000;
    preview->skip_samples = preview->wanted_start > 0 ? preview->wanted_start : 0;
    av_channel_layout_default(&preview->layout, delivery_channels(params->source->layout.nb_channels));
    arena_defer(sink->arena, free_preview, preview);
    preview->fifo =
        av_audio_fifo_alloc(AV_SAMPLE_FMT_FLTP, preview->layout.nb_channels, preview->sample_rate);
    if (preview->fifo == NULL)
        return ERROR_IN(arena, media_job_internal, "no memory for the preview");
    TRY(file_encoding_new(sink->arena, params, &preview->file));
    *ret_sink = sink;
    return NULL;
}

const struct media_job_rendition *preview_sink_rendition(const struct sink *sink)
{
    return &((const struct preview *)sink->state)->rendition;
}

int64_t preview_sink_start_ms(const struct sink *sink)
{
    return ((const struct preview *)sink->state)->start_ms;
}
