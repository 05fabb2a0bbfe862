/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Time in auctions: read once when the process starts and carried on by the monotonic clock, so that a step of the wall clock
 * changes nothing. And the fiber that has each auction looked at when its next moment comes.
 *
 * The moments wait in a heap, fed by each transaction of this process and, for what other processes left behind, from the
 * database. Several processes may look at the same auction: the row's lock and its state decide who is first. */
#include <time.h>

#include "base/mem/alloc.h"

#include "platform/clock/clock.h"
#include "platform/log/log.h"

#include "modules/auctions/auctions_service.h"

enum { MAX_FED = 5000 };
static const int64_t feed_every_us = 5 * US_PER_SECOND;
static const int64_t feed_ahead_us = 15 * US_PER_SECOND;

struct auction_timer {
    struct heap_node node; /* key: microseconds since 1970 */
    struct id id;
};

/* --- reading --- */

/* Not loop_now_us: that stands still within a turn of the loop. */
static int64_t monotonic_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * US_PER_SECOND + now.tv_nsec / 1000;
}

struct error *auctions_clock_set(struct ctx *cx, struct auction_clock *clock)
{
    struct instant now = clock_now(cx);
    if (db_engine_of(cx->platform->db) == DB_POSTGRESQL)
        TRY(auctions_repo_read_clock(cx, &now));
    atomic_store(&clock->offset_us, now.us - monotonic_us());
    return NULL;
}

struct instant auctions_clock_read(const struct auction_clock *clock)
{
    return (struct instant){atomic_load(&clock->offset_us) + monotonic_us()};
}

/* --- the heap --- */

void auctions_clock_init(struct auction_clock *clock)
{
    pthread_mutex_init(&clock->mutex, NULL);
    clock->timers = map_new(NULL);
}

void auctions_clock_fini(struct auction_clock *clock)
{
    struct heap_node *node = NULL;
    while ((node = heap_first(&clock->due)) != NULL) {
        heap_remove(&clock->due, node);
        mem_free(HEAP_OWNER(node, struct auction_timer, node));
    }
    heap_fini(&clock->due);
    map_free(clock->timers);
    pthread_mutex_destroy(&clock->mutex);
}

static struct str key_of(const struct id *id)
{
    return str_from((const char *)id->bytes, sizeof(id->bytes));
}

static void forget(struct auction_clock *clock, struct auction_timer *timer)
{
    heap_remove(&clock->due, &timer->node);
    map_remove(clock->timers, key_of(&timer->id));
    mem_free(timer);
}

static void set(struct auction_clock *clock, struct id id, int64_t due_us)
{
    struct auction_timer *timer = map_find(clock->timers, key_of(&id));
    if (timer == NULL) {
        timer = MEM_NEW(struct auction_timer);
        timer->id = id;
        map_put(clock->timers, key_of(&timer->id), timer);
    }
    heap_remove(&clock->due, &timer->node);
    timer->node.key = due_us;
    heap_insert(&clock->due, &timer->node);
}

static void wake(struct loop_task *task)
{
    struct auction_clock *clock = LIST_OWNER(task, struct auction_clock, nudge);
    atomic_store(&clock->is_nudged, false);
    if (clock->fiber != NULL && clock->is_parked)
        fiber_wake(clock->fiber);
}

void auctions_clock_note(struct auction_clock *clock, struct id auction_id, struct instant due_at)
{
    pthread_mutex_lock(&clock->mutex);
    struct auction_timer *timer = map_find(clock->timers, key_of(&auction_id));
    if (!instant_is_none(due_at))
        set(clock, auction_id, due_at.us);
    else if (timer != NULL)
        forget(clock, timer);
    struct heap_node *first = heap_first(&clock->due);
    bool is_sooner = clock->loop != NULL && first != NULL && first->key < clock->first_us;
    if (is_sooner && !atomic_exchange(&clock->is_nudged, true))
        loop_post(clock->loop, &clock->nudge);
    pthread_mutex_unlock(&clock->mutex);
}

/* --- the fiber --- */

static struct error *feed(struct ctx *cx, struct auctions_state *state)
{
    struct array due = {0};
    struct instant until = instant_add_us(auctions_clock_read(&state->clock), feed_ahead_us);
    TRY(auctions_repo_list_due(cx, until, MAX_FED, &due));
    pthread_mutex_lock(&state->clock.mutex);
    for (size_t i = 0; i < due.count; i++) {
        const struct auction_due_row *row = ARRAY_AT(struct auction_due_row, due, i);
        set(&state->clock, row->id, row->due_at.us);
    }
    pthread_mutex_unlock(&state->clock.mutex);
    return NULL;
}

/* The next auction that is due; false, with the time of the first that is not, when there is none. */
static bool take_due(struct auction_clock *clock, struct instant now, struct id *ret_id, int64_t *ret_next_us)
{
    pthread_mutex_lock(&clock->mutex);
    struct heap_node *first = heap_first(&clock->due);
    bool is_due = first != NULL && first->key <= now.us;
    *ret_next_us = first != NULL ? first->key : INT64_MAX;
    if (is_due) {
        struct auction_timer *timer = HEAP_OWNER(first, struct auction_timer, node);
        *ret_id = timer->id;
        forget(clock, timer);
    } else {
        clock->first_us = *ret_next_us;
    }
    pthread_mutex_unlock(&clock->mutex);
    return is_due;
}

static int64_t look_at_due(struct auctions_state *state)
{
    struct id id = ID_NONE;
    int64_t next_us = INT64_MAX;
    while (take_due(&state->clock, auctions_clock_read(&state->clock), &id, &next_us))
        auctions_look(state, id);
    return next_us;
}

static bool wait_until(struct auction_clock *clock, int64_t due_us)
{
    clock->is_parked = true;
    enum fiber_wakeup wakeup = fiber_park(due_us);
    clock->is_parked = false;
    return wakeup != FIBER_CANCELLED && !clock->is_stopping;
}

static void run_clock(void *arg)
{
    struct auctions_state *state = arg;
    struct arena *arena = arena_new(0);
    struct ctx cx = {
        .arena = arena,
        .platform = state->platform,
        .caller = &caller_anonymous,
        .deadline_us = INT64_MAX,
        .request_id = STR("auctions"),
        .client_address = STR(""),
        .is_vital = true,
    };
    fiber_set_vital(true);
    int64_t feed_us = 0;
    int64_t wait_us = 0;
    do {
        if (monotonic_us() >= feed_us) {
            struct error *error = feed(&cx, state);
            if (error != NULL)
                LOG(&cx, WARN, "auctions.clock.not_fed",
                    log_text("problem", error_describe(cx.arena, error)));
            feed_us = monotonic_us() + feed_every_us;
        }
        int64_t next_us = look_at_due(state);
        wait_us = next_us == INT64_MAX ? feed_us : next_us - atomic_load(&state->clock.offset_us);
        arena_clear(arena);
    } while (wait_until(&state->clock, wait_us < feed_us ? wait_us : feed_us));
    state->clock.fiber = NULL;
    arena_free(arena);
}

void auctions_clock_begin(struct ctx *cx, struct auctions_state *state)
{
    (void)cx;
    struct auction_clock *clock = &state->clock;
    clock->nudge.fn = wake;
    clock->is_stopping = false;
    pthread_mutex_lock(&clock->mutex);
    clock->loop = loop_self();
    pthread_mutex_unlock(&clock->mutex);
    clock->fiber = fiber_spawn("auction clock", run_clock, state);
    REQUIRE(clock->fiber != NULL);
}

void auctions_clock_end(struct ctx *cx, struct auctions_state *state)
{
    struct auction_clock *clock = &state->clock;
    clock->is_stopping = true;
    pthread_mutex_lock(&clock->mutex);
    clock->loop = NULL;
    pthread_mutex_unlock(&clock->mutex);
    while (clock->fiber != NULL) {
        if (clock->is_parked)
            fiber_wake(clock->fiber);
        error_ignore(fiber_sleep_until(cx, loop_now_us() + US_PER_MS));
    }
}
