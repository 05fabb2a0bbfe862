/* SPDX-License-Identifier: AGPL-3.0-or-later
 * The muxer; a failed write is the storage's fault and said so. */
#include "media/audio/muxer.h"

#include "media/audio/media_error.h"

static void close_muxer(void *arg)
{
    struct muxer *muxer = arg;
    avformat_free_context(muxer->format);
    byte_io_fini(&muxer->io);
}

static struct error *write_error(const struct muxer *muxer, int code)
{
    if (muxer->io.has_failed)
        return ERROR_IN(muxer->arena, media_job_output_refused, "a result cannot be written");
    return LIBAV_ERROR(muxer->arena, media_job_internal, code, "muxing");
}

struct error *muxer_init(struct muxer *muxer, struct arena *arena, const char *name,
                         const AVCodecContext *codec, int fd)
{
    *muxer = (struct muxer){.arena = arena};
    arena_defer(arena, close_muxer, muxer);
    byte_io_init_write(&muxer->io, fd);
    TRY_LIBAV(arena, avformat_alloc_output_context2(&muxer->format, NULL, name, NULL));
    muxer->stream = avformat_new_stream(muxer->format, NULL);
    if (muxer->stream == NULL || muxer->io.avio == NULL)
        return ERROR_IN(arena, media_job_internal, "no memory for the muxer");
    muxer->format->pb = muxer->io.avio;
    muxer->format->flags |= AVFMT_FLAG_CUSTOM_IO | AVFMT_FLAG_BITEXACT;
    /* FLAC in MP4 is a standard by now, but FFmpeg 5.1 calls it experimental. */
    muxer->format->strict_std_compliance = FF_COMPLIANCE_EXPERIMENTAL;
    muxer->stream->time_base = codec->time_base;
    TRY_LIBAV(arena, avcodec_parameters_from_context(muxer->stream->codecpar, codec));
    return NULL;
}

struct error *muxer_begin(struct muxer *muxer, AVDictionary **options)
{
    int code = avformat_write_header(muxer->format, options);
    av_dict_free(options);
    return code < 0 ? write_error(muxer, code) : NULL;
}

struct error *muxer_write(struct muxer *muxer, AVPacket *packet)
{
    if (packet != NULL) {
        AVRational samples = {1, muxer->stream->codecpar->sample_rate};
        av_packet_rescale_ts(packet, samples, muxer->stream->time_base);
        packet->stream_index = 0;
    }
    int code = av_write_frame(muxer->format, packet);
    if (code >= 0 && packet == NULL)
        avio_flush(muxer->io.avio);
    return code < 0 || muxer->io.has_failed ? write_error(muxer, code) : NULL;
}

struct error *muxer_finish(struct muxer *muxer)
{
    int code = av_write_trailer(muxer->format);
    avio_flush(muxer->io.avio);
    return code < 0 || muxer->io.has_failed ? write_error(muxer, code) : NULL;
}

int64_t muxer_position(struct muxer *muxer)
{
    avio_flush(muxer->io.avio);
    return muxer->io.size;
}
