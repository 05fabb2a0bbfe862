/* SPDX-License-Identifier: AGPL-3.0-or-later
 * One SQLite connection and what runs on it. Used by one thread at a time. */
#ifndef PLATFORM_DB_SQLITE_CONNECTION_H
#define PLATFORM_DB_SQLITE_CONNECTION_H

#include <sqlite3.h>

#include "platform/db/driver.h"
#include "platform/db/statement_cache.h"

/* Statements that begin and end things; prepared with the connection. */
enum session_step {
    STEP_BEGIN,
    STEP_BEGIN_WRITE,
    STEP_COMMIT,
    STEP_ROLLBACK,
    STEP_SAVEPOINT,
    STEP_RELEASE,
    STEP_ROLLBACK_TO,
    STEP_COUNT
};

enum connection_kind { CONNECTION_READS, CONNECTION_WRITES };

struct sqlite_connection {
    sqlite3 *handle;
    const struct db *db;
    struct statement_cache cache;
    sqlite3_stmt *steps[STEP_COUNT];
    int64_t deadline_us; /* reads stop there (monotonic); INT64_MAX: never */
};

MUST_USE struct error *sqlite_connection_open(struct arena *arena, const struct db *db,
                                              enum connection_kind kind,
                                              struct sqlite_connection *ret_connection);
/* Harmless on a zeroed one. */
void sqlite_connection_close(struct sqlite_connection *connection);

/* Runs the request on this thread. Errors: constraint, full, timeout, unavailable, internal. */
MUST_USE struct error *sqlite_connection_run(struct sqlite_connection *connection,
                                             struct db_request *request);

/* SQLite's result of a step; the caller resets the statement. No deadline stops it. */
int sqlite_connection_raw_step(struct sqlite_connection *connection, enum session_step step);
/* A step; ROLLBACK, RELEASE and ROLLBACK_TO of a transaction that SQLite has already rolled back do nothing. */
MUST_USE struct error *sqlite_connection_step(struct sqlite_connection *connection, struct ctx *cx,
                                              enum session_step step);
/* Several statements without parameters. */
MUST_USE struct error *sqlite_connection_script(struct sqlite_connection *connection, struct ctx *cx,
                                                const char *text);

/* What the last failure of the connection means. statement is what ran, or NULL. */
MUST_USE struct error *sqlite_failure(struct sqlite_connection *connection, struct ctx *cx,
                                      const struct db_statement *statement);

/* The name of the constraint that the statement violated just now. */
struct str sqlite_constraint_name(struct sqlite_connection *connection, struct ctx *cx,
                                  sqlite3_stmt *statement);

/* The table-valued function db_array(parameter): the items of an array parameter as rows. */
void sqlite_array_register(sqlite3 *handle);
/* 0, or SQLite's error. The array must live until the binding is cleared. */
int sqlite_array_bind(sqlite3_stmt *statement, int index, const struct argument *argument);

#endif
