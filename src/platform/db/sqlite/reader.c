/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Reader threads: heavy statements, snapshots over several statements, and reads of threads without a loop. */
#include "base/mem/alloc.h"

#include "platform/db/sqlite/threads.h"

static struct error *run_snapshot(struct sqlite_connection *connection, struct sqlite_job *job)
{
    TRY(sqlite_connection_step(connection, job->cx, STEP_BEGIN));
    struct error *error = tx_body_run(job->body, connection);
    error_ignore(sqlite_connection_step(connection, job->cx, STEP_ROLLBACK)); /* nothing was written */
    return error;
}

static void *reader_main(void *arg)
{
    struct sqlite_reader *reader = arg;
    struct sqlite_connection *connection = &reader->connection;
    for (;;) {
        struct sqlite_job *job = job_queue_take(&reader->readers->queue);
        if (job == NULL)
            return NULL;
        measure_wait(job->cx, WAIT_READER, job->queued_us);
        int64_t limit_us = measure_now_us() + connection->db->settings->statement_timeout_us;
        connection->deadline_us = job->cx->deadline_us < limit_us ? job->cx->deadline_us : limit_us;
        job->error = job->kind == JOB_STATEMENT ? sqlite_connection_run(connection, job->request)
                                                : run_snapshot(connection, job);
        job_finish(job);
    }
}

struct error *sqlite_readers_start(struct arena *arena, const struct db *db, struct sqlite_readers *readers)
{
    job_queue_init(&readers->queue);
    size_t wanted = (size_t)db->settings->sqlite_readers;
    readers->readers = mem_alloc_array(wanted, sizeof(*readers->readers));
    while (readers->count < wanted) {
        struct sqlite_reader *reader = &readers->readers[readers->count];
        reader->readers = readers;
        TRY(sqlite_connection_open(arena, db, CONNECTION_READS, &reader->connection));
        sqlite_thread_start(&reader->thread, "db reader", reader_main, reader);
        readers->count++;
    }
    return NULL;
}

void sqlite_readers_stop(struct sqlite_readers *readers)
{
    if (readers->readers == NULL)
        return;
    job_queue_close(&readers->queue);
    for (size_t i = 0; i < readers->count; i++) {
        pthread_join(readers->readers[i].thread, NULL);
        sqlite_connection_close(&readers->readers[i].connection);
    }
    job_queue_fini(&readers->queue);
    mem_free(readers->readers);
}
