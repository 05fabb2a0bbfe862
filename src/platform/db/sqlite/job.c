/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Queues of jobs between loops and the engine's threads. */
#include "platform/db/sqlite/job.h"

#include <signal.h>

#include "platform/db/measure.h"

/* A stream of vital work alone shall not stop the rest for ever. */
enum { VITAL_IN_ROW = 7 };

static _Thread_local bool is_engine_thread;

void job_queue_init(struct job_queue *queue)
{
    *queue = (struct job_queue){0};
    REQUIRE(pthread_mutex_init(&queue->lock, NULL) == 0);
    REQUIRE(pthread_cond_init(&queue->filled, NULL) == 0);
}

static bool is_empty(const struct job_queue *queue)
{
    return queue->vital.first == NULL && queue->others.first == NULL;
}

void job_queue_fini(struct job_queue *queue)
{
    REQUIRE(is_empty(queue));
    pthread_cond_destroy(&queue->filled);
    pthread_mutex_destroy(&queue->lock);
}

void job_queue_close(struct job_queue *queue)
{
    pthread_mutex_lock(&queue->lock);
    queue->is_closed = true;
    pthread_cond_broadcast(&queue->filled);
    pthread_mutex_unlock(&queue->lock);
}

static void line_append(struct job_line *line, struct sqlite_job *job)
{
    if (line->first == NULL)
        line->first = job;
    else
        line->last->next = job;
    line->last = job;
}

struct error *job_queue_call(struct job_queue *queue, struct sqlite_job *job)
{
    bool was_called_without_its_tx = is_engine_thread;
    REQUIRE(!was_called_without_its_tx);
    job->next = NULL;
    job->queued_us = measure_now_us();
    waiter_init(&job->waiter);
    pthread_mutex_lock(&queue->lock);
    REQUIRE(!queue->is_closed);
    bool was_empty = is_empty(queue);
    line_append(job->cx->is_vital ? &queue->vital : &queue->others, job);
    if (was_empty)
        pthread_cond_signal(&queue->filled);
    pthread_mutex_unlock(&queue->lock);
    waiter_wait(&job->waiter);
    return job->error;
}

/* The lock is held. */
static struct sqlite_job *cut_first(struct job_queue *queue)
{
    bool is_turn_of_others = queue->vital.first == NULL || queue->vital_in_row >= VITAL_IN_ROW;
    struct job_line *line = is_turn_of_others && queue->others.first != NULL ? &queue->others : &queue->vital;
    struct sqlite_job *job = line->first;
    if (job == NULL)
        return NULL;
    queue->vital_in_row = line == &queue->vital ? queue->vital_in_row + 1 : 0;
    line->first = job->next;
    job->next = NULL;
    if (!is_empty(queue))
        pthread_cond_signal(&queue->filled); /* for another thread that waits on the same queue */
    return job;
}

struct sqlite_job *job_queue_take(struct job_queue *queue)
{
    is_engine_thread = true;
    pthread_mutex_lock(&queue->lock);
    while (is_empty(queue) && !queue->is_closed)
        pthread_cond_wait(&queue->filled, &queue->lock);
    struct sqlite_job *job = cut_first(queue);
    pthread_mutex_unlock(&queue->lock);
    return job;
}

struct sqlite_job *job_queue_try_take(struct job_queue *queue)
{
    pthread_mutex_lock(&queue->lock);
    struct sqlite_job *job = cut_first(queue);
    pthread_mutex_unlock(&queue->lock);
    return job;
}

int64_t job_queue_wait_us(struct job_queue *queue)
{
    pthread_mutex_lock(&queue->lock);
    int64_t since_us = queue->others.first != NULL ? queue->others.first->queued_us : 0;
    pthread_mutex_unlock(&queue->lock);
    return since_us != 0 ? measure_now_us() - since_us : 0;
}

void job_finish(struct sqlite_job *job)
{
    waiter_wake(&job->waiter);
}

void job_rewind(struct sqlite_job *job)
{
    job->error = NULL;
    if (job->kind == JOB_STATEMENT) {
        job->request->rows = (struct rows){.row = job->request->rows.row};
        job->request->changed = 0;
    }
}

void sqlite_thread_start(pthread_t *ret_thread, const char *name, void *(*main)(void *arg), void *arg)
{
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    REQUIRE(pthread_sigmask(SIG_SETMASK, &all, &before) == 0);
    REQUIRE(pthread_create(ret_thread, NULL, main, arg) == 0);
    REQUIRE(pthread_sigmask(SIG_SETMASK, &before, NULL) == 0);
    (void)pthread_setname_np(*ret_thread, name);
}
