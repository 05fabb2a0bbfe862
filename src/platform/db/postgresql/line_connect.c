/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Connecting a line, with a growing pause after failures; and scripts, which leave pipeline mode. Both run on the blocking
 * pool: name look-up and the password's proof take their time. */
#include "platform/db/postgresql/line_queue.h"
#include "platform/fault/fault.h"
#include "platform/fiber/pool.h"

#define FIRST_PAUSE_US   (100 * US_PER_MS)
#define LONGEST_PAUSE_US (5 * US_PER_SECOND)

struct attempt {
    const struct db *db;
    PGconn *connection;
};

static void keep_quiet(void *arg, const char *message)
{
    (void)arg;
    (void)message;
}

static void connect_blocking(void *arg)
{
    struct attempt *attempt = arg;
    const struct db_settings *settings = attempt->db->settings;
    /* Composed statements need no other plan for other values, and a plan that is kept is one that check-sql has seen: it keeps
     * to indexes, because one that was made while its tables were empty is kept when they are full. */
    char options[400];
    char seconds[24];
    (void)snprintf(options, sizeof(options),
                   "-c statement_timeout=%lld -c client_min_messages=error -c jit=off"
                   " -c idle_in_transaction_session_timeout=60000"
                   " -c plan_cache_mode=force_generic_plan -c max_parallel_workers_per_gather=0"
                   " -c enable_seqscan=off -c enable_hashjoin=off -c enable_mergejoin=off",
                   (long long)(settings->statement_timeout_us / US_PER_MS));
    (void)snprintf(seconds, sizeof(seconds), "%lld",
                   (long long)((settings->connect_timeout_us + US_PER_SECOND - 1) / US_PER_SECOND));
    const char *names[] = {"dbname",          "connect_timeout", "fallback_application_name",
                           "client_encoding", "options",         NULL};
    const char *values[] = {attempt->db->target, seconds, "lathe", "UTF8", options, NULL};
    if (settings->has_pooler)
        names[4] = NULL; /* a pooler refuses them */
    attempt->connection = PQconnectdbParams(names, values, 1);
    PQsetNoticeProcessor(attempt->connection, keep_quiet, NULL);
}

static void note_failure(struct line *line)
{
    int64_t pause_us = LONGEST_PAUSE_US;
    if (line->failures < 6)
        pause_us = FIRST_PAUSE_US << line->failures;
    if (pause_us > LONGEST_PAUSE_US)
        pause_us = LONGEST_PAUSE_US;
    int64_t now_us = measure_now_us();
    line->failures++;
    line->retry_us = now_us + pause_us - now_us % (pause_us / 4); /* not all lines at once */
}

static struct error *pass_connect(struct ctx *cx)
{
    (void)cx;
    FAULT_POINT(cx, "db.connect");
    return NULL;
}

/* The server tells with the connection; what a pooler leaves out is not known. */
static bool may_do_anything(const struct db *db, const PGconn *connection)
{
    const char *said = PQparameterStatus(connection, "is_superuser");
    return db->platform->is_production && said != NULL && strcmp(said, "on") == 0;
}

static struct error *try_connect(struct ctx *cx, struct line *line)
{
    struct attempt attempt = {.db = line->db};
    TRY(pass_connect(cx));
    struct error *error = pool_call(cx, line->db->platform->blocking_pool, connect_blocking, &attempt);
    if (error != NULL)
        return ERROR(cx, db_unavailable, "too many connections are being made at once");
    if (may_do_anything(line->db, attempt.connection)) {
        PQfinish(attempt.connection);
        return ERROR(
            cx, db_unavailable,
            "LATHE_DATABASE_URL names a superuser: production wants a role of its own, which owns its database alone");
    }
    if (PQstatus(attempt.connection) == CONNECTION_OK && PQsetnonblocking(attempt.connection, 1) == 0 &&
        PQenterPipelineMode(attempt.connection) == 1) {
        line->connection = attempt.connection;
        return NULL;
    }
    struct str text = str_cstr(PQerrorMessage(attempt.connection));
    error = ERROR(cx, db_unavailable, "the database cannot be reached: %" STR_FMT, STR_ARG(text));
    PQfinish(attempt.connection);
    return error;
}

struct error *line_connect(struct ctx *cx, struct line *line)
{
    REQUIRE(line->state != LINE_UP);
    int64_t pause_us = line->retry_us - measure_now_us();
    if (pause_us > 0) {
        line->state = LINE_DOWN;
        struct error *error = ERROR(cx, db_unavailable, "the database could not be reached a moment ago");
        error->retry_after_ms = pause_us / US_PER_MS + 1;
        return error;
    }
    line->state = LINE_CONNECTING;
    struct error *error = try_connect(cx, line);
    if (error != NULL) {
        line->state = LINE_DOWN;
        note_failure(line);
        return error;
    }
    line->state = LINE_UP;
    line->failures = 0;
    line->is_patient = false;
    line_watch_start(line);
    measure_count(line->db->platform, METRIC_DB_CONNECTIONS, 1);
    return NULL;
}

struct script {
    PGconn *connection;
    const char *text;
    PGresult *result;
};

static void run_blocking(void *arg)
{
    struct script *script = arg;
    if (PQexitPipelineMode(script->connection) != 1)
        return;
    script->result = PQexec(script->connection, script->text);
    if (PQenterPipelineMode(script->connection) == 1)
        return;
    PQclear(script->result);
    script->result = NULL;
}

struct error *line_run_script(struct ctx *cx, struct line *line, const char *text)
{
    REQUIRE(line->state == LINE_UP && list_is_empty(&line->queue));
    struct script script = {.connection = line->connection, .text = text};
    line_watch_stop(line);
    struct error *error = pool_call(cx, line->db->platform->blocking_pool, run_blocking, &script);
    line_watch_start(line);
    ExecStatusType status = PQresultStatus(script.result);
    if (error == NULL && status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK)
        error = ERROR(cx, db_internal, "%s", PQerrorMessage(line->connection));
    PQclear(script.result);
    return error;
}
