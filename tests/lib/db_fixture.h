/* SPDX-License-Identifier: AGPL-3.0-or-later
 * A migrated database of its own for a test, on either engine.
 *
 *     struct db_fixture *fixture = db_fixture_new(&(struct db_fixture_options){.engine = engine, .modules = modules});
 *     db_fixture_run(fixture, body, arg);     // on a fiber of a loop that is attached to the database
 *     db_fixture_free(fixture);
 *
 * PostgreSQL is the server of LATHE_TEST_POSTGRES_URL (tools/with-postgres gives one); each fixture makes a database there. */
#ifndef TESTS_LIB_DB_FIXTURE_H
#define TESTS_LIB_DB_FIXTURE_H

#include "platform/db/db.h"

#include "lib/on_loop.h"

struct db_fixture;

struct db_fixture_options {
    enum db_engine engine;
    const struct db_module_sql *const *modules; /* NULL-terminated */
    const char *const *settings;                /* more "LATHE_X=y", NULL-terminated; or NULL */
    const struct setting_group *const *groups;  /* more than the database's, NULL-terminated; or NULL */
    const char *database_url;                   /* instead of a new one; or NULL */
    bool is_unmigrated;
};

/* False where the engine cannot be had: PostgreSQL without LATHE_TEST_POSTGRES_URL. The test then says SKIP. */
bool db_fixture_has(enum db_engine engine);

/* Dies with a message when the database cannot be opened. */
struct db_fixture *db_fixture_new(const struct db_fixture_options *options);
void db_fixture_free(struct db_fixture *fixture);

/* The platform with db, a real clock and a blocking pool; a test may put more into it before it runs. */
struct platform *db_fixture_platform(struct db_fixture *fixture);
const struct config *db_fixture_config(const struct db_fixture *fixture);
const char *db_fixture_folder(const struct db_fixture *fixture); /* a temporary one */
const char *db_fixture_url(const struct db_fixture *fixture);

/* fn(cx, arg) on a fiber; cx->platform is the fixture's. */
void db_fixture_run(struct db_fixture *fixture, on_loop_fn fn, void *arg);

#endif
