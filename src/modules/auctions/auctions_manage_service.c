/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Making, changing, cancelling and voiding auctions. */
#include "base/text/fold.h"

#include "platform/crypto/crypto.h"

#include "modules/auctions/auctions_service.h"
#include "modules/catalog/catalog.h"
#include "modules/goods/goods.h"
#include "modules/identity/identity.h"

/* --- requests --- */

enum { DEFAULT_SOFT_CLOSE_MS = 120000, MAX_TITLE_WORDS = 64 };

/* clang-format off */
#define R struct auction_request
#define TERMS_ROWS                                                                                                              \
    JSON_INTEGER(R, reserve_price, .min = 0, .max = AUCTION_MAX_PRICE, .help = "0: none. Never shown before the end"),          \
    JSON_INTEGER(R, buy_now_price, .min = 0, .max = AUCTION_MAX_PRICE, .help = "0: none"),                                      \
    JSON_INTEGER(R, bid_step, .min = 0, .max = AUCTION_MAX_STEP, .help = "0: by the price's band"),                             \
    JSON_INTEGER(R, soft_close_ms, .min = 0, .max = AUCTION_MAX_SOFT_CLOSE_MS, .fallback = DEFAULT_SOFT_CLOSE_MS, .help = "A bid this close before the end moves it; 0: sudden death"), \
    JSON_INTEGER(R, extend_ms, .min = 0, .max = AUCTION_MAX_SOFT_CLOSE_MS, .fallback = DEFAULT_SOFT_CLOSE_MS, .help = "To this long after the bid")

static const struct json_field request_fields[] = {
    JSON_ID(R, item_id, .flags = JSON_REQUIRED, .help = "A product, or a spec with license_option_id"),
    JSON_ID(R, license_option_id, .help = "The exclusive licence option of a spec"),
    JSON_INTEGER(R, starting_price, .flags = JSON_REQUIRED, .min = 1, .max = AUCTION_MAX_PRICE, .help = "In the minor unit of the lot's currency"),
    JSON_INSTANT(R, starts_at, .help = "Left out: at once"),
    JSON_INSTANT(R, ends_at, .flags = JSON_REQUIRED),
    TERMS_ROWS,
};
const struct json_type auction_request_type = JSON_TYPE("AuctionRequest", R, request_fields, JSON_PRESENCE(R));

static const struct json_field change_fields[] = {
    JSON_INTEGER(R, starting_price, .min = 1, .max = AUCTION_MAX_PRICE),
    JSON_INSTANT(R, starts_at),
    JSON_INSTANT(R, ends_at),
    TERMS_ROWS,
};
const struct json_type auction_change_type = JSON_TYPE("AuctionChange", R, change_fields, JSON_PRESENCE(R));
/* clang-format on */

static struct error *check_terms(struct ctx *cx, const struct auction_terms *terms, struct instant now)
{
    struct error *error = ERROR_CODE(cx, INVALID, "an auction cannot have these terms");
    int64_t min_us = auctions_state_of(cx)->settings->min_length_us;
    int64_t from_us = terms->starts_at.us > now.us ? terms->starts_at.us : now.us;
    for (size_t i = 0; i < AUCTION_TERMS_RULES; i++)
        if (!auction_terms_rules[i].holds(terms))
            error_add_violation(cx->arena, error, str_cstr(auction_terms_rules[i].pointer),
                                auction_terms_rules[i].rule, "%s", auction_terms_rules[i].message);
    if (terms->ends_at.us - from_us < min_us)
        error_add_violation(cx->arena, error, STR("/ends_at"), "min",
                            "must be at least %lld seconds after the start and from now",
                            (long long)(min_us / US_PER_SECOND));
    return error->violations != NULL ? error : NULL;
}

static void append_terms(struct ctx *cx, struct lot_run *run, enum auction_event_kind kind)
{
    struct auction_body body = {
        .kind = (int32_t)kind, .auction_id = run->auction_id, .item_id = run->row.item_id};
    auction_body_set_terms(&body, &run->terms);
    body.reserve_commitment = auctions_conceal(cx, run, 0, run->terms.reserve_price, STR_NONE);
    auctions_append(cx, run, &body, run->at);
    auctions_row_set_terms(&run->row, &run->terms);
    run->are_terms_new = true;
    run->state = auction_state_new(&run->terms);
}

/* --- making --- */

struct making {
    const struct auction_request *request;
    struct auction_row row;
    struct auction_terms terms;
    struct lot_run run;
};

static struct error *refuse_lot(struct ctx *cx, const char *message)
{
    struct error *error = ERROR_CODE(cx, INVALID, "this cannot be auctioned");
    error_add_violation(cx->arena, error, STR("/item_id"), "lot", "%s", message);
    return error;
}

static struct error *describe_product(struct ctx *cx, struct auction_row *row)
{
    struct goods_product product;
    bool is_found = false;
    TRY(goods_find_product(cx, NULL, row->item_id, &product, &is_found));
    if (!is_found || (!caller_is(cx, product.owner_id) && product.status == GOODS_DRAFT))
        return ERROR_CODE(cx, NOT_FOUND, "there is no such product");
    if (!caller_is(cx, product.owner_id))
        return ERROR_CODE(cx, FORBIDDEN, "only its owner can auction it");
    if (product.status != GOODS_ACTIVE)
        return refuse_lot(cx, "must be an active product");
    row->lot_kind = AUCTION_LOT_PRODUCT;
    row->title = product.title;
    row->slug = product.slug;
    row->currency = product.currency;
    row->cover_asset_id = product.cover_asset_id;
    row->seller_name = product.owner_name;
    return NULL;
}

/* What keeps an exclusive option from being offered may be an auction of it. */
static struct error *refuse_closed(struct ctx *cx, struct id item_id)
{
    struct array running = {0};
    TRY(auctions_repo_list_of_item(cx, item_id, &running));
    return running.count != 0 ? ERROR(cx, auctions_lot_taken, "this licence is being auctioned already")
                              : refuse_lot(cx, "must have an exclusive licence option that is offered now");
}

static struct error *describe_license(struct ctx *cx, struct auction_row *row)
{
    struct catalog_option option;
    struct catalog_spec spec;
    bool is_found = false;
    struct identity_account seller;
    TRY(catalog_load_option(cx, NULL, row->option_id, &option));
    TRY(catalog_find_spec(cx, NULL, option.spec_id, &spec, &is_found));
    if (!is_found || !id_equal(option.spec_id, row->item_id))
        return ERROR_CODE(cx, NOT_FOUND, "the spec has no such licence option");
    if (!caller_is(cx, spec.owner_id))
        return ERROR_CODE(cx, FORBIDDEN, "only its owner can auction it");
    if (option.type != CATALOG_EXCLUSIVE || !option.is_open)
        return refuse_closed(cx, row->item_id);
    TRY(identity_find_account(cx, NULL, spec.owner_id, &seller, &is_found));
    row->lot_kind = AUCTION_LOT_LICENSE;
    row->title = spec.title;
    row->slug = spec.slug;
    row->currency = arena_str(cx->arena, str_cstr(option.price.currency.code));
    row->cover_asset_id = spec.cover_asset_id;
    row->seller_name = is_found ? seller.display_name : STR("");
    return NULL;
}

static struct error *describe_lot(struct ctx *cx, struct making *making)
{
    struct auction_row *row = &making->row;
    *row = (struct auction_row){
        .id = crypto_new_id(cx),
        .seller_id = cx->caller->account_id,
        .item_id = making->request->item_id,
        .option_id = making->request->license_option_id,
        .is_lot_held = true,
        .chain = auction_chain_start,
        .created_at = auctions_clock_read(&auctions_state_of(cx)->clock),
    };
    TRY(id_is_none(row->option_id) ? describe_product(cx, row) : describe_license(cx, row));
    row->title_folded = fold_words(cx->arena, row->title, MAX_TITLE_WORDS);
    return NULL;
}

static struct auction_terms terms_of(const struct making *making)
{
    const struct auction_request *request = making->request;
    struct auction_terms terms = {
        .starting_price = request->starting_price,
        .reserve_price = request->reserve_price,
        .buy_now_price = request->buy_now_price,
        .bid_step = request->bid_step,
        .starts_at = instant_is_none(request->starts_at) ? making->row.created_at : request->starts_at,
        .ends_at = request->ends_at,
        .soft_close_ms = request->soft_close_ms,
        .extend_ms = request->soft_close_ms == 0 &&
                             !JSON_HAS(&auction_request_type, request, struct auction_request, extend_ms)
                         ? 0
                         : request->extend_ms,
    };
    REQUIRE(currency_parse(making->row.currency, &terms.currency));
    return terms;
}

/* Inserts the row and its first event. */
static struct error *make(struct ctx *cx, struct tx *tx, struct making *making)
{
    struct auction_row row = making->row;
    bool is_found = false;
    TRY(auctions_repo_insert(cx, tx, &row));
    TRY(auctions_hold_lot(cx, tx, &row));
    making->run = (struct lot_run){.auction_id = row.id, .tx = tx, .at = row.created_at};
    TRY(auctions_repo_lock(cx, tx, row.id, &making->run.row, &is_found));
    REQUIRE(is_found);
    making->run.row.chain = auction_chain_start;
    making->run.terms = making->terms;
    append_terms(cx, &making->run, AUCTION_EVENT_CREATED);
    struct lot_group group = {.runs = &making->run, .count = 1, .tx = tx};
    TRY(auctions_store(cx, &group));
    return auctions_tell(cx, tx, &auctions_auction_scheduled, &making->run.row, STR_NONE, ID_NONE);
}

static struct error *make_and_claim(struct ctx *cx, struct tx *tx, void *arg)
{
    struct making *making = arg;
    TRY(make(cx, tx, making));
    return claim_record(cx, tx, making->row.id);
}

static struct error *explain_taken(struct ctx *cx, struct error *error)
{
    static const struct db_constraint constraints[] = {
        {"auction_option", &auctions_lot_taken, "this licence is being auctioned already"}, {.name = NULL}};
    return db_explain(cx, error, constraints);
}

struct error *auctions_create(struct ctx *cx, const struct auction_request *request,
                              struct id *ret_auction_id)
{
    struct making making = {.request = request};
    TRY(identity_require_verified(cx));
    TRY(describe_lot(cx, &making));
    making.terms = terms_of(&making);
    TRY(check_terms(cx, &making.terms, making.row.created_at));
    TRY(explain_taken(cx, db_transact(cx, TX_WRITE, make_and_claim, &making)));
    auctions_clock_note(&auctions_state_of(cx)->clock, making.row.id, making.terms.starts_at);
    *ret_auction_id = making.row.id;
    return NULL;
}

/* The lot again, by the same terms at other times; in the seller's transaction. */
struct error *auctions_make_again(struct ctx *cx, struct tx *tx, const struct auction_row *before,
                                  const struct auction_times *times, struct id *ret_auction_id)
{
    struct making making = {.row = *before, .terms = auctions_row_terms(before)};
    making.row.id = crypto_new_id(cx);
    making.row.created_at = auctions_clock_read(&auctions_state_of(cx)->clock);
    making.terms.starts_at = instant_is_none(times->starts_at) ? making.row.created_at : times->starts_at;
    making.terms.ends_at = times->ends_at;
    TRY(check_terms(cx, &making.terms, making.row.created_at));
    TRY(make(cx, tx, &making));
    *ret_auction_id = making.row.id;
    return NULL;
}

/* --- tickets of the seller and of moderators --- */

/* The members that a change may name, in the request and in the terms; all are 64 bits wide. */
struct change_row {
    size_t from, to;
};
_Static_assert(sizeof(struct instant) == sizeof(int64_t), "times are copied as numbers");
#define CHANGE(member)                                                                                       \
    {                                                                                                        \
        offsetof(struct auction_request, member), offsetof(struct auction_terms, member)                     \
    }
static const struct change_row changes[] = {
    CHANGE(starting_price), CHANGE(reserve_price), CHANGE(buy_now_price), CHANGE(bid_step),
    CHANGE(starts_at),      CHANGE(ends_at),       CHANGE(soft_close_ms), CHANGE(extend_ms),
};

static void take_changes(struct auction_terms *terms, const struct auction_request *request)
{
    for (size_t i = 0; i < COUNT_OF(changes); i++)
        if (json_was_present(&auction_change_type, request, changes[i].from))
            memcpy((char *)terms + changes[i].to, (const char *)request + changes[i].from, sizeof(int64_t));
}

static bool is_sellers(const struct lot_run *run, struct lot_ticket *ticket)
{
    if (!caller_is(ticket->cx, run->row.seller_id))
        ticket->error = ERROR_CODE(ticket->cx, FORBIDDEN, "only the seller can do this");
    return ticket->error == NULL;
}

struct error *auctions_change_terms(struct ctx *cx, struct lot_run *run, struct lot_ticket *ticket)
{
    struct auction_terms terms = run->terms;
    if (!is_sellers(run, ticket))
        return NULL;
    ticket->verdict = auction_judge_withdrawal(&run->terms, &run->state, run->at);
    if (ticket->verdict != AUCTION_OK)
        return NULL;
    take_changes(&terms, ticket->request);
    ticket->error = check_terms(ticket->cx, &terms, run->at);
    if (ticket->error != NULL)
        return NULL;
    run->terms = terms;
    append_terms(cx, run, AUCTION_EVENT_CHANGED);
    return NULL;
}

static struct error *call_off(struct ctx *cx, struct lot_run *run, struct auction_body *body)
{
    run->state.status = AUCTIONS_CANCELLED;
    run->is_sale_new = true;
    auctions_append(cx, run, body, run->at);
    return auctions_release_lot(cx, run->tx, &run->row);
}

struct error *auctions_cancel_lot(struct ctx *cx, struct lot_run *run, struct lot_ticket *ticket)
{
    struct auction_body body = {.kind = AUCTION_EVENT_CANCELLED};
    if (!is_sellers(run, ticket))
        return NULL;
    ticket->verdict = auction_judge_withdrawal(&run->terms, &run->state, run->at);
    return ticket->verdict == AUCTION_OK ? call_off(cx, run, &body) : NULL;
}

struct error *auctions_void_lot(struct ctx *cx, struct lot_run *run, struct lot_ticket *ticket)
{
    struct auction_body body = {.kind = AUCTION_EVENT_VOIDED, .reason = ticket->reason};
    bool is_over = run->state.status == AUCTIONS_CANCELLED || run->row.sale == AUCTION_SALE_PAID ||
                   run->row.sale == AUCTION_SALE_RELISTED;
    ticket->verdict = is_over ? AUCTION_CLOSED : AUCTION_OK;
    if (is_over)
        return NULL;
    TRY(auctions_withdraw_offer(cx, run->tx, &run->row));
    run->state.outcome = AUCTION_VOIDED;
    run->row.void_reason = ticket->reason;
    TRY(call_off(cx, run, &body));
    TRY(catalog_settle_auction_reports(cx, run->tx, run->auction_id));
    return auctions_tell(cx, run->tx, &auctions_auction_voided, &run->row, ticket->reason, ID_NONE);
}
