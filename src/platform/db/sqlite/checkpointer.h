/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Moves SQLite's log into the database, on a thread of its own: it waits for the disk twice, and the writer, for whose commits
 * people wait, need not. */
#ifndef PLATFORM_DB_SQLITE_CHECKPOINTER_H
#define PLATFORM_DB_SQLITE_CHECKPOINTER_H

#include <pthread.h>

#include "platform/db/sqlite/connection.h"

struct sqlite_checkpointer {
    struct sqlite_connection connection;
    pthread_t thread;
    pthread_mutex_t lock; /* of what follows */
    pthread_cond_t asked;
    bool is_asked;
    bool is_closing;
};

MUST_USE struct error *sqlite_checkpointer_start(struct arena *arena, const struct db *db,
                                                 struct sqlite_checkpointer *checkpointer);
/* Harmless on a zeroed one. */
void sqlite_checkpointer_stop(struct sqlite_checkpointer *checkpointer);
/* From any thread; what is asked for while one runs is done after it. */
void sqlite_checkpointer_ask(struct sqlite_checkpointer *checkpointer);

/* On the calling thread. Whether the whole log was moved, so that the next write begins it anew. */
bool sqlite_checkpoint(struct sqlite_connection *connection);

#endif
