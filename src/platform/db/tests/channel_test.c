/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Messages between instances: what arrives and in which order, and a server that dies in between. */
#include "platform/db/db_channel.h"
#include "platform/db/tests/shelf.h"
#include "platform/fiber/fiber.h"

#include "tests/lib/postgres_fixture.h"

static struct postgres_fixture *server;

/* One instance's end. */
struct station {
    struct db_channel *channel;
    struct arena *arena;
    struct strbuf heard; /* texts, each with a semicolon behind it */
    int connected;
};

static void received(void *arg, struct str text)
{
    struct station *station = arg;
    strbuf_append(&station->heard, str_slice(text, 0, 20));
    strbuf_append_char(&station->heard, ';');
}

static void connected(void *arg)
{
    struct station *station = arg;
    station->connected++;
}

static const struct db_channel_events events = {.received = received, .connected = connected};

static void station_open(struct ctx *cx, struct station *station)
{
    *station = (struct station){.arena = arena_new(0)};
    strbuf_init(&station->heard, station->arena, 1 << 20);
    station->channel = db_channel_open(cx->platform->db, "test_channel", &events, station);
    assert_non_null(station->channel);
}

static void station_close(struct ctx *cx, struct station *station)
{
    db_channel_close(station->channel);
    ASSERT_OK(cx, fiber_sleep_until(cx, loop_now_us() + US_PER_MS));
    arena_free(station->arena);
}

static void await_connected(struct ctx *cx, const struct station *station, int times)
{
    int64_t give_up_us = loop_now_us() + 60 * US_PER_SECOND;
    while (station->connected < times) {
        assert_true(loop_now_us() < give_up_us);
        ASSERT_OK(cx, fiber_sleep_until(cx, loop_now_us() + 5 * US_PER_MS));
    }
}

static void await_heard(struct ctx *cx, const struct station *station, struct str wanted)
{
    int64_t give_up_us = loop_now_us() + 60 * US_PER_SECOND;
    while (!str_equal(strbuf_str(&station->heard), wanted)) {
        if (loop_now_us() > give_up_us)
            fail_msg("heard %s", strbuf_str(&station->heard).ptr);
        ASSERT_OK(cx, fiber_sleep_until(cx, loop_now_us() + 5 * US_PER_MS));
    }
}

static void talk(struct ctx *cx, void *arg)
{
    (void)arg;
    struct station stations[2];
    struct strbuf wanted;
    strbuf_init(&wanted, cx->arena, 1 << 20);
    for (size_t i = 0; i < COUNT_OF(stations); i++)
        station_open(cx, &stations[i]);
    for (size_t i = 0; i < COUNT_OF(stations); i++)
        await_connected(cx, &stations[i], 1);

    for (int i = 0; i < 1000; i++) { /* several batches; quotes and backslashes are text */
        struct str text = arena_printf(cx->arena, "%d '\\\";--", i);
        assert_true(db_channel_send(stations[0].channel, text));
        strbuf_append(&wanted, text);
        strbuf_append_char(&wanted, ';');
    }
    await_heard(cx, &stations[1], strbuf_str(&wanted));
    char *longest = arena_alloc_raw(cx->arena, DB_CHANNEL_MAX);
    memset(longest, '\'', DB_CHANNEL_MAX);
    assert_true(db_channel_send(stations[1].channel, str_from(longest, DB_CHANNEL_MAX)));
    await_heard(cx, &stations[0], STR("'''''''''''''''''''';"));

    for (size_t i = 0; i < COUNT_OF(stations); i++)
        station_close(cx, &stations[i]);
}

static void lose_and_come_back(struct ctx *cx, void *arg)
{
    (void)arg;
    struct station stations[2];
    for (size_t i = 0; i < COUNT_OF(stations); i++)
        station_open(cx, &stations[i]);
    for (size_t i = 0; i < COUNT_OF(stations); i++)
        await_connected(cx, &stations[i], 1);
    postgres_fixture_kill(server);
    while (db_channel_send(stations[0].channel, STR("lost"))) /* until it is noticed */
        ASSERT_OK(cx, fiber_sleep_until(cx, loop_now_us() + 5 * US_PER_MS));

    postgres_fixture_start(server);
    for (size_t i = 0; i < COUNT_OF(stations); i++)
        await_connected(cx, &stations[i], 2);
    assert_true(db_channel_send(stations[0].channel, STR("back")));
    await_heard(cx, &stations[1], STR("back;"));

    for (size_t i = 0; i < COUNT_OF(stations); i++)
        station_close(cx, &stations[i]);
}

static void close_while_away(struct ctx *cx, void *arg)
{
    (void)arg;
    struct station station;
    postgres_fixture_kill(server);
    station_open(cx, &station);
    ASSERT_OK(cx, fiber_sleep_until(cx, loop_now_us() + 50 * US_PER_MS));
    assert_int_equal(station.connected, 0);
    station_close(cx, &station);
    postgres_fixture_start(server);
}

static void run_on_server(on_loop_fn fn)
{
    server = postgres_fixture_new();
    struct db_fixture *fixture = db_fixture_new(&(struct db_fixture_options){
        .engine = DB_POSTGRESQL, .modules = shelf_modules, .database_url = postgres_fixture_url(server)});
    db_fixture_run(fixture, fn, NULL);
    db_fixture_free(fixture);
    postgres_fixture_free(server);
}

static void messages_arrive_in_order_and_not_at_home(void **state)
{
    (void)state;
    run_on_server(talk);
}

static void a_channel_comes_back_with_the_server(void **state)
{
    (void)state;
    run_on_server(lose_and_come_back);
}

static void a_channel_closes_without_a_server(void **state)
{
    (void)state;
    run_on_server(close_while_away);
}

static void find_no_channel(struct ctx *cx, void *arg)
{
    (void)arg;
    assert_null(db_channel_open(cx->platform->db, "test_channel", &events, NULL));
    db_channel_close(NULL);
}

static void sqlite_has_nobody_to_talk_to(void **state)
{
    (void)state;
    struct db_fixture *fixture =
        db_fixture_new(&(struct db_fixture_options){.engine = DB_SQLITE, .modules = shelf_modules});
    db_fixture_run(fixture, find_no_channel, NULL);
    db_fixture_free(fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sqlite_has_nobody_to_talk_to),
        cmocka_unit_test(messages_arrive_in_order_and_not_at_home),
        cmocka_unit_test(a_channel_comes_back_with_the_server),
        cmocka_unit_test(a_channel_closes_without_a_server),
    };
    if (!postgres_fixture_has())
        return 77;
    return cmocka_run_group_tests_name("db channel", tests, NULL, NULL);
}
