/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Resampling and mixing down. */
#include "media/audio/delivery.h"

#include <libswresample/swresample.h>

#include "media/audio/media_error.h"
#include "media/audio/rendition.h"

struct delivery {
    struct arena *arena;
    SwrContext *converter;
    AVChannelLayout layout;
    int sample_rate;
    AVFrame *frame;
};

static void free_delivery(void *arg)
{
    struct delivery *delivery = arg;
    swr_free(&delivery->converter);
    av_frame_free(&delivery->frame);
    av_channel_layout_uninit(&delivery->layout);
}

struct error *delivery_new(struct arena *arena, const struct audio_source_facts *source,
                           struct delivery **ret_delivery)
{
    struct delivery *delivery = ARENA_NEW(arena, struct delivery);
    delivery->arena = arena;
    arena_defer(arena, free_delivery, delivery);
    delivery->sample_rate = delivery_rate(source->sample_rate);
    delivery->frame = av_frame_alloc();
    av_channel_layout_default(&delivery->layout, delivery_channels(source->layout.nb_channels));
    /* FFmpeg 5.1 forgot a const here. */
    AVChannelLayout from = source->layout;
    TRY_LIBAV(arena, swr_alloc_set_opts2(&delivery->converter, &delivery->layout, AV_SAMPLE_FMT_FLTP,
                                         delivery->sample_rate, &from, source->sample_format,
                                         source->sample_rate, 0, NULL));
    TRY_LIBAV(arena, swr_init(delivery->converter));
    if (delivery->frame == NULL)
        return ERROR_IN(arena, media_job_internal, "no memory for a frame");
    *ret_delivery = delivery;
    return NULL;
}

struct error *delivery_convert(struct delivery *delivery, const AVFrame *frame, AVFrame **ret_frame)
{
    AVFrame *out = delivery->frame;
    int count = frame != NULL ? frame->nb_samples : 0;
    av_frame_unref(out);
    out->format = AV_SAMPLE_FMT_FLTP;
    out->sample_rate = delivery->sample_rate;
    out->nb_samples = swr_get_out_samples(delivery->converter, count);
    TRY_LIBAV(delivery->arena, out->nb_samples);
    *ret_frame = out;
    if (out->nb_samples == 0)
        return NULL;
    TRY_LIBAV(delivery->arena, av_channel_layout_copy(&out->ch_layout, &delivery->layout));
    TRY_LIBAV(delivery->arena, av_frame_get_buffer(out, 0));
    const uint8_t **in = frame != NULL ? (const uint8_t **)(void *)frame->extended_data : NULL;
    int code = swr_convert(delivery->converter, out->extended_data, out->nb_samples, in, count);
    TRY_LIBAV(delivery->arena, code);
    out->nb_samples = code;
    return NULL;
}
