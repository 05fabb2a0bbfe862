/* SPDX-License-Identifier: AGPL-3.0-or-later
 * One encoder: takes frames of any length, converts them to what the codec wants, and hands packets on
 * with timestamps in samples from 0 (less the encoder's delay). */
#ifndef MEDIA_AUDIO_ENCODER_H
#define MEDIA_AUDIO_ENCODER_H

#include <libavcodec/avcodec.h>
#include <libavutil/audio_fifo.h>
#include <libswresample/swresample.h>

#include "base/error/error.h"

struct encoder_params {
    const char *codec; /* FFmpeg's name of the encoder */
    int sample_rate;
    int channels;
    int64_t bit_rate; /* 0: lossless */
    int bits;         /* of a lossless codec: 16 or 24 */
    bool needs_global_header;
};

/* A packet without data brings the codec's final header as side data. */
typedef struct error *(*packet_fn)(void *arg, AVPacket *packet);

struct encoder {
    struct arena *arena;
    AVCodecContext *codec;
    SwrContext *converter; /* NULL until the first frame of another form */
    AVAudioFifo *fifo;
    AVFrame *input; /* of frame_size samples */
    AVPacket *packet;
    int64_t samples; /* taken in */
    int64_t encoded; /* handed to the codec */
    packet_fn on_packet;
    void *on_packet_arg;
};

/* Freed with the arena. Errors: media.internal. */
MUST_USE struct error *encoder_init(struct encoder *encoder, struct arena *arena,
                                    const struct encoder_params *params, packet_fn on_packet, void *arg);
MUST_USE struct error *encoder_consume(struct encoder *encoder, const AVFrame *frame);
MUST_USE struct error *encoder_finish(struct encoder *encoder);

#endif
