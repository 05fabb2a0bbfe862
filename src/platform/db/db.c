/* SPDX-License-Identifier: AGPL-3.0-or-later
 * The public calls: opening, single statements, transactions, constraints. The engines do the work. */
#include "platform/db/db.h"

#include "base/mem/alloc.h"

#include "platform/config/core_settings.h"
#include "platform/db/db_sql.h"
#include "platform/db/driver.h"
#include "platform/fault/fault.h"
#include "platform/fiber/loop.h"

REASONS_DEFINE(db_reasons, DB_REASONS);

static const struct db_driver *const drivers[DB_ENGINE_COUNT] = {
    [DB_SQLITE] = &sqlite_driver,
    [DB_POSTGRESQL] = &postgresql_driver,
};

_Noreturn void statement_mistake(const struct db_statement *statement, const char *column, const char *what)
{
    char claim[300];
    (void)snprintf(claim, sizeof(claim), "statement %s: %s %s", statement->name, column, what);
    require_failed(claim, __FILE__, __LINE__, __func__);
}

/* Opening */

/* The file is meant from the data directory on unless it is absolute. */
static struct str sqlite_path(struct arena *arena, const struct core_settings *core)
{
    struct str path = str_slice(core->database_url, strlen("sqlite:"), core->database_url.len);
    if (str_starts_with(path, STR("/")))
        return arena_str(arena, path);
    return arena_printf(arena, "%" STR_FMT "/%" STR_FMT, STR_ARG(core->data_dir), STR_ARG(path));
}

struct error *db_open(struct arena *arena, const struct config *config, const struct platform *platform,
                      const struct db_module_sql *const *modules, int loops, struct db **ret_db)
{
    const struct core_settings *core = config_settings(config, &core_settings_group);
    bool is_sqlite = str_starts_with(core->database_url, STR("sqlite:"));
    struct db *db = MEM_NEW(struct db);
    *db = (struct db){
        .driver = drivers[is_sqlite ? DB_SQLITE : DB_POSTGRESQL],
        .engine = is_sqlite ? DB_SQLITE : DB_POSTGRESQL,
        .platform = platform,
        .settings = config_settings(config, &db_settings_group),
        .modules = modules,
        .loops = loops,
    };
    struct str target = is_sqlite ? sqlite_path(arena, core) : core->database_url;
    db->target = mem_alloc(target.len + 1);
    memcpy(db->target, target.ptr, target.len);
    struct error *error = db->driver->open(arena, db);
    if (error != NULL) {
        db_close(db);
        return error;
    }
    *ret_db = db;
    return NULL;
}

void db_close(struct db *db)
{
    if (db == NULL)
        return;
    db->driver->close(db);
    mem_free(db->target);
    mem_free(db);
}

enum db_engine db_engine_of(const struct db *db)
{
    return db->engine;
}

void db_attach_loop(struct db *db, struct loop *loop)
{
    REQUIRE(loop_index(loop) < db->loops);
    db->driver->attach_loop(db, loop);
}

void db_detach_loop(struct db *db, struct loop *loop)
{
    db->driver->detach_loop(db, loop);
}

/* Statements */

typedef struct error *(*request_fn)(struct tx *tx, struct db_request *request);

/* A failed statement ends its transaction: PostgreSQL takes no more, and SQLite shall not differ. */
static struct error *in_tx(struct tx *tx, struct db_request *request, request_fn fn)
{
    if (tx->failed_name != NULL)
        return ERROR(request->cx, db_internal, "the transaction has ended: %s failed in it", tx->failed_name);
    struct error *error = fn(tx, request);
    if (error != NULL)
        tx->failed_name = request->call->statement->name;
    return error;
}

static struct error *check_request(const struct db_request *request)
{
    FAULT_POINT(request->cx, "db.statement");
    return call_check(request->cx, request->call);
}

static struct error *run_request(struct tx *tx, struct db_request *request)
{
    TRY(check_request(request));
    if (tx != NULL)
        return in_tx(tx, request, tx->db->driver->run_in_tx);
    struct db *db = request->cx->platform->db;
    return db->driver->run(db, request);
}

/* The request lives in the transaction's arena. */
static struct error *post_request(struct tx *tx, struct db_request *request)
{
    const struct db_driver *driver = tx->db->driver;
    TRY(check_request(request));
    return in_tx(tx, request, driver->post_in_tx != NULL ? driver->post_in_tx : driver->run_in_tx);
}

struct error *db_find(struct ctx *cx, struct tx *tx, const struct db_call *call, const struct db_row *row,
                      void *ret_row, bool *ret_found)
{
    struct db_request request = {.cx = cx, .call = call, .rows = {.row = row}};
    TRY(run_request(tx, &request));
    if (request.rows.count > 1)
        statement_mistake(call->statement, "", "found more than one row");
    if (request.rows.count == 1)
        memcpy(ret_row, request.rows.items, row->size);
    else
        memset(ret_row, 0, row->size);
    *ret_found = request.rows.count == 1;
    return NULL;
}

struct error *db_load(struct ctx *cx, struct tx *tx, const struct db_call *call, const struct db_row *row,
                      void *ret_row)
{
    bool is_found = false;
    TRY(db_find(cx, tx, call, row, ret_row, &is_found));
    return is_found ? NULL : ERROR(cx, db_not_found, "there is no such row");
}

struct error *db_list(struct ctx *cx, struct tx *tx, const struct db_call *call, const struct db_row *row,
                      struct array *ret_rows)
{
    struct db_request request = {.cx = cx, .call = call, .rows = {.row = row}};
    TRY(run_request(tx, &request));
    *ret_rows = (struct array){.items = request.rows.items, .count = request.rows.count};
    return NULL;
}

enum { MAX_READINGS = 4 };

static struct error *run_together(struct ctx *cx, struct db_request *requests, size_t count)
{
    struct db *db = cx->platform->db;
    for (size_t i = 0; i < count; i++)
        TRY(check_request(&requests[i]));
    if (db->driver->run_together != NULL)
        return db->driver->run_together(db, requests, count);
    for (size_t i = 0; i < count; i++)
        TRY(db->driver->run(db, &requests[i]));
    return NULL;
}

static struct error *run_together_in_tx(struct tx *tx, struct db_request *requests, size_t count)
{
    for (size_t i = 0; i + 1 < count; i++)
        TRY(post_request(tx, &requests[i]));
    return run_request(tx, &requests[count - 1]);
}

struct error *db_list_together(struct ctx *cx, struct tx *tx, struct db_reading *readings, size_t count)
{
    struct db_request *requests = ARENA_ARRAY(cx->arena, struct db_request, count);
    REQUIRE(count != 0 && count <= MAX_READINGS);
    for (size_t i = 0; i < count; i++) {
        const struct db_statement *statement = readings[i].call->statement;
        REQUIRE(tx != NULL || (statement->flags & DB_READ) != 0);
        REQUIRE(tx != NULL || i == 0 || statement->index >= readings[i - 1].call->statement->index);
        requests[i] =
            (struct db_request){.cx = cx, .call = readings[i].call, .rows = {.row = readings[i].row}};
    }
    TRY(tx != NULL ? run_together_in_tx(tx, requests, count) : run_together(cx, requests, count));
    for (size_t i = 0; i < count; i++)
        readings[i].rows = (struct array){.items = requests[i].rows.items, .count = requests[i].rows.count};
    return NULL;
}

struct error *db_exec(struct ctx *cx, struct tx *tx, const struct db_call *call, int64_t *ret_count)
{
    struct db_request request = {.cx = cx, .call = call};
    TRY(run_request(tx, &request));
    if (ret_count != NULL)
        *ret_count = request.changed;
    return NULL;
}

struct error *db_post(struct ctx *cx, struct tx *tx, const struct db_call *call)
{
    struct db_request *request = ARENA_NEW(cx->arena, struct db_request);
    *request = (struct db_request){.cx = cx, .call = call};
    return post_request(tx, request);
}

struct one_row {
    int32_t one;
};

static const struct db_column one_columns[] = {DB_COLUMN_I32(struct one_row, one)};
static const struct db_row one_row = DB_ROW(struct one_row, one_columns);

struct error *db_ping(struct ctx *cx, struct db *db)
{
    struct db_request request = {.cx = cx, .call = DB_PING(), .rows = {.row = &one_row}};
    return db->driver->run(db, &request);
}

/* Transactions */

/* Each once, in the order in which they were made. */
static void call_hooks(struct tx *tx, bool is_committed)
{
    struct tx_hook *hook = tx->hook_first;
    tx->hook_first = NULL;
    tx->hook_last = NULL;
    for (; hook != NULL; hook = hook->next) {
        if (is_committed || hook->is_for_any_end)
            hook->fn(tx->cx, hook->arg);
    }
}

struct error *tx_body_run(struct tx_body *body, void *session)
{
    struct tx *tx = &body->tx;
    if (tx->session != NULL) {
        call_hooks(tx, false);
        arena_rewind(tx->cx->arena, body->start); /* an earlier run's memory */
    }
    tx->session = session;
    tx->failed_name = NULL;
    struct error *error = body->fn(tx->cx, tx, body->arg);
    if (error == NULL && tx->failed_name != NULL)
        return ERROR(tx->cx, db_internal, "%s failed in the transaction and was overlooked", tx->failed_name);
    return error;
}

struct error *db_transact(struct ctx *cx, enum tx_mode mode, tx_fn fn, void *arg)
{
    struct db *db = cx->platform->db;
    struct tx_body body = {
        .fn = fn, .arg = arg, .tx = {.cx = cx, .db = db, .mode = mode}, .start = arena_mark(cx->arena)};
    struct error *error = db->driver->transact(db, &body);
    call_hooks(&body.tx, error == NULL || body.is_unsure);
    return error;
}

int64_t db_wait_us(struct db *db, enum db_queue queue)
{
    return db->driver->wait_us(db, queue);
}

static void add_hook(struct tx *tx, struct tx_hook made)
{
    struct tx_hook *hook = ARENA_NEW(tx->cx->arena, struct tx_hook);
    *hook = made;
    if (tx->hook_first == NULL)
        tx->hook_first = hook;
    else
        tx->hook_last->next = hook;
    tx->hook_last = hook;
}

void tx_after_commit(struct tx *tx, void (*fn)(struct ctx *cx, void *arg), void *arg)
{
    add_hook(tx, (struct tx_hook){.fn = fn, .arg = arg});
}

void tx_after_end(struct tx *tx, void (*fn)(struct ctx *cx, void *arg), void *arg)
{
    add_hook(tx, (struct tx_hook){.fn = fn, .arg = arg, .is_for_any_end = true});
}

/* Constraints */

static const char constraint_message[] = "a rule of the database refused: ";

struct error *constraint_error(struct ctx *cx, struct str name)
{
    return ERROR(cx, db_constraint, "%s%" STR_FMT, constraint_message, STR_ARG(name));
}

struct str db_constraint_name(const struct error *error)
{
    for (; error != NULL; error = error->cause) {
        ptrdiff_t at =
            error->reason == &db_constraint ? str_find(error->message, str_cstr(constraint_message)) : -1;
        if (at >= 0)
            return str_slice(error->message, (size_t)at + sizeof(constraint_message) - 1, error->message.len);
    }
    return STR_NONE;
}

struct error *db_explain(struct ctx *cx, struct error *error, const struct db_constraint *constraints)
{
    if (!error_is(error, &db_constraint))
        return error;
    struct str name = db_constraint_name(error);
    for (const struct db_constraint *row = constraints; row->name != NULL; row++) {
        if (!str_equal(str_cstr(row->name), name))
            continue;
        struct error *explained = ERROR(cx, *row->reason, "%s", row->message);
        explained->cause = error;
        return explained;
    }
    return error;
}
