/* SPDX-License-Identifier: AGPL-3.0-or-later
 * An audio job: walk the container, open the decoder, ask for the files, then one pass in which the
 * decoder feeds every encoder and analysis; at the end, what came of it. */
#include "base/mem/cleanup.h"

#include "media/audio/delivery.h"
#include "media/audio/media_error.h"
#include "media/audio/meter.h"
#include "media/audio/rendition.h"
#include "media/audio/tags.h"
#include "media/image/picture.h"
#include "media/job.h"
#include "media/process/channel.h"

#define PROBE_SHARE  0.01
#define ENCODE_SHARE 0.97 /* of the progress; the rest is finishing */

/* How each format's sink is made and read. NULL: an image, made after the pass. */
struct rendition_row {
    struct error *(*make)(struct arena *arena, const struct rendition_params *params, struct sink **ret_sink);
    const struct media_job_rendition *(*read)(const struct sink *sink);
};

static const struct rendition_row rows[] = {
    [MEDIA_FORMAT_HLS_AAC] = {hls_sink_new, hls_sink_rendition},
    [MEDIA_FORMAT_HLS_FLAC] = {hls_sink_new, hls_sink_rendition},
    [MEDIA_FORMAT_MP3] = {file_sink_new, file_sink_rendition},
    [MEDIA_FORMAT_PREVIEW] = {preview_sink_new, preview_sink_rendition},
    [MEDIA_FORMAT_WAV] = {file_sink_new, file_sink_rendition},
    [MEDIA_FORMAT_JPEG] = {NULL, NULL},
    [MEDIA_FORMAT_WEBP] = {NULL, NULL},
};

#define SINKS_MAX (MEDIA_JOB_OUTPUTS_MAX + 2)

struct audio_job {
    struct job *job;
    struct audio_facts walked;
    struct audio_source *source;
    const struct audio_source_facts *facts;
    struct delivery *delivery;
    struct sink *sinks[SINKS_MAX];
    const struct rendition_row *sink_rows[SINKS_MAX]; /* NULL: an analysis */
    size_t sink_count;
    struct sink *loudness;
    struct sink *analysis;
    struct sink *preview; /* NULL: none wanted */
    int fds[MEDIA_JOB_OUTPUTS_MAX];
    size_t fd_count;
};

static void close_files(void *arg)
{
    struct audio_job *audio = arg;
    for (size_t i = 0; i < audio->fd_count; i++)
        cleanup_fd(&audio->fds[i]);
}

static struct error *check_duration(const struct audio_job *audio, int64_t samples, int64_t sample_rate)
{
    int64_t limit_ms = audio->job->request.max_duration_ms;
    if (sample_rate > 0 && samples / sample_rate > limit_ms / 1000)
        return ERROR_IN(audio->job->arena, media_job_too_long, "longer than %lld s",
                        (long long)limit_ms / 1000);
    return NULL;
}

static struct error *open_master(struct audio_job *audio)
{
    struct arena *arena = audio->job->arena;
    struct reader reader = {0};
    TRY(reader_init_fd(&reader, arena, audio->job->input));
    TRY(audio_format_check(arena, &reader, &audio->walked));
    TRY(check_duration(audio, audio->walked.samples, audio->walked.sample_rate));
    TRY(audio_source_open(arena, audio->job->input, &audio->walked, &audio->source));
    audio->facts = audio_source_facts(audio->source);
    TRY(check_duration(audio, audio->facts->expected_samples, audio->facts->sample_rate));
    return delivery_new(arena, audio->facts, &audio->delivery);
}

static void add_sink(struct audio_job *audio, struct sink *sink, const struct rendition_row *row)
{
    REQUIRE(audio->sink_count < SINKS_MAX);
    audio->sinks[audio->sink_count] = sink;
    audio->sink_rows[audio->sink_count] = row;
    audio->sink_count++;
}

static struct error *add_rendition(struct audio_job *audio, const struct media_job_output *output)
{
    const struct rendition_row *row = &rows[output->format];
    if (row->make == NULL || !rendition_is_due(output, audio->facts))
        return NULL;
    struct sink *sink = NULL;
    int *fd = &audio->fds[audio->fd_count];
    TRY(channel_ask_output(audio->job->arena, audio->job->socket, output->name, fd));
    audio->fd_count++;
    const struct rendition_params params = {
        .request = &audio->job->request, .output = output, .source = audio->facts, .fd = *fd};
    TRY(row->make(audio->job->arena, &params, &sink));
    add_sink(audio, sink, row);
    if (output->format == MEDIA_FORMAT_PREVIEW)
        audio->preview = sink;
    return NULL;
}

static struct error *make_sinks(struct audio_job *audio)
{
    struct arena *arena = audio->job->arena;
    const struct array *outputs = &audio->job->request.outputs;
    arena_defer(arena, close_files, audio);
    for (size_t i = 0; i < outputs->count; i++)
        TRY(add_rendition(audio, ARRAY_AT(const struct media_job_output, *outputs, i)));
    TRY(loudness_sink_new(arena, audio->facts, &audio->loudness));
    TRY(analysis_sink_new(arena, audio->facts, &audio->analysis));
    add_sink(audio, audio->loudness, NULL);
    add_sink(audio, audio->analysis, NULL);
    for (size_t i = 0; i < audio->sink_count; i++)
        TRY(sink_start(arena, audio->sinks[i]));
    return NULL;
}

static void feed(struct audio_job *audio, enum sink_feed feed, const AVFrame *frame)
{
    for (size_t i = 0; i < audio->sink_count; i++) {
        if (audio->sinks[i]->feed == feed && frame->nb_samples > 0)
            frame_queue_push(&audio->sinks[i]->queue, frame);
    }
}

static bool a_sink_has_failed(struct audio_job *audio)
{
    for (size_t i = 0; i < audio->sink_count; i++) {
        if (sink_has_failed(audio->sinks[i]))
            return true;
    }
    return false;
}

static struct error *tell_progress(struct audio_job *audio)
{
    if (audio->facts->expected_samples <= 0)
        return NULL;
    double share = (double)audio_source_samples(audio->source) / (double)audio->facts->expected_samples;
    return job_progress(audio->job, MEDIA_STAGE_ENCODE,
                        PROBE_SHARE + (ENCODE_SHARE - PROBE_SHARE) * fmin(1, share));
}

/* The pass. Stops early, without an error of its own, when a sink has given up. */
static struct error *decode_all(struct audio_job *audio, AVFrame *frame)
{
    AVFrame *delivered = NULL;
    while (!a_sink_has_failed(audio)) {
        TRY(audio_source_next(audio->source, frame));
        bool is_end = frame->nb_samples == 0;
        TRY(delivery_convert(audio->delivery, is_end ? NULL : frame, &delivered));
        feed(audio, FEED_DELIVERY, delivered);
        if (is_end)
            return NULL;
        feed(audio, FEED_NATIVE, frame);
        TRY(check_duration(audio, audio_source_samples(audio->source), audio->facts->sample_rate));
        TRY(tell_progress(audio));
    }
    return NULL;
}

static struct error *run_pass(struct audio_job *audio)
{
    AVFrame *frame = av_frame_alloc();
    if (frame == NULL)
        return ERROR_IN(audio->job->arena, media_job_internal, "no memory for a frame");
    struct error *error = decode_all(audio, frame);
    av_frame_free(&frame);
    TRY(error);
    for (size_t i = 0; i < audio->sink_count; i++)
        frame_queue_end(&audio->sinks[i]->queue);
    for (size_t i = 0; i < audio->sink_count; i++) {
        sink_join(audio->sinks[i]);
        if (audio->sinks[i]->error != NULL)
            return error_copy(audio->job->arena, audio->sinks[i]->error);
    }
    return NULL;
}

static struct error *send_renditions(struct audio_job *audio)
{
    struct arena *arena = audio->job->arena;
    for (size_t i = 0; i < audio->sink_count; i++) {
        if (audio->sink_rows[i] == NULL)
            continue;
        struct media_job_event event = {.type = MEDIA_EVENT_RENDITION};
        event.rendition = *audio->sink_rows[i]->read(audio->sinks[i]);
        TRY(channel_send_event(arena, audio->job->socket, &event));
    }
    return NULL;
}

/* A cover that is no good picture is left out: it is the sound that was uploaded. */
static struct error *make_covers(struct audio_job *audio)
{
    struct str cover = audio_source_cover(audio->source);
    struct reader reader;
    struct image_facts facts = {0};
    if (cover.ptr == NULL)
        return NULL;
    reader_init_memory(&reader, cover);
    struct error *error = image_format_check(audio->job->arena, &reader, &facts);
    if (error == NULL)
        error = picture_make_outputs(audio->job, cover, &facts);
    if (error != NULL && (error->reason == &media_job_output_refused || error->reason == &media_job_internal))
        return error;
    error_ignore(error);
    return NULL;
}

static struct error *send_result(struct audio_job *audio)
{
    struct arena *arena = audio->job->arena;
    const struct audio_source_facts *facts = audio->facts;
    int64_t samples = audio_source_samples(audio->source);
    struct media_job_event event = {.type = MEDIA_EVENT_AUDIO};
    struct media_job_audio *result = &event.audio;
    result->container = str_cstr(audio_container_name(facts->container));
    result->codec = str_cstr(facts->codec);
    result->is_lossless = facts->is_lossless;
    result->samples = samples;
    result->duration_ms = (samples * 1000 + facts->sample_rate / 2) / facts->sample_rate;
    result->sample_rate = facts->sample_rate;
    result->channels = facts->layout.nb_channels;
    result->bits = facts->bits;
    result->bit_rate = facts->bit_rate;
    result->preview_start_ms = audio->preview != NULL ? preview_sink_start_ms(audio->preview) : -1;
    loudness_sink_result(audio->loudness, result);
    analysis_sink_result(audio->analysis, arena, result);
    result->tags = tags_read(arena, audio->source);
    return channel_send_event(arena, audio->job->socket, &event);
}

struct error *audio_job_run(struct job *job)
{
    struct audio_job *audio = ARENA_NEW(job->arena, struct audio_job);
    audio->job = job;
    TRY(open_master(audio));
    TRY(job_progress(job, MEDIA_STAGE_PROBE, PROBE_SHARE));
    TRY(make_sinks(audio));
    TRY(run_pass(audio));
    TRY(job_progress(job, MEDIA_STAGE_ANALYSE, ENCODE_SHARE + 0.01));
    TRY(send_renditions(audio));
    TRY(make_covers(audio));
    return send_result(audio);
}
