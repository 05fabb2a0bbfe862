/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Rows and runners of the suites. */
#include "platform/db/tests/shelf.h"

#include "lib/db_fixture_main.h"

#ifdef __SANITIZE_THREAD__
/* Mistakes are made in a child process, while the engine's threads run in the parent. */
const char *__tsan_default_options(void);
const char *__tsan_default_options(void)
{
    return "die_after_fork=0";
}
#endif

static const struct db_column book_columns[] = {
    DB_COLUMN_ID(struct book, id),         DB_COLUMN_TEXT(struct book, title),
    DB_COLUMN_I64(struct book, pages),     DB_COLUMN_I32(struct book, level),
    DB_COLUMN_BOOL(struct book, is_read),  DB_NULLABLE_BYTES(struct book, cover),
    DB_NULLABLE_F64(struct book, price),   DB_NULLABLE_TEXT(struct book, note),
    DB_NULLABLE_ID(struct book, owner_id), DB_NULLABLE_INSTANT(struct book, bought_at),
};
const struct db_row book_row = DB_ROW(struct book, book_columns);

static const struct db_column title_columns[] = {
    DB_COLUMN_ID(struct title_row, id),
    DB_COLUMN_TEXT(struct title_row, title),
};
const struct db_row title_row = DB_ROW(struct title_row, title_columns);

static const struct db_column owner_columns[] = {
    DB_COLUMN_TEXT(struct owner_row,
                   name), /* another order than the statement's: columns are matched by name */
    DB_COLUMN_ID(struct owner_row, id),
};
const struct db_row owner_row = DB_ROW(struct owner_row, owner_columns);

static const struct db_column value_columns[] = {DB_COLUMN_I64(struct value_row, value)};
const struct db_row value_row = DB_ROW(struct value_row, value_columns);

const struct db_module_sql *const shelf_modules[] = {&shelf_sql, NULL};
enum db_engine shelf_engine;

struct id shelf_id(uint32_t number)
{
    struct id id = {{0x01, 0x9a}};
    for (size_t i = 0; i < 4; i++)
        id.bytes[12 + i] = (uint8_t)(number >> (24 - 8 * i));
    return id;
}

void shelf_assert_ok(struct arena *arena, const struct error *error, const char *file, int line)
{
    if (error == NULL)
        return;
    print_error("unexpected error: %s\n", error_describe(arena, error).ptr);
    _fail(file, line);
}

void shelf_assert_reason(const struct error *error, const struct reason *reason, const char *file, int line)
{
    if (error_is(error, reason))
        return;
    print_error("is %s, not %s\n", error != NULL ? error->reason->name : "no error", reason->name);
    if (error != NULL)
        print_error("  %" STR_FMT "\n", STR_ARG(error->message));
    _fail(file, line);
}

void shelf_run_with(const char *const *settings, on_loop_fn fn)
{
    struct db_fixture *fixture = db_fixture_new(
        &(struct db_fixture_options){.engine = shelf_engine, .modules = shelf_modules, .settings = settings});
    db_fixture_run(fixture, fn, fixture);
    db_fixture_free(fixture);
}

void shelf_run(on_loop_fn fn)
{
    shelf_run_with(NULL, fn);
}

int shelf_main(int argc, char **argv, const char *suite, const struct CMUnitTest *tests, size_t count)
{
    return db_fixture_main(argc, argv, suite, tests, count, &shelf_engine);
}
