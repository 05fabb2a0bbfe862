/* SPDX-License-Identifier: AGPL-3.0-or-later
 * What the two engines and the common part share; for the files of this folder only. */
#ifndef PLATFORM_DB_DRIVER_H
#define PLATFORM_DB_DRIVER_H

#include "platform/db/db.h"
#include "platform/db/measure.h"
#include "platform/db/rows.h"
#include "platform/db/settings.h"

/* A statement being run once: what to run and where its rows go. */
struct db_request {
    struct ctx *cx;
    const struct db_call *call;
    struct rows rows;
    int64_t changed; /* rows inserted, updated or deleted */
};

struct tx_hook {
    struct tx_hook *next;
    void (*fn)(struct ctx *cx, void *arg);
    void *arg;
    bool is_for_any_end; /* else for commits only */
};

/* A transaction in progress. Lives on the stack of db_transact's caller. */
struct tx {
    struct ctx *cx;
    struct db *db;
    enum tx_mode mode;
    void *session;           /* the engine's connection */
    const char *failed_name; /* of the statement that the database refused; NULL: none */
    struct tx_hook *hook_first;
    struct tx_hook *hook_last;
};

/* What runs between begin and commit, and may run again. */
struct tx_body {
    tx_fn fn;
    void *arg;
    struct tx tx;
    bool is_unsure;          /* the commit was sent, and no answer came */
    struct arena_mark start; /* of cx->arena, to which a rerun goes back */
};

struct db_driver {
    struct error *(*open)(struct arena *arena, struct db *db);
    void (*close)(struct db *db);
    void (*attach_loop)(struct db *db, struct loop *loop);
    void (*detach_loop)(struct db *db, struct loop *loop);
    /* A statement of its own, in whatever lane suits it. */
    struct error *(*run)(struct db *db, struct db_request *request);
    /* Reads that do not depend on each other. NULL: one after the other is as good. */
    struct error *(*run_together)(struct db *db, struct db_request *requests, size_t count);
    struct error *(*run_in_tx)(struct tx *tx, struct db_request *request);
    /* Begins it; the next run_in_tx, or the commit, ends it, and tells its error. The request lives as long as the transaction. NULL:
     * it is run at once. */
    struct error *(*post_in_tx)(struct tx *tx, struct db_request *request);
    struct error *(*transact)(struct db *db, struct tx_body *body);
    /* Applies a migration and runs `record` in one transaction, which no other process can enter meanwhile. */
    struct error *(*migrate)(struct db *db, struct tx_body *body);
    /* In a transaction of migrate: a text of several statements without parameters. */
    struct error *(*run_script)(struct tx *tx, const char *text);
    int64_t (*wait_us)(struct db *db, enum db_queue queue); /* as db_wait_us */
};

struct db {
    const struct db_driver *driver;
    enum db_engine engine;
    const struct platform *platform;
    const struct db_settings *settings;
    const struct db_module_sql *const *modules;
    int loops;
    char *target; /* the SQLite file's path, or the PostgreSQL URL */
    void *state;  /* the engine's own */
};

extern const struct db_driver sqlite_driver;
extern const struct db_driver postgresql_driver;

/* Calls fn, on the arena as it was at first. */
MUST_USE struct error *tx_body_run(struct tx_body *body, void *session);
/* Calls what waits for the commit, in order. */
void tx_body_committed(struct tx_body *body);

/* A violated constraint; the name can be read back with db_constraint_name. */
MUST_USE struct error *constraint_error(struct ctx *cx, struct str name);

/* Aborts: statement and column (or "") do not fit together, which no input can cause. */
_Noreturn void statement_mistake(const struct db_statement *statement, const char *column, const char *what);

#endif
