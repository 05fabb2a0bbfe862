/* SPDX-License-Identifier: AGPL-3.0-or-later
 * One transaction of a lot, or of several: what is due is done, then every ticket is judged in its turn, then all of it is stored at
 * once. */
#include "platform/bus/bus.h"
#include "platform/db/lists.h"
#include "platform/fault/fault.h"

#include "modules/auctions/auctions_service.h"

/* --- rows and the domain's structs --- */

struct auction_terms auctions_row_terms(const struct auction_row *row)
{
    struct auction_terms terms = {
        .starting_price = row->starting_price,
        .reserve_price = row->reserve_price,
        .buy_now_price = row->buy_now_price,
        .bid_step = row->bid_step,
        .starts_at = row->starts_at,
        .ends_at = row->planned_ends_at,
        .soft_close_ms = row->soft_close_ms,
        .extend_ms = row->extend_ms,
    };
    REQUIRE(currency_parse(row->currency, &terms.currency));
    return terms;
}

void auctions_row_set_terms(struct auction_row *row, const struct auction_terms *terms)
{
    row->starting_price = terms->starting_price;
    row->reserve_price = terms->reserve_price;
    row->buy_now_price = terms->buy_now_price;
    row->bid_step = terms->bid_step;
    row->starts_at = terms->starts_at;
    row->planned_ends_at = terms->ends_at;
    row->soft_close_ms = terms->soft_close_ms;
    row->extend_ms = terms->extend_ms;
}

struct auction_state auctions_row_state(const struct auction_row *row)
{
    return (struct auction_state){
        .status = (enum auctions_status)row->status,
        .outcome = (enum auction_outcome)row->outcome,
        .ends_at = row->ends_at,
        .price = row->price,
        .leader = row->leader,
        .maximum = row->maximum,
        .bid_count = row->bid_count,
        .is_reserve_met = row->is_reserve_met,
    };
}

void auctions_row_set_state(struct auction_row *row, const struct auction_state *state)
{
    row->status = (int32_t)state->status;
    row->outcome = (int32_t)state->outcome;
    row->ends_at = state->ends_at;
    row->price = state->price;
    row->leader = state->leader;
    row->maximum = state->maximum;
    row->bid_count = state->bid_count;
    row->is_reserve_met = state->is_reserve_met;
}

/* --- events --- */

void auctions_append(struct ctx *cx, struct lot_run *run, struct auction_body *body, struct instant at)
{
    struct auction_row *row = &run->row;
    if (instant_is_before(at, row->last_at))
        at = row->last_at;
    body->at = at.us;
    struct auction_event_row event = {
        .auction_id = run->auction_id,
        .sequence = row->sequence + 1,
        .kind = body->kind,
        .at = at,
        .body = auction_body_format(cx->arena, body),
    };
    event.chain = auctions_chain(cx->arena, row->chain, event.body);
    if (run->maxima.count > 0 && run->maxima.items[run->maxima.count - 1].sequence == event.sequence)
        event.hidden = run->maxima.items[run->maxima.count - 1];
    row->sequence = event.sequence;
    row->chain = event.chain;
    row->last_at = at;
    *VEC_PUSH(cx->arena, &run->events) = event;
    *VEC_PUSH(cx->arena, &run->bodies) = *body;
}

struct str auctions_conceal(struct ctx *cx, struct lot_run *run, int64_t bidder, int64_t amount,
                            struct str client_key)
{
    struct str salt = auctions_salt(cx);
    *VEC_PUSH(cx->arena, &run->maxima) = (struct auction_maximum_row){
        .sequence = run->row.sequence + 1,
        .bidder = bidder,
        .maximum = amount,
        .salt = salt,
        .client_key = client_key,
    };
    return auctions_commitment(cx->arena, salt, bidder, amount);
}

/* --- bidders --- */

static bool is_bid(const struct lot_ticket *ticket)
{
    return ticket->command == LOT_BID || ticket->command == LOT_BUY_NOW;
}

static void take_bidders(struct ctx *cx, struct lot_run *run, const struct array *known)
{
    for (size_t i = 0; i < known->count; i++) {
        const struct auction_bidder_row *row = ARRAY_AT(struct auction_bidder_row, *known, i);
        if (id_is_none(row->auction_id) || id_equal(row->auction_id, run->auction_id))
            *VEC_PUSH(cx->arena, &run->bidders) = *row;
    }
    run->known_bidders = run->bidders.count;
}

static struct error *load_bidders(struct ctx *cx, struct lot_run *run)
{
    VEC(struct id) accounts = {0};
    struct array known = {0};
    for (size_t i = 0; i < run->ticket_count; i++)
        if (is_bid(run->tickets[i]))
            *VEC_PUSH(cx->arena, &accounts) = run->tickets[i]->cx->caller->account_id;
    if (accounts.count == 0)
        return NULL;
    TRY(auctions_repo_list_bidders(cx, run->tx, run->auction_id,
                                   (struct array){accounts.items, accounts.count}, &known));
    take_bidders(cx, run, &known);
    return NULL;
}

static struct error *load_keyed(struct ctx *cx, struct lot_run *run)
{
    VEC(struct str) keys = {0};
    for (size_t i = 0; i < run->ticket_count; i++)
        if (run->tickets[i]->client_key.ptr != NULL)
            *VEC_PUSH(cx->arena, &keys) = run->tickets[i]->client_key;
    if (keys.count == 0)
        return NULL;
    return auctions_repo_list_keyed(cx, run->tx, run->auction_id, (struct array){keys.items, keys.count},
                                    &run->keyed);
}

/* The caller's number; that of the next new bidder when it has none. */
static int64_t number_of(const struct lot_run *run, struct id account_id)
{
    for (size_t i = 0; i < run->bidders.count; i++)
        if (id_equal(run->bidders.items[i].account_id, account_id))
            return run->bidders.items[i].number;
    return run->row.bidder_count + 1;
}

static void note_bidder(struct ctx *cx, struct lot_run *run, int64_t number, struct id account_id)
{
    if (number <= run->row.bidder_count)
        return;
    run->row.bidder_count = number;
    *VEC_PUSH(cx->arena, &run->bidders) = (struct auction_bidder_row){
        .auction_id = run->auction_id, .number = number, .account_id = account_id};
}

/* --- tickets --- */

static struct auction_bid bid_of(const struct lot_run *run, const struct lot_ticket *ticket)
{
    struct id account_id = ticket->cx->caller->account_id;
    return (struct auction_bid){
        .bidder = number_of(run, account_id),
        .is_seller = id_equal(account_id, run->row.seller_id),
        .amount = ticket->amount,
        .maximum = ticket->maximum,
    };
}

/* The ticket's result is the event that was appended last. */
static struct error *accept(struct lot_run *run, struct lot_ticket *ticket)
{
    ticket->sequence = run->row.sequence;
    ticket->bidder = number_of(run, ticket->cx->caller->account_id);
    memcpy(ticket->chain, run->row.chain.ptr, AUCTION_CHAIN_CHARS);
    if (ticket->cx->claim == NULL)
        return NULL;
    /* The claim's row tells which event to show again, by its number. */
    struct id result = ID_NONE;
    for (size_t i = 0; i < 8; i++)
        result.bytes[i] = (uint8_t)((uint64_t)ticket->sequence >> (56 - 8 * i));
    return claim_record(ticket->cx, run->tx, result);
}

/* The same key with another bid is a mistake, and no second try. */
static void judge_again(struct lot_ticket *ticket, int64_t bidder, int64_t sequence, int64_t maximum)
{
    struct ctx *cx = ticket->cx;
    ticket->sequence = sequence;
    ticket->bidder = bidder;
    if (maximum == ticket->maximum)
        return;
    ticket->error = ERROR_CODE(cx, INVALID, "the key was used for another bid");
    error_add_violation(cx->arena, ticket->error, STR("/key"), "used",
                        "was used for a bid with another maximum");
}

static struct error *find_again(struct ctx *cx, struct lot_run *run, struct lot_ticket *ticket,
                                int64_t number, bool *ret_found)
{
    for (size_t i = 0; i < run->maxima.count; i++) {
        const struct auction_maximum_row *row = &run->maxima.items[i];
        if (row->bidder != number || !str_equal(row->client_key, ticket->client_key))
            continue;
        judge_again(ticket, number, row->sequence, row->maximum);
        memcpy(ticket->chain, run->events.items[row->sequence - run->event_base - 1].chain.ptr,
               AUCTION_CHAIN_CHARS);
        *ret_found = true;
        return NULL;
    }
    for (size_t i = 0; i < run->keyed.count && !*ret_found; i++) {
        const struct auction_keyed_row *row = ARRAY_AT(struct auction_keyed_row, run->keyed, i);
        struct array events = {0};
        if (row->bidder != number || !str_equal(row->client_key, ticket->client_key))
            continue;
        TRY(auctions_repo_list_events(cx, run->tx, run->auction_id, row->sequence - 1, 1, &events));
        REQUIRE(events.count == 1);
        judge_again(ticket, number, row->sequence, row->maximum);
        memcpy(ticket->chain, ARRAY_AT(struct auction_event_row, events, 0)->chain.ptr, AUCTION_CHAIN_CHARS);
        *ret_found = true;
    }
    return NULL;
}

static struct error *find_kept(struct ctx *cx, const struct lot_run *run, int64_t bidder,
                               int64_t *ret_maximum)
{
    for (size_t i = run->maxima.count; i > 0; i--)
        if (run->maxima.items[i - 1].bidder == bidder) {
            *ret_maximum = run->maxima.items[i - 1].maximum;
            return NULL;
        }
    return auctions_repo_find_maximum(cx, run->tx, run->auction_id, bidder, ret_maximum);
}

static struct error *place_prebid(struct ctx *cx, struct lot_run *run, struct lot_ticket *ticket)
{
    struct auction_bid bid = bid_of(run, ticket);
    int64_t kept = 0;
    TRY(find_kept(cx, run, bid.bidder, &kept));
    ticket->verdict = auction_judge_prebid(&run->terms, &run->state, &bid, kept);
    if (ticket->verdict != AUCTION_OK)
        return NULL;
    struct auction_body body = {.kind = AUCTION_EVENT_PREBID, .bidder = bid.bidder};
    body.commitment = auctions_conceal(cx, run, bid.bidder, bid.maximum, ticket->client_key);
    note_bidder(cx, run, bid.bidder, ticket->cx->caller->account_id);
    auctions_append(cx, run, &body, run->at);
    return accept(run, ticket);
}

static struct error *place_live_bid(struct ctx *cx, struct lot_run *run, struct lot_ticket *ticket)
{
    struct auction_bid bid = bid_of(run, ticket);
    ticket->verdict = auction_judge_bid(&run->terms, &run->state, &bid, run->at);
    if (ticket->verdict != AUCTION_OK)
        return NULL;
    struct auction_body body = {.kind = AUCTION_EVENT_BID, .bidder = bid.bidder, .amount = bid.amount};
    body.commitment = auctions_conceal(cx, run, bid.bidder, bid.maximum, ticket->client_key);
    auction_body_set_state(&body, &run->state);
    note_bidder(cx, run, bid.bidder, ticket->cx->caller->account_id);
    auctions_append(cx, run, &body, run->at);
    return accept(run, ticket);
}

static struct error *refuse_currency(const struct lot_run *run, const struct lot_ticket *ticket)
{
    struct ctx *cx = ticket->cx;
    if (str_is_empty(ticket->currency) || str_equal(ticket->currency, run->row.currency))
        return NULL;
    struct error *error = ERROR_CODE(cx, INVALID, "the lot is sold in another currency");
    error_add_violation(cx->arena, error, STR("/currency"), "currency", "must be %" STR_FMT,
                        STR_ARG(run->row.currency));
    return error;
}

static struct error *place_bid(struct ctx *cx, struct lot_run *run, struct lot_ticket *ticket)
{
    bool is_again = false;
    ticket->error = refuse_currency(run, ticket);
    if (ticket->error != NULL)
        return NULL;
    if (ticket->client_key.ptr != NULL)
        TRY(find_again(cx, run, ticket, number_of(run, ticket->cx->caller->account_id), &is_again));
    if (is_again)
        return NULL;
    TRY(run->state.status == AUCTIONS_SCHEDULED ? place_prebid(cx, run, ticket)
                                                : place_live_bid(cx, run, ticket));
    ticket->least = auction_least_bid(&run->terms, &run->state);
    return NULL;
}

static struct error *buy_now(struct ctx *cx, struct lot_run *run, struct lot_ticket *ticket)
{
    struct auction_bid bid = bid_of(run, ticket);
    ticket->verdict = auction_judge_buy_now(&run->terms, &run->state, &bid, run->at);
    if (ticket->verdict != AUCTION_OK)
        return NULL;
    struct auction_body body = {
        .kind = AUCTION_EVENT_BOUGHT, .bidder = bid.bidder, .price = run->state.price};
    note_bidder(cx, run, bid.bidder, ticket->cx->caller->account_id);
    auctions_append(cx, run, &body, run->at);
    TRY(accept(run, ticket));
    return auctions_conclude(cx, run, run->at);
}

static struct error *apply_ticket(struct ctx *cx, struct lot_run *run, struct lot_ticket *ticket)
{
    switch (ticket->command) {
    case LOT_LOOK:
        break;
    case LOT_BID:
        return place_bid(cx, run, ticket);
    case LOT_BUY_NOW:
        return buy_now(cx, run, ticket);
    case LOT_CHANGE:
        return auctions_change_terms(cx, run, ticket);
    case LOT_CANCEL:
        return auctions_cancel_lot(cx, run, ticket);
    case LOT_VOID:
        return auctions_void_lot(cx, run, ticket);
    }
    return NULL;
}

/* --- storing: of all lots at once, where the engine gains by it --- */

static bool has_changed(const struct lot_run *run)
{
    return lot_run_is_on(run) && (run->events.count > 0 || run->is_reminder_new);
}

/* --- storing: rows beside the lots --- */

static struct error *store_bidders(struct ctx *cx, const struct lot_group *group)
{
    VEC(struct auction_bidder_row) bidders = {0};
    struct instant at = INSTANT_NONE;
    for (size_t i = 0; i < group->count; i++) {
        const struct lot_run *run = &group->runs[i];
        for (size_t j = run->known_bidders; has_changed(run) && j < run->bidders.count; j++) {
            *VEC_PUSH(cx->arena, &bidders) = run->bidders.items[j];
            at = run->at;
        }
    }
    return auctions_repo_insert_bidders(cx, group->tx, bidders.items, bidders.count, at);
}

static struct error *store_events(struct ctx *cx, const struct lot_group *group)
{
    VEC(struct auction_event_row) events = {0};
    for (size_t i = 0; i < group->count; i++)
        for (size_t j = 0; j < group->runs[i].events.count; j++)
            *VEC_PUSH(cx->arena, &events) = group->runs[i].events.items[j];
    return auctions_repo_insert_events(cx, group->tx, events.items, events.count);
}

/* --- storing: who is outbid --- */

/* None: nobody led, or the account was erased. */
static struct error *find_outbid(struct ctx *cx, const struct lot_run *run, struct id *ret_account_id)
{
    struct auction_bidder_row bidder = {0};
    bool is_found = false;
    for (size_t i = 0; i < run->bidders.count; i++)
        if (run->bidders.items[i].number == run->was.leader) {
            *ret_account_id = run->bidders.items[i].account_id;
            return NULL;
        }
    TRY(auctions_repo_find_bidder(cx, run->tx, run->auction_id, run->was.leader, &bidder, &is_found));
    *ret_account_id = bidder.account_id;
    return NULL;
}

/* Only who led before this commit is told by an event: the others' own replies show the state after it. */
static struct error *tell_outbid(struct ctx *cx, const struct lot_group *group)
{
    VEC(struct outbox_entry) entries = {0};
    for (size_t i = 0; i < group->count; i++) {
        struct lot_run *run = &group->runs[i];
        if (!has_changed(run) || run->was.leader == 0 || run->was.leader == run->state.leader)
            continue;
        TRY(find_outbid(cx, run, &run->outbid_id));
        if (id_is_none(run->outbid_id))
            continue;
        struct auctions_outbid_event *event = ARENA_ARRAY(cx->arena, struct auctions_outbid_event, 1);
        *event = (struct auctions_outbid_event){
            .auction_id = run->auction_id,
            .account_id = run->outbid_id,
            .title = run->row.title,
            .price = {.minor = run->state.price, .currency = run->terms.currency},
        };
        *VEC_PUSH(cx->arena, &entries) = (struct outbox_entry){.type = &auctions_bid_outbid,
                                                               .aggregate_id = run->auction_id,
                                                               .version = run->row.version,
                                                               .payload = event};
    }
    return outbox_write_all(cx, group->tx, entries.items, entries.count);
}

/* --- storing: the lots --- */

struct instant auctions_next_due(struct ctx *cx, const struct auction_row *row)
{
    if (row->status == AUCTIONS_SCHEDULED)
        return row->starts_at;
    if (row->status != AUCTIONS_LIVE)
        return INSTANT_NONE;
    return row->is_reminded ? row->ends_at
                            : instant_add_us(row->ends_at, -auctions_state_of(cx)->settings->reminder_us);
}

static struct error *store_extras(struct ctx *cx, struct lot_run *run)
{
    auctions_row_set_state(&run->row, &run->state);
    run->row.due_at = auctions_next_due(cx, &run->row);
    if (run->are_terms_new)
        TRY(auctions_repo_update_terms(cx, run->tx, &run->row));
    if (run->is_sale_new)
        TRY(auctions_repo_update_sale(cx, run->tx, &run->row, run->at));
    return NULL;
}

static struct error *store_each(struct ctx *cx, const struct lot_group *group)
{
    for (size_t i = 0; i < group->count; i++) {
        const struct lot_run *run = &group->runs[i];
        bool is_updated = false;
        if (!has_changed(run))
            continue;
        TRY(auctions_repo_update_state(cx, run->tx, &run->row, run->at, &is_updated));
        REQUIRE(is_updated); /* the row is locked */
    }
    return NULL;
}

static struct error *store_together(struct ctx *cx, const struct lot_group *group)
{
    VEC(struct auction_row) rows = {0};
    VEC(struct instant) nows = {0};
    int64_t count = 0;
    for (size_t i = 0; i < group->count; i++) {
        if (!has_changed(&group->runs[i]))
            continue;
        *VEC_PUSH(cx->arena, &rows) = group->runs[i].row;
        *VEC_PUSH(cx->arena, &nows) = group->runs[i].at;
    }
    if (rows.count == 0)
        return NULL;
    TRY(auctions_repo_update_states(cx, group->tx, rows.items, rows.count,
                                    (struct array){nows.items, nows.count}, &count));
    REQUIRE(count == (int64_t)rows.count); /* the rows are locked */
    return NULL;
}

struct error *auctions_store(struct ctx *cx, const struct lot_group *group)
{
    TRY(store_bidders(cx, group));
    TRY(store_events(cx, group));
    TRY(tell_outbid(cx, group));
    for (size_t i = 0; i < group->count; i++)
        if (has_changed(&group->runs[i]))
            TRY(store_extras(cx, &group->runs[i]));
    return group->count > 1 && db_takes_lists(cx) ? store_together(cx, group) : store_each(cx, group);
}

/* --- the transaction --- */

static void begin(struct lot_run *run, struct tx *tx)
{
    *run = (struct lot_run){
        .auction_id = run->auction_id,
        .tickets = run->tickets,
        .ticket_count = run->ticket_count,
        .tx = tx,
        .is_missing = true,
    };
    for (size_t i = 0; i < run->ticket_count; i++) {
        run->tickets[i]->error = NULL;
        run->tickets[i]->verdict = AUCTION_OK;
        run->tickets[i]->sequence = 0;
    }
}

static void take_row(struct ctx *cx, struct lot_run *run, const struct auction_row *row)
{
    run->is_missing = false;
    run->row = *row;
    run->terms = auctions_row_terms(&run->row);
    run->state = run->was = auctions_row_state(&run->row);
    run->event_base = run->row.sequence;
    run->at = auctions_clock_read(&auctions_state_of(cx)->clock);
    if (instant_is_before(run->at, run->row.last_at))
        run->at = run->row.last_at;
}

static struct error *lock_one(struct ctx *cx, struct lot_run *run)
{
    struct auction_row row = {0};
    bool is_found = false;
    TRY(auctions_repo_lock(cx, run->tx, run->auction_id, &row, &is_found));
    if (!is_found)
        return NULL;
    take_row(cx, run, &row);
    return load_bidders(cx, run);
}

static struct auction_bidder_keys keys_of(struct ctx *cx, const struct lot_group *group)
{
    VEC(struct id) auctions = {0};
    VEC(struct id) accounts = {0};
    for (size_t i = 0; i < group->count; i++) {
        const struct lot_run *run = &group->runs[i];
        for (size_t j = 0; j < run->ticket_count; j++) {
            if (!is_bid(run->tickets[j]))
                continue;
            *VEC_PUSH(cx->arena, &auctions) = run->auction_id;
            *VEC_PUSH(cx->arena, &accounts) = run->tickets[j]->cx->caller->account_id;
        }
    }
    return (struct auction_bidder_keys){.auction_ids = {auctions.items, auctions.count},
                                        .account_ids = {accounts.items, accounts.count}};
}

/* With their bidders, and with those who lead, for they may have to be told: on one way there and back. */
static struct error *lock_all(struct ctx *cx, struct lot_group *group)
{
    struct array ids = {ARENA_ARRAY(cx->arena, struct id, group->count), group->count};
    struct array rows = {0}, bidders = {0};
    struct auction_bidder_keys keys = keys_of(cx, group);
    for (size_t i = 0; i < group->count; i++)
        *ARRAY_AT(struct id, ids, i) = group->runs[i].auction_id;
    TRY(auctions_repo_lock_all(cx, group->tx, ids, &keys, &rows, &bidders));
    for (size_t i = 0; i < group->count; i++) {
        struct lot_run *run = &group->runs[i];
        for (size_t j = 0; j < rows.count; j++)
            if (id_equal(run->auction_id, ARRAY_AT(struct auction_row, rows, j)->id))
                take_row(cx, run, ARRAY_AT(struct auction_row, rows, j));
        take_bidders(cx, run, &bidders);
    }
    return NULL;
}

static struct error *lock(struct ctx *cx, struct lot_group *group)
{
    if (db_takes_lists(cx))
        TRY(lock_all(cx, group));
    for (size_t i = 0; i < group->count && !db_takes_lists(cx); i++)
        TRY(lock_one(cx, &group->runs[i]));
    /* Starts and ends touch much besides the lot, so each has a transaction of its own. */
    for (size_t i = 0; i < group->count && group->count > 1; i++)
        group->runs[i].is_put_off = !group->runs[i].is_missing && auctions_is_due(cx, &group->runs[i]);
    return NULL;
}

static struct error *judge(struct ctx *cx, struct lot_run *run)
{
    TRY(load_keyed(cx, run));
    TRY(auctions_advance(cx, run));
    for (size_t i = 0; i < run->ticket_count; i++)
        TRY(apply_ticket(cx, run, run->tickets[i]));
    return NULL;
}

static struct error *apply(struct ctx *cx, struct lot_group *group)
{
    TRY(lock(cx, group));
    for (size_t i = 0; i < group->count; i++)
        if (lot_run_is_on(&group->runs[i]))
            TRY(judge(cx, &group->runs[i]));
    FAULT_POINT(cx, "auctions.apply.judged");
    return auctions_store(cx, group);
}

struct error *auctions_apply(struct ctx *cx, struct tx *tx, void *arg)
{
    struct lot_group *group = arg;
    group->tx = tx;
    for (size_t i = 0; i < group->count; i++)
        begin(&group->runs[i], tx);
    group->has_failed = false;
    struct error *error = apply(cx, group);
    group->has_failed = error != NULL;
    return error;
}
