/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Which ways to a PostgreSQL production takes. */
#include "platform/db/postgresql/conninfo.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/require/require.h"

#define REMOTE "postgresql://lathe:s3same@db.example/lathe"

static const char *const cleared[] = {"PGHOST",    "PGHOSTADDR", "PGPASSWORD", "PGPASSFILE",
                                      "PGSSLMODE", "PGSERVICE",  "PGSSLCERT"};

/* NOLINTBEGIN(concurrency-mt-unsafe): a program of one thread */
static int clear_environment(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(cleared); i++)
        unsetenv(cleared[i]);
    return 0;
}

static void assert_judged(const char *target, bool is_line_private, const char *fault)
{
    struct arena *arena = arena_new(0);
    struct error *error = conninfo_check(arena, target, is_line_private);
    if ((error == NULL) != (fault == NULL) ||
        (fault != NULL && str_find(error->message, str_cstr(fault)) < 0))
        fail_msg("%s: %s", target, error != NULL ? error->message.ptr : "is taken");
    if (error != NULL)
        assert_true(str_find(error->message, STR("s3same")) < 0);
    arena_free(arena);
}

static void servers_elsewhere_are_checked_by_name_and_know_who_asks(void **state)
{
    (void)state;
    static const struct {
        const char *target;
        bool is_line_private;
        const char *fault;
    } rows[] = {
        {"postgresql://lathe:s3same@127.0.0.1/lathe", false, NULL},
        {"postgresql://lathe@[::1]:5432/lathe", false, NULL},
        {"postgresql://lathe@localhost/lathe", false, NULL},
        {"postgresql:///lathe", false, NULL},
        {"postgresql:///lathe?host=/run/postgresql", false, NULL},
        {"postgresql://%2Frun%2Fpostgresql/lathe", false, NULL},
        {REMOTE "?sslmode=verify-full", false, NULL},
        {"postgresql://lathe@db.example/lathe?sslmode=verify-full&sslcert=/etc/lathe.crt&sslkey=/etc/lathe.key",
         false, NULL},
        {"postgresql://lathe@db.example/lathe?sslmode=verify-full&passfile=/etc/lathe.pgpass", false, NULL},
        {REMOTE, true, NULL},
        {REMOTE, false, "sslmode"},
        {REMOTE "?sslmode=disable", false, "sslmode"},
        {REMOTE "?sslmode=prefer", false, "sslmode"},
        {REMOTE "?sslmode=require", false, "sslmode"},
        {REMOTE "?sslmode=verify-ca", false, "sslmode"},
        {"postgresql://lathe:s3same@127.0.0.1,db.example/lathe", false, "sslmode"},
        {"postgresql:///lathe?host=db.example", false, "sslmode"},
        {"postgresql:///lathe?hostaddr=192.0.2.1", false, "sslmode"},
        {"postgresql://lathe:s3same@localhost/lathe?hostaddr=192.0.2.1", false, "sslmode"},
        {"postgresql:///lathe?service=shop", false, "sslmode"},
        {"postgresql://lathe@db.example/lathe?sslmode=verify-full", false, "a password"},
        {"postgresql://lathe@db.example/lathe", true, "a password"},
        {"postgresql://lathe@db.example/lathe?nonsense=1", false, "libpq"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        assert_judged(rows[i].target, rows[i].is_line_private, rows[i].fault);
}

static void what_the_url_leaves_out_may_stand_in_the_environment(void **state)
{
    (void)state;
    assert_int_equal(setenv("PGHOST", "db.example", 1), 0);
    assert_judged("postgresql:///lathe", false, "sslmode");
    assert_judged("postgresql://localhost/lathe", false, NULL);
    assert_int_equal(setenv("PGSSLMODE", "verify-full", 1), 0);
    assert_judged("postgresql:///lathe", false, "a password");
    assert_judged("postgresql:///lathe?sslmode=require", false, "sslmode");
    assert_int_equal(setenv("PGPASSWORD", "s3same", 1), 0);
    assert_judged("postgresql:///lathe", false, NULL);
}

/* NOLINTEND(concurrency-mt-unsafe) */

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(servers_elsewhere_are_checked_by_name_and_know_who_asks, clear_environment),
        cmocka_unit_test_setup_teardown(what_the_url_leaves_out_may_stand_in_the_environment,
                                        clear_environment, clear_environment),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
