/* SPDX-License-Identifier: AGPL-3.0-or-later
 * PostgreSQL away, back, and behind a pooler. */
#include "platform/db/tests/crowd.h"
#include "platform/db/tests/shelf.h"
#include "platform/fault/fault.h"
#include "platform/fiber/fiber.h"

#include "tests/lib/postgres_fixture.h"

static struct postgres_fixture *server;

static struct error *bump(struct ctx *cx, struct tx *tx)
{
    return db_exec(cx, tx, SHELF_BUMP_COUNTER(.name = STR("x")), NULL);
}

static struct error *bump_in_transaction(struct ctx *cx, struct tx *tx, void *arg)
{
    (void)arg;
    return bump(cx, tx);
}

static int64_t read_counter(struct ctx *cx)
{
    struct value_row row = {0};
    bool is_found = false;
    ASSERT_OK(cx, db_find(cx, NULL, SHELF_READ_COUNTER(.name = STR("x")), &value_row, &row, &is_found));
    return row.value;
}

/* Asks until it is answered; the pause between two attempts to connect is bounded. */
static void wait_until_back(struct ctx *cx)
{
    int64_t give_up_us = loop_now_us() + 60 * US_PER_SECOND;
    while (db_ping(cx, cx->platform->db) != NULL) {
        assert_true(loop_now_us() < give_up_us);
        ASSERT_OK(cx, fiber_sleep_until(cx, loop_now_us() + 20 * US_PER_MS));
    }
}

static void use_and_lose(struct ctx *cx, void *arg)
{
    (void)arg;
    ASSERT_OK(cx, bump(cx, NULL));
    ASSERT_OK(cx, db_transact(cx, TX_WRITE, bump_in_transaction, NULL));
    postgres_fixture_kill(server);

    for (int i = 0; i < 20; i++) {
        ASSERT_REASON(bump(cx, NULL), db_unavailable);
        ASSERT_REASON(db_transact(cx, TX_WRITE, bump_in_transaction, NULL), db_unavailable);
        ASSERT_REASON(db_ping(cx, cx->platform->db), db_unavailable);
    }
    postgres_fixture_start(server);
    wait_until_back(cx);
    int64_t before = read_counter(cx);
    assert_in_range(before, 2, 2);
    ASSERT_OK(cx, bump(cx, NULL));
    while (db_transact(cx, TX_WRITE, bump_in_transaction, NULL) != NULL) /* its own line has its own pause */
        ASSERT_OK(cx, fiber_sleep_until(cx, loop_now_us() + 20 * US_PER_MS));
    assert_int_equal(read_counter(cx), 4);
}

static struct db_fixture *open_shelf(const char *const *settings)
{
    return db_fixture_new(&(struct db_fixture_options){.engine = DB_POSTGRESQL,
                                                       .modules = shelf_modules,
                                                       .settings = settings,
                                                       .database_url = postgres_fixture_url(server)});
}

static void run_on_server(const char *const *settings, on_loop_fn fn)
{
    server = postgres_fixture_new();
    struct db_fixture *fixture = open_shelf(settings);
    db_fixture_run(fixture, fn, NULL);
    db_fixture_free(fixture);
    postgres_fixture_free(server);
}

static void a_server_that_dies_is_unavailable_until_it_is_back(void **state)
{
    (void)state;
    run_on_server(NULL, use_and_lose);
}

/* Connections that the server closes cost nobody a transaction, as long as it takes new ones. */

static void terminate_others(struct ctx *cx)
{
    struct value_row row;
    ASSERT_OK(cx, db_load(cx, NULL, SHELF_TERMINATE_OTHERS(), &value_row, &row));
}

struct losing {
    int runs;
};

static struct error *lose_the_connection(struct ctx *cx, struct tx *tx, void *arg)
{
    struct losing *losing = arg;
    TRY(bump(cx, tx));
    if (++losing->runs == 1)
        terminate_others(cx);
    return bump(cx, tx);
}

static void lose_connections(struct ctx *cx, void *arg)
{
    (void)arg;
    ASSERT_OK(cx, db_transact(cx, TX_WRITE, bump_in_transaction, NULL));
    terminate_others(cx); /* the idle ones */
    ASSERT_OK(cx, db_transact(cx, TX_WRITE, bump_in_transaction, NULL));
    struct losing losing = {0};
    ASSERT_OK(cx, db_transact(cx, TX_WRITE, lose_the_connection, &losing));
    assert_int_equal(losing.runs, 2);
    assert_int_equal(read_counter(cx), 4);
}

static void a_transaction_that_lost_its_connection_is_run_again(void **state)
{
    (void)state;
    run_on_server(NULL, lose_connections);
}

/* Statements in flight when the server dies all end, and with an error. */

struct flight {
    size_t answered;
    size_t failed;
};

static void read_in_flight(struct ctx *cx, size_t number, void *arg)
{
    struct flight *flight = arg;
    struct value_row row;
    if (number == 0) {
        fiber_yield();
        postgres_fixture_kill(server);
        return;
    }
    struct title_row title;
    bool is_found = false;
    struct error *error =
        number % 3 == 0 ? db_find(cx, NULL, SHELF_FIND_BOOK(.id = shelf_id(1)), &title_row, &title, &is_found)
        : number % 2 == 0 ? db_load(cx, NULL, SHELF_ENDLESS(), &value_row, &row)
                          : bump(cx, NULL);
    if (error != NULL)
        flight->failed++;
    flight->answered++;
}

static void kill_in_flight(struct ctx *cx, void *arg)
{
    (void)arg;
    ASSERT_OK(cx, bump(cx, NULL));
    struct flight flight = {0};
    crowd_run(cx, 101, read_in_flight, &flight);
    assert_int_equal(flight.answered, 100);
    assert_true(flight.failed >= 50);
    postgres_fixture_start(server);
    wait_until_back(cx);
    assert_true(read_counter(cx) >= 1 + (int64_t)(flight.answered - flight.failed));
}

static void what_is_in_flight_when_the_server_dies_ends(void **state)
{
    (void)state;
    run_on_server(NULL, kill_in_flight);
}

/* A server that answers no more, without closing the connection */

static void fall_silent(struct ctx *cx, void *arg)
{
    (void)arg;
    struct value_row row;
    ASSERT_OK(cx, bump(cx, NULL));
    int64_t deadline_us = cx->deadline_us;
    cx->deadline_us = loop_now_us() + 30 * US_PER_MS;
    struct error *error = db_load(cx, NULL, SHELF_ENDLESS(), &value_row, &row);
    assert_true(error_has_code(error, ERROR_TIMEOUT));
    cx->deadline_us = deadline_us;
    ASSERT_OK(cx, bump(cx, NULL)); /* over the other line, or behind the one that was left */
    assert_int_equal(read_counter(cx), 2);
}

static void a_deadline_ends_the_wait_and_leaves_the_line_in_order(void **state)
{
    (void)state;
    run_on_server((const char *const[]){"LATHE_DATABASE_STATEMENT_TIMEOUT=200ms", NULL}, fall_silent);
}

/* Without session state */

static void use_pooler(struct ctx *cx, void *arg)
{
    (void)arg;
    for (int i = 0; i < 3; i++) {
        ASSERT_OK(cx, bump(cx, NULL));
        ASSERT_OK(cx, db_transact(cx, TX_SERIALIZABLE, bump_in_transaction, NULL));
    }
    assert_int_equal(read_counter(cx), 6);
    struct value_row prepared;
    ASSERT_OK(cx, db_load(cx, NULL, SHELF_COUNT_PREPARED(), &value_row, &prepared));
    assert_int_equal(prepared.value, 0);
}

static void behind_a_pooler_nothing_is_kept_prepared(void **state)
{
    (void)state;
    run_on_server((const char *const[]){"LATHE_DATABASE_POOLER=true", NULL}, use_pooler);
}

int main(int argc, char **argv)
{
    if (!postgres_fixture_has()) {
        printf("SKIP: PostgreSQL is not installed\n");
        return 77;
    }
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): before any thread starts */
    (void)setenv("LATHE_TEST_POSTGRES_URL", "own", 0); /* each test has a server of its own */
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_server_that_dies_is_unavailable_until_it_is_back),
        cmocka_unit_test(a_transaction_that_lost_its_connection_is_run_again),
        cmocka_unit_test(what_is_in_flight_when_the_server_dies_ends),
        cmocka_unit_test(a_deadline_ends_the_wait_and_leaves_the_line_in_order),
        cmocka_unit_test(behind_a_pooler_nothing_is_kept_prepared),
    };
    return shelf_main(argc, argv, "outage", tests, COUNT_OF(tests));
}
