/* SPDX-License-Identifier: AGPL-3.0-or-later
 * An HLS rendition as one fMP4 file: the init segment, then media segments of about six seconds, each of
 * one fragment; the index says where each begins. The edit list tells players the encoder's delay. */
#include <unistd.h>

#include "base/data/vec.h"

#include "media/audio/encoder.h"
#include "media/audio/media_error.h"
#include "media/audio/muxer.h"
#include "media/audio/rendition.h"

#define SEGMENT_SECONDS  6
#define STREAMINFO_BYTES 34

struct hls {
    struct encoder encoder;
    struct muxer muxer;
    struct media_job_rendition rendition;
    VEC(struct media_job_segment) segments;
    int64_t segment_at;      /* where the open segment begins in the file */
    int64_t segment_samples; /* in it so far */
    int64_t total_samples;   /* in all segments, priming included */
    int64_t next_boundary;   /* total_samples at which a new segment is due */
};

static struct error *push_segment(struct hls *hls, int64_t duration)
{
    if (hls->segments.count == MEDIA_JOB_SEGMENTS_MAX)
        return ERROR_IN(hls->muxer.arena, media_job_too_long, "over %d segments", MEDIA_JOB_SEGMENTS_MAX);
    int64_t end = muxer_position(&hls->muxer);
    *VEC_PUSH(hls->muxer.arena, &hls->segments) = (struct media_job_segment){
        .offset = hls->segment_at, .size = end - hls->segment_at, .duration = duration};
    hls->segment_at = end;
    return NULL;
}

/* Writes out the samples held back as one fragment. The muxer owes the init segment first. */
static struct error *close_segment(struct hls *hls)
{
    if (hls->segments.count == 0) {
        TRY(muxer_write(&hls->muxer, NULL));
        TRY(push_segment(hls, 0));
    }
    TRY(muxer_write(&hls->muxer, NULL));
    TRY(push_segment(hls, hls->segment_samples));
    hls->segment_samples = 0;
    return NULL;
}

/* FLAC's final header comes with the last packet, when the init segment is long written: put it there, so
 * that the rendition carries the checksum of its own sound. */
static struct error *patch_header(struct hls *hls, const uint8_t *header, size_t size)
{
    const AVCodecParameters *codec = hls->muxer.stream->codecpar;
    struct arena *arena = hls->muxer.arena;
    if (size != STREAMINFO_BYTES || codec->extradata_size != STREAMINFO_BYTES || hls->segments.count == 0)
        return NULL;
    size_t len = (size_t)hls->segments.items[0].size;
    unsigned char *init = arena_alloc_raw(arena, len);
    if (pread(hls->muxer.io.fd, init, len, 0) != (ssize_t)len)
        return ERROR_IN(arena, media_job_output_refused, "a result cannot be read back");
    const unsigned char *place = memmem(init, len, codec->extradata, STREAMINFO_BYTES);
    if (place == NULL)
        return ERROR_IN(arena, media_job_internal, "the init segment has no FLAC header");
    if (pwrite(hls->muxer.io.fd, header, size, place - init) != (ssize_t)size)
        return ERROR_IN(arena, media_job_output_refused, "a result cannot be written");
    return NULL;
}

static struct error *take_packet(void *arg, AVPacket *packet)
{
    struct hls *hls = arg;
    size_t header_size = 0;
    const uint8_t *header = av_packet_get_side_data(packet, AV_PKT_DATA_NEW_EXTRADATA, &header_size);
    if (packet->size == 0)
        return header != NULL ? patch_header(hls, header, header_size) : NULL;
    if (hls->total_samples >= hls->next_boundary) {
        TRY(close_segment(hls));
        hls->next_boundary += (int64_t)SEGMENT_SECONDS * hls->encoder.codec->sample_rate;
    }
    hls->segment_samples += packet->duration;
    hls->total_samples += packet->duration;
    return muxer_write(&hls->muxer, packet);
}

static struct error *consume(struct sink *sink, void *state, const AVFrame *frame)
{
    (void)sink;
    struct hls *hls = state;
    return encoder_consume(&hls->encoder, frame);
}

static int64_t bits_per_second(int64_t bytes, int64_t samples, int64_t sample_rate)
{
    return samples > 0 ? bytes * 8 * sample_rate / samples : 0;
}

/* The last segment may be a fraction of a second long: its rate says nothing about the connection. */
static int64_t peak_bit_rate(const struct hls *hls, int64_t sample_rate)
{
    int64_t peak = 0;
    for (size_t i = 1; i < hls->segments.count; i++) {
        const struct media_job_segment *segment = &hls->segments.items[i];
        int64_t rate = bits_per_second(segment->size, segment->duration, sample_rate);
        bool is_whole = segment->duration >= sample_rate || hls->segments.count == 2;
        if (is_whole && rate > peak)
            peak = rate;
    }
    return peak;
}

static struct error *finish(struct sink *sink, void *state)
{
    (void)sink;
    struct hls *hls = state;
    TRY(encoder_finish(&hls->encoder));
    if (hls->segment_samples > 0)
        TRY(close_segment(hls));
    struct media_job_rendition *rendition = &hls->rendition;
    rendition->samples = hls->encoder.samples;
    rendition->size_bytes = muxer_position(&hls->muxer);
    rendition->bit_rate = bits_per_second(rendition->size_bytes, hls->total_samples, rendition->sample_rate);
    rendition->peak_bit_rate = peak_bit_rate(hls, rendition->sample_rate);
    if (rendition->peak_bit_rate == 0)
        rendition->peak_bit_rate = rendition->bit_rate;
    rendition->segments = (struct array){.items = hls->segments.items, .count = hls->segments.count};
    return NULL;
}

static const struct sink_ops hls_ops = {.name = "hls", .consume = consume, .finish = finish};

static struct encoder_params choose_codec(const struct rendition_params *params)
{
    const struct audio_source_facts *source = params->source;
    if (params->output->format == MEDIA_FORMAT_HLS_FLAC) {
        return (struct encoder_params){
            .codec = "flac",
            .sample_rate = source->sample_rate,
            .channels = source->layout.nb_channels,
            .bits = source->bits > 16 ? 24 : 16,
            .needs_global_header = true,
        };
    }
    return (struct encoder_params){
        .codec = "aac",
        .sample_rate = delivery_rate(source->sample_rate),
        .channels = delivery_channels(source->layout.nb_channels),
        .bit_rate = params->output->bit_rate,
        .needs_global_header = true,
    };
}

static struct error *begin(struct hls *hls, const struct rendition_params *params)
{
    AVDictionary *options = NULL;
    struct arena *arena = hls->muxer.arena;
    TRY(muxer_init(&hls->muxer, arena, "mp4", hls->encoder.codec, params->fd));
    av_dict_set(&options, "movflags", "frag_custom+empty_moov+delay_moov+default_base_moof+skip_trailer", 0);
    av_dict_set(&options, "use_editlist", "1", 0);
    return muxer_begin(&hls->muxer, &options);
}

struct error *hls_sink_new(struct arena *arena, const struct rendition_params *params, struct sink **ret_sink)
{
    struct sink *sink =
        sink_new(arena, &hls_ops, rendition_feed((enum media_job_format)params->output->format));
    struct hls *hls = ARENA_NEW(sink->arena, struct hls);
    struct encoder_params codec = choose_codec(params);
    sink->state = hls;
    hls->muxer.arena = sink->arena;
    TRY(encoder_init(&hls->encoder, sink->arena, &codec, take_packet, hls));
    TRY(begin(hls, params));
    hls->next_boundary = (int64_t)SEGMENT_SECONDS * codec.sample_rate + hls->encoder.codec->initial_padding;
    hls->rendition = (struct media_job_rendition){
        .name = params->output->name,
        .format = params->output->format,
        .codec = codec.bits != 0 ? STR("fLaC") : STR("mp4a.40.2"),
        .sample_rate = codec.sample_rate,
        .channels = codec.channels,
        .bits = codec.bits,
        .priming_samples = hls->encoder.codec->initial_padding,
    };
    *ret_sink = sink;
    return NULL;
}

const struct media_job_rendition *hls_sink_rendition(const struct sink *sink)
{
    return &((const struct hls *)sink->state)->rendition;
}
