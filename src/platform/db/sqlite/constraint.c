/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Names of violated constraints. SQLite tells columns for a unique key and nothing for a foreign key; the names are those
 * that PostgreSQL gives: see README.md, "Migrations". */
#include <ctype.h>

#include "platform/db/db_sql.h"
#include "platform/db/sqlite/connection.h"

/* As many changed rows are looked at for the one that lacks its parent. */
enum { MAX_PROBED_ROWS = 256 };

struct name_row {
    struct str name;
};

static const struct db_column name_columns[] = {DB_COLUMN_TEXT(struct name_row, name)};
static const struct db_row name_row = DB_ROW(struct name_row, name_columns);

struct own_key {
    struct str name;
    int64_t number;
    struct str probe;
};

static const struct db_column own_key_columns[] = {
    DB_COLUMN_TEXT(struct own_key, name),
    DB_COLUMN_I64(struct own_key, number),
    DB_COLUMN_TEXT(struct own_key, probe),
};
static const struct db_row own_key_row = DB_ROW(struct own_key, own_key_columns);

struct foreign_key {
    struct str name;
    int64_t number;
    struct str child;
};

static const struct db_column foreign_key_columns[] = {
    DB_COLUMN_TEXT(struct foreign_key, name),
    DB_COLUMN_I64(struct foreign_key, number),
    DB_COLUMN_TEXT(struct foreign_key, child),
};
static const struct db_row foreign_key_row = DB_ROW(struct foreign_key, foreign_key_columns);

struct broken_row {
    int64_t number;
};

static const struct db_column broken_columns[] = {DB_COLUMN_I64(struct broken_row, number)};
static const struct db_row broken_row = DB_ROW(struct broken_row, broken_columns);

/* What is being named, and with what. */
struct naming {
    struct sqlite_connection *connection;
    struct ctx *cx;
    sqlite3_stmt *statement; /* NULL: the commit */
    struct str message;
    struct str table;
    VEC(int64_t) rowids; /* of rows that the statement inserts or updates in the table */
};

/* The rows; none when the query itself fails, for then the name stays unknown. */
static struct rows query(struct naming *naming, const struct db_call *call, const struct db_row *row)
{
    struct db_request request = {.cx = naming->cx, .call = call, .rows = {.row = row}};
    struct error *error = sqlite_connection_run(naming->connection, &request);
    return error == NULL ? request.rows : (struct rows){.row = row};
}

/* Unique keys: "UNIQUE constraint failed: account.email, account.kind", or "… index 'name'" */

static struct str name_unique(struct naming *naming, struct str columns)
{
    struct str prefix = STR("index '");
    if (str_starts_with(columns, prefix))
        return str_slice(columns, prefix.len, columns.len - prefix.len - 1);
    struct str rest = columns;
    if (!str_split(&rest, '.', &naming->table))
        return STR_NONE;
    struct rows rows =
        query(naming, DB_UNIQUE_CONSTRAINT_OF(.table_name = naming->table, .columns = columns), &name_row);
    if (rows.count != 0)
        return ((const struct name_row *)(const void *)rows.items)->name;
    /* The row number itself has no index. */
    return arena_printf(naming->cx->arena, "%" STR_FMT "_pkey", STR_ARG(naming->table));
}

/* Foreign keys */

static struct str word_at(const char *text)
{
    while (*text == ' ' || *text == '\n' || *text == '"')
        text++;
    size_t len = 0;
    while (isalnum((unsigned char)text[len]) || text[len] == '_')
        len++;
    return str_from(text, len);
}

/* The table that a statement writes to first. */
static struct str written_table(sqlite3_stmt *statement)
{
    static const char *const starts[] = {"insert into", "delete from", "update"};
    const char *sql = statement != NULL ? sqlite3_sql(statement) : "";
    const char *first = NULL;
    for (size_t i = 0; i < COUNT_OF(starts); i++) {
        const char *at = strcasestr(sql, starts[i]);
        if (at != NULL && (first == NULL || at < first))
            first = at + strlen(starts[i]);
    }
    return first != NULL ? word_at(first) : STR_NONE;
}

static void note_row(void *arg, int operation, const char *schema, const char *table, sqlite3_int64 rowid)
{
    (void)schema;
    struct naming *naming = arg;
    if (operation != SQLITE_DELETE && str_equal(str_cstr(table), naming->table) &&
        naming->rowids.count < MAX_PROBED_ROWS)
        *VEC_PUSH(naming->cx->arena, &naming->rowids) = rowid;
}

/* Runs the statement again with the judgement put off, so that what it did can be looked at. */
static void run_unjudged(struct naming *naming)
{
    sqlite3 *handle = naming->connection->handle;
    (void)sqlite3_exec(handle, "SAVEPOINT naming; PRAGMA defer_foreign_keys = ON", NULL, NULL, NULL);
    sqlite3_update_hook(handle, note_row, naming);
    sqlite3_reset(naming->statement);
    while (sqlite3_step(naming->statement) == SQLITE_ROW)
        continue;
    sqlite3_reset(naming->statement);
    sqlite3_update_hook(handle, NULL, NULL);
}

static void undo_unjudged(struct naming *naming)
{
    (void)sqlite3_exec(naming->connection->handle,
                       "ROLLBACK TO naming; RELEASE naming; PRAGMA defer_foreign_keys = OFF", NULL, NULL,
                       NULL);
}

static bool is_broken_anywhere(struct naming *naming, struct str table, int64_t number)
{
    struct rows rows = query(naming, DB_BROKEN_FOREIGN_KEYS(.table_name = table), &broken_row);
    const struct broken_row *broken = (const void *)rows.items;
    for (size_t i = 0; i < rows.count; i++) {
        if (broken[i].number == number)
            return true;
    }
    return false;
}

static bool is_broken_in_rows(struct naming *naming, const struct own_key *key)
{
    sqlite3_stmt *probe = NULL;
    bool is_broken = false;
    if (sqlite3_prepare_v2(naming->connection->handle, key->probe.ptr, (int)key->probe.len, &probe, NULL) !=
        SQLITE_OK)
        return false;
    for (size_t i = 0; i < naming->rowids.count && !is_broken; i++) {
        sqlite3_bind_int64(probe, 1, naming->rowids.items[i]);
        is_broken = sqlite3_step(probe) == SQLITE_ROW;
        sqlite3_reset(probe);
    }
    sqlite3_finalize(probe);
    return is_broken;
}

static struct str name_own(struct naming *naming, const struct own_key *keys, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        /* Tables without row numbers are small, so all of it may be looked at. */
        bool is_broken = naming->rowids.count != 0
                             ? is_broken_in_rows(naming, &keys[i])
                             : is_broken_anywhere(naming, naming->table, keys[i].number);
        if (is_broken)
            return keys[i].name;
    }
    return STR_NONE;
}

static struct str name_foreign(struct naming *naming)
{
    naming->table = written_table(naming->statement);
    struct rows from = query(naming, DB_FOREIGN_KEYS_FROM(.table_name = naming->table), &own_key_row);
    struct rows to = query(naming, DB_FOREIGN_KEYS_TO(.table_name = naming->table), &foreign_key_row);
    const struct own_key *own = (const void *)from.items;
    const struct foreign_key *others = (const void *)to.items;
    bool is_deletion =
        naming->statement != NULL && strcasestr(sqlite3_sql(naming->statement), "delete from") != NULL;
    if (from.count == 1 && to.count == 0)
        return own[0].name;
    if (to.count == 1 && (from.count == 0 || is_deletion))
        return others[0].name;
    if (naming->statement == NULL)
        return STR_NONE;
    run_unjudged(naming);
    struct str name = is_deletion ? STR_NONE : name_own(naming, own, from.count);
    for (size_t i = 0; i < to.count && name.ptr == NULL; i++) {
        if (is_broken_anywhere(naming, others[i].child, others[i].number))
            name = others[i].name;
    }
    undo_unjudged(naming);
    return name;
}

/* "NOT NULL constraint failed: account.email": PostgreSQL has no name for it either. */
static struct str name_not_null(struct naming *naming, struct str column)
{
    struct str rest = column;
    struct str table = STR_NONE;
    if (!str_split(&rest, '.', &table))
        return column;
    return arena_printf(naming->cx->arena, "%" STR_FMT "_%" STR_FMT "_not_null", STR_ARG(table),
                        STR_ARG(rest));
}

struct str sqlite_constraint_name(struct sqlite_connection *connection, struct ctx *cx,
                                  sqlite3_stmt *statement)
{
    struct naming naming = {
        .connection = connection,
        .cx = cx,
        .statement = statement,
        .message = arena_str(cx->arena, str_cstr(sqlite3_errmsg(connection->handle))),
    };
    int code = sqlite3_extended_errcode(connection->handle);
    struct str detail = STR_NONE;
    struct str rest = naming.message;
    if (str_split(&rest, ':', &detail))
        detail = str_trim(rest);
    switch (code) {
    case SQLITE_CONSTRAINT_UNIQUE:
    case SQLITE_CONSTRAINT_PRIMARYKEY:
    case SQLITE_CONSTRAINT_ROWID:
        return name_unique(&naming, detail);
    case SQLITE_CONSTRAINT_FOREIGNKEY:
        return name_foreign(&naming);
    case SQLITE_CONSTRAINT_NOTNULL:
        return name_not_null(&naming, detail);
    default: /* a check, or what a trigger raised */
        return detail.len != 0 ? detail : naming.message;
    }
}
