/* SPDX-License-Identifier: AGPL-3.0-or-later
 * The threads of the SQLite engine: the one writer with its checkpointer, and the readers for what is too long for a loop. */
#ifndef PLATFORM_DB_SQLITE_THREADS_H
#define PLATFORM_DB_SQLITE_THREADS_H

#include <stdatomic.h>

#include "platform/db/sqlite/checkpointer.h"
#include "platform/db/sqlite/job.h"

/* Takes transactions from its queue in groups that share one commit, hence one fsync. Each has a savepoint of its own, so one
 * that fails takes nobody along; whoever waits is woken after the commit. */
struct sqlite_writer {
    struct job_queue queue;
    struct sqlite_connection connection;
    pthread_t thread;
    struct sqlite_checkpointer checkpointer;
    int wal_pages;   /* in the log */
    int asked_pages; /* of them when a checkpoint was last asked for */
    /* Commits so far; bumped before anybody is woken. A snapshot begun at another count is stale. */
    atomic_ulong commits;
};

MUST_USE struct error *sqlite_writer_start(struct arena *arena, const struct db *db,
                                           struct sqlite_writer *writer);
void sqlite_writer_stop(struct sqlite_writer *writer);

struct sqlite_reader {
    struct sqlite_readers *readers;
    struct sqlite_connection connection;
    pthread_t thread;
};

struct sqlite_readers {
    struct job_queue queue;
    struct sqlite_reader *readers;
    size_t count;
};

MUST_USE struct error *sqlite_readers_start(struct arena *arena, const struct db *db,
                                            struct sqlite_readers *readers);
void sqlite_readers_stop(struct sqlite_readers *readers);

#endif
