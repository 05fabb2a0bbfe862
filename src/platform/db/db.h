/* SPDX-License-Identifier: AGPL-3.0-or-later
 * One interface over SQLite and PostgreSQL: named statements, rows by descriptor, transactions as functions.
 *
 * All SQL text is in .sql files; tools/sqlgen turns each statement into a typed call:
 *
 *     -- name: find_account_by_email
 *     -- params: email_folded text
 *     select id, email, created_at from account where email_folded = :email_folded
 *
 *     TRY(db_find(cx, tx, IDENTITY_FIND_ACCOUNT_BY_EMAIL(.email_folded = folded), &account_row, &row, &found));
 *
 * With tx NULL a call is a single statement on the lanes (architecture.md §5): on PostgreSQL a shared pipelined
 * connection; on SQLite an inline read on the loop's connection (statements marked heavy: on a reader thread), or a
 * write through the writer thread. Inside db_transact every call passes its tx. Everything returned lives in cx->arena. */
#ifndef PLATFORM_DB_DB_H
#define PLATFORM_DB_DB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/data/vec.h"

#include "platform/config/config.h"
#include "platform/ctx/ctx.h"

struct loop;
struct tx;

enum db_engine { DB_SQLITE, DB_POSTGRESQL, DB_ENGINE_COUNT };

/* Types of parameters and columns, with their words in `-- params:`. A trailing '?' there makes a parameter nullable:
 * absent text or bytes, a zero id, instant none are sent as NULL. */
enum db_type {
    DB_ID,      /* uuid     struct id       uuid / 16-byte blob */
    DB_TEXT,    /* text     struct str */
    DB_BYTES,   /* bytes    struct str      bytea / blob */
    DB_I64,     /* bigint   int64_t */
    DB_I32,     /* int      int32_t         enums and small counts */
    DB_BOOL,    /* boolean  bool            boolean / 0 or 1 */
    DB_INSTANT, /* time     struct instant  bigint microseconds */
    DB_F64,     /* double   double          double precision / real */
    /* Parameters only: struct array of struct id, struct str, int64_t; for `in (:ids)` and `unnest(:ids)`. */
    DB_ID_ARRAY,   /* uuid[] */
    DB_TEXT_ARRAY, /* text[] */
    DB_I64_ARRAY   /* bigint[] */
};

struct db_parameter {
    const char *name;
    enum db_type type;
    bool is_nullable;
    size_t offset; /* in the generated args struct */
};

/* A piece of a statement's text: always there (option < 0), or with option i of the filter set or of the order. */
struct db_fragment {
    const char *text;
    int16_t filter; /* bit in args.with, or -1 */
    int16_t order;  /* value of args.order, or -1 */
};

enum db_statement_flag {
    DB_READ = 1 << 0,  /* select without side effects */
    DB_HEAVY = 1 << 1, /* `-- heavy`: not inline on a loop */
    DB_SLOW = 1 << 2   /* `-- slow: why`: may read more rows than it returns */
};

struct db_statement {
    const char *name; /* "identity.find_account_by_email" */
    unsigned flags;
    uint32_t index; /* within its module, in the order of its files */
    const struct db_parameter *parameters;
    size_t parameter_count;
    ptrdiff_t with_offset, order_offset; /* of uint32_t with / order in the args struct; -1: none */
    uint32_t filter_count, order_count;
    /* The result's column that says which key a row belongs to; reads of several keys may go as one. NULL: they may not. */
    const char *gather_key;
    const struct db_fragment *text[DB_ENGINE_COUNT]; /* ends with text NULL; placeholders are ?N / $N */
};

struct db_migration {
    int number;
    const char *name;
    const char *text[DB_ENGINE_COUNT];
    const char *sha256; /* of the source, so that an edited migration is noticed */
};

/* What sqlgen makes of a module's sql folder: `extern const struct db_module_sql identity_sql;` */
struct db_module_sql {
    const char *module;
    const struct db_statement *const *statements;
    size_t statement_count;
    const struct db_migration *migrations;
    size_t migration_count;
};

/* A statement with its arguments; made by the generated macros only. */
struct db_call {
    const struct db_statement *statement;
    const void *args;
};

/* A result row: columns are matched by name, checked once per statement against what the database describes. */
struct db_column {
    const char *name;
    enum db_type type;
    size_t offset;
    bool is_nullable; /* NULL gives absent text, zero id, instant none, 0 */
};

struct db_row {
    size_t size;
    const struct db_column *columns;
    size_t count;
};

/* clang-format off */
#define DB_COLUMN_ID(type_, member_)      {.name = #member_, .type = DB_ID, .offset = OFFSET_OF(type_, member_, struct id)}
#define DB_COLUMN_TEXT(type_, member_)    {.name = #member_, .type = DB_TEXT, .offset = OFFSET_OF(type_, member_, struct str)}
#define DB_COLUMN_BYTES(type_, member_)   {.name = #member_, .type = DB_BYTES, .offset = OFFSET_OF(type_, member_, struct str)}
#define DB_COLUMN_I64(type_, member_)     {.name = #member_, .type = DB_I64, .offset = OFFSET_OF(type_, member_, int64_t)}
#define DB_COLUMN_I32(type_, member_)     {.name = #member_, .type = DB_I32, .offset = OFFSET_OF(type_, member_, int32_t)}
#define DB_COLUMN_BOOL(type_, member_)    {.name = #member_, .type = DB_BOOL, .offset = OFFSET_OF(type_, member_, bool)}
#define DB_COLUMN_INSTANT(type_, member_) {.name = #member_, .type = DB_INSTANT, .offset = OFFSET_OF(type_, member_, struct instant)}
#define DB_COLUMN_F64(type_, member_)     {.name = #member_, .type = DB_F64, .offset = OFFSET_OF(type_, member_, double)}
/* The same, NULL allowed. */
#define DB_NULLABLE_ID(type_, member_)      {.name = #member_, .type = DB_ID, .offset = OFFSET_OF(type_, member_, struct id), .is_nullable = true}
#define DB_NULLABLE_TEXT(type_, member_)    {.name = #member_, .type = DB_TEXT, .offset = OFFSET_OF(type_, member_, struct str), .is_nullable = true}
#define DB_NULLABLE_BYTES(type_, member_)   {.name = #member_, .type = DB_BYTES, .offset = OFFSET_OF(type_, member_, struct str), .is_nullable = true}
#define DB_NULLABLE_I64(type_, member_)     {.name = #member_, .type = DB_I64, .offset = OFFSET_OF(type_, member_, int64_t), .is_nullable = true}
#define DB_NULLABLE_I32(type_, member_)     {.name = #member_, .type = DB_I32, .offset = OFFSET_OF(type_, member_, int32_t), .is_nullable = true}
#define DB_NULLABLE_INSTANT(type_, member_) {.name = #member_, .type = DB_INSTANT, .offset = OFFSET_OF(type_, member_, struct instant), .is_nullable = true}
#define DB_NULLABLE_F64(type_, member_)     {.name = #member_, .type = DB_F64, .offset = OFFSET_OF(type_, member_, double), .is_nullable = true}
#define DB_ROW(type_, columns_) {.size = sizeof(type_), .columns = (columns_), .count = COUNT_OF(columns_)}
/* clang-format on */

/* Rows of one column, which many statements have: `id`, `count`. */
struct db_id {
    struct id id;
};
struct db_count {
    int64_t count;
};
extern const struct db_row db_id_row, db_count_row;

#define DB_REASONS(X)                                                                                        \
    X(db_unavailable, "common.database_unavailable", UNAVAILABLE,                                            \
      "The database cannot be reached right now")                                                            \
    X(db_constraint, "common.constraint", CONFLICT,                                                          \
      "A uniqueness or reference rule of the database refused")                                              \
    X(db_full, "common.storage_full", FULL, "The database's disk is full")                                   \
    X(db_not_found, "common.row_not_found", NOT_FOUND, "No such row")                                        \
    X(db_timeout, "common.database_timeout", TIMEOUT, "The database took too long")                          \
    X(db_internal, "common.database_failed", INTERNAL, "The database refused a statement")

REASONS_DECLARE(DB_REASONS);
extern const struct reason *const db_reasons[];

/* Zero or one row; more is a REQUIRE failure. ret_row is zeroed when none is found. */
MUST_USE struct error *db_find(struct ctx *cx, struct tx *tx, const struct db_call *call,
                               const struct db_row *row, void *ret_row, bool *ret_found);
/* Exactly one row, else db_not_found. */
MUST_USE struct error *db_load(struct ctx *cx, struct tx *tx, const struct db_call *call,
                               const struct db_row *row, void *ret_row);
/* All rows, an array of row->size items. */
MUST_USE struct error *db_list(struct ctx *cx, struct tx *tx, const struct db_call *call,
                               const struct db_row *row, struct array *ret_rows);

/* One of several reads; rows is an array of row->size items, set when all succeeded. */
struct db_reading {
    const struct db_call *call;
    const struct db_row *row;
    struct array rows;
};
/* Reads (at most 4) of which none needs another's answer: on PostgreSQL those that are gathered, and those of a transaction, take
 * one way there and back. None sees an older state than the one before; the same state they need not see. Outside of transactions
 * no statement stands behind the one before it in its module's files. */
MUST_USE struct error *db_list_together(struct ctx *cx, struct tx *tx, struct db_reading *readings,
                                        size_t count);

/* Runs; ret_count (may be NULL) gets the rows changed. */
MUST_USE struct error *db_exec(struct ctx *cx, struct tx *tx, const struct db_call *call, int64_t *ret_count);
/* In a transaction, where nothing depends on what it returns: on PostgreSQL it is only sent, and goes the way of the next statement
 * that is waited for. What it fails with is that one's error, or the transaction's. */
MUST_USE struct error *db_post(struct ctx *cx, struct tx *tx, const struct db_call *call);

/* What a violated constraint means. name is that of the unique index or of the (named) foreign key or check, the same on
 * both engines. */
struct db_constraint {
    const char *name;
    const struct reason *reason;
    const char *message;
};
/* Translates a db_constraint error by the table (ended by a NULL name); others pass through, NULL too. */
MUST_USE struct error *db_explain(struct ctx *cx, struct error *error,
                                  const struct db_constraint *constraints);
/* The violated constraint's name; absent for other errors. */
struct str db_constraint_name(const struct error *error);

enum tx_mode {
    TX_READ,  /* a consistent snapshot, no writes */
    TX_WRITE, /* read committed on PostgreSQL; rows that are judged are locked by `for update` statements */
    TX_SERIALIZABLE /* run again by db_transact after a serialization failure or deadlock */
};

typedef struct error *(*tx_fn)(struct ctx *cx, struct tx *tx, void *arg);

/* Runs fn in one transaction and returns after the commit is durable, or with fn's error after a rollback. fn may run more
 * than once (each time on the arena as it was: outputs are assigned, not accumulated), waits for nothing but the
 * database and makes no outside call. On SQLite it runs on the writer thread (TX_READ: a reader thread) while the fiber is
 * parked. A statement that the database refuses ends the transaction: what follows in it fails, and it is rolled back whatever
 * fn returns. fn passes its tx to every call (without it a call inside fn is a REQUIRE failure on SQLite); a conflict that is expected is written into the statement (`on conflict do nothing`) or read first.
 * Errors besides fn's: unavailable, timeout, full. */
MUST_USE struct error *db_transact(struct ctx *cx, enum tx_mode mode, tx_fn fn, void *arg);

/* Calls fn(arg) after the commit and before db_transact returns, on the calling fiber; dropped on rollback, but not when the
 * commit's outcome is unknown because the connection was lost. For bumping cache generations and waking workers. arg must live as long (cx->arena does). */
void tx_after_commit(struct tx *tx, void (*fn)(struct ctx *cx, void *arg), void *arg);
/* Calls fn(arg) once when this run of fn has ended, by commit or rollback; on any thread when it runs again, else as above. */
void tx_after_end(struct tx *tx, void (*fn)(struct ctx *cx, void *arg), void *arg);

extern const struct setting_group db_settings_group;

/* Opens (creating the SQLite file), without migrating. modules is NULL-terminated. loops is the number that will attach.
 * Errors: a sentence for the operator. */
MUST_USE struct error *db_open(struct arena *arena, const struct config *config,
                               const struct platform *platform, const struct db_module_sql *const *modules,
                               int loops, struct db **ret_db);
/* Waits for what runs. Accepts NULL. */
void db_close(struct db *db);
/* Where work may wait for the database before it begins: writes for the writer (on PostgreSQL transactions for one of this loop's
 * lines), heavy reads for a reader thread (SQLite alone). */
enum db_queue { DB_QUEUE_WRITES, DB_QUEUE_READS };
/* How long the first of those has waited who wait there and are not vital (ctx.h); 0: none waits. Cheap enough for each request. */
int64_t db_wait_us(struct db *db, enum db_queue queue);
/* What the database did for vital work of this thread since it began: calls, and the time that they took together, waiting included. */
struct db_effort {
    int64_t count, us;
};
struct db_effort db_vital_effort(void);
enum db_engine db_engine_of(const struct db *db);

/* Connects the calling thread's loop (its lanes, read connection); detach before the loop is freed. */
void db_attach_loop(struct db *db, struct loop *loop);
void db_detach_loop(struct db *db, struct loop *loop);

/* Applies what is missing, each migration in a transaction with its row in schema_migration; safe to run from several
 * processes. ret_applied counts. Errors: a sentence naming the migration. */
MUST_USE struct error *db_migrate(struct ctx *cx, struct db *db, int *ret_applied);
/* True when every migration of the modules is applied; for readiness. */
MUST_USE struct error *db_is_current(struct ctx *cx, struct db *db, bool *ret_current);
/* A round trip, for readiness. */
MUST_USE struct error *db_ping(struct ctx *cx, struct db *db);

/* A consistent copy of a running SQLite database into a new file, fsynced. PostgreSQL is dumped by app with pg_dump. */
MUST_USE struct error *db_copy_sqlite(struct ctx *cx, struct db *db, const char *path);

#endif
