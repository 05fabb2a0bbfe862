/* SPDX-License-Identifier: AGPL-3.0-or-later
 * One queue per lot. Lots for which somebody bids are ready; a few workers each take all that are ready, with all their tickets, into
 * one transaction: so the more bid at once, the fewer commits and statements a bid costs. What else is done with a lot (a start,
 * an end, the seller's changes) touches more than the lot, and is done on a fiber of the lot's own. Whoever waits is woken after
 * the commit.
 *
 * Invariants
 * - A lot is in the map exactly while it is ready or taken. It is taken by one worker or by its own fiber, so one transaction
 *   at a time is made for it in this process. Other processes are kept off by the row's lock.
 * - A ticket belongs to whoever has taken its lot from auctions_submit until it is woken: nothing of it is touched afterwards. */
#include "base/mem/alloc.h"

#include "platform/fault/fault.h"
#include "platform/log/log.h"

#include "modules/auctions/auctions_service.h"

/* Two workers: while one waits for its commit, the other judges. */
enum { MAX_BATCH = 1000, MAX_LOTS = 64, WORKERS = 2 };

struct lot {
    struct id id;
    struct auctions_state *state;
    struct list ready;   /* in the engine's list; empty: taken */
    struct list waiting; /* struct lot_ticket */
    int specials;        /* of them, those that are no bids */
    bool is_look_wanted; /* by the clock */
};

struct worker {
    struct auctions_state *state;
    struct lot **lots; /* as many as the group has runs */
    struct lot_ticket **tickets;
    size_t capacity; /* of lots */
    struct lot_group group;
    struct arena *arena;
};

void auctions_engine_init(struct auction_engine *engine)
{
    pthread_mutex_init(&engine->mutex, NULL);
    engine->lots = map_new(NULL);
    list_init(&engine->ready);
    engine->workers = 0;
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

/* --- a transaction --- */

static struct ctx worker_ctx(const struct worker *worker)
{
    return (struct ctx){
        .arena = worker->arena,
        .platform = worker->state->platform,
        .caller = &caller_anonymous,
        .deadline_us = INT64_MAX,
        .request_id = STR("auctions"),
        .client_address = STR(""),
        .is_vital = true,
    };
}

static void finish(const struct lot_run *run, const struct error *error)
{
    for (size_t i = 0; i < run->ticket_count; i++) {
        struct lot_ticket *ticket = run->tickets[i];
        if (error != NULL)
            ticket->error = error_copy(ticket->cx->arena, error);
        else if (run->is_missing)
            ticket->error = ERROR_CODE(ticket->cx, NOT_FOUND, "there is no such auction");
        ticket->terms = run->terms;
        ticket->state = run->state;
        ticket->last_sequence = run->row.sequence;
        ticket->is_done = true;
        fiber_wake_from_thread(ticket->fiber);
    }
}

static int64_t count_bids(const struct lot_run *run)
{
    int64_t bids = 0;
    for (size_t i = 0; i < run->bodies.count; i++)
        bids += run->bodies.items[i].kind == AUCTION_EVENT_BID;
    return bids;
}

static void count_end(struct ctx *cx, const struct lot_run *run)
{
    struct metrics *metrics = cx->platform->metrics;
    if (run->was.status != AUCTIONS_LIVE || run->state.status != AUCTIONS_ENDED)
        return;
    int64_t late_us = auctions_clock_read(&auctions_state_of(cx)->clock).us - run->state.ends_at.us;
    metric_add(metrics, &auctions_metric_table, AUCTIONS_METRIC_ENDED, 0, 1);
    metric_observe(metrics, &auctions_metric_table, AUCTIONS_METRIC_LATE, 0, (double)late_us / 1e6);
}

static void count(struct ctx *cx, const struct lot_group *group)
{
    struct metrics *metrics = cx->platform->metrics;
    int64_t bids = 0;
    for (size_t i = 0; metrics != NULL && i < group->count; i++) {
        bids += count_bids(&group->runs[i]);
        count_end(cx, &group->runs[i]);
    }
    if (bids > 0) {
        metric_add(metrics, &auctions_metric_table, AUCTIONS_METRIC_BIDS, 0, bids);
        metric_observe(metrics, &auctions_metric_table, AUCTIONS_METRIC_BATCH, 0, (double)bids);
    }
}

static void conclude(struct ctx *cx, struct lot_run *run, const struct error *error)
{
    if (error == NULL && !run->is_missing) {
        auctions_clock_note(&auctions_state_of(cx)->clock, run->auction_id, run->row.due_at);
        auctions_publish(cx, run);
    } else if (error != NULL && run->ticket_count == 0) {
        LOG(cx, WARN, "auctions.lot.failed", log_id("auction_id", run->auction_id),
            log_text("problem", error_describe(cx->arena, error)));
    }
    finish(run, error);
}

/* ret: true when the group is to be tried lot by lot, so that each gets its own outcome. */
static bool run_group(struct ctx *cx, struct lot_group *group)
{
    struct error *error = db_transact(cx, TX_WRITE, auctions_apply, group);
    if (error != NULL && group->has_failed && group->count > 1 && !error_has_code(error, ERROR_UNAVAILABLE))
        return true;
    if (error == NULL)
        count(cx, group);
    for (size_t i = 0; i < group->count; i++) {
        if (error != NULL)
            group->runs[i].is_put_off = false;
        if (!group->runs[i].is_put_off)
            conclude(cx, &group->runs[i], error);
    }
    return false;
}

static void run_batch(struct worker *worker)
{
    struct ctx cx = worker_ctx(worker);
    if (run_group(&cx, &worker->group))
        for (size_t i = 0; i < worker->group.count; i++) {
            struct lot_group one = {.runs = &worker->group.runs[i], .count = 1};
            (void)run_group(&cx, &one);
        }
    arena_clear(worker->arena);
}

/* --- taking lots and giving them back; under the mutex --- */

static bool has_work(const struct lot *lot)
{
    return lot->is_look_wanted || !list_is_empty(&lot->waiting);
}

static bool is_special(const struct lot *lot)
{
    return lot->is_look_wanted || lot->specials > 0;
}

/* Its tickets, behind those that the worker has. */
static void take_tickets(struct worker *worker, struct lot *lot, size_t *taken)
{
    size_t limit = (size_t)worker->state->settings->batch;
    struct lot_run *run = &worker->group.runs[worker->group.count];
    worker->lots[worker->group.count++] = lot;
    *run = (struct lot_run){.auction_id = lot->id, .tickets = worker->tickets + *taken};
    lot->is_look_wanted = false;
    struct list *node = NULL;
    while (*taken < limit && (node = list_take_first(&lot->waiting)) != NULL) {
        struct lot_ticket *ticket = LIST_OWNER(node, struct lot_ticket, node);
        lot->specials -= ticket->command != LOT_BID;
        run->tickets[run->ticket_count++] = ticket;
        ++*taken;
    }
}

/* False when nobody waits: the worker is none any more then. */
static bool take_ready(struct worker *worker)
{
    struct auction_engine *engine = &worker->state->engine;
    size_t limit = (size_t)worker->state->settings->batch;
    size_t taken = 0;
    bool is_alone = false;
    worker->group.count = 0;
    pthread_mutex_lock(&engine->mutex);
    while (!list_is_empty(&engine->ready) && worker->group.count < worker->capacity && taken < limit &&
           !is_alone) {
        struct lot *lot = LIST_OWNER(engine->ready.next, struct lot, ready);
        is_alone = is_special(lot); /* there was no fiber for it */
        if (is_alone && worker->group.count > 0)
            break;
        list_remove(&lot->ready);
        take_tickets(worker, lot, &taken);
    }
    if (worker->group.count == 0)
        engine->workers--;
    pthread_mutex_unlock(&engine->mutex);
    return worker->group.count > 0;
}

static void put_back(struct lot *lot, struct lot_run *run)
{
    for (size_t i = run->ticket_count; i > 0; i--) {
        lot->specials += run->tickets[i - 1]->command != LOT_BID;
        list_prepend(&lot->waiting, &run->tickets[i - 1]->node);
    }
    lot->is_look_wanted = true;
}

static void drop(struct lot *lot)
{
    map_remove(lot->state->engine.lots, key_of(&lot->id));
    mem_free(lot);
}

static void run_lot(void *arg);

/* Before every fiber that waits for its beginning: bids wait for this one. */
static bool start_vital(const char *name, fiber_fn fn, void *arg)
{
    struct fiber *fiber = fiber_spawn(name, fn, arg);
    if (fiber != NULL)
        fiber_hurry(fiber);
    return fiber != NULL;
}

static bool start_own(struct lot *lot)
{
    return start_vital("auction lot", run_lot, lot);
}

static void give_back(struct worker *worker)
{
    struct auction_engine *engine = &worker->state->engine;
    pthread_mutex_lock(&engine->mutex);
    for (size_t i = 0; i < worker->group.count; i++) {
        struct lot *lot = worker->lots[i];
        if (worker->group.runs[i].is_put_off)
            put_back(lot, &worker->group.runs[i]);
        if (!has_work(lot))
            drop(lot);
        else if (!is_special(lot) || !start_own(lot))
            list_append(&engine->ready, &lot->ready);
    }
    pthread_mutex_unlock(&engine->mutex);
}

/* --- fibers --- */

static struct worker *worker_new(struct auctions_state *state, size_t capacity)
{
    struct worker *worker = MEM_NEW(struct worker);
    worker->state = state;
    worker->capacity = capacity;
    worker->lots = mem_alloc_array(capacity, sizeof(struct lot *));
    worker->tickets = mem_alloc_array(MAX_BATCH, sizeof(struct lot_ticket *));
    worker->group.runs = mem_alloc_array(capacity, sizeof(struct lot_run));
    worker->arena = arena_new(0);
    return worker;
}

static void worker_free(struct worker *worker)
{
    arena_free(worker->arena);
    mem_free(worker->group.runs);
    mem_free((void *)worker->tickets);
    mem_free((void *)worker->lots);
    mem_free(worker);
}

static void run_worker(void *arg)
{
    struct worker *worker = worker_new(arg, MAX_LOTS);
    while (take_ready(worker)) {
        run_batch(worker);
        give_back(worker);
        fiber_yield(); /* what has been read by now is bid before the next ones are taken */
    }
    worker_free(worker);
}

/* False when nothing waits: the lot is gone then. */
static bool take_own(struct worker *worker, struct lot *lot)
{
    struct auction_engine *engine = &worker->state->engine;
    size_t taken = 0;
    worker->group.count = 0;
    pthread_mutex_lock(&engine->mutex);
    bool is_wanted = has_work(lot);
    if (is_wanted)
        take_tickets(worker, lot, &taken);
    else
        drop(lot);
    pthread_mutex_unlock(&engine->mutex);
    return is_wanted;
}

static void run_lot(void *arg)
{
    struct lot *lot = arg;
    struct worker *worker = worker_new(lot->state, 1);
    while (take_own(worker, lot))
        run_batch(worker);
    worker_free(worker);
}

/* --- the queue; under the mutex --- */

/* ret_new: it is neither ready nor taken yet. */
static struct lot *find_or_add(struct auctions_state *state, struct id auction_id, bool *ret_new)
{
    struct lot *lot = map_find(state->engine.lots, key_of(&auction_id));
    *ret_new = lot == NULL;
    if (lot != NULL)
        return lot;
    lot = MEM_NEW(struct lot);
    lot->id = auction_id;
    lot->state = state;
    list_init(&lot->ready);
    list_init(&lot->waiting);
    map_put(state->engine.lots, key_of(&lot->id), lot);
    return lot;
}

static bool has_worker(struct auctions_state *state)
{
    struct auction_engine *engine = &state->engine;
    if (engine->workers < WORKERS && start_vital("auction lots", run_worker, state))
        engine->workers++;
    return engine->workers > 0;
}

/* Somebody sees to the lot's work: at once, for it is the first or the first special one. False, with a new lot gone again, when
 * no fiber can be had. */
static bool attend(struct lot *lot, bool is_new)
{
    struct auction_engine *engine = &lot->state->engine;
    bool is_taken = !is_new && list_is_empty(&lot->ready);
    if (is_taken)
        return true;
    if (is_special(lot) && start_own(lot)) {
        list_remove(&lot->ready);
        return true;
    }
    if (!is_new)
        return true; /* it is ready; a worker takes it by itself */
    if (!has_worker(lot->state)) {
        drop(lot);
        return false;
    }
    list_append(&engine->ready, &lot->ready);
    return true;
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
    lot->specials += ticket->command != LOT_BID;
    list_append(&lot->waiting, &ticket->node);
    bool is_taken = attend(lot, is_new);
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
    lot->is_look_wanted = true;
    (void)attend(lot, is_new);
    pthread_mutex_unlock(&state->engine.mutex);
}

/* --- the end --- */

static bool is_idle(struct auction_engine *engine)
{
    pthread_mutex_lock(&engine->mutex);
    bool is_empty = map_count(engine->lots) == 0 && engine->workers == 0;
    pthread_mutex_unlock(&engine->mutex);
    return is_empty;
}

void auctions_engine_end(struct ctx *cx, struct auctions_state *state)
{
    while (!is_idle(&state->engine))
        error_ignore(fiber_sleep_until(cx, loop_now_us() + US_PER_MS));
}
