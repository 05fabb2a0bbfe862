/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Drives an FFmpeg encoder: sample form, frame size, flushing. */
#include "media/audio/encoder.h"

#include "media/audio/media_error.h"

static void close_encoder(void *arg)
{
    struct encoder *encoder = arg;
    av_audio_fifo_free(encoder->fifo);
    swr_free(&encoder->converter);
    av_frame_free(&encoder->input);
    av_packet_free(&encoder->packet);
    avcodec_free_context(&encoder->codec);
}

/* The codec's own layout of that many channels: codecs know only some. */
static struct error *choose_layout(struct encoder *encoder, const AVCodec *codec, int channels)
{
    const AVChannelLayout *layout = codec->ch_layouts;
    while (layout != NULL && layout->nb_channels != 0 && layout->nb_channels != channels)
        layout++;
    if (layout != NULL && layout->nb_channels == channels)
        TRY_LIBAV(encoder->arena, av_channel_layout_copy(&encoder->codec->ch_layout, layout));
    else
        av_channel_layout_default(&encoder->codec->ch_layout, channels);
    return NULL;
}

/* Codecs of several widths take 16 bits as s16 and 24 as s32. */
static enum AVSampleFormat choose_format(const AVCodec *codec, const struct encoder_params *params)
{
    enum AVSampleFormat wanted = params->bits > 16 ? AV_SAMPLE_FMT_S32 : AV_SAMPLE_FMT_S16;
    for (const enum AVSampleFormat *format = codec->sample_fmts; *format != AV_SAMPLE_FMT_NONE; format++) {
        if (params->bits != 0 ? *format == wanted : *format == AV_SAMPLE_FMT_FLTP)
            return *format;
    }
    return codec->sample_fmts[0];
}

static struct error *open_codec(struct encoder *encoder, const struct encoder_params *params)
{
    const AVCodec *codec = avcodec_find_encoder_by_name(params->codec);
    encoder->codec = codec != NULL ? avcodec_alloc_context3(codec) : NULL;
    encoder->packet = av_packet_alloc();
    encoder->input = av_frame_alloc();
    if (codec == NULL || encoder->codec == NULL || encoder->packet == NULL || encoder->input == NULL)
        return ERROR_IN(encoder->arena, media_job_internal, "no encoder %s", params->codec);
    encoder->codec->sample_rate = params->sample_rate;
    encoder->codec->time_base = (AVRational){1, params->sample_rate};
    encoder->codec->sample_fmt = choose_format(codec, params);
    encoder->codec->bit_rate = params->bit_rate;
    encoder->codec->bits_per_raw_sample = params->bits;
    encoder->codec->thread_count = 1;
    /* The same file must come from the same master, whatever the version of the library calls itself. */
    encoder->codec->flags |= AV_CODEC_FLAG_BITEXACT;
    if (params->needs_global_header)
        encoder->codec->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
    TRY(choose_layout(encoder, codec, params->channels));
    int code = avcodec_open2(encoder->codec, codec, NULL);
    if (code < 0)
        return LIBAV_ERROR(encoder->arena, media_job_internal, code, "the encoder cannot be opened");
    return NULL;
}

struct error *encoder_init(struct encoder *encoder, struct arena *arena, const struct encoder_params *params,
                           packet_fn on_packet, void *arg)
{
    *encoder = (struct encoder){.arena = arena, .on_packet = on_packet, .on_packet_arg = arg};
    arena_defer(arena, close_encoder, encoder);
    TRY(open_codec(encoder, params));
    REQUIRE(encoder->codec != NULL);
    if (encoder->codec->frame_size == 0) /* PCM takes any */
        encoder->codec->frame_size = 4096;
    encoder->fifo = av_audio_fifo_alloc(encoder->codec->sample_fmt, encoder->codec->ch_layout.nb_channels,
                                        encoder->codec->frame_size * 4);
    return encoder->fifo != NULL ? NULL : ERROR_IN(arena, media_job_internal, "no memory for samples");
}

static struct error *drain_packets(struct encoder *encoder)
{
    for (;;) {
        int code = avcodec_receive_packet(encoder->codec, encoder->packet);
        if (code == AVERROR(EAGAIN) || code == AVERROR_EOF)
            return NULL;
        if (code < 0)
            return LIBAV_ERROR(encoder->arena, media_job_internal, code, "encoding");
        struct error *error = encoder->on_packet(encoder->on_packet_arg, encoder->packet);
        av_packet_unref(encoder->packet);
        TRY(error);
    }
}

static struct error *encode_samples(struct encoder *encoder, int count)
{
    AVFrame *frame = encoder->input;
    av_frame_unref(frame);
    frame->format = encoder->codec->sample_fmt;
    frame->sample_rate = encoder->codec->sample_rate;
    frame->nb_samples = count;
    TRY_LIBAV(encoder->arena, av_channel_layout_copy(&frame->ch_layout, &encoder->codec->ch_layout));
    TRY_LIBAV(encoder->arena, av_frame_get_buffer(frame, 0));
    TRY_LIBAV(encoder->arena, av_audio_fifo_read(encoder->fifo, (void **)frame->extended_data, count));
    frame->pts = encoder->encoded;
    encoder->encoded += count;
    int code = avcodec_send_frame(encoder->codec, frame);
    if (code < 0)
        return LIBAV_ERROR(encoder->arena, media_job_internal, code, "encoding");
    return drain_packets(encoder);
}

static bool needs_conversion(const struct encoder *encoder, const AVFrame *frame)
{
    return frame->format != (int)encoder->codec->sample_fmt;
}

/* Changes the sample format only: rate and number of channels are the feed's. Speaker positions that the
 * codec cannot name are renamed, never mixed. */
static struct error *open_converter(struct encoder *encoder, const AVFrame *frame)
{
    AVCodecContext *codec = encoder->codec;
    TRY_LIBAV(encoder->arena,
              swr_alloc_set_opts2(&encoder->converter, &codec->ch_layout, codec->sample_fmt,
                                  codec->sample_rate, &codec->ch_layout, (enum AVSampleFormat)frame->format,
                                  frame->sample_rate, 0, NULL));
    TRY_LIBAV(encoder->arena, swr_init(encoder->converter));
    return NULL;
}

static struct error *convert_into_fifo(struct encoder *encoder, const AVFrame *frame)
{
    uint8_t **planes = NULL;
    int channels = encoder->codec->ch_layout.nb_channels;
    if (encoder->converter == NULL)
        TRY(open_converter(encoder, frame));
    TRY_LIBAV(encoder->arena, av_samples_alloc_array_and_samples(&planes, NULL, channels, frame->nb_samples,
                                                                 encoder->codec->sample_fmt, 0));
    int code = swr_convert(encoder->converter, planes, frame->nb_samples,
                           (const uint8_t **)(void *)frame->extended_data, frame->nb_samples);
    if (code >= 0)
        code = av_audio_fifo_write(encoder->fifo, (void **)planes, code);
    av_freep(&planes[0]);
    av_freep(&planes);
    if (code < 0)
        return LIBAV_ERROR(encoder->arena, media_job_internal, code, "converting samples");
    return NULL;
}

struct error *encoder_consume(struct encoder *encoder, const AVFrame *frame)
{
    int size = encoder->codec->frame_size;
    if (needs_conversion(encoder, frame))
        TRY(convert_into_fifo(encoder, frame));
    else
        TRY_LIBAV(encoder->arena,
                  av_audio_fifo_write(encoder->fifo, (void **)frame->extended_data, frame->nb_samples));
    encoder->samples += frame->nb_samples;
    while (av_audio_fifo_size(encoder->fifo) >= size)
        TRY(encode_samples(encoder, size));
    return NULL;
}

struct error *encoder_finish(struct encoder *encoder)
{
    int rest = av_audio_fifo_size(encoder->fifo);
    if (rest > 0)
        TRY(encode_samples(encoder, rest));
    int code = avcodec_send_frame(encoder->codec, NULL);
    if (code < 0)
        return LIBAV_ERROR(encoder->arena, media_job_internal, code, "encoding");
    return drain_packets(encoder);
}
