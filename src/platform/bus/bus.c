/* SPDX-License-Identifier: AGPL-3.0-or-later
 * The bus: its fibers, their waking, draining and rebuilding. Steps are in feed.c, in-process signals in signal.c. */
#include "platform/bus/bus.h"

#include "base/mem/alloc.h"

#include "platform/bus/bus_repo.h"
#include "platform/bus/feed.h"
#include "platform/log/log.h"

struct bus_settings {
    int64_t poll_us;
};

/* clang-format off */
static const struct setting rows[] = {
    SETTING_TIME(struct bus_settings, poll_us, "BUS_POLL", .fallback = "1s", .min = 10 * US_PER_MS, .max = US_PER_MINUTE,
                 .help = "How often the event feed looks for events that another process wrote."),
};
/* clang-format on */
const struct setting_group bus_settings_group = SETTING_GROUP("bus", struct bus_settings, rows, NULL);

/* From one step of the relay to the next, while there is something to place. */
static const int64_t pace_us = 20 * US_PER_MS;
enum { MAX_FRUITLESS = 6 };
static const int64_t first_backoff_us = 100 * US_PER_MS;
static const int64_t max_backoff_us = 10 * US_PER_SECOND;

static void nudged(struct loop_task *task);

struct bus *bus_new(const struct platform *platform, const struct config *config,
                    const struct event_consumer *const *consumers)
{
    const struct bus_settings *settings = config_settings(config, &bus_settings_group);
    struct bus *bus = MEM_NEW(struct bus);
    bus->platform = platform;
    bus->poll_us = settings->poll_us;
    bus->nudge.fn = nudged;
    bus_signals_init(bus);
    while (consumers[bus->seat_count] != NULL) {
        REQUIRE(bus->seat_count < BUS_MAX_CONSUMERS);
        bus->seats[bus->seat_count] =
            (struct consumer_seat){.bus = bus, .consumer = consumers[bus->seat_count]};
        bus->seat_count++;
    }
    return bus;
}

void bus_free(struct bus *bus)
{
    if (bus == NULL)
        return;
    bus_signals_fini(bus);
    mem_free(bus);
}

struct ctx bus_ctx(struct bus *bus, struct arena *arena)
{
    return (struct ctx){
        .arena = arena,
        .platform = bus->platform,
        .caller = &caller_anonymous,
        .deadline_us = INT64_MAX,
        .request_id = STR("bus"),
        .client_address = STR(""),
    };
}

/* --- waking --- */

static void call_seat(struct consumer_seat *seat)
{
    seat->is_called = true;
    if (seat->fiber != NULL && seat->is_parked)
        fiber_wake(seat->fiber);
}

static bool wants_any(const struct event_consumer *consumer, const struct array *types)
{
    for (size_t i = 0; i < types->count; i++)
        if (bus_consumer_wants(consumer, *ARRAY_AT(struct str, *types, i)))
            return true;
    return false;
}

/* Only those that want some of it: to pass by the rest can wait until they look by themselves. */
static void call_seats(struct bus *bus, const struct array *types)
{
    for (size_t i = 0; i < bus->seat_count; i++)
        if (wants_any(bus->seats[i].consumer, types))
            call_seat(&bus->seats[i]);
}

static void nudged(struct loop_task *task)
{
    struct bus *bus = LIST_OWNER(task, struct bus, nudge);
    atomic_store(&bus->is_nudged, false);
    bool are_all_called = atomic_exchange(&bus->are_all_called, false);
    bus->is_relay_called = true;
    if (bus->relay != NULL && (bus->is_relay_parked || (bus->is_relay_pacing && are_all_called)))
        fiber_wake(bus->relay);
    if (!are_all_called)
        return;
    for (size_t i = 0; i < bus->seat_count; i++)
        call_seat(&bus->seats[i]);
}

void bus_nudge(struct bus *bus)
{
    if (bus->loop != NULL && !atomic_exchange(&bus->is_nudged, true))
        loop_post(bus->loop, &bus->nudge);
}

static void rest(struct bus *bus, bool *is_parked, int64_t sleep_us)
{
    *is_parked = true;
    enum fiber_wakeup wakeup = fiber_park(loop_now_us() + sleep_us);
    *is_parked = false;
    if (wakeup == FIBER_CANCELLED)
        bus->is_stopping = true;
}

/* --- fibers --- */

/* While much is written the relay takes what came in the meantime at once: each step costs the database the same, however little
 * it places. Whoever waits for everything to be passed wakes it. */
static void pace(struct bus *bus, int64_t until_us)
{
    bus->is_relay_pacing = true;
    enum fiber_wakeup wakeup = until_us > loop_now_us() ? fiber_park(until_us) : FIBER_WOKEN;
    bus->is_relay_pacing = false;
    if (wakeup == FIBER_CANCELLED)
        bus->is_stopping = true;
}

/* fruitless: steps in a row that found something and could place none of it, because an earlier transaction runs. It may be one that
 * writes no event, whose end nobody tells. */
static void pause_relay(struct bus *bus, const struct relay_step *step, int64_t started_us, int *fruitless)
{
    bool is_stuck = step->has_waiting && step->types.count == 0;
    if (!is_stuck)
        *fruitless = 0;
    else if (*fruitless < MAX_FRUITLESS)
        ++*fruitless;
    if (bus->is_stopping || step->is_full)
        return;
    if (step->has_waiting || bus->is_relay_called)
        pace(bus, started_us + pace_us);
    int64_t sleep_us = is_stuck ? pace_us << *fruitless : bus->poll_us;
    if (!bus->is_stopping && !bus->is_relay_called && (is_stuck || !step->has_waiting))
        rest(bus, &bus->is_relay_parked, sleep_us < bus->poll_us ? sleep_us : bus->poll_us);
}

static void run_relay(void *arg)
{
    struct bus *bus = arg;
    struct arena *arena = arena_new(0);
    int fruitless = 0;
    while (!bus->is_stopping) {
        struct ctx cx = bus_ctx(bus, arena);
        struct relay_step step = {0};
        int64_t started_us = loop_now_us();
        bus->is_relay_called = false;
        struct error *error = bus_relay_step(&cx, &step);
        if (error != NULL && !bus->is_stopping) {
            log_error(bus->platform->log, &cx, "bus.relay.failed", error);
            rest(bus, &bus->is_relay_parked, bus->poll_us);
        } else {
            call_seats(bus, &step.types);
            pause_relay(bus, &step, started_us, &fruitless);
        }
        arena_clear(arena);
    }
    arena_free(arena);
    bus->relay = NULL;
}

static int64_t backoff_us(const struct consumer_seat *seat)
{
    int64_t wait_us = first_backoff_us;
    for (int i = 1; i < seat->failures && wait_us < max_backoff_us; i++)
        wait_us *= 2;
    return wait_us;
}

static void run_consumer(void *arg)
{
    struct consumer_seat *seat = arg;
    struct bus *bus = seat->bus;
    struct arena *arena = arena_new(0);
    bool is_added = false;
    while (!bus->is_stopping) {
        struct ctx cx = bus_ctx(bus, arena);
        bool has_more = false;
        seat->is_called = false;
        struct error *error = is_added ? NULL : bus_consumer_add(&cx, seat->consumer);
        is_added = is_added || error == NULL;
        if (error == NULL)
            error = bus_consumer_step(&cx, seat, &has_more);
        if (error != NULL && !bus->is_stopping)
            log_error(bus->platform->log, &cx, seat->consumer->name, error);
        int64_t sleep_us = error != NULL ? backoff_us(seat) : bus->poll_us;
        arena_clear(arena);
        if ((error != NULL || (!has_more && !seat->is_called)) && !bus->is_stopping)
            rest(bus, &seat->is_parked, sleep_us);
    }
    arena_free(arena);
    seat->fiber = NULL;
}

void bus_start(struct bus *bus)
{
    bus->loop = loop_self();
    bus->is_stopping = false;
    bus->relay = fiber_spawn("bus.relay", run_relay, bus);
    REQUIRE(bus->relay != NULL);
    for (size_t i = 0; i < bus->seat_count; i++) {
        bus->seats[i].fiber = fiber_spawn(bus->seats[i].consumer->name, run_consumer, &bus->seats[i]);
        REQUIRE(bus->seats[i].fiber != NULL);
    }
}

static bool is_running(const struct bus *bus)
{
    bool is_any = bus->relay != NULL;
    for (size_t i = 0; i < bus->seat_count; i++)
        is_any = is_any || bus->seats[i].fiber != NULL;
    return is_any;
}

void bus_stop(struct bus *bus)
{
    bus->is_stopping = true;
    if (bus->relay != NULL)
        fiber_cancel(bus->relay);
    for (size_t i = 0; i < bus->seat_count; i++)
        if (bus->seats[i].fiber != NULL)
            fiber_cancel(bus->seats[i].fiber);
    while (is_running(bus))
        fiber_yield();
    bus->loop = NULL;
}

/* --- draining, rebuilding --- */

/* Every consumer has passed all that is committed now. The order matters: once nothing is unplaced, the feed's end is final. */
static struct error *has_passed_all(struct ctx *cx, struct bus *bus, bool *ret_passed)
{
    bool is_unplaced = false;
    int64_t position = 0;
    TRY(bus_repo_has_unplaced(cx, &is_unplaced));
    TRY(bus_repo_feed_position(cx, &position));
    *ret_passed = !is_unplaced;
    for (size_t i = 0; i < bus->seat_count && *ret_passed; i++) {
        int64_t reached = 0;
        TRY(bus_repo_consumer_position(cx, str_cstr(bus->seats[i].consumer->name), &reached));
        *ret_passed = reached >= position;
    }
    return NULL;
}

struct error *bus_drain(struct ctx *cx, struct bus *bus)
{
    bool is_passed = false;
    while (!is_passed) {
        atomic_store(&bus->are_all_called, true);
        bus_nudge(bus);
        TRY(has_passed_all(cx, bus, &is_passed));
        if (!is_passed)
            TRY(fiber_sleep_until(cx, loop_now_us() + 5 * US_PER_MS));
    }
    return NULL;
}

static struct consumer_seat *find_seat(struct bus *bus, struct str name)
{
    for (size_t i = 0; i < bus->seat_count; i++)
        if (str_equal(str_cstr(bus->seats[i].consumer->name), name))
            return &bus->seats[i];
    return NULL;
}

static struct error *reset(struct ctx *cx, struct tx *tx, void *arg)
{
    const struct event_consumer *consumer = ((const struct consumer_seat *)arg)->consumer;
    struct str name = str_cstr(consumer->name);
    struct bus_place place = {0};
    TRY(bus_repo_add_consumer(cx, tx, name));
    TRY(bus_repo_lock_consumer(cx, tx, name, &place));
    TRY(consumer->reset(cx, tx));
    return bus_repo_move_consumer(cx, tx, name, 0);
}

struct error *bus_rebuild(struct ctx *cx, struct bus *bus, struct str name)
{
    struct consumer_seat *seat = find_seat(bus, name);
    if (seat == NULL || seat->consumer->reset == NULL)
        return ERROR_CODE(cx, NOT_FOUND, "there is no consumer '%" STR_FMT "' that can be rebuilt",
                          STR_ARG(name));
    TRY(db_transact(cx, TX_WRITE, reset, seat));
    bool has_more = true;
    while (has_more) {
        struct arena *arena = arena_new(0);
        struct ctx step = bus_ctx(bus, arena);
        struct error *error = bus_consumer_step(&step, seat, &has_more);
        if (error != NULL)
            error = error_copy(cx->arena, error);
        arena_free(arena);
        TRY(error);
    }
    return NULL;
}
