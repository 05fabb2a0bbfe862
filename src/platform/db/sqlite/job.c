/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Queues of jobs between loops and the engine's threads. */
#include "platform/db/sqlite/job.h"

#include <signal.h>

static _Thread_local bool is_engine_thread;

void job_queue_init(struct job_queue *queue)
{
    *queue = (struct job_queue){0};
    REQUIRE(pthread_mutex_init(&queue->lock, NULL) == 0);
    REQUIRE(pthread_cond_init(&queue->filled, NULL) == 0);
}

void job_queue_fini(struct job_queue *queue)
{
    REQUIRE(queue->first == NULL);
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

struct error *job_queue_call(struct job_queue *queue, struct sqlite_job *job)
{
    bool was_called_without_its_tx = is_engine_thread;
    REQUIRE(!was_called_without_its_tx);
    job->next = NULL;
    waiter_init(&job->waiter);
    pthread_mutex_lock(&queue->lock);
    REQUIRE(!queue->is_closed);
    bool was_empty = queue->first == NULL;
    if (was_empty)
        queue->first = job;
    else
        queue->last->next = job;
    queue->last = job;
    if (was_empty)
        pthread_cond_signal(&queue->filled);
    pthread_mutex_unlock(&queue->lock);
    waiter_wait(&job->waiter);
    return job->error;
}

/* The lock is held. */
static struct sqlite_job *cut_first(struct job_queue *queue)
{
    struct sqlite_job *job = queue->first;
    if (job == NULL)
        return NULL;
    queue->first = job->next;
    job->next = NULL;
    if (queue->first != NULL)
        pthread_cond_signal(&queue->filled); /* for another thread that waits on the same queue */
    return job;
}

struct sqlite_job *job_queue_take(struct job_queue *queue)
{
    is_engine_thread = true;
    pthread_mutex_lock(&queue->lock);
    while (queue->first == NULL && !queue->is_closed)
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
