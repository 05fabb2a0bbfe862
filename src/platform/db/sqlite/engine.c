/* SPDX-License-Identifier: AGPL-3.0-or-later
 * The SQLite engine: which lane a piece of work takes. Reads that are keyed and bounded run inline on the loop's own
 * connection, long reads on reader threads, all writes on the writer thread. */
#include "base/mem/alloc.h"

#include "platform/db/sqlite/threads.h"
#include "platform/fiber/fiber.h"

/* Longest that a read may hold its loop up; then a reader thread does it from the start. */
#define INLINE_LIMIT_US (10 * US_PER_MS)

/* A loop's connection for inline reads. Its snapshot lives for one turn of the loop at most, and never longer than until
 * the next commit, so that whoever saw a write acknowledged reads it. */
struct sqlite_lane {
    struct sqlite_connection connection;
    struct sqlite_writer *writer;
    struct loop *loop;
    struct loop_task end_task;
    bool is_end_due; /* end_task is queued for the end of this turn */
    bool is_open;
    bool is_detached;      /* goes with end_task */
    unsigned long commits; /* of the writer, when the snapshot was opened */
};

struct sqlite_state {
    struct sqlite_writer writer;
    struct sqlite_readers readers;
    struct sqlite_lane **lanes; /* by the loop's index; NULL: not attached */
};

static void lane_end_snapshot(struct sqlite_lane *lane)
{
    if (!lane->is_open)
        return;
    lane->is_open = false;
    /* Nothing was written, so nothing can fail but to end what has ended. */
    (void)sqlite_connection_raw_step(&lane->connection, STEP_ROLLBACK);
    sqlite3_reset(lane->connection.steps[STEP_ROLLBACK]);
}

static void end_of_turn(struct loop_task *task)
{
    struct sqlite_lane *lane = LIST_OWNER(task, struct sqlite_lane, end_task);
    lane->is_end_due = false;
    lane_end_snapshot(lane);
    if (lane->is_detached)
        mem_free(lane);
}

static struct error *lane_begin_snapshot(struct sqlite_lane *lane, struct ctx *cx)
{
    unsigned long commits = atomic_load(&lane->writer->commits);
    if (lane->is_open && lane->commits == commits)
        return NULL;
    lane_end_snapshot(lane);
    TRY(sqlite_connection_step(&lane->connection, cx, STEP_BEGIN));
    lane->is_open = true;
    lane->commits = commits;
    if (!lane->is_end_due) {
        lane->is_end_due = true;
        loop_defer(lane->loop, &lane->end_task);
    }
    return NULL;
}

static struct error *lane_run(struct sqlite_lane *lane, struct db_request *request)
{
    TRY(lane_begin_snapshot(lane, request->cx));
    lane->connection.deadline_us = measure_now_us() + INLINE_LIMIT_US;
    return sqlite_connection_run(&lane->connection, request);
}

/* It failed because a loop may neither work nor wait for long. */
static bool is_for_a_thread(const struct sqlite_lane *lane)
{
    int code = sqlite3_errcode(lane->connection.handle);
    return code == SQLITE_BUSY || code == SQLITE_INTERRUPT;
}

static struct sqlite_lane *lane_of_thread(struct sqlite_state *state)
{
    struct loop *loop = loop_self();
    return loop != NULL ? state->lanes[loop_index(loop)] : NULL;
}

static struct error *call_writer(struct sqlite_state *state, struct sqlite_job *job)
{
    int64_t started_us = measure_now_us();
    struct error *error = job_queue_call(&state->writer.queue, job);
    measure_lane(job->cx, LANE_WRITER, started_us, error);
    return error;
}

static struct error *call_reader(struct sqlite_state *state, struct sqlite_job *job)
{
    int64_t started_us = measure_now_us();
    struct error *error = job_queue_call(&state->readers.queue, job);
    measure_lane(job->cx, LANE_READER, started_us, error);
    return error;
}

static struct error *run(struct db *db, struct db_request *request)
{
    struct sqlite_state *state = db->state;
    unsigned flags = request->call->statement->flags;
    struct sqlite_job job = {.kind = JOB_STATEMENT, .cx = request->cx, .request = request};
    if ((flags & DB_READ) == 0)
        return call_writer(state, &job);
    struct sqlite_lane *lane = lane_of_thread(state);
    if ((flags & DB_HEAVY) != 0 || lane == NULL)
        return call_reader(state, &job);
    int64_t started_us = measure_now_us();
    struct error *error = lane_run(lane, request);
    if (error != NULL && is_for_a_thread(lane)) {
        measure_count(db->platform, METRIC_DB_MOVED, 1);
        job_rewind(&job);
        return call_reader(state, &job);
    }
    measure_lane(request->cx, LANE_INLINE, started_us, error);
    return error;
}

static struct error *run_in_tx(struct tx *tx, struct db_request *request)
{
    return sqlite_connection_run(tx->session, request);
}

static struct error *transact(struct db *db, struct tx_body *body)
{
    struct sqlite_state *state = db->state;
    struct sqlite_job job = {.kind = JOB_TRANSACTION, .cx = body->tx.cx, .body = body};
    return body->tx.mode == TX_READ ? call_reader(state, &job) : call_writer(state, &job);
}

static struct error *migrate(struct db *db, struct tx_body *body)
{
    struct sqlite_state *state = db->state;
    struct sqlite_job job = {.kind = JOB_MIGRATION, .cx = body->tx.cx, .body = body};
    return call_writer(state, &job);
}

static struct error *run_script(struct tx *tx, const char *text)
{
    return sqlite_connection_script(tx->session, tx->cx, text);
}

static void attach_loop(struct db *db, struct loop *loop)
{
    struct sqlite_state *state = db->state;
    struct sqlite_lane *lane = MEM_NEW(struct sqlite_lane);
    lane->writer = &state->writer;
    lane->loop = loop;
    lane->end_task.fn = end_of_turn;
    struct arena *arena = arena_new(0);
    struct error *error = sqlite_connection_open(arena, db, CONNECTION_READS, &lane->connection);
    arena_free(arena);
    if (error != NULL) { /* its reads take the reader threads */
        mem_free(lane);
        return;
    }
    sqlite3_busy_timeout(lane->connection.handle, 0); /* a loop may not wait for a lock */
    state->lanes[loop_index(loop)] = lane;
}

static void detach_loop(struct db *db, struct loop *loop)
{
    struct sqlite_state *state = db->state;
    struct sqlite_lane *lane = state->lanes[loop_index(loop)];
    if (lane == NULL)
        return;
    state->lanes[loop_index(loop)] = NULL;
    lane_end_snapshot(lane);
    sqlite_connection_close(&lane->connection);
    if (lane->is_end_due)
        lane->is_detached = true;
    else
        mem_free(lane);
}

static void close_engine(struct db *db)
{
    struct sqlite_state *state = db->state;
    if (state == NULL)
        return;
    sqlite_readers_stop(&state->readers);
    sqlite_writer_stop(&state->writer);
    mem_free(state->lanes);
    mem_free(state);
    db->state = NULL;
}

static struct error *open_engine(struct arena *arena, struct db *db)
{
    /* Counting memory takes a lock in every allocation of every thread. Too late when SQLite is in use already. */
    (void)sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
    struct sqlite_state *state = MEM_NEW(struct sqlite_state);
    state->lanes = mem_alloc_array((size_t)db->loops + 1, sizeof(struct sqlite_lane *));
    db->state = state;
    struct error *error = sqlite_writer_start(arena, db, &state->writer);
    if (error == NULL)
        error = sqlite_readers_start(arena, db, &state->readers);
    if (error != NULL)
        close_engine(db);
    return error;
}

static int64_t wait_us(struct db *db, enum db_queue queue)
{
    struct sqlite_state *state = db->state;
    return job_queue_wait_us(queue == DB_QUEUE_WRITES ? &state->writer.queue : &state->readers.queue);
}

const struct db_driver sqlite_driver = {
    .open = open_engine,
    .close = close_engine,
    .attach_loop = attach_loop,
    .detach_loop = detach_loop,
    .run = run,
    .run_in_tx = run_in_tx,
    .transact = transact,
    .migrate = migrate,
    .run_script = run_script,
    .wait_us = wait_us,
};
