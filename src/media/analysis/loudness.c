/* SPDX-License-Identifier: AGPL-3.0-or-later
 * A filter graph of one filter, read by its metadata. */
#include "media/analysis/loudness.h"

#include <libavfilter/avfilter.h>
#include <libavfilter/buffersink.h>
#include <libavfilter/buffersrc.h>
#include <libavutil/dict.h>
#include <math.h>

#include "base/text/number.h"

#include "media/audio/media_error.h"

/* The filter speaks once in 100 ms of sound. Silence of that length behind the last sample lets it tell
 * the peak of what was left; loudness is taken before, as silence would lower it. */
#define TAIL_SECONDS 0.1

struct loudness {
    struct arena *arena;
    AVFilterGraph *graph;
    AVFilterContext *source;
    AVFilterContext *sink;
    AVFrame *frame;
    int sample_rate;
    enum AVSampleFormat format;
    AVChannelLayout layout;
    int64_t samples;
    bool is_tail;
    struct loudness_result result;
};

static void free_loudness(void *arg)
{
    struct loudness *loudness = arg;
    avfilter_graph_free(&loudness->graph);
    av_frame_free(&loudness->frame);
    av_channel_layout_uninit(&loudness->layout);
}

static struct error *add_filter(struct loudness *loudness, const char *name, const char *options,
                                AVFilterContext **ret_filter)
{
    const AVFilter *filter = avfilter_get_by_name(name);
    if (filter == NULL)
        return ERROR_IN(loudness->arena, media_job_internal, "no filter %s", name);
    TRY_LIBAV(loudness->arena,
              avfilter_graph_create_filter(ret_filter, filter, name, options, NULL, loudness->graph));
    return NULL;
}

static struct error *build_graph(struct loudness *loudness)
{
    char layout[64];
    AVFilterContext *meter = NULL;
    TRY_LIBAV(loudness->arena, av_channel_layout_describe(&loudness->layout, layout, sizeof(layout)));
    struct str source = arena_printf(
        loudness->arena, "sample_rate=%d:sample_fmt=%s:channel_layout=%s:time_base=1/%d",
        loudness->sample_rate, av_get_sample_fmt_name(loudness->format), layout, loudness->sample_rate);
    TRY(add_filter(loudness, "abuffer", source.ptr, &loudness->source));
    /* "verbose" is below what is logged: the filter must say nothing. */
    TRY(add_filter(loudness, "ebur128", "peak=true:metadata=1:framelog=verbose", &meter));
    TRY(add_filter(loudness, "abuffersink", NULL, &loudness->sink));
    TRY_LIBAV(loudness->arena, avfilter_link(loudness->source, 0, meter, 0));
    TRY_LIBAV(loudness->arena, avfilter_link(meter, 0, loudness->sink, 0));
    TRY_LIBAV(loudness->arena, avfilter_graph_config(loudness->graph, NULL));
    return NULL;
}

struct error *loudness_new(struct arena *arena, int sample_rate, enum AVSampleFormat format,
                           const AVChannelLayout *layout, struct loudness **ret_loudness)
{
    struct loudness *loudness = ARENA_NEW(arena, struct loudness);
    loudness->arena = arena;
    loudness->sample_rate = sample_rate;
    loudness->format = format;
    loudness->result = (struct loudness_result){.integrated_lufs = MEDIA_LOUDNESS_SILENT,
                                                .true_peak_dbtp = MEDIA_PEAK_SILENT};
    arena_defer(arena, free_loudness, loudness);
    loudness->graph = avfilter_graph_alloc();
    loudness->frame = av_frame_alloc();
    if (loudness->graph == NULL || loudness->frame == NULL)
        return ERROR_IN(arena, media_job_internal, "no memory for the meter");
    avfilter_graph_set_auto_convert(loudness->graph, AVFILTER_AUTO_CONVERT_ALL);
    loudness->graph->nb_threads = 1;
    TRY_LIBAV(arena, av_channel_layout_copy(&loudness->layout, layout));
    TRY(build_graph(loudness));
    *ret_loudness = loudness;
    return NULL;
}

/* The value of a metadata entry, or fallback: silence is "-inf" or "nan". */
static double read_value(const AVFrame *frame, const char *name, double fallback)
{
    double value = 0;
    const AVDictionaryEntry *entry = av_dict_get(frame->metadata, name, NULL, 0);
    return entry != NULL && number_parse_f64(str_cstr(entry->value), &value) ? value : fallback;
}

static void read_result(struct loudness *loudness)
{
    const AVFrame *frame = loudness->frame;
    struct loudness_result *result = &loudness->result;
    if (!loudness->is_tail) {
        double integrated = read_value(frame, "lavfi.r128.I", MEDIA_LOUDNESS_SILENT);
        result->integrated_lufs = fmax(integrated, MEDIA_LOUDNESS_SILENT);
        result->range_lu = fmax(0, read_value(frame, "lavfi.r128.LRA", 0));
    }
    for (int channel = 0; channel < loudness->layout.nb_channels; channel++) {
        char name[48];
        snprintf(name, sizeof(name), "lavfi.r128.true_peaks_ch%d", channel);
        double peak = read_value(frame, name, 0);
        if (peak > 0)
            result->true_peak_dbtp = fmax(result->true_peak_dbtp, 20 * log10(peak));
    }
}

static struct error *pull(struct loudness *loudness)
{
    for (;;) {
        int code = av_buffersink_get_frame(loudness->sink, loudness->frame);
        if (code == AVERROR(EAGAIN) || code == AVERROR_EOF)
            return NULL;
        if (code < 0)
            return LIBAV_ERROR(loudness->arena, media_job_internal, code, "measuring loudness");
        read_result(loudness);
        av_frame_unref(loudness->frame);
    }
}

static struct error *push(struct loudness *loudness, AVFrame *frame)
{
    frame->pts = loudness->samples;
    loudness->samples += frame->nb_samples;
    int code = av_buffersrc_add_frame(loudness->source, frame);
    if (code < 0)
        return LIBAV_ERROR(loudness->arena, media_job_internal, code, "measuring loudness");
    return pull(loudness);
}

struct error *loudness_add(struct loudness *loudness, const AVFrame *frame)
{
    AVFrame *copy = av_frame_clone(frame);
    if (copy == NULL)
        return ERROR_IN(loudness->arena, media_job_internal, "no memory for the meter");
    /* The decoder may leave speaker positions out that the graph was told. */
    struct error *error = NULL;
    av_channel_layout_uninit(&copy->ch_layout);
    if (av_channel_layout_copy(&copy->ch_layout, &loudness->layout) < 0)
        error = ERROR_IN(loudness->arena, media_job_internal, "no memory for the meter");
    else
        error = push(loudness, copy);
    av_frame_free(&copy);
    return error;
}

static struct error *push_tail(struct loudness *loudness)
{
    loudness->is_tail = true;
    AVFrame *tail = av_frame_alloc();
    if (tail == NULL)
        return ERROR_IN(loudness->arena, media_job_internal, "no memory for the meter");
    tail->format = loudness->format;
    tail->sample_rate = loudness->sample_rate;
    tail->nb_samples = (int)(TAIL_SECONDS * loudness->sample_rate) + 1;
    int code = av_channel_layout_copy(&tail->ch_layout, &loudness->layout);
    if (code >= 0)
        code = av_frame_get_buffer(tail, 0);
    if (code >= 0)
        code = av_samples_set_silence(tail->extended_data, 0, tail->nb_samples, tail->ch_layout.nb_channels,
                                      loudness->format);
    struct error *error = code >= 0
                              ? push(loudness, tail)
                              : LIBAV_ERROR(loudness->arena, media_job_internal, code, "measuring loudness");
    av_frame_free(&tail);
    return error;
}

struct error *loudness_finish(struct loudness *loudness, struct loudness_result *ret_result)
{
    TRY(push_tail(loudness));
    int code = av_buffersrc_add_frame(loudness->source, NULL);
    if (code < 0)
        return LIBAV_ERROR(loudness->arena, media_job_internal, code, "measuring loudness");
    TRY(pull(loudness));
    *ret_result = loudness->result;
    return NULL;
}
