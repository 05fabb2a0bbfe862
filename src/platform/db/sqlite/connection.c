/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Opening and closing SQLite connections, and the statements that begin and end things. */
#include "platform/db/sqlite/connection.h"

#include <fcntl.h>
#include <unistd.h>

#include "base/mem/alloc.h"

/* The sets of filters that callers choose make many statements; each takes some kilobytes. */
enum { CACHED_STATEMENTS = 400 };
enum { BUSY_TIMEOUT_MS = 5000 };
/* Virtual machine steps between two looks at the clock. */
enum { PROGRESS_STEPS = 4000 };

static const char *const step_texts[STEP_COUNT] = {
    [STEP_BEGIN] = "BEGIN",
    [STEP_BEGIN_WRITE] = "BEGIN IMMEDIATE",
    [STEP_COMMIT] = "COMMIT",
    [STEP_ROLLBACK] = "ROLLBACK",
    [STEP_SAVEPOINT] = "SAVEPOINT one",
    [STEP_RELEASE] = "RELEASE one",
    [STEP_ROLLBACK_TO] = "ROLLBACK TO one",
};

/* Reads must not see half a checkpoint's file size through the map, so it is set per connection before the first read.
 * LIKE is case-sensitive, as on PostgreSQL, which also lets it use an index. */
static const char common_settings[] = "PRAGMA foreign_keys = ON;"
                                      "PRAGMA synchronous = FULL;"
                                      "PRAGMA temp_store = MEMORY;"
                                      "PRAGMA secure_delete = FAST;"
                                      "PRAGMA case_sensitive_like = ON;"
                                      "PRAGMA trusted_schema = OFF;";
/* Checkpoints have a thread of their own. */
static const char write_settings[] = "PRAGMA journal_mode = WAL;"
                                     "PRAGMA wal_autocheckpoint = 0;"
                                     "PRAGMA journal_size_limit = 67108864;"
                                     "PRAGMA cache_size = -16000;";
static const char read_settings[] = "PRAGMA query_only = ON;"
                                    "PRAGMA cache_size = -2000;";

static void drop_statement(void *owner, struct statement_entry *entry)
{
    (void)owner;
    sqlite3_finalize(entry->prepared);
}

static int stop_at_deadline(void *arg)
{
    const struct sqlite_connection *connection = arg;
    return connection->deadline_us != INT64_MAX && measure_now_us() > connection->deadline_us;
}

/* A file system without shared memory keeps another journal, which blocks readers. */
static int check_journal(void *arg, int count, char **values, char **names)
{
    (void)names;
    bool *is_wal = arg;
    *is_wal = count == 1 && values[0] != NULL && strcmp(values[0], "wal") == 0;
    return 0;
}

static bool configure(struct sqlite_connection *connection, enum connection_kind kind)
{
    sqlite3 *handle = connection->handle;
    sqlite3_extended_result_codes(handle, 1);
    sqlite3_busy_timeout(handle, BUSY_TIMEOUT_MS);
    sqlite3_limit(handle, SQLITE_LIMIT_WORKER_THREADS, 0);
    const char *own_settings = kind == CONNECTION_WRITES ? write_settings : read_settings;
    if (sqlite3_exec(handle, common_settings, NULL, NULL, NULL) != SQLITE_OK ||
        sqlite3_exec(handle, own_settings, NULL, NULL, NULL) != SQLITE_OK)
        return false;
    bool is_wal = false;
    if (sqlite3_exec(handle, "PRAGMA journal_mode", check_journal, &is_wal, NULL) != SQLITE_OK || !is_wal)
        return false;
    sqlite3_int64 mmap_bytes = connection->db->settings->sqlite_mmap_bytes;
    sqlite3_file_control(handle, "main", SQLITE_FCNTL_MMAP_SIZE, &mmap_bytes);
    sqlite_array_register(handle);
    for (size_t i = 0; i < STEP_COUNT; i++) {
        if (sqlite3_prepare_v3(handle, step_texts[i], -1, SQLITE_PREPARE_PERSISTENT, &connection->steps[i],
                               NULL) != SQLITE_OK)
            return false;
    }
    /* A running write is never interrupted: that would roll back the whole group. */
    if (kind == CONNECTION_READS)
        sqlite3_progress_handler(handle, PROGRESS_STEPS, stop_at_deadline, connection);
    return true;
}

/* Nobody else on the machine may read it; its log and index inherit that. */
static void make_private(const char *path)
{
    int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd >= 0)
        close(fd); /* of a file that was not there, so no lock of ours goes with it */
}

struct error *sqlite_connection_open(struct arena *arena, const struct db *db, enum connection_kind kind,
                                     struct sqlite_connection *ret_connection)
{
    *ret_connection = (struct sqlite_connection){.db = db, .deadline_us = INT64_MAX};
    statement_cache_init(&ret_connection->cache, DB_SQLITE, CACHED_STATEMENTS, drop_statement,
                         ret_connection);
    int flags =
        SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | (kind == CONNECTION_WRITES ? SQLITE_OPEN_CREATE : 0);
    if (kind == CONNECTION_WRITES)
        make_private(db->target);
    int opened = sqlite3_open_v2(db->target, &ret_connection->handle, flags, NULL);
    if (opened == SQLITE_OK && configure(ret_connection, kind)) {
        measure_count(db->platform, METRIC_DB_CONNECTIONS, 1);
        return NULL;
    }
    struct error *error = ERROR_IN(arena, db_unavailable, "the database file %s cannot be opened: %s",
                                   db->target, sqlite3_errmsg(ret_connection->handle));
    sqlite_connection_close(ret_connection);
    return error;
}

void sqlite_connection_close(struct sqlite_connection *connection)
{
    if (connection->db == NULL)
        return;
    statement_cache_fini(&connection->cache);
    for (size_t i = 0; i < STEP_COUNT; i++)
        sqlite3_finalize(connection->steps[i]);
    REQUIRE(sqlite3_close(connection->handle) == SQLITE_OK);
    *connection = (struct sqlite_connection){0};
}

/* The counter that leads to a look at the clock outlives a run, so that once in a while even a ROLLBACK would be stopped by
 * a deadline that has passed, and would leave its transaction open for ever. */
int sqlite_connection_raw_step(struct sqlite_connection *connection, enum session_step step)
{
    int64_t deadline_us = connection->deadline_us;
    connection->deadline_us = INT64_MAX;
    int result = sqlite3_step(connection->steps[step]);
    connection->deadline_us = deadline_us;
    return result;
}

struct error *sqlite_connection_step(struct sqlite_connection *connection, struct ctx *cx,
                                     enum session_step step)
{
    bool is_end = step == STEP_ROLLBACK || step == STEP_RELEASE || step == STEP_ROLLBACK_TO;
    if (is_end && sqlite3_get_autocommit(connection->handle))
        return NULL;
    int result = sqlite_connection_raw_step(connection, step);
    struct error *error = result == SQLITE_DONE ? NULL : sqlite_failure(connection, cx, NULL);
    sqlite3_reset(connection->steps[step]);
    return error;
}

struct error *sqlite_connection_script(struct sqlite_connection *connection, struct ctx *cx, const char *text)
{
    if (sqlite3_exec(connection->handle, text, NULL, NULL, NULL) == SQLITE_OK)
        return NULL;
    return ERROR(cx, db_internal, "%s", sqlite3_errmsg(connection->handle));
}
