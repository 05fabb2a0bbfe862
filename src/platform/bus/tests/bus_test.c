/* SPDX-License-Identifier: AGPL-3.0-or-later
 * The feed on both engines: nothing is skipped, order per aggregate, effects once, bad events set aside, rebuilding. */
#include "platform/bus/bus.h"

#include <stdatomic.h>

#include "platform/bus/bus_sql.h"
#include "platform/crypto/crypto.h"
#include "platform/fiber/fiber.h"

#include "lib/check.h"
#include "lib/db_fixture.h"

static enum db_engine engine;
static const struct db_module_sql *const modules[] = {&bus_sql, NULL};
static const struct setting_group *const groups[] = {&bus_settings_group, NULL};

struct step {
    int64_t writer, number;
};
static const struct json_field step_fields[] = {
    JSON_INTEGER(struct step, writer, .flags = JSON_REQUIRED),
    JSON_INTEGER(struct step, number, .flags = JSON_REQUIRED),
};
static const struct json_type step_type = JSON_TYPE("BusTestStep", struct step, step_fields);
static const struct event_type stepped = {
    .name = "test.walk.stepped", .payload = &step_type, .help = "a step"};
static const struct event_type fell = {.name = "test.walk.fell", .payload = &step_type, .help = "a fall"};

enum { WRITERS = 40, STEPS = 15 };

/* What the consumer has seen. On SQLite handle runs on the writer thread, one at a time, as on PostgreSQL by the cursor's lock. */
static struct {
    int64_t last[WRITERS];
    int64_t last_position;
    int disorder, resets;
    atomic_int count; /* the last that handle writes, and what a test looks at first */
} seen;

static struct error *handle(struct ctx *cx, struct tx *tx, const struct event *event)
{
    (void)tx;
    struct step step = {0};
    if (str_equal(event->type, STR("test.walk.fell")))
        return ERROR_CODE(cx, INVALID, "a fall cannot be handled");
    TRY(event_decode(cx, event, &stepped, &step));
    if (step.number != seen.last[step.writer] + 1 || event->position <= seen.last_position)
        seen.disorder++;
    seen.last[step.writer] = step.number;
    seen.last_position = event->position;
    seen.count++;
    return NULL;
}

static struct error *reset(struct ctx *cx, struct tx *tx)
{
    (void)cx;
    (void)tx;
    int resets = seen.resets + 1;
    memset(&seen, 0, sizeof(seen));
    seen.resets = resets;
    return NULL;
}

static const struct event_type *const wanted[] = {&stepped, &fell, NULL};
static const struct event_consumer walker = {
    .name = "test.walker", .types = wanted, .handle = handle, .reset = reset};
static const struct event_consumer *const consumers[] = {&walker, NULL};

struct walking {
    int64_t writer, number;
    const struct event_type *type;
    bool is_refused;
};

static struct error *write_step(struct ctx *cx, struct tx *tx, void *arg)
{
    const struct walking *walking = arg;
    struct id aggregate = {{(uint8_t)walking->writer, 1}};
    struct step step = {walking->writer, walking->number};
    TRY(outbox_write(cx, tx, walking->type, aggregate, walking->number, &step));
    return walking->is_refused ? ERROR_CODE(cx, CONFLICT, "rolled back") : NULL;
}

static void with_bus_polling(on_loop_fn fn, const char *poll)
{
    memset(&seen, 0, sizeof(seen));
    struct db_fixture *fixture =
        db_fixture_new(&(struct db_fixture_options){.engine = engine,
                                                    .modules = modules,
                                                    .groups = groups,
                                                    .settings = (const char *const[]){poll, NULL}});
    struct bus *bus = bus_new(db_fixture_platform(fixture), db_fixture_config(fixture), consumers);
    db_fixture_platform(fixture)->bus = bus;
    db_fixture_run(fixture, fn, bus);
    bus_free(bus);
    db_fixture_free(fixture);
}

static void with_bus(on_loop_fn fn)
{
    with_bus_polling(fn, "LATHE_BUS_POLL=20ms");
}

#define IN_TEST(name)                                                                                        \
    static void name##_body(struct ctx *cx, void *arg);                                                      \
    static void name(void **state)                                                                           \
    {                                                                                                        \
        (void)state;                                                                                         \
        with_bus(name##_body);                                                                               \
    }                                                                                                        \
    static void name##_body(struct ctx *cx, void *arg)

static void step(struct ctx *cx, int64_t writer, int64_t number)
{
    struct walking walking = {writer, number, &stepped, false};
    assert_null(db_transact(cx, TX_WRITE, write_step, &walking));
}

IN_TEST(a_committed_event_arrives)
{
    struct bus *bus = arg;
    bus_start(bus);
    step(cx, 0, 1);
    assert_null(bus_drain(cx, bus));
    assert_int_equal(seen.count, 1);
    bus_stop(bus);
}

IN_TEST(a_rolled_back_event_does_not)
{
    struct bus *bus = arg;
    struct walking refused = {0, 1, &stepped, true};
    bus_start(bus);
    assert_non_null(db_transact(cx, TX_WRITE, write_step, &refused));
    step(cx, 1, 1);
    assert_null(bus_drain(cx, bus));
    assert_int_equal(seen.count, 1);
    assert_int_equal(seen.last[1], 1);
    bus_stop(bus);
}

struct crowd {
    const struct platform *platform;
    int64_t writer;
    int *running;
};

static void walk(void *arg)
{
    struct crowd *crowd = arg;
    for (int64_t number = 1; number <= STEPS; number++) {
        struct arena *arena = arena_new(0);
        struct ctx cx = {.arena = arena,
                         .platform = crowd->platform,
                         .caller = &caller_anonymous,
                         .deadline_us = INT64_MAX};
        step(&cx, crowd->writer, number);
        arena_free(arena);
    }
    (*crowd->running)--;
}

IN_TEST(a_crowd_of_writers_loses_nothing_and_keeps_order)
{
    struct bus *bus = arg;
    struct crowd crowd[WRITERS];
    int running = WRITERS;
    bus_start(bus);
    for (int i = 0; i < WRITERS; i++) {
        crowd[i] = (struct crowd){cx->platform, i, &running};
        assert_non_null(fiber_spawn("walker", walk, &crowd[i]));
    }
    while (running > 0)
        assert_null(fiber_sleep_until(cx, loop_now_us() + 2 * US_PER_MS));
    assert_null(bus_drain(cx, bus));
    assert_int_equal(seen.count, WRITERS * STEPS);
    assert_int_equal(seen.disorder, 0);
    bus_stop(bus);
}

struct holding {
    const struct platform *platform;
    bool has_begun, may_end, has_ended;
};

static struct error *hold(struct ctx *cx, struct tx *tx, void *arg)
{
    struct holding *holding = arg;
    struct step step = {2, 1};
    TRY(outbox_write(cx, tx, &stepped, (struct id){{2, 1}}, 1, &step));
    holding->has_begun = true;
    while (!holding->may_end)
        TRY(fiber_sleep_until(cx, loop_now_us() + US_PER_MS));
    return ERROR_CODE(cx, CONFLICT, "rolled back");
}

static void run_holder(void *arg)
{
    struct holding *holding = arg;
    struct arena *arena = arena_new(0);
    struct ctx cx = {
        .arena = arena, .platform = holding->platform, .caller = &caller_anonymous, .deadline_us = INT64_MAX};
    assert_non_null(db_transact(&cx, TX_WRITE, hold, holding));
    arena_free(arena);
    holding->has_ended = true;
}

/* The earlier transaction, which keeps the event from its place, tells nobody of its end. */
static void wait_for_a_silent_end(struct ctx *cx, void *arg)
{
    struct bus *bus = arg;
    struct holding holding = {.platform = cx->platform};
    bus_start(bus);
    assert_non_null(fiber_spawn("holder", run_holder, &holding));
    while (!holding.has_begun)
        assert_null(fiber_sleep_until(cx, loop_now_us() + US_PER_MS));
    step(cx, 1, 1);
    assert_null(fiber_sleep_until(cx, loop_now_us() + 60 * US_PER_MS));
    assert_int_equal(seen.count, 0);
    holding.may_end = true;
    int64_t give_up_us = loop_now_us() + 30 * US_PER_SECOND;
    while (seen.count == 0 || !holding.has_ended) {
        assert_true(loop_now_us() < give_up_us);
        assert_null(fiber_sleep_until(cx, loop_now_us() + US_PER_MS));
    }
    bus_stop(bus);
}

static void an_event_is_placed_when_those_before_it_have_ended(void **state)
{
    (void)state;
    if (engine == DB_POSTGRESQL)
        with_bus_polling(wait_for_a_silent_end, "LATHE_BUS_POLL=1m");
}

IN_TEST(an_event_that_cannot_be_handled_is_set_aside)
{
    struct bus *bus = arg;
    struct walking fall = {0, 1, &fell, false};
    bus_start(bus);
    assert_null(db_transact(cx, TX_WRITE, write_step, &fall));
    step(cx, 1, 1);
    while (seen.count == 0)
        assert_null(fiber_sleep_until(cx, loop_now_us() + 5 * US_PER_MS));
    assert_null(bus_drain(cx, bus));
    assert_int_equal(seen.last[1], 1);
    bus_stop(bus);
}

IN_TEST(a_rebuild_feeds_everything_again)
{
    struct bus *bus = arg;
    bus_start(bus);
    for (int64_t number = 1; number <= 250; number++)
        step(cx, 3, number);
    assert_null(bus_drain(cx, bus));
    bus_stop(bus);
    assert_null(bus_rebuild(cx, bus, STR("test.walker")));
    assert_int_equal(seen.resets, 1);
    assert_int_equal(seen.count, 250);
    assert_int_equal(seen.disorder, 0);
    assert_true(error_has_code(bus_rebuild(cx, bus, STR("nobody")), ERROR_NOT_FOUND));
}

static void note_signal(void *arg, struct str topic, struct str payload)
{
    int *count = arg;
    check_str(topic, "spec:1");
    check_str(payload, "moved");
    (*count)++;
}

IN_TEST(signals_reach_those_who_listen)
{
    struct bus *bus = arg;
    int count = 0;
    struct bus_subscription *subscription = bus_subscribe(bus, STR("spec:1"), note_signal, &count);
    bus_signal(bus, STR("spec:1"), STR("moved"));
    bus_signal(bus, STR("spec:2"), STR("other"));
    assert_null(fiber_sleep_until(cx, loop_now_us() + 5 * US_PER_MS));
    assert_int_equal(count, 1);
    bus_signal(bus, STR("spec:1"), STR("moved"));
    bus_unsubscribe(bus, subscription); /* before the delivery: it is passed over */
    assert_null(fiber_sleep_until(cx, loop_now_us() + 5 * US_PER_MS));
    assert_int_equal(count, 1);
}

int main(int argc, char **argv)
{
    engine = argc > 1 && strcmp(argv[1], "postgresql") == 0 ? DB_POSTGRESQL : DB_SQLITE;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_committed_event_arrives),
        cmocka_unit_test(a_rolled_back_event_does_not),
        cmocka_unit_test(a_crowd_of_writers_loses_nothing_and_keeps_order),
        cmocka_unit_test(an_event_is_placed_when_those_before_it_have_ended),
        cmocka_unit_test(an_event_that_cannot_be_handled_is_set_aside),
        cmocka_unit_test(a_rebuild_feeds_everything_again),
        cmocka_unit_test(signals_reach_those_who_listen),
    };
    if (!db_fixture_has(engine)) {
        puts("SKIP: there is no PostgreSQL here");
        return 77;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
