/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Work for the threads of the SQLite engine, and the queues it waits in. */
#ifndef PLATFORM_DB_SQLITE_JOB_H
#define PLATFORM_DB_SQLITE_JOB_H

#include <pthread.h>

#include "platform/db/driver.h"
#include "platform/db/waiter.h"

enum job_kind { JOB_STATEMENT, JOB_TRANSACTION, JOB_MIGRATION };

/* Lives on the stack of the caller, who waits for it. */
struct sqlite_job {
    struct sqlite_job *next;
    enum job_kind kind;
    struct ctx *cx;
    struct db_request *request; /* JOB_STATEMENT */
    struct tx_body *body;       /* the others */
    struct error *error;        /* the outcome, in cx->arena */
    int64_t queued_us;
    struct waiter waiter;
};

struct job_line {
    struct sqlite_job *first;
    struct sqlite_job *last;
};

/* First in, first out; any thread. What is vital (ctx.h) has a line of its own that goes first, but for one in eight. */
struct job_queue {
    pthread_mutex_t lock;
    pthread_cond_t filled;
    struct job_line vital, others;
    unsigned vital_in_row; /* taken since the last of the others */
    bool is_closed;
};

void job_queue_init(struct job_queue *queue);
void job_queue_fini(struct job_queue *queue);
/* Those who wait for jobs get NULL once the queue is empty. */
void job_queue_close(struct job_queue *queue);

/* Queues the job and waits until somebody called job_finish. Returns its error. */
MUST_USE struct error *job_queue_call(struct job_queue *queue, struct sqlite_job *job);
/* Waits for a job; NULL when closed and empty. */
struct sqlite_job *job_queue_take(struct job_queue *queue);
/* NULL when there is none right now. */
struct sqlite_job *job_queue_try_take(struct job_queue *queue);
/* How long the first of those that are not vital has waited; 0: none waits. */
int64_t job_queue_wait_us(struct job_queue *queue);
/* Wakes who waits for it; the job may be gone afterwards. */
void job_finish(struct sqlite_job *job);

/* Forgets what an earlier run of it stored. */
void job_rewind(struct sqlite_job *job);

/* Starts a thread that gets no signals. It may not queue jobs: it would wait for itself. */
void sqlite_thread_start(pthread_t *ret_thread, const char *name, void *(*main)(void *arg), void *arg);

#endif
