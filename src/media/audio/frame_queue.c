/* SPDX-License-Identifier: AGPL-3.0-or-later
 * One lock, one condition: there is one producer and one consumer. */
#include "media/audio/frame_queue.h"

#include "base/require/require.h"

void frame_queue_init(struct frame_queue *queue)
{
    *queue = (struct frame_queue){0};
    REQUIRE(pthread_mutex_init(&queue->lock, NULL) == 0);
    REQUIRE(pthread_cond_init(&queue->changed, NULL) == 0);
}

static size_t frame_bytes(const AVFrame *frame)
{
    int bytes = av_samples_get_buffer_size(NULL, frame->ch_layout.nb_channels, frame->nb_samples,
                                           (enum AVSampleFormat)frame->format, 1);
    return bytes > 0 ? (size_t)bytes : 0;
}

static AVFrame *take_first(struct frame_queue *queue)
{
    AVFrame *frame = queue->slots[queue->first];
    queue->slots[queue->first] = NULL;
    queue->first = (queue->first + 1) % FRAME_QUEUE_SLOTS;
    queue->count--;
    queue->bytes -= frame_bytes(frame);
    return frame;
}

static void empty(struct frame_queue *queue)
{
    while (queue->count > 0) {
        AVFrame *frame = take_first(queue);
        av_frame_free(&frame);
    }
}

void frame_queue_fini(struct frame_queue *queue)
{
    empty(queue);
    pthread_cond_destroy(&queue->changed);
    pthread_mutex_destroy(&queue->lock);
}

static bool is_full(const struct frame_queue *queue)
{
    return queue->count == FRAME_QUEUE_SLOTS || (queue->count > 0 && queue->bytes > FRAME_QUEUE_BYTES);
}

void frame_queue_push(struct frame_queue *queue, const AVFrame *frame)
{
    AVFrame *copy = av_frame_clone(frame);
    REQUIRE(copy != NULL);
    pthread_mutex_lock(&queue->lock);
    while (is_full(queue) && !queue->is_dropped)
        pthread_cond_wait(&queue->changed, &queue->lock);
    if (!queue->is_dropped) {
        queue->slots[(queue->first + queue->count) % FRAME_QUEUE_SLOTS] = copy;
        queue->count++;
        queue->bytes += frame_bytes(copy);
        copy = NULL;
        pthread_cond_signal(&queue->changed);
    }
    pthread_mutex_unlock(&queue->lock);
    av_frame_free(&copy);
}

void frame_queue_end(struct frame_queue *queue)
{
    pthread_mutex_lock(&queue->lock);
    queue->is_ended = true;
    pthread_cond_signal(&queue->changed);
    pthread_mutex_unlock(&queue->lock);
}

AVFrame *frame_queue_pop(struct frame_queue *queue)
{
    pthread_mutex_lock(&queue->lock);
    while (queue->count == 0 && !queue->is_ended)
        pthread_cond_wait(&queue->changed, &queue->lock);
    AVFrame *frame = queue->count > 0 ? take_first(queue) : NULL;
    pthread_cond_signal(&queue->changed);
    pthread_mutex_unlock(&queue->lock);
    return frame;
}

void frame_queue_drop(struct frame_queue *queue)
{
    pthread_mutex_lock(&queue->lock);
    queue->is_dropped = true;
    empty(queue);
    pthread_cond_signal(&queue->changed);
    pthread_mutex_unlock(&queue->lock);
}
