/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Opens the master with exactly the demuxer that its content calls for, and none but the listed
 * decoders; decodes it and compares the outcome with what the file states. */
#include "media/audio/source.h"

#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/avstring.h>

#include "base/text/number.h"

#include "media/audio/byte_io.h"
#include "media/audio/media_error.h"
#include "media/audio/sample_md5.h"

/* Everything that libavformat may open, also while it looks around. */
#define DECODERS                                                                                             \
    "pcm_u8,pcm_s8,pcm_s16le,pcm_s16be,pcm_s24le,pcm_s24be,pcm_s32le,pcm_s32be,pcm_f32le,pcm_f32be,"         \
    "pcm_f64le,pcm_f64be,flac,alac,mp3float,mp3,vorbis,opus,aac"

/* A lossy stream may have this many broken packets in a hundred; a lossless one none. */
#define BROKEN_PERCENT 2
#define BROKEN_FREE    2
/* Durations in containers of lossy streams are good to about this many samples. */
#define DURATION_SLACK 8192
/* Encoders of AAC pad by up to two frames. */
#define PADDING_MAX 4096

static const char *const demuxers[AUDIO_CONTAINER_COUNT] = {
    [AUDIO_WAV] = "wav", [AUDIO_AIFF] = "aiff", [AUDIO_FLAC] = "flac", [AUDIO_OGG] = "ogg",
    [AUDIO_M4A] = "mp4", [AUDIO_MP3] = "mp3",   [AUDIO_ADTS] = "aac",
};

struct audio_source {
    struct arena *arena;
    struct audio_source_facts facts;
    struct audio_facts walked;
    struct byte_io io;
    AVFormatContext *format;
    AVCodecContext *decoder;
    AVStream *stream;
    AVPacket *packet;
    struct sample_md5 *md5; /* NULL: the file states none */
    int64_t end;            /* M4A: where the sound ends by the movie's own account; 0: unknown */
    int64_t samples;
    int64_t packets;
    int64_t broken_packets;
    bool is_draining;
};

static void close_source(void *arg)
{
    struct audio_source *source = arg;
    sample_md5_free(source->md5);
    av_packet_free(&source->packet);
    avcodec_free_context(&source->decoder);
    avformat_close_input(&source->format);
    byte_io_fini(&source->io);
    av_channel_layout_uninit(&source->facts.layout);
}

static int refuse_to_open(AVFormatContext *format, AVIOContext **io, const char *url, int flags,
                          AVDictionary **options)
{
    (void)format;
    (void)io;
    (void)url;
    (void)flags;
    (void)options;
    return AVERROR(EPERM);
}

static struct error *open_container(struct audio_source *source, int fd)
{
    byte_io_init_read(&source->io, fd);
    source->format = avformat_alloc_context();
    const AVInputFormat *demuxer = av_find_input_format(demuxers[source->walked.container]);
    if (source->io.avio == NULL || source->format == NULL || demuxer == NULL)
        return ERROR_IN(source->arena, media_job_internal, "the demuxer cannot be set up");
    source->format->pb = source->io.avio;
    source->format->io_open = refuse_to_open;
    source->format->flags |= AVFMT_FLAG_CUSTOM_IO;
    /* Large packets from uncompressed files: fewer frames to hand around. */
    AVDictionary *options = NULL;
    av_dict_set(&options, "codec_whitelist", DECODERS, 0);
    av_dict_set(&options, "max_size", "65536", 0);
    int code = avformat_open_input(&source->format, NULL, demuxer, &options);
    av_dict_free(&options);
    if (code < 0)
        return LIBAV_ERROR(source->arena, media_job_bad_header, code, "the container cannot be read");
    code = avformat_find_stream_info(source->format, NULL);
    if (code < 0)
        return LIBAV_ERROR(source->arena, media_job_bad_header, code, "the streams cannot be read");
    return NULL;
}

/* One sound, and beside it nothing but attached pictures and data that players ignore. */
static struct error *choose_stream(struct audio_source *source)
{
    for (unsigned i = 0; i < source->format->nb_streams; i++) {
        AVStream *stream = source->format->streams[i];
        bool is_audio = stream->codecpar->codec_type == AVMEDIA_TYPE_AUDIO;
        bool is_cover = (stream->disposition & AV_DISPOSITION_ATTACHED_PIC) != 0;
        if (stream->codecpar->codec_type == AVMEDIA_TYPE_VIDEO && !is_cover)
            return ERROR_IN(source->arena, media_job_unsupported, "the file holds a video");
        if (is_audio && source->stream != NULL)
            return ERROR_IN(source->arena, media_job_unsupported, "the file holds more than one sound track");
        if (is_audio)
            source->stream = stream;
        else if (!is_cover)
            stream->discard = AVDISCARD_ALL;
    }
    if (source->stream == NULL)
        return ERROR_IN(source->arena, media_job_not_audio, "the file holds no sound");
    return NULL;
}

static bool codec_is_lossless(enum AVCodecID id)
{
    const AVCodecDescriptor *descriptor = avcodec_descriptor_get(id);
    return descriptor != NULL && (descriptor->props & AV_CODEC_PROP_LOSSY) == 0;
}

static bool decoder_is_listed(const AVCodec *decoder)
{
    return decoder != NULL && av_match_list(decoder->name, DECODERS, ',') > 0;
}

static struct error *open_decoder(struct audio_source *source)
{
    const AVCodec *decoder = avcodec_find_decoder(source->stream->codecpar->codec_id);
    if (!decoder_is_listed(decoder))
        return ERROR_IN(source->arena, media_job_unsupported, "the codec %s",
                        avcodec_get_name(source->stream->codecpar->codec_id));
    source->decoder = avcodec_alloc_context3(decoder);
    source->packet = av_packet_alloc();
    if (source->decoder == NULL || source->packet == NULL)
        return ERROR_IN(source->arena, media_job_internal, "no memory for the decoder");
    TRY_LIBAV(source->arena, avcodec_parameters_to_context(source->decoder, source->stream->codecpar));
    source->decoder->pkt_timebase = source->stream->time_base;
    source->decoder->thread_count = 1;
    source->decoder->err_recognition = AV_EF_CRCCHECK;
    if (codec_is_lossless(decoder->id))
        source->decoder->err_recognition |= AV_EF_BITSTREAM | AV_EF_BUFFER | AV_EF_EXPLODE;
    int code = avcodec_open2(source->decoder, decoder, NULL);
    if (code < 0)
        return LIBAV_ERROR(source->arena, media_job_bad_header, code, "the decoder refuses the header");
    return NULL;
}

static int sample_bits(const AVCodecContext *decoder)
{
    if (!codec_is_lossless(decoder->codec_id))
        return 0;
    if (decoder->bits_per_raw_sample > 0)
        return decoder->bits_per_raw_sample;
    int coded = av_get_bits_per_sample(decoder->codec_id);
    return coded > 0 ? coded : 8 * av_get_bytes_per_sample(decoder->sample_fmt);
}

static int64_t stated_samples(const struct audio_source *source)
{
    if (source->walked.samples > 0 && source->walked.is_exact)
        return source->walked.samples;
    int64_t duration = source->stream->duration;
    if (duration == AV_NOPTS_VALUE || duration <= 0)
        return source->walked.samples > 0 ? source->walked.samples : 0;
    return av_rescale_q(duration, source->stream->time_base, (AVRational){1, source->decoder->sample_rate});
}

/* Files without speaker positions get the usual ones of their number of channels. */
static struct error *fill_layout(struct audio_source *source)
{
    const AVChannelLayout *layout = &source->decoder->ch_layout;
    TRY(audio_check_limits(source->arena, source->decoder->sample_rate, layout->nb_channels));
    if (layout->order == AV_CHANNEL_ORDER_NATIVE)
        TRY_LIBAV(source->arena, av_channel_layout_copy(&source->facts.layout, layout));
    else
        av_channel_layout_default(&source->facts.layout, layout->nb_channels);
    return NULL;
}

/* iTunes writes delay, padding and length of the original in hexadecimal: " 00000000 00000840 …". */
static int64_t itunes_length(const struct audio_source *source)
{
    const char *text = audio_source_tag(source, "iTunSMPB");
    struct str rest = str_trim(str_cstr(text));
    struct str part = STR_NONE;
    uint64_t length = 0;
    for (int field = 0; field < 4; field++) {
        if (!str_split(&rest, ' ', &part))
            return 0;
    }
    return number_parse_hex_u64(part, INT32_MAX, &length) ? (int64_t)length : 0;
}

static struct error *fill_facts(struct audio_source *source)
{
    const AVCodecContext *decoder = source->decoder;
    TRY(fill_layout(source));
    if (decoder->sample_fmt == AV_SAMPLE_FMT_NONE)
        return ERROR_IN(source->arena, media_job_bad_header, "the decoder knows no sample format");
    source->facts.container = source->walked.container;
    source->facts.codec = avcodec_get_name(decoder->codec_id);
    source->facts.is_lossless = codec_is_lossless(decoder->codec_id);
    source->facts.sample_rate = decoder->sample_rate;
    source->facts.sample_format = decoder->sample_fmt;
    source->facts.bits = sample_bits(decoder);
    source->facts.bit_rate = source->format->bit_rate > 0 ? source->format->bit_rate : 0;
    source->facts.expected_samples = stated_samples(source);
    if (source->walked.container == AUDIO_M4A) {
        int64_t length = itunes_length(source);
        source->end = length > 0 ? length : source->facts.expected_samples;
        source->facts.expected_samples = source->end;
    }
    if (source->walked.has_md5)
        source->md5 = sample_md5_new(source->arena, decoder->sample_fmt, source->facts.bits);
    return NULL;
}

struct error *audio_source_open(struct arena *arena, int fd, const struct audio_facts *walked,
                                struct audio_source **ret_source)
{
    struct audio_source *source = ARENA_NEW(arena, struct audio_source);
    source->arena = arena;
    source->walked = *walked;
    arena_defer(arena, close_source, source);
    TRY(open_container(source, fd));
    TRY(choose_stream(source));
    TRY(open_decoder(source));
    TRY(fill_facts(source));
    *ret_source = source;
    return NULL;
}

const struct audio_source_facts *audio_source_facts(const struct audio_source *source)
{
    return &source->facts;
}

int64_t audio_source_samples(const struct audio_source *source)
{
    return source->samples;
}

static struct error *count_broken(struct audio_source *source, int code)
{
    source->broken_packets++;
    if (source->facts.is_lossless)
        return LIBAV_ERROR(source->arena, media_job_decode_error, code, "the content is damaged");
    return NULL;
}

/* The next packet of the stream into the decoder, or the word that there is none. */
static struct error *feed_decoder(struct audio_source *source)
{
    for (;;) {
        int code = av_read_frame(source->format, source->packet);
        if (code < 0) {
            if (source->io.has_failed)
                return ERROR_IN(source->arena, media_job_internal, "the input cannot be read");
            if (code != AVERROR_EOF)
                TRY(count_broken(source, code));
            source->is_draining = true;
            (void)avcodec_send_packet(source->decoder, NULL);
            return NULL;
        }
        bool is_ours = source->packet->stream_index == source->stream->index;
        if (is_ours) {
            source->packets++;
            code = avcodec_send_packet(source->decoder, source->packet);
        }
        av_packet_unref(source->packet);
        if (is_ours)
            return code < 0 ? count_broken(source, code) : NULL;
    }
}

static struct error *check_frame(struct audio_source *source, const AVFrame *frame)
{
    if (frame->sample_rate != source->facts.sample_rate ||
        frame->format != (int)source->facts.sample_format ||
        frame->ch_layout.nb_channels != source->facts.layout.nb_channels)
        return ERROR_IN(source->arena, media_job_unsupported, "the sound changes its form within the file");
    if (frame->decode_error_flags != 0)
        TRY(count_broken(source, AVERROR_INVALIDDATA));
    return NULL;
}

/* The last frame of an MP4 file is padded to its full size; the movie says how much of it counts (by its edit
 * list, rounded to the movie's time scale, often a millisecond). Durations of packets would not do: they
 * follow the clock of whatever fed the encoder. */
static void trim_padding(const struct audio_source *source, AVFrame *frame)
{
    int64_t excess = source->samples + frame->nb_samples - source->end;
    if (source->end > 0 && excess > 0 && excess <= PADDING_MAX)
        frame->nb_samples = excess < frame->nb_samples ? frame->nb_samples - (int)excess : 0;
}

/* Everything has been decoded: is it what the file said? */
static struct error *check_whole(struct audio_source *source)
{
    int64_t stated = source->facts.expected_samples;
    int64_t slack = source->walked.is_exact ? 0 : DURATION_SLACK;
    if (source->samples == 0)
        return ERROR_IN(source->arena, media_job_empty, "the file has no sample that can be heard");
    if (source->broken_packets > BROKEN_FREE &&
        source->broken_packets * 100 > source->packets * BROKEN_PERCENT)
        return ERROR_IN(source->arena, media_job_decode_error, "%lld of %lld packets are damaged",
                        (long long)source->broken_packets, (long long)source->packets);
    /* What a tag-less MP3 states is its frames, of which the first and last carry delay and padding. */
    bool is_estimate = source->walked.container == AUDIO_ADTS;
    if (!is_estimate && source->samples + slack < stated)
        return ERROR_IN(source->arena, media_job_truncated, "%lld samples of %lld",
                        (long long)source->samples, (long long)stated);
    if (source->walked.is_exact && source->samples != stated)
        return ERROR_IN(source->arena, media_job_bad_header, "more samples than the header states");
    if (source->md5 != NULL && !sample_md5_is(source->md5, source->walked.md5))
        return ERROR_IN(source->arena, media_job_checksum,
                        "the samples do not have the MD5 that the file states");
    return NULL;
}

struct error *audio_source_next(struct audio_source *source, AVFrame *frame)
{
    for (;;) {
        av_frame_unref(frame);
        int code = avcodec_receive_frame(source->decoder, frame);
        if (code == 0 && frame->nb_samples == 0)
            continue;
        if (code == 0)
            break;
        if (code == AVERROR_EOF)
            return check_whole(source);
        if (code != AVERROR(EAGAIN))
            TRY(count_broken(source, code));
        if (source->is_draining && code != AVERROR(EAGAIN))
            return check_whole(source);
        TRY(feed_decoder(source));
    }
    TRY(check_frame(source, frame));
    if (source->walked.container == AUDIO_M4A)
        trim_padding(source, frame);
    if (source->md5 != NULL)
        sample_md5_add(source->md5, frame);
    source->samples += frame->nb_samples;
    return NULL;
}

const char *audio_source_tag(const struct audio_source *source, const char *name)
{
    const AVDictionaryEntry *entry = av_dict_get(source->format->metadata, name, NULL, 0);
    if (entry == NULL) /* Ogg keeps its tags with the stream */
        entry = av_dict_get(source->stream->metadata, name, NULL, 0);
    return entry != NULL && entry->value[0] != '\0' ? entry->value : NULL;
}

struct str audio_source_cover(const struct audio_source *source)
{
    for (unsigned i = 0; i < source->format->nb_streams; i++) {
        const AVStream *stream = source->format->streams[i];
        if ((stream->disposition & AV_DISPOSITION_ATTACHED_PIC) != 0 && stream->attached_pic.size > 0)
            return str_from((const char *)stream->attached_pic.data, (size_t)stream->attached_pic.size);
    }
    return STR_NONE;
}
