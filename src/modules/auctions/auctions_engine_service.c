/* SPDX-License-Identifier: AGPL-3.0-or-later
 * One queue per lot. The first ticket starts a fiber for its lot, which takes all that wait into one transaction, and goes on
 * until nobody waits: so the more bid at once, the fewer commits a bid costs. Whoever waits is woken after the commit.
 *
 * Invariants
 * - A lot is in the map exactly while its fiber runs; so one transaction at a time is made for it in this process. Other
 *   processes are kept off by the row's lock.
 * - A ticket belongs to the lot's fiber from auctions_submit until it is woken: nothing of it is touched afterwards. */
#include "base/mem/alloc.h"

#include "platform/fault/fault.h"
#include "platform/log/log.h"

#include "modules/auctions/auctions_service.h"

enum { MAX_BATCH = 1000 };

struct lot {
    struct id id;
    struct auctions_state *state;
    struct list waiting; /* struct lot_ticket, under the engine's mutex */
    bool is_look_wanted; /* by the clock; under the mutex */
};

void auctions_engine_init(struct auction_engine *engine)
{
    pthread_mutex_init(&engine->mutex, NULL);
    engine->lots = map_new(NULL);
}

void auctions_engine_fini(struct auction_engine *engine)
{
    map_free(engine->lots);
    pthread_mutex_destroy(&engine->mutex);
}

static struct str key_of(const struct id *id)
{
    return str_from((const char *)id->bytes, sizeof(id->bytes));
}

/* --- the fiber of a lot --- */

static struct ctx lot_ctx(const struct lot *lot, struct arena *arena)
{
    return (struct ctx){
        .arena = arena,
        .platform = lot->state->platform,
        .caller = &caller_anonymous,
        .deadline_us = INT64_MAX,
        .request_id = STR("auctions"),
        .client_address = STR(""),
    };
}

/* False when nothing waits: the lot is out of the map then. */
static bool take_batch(struct lot *lot, struct lot_run *run)
{
    struct auction_engine *engine = &lot->state->engine;
    size_t limit = (size_t)lot->state->settings->batch;
    run->ticket_count = 0;
    pthread_mutex_lock(&engine->mutex);
    bool has_work = lot->is_look_wanted || !list_is_empty(&lot->waiting);
    lot->is_look_wanted = false;
    while (run->ticket_count < limit && !list_is_empty(&lot->waiting))
        run->tickets[run->ticket_count++] =
            LIST_OWNER(list_take_first(&lot->waiting), struct lot_ticket, node);
    if (!has_work)
        map_remove(engine->lots, key_of(&lot->id));
    pthread_mutex_unlock(&engine->mutex);
    return has_work;
}

static void finish(struct lot_run *run, const struct error *error)
{
    for (size_t i = 0; i < run->ticket_count; i++) {
        struct lot_ticket *ticket = run->tickets[i];
        if (error != NULL)
            ticket->error = error_copy(ticket->cx->arena, error);
        ticket->terms = run->terms;
        ticket->state = run->state;
        ticket->last_sequence = run->row.sequence;
        ticket->is_done = true;
        fiber_wake_from_thread(ticket->fiber);
    }
}

static void count(struct ctx *cx, const struct lot_run *run)
{
    struct metrics *metrics = cx->platform->metrics;
    int64_t bids = 0;
    for (size_t i = 0; i < run->bodies.count; i++)
        bids += run->bodies.items[i].kind == AUCTION_EVENT_BID;
    if (metrics == NULL)
        return;
    if (bids > 0) {
        metric_add(metrics, &auctions_metric_table, AUCTIONS_METRIC_BIDS, 0, bids);
        metric_observe(metrics, &auctions_metric_table, AUCTIONS_METRIC_BATCH, 0, (double)bids);
    }
    if (run->was.status == AUCTIONS_LIVE && run->state.status == AUCTIONS_ENDED) {
        int64_t late_us = auctions_clock_read(&auctions_state_of(cx)->clock).us - run->state.ends_at.us;
        metric_add(metrics, &auctions_metric_table, AUCTIONS_METRIC_ENDED, 0, 1);
        metric_observe(metrics, &auctions_metric_table, AUCTIONS_METRIC_LATE, 0, (double)late_us / 1e6);
    }
}

static void run_batch(struct ctx *cx, struct lot *lot, struct lot_run *run)
{
    struct error *error = db_transact(cx, TX_WRITE, auctions_apply, run);
    if (error == NULL) {
        auctions_clock_note(&lot->state->clock, lot->id, run->row.due_at);
        auctions_publish(cx, run);
        count(cx, run);
    } else if (run->ticket_count == 0 && !error_has_code(error, ERROR_NOT_FOUND)) {
        LOG(cx, WARN, "auctions.lot.failed", log_id("auction_id", lot->id),
            log_text("problem", error_describe(cx->arena, error)));
    }
    finish(run, error);
}

static void run_lot(void *arg)
{
    struct lot *lot = arg;
    struct arena *arena = arena_new(0);
    struct ctx cx = lot_ctx(lot, arena);
    struct lot_run run = {.auction_id = lot->id};
    run.tickets = mem_alloc_array(MAX_BATCH, sizeof(struct lot_ticket *));
    while (take_batch(lot, &run)) {
        run_batch(&cx, lot, &run);
        arena_clear(arena);
    }
    mem_free((void *)run.tickets);
    arena_free(arena);
    mem_free(lot);
}

/* --- the queue --- */

/* The lot with its place in the map; ret_new: its fiber is yet to be started. Under the mutex. */
static struct lot *find_or_add(struct auctions_state *state, struct id auction_id, bool *ret_new)
{
    struct lot *lot = map_find(state->engine.lots, key_of(&auction_id));
    *ret_new = lot == NULL;
    if (lot != NULL)
        return lot;
    lot = MEM_NEW(struct lot);
    lot->id = auction_id;
    lot->state = state;
    list_init(&lot->waiting);
    map_put(state->engine.lots, key_of(&lot->id), lot);
    return lot;
}

/* False, with the lot gone again, when no fiber can be had. Nobody else can have come: the mutex is held. */
static bool start_lot(struct lot *lot)
{
    if (fiber_spawn("auction lot", run_lot, lot) != NULL)
        return true;
    map_remove(lot->state->engine.lots, key_of(&lot->id));
    mem_free(lot);
    return false;
}

struct error *auctions_submit(struct ctx *cx, struct id auction_id, struct lot_ticket *ticket)
{
    struct auctions_state *state = auctions_state_of(cx);
    bool is_new = false;
    ticket->cx = cx;
    ticket->fiber = fiber_self();
    ticket->is_done = false;
    list_init(&ticket->node);
    pthread_mutex_lock(&state->engine.mutex);
    struct lot *lot = find_or_add(state, auction_id, &is_new);
    bool is_taken = !is_new || start_lot(lot);
    if (is_taken)
        list_append(&lot->waiting, &ticket->node);
    pthread_mutex_unlock(&state->engine.mutex);
    if (!is_taken)
        return ERROR_CODE(cx, UNAVAILABLE, "too much is going on at once");
    fiber_park_firmly(); /* once: the one wake is surely on its way */
    REQUIRE(ticket->is_done);
    return ticket->error;
}

void auctions_look(struct auctions_state *state, struct id auction_id)
{
    bool is_new = false;
    pthread_mutex_lock(&state->engine.mutex);
    struct lot *lot = find_or_add(state, auction_id, &is_new);
    if (!is_new || start_lot(lot))
        lot->is_look_wanted = true;
    pthread_mutex_unlock(&state->engine.mutex);
}

/* --- the end --- */

static bool is_idle(struct auction_engine *engine)
{
    pthread_mutex_lock(&engine->mutex);
    bool is_empty = map_count(engine->lots) == 0;
    pthread_mutex_unlock(&engine->mutex);
    return is_empty;
}

void auctions_engine_end(struct ctx *cx, struct auctions_state *state)
{
    while (!is_idle(&state->engine))
        error_ignore(fiber_sleep_until(cx, loop_now_us() + US_PER_MS));
}
