/* SPDX-License-Identifier: AGPL-3.0-or-later
 * The thread of a sink. */
#include "media/audio/sink.h"

#include "media/protocol.h"

/* Encoders need little; the default of 8 MiB would eat the address space. */
#define STACK_BYTES (2 * 1024 * 1024)

static void free_sink(void *arg)
{
    struct sink *sink = arg;
    if (sink->is_running) {
        frame_queue_drop(&sink->queue);
        sink_join(sink);
    }
    arena_free(sink->arena);
    frame_queue_fini(&sink->queue);
}

struct sink *sink_new(struct arena *arena, const struct sink_ops *ops, enum sink_feed feed)
{
    struct sink *sink = ARENA_NEW(arena, struct sink);
    sink->ops = ops;
    sink->feed = feed;
    sink->arena = arena_new(0);
    frame_queue_init(&sink->queue);
    arena_defer(arena, free_sink, sink);
    return sink;
}

static struct error *run(struct sink *sink)
{
    for (;;) {
        AVFrame *frame = frame_queue_pop(&sink->queue);
        if (frame == NULL)
            return sink->ops->finish(sink, sink->state);
        struct error *error = sink->ops->consume(sink, sink->state, frame);
        av_frame_free(&frame);
        TRY(error);
    }
}

static void *thread_body(void *arg)
{
    struct sink *sink = arg;
    sink->error = run(sink);
    frame_queue_drop(&sink->queue);
    return NULL;
}

struct error *sink_start(struct arena *arena, struct sink *sink)
{
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, STACK_BYTES);
    int problem = pthread_create(&sink->thread, &attributes, thread_body, sink);
    pthread_attr_destroy(&attributes);
    if (problem != 0)
        return ERROR_IN(arena, media_job_internal, "no thread for %s", sink->ops->name);
    sink->is_running = true;
    return NULL;
}

bool sink_has_failed(struct sink *sink)
{
    pthread_mutex_lock(&sink->queue.lock);
    bool is_dropped = sink->queue.is_dropped;
    pthread_mutex_unlock(&sink->queue.lock);
    return is_dropped;
}

void sink_join(struct sink *sink)
{
    if (!sink->is_running)
        return;
    frame_queue_end(&sink->queue);
    pthread_join(sink->thread, NULL);
    sink->is_running = false;
}
