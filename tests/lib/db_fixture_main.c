/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Which engine a component test runs on. See db_fixture_main.h. */
#include "lib/db_fixture_main.h"

#include <stdio.h>
#include <string.h>

static bool find_engine(const char *word, enum db_engine *ret_engine)
{
    static const char *const words[DB_ENGINE_COUNT] = {
        [DB_SQLITE] = "sqlite", [DB_POSTGRESQL] = "postgresql"};
    for (int i = 0; i < DB_ENGINE_COUNT; i++) {
        if (strcmp(word, words[i]) != 0)
            continue;
        *ret_engine = (enum db_engine)i;
        return true;
    }
    return false;
}

int db_fixture_main(int argc, char **argv, const char *suite, const struct CMUnitTest *tests, size_t count,
                    enum db_engine *ret_engine)
{
    if (argc < 2 || !find_engine(argv[1], ret_engine)) {
        fprintf(stderr, "usage: %s sqlite|postgresql [TEST]\n", argv[0]);
        return 2;
    }
    if (!db_fixture_has(*ret_engine)) {
        printf("SKIP: LATHE_TEST_POSTGRES_URL names no PostgreSQL; tools/with-postgres starts one\n");
        return 77;
    }
    if (argc > 2)
        cmocka_set_test_filter(argv[2]);
    return _cmocka_run_group_tests(suite, tests, count, NULL, NULL);
}
