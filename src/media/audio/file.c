/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Renditions that are downloaded whole: MP3 with its gapless header and tags, and WAV. */
#include "media/audio/file.h"

#include "media/audio/encoder.h"
#include "media/audio/media_error.h"
#include "media/audio/muxer.h"
#include "media/audio/rendition.h"

struct file_encoding {
    struct encoder encoder;
    struct muxer muxer;
    struct media_job_rendition rendition;
};

static void set_tag(AVDictionary **tags, struct arena *arena, const char *name, struct str value)
{
    if (!str_is_empty(value))
        av_dict_set(tags, name, arena_cstr(arena, value), 0);
}

static struct error *take_packet(void *arg, AVPacket *packet)
{
    struct file_encoding *file = arg;
    return packet->size > 0 ? muxer_write(&file->muxer, packet) : NULL;
}

static struct encoder_params choose_codec(const struct rendition_params *params)
{
    const struct audio_source_facts *source = params->source;
    if (params->output->format == MEDIA_FORMAT_WAV) {
        return (struct encoder_params){
            .codec = source->bits > 16 ? "pcm_s24le" : "pcm_s16le",
            .sample_rate = source->sample_rate,
            .channels = source->layout.nb_channels,
            .bits = source->bits > 16 ? 24 : 16,
        };
    }
    return (struct encoder_params){
        .codec = "libmp3lame",
        .sample_rate = delivery_rate(source->sample_rate),
        .channels = delivery_channels(source->layout.nb_channels),
        .bit_rate = params->output->bit_rate,
    };
}

struct error *file_encoding_new(struct arena *arena, const struct rendition_params *params,
                                struct file_encoding **ret_file)
{
    struct file_encoding *file = ARENA_NEW(arena, struct file_encoding);
    struct encoder_params codec = choose_codec(params);
    bool is_wav = params->output->format == MEDIA_FORMAT_WAV;
    TRY(encoder_init(&file->encoder, arena, &codec, take_packet, file));
    TRY(muxer_init(&file->muxer, arena, is_wav ? "wav" : "mp3", file->encoder.codec, params->fd));
    if (!is_wav) {
        AVDictionary **tags = &file->muxer.format->metadata;
        set_tag(tags, arena, "title", params->request->title);
        set_tag(tags, arena, "artist", params->request->artist);
        set_tag(tags, arena, "album", params->request->album);
        set_tag(tags, arena, "comment", params->request->comment);
    }
    AVDictionary *options = NULL;
    TRY(muxer_begin(&file->muxer, &options));
    file->rendition = (struct media_job_rendition){
        .name = params->output->name,
        .format = params->output->format,
        .codec = is_wav ? STR("") : STR("mp3"),
        .sample_rate = codec.sample_rate,
        .channels = codec.channels,
        .bits = codec.bits,
        .priming_samples = file->encoder.codec->initial_padding,
    };
    *ret_file = file;
    return NULL;
}

struct error *file_encoding_consume(struct file_encoding *file, const AVFrame *frame)
{
    return encoder_consume(&file->encoder, frame);
}

struct error *file_encoding_finish(struct file_encoding *file)
{
    TRY(encoder_finish(&file->encoder));
    TRY(muxer_finish(&file->muxer));
    struct media_job_rendition *rendition = &file->rendition;
    rendition->samples = file->encoder.samples;
    rendition->size_bytes = muxer_position(&file->muxer);
    if (rendition->samples > 0)
        rendition->bit_rate = rendition->size_bytes * 8 * rendition->sample_rate / rendition->samples;
    rendition->peak_bit_rate = rendition->bit_rate;
    return NULL;
}

const struct media_job_rendition *file_encoding_rendition(const struct file_encoding *file)
{
    return &file->rendition;
}

static struct error *consume(struct sink *sink, void *state, const AVFrame *frame)
{
    (void)sink;
    return file_encoding_consume(state, frame);
}

static struct error *finish(struct sink *sink, void *state)
{
    (void)sink;
    return file_encoding_finish(state);
}

static const struct sink_ops file_ops = {.name = "file", .consume = consume, .finish = finish};

struct error *file_sink_new(struct arena *arena, const struct rendition_params *params,
                            struct sink **ret_sink)
{
    struct sink *sink =
        sink_new(arena, &file_ops, rendition_feed((enum media_job_format)params->output->format));
    struct file_encoding *file = NULL;
    TRY(file_encoding_new(sink->arena, params, &file));
    sink->state = file;
    *ret_sink = sink;
    return NULL;
}

const struct media_job_rendition *file_sink_rendition(const struct sink *sink)
{
    return file_encoding_rendition(sink->state);
}
