/* SPDX-License-Identifier: AGPL-3.0-or-later
 * The main function of a component test that runs on the engine it is told: PROGRAM sqlite|postgresql [TEST]. */
#ifndef TESTS_LIB_DB_FIXTURE_MAIN_H
#define TESTS_LIB_DB_FIXTURE_MAIN_H

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "lib/db_fixture.h"

/* Sets *ret_engine and runs the tests, or those that TEST names. Returns what main does: the failures, 77 for a skip, 2 for bad usage. */
int db_fixture_main(int argc, char **argv, const char *suite, const struct CMUnitTest *tests, size_t count,
                    enum db_engine *ret_engine);

#endif
