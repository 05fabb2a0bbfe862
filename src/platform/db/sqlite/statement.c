/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Running one statement on a SQLite connection: prepare once, bind, step, store the rows; and what failures mean. */
#include <errno.h>

#include "platform/db/sqlite/connection.h"

static struct error *prepare(struct sqlite_connection *connection, struct ctx *cx,
                             struct statement_entry *entry)
{
    sqlite3_stmt *prepared = NULL;
    int result = sqlite3_prepare_v3(connection->handle, entry->sql, (int)entry->sql_len + 1,
                                    SQLITE_PREPARE_PERSISTENT, &prepared, NULL);
    if (result != SQLITE_OK)
        return sqlite_failure(connection, cx, entry->statement);
    entry->prepared = prepared;
    return NULL;
}

static int bind_one(sqlite3_stmt *prepared, int index, const struct argument *argument)
{
    if (argument->is_null)
        return sqlite3_bind_null(prepared, index);
    switch (argument->parameter->type) {
    case DB_TEXT:
        return sqlite3_bind_text64(prepared, index, argument->text.ptr, argument->text.len, SQLITE_STATIC,
                                   SQLITE_UTF8);
    case DB_ID:
    case DB_BYTES:
        return sqlite3_bind_blob64(prepared, index, argument->text.ptr, argument->text.len, SQLITE_STATIC);
    case DB_I64:
    case DB_I32:
    case DB_BOOL:
    case DB_INSTANT:
        return sqlite3_bind_int64(prepared, index, argument->integer);
    case DB_F64:
        return sqlite3_bind_double(prepared, index, argument->real);
    case DB_ID_ARRAY:
    case DB_TEXT_ARRAY:
    case DB_I64_ARRAY:
        return sqlite_array_bind(prepared, index, argument);
    }
    return SQLITE_MISUSE;
}

/* Parameters of filters that are left out have numbers above what the text has. */
static int bind_all(sqlite3_stmt *prepared, const struct db_call *call)
{
    int last = sqlite3_bind_parameter_count(prepared);
    int result = SQLITE_OK;
    for (int i = 0; i < last && result == SQLITE_OK; i++) {
        struct argument argument = argument_of(call, (size_t)i);
        result = bind_one(prepared, i + 1, &argument);
    }
    return result;
}

static const char *name_of_column(void *result, size_t index)
{
    return sqlite3_column_name(result, (int)index);
}

static bool store_value(struct arena *arena, sqlite3_stmt *prepared, int at, const struct db_column *column,
                        void *item)
{
    switch (sqlite3_column_type(prepared, at)) {
    case SQLITE_INTEGER:
        return column_store_integer(column, item, sqlite3_column_int64(prepared, at));
    case SQLITE_FLOAT:
        return column_store_real(column, item, sqlite3_column_double(prepared, at));
    case SQLITE_TEXT: {
        const char *text = (const char *)sqlite3_column_text(prepared, at);
        return column->type == DB_TEXT &&
               column_store_bytes(arena, column, item,
                                  str_from(text, (size_t)sqlite3_column_bytes(prepared, at)));
    }
    case SQLITE_BLOB: {
        const void *bytes = sqlite3_column_blob(prepared, at);
        return column->type != DB_TEXT &&
               column_store_bytes(arena, column, item,
                                  str_from(bytes, (size_t)sqlite3_column_bytes(prepared, at)));
    }
    default:
        return false;
    }
}

static struct error *store_row(struct db_request *request, const struct statement_entry *entry)
{
    struct arena *arena = request->cx->arena;
    void *item = rows_add(arena, &request->rows);
    for (size_t i = 0; i < request->rows.row->count; i++) {
        const struct db_column *column = &request->rows.row->columns[i];
        int at = entry->columns[i];
        if (sqlite3_column_type(entry->prepared, at) == SQLITE_NULL) {
            if (!column->is_nullable)
                return ERROR(request->cx, db_internal, "%s: column %s is NULL", entry->statement->name,
                             column->name);
        } else if (!store_value(arena, entry->prepared, at, column, item)) {
            statement_mistake(entry->statement, column->name, "has another type than its row's member");
        }
    }
    return NULL;
}

static struct error *step_all(struct sqlite_connection *connection, struct db_request *request,
                              struct statement_entry *entry)
{
    if (request->rows.row != NULL && entry->row != request->rows.row)
        statement_entry_match(entry, request->rows.row, (size_t)sqlite3_column_count(entry->prepared),
                              name_of_column, entry->prepared);
    int result;
    while ((result = sqlite3_step(entry->prepared)) == SQLITE_ROW) {
        if (request->rows.row != NULL)
            TRY(store_row(request, entry));
    }
    if (result != SQLITE_DONE) {
        if (sqlite3_extended_errcode(connection->handle) % 256 == SQLITE_CONSTRAINT)
            return constraint_error(request->cx,
                                    sqlite_constraint_name(connection, request->cx, entry->prepared));
        return sqlite_failure(connection, request->cx, entry->statement);
    }
    if (!sqlite3_stmt_readonly(entry->prepared))
        request->changed = sqlite3_changes64(connection->handle);
    return NULL;
}

struct error *sqlite_connection_run(struct sqlite_connection *connection, struct db_request *request)
{
    struct statement_entry *entry = statement_cache_find(&connection->cache, request->call);
    if (entry->prepared == NULL)
        TRY(prepare(connection, request->cx, entry));
    if (bind_all(entry->prepared, request->call) != SQLITE_OK)
        return sqlite_failure(connection, request->cx, entry->statement);
    entry->users++; /* naming a constraint runs statements of its own */
    struct error *error = step_all(connection, request, entry);
    entry->users--;
    sqlite3_reset(entry->prepared);
    sqlite3_clear_bindings(entry->prepared);
    return error;
}

/* What the system said when the file could last not be written. (sqlite3_system_errno gives errno as it is by now.) */
static int last_errno(sqlite3 *handle, int pointer_operation)
{
    sqlite3_file *file = NULL;
    int value = 0;
    (void)sqlite3_file_control(handle, "main", pointer_operation, &file);
    if (file != NULL && file->pMethods != NULL)
        (void)file->pMethods->xFileControl(file, SQLITE_FCNTL_LAST_ERRNO, &value);
    return value;
}

static bool is_no_room(int system_error)
{
    return system_error == ENOSPC || system_error == EDQUOT || system_error == EFBIG;
}

/* SQLite knows a full disk by its name, but neither a quota nor a limit on the size of files. */
static bool is_full(sqlite3 *handle, int code)
{
    if (code % 256 == SQLITE_FULL)
        return true;
    return code == SQLITE_IOERR_WRITE && (is_no_room(last_errno(handle, SQLITE_FCNTL_JOURNAL_POINTER)) ||
                                          is_no_room(last_errno(handle, SQLITE_FCNTL_FILE_POINTER)));
}

struct error *sqlite_failure(struct sqlite_connection *connection, struct ctx *cx,
                             const struct db_statement *statement)
{
    const char *name = statement != NULL ? statement->name : "transaction";
    int code = sqlite3_extended_errcode(connection->handle);
    const char *text = sqlite3_errmsg(connection->handle);
    if (is_full(connection->handle, code))
        return ERROR(cx, db_full, "the database's disk is full");
    switch (code % 256) {
    case SQLITE_INTERRUPT:
        return ERROR(cx, db_timeout, "%s took too long", name);
    case SQLITE_CONSTRAINT: /* one that is judged at the commit */
        return constraint_error(cx, sqlite_constraint_name(connection, cx, NULL));
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
    case SQLITE_PROTOCOL:
    case SQLITE_NOMEM:
        return ERROR(cx, db_unavailable, "the database cannot be used right now (%s: %s)", name, text);
    default:
        return ERROR(cx, db_internal, "%s: %s", name, text);
    }
}
