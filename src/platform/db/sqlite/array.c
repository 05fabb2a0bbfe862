/* SPDX-License-Identifier: AGPL-3.0-or-later
 * db_array(parameter), a table-valued function: one row, with the column `value`, for each item of an array parameter.
 * Source: https://www.sqlite.org/vtab.html#tabfunc2, https://www.sqlite.org/bindptr.html */
#include "base/mem/alloc.h"

#include "platform/db/db_sql.h"
#include "platform/db/sqlite/connection.h"

enum { COLUMN_VALUE, COLUMN_SOURCE };
static const char pointer_type[] = "db_array";

struct array_source {
    enum db_type type;
    const struct array *array;
};

struct array_cursor {
    sqlite3_vtab_cursor base;
    const struct array_source *source; /* NULL: no rows */
    size_t at;
};

static int array_connect(sqlite3 *handle, void *aux, int argc, const char *const *argv,
                         sqlite3_vtab **ret_table, char **ret_error)
{
    (void)aux;
    (void)argc;
    (void)argv;
    (void)ret_error;
    int result = sqlite3_declare_vtab(handle, db_declare_array_statement.text[DB_SQLITE][0].text);
    if (result != SQLITE_OK)
        return result;
    sqlite3_vtab_config(handle, SQLITE_VTAB_INNOCUOUS);
    *ret_table = MEM_NEW(sqlite3_vtab);
    return SQLITE_OK;
}

static int array_disconnect(sqlite3_vtab *table)
{
    mem_free(table);
    return SQLITE_OK;
}

/* The plan: the source must be given. An unknown number of rows, but few. */
static int array_best_index(sqlite3_vtab *table, sqlite3_index_info *info)
{
    (void)table;
    for (int i = 0; i < info->nConstraint; i++) {
        if (info->aConstraint[i].iColumn != COLUMN_SOURCE)
            continue;
        if (!info->aConstraint[i].usable || info->aConstraint[i].op != SQLITE_INDEX_CONSTRAINT_EQ)
            return SQLITE_CONSTRAINT;
        info->aConstraintUsage[i].argvIndex = 1;
        info->aConstraintUsage[i].omit = 1;
        info->estimatedCost = 20;
        info->estimatedRows = 20;
        return SQLITE_OK;
    }
    return SQLITE_CONSTRAINT;
}

static int array_open(sqlite3_vtab *table, sqlite3_vtab_cursor **ret_cursor)
{
    (void)table;
    struct array_cursor *cursor = MEM_NEW(struct array_cursor);
    *ret_cursor = &cursor->base;
    return SQLITE_OK;
}

static struct array_cursor *cursor_of(sqlite3_vtab_cursor *base)
{
    return LIST_OWNER(base, struct array_cursor, base);
}

static int array_close(sqlite3_vtab_cursor *base)
{
    mem_free(cursor_of(base));
    return SQLITE_OK;
}

static int array_filter(sqlite3_vtab_cursor *base, int plan, const char *plan_text, int argc,
                        sqlite3_value **argv)
{
    (void)plan;
    (void)plan_text;
    struct array_cursor *cursor = cursor_of(base);
    cursor->source = argc == 1 ? sqlite3_value_pointer(argv[0], pointer_type) : NULL;
    cursor->at = 0;
    return SQLITE_OK;
}

static int array_next(sqlite3_vtab_cursor *base)
{
    cursor_of(base)->at++;
    return SQLITE_OK;
}

static int array_is_at_end(sqlite3_vtab_cursor *base)
{
    const struct array_cursor *cursor = cursor_of(base);
    return cursor->source == NULL || cursor->at >= cursor->source->array->count;
}

static void give_value(sqlite3_context *context, const struct array_source *source, size_t at)
{
    if (source->type == DB_ID_ARRAY) {
        sqlite3_result_blob(context, ARRAY_AT(const struct id, *source->array, at)->bytes, sizeof(struct id),
                            SQLITE_TRANSIENT);
    } else if (source->type == DB_TEXT_ARRAY) {
        const struct str *text = ARRAY_AT(const struct str, *source->array, at);
        sqlite3_result_text64(context, text->ptr != NULL ? text->ptr : "", text->len, SQLITE_TRANSIENT,
                              SQLITE_UTF8);
    } else {
        sqlite3_result_int64(context, *ARRAY_AT(const int64_t, *source->array, at));
    }
}

static int array_column(sqlite3_vtab_cursor *base, sqlite3_context *context, int column)
{
    const struct array_cursor *cursor = cursor_of(base);
    if (column == COLUMN_VALUE && cursor->source != NULL)
        give_value(context, cursor->source, cursor->at);
    return SQLITE_OK;
}

static int array_rowid(sqlite3_vtab_cursor *base, sqlite3_int64 *ret_rowid)
{
    *ret_rowid = (sqlite3_int64)cursor_of(base)->at;
    return SQLITE_OK;
}

static const sqlite3_module array_module = {
    .xConnect = array_connect, /* without xCreate: always there, in every schema */
    .xBestIndex = array_best_index,
    .xDisconnect = array_disconnect,
    .xOpen = array_open,
    .xClose = array_close,
    .xFilter = array_filter,
    .xNext = array_next,
    .xEof = array_is_at_end,
    .xColumn = array_column,
    .xRowid = array_rowid,
};

void sqlite_array_register(sqlite3 *handle)
{
    REQUIRE(sqlite3_create_module(handle, pointer_type, &array_module, NULL) == SQLITE_OK);
}

int sqlite_array_bind(sqlite3_stmt *statement, int index, const struct argument *argument)
{
    struct array_source *source = MEM_NEW(struct array_source);
    *source = (struct array_source){.type = argument->parameter->type, .array = argument->array};
    return sqlite3_bind_pointer(statement, index, source, pointer_type, mem_free);
}
