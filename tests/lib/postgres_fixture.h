/* SPDX-License-Identifier: AGPL-3.0-or-later
 * A PostgreSQL server of a test's own, which the test may kill and start again. Tests that only need a database take
 * tools/with-postgres and db_fixture. */
#ifndef TESTS_LIB_POSTGRES_FIXTURE_H
#define TESTS_LIB_POSTGRES_FIXTURE_H

#include <stdbool.h>

struct postgres_fixture;

/* False where PostgreSQL is not installed: the test says SKIP. */
bool postgres_fixture_has(void);
/* Makes a cluster in a temporary folder (as an unprivileged user when run by root, which PostgreSQL refuses) and starts it on a
 * free port below 32768 of the loopback address. */
struct postgres_fixture *postgres_fixture_new(void);
void postgres_fixture_free(struct postgres_fixture *fixture);
const char *postgres_fixture_url(const struct postgres_fixture *fixture);

/* Kills the server at once, as a crash would. */
void postgres_fixture_kill(struct postgres_fixture *fixture);
/* Returns when it takes connections. */
void postgres_fixture_start(struct postgres_fixture *fixture);

#endif
