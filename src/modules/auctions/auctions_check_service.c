/* SPDX-License-Identifier: AGPL-3.0-or-later
 * The state is what the events say: asked by `lathe check`, made so by `lathe rebuild auctions.state`. And the job that looks after a
 * lot that changed whether it can still be auctioned. */
#include "base/json/json_read.h"
#include "base/json/json_write.h"

#include "platform/module/module.h"

#include "modules/auctions/auctions_events.h"
#include "modules/auctions/auctions_read_service.h"
#include "modules/catalog/catalog.h"
#include "modules/goods/goods.h"
#include "modules/orders/orders.h"

enum { ID_BATCH = 200 };

/* --- replaying what is stored --- */

static struct error *open_stored(struct ctx *cx, struct tx *tx, struct id auction_id,
                                 struct auction_replay *replay)
{
    struct array maxima = {0};
    VEC(struct auction_opened) opened = {0};
    TRY(auctions_repo_list_maxima(cx, tx, auction_id, 0, INT64_MAX, &maxima));
    for (size_t i = 0; i < maxima.count; i++) {
        const struct auction_maximum_row *row = ARRAY_AT(struct auction_maximum_row, maxima, i);
        if (row->bidder == 0)
            replay->reserve = (struct auction_opened_reserve){.price = row->maximum, .salt = row->salt};
        else
            *VEC_PUSH(cx->arena, &opened) = (struct auction_opened){
                .sequence = row->sequence, .bidder = row->bidder, .maximum = row->maximum, .salt = row->salt};
    }
    replay->opened = (struct array){opened.items, opened.count};
    replay->is_open = true;
    return NULL;
}

struct error *auctions_replay_stored(struct ctx *cx, struct tx *tx, struct id auction_id,
                                     struct auction_replay *ret_replay, struct str *ret_why)
{
    struct array events = {0};
    struct str why = STR_NONE;
    auctions_replay_init(ret_replay, cx->arena);
    TRY(open_stored(cx, tx, auction_id, ret_replay));
    TRY(auctions_repo_list_events(cx, tx, auction_id, 0, INT64_MAX, &events));
    for (size_t i = 0; i < events.count && why.ptr == NULL; i++) {
        const struct auction_event_row *row = ARRAY_AT(struct auction_event_row, events, i);
        struct auction_log_event event = {.sequence = row->sequence, .chain = row->chain, .body = row->body};
        why = auctions_replay_event(ret_replay, &event);
    }
    if (why.ptr != NULL)
        why = arena_printf(cx->arena, "event %lld: %" STR_FMT, (long long)ret_replay->sequence, STR_ARG(why));
    *ret_why = why;
    return NULL;
}

/* --- checks --- */

/* Asks fn about every auction, in memory that is given back after each. */
static struct error *each_auction(struct ctx *cx, struct strbuf *findings,
                                  struct error *(*fn)(struct ctx *cx, const struct auction_row *row,
                                                      struct strbuf *findings))
{
    struct id after = ID_NONE;
    struct array ids = {0};
    do {
        struct id batch[ID_BATCH];
        TRY(auctions_repo_list_ids(cx, NULL, after, ID_BATCH, &ids));
        size_t count = ids.count;
        for (size_t i = 0; i < count; i++)
            batch[i] = after = ARRAY_AT(struct db_id, ids, i)->id;
        for (size_t i = 0; i < count; i++) {
            struct arena_mark mark = arena_mark(cx->arena);
            struct auction_row row = {0};
            bool is_found = false;
            TRY(auctions_repo_find(cx, NULL, batch[i], &row, &is_found));
            if (is_found)
                TRY(fn(cx, &row, findings));
            arena_rewind(cx->arena, mark);
        }
    } while (ids.count == ID_BATCH);
    return NULL;
}

static void find(struct ctx *cx, struct strbuf *findings, const struct auction_row *row, struct str what)
{
    strbuf_printf(findings, "auction %" STR_FMT ": %" STR_FMT "\n", STR_ARG(id_str(cx->arena, row->id)),
                  STR_ARG(what));
}

static bool is_same_state(const struct auction_state *a, const struct auction_state *b)
{
    return a->status == b->status && a->outcome == b->outcome && a->ends_at.us == b->ends_at.us &&
           a->price == b->price && a->leader == b->leader && a->maximum == b->maximum &&
           a->bid_count == b->bid_count && a->is_reserve_met == b->is_reserve_met;
}

static struct error *check_state(struct ctx *cx, const struct auction_row *row, struct strbuf *findings)
{
    struct auction_replay replay;
    struct str why = STR_NONE;
    TRY(auctions_replay_stored(cx, NULL, row->id, &replay, &why));
    struct auction_state state = auctions_row_state(row);
    if (why.ptr != NULL)
        find(cx, findings, row, why);
    else if (replay.sequence != row->sequence || !str_equal(replay.chain, row->chain))
        find(cx, findings, row, STR("its last event is not the one that the state names"));
    else if (!is_same_state(&state, &replay.state) || replay.bidder_count != row->bidder_count)
        find(cx, findings, row, STR("its state is not what the events give"));
    return NULL;
}

static struct error *check_states(struct ctx *cx, struct strbuf *findings)
{
    return each_auction(cx, findings, check_state);
}

static struct error *check_sale(struct ctx *cx, const struct auction_row *row, struct strbuf *findings)
{
    bool is_sold = row->outcome == AUCTION_SOLD;
    bool has_sale = row->sale != AUCTION_SALE_NONE;
    if (row->outcome != AUCTION_VOIDED && row->sale != AUCTION_SALE_RELISTED && is_sold != has_sale)
        find(cx, findings, row, STR("it is sold without a sale, or the reverse"));
    if ((row->sale == AUCTION_SALE_OFFERED || row->sale == AUCTION_SALE_PAID) && id_is_none(row->order_id))
        find(cx, findings, row, STR("its sale has no order"));
    bool needs_lot = row->status == AUCTIONS_SCHEDULED || row->status == AUCTIONS_LIVE ||
                     row->sale == AUCTION_SALE_OFFERED || row->sale == AUCTION_SALE_DECIDE;
    if (needs_lot != row->is_lot_held)
        find(cx, findings, row, STR("its lot is held without need, or not held"));
    return NULL;
}

static struct error *check_sales(struct ctx *cx, struct strbuf *findings)
{
    return each_auction(cx, findings, check_sale);
}

/* clang-format off */
const struct module_check auctions_checks[] = {
    {"auctions.state_is_projection", "Each auction's chain holds and its state is what its events give", check_states},
    {"auctions.one_sale", "A sold auction has one sale and its order; lots are held while they are needed", check_sales},
    {.name = NULL},
};
/* clang-format on */

/* --- rebuilding --- */

static struct error *rebuild_state(struct ctx *cx, struct tx *tx, struct id auction_id)
{
    struct auction_replay replay;
    struct auction_row row = {0};
    struct str why = STR_NONE;
    bool is_found = false;
    bool is_updated = false;
    TRY(auctions_repo_lock(cx, tx, auction_id, &row, &is_found));
    TRY(auctions_replay_stored(cx, tx, auction_id, &replay, &why));
    if (why.ptr != NULL)
        return ERROR_CODE(cx, INTERNAL, "auction %" STR_FMT " cannot be rebuilt: %" STR_FMT,
                          STR_ARG(id_str(cx->arena, auction_id)), STR_ARG(why));
    auctions_row_set_terms(&row, &replay.terms);
    auctions_row_set_state(&row, &replay.state);
    row.bidder_count = replay.bidder_count;
    row.sequence = replay.sequence;
    row.chain = replay.chain;
    row.last_at = replay.at;
    row.due_at = auctions_next_due(cx, &row);
    TRY(auctions_repo_update_terms(cx, tx, &row));
    TRY(auctions_repo_update_state(cx, tx, &row, row.last_at, &is_updated));
    REQUIRE(is_updated); /* the row is locked */
    return NULL;
}

struct error *auctions_rebuild_states(struct ctx *cx, struct tx *tx)
{
    struct id after = ID_NONE;
    struct array ids = {0};
    do {
        TRY(auctions_repo_list_ids(cx, tx, after, ID_BATCH, &ids));
        for (size_t i = 0; i < ids.count; i++) {
            after = ARRAY_AT(struct db_id, ids, i)->id;
            TRY(rebuild_state(cx, tx, after));
        }
    } while (ids.count == ID_BATCH);
    return NULL;
}

/* --- a lot that changed --- */

struct lot_check {
    struct id item_id;
};
static const struct json_field lot_check_fields[] = {
    JSON_ID(struct lot_check, item_id, .flags = JSON_REQUIRED)};
static const struct json_type lot_check_type =
    JSON_TYPE("AuctionLotCheck", struct lot_check, lot_check_fields);

struct error *auctions_enqueue_lot_check(struct ctx *cx, struct tx *tx, struct id item_id)
{
    struct lot_check check = {.item_id = item_id};
    return job_enqueue(cx, tx, &auctions_lot_check_job, id_str(cx->arena, item_id),
                       json_encode(cx->arena, &lot_check_type, &check), INSTANT_NONE);
}

/* Absent: nothing is in the way. A product is found while it is not deleted; its pieces are counted by its module. */
static struct error *why_unsaleable(struct ctx *cx, struct id item_id, struct str *ret_why)
{
    struct goods_product product;
    struct catalog_spec spec = {.status = CATALOG_DELETED};
    bool is_found = false;
    TRY(goods_find_product(cx, NULL, item_id, &product, &is_found));
    if (is_found) {
        *ret_why = product.status == GOODS_TAKEN_DOWN ? STR("the lot was taken down") : STR_NONE;
        return NULL;
    }
    TRY(catalog_find_spec(cx, NULL, item_id, &spec, &is_found));
    if (!is_found || spec.status == CATALOG_DELETED)
        *ret_why = STR("the lot does not exist any more");
    else if (spec.status == CATALOG_SOLD)
        *ret_why = STR("the exclusive licence was sold elsewhere");
    else
        *ret_why = spec.status == CATALOG_TAKEN_DOWN ? STR("the lot was taken down") : STR_NONE;
    return NULL;
}

static struct error *void_if_running(struct ctx *cx, struct id auction_id, struct str why)
{
    struct auction_row row = {0};
    bool is_found = false;
    TRY(auctions_repo_find(cx, NULL, auction_id, &row, &is_found));
    bool is_running = is_found && (row.status == AUCTIONS_SCHEDULED || row.status == AUCTIONS_LIVE);
    if (!is_running)
        return NULL;
    struct error *error = auctions_void(cx, auction_id, why);
    return error_is(error, &auctions_closed) ? NULL : error;
}

static struct error *check_lot(struct ctx *cx, const struct job *job)
{
    struct lot_check check = {.item_id = ID_NONE};
    struct array ids = {0};
    struct str why = STR_NONE;
    TRY(json_decode(cx->arena, &lot_check_type, job->payload, &check));
    TRY(why_unsaleable(cx, check.item_id, &why));
    if (why.ptr == NULL)
        return NULL;
    TRY(auctions_repo_list_of_item(cx, check.item_id, &ids));
    for (size_t i = 0; i < ids.count; i++)
        TRY(void_if_running(cx, ARRAY_AT(struct db_id, ids, i)->id, why));
    return NULL;
}

const struct job_type auctions_lot_check_job = {
    .name = "auctions.lot_check",
    .help = "Voids the auctions of a lot that cannot be sold any more",
    .run = check_lot,
};
