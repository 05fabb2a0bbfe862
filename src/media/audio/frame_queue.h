/* SPDX-License-Identifier: AGPL-3.0-or-later
 * A bounded queue of frames between the decoder and one sink's thread. The bound is in samples' bytes,
 * so that memory stays small whatever the number of channels. */
#ifndef MEDIA_AUDIO_FRAME_QUEUE_H
#define MEDIA_AUDIO_FRAME_QUEUE_H

#include <libavutil/frame.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

#define FRAME_QUEUE_SLOTS 64
#define FRAME_QUEUE_BYTES (2 * 1024 * 1024)

struct frame_queue {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    AVFrame *slots[FRAME_QUEUE_SLOTS];
    size_t first;
    size_t count;
    size_t bytes;
    bool is_ended;   /* nothing more will be pushed */
    bool is_dropped; /* nobody pops any more; pushes fall through */
};

void frame_queue_init(struct frame_queue *queue);
void frame_queue_fini(struct frame_queue *queue);

/* Adds a reference to the frame's samples; waits while the queue is full. */
void frame_queue_push(struct frame_queue *queue, const AVFrame *frame);
void frame_queue_end(struct frame_queue *queue);

/* The next frame, to be freed by the caller; NULL at the end. Waits. */
AVFrame *frame_queue_pop(struct frame_queue *queue);
void frame_queue_drop(struct frame_queue *queue);

#endif
