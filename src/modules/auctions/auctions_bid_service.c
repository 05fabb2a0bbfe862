/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Bids and other tickets as callers make them: from a request to the ticket, from its verdict to a reply with a receipt. */
#include "base/text/encode.h"

#include "modules/auctions/auctions_read_service.h"
#include "modules/identity/identity.h"

/* clang-format off */
#define Q struct auction_bid_request
#define BID_ROWS                                                                                                          \
    JSON_INTEGER(Q, amount, .flags = JSON_REQUIRED, .min = 1, .max = AUCTION_MAX_AMOUNT, .help = "In the minor unit of the lot's currency"), \
    JSON_INTEGER(Q, max_amount, .min = 1, .max = AUCTION_MAX_AMOUNT, .fallback = 0, .help = "Up to which the server bids; left out: the amount"), \
    JSON_TEXT(Q, currency, .format = &json_format_currency, .help = "Refused when the lot is sold in another one"),       \
    JSON_TEXT(Q, key, .min = 1, .max = 64, .help = "The client's own: a bid with a key that was taken is not taken twice")
static const struct json_field bid_fields[] = {BID_ROWS};
const struct json_type auction_bid_request_type = JSON_TYPE("AuctionBidRequest", Q, bid_fields);
static const struct json_field socket_bid_fields[] = {JSON_ID(Q, auction_id, .flags = JSON_REQUIRED), BID_ROWS};
const struct json_type auction_socket_bid_type = JSON_TYPE("AuctionSocketBid", Q, socket_bid_fields);

static const struct json_field receipt_fields[] = {
    JSON_INTEGER(struct auction_receipt_view, sequence),
    JSON_TEXT(struct auction_receipt_view, chain),
    JSON_TEXT(struct auction_receipt_view, signature, .help = "Ed25519, base64, over lathe-receipt:{auction_id}:{sequence}:{chain}"),
};
static const struct json_type receipt_type = JSON_TYPE("AuctionReceipt", struct auction_receipt_view, receipt_fields);

#define S struct auction_bid_state_view
static const struct json_field state_fields[] = {
    JSON_ID(S, id),
    JSON_ENUM(S, status, &auctions_status_words),
    JSON_TEXT(S, currency),
    JSON_INTEGER(S, price),
    JSON_INTEGER(S, leader, .flags = JSON_NULLABLE, .min = 1, .max = INT64_MAX),
    JSON_INTEGER(S, bid_count),
    JSON_INTEGER(S, least_bid),
    JSON_INTEGER(S, sequence),
    JSON_BOOLEAN(S, reserve_met),
    JSON_BOOLEAN(S, is_leading),
    JSON_INSTANT(S, ends_at),
    JSON_INSTANT(S, server_time),
};
static const struct json_type state_type = JSON_TYPE("AuctionBidState", S, state_fields);

#define P struct auction_bid_reply
static const struct json_field reply_fields[] = {
    JSON_INTEGER(P, sequence),
    JSON_INTEGER(P, bidder, .help = "The caller's number in this auction"),
    JSON_INTEGER(P, amount),
    JSON_INTEGER(P, max_amount),
    JSON_OBJECT(P, receipt, struct auction_receipt_view, &receipt_type),
    JSON_OBJECT(P, auction, struct auction_bid_state_view, &state_type, .help = "After the commit that holds the bid"),
};
const struct json_type auction_bid_reply_type = JSON_TYPE("AuctionBid", P, reply_fields);

/* The reason of each verdict. A bid before the start is a pre-bid, so NOT_STARTED is none that bidders get. */
static const struct reason *const reasons[AUCTION_VERDICTS] = {
    [AUCTION_BID_TOO_LOW] = &auctions_bid_too_low,
    [AUCTION_MAX_NOT_HIGHER] = &auctions_max_not_higher,
    [AUCTION_CLOSED] = &auctions_closed,
    [AUCTION_STARTED] = &auctions_started,
    [AUCTION_OWN_LOT] = &auctions_own_lot,
    [AUCTION_BUY_NOW_GONE] = &auctions_buy_now_gone,
};
/* clang-format on */

static struct error *refuse(struct ctx *cx, const struct lot_ticket *ticket)
{
    if (ticket->verdict == AUCTION_OK)
        return NULL;
    const struct reason *reason = reasons[ticket->verdict];
    REQUIRE(reason != NULL);
    struct error *error = ERROR(cx, *reason, "%s", reason->help);
    if (ticket->verdict == AUCTION_BID_TOO_LOW)
        error->extra_json = arena_printf(cx->arena, "\"least_amount\":%lld,\"currency\":\"%s\"",
                                         (long long)ticket->least, ticket->terms.currency.code);
    return error;
}

static struct error *submit(struct ctx *cx, struct id auction_id, struct lot_ticket *ticket)
{
    TRY(auctions_submit(cx, auction_id, ticket));
    return refuse(cx, ticket);
}

/* --- receipts --- */

static struct auction_receipt_view receipt_of(struct ctx *cx, struct id auction_id, int64_t sequence,
                                              struct str chain)
{
    uint8_t signature[SIGN_BYTES];
    struct str text = auctions_receipt_text(cx->arena, auction_id, sequence, chain);
    sign_message(auctions_state_of(cx)->key, text.ptr, text.len, signature);
    return (struct auction_receipt_view){
        .sequence = sequence,
        .chain = chain,
        .signature = base64_encode(cx->arena, signature, sizeof(signature)),
    };
}

static struct auction_bid_state_view state_of(struct ctx *cx, struct id auction_id,
                                              const struct auction_terms *terms,
                                              const struct auction_state *state)
{
    return (struct auction_bid_state_view){
        .id = auction_id,
        .status = (int32_t)state->status,
        .currency = arena_str(cx->arena, str_cstr(terms->currency.code)),
        .price = state->leader != 0 ? state->price : terms->starting_price,
        .leader = state->leader,
        .bid_count = state->bid_count,
        .least_bid = auction_least_bid(terms, state),
        .reserve_met = state->is_reserve_met,
        .ends_at = state->ends_at,
        .server_time = auctions_clock_read(&auctions_state_of(cx)->clock),
    };
}

static struct auction_bid_reply reply_of(struct ctx *cx, struct id auction_id,
                                         const struct lot_ticket *ticket)
{
    struct auction_bid_reply reply = {
        .sequence = ticket->sequence,
        .bidder = ticket->bidder,
        .amount = ticket->amount,
        .max_amount = ticket->maximum,
        .receipt = receipt_of(cx, auction_id, ticket->sequence,
                              arena_str(cx->arena, str_from(ticket->chain, AUCTION_CHAIN_CHARS))),
        .auction = state_of(cx, auction_id, &ticket->terms, &ticket->state),
    };
    reply.auction.sequence = ticket->last_sequence;
    reply.auction.is_leading = ticket->bidder == ticket->state.leader;
    return reply;
}

/* --- bidding --- */

static struct error *check_maximum(struct ctx *cx, const struct auction_bid_request *request)
{
    if (request->max_amount == 0 || request->max_amount >= request->amount)
        return NULL;
    struct error *error = ERROR_CODE(cx, INVALID, "the bid cannot be understood");
    error_add_violation(cx->arena, error, STR("/max_amount"), "min", "must not be below the amount");
    return error;
}

struct error *auctions_bid(struct ctx *cx, struct id auction_id, const struct auction_bid_request *request,
                           struct auction_bid_reply *ret_reply)
{
    struct lot_ticket ticket = {
        .command = LOT_BID,
        .amount = request->amount,
        .maximum = request->max_amount != 0 ? request->max_amount : request->amount,
        .currency = request->currency,
        .client_key = request->key,
    };
    TRY(identity_require_verified(cx));
    TRY(check_maximum(cx, request));
    TRY(submit(cx, auction_id, &ticket));
    *ret_reply = reply_of(cx, auction_id, &ticket);
    return NULL;
}

struct error *auctions_buy_now(struct ctx *cx, struct id auction_id, struct auction_bid_reply *ret_reply)
{
    struct lot_ticket ticket = {.command = LOT_BUY_NOW};
    TRY(identity_require_verified(cx));
    TRY(submit(cx, auction_id, &ticket));
    ticket.amount = ticket.maximum = ticket.state.price;
    *ret_reply = reply_of(cx, auction_id, &ticket);
    return NULL;
}

struct error *auctions_load_bid(struct ctx *cx, struct id auction_id, int64_t sequence,
                                struct auction_bid_reply *ret_reply)
{
    struct auction_row row = {0};
    struct auction_event_row event = {0};
    struct auction_body body = {0};
    struct array maxima = {0};
    bool is_found = false;
    TRY(auctions_repo_find_event(cx, auction_id, sequence, &event, &is_found));
    if (is_found)
        TRY(auctions_repo_find(cx, NULL, auction_id, &row, &is_found));
    if (!is_found)
        return ERROR_CODE(cx, NOT_FOUND, "there is no such bid");
    TRY(auction_body_parse(cx->arena, event.body, &body));
    TRY(auctions_repo_list_maxima(cx, NULL, auction_id, sequence - 1, 1, &maxima));
    bool is_hidden =
        maxima.count == 1 && ARRAY_AT(struct auction_maximum_row, maxima, 0)->sequence == sequence;
    struct auction_terms terms = auctions_row_terms(&row);
    struct auction_state state = auctions_row_state(&row);
    *ret_reply = (struct auction_bid_reply){
        .sequence = sequence,
        .bidder = body.bidder,
        .max_amount = is_hidden ? ARRAY_AT(struct auction_maximum_row, maxima, 0)->maximum : body.price,
        .receipt = receipt_of(cx, auction_id, sequence, event.chain),
        .auction = state_of(cx, auction_id, &terms, &state),
    };
    ret_reply->amount = body.amount != 0 ? body.amount : ret_reply->max_amount;
    ret_reply->auction.sequence = row.sequence;
    ret_reply->auction.is_leading = body.bidder == state.leader;
    return NULL;
}

/* --- the seller's and the moderator's --- */

struct error *auctions_change(struct ctx *cx, struct id auction_id, const struct auction_request *request)
{
    struct lot_ticket ticket = {.command = LOT_CHANGE, .request = request};
    return submit(cx, auction_id, &ticket);
}

struct error *auctions_cancel(struct ctx *cx, struct id auction_id)
{
    struct lot_ticket ticket = {.command = LOT_CANCEL};
    return submit(cx, auction_id, &ticket);
}

struct error *auctions_void(struct ctx *cx, struct id auction_id, struct str reason)
{
    struct lot_ticket ticket = {.command = LOT_VOID, .reason = reason};
    return submit(cx, auction_id, &ticket);
}
