/* SPDX-License-Identifier: AGPL-3.0-or-later
 * The thread that checkpoints. */
#include "platform/db/sqlite/checkpointer.h"

#include "platform/db/sqlite/job.h"

/* Readers hold snapshots for a tick only, so a passive checkpoint soon gets through. A failure shows in the next commit. */
bool sqlite_checkpoint(struct sqlite_connection *connection)
{
    int pages = 0;
    int moved = 0;
    int64_t started_us = measure_now_us();
    int result =
        sqlite3_wal_checkpoint_v2(connection->handle, NULL, SQLITE_CHECKPOINT_PASSIVE, &pages, &moved);
    measure_since(connection->db->platform, METRIC_DB_CHECKPOINT, started_us);
    return result == SQLITE_OK && moved == pages;
}

/* False when there will be nothing to do any more. */
static bool wait_to_be_asked(struct sqlite_checkpointer *checkpointer)
{
    pthread_mutex_lock(&checkpointer->lock);
    while (!checkpointer->is_asked && !checkpointer->is_closing)
        pthread_cond_wait(&checkpointer->asked, &checkpointer->lock);
    bool goes_on = !checkpointer->is_closing;
    checkpointer->is_asked = false;
    pthread_mutex_unlock(&checkpointer->lock);
    return goes_on;
}

static void *checkpointer_main(void *arg)
{
    struct sqlite_checkpointer *checkpointer = arg;
    while (wait_to_be_asked(checkpointer))
        (void)sqlite_checkpoint(&checkpointer->connection);
    return NULL;
}

struct error *sqlite_checkpointer_start(struct arena *arena, const struct db *db,
                                        struct sqlite_checkpointer *checkpointer)
{
    TRY(sqlite_connection_open(arena, db, CONNECTION_READS, &checkpointer->connection));
    REQUIRE(pthread_mutex_init(&checkpointer->lock, NULL) == 0);
    REQUIRE(pthread_cond_init(&checkpointer->asked, NULL) == 0);
    sqlite_thread_start(&checkpointer->thread, "db checkpoint", checkpointer_main, checkpointer);
    return NULL;
}

void sqlite_checkpointer_stop(struct sqlite_checkpointer *checkpointer)
{
    if (checkpointer->connection.db == NULL)
        return;
    pthread_mutex_lock(&checkpointer->lock);
    checkpointer->is_closing = true;
    pthread_cond_signal(&checkpointer->asked);
    pthread_mutex_unlock(&checkpointer->lock);
    pthread_join(checkpointer->thread, NULL);
    pthread_cond_destroy(&checkpointer->asked);
    pthread_mutex_destroy(&checkpointer->lock);
    sqlite_connection_close(&checkpointer->connection);
}

void sqlite_checkpointer_ask(struct sqlite_checkpointer *checkpointer)
{
    pthread_mutex_lock(&checkpointer->lock);
    checkpointer->is_asked = true;
    pthread_cond_signal(&checkpointer->asked);
    pthread_mutex_unlock(&checkpointer->lock);
}
