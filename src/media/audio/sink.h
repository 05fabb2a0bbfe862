/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Whatever takes the decoded sound: an encoder or an analysis. Each runs in a thread of its own behind a
 * bounded queue, so that the slowest sets the pace and memory stays bounded. */
#ifndef MEDIA_AUDIO_SINK_H
#define MEDIA_AUDIO_SINK_H

#include <libavutil/frame.h>

#include "base/error/error.h"

#include "media/audio/frame_queue.h"

/* Which form of the sound a sink wants. */
enum sink_feed {
    FEED_NATIVE,  /* as the master has it: rate, channels, sample format */
    FEED_DELIVERY /* as lossy renditions have it: 44.1 or 48 kHz, at most two channels, planar float */
};

struct sink;

struct sink_ops {
    const char *name;
    /* In the sink's thread: the samples in order, then the end. */
    struct error *(*consume)(struct sink *sink, void *state, const AVFrame *frame);
    struct error *(*finish)(struct sink *sink, void *state);
};

struct sink {
    const struct sink_ops *ops;
    void *state;
    enum sink_feed feed;
    struct arena *arena; /* the thread's own; holds state and error */
    struct error *error; /* valid after sink_join */
    struct frame_queue queue;
    pthread_t thread;
    bool is_running;
};

/* A sink with an arena and no state yet; the arena that is given frees it after joining it. */
struct sink *sink_new(struct arena *arena, const struct sink_ops *ops, enum sink_feed feed);
/* Starts the thread. Errors: media.internal. */
MUST_USE struct error *sink_start(struct arena *arena, struct sink *sink);
/* Has the thread given up? The reason is its error, after joining. */
bool sink_has_failed(struct sink *sink);
/* Ends the queue and waits for the thread. */
void sink_join(struct sink *sink);

#endif
