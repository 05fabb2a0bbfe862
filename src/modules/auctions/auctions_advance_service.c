/* SPDX-License-Identifier: AGPL-3.0-or-later
 * What happens to an auction by itself, in whichever transaction comes first after its time: start, reminder, end. */
#include "platform/fault/fault.h"
#include "platform/live/live.h"

#include "modules/auctions/auctions_service.h"

/* --- start --- */

static struct error *load_maxima(struct ctx *cx, const struct lot_run *run, struct array *ret_maxima)
{
    return auctions_repo_list_maxima(cx, run->tx, run->auction_id, 0, INT64_MAX, ret_maxima);
}

/* The last pre-bid of each bidder, in the order of sequence numbers. */
static size_t choose_prebids(struct ctx *cx, const struct lot_run *run, const struct array *maxima,
                             struct auction_prebid *ret_prebids)
{
    bool *is_seen = ARENA_ARRAY(cx->arena, bool, (size_t)run->row.bidder_count + 1);
    size_t count = 0;
    for (size_t i = maxima->count; i > 0; i--) {
        const struct auction_maximum_row *row = ARRAY_AT(struct auction_maximum_row, *maxima, i - 1);
        if (row->bidder == 0 || is_seen[row->bidder])
            continue;
        is_seen[row->bidder] = true;
        ret_prebids[count++] = (struct auction_prebid){.bidder = row->bidder, .maximum = row->maximum};
    }
    for (size_t i = 0; i < count / 2; i++) {
        struct auction_prebid prebid = ret_prebids[i];
        ret_prebids[i] = ret_prebids[count - 1 - i];
        ret_prebids[count - 1 - i] = prebid;
    }
    return count;
}

static struct error *start(struct ctx *cx, struct lot_run *run)
{
    struct array maxima = {0};
    TRY(load_maxima(cx, run, &maxima));
    struct auction_prebid *prebids = ARENA_ARRAY(cx->arena, struct auction_prebid, maxima.count);
    size_t count = choose_prebids(cx, run, &maxima, prebids);
    bool *accepted = ARENA_ARRAY(cx->arena, bool, count);
    struct auction_judged *judged = ARENA_ARRAY(cx->arena, struct auction_judged, count);
    auction_start(&run->terms, &run->state, prebids, count, accepted);
    for (size_t i = 0; i < count; i++)
        judged[i] = (struct auction_judged){.bidder = prebids[i].bidder, .accepted = accepted[i]};
    struct auction_body body = {.kind = AUCTION_EVENT_STARTED, .judged = {judged, count}};
    auction_body_set_state(&body, &run->state);
    auctions_append(cx, run, &body, run->terms.starts_at);
    FAULT_POINT(cx, "auctions.start");
    return auctions_tell(cx, run->tx, &auctions_auction_started, &run->row, STR_NONE, ID_NONE);
}

/* --- end --- */

static struct auction_opened open_maximum(const struct auction_maximum_row *row)
{
    return (struct auction_opened){
        .sequence = row->sequence, .bidder = row->bidder, .maximum = row->maximum, .salt = row->salt};
}

/* Those that are stored, and those of this very transaction. */
static struct error *open_maxima(struct ctx *cx, const struct lot_run *run, struct auction_body *body)
{
    struct array stored = {0};
    VEC(struct auction_opened) opened = {0};
    TRY(load_maxima(cx, run, &stored));
    VEC_RESERVE(cx->arena, &opened, stored.count + run->maxima.count);
    for (size_t i = 0; i < stored.count + run->maxima.count; i++) {
        const struct auction_maximum_row *row = i < stored.count
                                                    ? ARRAY_AT(struct auction_maximum_row, stored, i)
                                                    : &run->maxima.items[i - stored.count];
        if (row->bidder == 0)
            body->reserve = (struct auction_opened_reserve){.price = row->maximum, .salt = row->salt};
        else
            *VEC_PUSH(cx->arena, &opened) = open_maximum(row);
    }
    body->opened = (struct array){opened.items, opened.count};
    return NULL;
}

static struct error *find_winner(struct ctx *cx, const struct lot_run *run, struct id *ret_account_id)
{
    struct auction_bidder_row bidder = {0};
    bool is_found = false;
    *ret_account_id = ID_NONE;
    for (size_t i = 0; i < run->bidders.count; i++)
        if (run->bidders.items[i].number == run->state.leader) {
            *ret_account_id = run->bidders.items[i].account_id;
            return NULL;
        }
    TRY(auctions_repo_find_bidder(cx, run->tx, run->auction_id, run->state.leader, &bidder, &is_found));
    *ret_account_id = bidder.account_id;
    return NULL;
}

struct error *auctions_conclude(struct ctx *cx, struct lot_run *run, struct instant at)
{
    struct id winner_id = ID_NONE;
    bool is_sold = run->state.outcome == AUCTION_SOLD;
    struct auction_body body = {
        .kind = AUCTION_EVENT_ENDED,
        .outcome = (int32_t)run->state.outcome,
        .winner = is_sold ? run->state.leader : 0,
        .price = run->state.price,
    };
    TRY(open_maxima(cx, run, &body));
    auctions_append(cx, run, &body, at);
    auctions_row_set_state(&run->row, &run->state);
    run->is_sale_new = true;
    if (is_sold) {
        TRY(find_winner(cx, run, &winner_id));
        TRY(auctions_offer(cx, run->tx, &run->row, run->state.leader, winner_id, run->state.price));
    } else {
        TRY(auctions_release_lot(cx, run->tx, &run->row));
    }
    struct live_viewers viewers = live_count(cx->platform, auctions_room(cx, run->auction_id));
    if (viewers.peak > run->row.viewers_peak)
        run->row.viewers_peak = viewers.peak;
    FAULT_POINT(cx, "auctions.end");
    return auctions_tell(cx, run->tx, &auctions_auction_ended, &run->row,
                         enum_word(&auction_outcome_words, (int)run->state.outcome), winner_id);
}

/* --- what is due --- */

static struct error *remind(struct ctx *cx, struct lot_run *run)
{
    run->row.is_reminded = true;
    run->is_reminder_new = true;
    return auctions_tell(cx, run->tx, &auctions_auction_ending_soon, &run->row, STR_NONE, ID_NONE);
}

static bool is_reminder_due(struct ctx *cx, const struct lot_run *run)
{
    int64_t before_us = auctions_state_of(cx)->settings->reminder_us;
    return run->state.status == AUCTIONS_LIVE && !run->row.is_reminded &&
           instant_is_before(run->at, run->state.ends_at) && run->state.ends_at.us - run->at.us <= before_us;
}

bool auctions_is_due(struct ctx *cx, const struct lot_run *run)
{
    return auction_is_start_due(&run->terms, &run->state, run->at) || is_reminder_due(cx, run) ||
           auction_is_end_due(&run->state, run->at);
}

struct error *auctions_advance(struct ctx *cx, struct lot_run *run)
{
    if (auction_is_start_due(&run->terms, &run->state, run->at))
        TRY(start(cx, run));
    if (is_reminder_due(cx, run))
        TRY(remind(cx, run));
    if (!auction_is_end_due(&run->state, run->at))
        return NULL;
    auction_end(&run->state);
    return auctions_conclude(cx, run, run->state.ends_at);
}
