/* SPDX-License-Identifier: AGPL-3.0-or-later
 * One encoded stream into one file by one of FFmpeg's muxers. */
#ifndef MEDIA_AUDIO_MUXER_H
#define MEDIA_AUDIO_MUXER_H

#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>

#include "base/error/error.h"

#include "media/audio/byte_io.h"

struct muxer {
    struct arena *arena;
    AVFormatContext *format;
    AVStream *stream;
    struct byte_io io;
};

/* Freed with the arena. The header is written by muxer_begin, after the caller has set options. */
MUST_USE struct error *muxer_init(struct muxer *muxer, struct arena *arena, const char *name,
                                  const AVCodecContext *codec, int fd);
/* options is consumed. */
MUST_USE struct error *muxer_begin(struct muxer *muxer, AVDictionary **options);
/* packet NULL flushes what the muxer holds back. Timestamps are in samples. */
MUST_USE struct error *muxer_write(struct muxer *muxer, AVPacket *packet);
MUST_USE struct error *muxer_finish(struct muxer *muxer);
/* Bytes written so far. */
int64_t muxer_position(struct muxer *muxer);

#endif
