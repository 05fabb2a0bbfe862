/* SPDX-License-Identifier: AGPL-3.0-or-later
 * What the suites share: a small schema, its rows, and the engine that the command line names. */
#ifndef PLATFORM_DB_TESTS_SHELF_H
#define PLATFORM_DB_TESTS_SHELF_H

#include "platform/db/tests/shelf_sql.h"

#include "lib/db_fixture.h"
#include "tests/lib/check.h"

struct book {
    struct id id;
    struct str title;
    int64_t pages;
    int32_t level;
    bool is_read;
    struct str cover;
    double price;
    struct str note;
    struct id owner_id;
    struct instant bought_at;
};

struct title_row {
    struct id id;
    struct str title;
};

struct owner_row {
    struct id id;
    struct str name;
};

struct value_row {
    int64_t value;
};

extern const struct db_row book_row;
extern const struct db_row title_row;
extern const struct db_row owner_row;
extern const struct db_row value_row;
extern const struct db_module_sql *const shelf_modules[];
extern enum db_engine shelf_engine;

/* An id that differs by its number only. */
struct id shelf_id(uint32_t number);

/* Fails the test with the error's description unless it is NULL. */
#define ASSERT_OK(cx, expression) shelf_assert_ok((cx)->arena, (expression), __FILE__, __LINE__)
void shelf_assert_ok(struct arena *arena, const struct error *error, const char *file, int line);
#define ASSERT_REASON(expression, reason_) shelf_assert_reason((expression), &(reason_), __FILE__, __LINE__)
void shelf_assert_reason(const struct error *error, const struct reason *reason, const char *file, int line);

/* Runs fn against a new database of the engine, with these settings (NULL-terminated, or NULL). */
void shelf_run_with(const char *const *settings, on_loop_fn fn);
void shelf_run(on_loop_fn fn);

/* main of a suite: `suite sqlite` or `suite postgresql`; exit 77 where the engine cannot be had. */
int shelf_main(int argc, char **argv, const char *suite, const struct CMUnitTest *tests, size_t count);

#endif
