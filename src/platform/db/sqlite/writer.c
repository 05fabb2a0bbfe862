/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Group commit.
 *
 * Invariants: nobody is woken before the commit that holds his work has succeeded, or has been given up; a running write is
 * never interrupted, for that would roll back the whole group; after a failure of the group each member runs once more
 * on its own, so that it gets its own outcome. */
#include "platform/db/db_sql.h"
#include "platform/db/sqlite/threads.h"
#include "platform/fault/fault.h"

/* A checkpoint is asked for each time that the log has grown by so many pages; from the second number on the writer does it. */
enum { CHECKPOINT_PAGES = 1000, LONG_LOG_PAGES = 16000 };
/* So much longer a group takes others in once it has a vital member, which waits for the commit. */
#define VITAL_GROUP_US INT64_C(500)

struct group {
    struct sqlite_job *first;
    struct sqlite_job *last;
    int64_t count;
};

static void group_add(struct group *group, struct sqlite_job *job)
{
    if (group->first == NULL)
        group->first = job;
    else
        group->last->next = job;
    group->last = job;
    group->count++;
}

struct broken_row {
    struct str child;
};

static const struct db_column broken_columns[] = {DB_COLUMN_TEXT(struct broken_row, child)};
static const struct db_row broken_row = DB_ROW(struct broken_row, broken_columns);

/* What a migration did that may leave rows referring to nothing: new rows of a few tables, which are judged alone, or anything else.
 * Indexes and new tables leave references as they are. */
enum { FILLED_MAX = 8 };
struct touched {
    struct arena *arena;
    struct str filled[FILLED_MAX];
    size_t filled_count;
    bool is_more;
};

static void note_filled(struct touched *touched, struct str table)
{
    for (size_t i = 0; i < touched->filled_count; i++)
        if (str_equal(touched->filled[i], table))
            return;
    if (touched->filled_count == FILLED_MAX)
        touched->is_more = true;
    else
        touched->filled[touched->filled_count++] = arena_str(touched->arena, table);
}

/* SQLite names here what each statement is about to do; nothing is refused. */
static int note_touched(void *arg, int action, const char *first, const char *second, const char *schema,
                        const char *trigger)
{
    struct touched *touched = arg;
    const char *table = action == SQLITE_ALTER_TABLE ? second : first;
    (void)schema, (void)trigger;
    if (table == NULL || strncmp(table, "sqlite_", strlen("sqlite_")) == 0)
        return SQLITE_OK;
    if (action == SQLITE_INSERT)
        note_filled(touched, str_cstr(table));
    else if (action == SQLITE_UPDATE || action == SQLITE_DELETE || action == SQLITE_DROP_TABLE ||
             action == SQLITE_ALTER_TABLE)
        touched->is_more = true;
    return SQLITE_OK;
}

static struct error *check_references_by(struct sqlite_connection *connection, struct ctx *cx,
                                         const struct db_call *call)
{
    struct db_request request = {.cx = cx, .call = call, .rows = {.row = &broken_row}};
    TRY(sqlite_connection_run(connection, &request));
    if (request.rows.count == 0)
        return NULL;
    const struct broken_row *broken = (const void *)request.rows.items;
    return ERROR(cx, db_internal, "rows of %" STR_FMT " would refer to nothing", STR_ARG(broken->child));
}

/* All references take half a minute to judge among a million items. */
static struct error *check_references(struct sqlite_connection *connection, struct ctx *cx,
                                      const struct touched *touched)
{
    if (touched->is_more)
        return check_references_by(connection, cx, DB_BROKEN_REFERENCES());
    for (size_t i = 0; i < touched->filled_count; i++)
        TRY(check_references_by(connection, cx, DB_BROKEN_REFERENCES_OF(.table_name = touched->filled[i])));
    return NULL;
}

/* A migration runs without the judgement of references, so that it may rebuild tables. */
static struct error *run_migration_body(struct sqlite_connection *connection, struct sqlite_job *job)
{
    struct touched touched = {.arena = job->cx->arena};
    sqlite3_set_authorizer(connection->handle, note_touched, &touched);
    struct error *error = tx_body_run(job->body, connection);
    sqlite3_set_authorizer(connection->handle, NULL, NULL);
    return error != NULL ? error : check_references(connection, job->cx, &touched);
}

static struct error *run_body(struct sqlite_writer *writer, struct sqlite_job *job)
{
    struct sqlite_connection *connection = &writer->connection;
    TRY(sqlite_connection_step(connection, job->cx, STEP_SAVEPOINT));
    struct error *error =
        job->kind == JOB_MIGRATION ? run_migration_body(connection, job) : tx_body_run(job->body, connection);
    if (sqlite3_get_autocommit(connection->handle)) /* after a failure that the body may have overlooked */
        return error != NULL ? error : ERROR(job->cx, db_unavailable, "the database gave the transaction up");
    if (error != NULL)
        error_ignore(sqlite_connection_step(connection, job->cx, STEP_ROLLBACK_TO));
    struct error *release_error = sqlite_connection_step(connection, job->cx, STEP_RELEASE);
    return error != NULL ? error : release_error;
}

static void run_member(struct sqlite_writer *writer, struct sqlite_job *job)
{
    job_rewind(job);
    measure_wait(job->cx, WAIT_WRITER, job->queued_us);
    if (job->cx->deadline_us < measure_now_us())
        job->error = ERROR(job->cx, db_timeout, "the deadline passed before the write began");
    else if (job->kind == JOB_STATEMENT)
        job->error =
            sqlite_connection_run(&writer->connection, job->request); /* undoes itself when it fails */
    else
        job->error = run_body(writer, job);
}

static bool is_rolled_back(const struct sqlite_writer *writer)
{
    return sqlite3_get_autocommit(writer->connection.handle) != 0;
}

static struct error *pass_before_commit(struct ctx *cx)
{
    (void)cx;
    FAULT_POINT(cx, "db.commit.before");
    return NULL;
}

static struct error *pass_after_commit(struct ctx *cx)
{
    (void)cx;
    FAULT_POINT(cx, "db.commit.after");
    return NULL;
}

static struct error *commit(struct sqlite_writer *writer, struct ctx *cx)
{
    int64_t started_us = measure_now_us();
    struct error *error = pass_before_commit(cx);
    if (error == NULL)
        error = sqlite_connection_step(&writer->connection, cx, STEP_COMMIT);
    if (error != NULL)
        error_ignore(sqlite_connection_step(&writer->connection, cx, STEP_ROLLBACK));
    else
        atomic_fetch_add(&writer->commits, 1);
    measure_since(cx->platform, METRIC_DB_COMMIT, started_us);
    return error;
}

/* A transaction alone. */
static void run_singly(struct sqlite_writer *writer, struct sqlite_job *job)
{
    job->error = sqlite_connection_step(&writer->connection, job->cx, STEP_BEGIN_WRITE);
    if (job->error != NULL)
        return;
    run_member(writer, job);
    if (is_rolled_back(writer)) {
        REQUIRE(job->error != NULL);
        return;
    }
    /* A failed member was undone to its savepoint; the commit of nothing is no failure. */
    struct error *commit_error = commit(writer, job->cx);
    if (job->error == NULL)
        job->error = commit_error;
}

static void rerun_singly(struct sqlite_writer *writer, struct group *group)
{
    measure_count(writer->connection.db->platform, METRIC_DB_RERUNS, group->count);
    for (struct sqlite_job *job = group->first; job != NULL; job = job->next)
        run_singly(writer, job);
}

/* What lies between a commit and its acknowledgement: the process may die there, or the answer be lost. */
static void pass_after(struct group *group)
{
    struct error *error = pass_after_commit(group->first->cx);
    for (struct sqlite_job *job = group->first; job != NULL && error != NULL; job = job->next) {
        if (job->error != NULL)
            continue;
        job->error = error_copy(job->cx->arena, error);
        if (job->body != NULL)
            job->body->is_unsure = true;
    }
}

static void finish(struct group *group)
{
    struct sqlite_job *next = NULL;
    for (struct sqlite_job *job = group->first; job != NULL; job = next) {
        next = job->next;
        job_finish(job);
    }
}

static int64_t sooner(int64_t a_us, int64_t b_us)
{
    return a_us < b_us ? a_us : b_us;
}

/* Runs members until the group is full or nobody waits. False when SQLite gave the transaction up. */
static bool fill(struct sqlite_writer *writer, struct group *group, struct sqlite_job **ret_migration)
{
    const struct db_settings *settings = writer->connection.db->settings;
    int64_t end_us = measure_now_us() + settings->sqlite_group_time_us;
    for (struct sqlite_job *job = group->first; job != NULL; job = job_queue_try_take(&writer->queue)) {
        if (job->kind == JOB_MIGRATION) {
            *ret_migration = job;
            return true;
        }
        if (job != group->first)
            group_add(group, job);
        run_member(writer, job);
        if (is_rolled_back(writer))
            return false;
        if (job->cx->is_vital)
            end_us = sooner(end_us, measure_now_us() + VITAL_GROUP_US);
        if (group->count >= settings->sqlite_group || measure_now_us() >= end_us)
            return true;
    }
    return true;
}

/* Tables may be rebuilt meanwhile, so references are judged at the end. */
static void run_migration(struct sqlite_writer *writer, struct sqlite_job *job)
{
    sqlite3 *handle = writer->connection.handle;
    (void)sqlite3_exec(handle, "PRAGMA foreign_keys = OFF", NULL, NULL, NULL);
    run_singly(writer, job);
    (void)sqlite3_exec(handle, "PRAGMA foreign_keys = ON", NULL, NULL, NULL);
    job_finish(job);
}

static void run_group(struct sqlite_writer *writer, struct sqlite_job *first)
{
    struct group group = {0};
    struct sqlite_job *migration = NULL;
    group_add(&group, first);
    first->error = sqlite_connection_step(&writer->connection, first->cx, STEP_BEGIN_WRITE);
    if (first->error == NULL) {
        bool is_whole = fill(writer, &group, &migration);
        struct error *error = is_whole ? commit(writer, first->cx) : NULL;
        if (!is_whole || error != NULL)
            rerun_singly(writer, &group);
        pass_after(&group);
        measure_value(writer->connection.db->platform, METRIC_DB_GROUP, (double)group.count);
    }
    finish(&group);
    if (migration != NULL)
        run_migration(writer, migration);
}

static int note_wal_pages(void *arg, sqlite3 *handle, const char *schema, int pages)
{
    (void)handle;
    (void)schema;
    struct sqlite_writer *writer = arg;
    writer->wal_pages = pages;
    return SQLITE_OK;
}

/* Under writes without a pause the checkpointer moves everything but what came meanwhile, and the log never begins anew: once it
 * is long, what is left is moved between two groups. */
static void checkpoint(struct sqlite_writer *writer)
{
    if (writer->wal_pages < writer->asked_pages)
        writer->asked_pages = 0; /* it began anew */
    if (writer->wal_pages - writer->asked_pages < CHECKPOINT_PAGES)
        return;
    writer->asked_pages = writer->wal_pages;
    if (writer->wal_pages < LONG_LOG_PAGES)
        sqlite_checkpointer_ask(&writer->checkpointer);
    else
        (void)sqlite_checkpoint(&writer->connection);
}

static void *writer_main(void *arg)
{
    struct sqlite_writer *writer = arg;
    for (;;) {
        struct sqlite_job *job = job_queue_take(&writer->queue);
        if (job == NULL)
            return NULL;
        if (job->kind == JOB_MIGRATION)
            run_migration(writer, job);
        else
            run_group(writer, job);
        checkpoint(writer);
    }
}

struct error *sqlite_writer_start(struct arena *arena, const struct db *db, struct sqlite_writer *writer)
{
    TRY(sqlite_connection_open(arena, db, CONNECTION_WRITES, &writer->connection));
    sqlite3_wal_hook(writer->connection.handle, note_wal_pages, writer);
    struct error *error = sqlite_checkpointer_start(arena, db, &writer->checkpointer);
    if (error != NULL) {
        sqlite_connection_close(&writer->connection);
        return error;
    }
    job_queue_init(&writer->queue);
    sqlite_thread_start(&writer->thread, "db writer", writer_main, writer);
    return NULL;
}

void sqlite_writer_stop(struct sqlite_writer *writer)
{
    if (writer->connection.db == NULL)
        return;
    job_queue_close(&writer->queue);
    pthread_join(writer->thread, NULL);
    sqlite_checkpointer_stop(&writer->checkpointer);
    job_queue_fini(&writer->queue);
    sqlite_connection_close(&writer->connection);
}
