/* SPDX-License-Identifier: AGPL-3.0-or-later
 * The PostgreSQL engine: single statements go over a loop's shared lines (writes that would queue there over an idle line of the
 * pool), transactions over a line of their own. Threads without a loop (start, operator's commands) share one line behind a lock. */
#include <pthread.h>

#include "base/mem/alloc.h"

#include "platform/db/postgresql/conninfo.h"
#include "platform/db/postgresql/lanes.h"
#include "platform/fault/fault.h"

/* So often is a transaction run before its conflicts are passed on. */
enum { MAX_RUNS = 10 };

/* A loop's lines. A loop may be detached while fibers are still on their way out of a call: the last one out, or the end of
 * the turn in which a sync is due, releases them. */
struct loop_lines {
    struct loop *loop;
    struct shared_lines shared;
    struct shared_lines vital; /* for vital statements that would wait behind others */
    struct line_pool pool;
    size_t users;
    bool is_detached;
    struct loop_task free_task;
};

struct postgresql_state {
    struct loop_lines **loops; /* by the loop's index; NULL: not attached */
    pthread_mutex_t outside_lock;
    struct line outside; /* for threads without a loop */
};

static const char *const begin_texts[] = {
    [TX_READ] = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
    [TX_WRITE] = "BEGIN ISOLATION LEVEL READ COMMITTED",
    [TX_SERIALIZABLE] = "BEGIN ISOLATION LEVEL SERIALIZABLE",
};

/* A statement of a transaction that was sent and not waited for; in the transaction's arena. */
struct posted {
    struct posted *next;
    struct line_call call;
};

/* A transaction on a line. */
struct session {
    struct line *line;
    bool is_migration;
    bool is_begun; /* the BEGIN was sent, in front of the first statement */
    bool is_committing;
    char state[WIRE_STATE_CHARS + 1]; /* SQLSTATE of the last failure */
    bool is_lost;                     /* the connection was lost */
    struct posted *posted_first;      /* since the last that was waited for */
    struct posted *posted_last;
};

static void free_lines(struct loop_task *task)
{
    struct loop_lines *lines = LIST_OWNER(task, struct loop_lines, free_task);
    shared_lines_fini(&lines->shared);
    shared_lines_fini(&lines->vital);
    line_pool_fini(&lines->pool);
    mem_free(lines);
}

static void release_lines(void *owner)
{
    struct loop_lines *lines = owner;
    int connecting = lines->shared.connecting + lines->vital.connecting;
    if (!lines->is_detached || lines->users != 0 || connecting != 0)
        return;
    if (loop_self() == lines->loop)
        loop_defer(lines->loop, &lines->free_task); /* behind the syncs that are due */
    else
        free_lines(&lines->free_task);
}

static void leave_lines(struct loop_lines *lines)
{
    lines->users--;
    release_lines(lines);
}

/* The lines of this thread's loop, to be left again; NULL on a thread without a loop. Errors: unavailable, on a loop that is
 * not attached or no longer. */
static struct error *enter_lines(struct ctx *cx, struct postgresql_state *state,
                                 struct loop_lines **ret_lines)
{
    struct loop *loop = loop_self();
    REQUIRE(loop == NULL || fiber_self() != NULL);
    *ret_lines = loop != NULL ? state->loops[loop_index(loop)] : NULL;
    if (loop != NULL && *ret_lines == NULL)
        return ERROR(cx, db_unavailable, "the program is stopping");
    if (*ret_lines != NULL)
        (*ret_lines)->users++;
    return NULL;
}

static struct error *outside_up(struct ctx *cx, struct postgresql_state *state)
{
    state->outside.retry_us = 0; /* who waits here is a person, or the start */
    return state->outside.state == LINE_UP ? NULL : line_connect(cx, &state->outside);
}

/* Single statements */

static struct error *run_outside(struct postgresql_state *state, struct db_request *request)
{
    TRY(outside_up(request->cx, state));
    struct line_call call = {.request = request, .cx = request->cx};
    line_send(&state->outside, &call, SYNC_OWN);
    line_wait_firmly(&state->outside, &call);
    return call.error;
}

/* On a line of its own: the server flushes commits of several connections at once, those of one each by itself. */
static struct error *run_in_pool(struct line_pool *pool, struct db_request *request)
{
    struct line *line = NULL;
    TRY(line_pool_take(request->cx, pool, &line));
    struct line_call call = {.request = request, .cx = request->cx};
    line_send(line, &call, SYNC_OWN);
    line_wait_firmly(line, &call);
    line_pool_give(pool, line);
    return call.error;
}

static struct shared_lines *choose_shared(struct loop_lines *lines, const struct ctx *cx)
{
    bool would_wait = cx->is_vital && shared_lines_are_busy(&lines->shared);
    return would_wait && shared_lines_stand_ready(&lines->vital) ? &lines->vital : &lines->shared;
}

static struct error *run_on_loop(struct loop_lines *lines, struct db_request *request)
{
    bool is_read = (request->call->statement->flags & DB_READ) != 0;
    bool has_room = fiber_gate_is_open(request->cx, &lines->pool.gate);
    if (!is_read && has_room && shared_lines_are_busy(&lines->shared))
        return run_in_pool(&lines->pool, request);
    return shared_lines_run(choose_shared(lines, request->cx), request);
}

static struct error *run(struct db *db, struct db_request *request)
{
    struct postgresql_state *state = db->state;
    struct loop_lines *lines = NULL;
    int64_t started_us = measure_now_us();
    TRY(enter_lines(request->cx, state, &lines));
    struct error *error;
    if (lines != NULL) {
        error = run_on_loop(lines, request);
        leave_lines(lines);
    } else {
        pthread_mutex_lock(&state->outside_lock);
        error = run_outside(state, request);
        pthread_mutex_unlock(&state->outside_lock);
    }
    measure_lane(request->cx, LANE_SHARED, started_us, error);
    return error;
}

/* Reads that are asked at once. */
static struct error *run_together(struct db *db, struct db_request *requests, size_t count)
{
    struct loop_lines *lines = NULL;
    int64_t started_us = measure_now_us();
    TRY(enter_lines(requests[0].cx, db->state, &lines));
    if (lines == NULL) {
        for (size_t i = 0; i < count; i++)
            TRY(run(db, &requests[i]));
        return NULL;
    }
    struct error *error = shared_lines_run_together(choose_shared(lines, requests[0].cx), requests, count);
    leave_lines(lines);
    measure_lane(requests[0].cx, LANE_SHARED, started_us, error);
    return error;
}

/* Transactions */

/* The BEGIN travels with the first statement, so it costs no round trip, and a body that asks nothing costs none at all. */
static void begin(struct session *session, enum tx_mode mode)
{
    if (session->is_begun)
        return;
    session->is_begun = true;
    line_send_command(session->line, NULL, begin_texts[mode], SYNC_SHARED);
    if (session->is_migration) {
        line_send_command(session->line, NULL, "SET LOCAL statement_timeout = 0", SYNC_SHARED);
    } else if (session->line->db->settings->has_pooler) {
        char text[64];
        (void)snprintf(text, sizeof(text), "SET LOCAL statement_timeout = %lld",
                       (long long)(session->line->db->settings->statement_timeout_us / US_PER_MS));
        line_send_command(session->line, NULL, text, SYNC_SHARED);
    }
}

static void note_failure(struct session *session, const struct line_call *call)
{
    if (call->error == NULL)
        return;
    memcpy(session->state, call->state, sizeof(session->state));
    session->is_lost = session->line->state != LINE_UP;
}

/* The first error of those that were posted; all of them have ended, for answers come in order. */
static struct error *take_posted(struct session *session)
{
    struct posted *posted = session->posted_first;
    session->posted_first = NULL;
    session->posted_last = NULL;
    while (posted != NULL && posted->call.error == NULL)
        posted = posted->next;
    if (posted == NULL)
        return NULL;
    note_failure(session, &posted->call);
    return posted->call.error;
}

static struct error *settle(struct session *session)
{
    if (session->posted_last == NULL)
        return NULL;
    line_sync(session->line);
    line_wait_firmly(session->line, &session->posted_last->call);
    return take_posted(session);
}

static struct error *enter_tx(struct tx *tx, const struct db_request *request)
{
    if (request->cx->deadline_us < measure_now_us())
        return ERROR(request->cx, db_timeout, "the deadline passed");
    begin(tx->session, tx->mode);
    return NULL;
}

static struct error *run_in_tx(struct tx *tx, struct db_request *request)
{
    struct session *session = tx->session;
    TRY(enter_tx(tx, request));
    struct line_call call = {.request = request, .cx = request->cx};
    line_send(session->line, &call, SYNC_OWN);
    line_wait_firmly(session->line, &call);
    TRY(take_posted(session)); /* what follows a failure fails by it */
    note_failure(session, &call);
    return call.error;
}

static struct error *post_in_tx(struct tx *tx, struct db_request *request)
{
    struct session *session = tx->session;
    TRY(enter_tx(tx, request));
    struct posted *posted = ARENA_NEW(request->cx->arena, struct posted);
    *posted = (struct posted){.call = {.request = request, .cx = request->cx}};
    if (session->posted_last != NULL)
        session->posted_last->next = posted;
    else
        session->posted_first = posted;
    session->posted_last = posted;
    line_send(session->line, &posted->call, SYNC_LATER);
    return NULL;
}

static struct error *run_script(struct tx *tx, const char *text)
{
    struct session *session = tx->session;
    begin(session, tx->mode);
    return line_run_script(tx->cx, session->line, text);
}

/* COMMIT and ROLLBACK, once something was begun. */
static struct error *end(struct session *session, struct ctx *cx, const char *text)
{
    if (!session->is_begun || session->line->state != LINE_UP)
        return NULL;
    struct line_call call = {.cx = cx};
    line_send_command(session->line, &call, text, SYNC_OWN);
    line_wait_firmly(session->line, &call);
    note_failure(session, &call);
    return call.error;
}

static struct error *pass(struct ctx *cx, const char *point)
{
    (void)cx;
    (void)point;
    FAULT_POINT(cx, point);
    return NULL;
}

static struct error *commit(struct session *session, struct ctx *cx)
{
    struct error *error = pass(cx, "db.commit.before");
    if (error != NULL) {
        error_ignore(end(session, cx, "ROLLBACK"));
        return error;
    }
    if (session->is_begun && session->line->state != LINE_UP) {
        session->is_lost = true;
        return ERROR(cx, db_unavailable, "the connection to the database is lost");
    }
    session->is_committing = true;
    TRY(end(session, cx, "COMMIT"));
    return pass(cx, "db.commit.after");
}

static struct error *run_on_line(struct tx_body *body, struct session *session)
{
    struct error *error = tx_body_run(body, session);
    if (error == NULL)
        error = settle(session);
    if (error != NULL) {
        error_ignore(end(session, body->tx.cx, "ROLLBACK"));
        return error;
    }
    error = commit(session, body->tx.cx);
    body->is_unsure = error != NULL && session->is_committing && session->state[0] == '\0';
    return error;
}

/* A conflict with others, or a connection that was lost before the commit was sent: nothing has happened. */
static bool may_rerun(const struct session *session)
{
    return wire_may_rerun(session->state) || (session->is_lost && !session->is_committing);
}

/* Longer after each run, and not the same for all who met. */
static void pause_before_rerun(struct ctx *cx, int run)
{
    int64_t now_us = measure_now_us();
    int64_t longest_us = US_PER_MS << run;
    uint64_t mixed = (uint64_t)now_us * UINT64_C(0x9e3779b97f4a7c15) >> 32;
    int64_t pause_us = longest_us / 2 + (int64_t)(mixed % (uint64_t)longest_us);
    if (fiber_self() != NULL)
        error_ignore(fiber_sleep_until(cx, now_us + pause_us));
}

/* Whoever has begun goes first from then on, vital or not: others wait for the line and the locks that it holds. */
static struct error *transact_in_pool(struct line_pool *pool, struct tx_body *body, struct session *session)
{
    struct ctx *cx = body->tx.cx;
    TRY(line_pool_take(cx, pool, &session->line));
    session->line->is_patient = session->is_migration;
    bool was_vital = fiber_set_vital(true);
    struct error *error = run_on_line(body, session);
    fiber_set_vital(was_vital);
    line_pool_give(pool, session->line);
    return error;
}

static struct error *run_body_outside(struct postgresql_state *state, struct tx_body *body,
                                      struct session *session)
{
    TRY(outside_up(body->tx.cx, state));
    session->line = &state->outside;
    session->line->is_patient = session->is_migration;
    return run_on_line(body, session);
}

static struct error *run_body(struct db *db, struct tx_body *body, struct session *session)
{
    struct postgresql_state *state = db->state;
    struct loop_lines *lines = NULL;
    struct error *error;
    TRY(enter_lines(body->tx.cx, state, &lines));
    if (lines != NULL) {
        error = transact_in_pool(&lines->pool, body, session);
        leave_lines(lines);
    } else {
        pthread_mutex_lock(&state->outside_lock);
        error = run_body_outside(state, body, session);
        pthread_mutex_unlock(&state->outside_lock);
    }
    return error;
}

static struct error *transact_as(struct db *db, struct tx_body *body, bool is_migration)
{
    struct ctx *cx = body->tx.cx;
    int64_t started_us = measure_now_us();
    for (int run = 1;; run++) {
        struct session session = {.is_migration = is_migration};
        struct error *error = run_body(db, body, &session);
        if (error == NULL || !may_rerun(&session) || run == MAX_RUNS || cx->deadline_us < measure_now_us()) {
            measure_lane(cx, LANE_POOL, started_us, error);
            return error;
        }
        measure_count(db->platform, METRIC_DB_RERUNS, 1);
        pause_before_rerun(cx, run);
    }
}

static struct error *transact(struct db *db, struct tx_body *body)
{
    return transact_as(db, body, false);
}

static struct error *migrate(struct db *db, struct tx_body *body)
{
    return transact_as(db, body, true);
}

/* Opening and closing */

static void attach_loop(struct db *db, struct loop *loop)
{
    struct postgresql_state *state = db->state;
    struct loop_lines *lines = MEM_NEW(struct loop_lines);
    lines->loop = loop;
    lines->free_task.fn = free_lines;
    struct shared_lines_options options = {.count = SHARED_LINES, .connected = release_lines, .owner = lines};
    shared_lines_init(&lines->shared, db, loop, &options);
    options.count = VITAL_LINES;
    shared_lines_init(&lines->vital, db, loop, &options);
    line_pool_init(&lines->pool, db, loop);
    state->loops[loop_index(loop)] = lines;
}

static void detach_loop(struct db *db, struct loop *loop)
{
    struct postgresql_state *state = db->state;
    struct loop_lines *lines = state->loops[loop_index(loop)];
    if (lines == NULL)
        return;
    state->loops[loop_index(loop)] = NULL;
    lines->is_detached = true;
    shared_lines_stop(&lines->shared);
    shared_lines_stop(&lines->vital);
    release_lines(lines);
}

static void close_engine(struct db *db)
{
    struct postgresql_state *state = db->state;
    line_fini(&state->outside);
    pthread_mutex_destroy(&state->outside_lock);
    mem_free(state->loops);
    mem_free(state);
    db->state = NULL;
}

/* Does not connect: an instance starts, and says that it is not ready, while its database is away. */
static struct error *open_engine(struct arena *arena, struct db *db)
{
    struct postgresql_state *state = MEM_NEW(struct postgresql_state);
    state->loops = mem_alloc_array((size_t)db->loops + 1, sizeof(struct loop_lines *));
    REQUIRE(pthread_mutex_init(&state->outside_lock, NULL) == 0);
    line_init(&state->outside, db, NULL);
    db->state = state;
    return db->platform->is_production ? conninfo_check(arena, db->target, db->settings->is_line_private)
                                       : NULL;
}

/* Single statements are answered in the order in which they were sent: what they wait for cannot be told from their work. */
static int64_t wait_us(struct db *db, enum db_queue queue)
{
    struct postgresql_state *state = db->state;
    struct loop *loop = loop_self();
    const struct loop_lines *lines = loop != NULL ? state->loops[loop_index(loop)] : NULL;
    return lines != NULL && queue == DB_QUEUE_WRITES ? fiber_gate_wait_us(&lines->pool.gate) : 0;
}

const struct db_driver postgresql_driver = {
    .open = open_engine,
    .close = close_engine,
    .attach_loop = attach_loop,
    .detach_loop = detach_loop,
    .run = run,
    .run_together = run_together,
    .run_in_tx = run_in_tx,
    .post_in_tx = post_in_tx,
    .transact = transact,
    .migrate = migrate,
    .run_script = run_script,
    .wait_us = wait_us,
};
