/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Routes of auctions. */
#include "modules/auctions/auctions_http.h"

#include "modules/auctions/auctions_read_service.h"

enum { MAX_LIMIT = 100, DEFAULT_LIMIT = 20 };

/* clang-format off */

/* --- inputs --- */

struct auction_path {
    struct id auction_id;
};
static const struct json_field path_fields[] = {JSON_ID(struct auction_path, auction_id, .flags = JSON_REQUIRED)};
static const struct json_type auction_path = JSON_TYPE("AuctionPath", struct auction_path, path_fields);

static const char *const order_words[] = {[AUCTION_BY_NEWEST] = "newest", [AUCTION_BY_ENDING] = "ending_soon"};
static const struct enum_table order_table = ENUM_TABLE("auction_order", order_words);

#define SEARCH struct auction_search
static const struct json_field search_fields[] = {
    JSON_ENUM(SEARCH, status, &auctions_status_words, .fallback = -1),
    JSON_ID(SEARCH, seller),
    JSON_ID(SEARCH, item, .help = "The product or spec that is auctioned"),
    JSON_TEXT(SEARCH, q, .max = 200, .help = "Words of the title"),
    JSON_ENUM(SEARCH, sort, &order_table, .fallback = AUCTION_BY_NEWEST),
    JSON_BOOLEAN(SEARCH, watched, .help = "Those that the caller watches"),
    JSON_BOOLEAN(SEARCH, bidding, .help = "Those in which the caller has bid"),
    JSON_BOOLEAN(SEARCH, selling, .help = "Those of the caller"),
    JSON_TEXT(SEARCH, cursor, .max = 64, .help = "next_cursor of the page before"),
    JSON_INTEGER(SEARCH, limit, .min = 1, .max = MAX_LIMIT, .fallback = DEFAULT_LIMIT),
};
static const struct json_type auction_search = JSON_TYPE("AuctionSearch", SEARCH, search_fields);

struct bids_query {
    int64_t cursor, limit;
};
static const struct json_field bids_query_fields[] = {
    JSON_INTEGER(struct bids_query, cursor, .min = 1, .max = INT64_MAX, .fallback = 0, .help = "next_cursor of the page before"),
    JSON_INTEGER(struct bids_query, limit, .min = 1, .max = MAX_LIMIT, .fallback = DEFAULT_LIMIT),
};
static const struct json_type bids_query = JSON_TYPE("AuctionBidsQuery", struct bids_query, bids_query_fields);

struct void_body {
    struct str reason;
};
static const struct json_field void_fields[] = {
    JSON_TEXT(struct void_body, reason, .flags = JSON_REQUIRED | JSON_TRIMMED, .min = 1, .max = 500, .help = "Published with the auction"),
};
static const struct json_type void_body = JSON_TYPE("AuctionVoidRequest", struct void_body, void_fields);

static const struct json_field times_fields[] = {
    JSON_INSTANT(struct auction_times, starts_at, .help = "Left out: at once"),
    JSON_INSTANT(struct auction_times, ends_at, .flags = JSON_REQUIRED),
};
static const struct json_type times_body = JSON_TYPE("AuctionTimes", struct auction_times, times_fields);

/* --- replies --- */

static const struct json_field page_fields[] = {
    JSON_OBJECTS(struct auction_page, items, &auction_view_type),
    JSON_TEXT(struct auction_page, next_cursor, .flags = JSON_NULLABLE),
    JSON_INSTANT(struct auction_page, server_time),
};
static const struct json_type auction_page = JSON_TYPE("AuctionPage", struct auction_page, page_fields);

static const struct json_field bid_fields[] = {
    JSON_INTEGER(struct auction_bid_view, sequence),
    JSON_ENUM(struct auction_bid_view, kind, &auction_event_words, .help = "prebid, bid, bought"),
    JSON_INSTANT(struct auction_bid_view, at),
    JSON_INTEGER(struct auction_bid_view, bidder),
    JSON_INTEGER(struct auction_bid_view, amount, .flags = JSON_NULLABLE, .min = 1, .max = INT64_MAX, .help = "Of a bid"),
    JSON_INTEGER(struct auction_bid_view, price, .flags = JSON_NULLABLE, .min = 1, .max = INT64_MAX, .help = "After it"),
    JSON_INTEGER(struct auction_bid_view, leader, .flags = JSON_NULLABLE, .min = 1, .max = INT64_MAX, .help = "After it"),
};
static const struct json_type bid_view = JSON_TYPE("AuctionBidView", struct auction_bid_view, bid_fields);

static const struct json_field bid_page_fields[] = {
    JSON_OBJECTS(struct auction_bid_page, items, &bid_view),
    JSON_INTEGER(struct auction_bid_page, next_cursor, .flags = JSON_NULLABLE, .min = 1, .max = INT64_MAX),
};
static const struct json_type bid_page = JSON_TYPE("AuctionBidPage", struct auction_bid_page, bid_page_fields);

static const struct json_field key_fields[] = {
    JSON_TEXT(struct auction_key_view, public_key),
    JSON_INSTANT(struct auction_key_view, since),
};
static const struct json_type key_view = JSON_TYPE("AuctionReceiptKey", struct auction_key_view, key_fields);
static const struct json_field keys_fields[] = {
    JSON_TEXT(struct auction_keys_view, algorithm),
    JSON_TEXT(struct auction_keys_view, public_key, .help = "Base64; receipts are signed with it now"),
    JSON_OBJECTS(struct auction_keys_view, keys, &key_view, .help = "All there were, newest first"),
};
static const struct json_type keys_view = JSON_TYPE("AuctionReceiptKeys", struct auction_keys_view, keys_fields);

#define COUNTS struct auction_statistics
static const struct json_field statistics_fields[] = {
    JSON_INTEGER(COUNTS, bids),
    JSON_INTEGER(COUNTS, bidders),
    JSON_INTEGER(COUNTS, viewers, .help = "Now, over all instances"),
    JSON_INTEGER(COUNTS, viewers_peak),
    JSON_INTEGER(COUNTS, watchers),
    JSON_INTEGER(COUNTS, extensions_ms, .help = "By how much the end has moved"),
    JSON_MONEY(COUNTS, revenue, .help = "Once it is paid"),
    JSON_INSTANT(COUNTS, server_time),
};
static const struct json_type statistics_view = JSON_TYPE("AuctionStatistics", COUNTS, statistics_fields);
/* clang-format on */

static struct id auction_of(const struct call *call)
{
    return PATH(call, struct auction_path, auction_path)->auction_id;
}

/* --- reading --- */

static struct error *reply_auction(struct ctx *cx, struct call *call, struct id auction_id)
{
    struct auction_view view;
    TRY(auctions_load_view(cx, auction_id, &view));
    return call_reply(cx, call, &view);
}

static struct error *list_auctions(struct ctx *cx, struct call *call)
{
    struct auction_page page;
    TRY(auctions_search(cx, QUERY(call, struct auction_search, auction_search), &page));
    return call_reply(cx, call, &page);
}

static struct error *read_auction(struct ctx *cx, struct call *call)
{
    return reply_auction(cx, call, auction_of(call));
}

static struct error *list_bids(struct ctx *cx, struct call *call)
{
    const struct bids_query *query = QUERY(call, struct bids_query, bids_query);
    struct auction_bid_page page;
    TRY(auctions_list_bids(cx, auction_of(call), query->cursor, query->limit, &page));
    return call_reply(cx, call, &page);
}

static struct error *read_log(struct ctx *cx, struct call *call)
{
    return auctions_send_log(cx, auction_of(call), call->exchange);
}

static struct error *read_keys(struct ctx *cx, struct call *call)
{
    struct auction_keys_view view;
    TRY(auctions_list_keys(cx, &view));
    return call_reply(cx, call, &view);
}

static struct error *read_statistics(struct ctx *cx, struct call *call)
{
    struct auction_statistics counts;
    TRY(auctions_count(cx, auction_of(call), &counts));
    return call_reply(cx, call, &counts);
}

static struct error *follow(struct ctx *cx, struct call *call)
{
    struct str room =
        arena_printf(cx->arena, "auction:%" STR_FMT, STR_ARG(id_str(cx->arena, auction_of(call))));
    return live_serve_events(cx, call->exchange, room);
}

/* --- the seller --- */

static struct error *reply_made(struct ctx *cx, struct call *call, struct id auction_id)
{
    call_set_location(cx, call, "/api/v1/auctions/%" STR_FMT, STR_ARG(id_str(cx->arena, auction_id)));
    return reply_auction(cx, call, auction_id);
}

static struct error *create_auction(struct ctx *cx, struct call *call)
{
    struct id auction_id = ID_NONE;
    TRY(auctions_create(cx, BODY(call, struct auction_request, auction_request_type), &auction_id));
    return reply_made(cx, call, auction_id);
}

static struct error *change_auction(struct ctx *cx, struct call *call)
{
    TRY(auctions_change(cx, auction_of(call), BODY(call, struct auction_request, auction_change_type)));
    return reply_auction(cx, call, auction_of(call));
}

static struct error *cancel_auction(struct ctx *cx, struct call *call)
{
    TRY(auctions_cancel(cx, auction_of(call)));
    return reply_auction(cx, call, auction_of(call));
}

static struct error *give_second_chance(struct ctx *cx, struct call *call)
{
    TRY(auctions_second_chance(cx, auction_of(call)));
    return reply_auction(cx, call, auction_of(call));
}

static struct error *relist(struct ctx *cx, struct call *call)
{
    struct id new_id = ID_NONE;
    TRY(auctions_relist(cx, auction_of(call), BODY(call, struct auction_times, times_body), &new_id));
    return reply_made(cx, call, new_id);
}

static struct error *close_auction(struct ctx *cx, struct call *call)
{
    TRY(auctions_close_sale(cx, auction_of(call)));
    return reply_auction(cx, call, auction_of(call));
}

static struct error *report_auction(struct ctx *cx, struct call *call)
{
    TRY(auctions_report(cx, auction_of(call), *BODY(call, struct catalog_complaint, catalog_report_body)));
    return call_reply_empty(cx, call);
}

static struct error *void_auction(struct ctx *cx, struct call *call)
{
    TRY(auctions_void(cx, auction_of(call), BODY(call, struct void_body, void_body)->reason));
    return reply_auction(cx, call, auction_of(call));
}

/* --- the bidder --- */

static struct error *place_bid(struct ctx *cx, struct call *call)
{
    struct auction_bid_reply reply;
    TRY(auctions_bid(cx, auction_of(call), BODY(call, struct auction_bid_request, auction_bid_request_type),
                     &reply));
    return call_reply(cx, call, &reply);
}

static struct error *buy_now(struct ctx *cx, struct call *call)
{
    struct auction_bid_reply reply;
    TRY(auctions_buy_now(cx, auction_of(call), &reply));
    return call_reply(cx, call, &reply);
}

/* The claim of an Idempotency-Key keeps the number of the event in the first half of an id. */
static struct error *render_bid(struct ctx *cx, struct call *call, struct id result_id)
{
    struct auction_bid_reply reply;
    uint64_t sequence = 0;
    for (size_t i = 0; i < 8; i++)
        sequence = sequence << 8 | result_id.bytes[i];
    TRY(auctions_load_bid(cx, auction_of(call), (int64_t)sequence, &reply));
    return call_reply(cx, call, &reply);
}

static struct error *watch(struct ctx *cx, struct call *call)
{
    TRY(auctions_watch(cx, auction_of(call)));
    return call_reply_empty(cx, call);
}

static struct error *unwatch(struct ctx *cx, struct call *call)
{
    TRY(auctions_unwatch(cx, auction_of(call)));
    return call_reply_empty(cx, call);
}

/* clang-format off */
static const struct reason *const create_reasons[] = {&auctions_lot_taken, NULL};
static const struct reason *const change_reasons[] = {&auctions_started, NULL};
static const struct reason *const bid_reasons[] = {&auctions_bid_too_low, &auctions_max_not_higher, &auctions_closed, &auctions_own_lot, NULL};
static const struct reason *const buy_reasons[] = {&auctions_buy_now_gone, &auctions_own_lot, NULL};
static const struct reason *const void_reasons[] = {&auctions_closed, NULL};
static const struct reason *const decide_reasons[] = {&auctions_not_decided, NULL};

#define ONE .path_type = &auction_path
const struct route auctions_routes[AUCTIONS_ROUTES] = {
    ROUTE(POST,   "/api/v1/auctions",                            create_auction,     ROUTE_MAY(ITEM_PUBLISH), .body = &auction_request_type, .reply = &auction_view_type, .status = 201, .idempotency = IDEMPOTENCY_OPTIONAL, .render = reply_made, .cache = CACHE_NO_STORE, .reasons = create_reasons, .summary = "Auction a product, or the exclusive licence of a spec"),
    ROUTE(GET,    "/api/v1/auctions",                            list_auctions,      ROUTE_ANYONE, .query = &auction_search, .reply = &auction_page, .cache = CACHE_NO_STORE, .summary = "Auctions: by status, seller, item, words; ending soon; the caller's own"),
    ROUTE(GET,    "/api/v1/auctions/receipt-key",                read_keys,          ROUTE_ANYONE, .reply = &keys_view, .summary = "The keys with which receipts of bids are signed"),
    ROUTE(GET,    "/api/v1/auctions/{auction_id}",               read_auction,       ROUTE_ANYONE, ONE, .reply = &auction_view_type, .cache = CACHE_NO_STORE, .summary = "One auction, with the server's time and what is the caller's own"),
    ROUTE(PATCH,  "/api/v1/auctions/{auction_id}",               change_auction,     ROUTE_MAY(ITEM_PUBLISH), ONE, .body = &auction_change_type, .reply = &auction_view_type, .cache = CACHE_NO_STORE, .reasons = change_reasons, .summary = "Change the terms, before the start"),
    ROUTE(GET,    "/api/v1/auctions/{auction_id}/bids",          list_bids,          ROUTE_ANYONE, ONE, .query = &bids_query, .reply = &bid_page, .cache = CACHE_NO_STORE, .summary = "The bids, newest first, by the bidders' numbers"),
    ROUTE(POST,   "/api/v1/auctions/{auction_id}/bids",          place_bid,          ROUTE_MAY(AUCTION_BID), ONE, .body = &auction_bid_request_type, .reply = &auction_bid_reply_type, .status = 201, .idempotency = IDEMPOTENCY_OPTIONAL, .render = render_bid, .is_vital = true, .cache = CACHE_NO_STORE, .reasons = bid_reasons, .summary = "Bid; the reply is a signed receipt"),
    ROUTE(POST,   "/api/v1/auctions/{auction_id}/buy-now",       buy_now,            ROUTE_MAY(AUCTION_BID), ONE, .reply = &auction_bid_reply_type, .status = 201, .idempotency = IDEMPOTENCY_OPTIONAL, .render = render_bid, .is_vital = true, .cache = CACHE_NO_STORE, .reasons = buy_reasons, .summary = "Buy at the price that ends the auction"),
    ROUTE(PUT,    "/api/v1/auctions/{auction_id}/watch",         watch,              ROUTE_MAY(AUCTION_BID), ONE, .summary = "Be reminded before the end; may be said again"),
    ROUTE(DELETE, "/api/v1/auctions/{auction_id}/watch",         unwatch,            ROUTE_MAY(AUCTION_BID), ONE, .summary = "Be reminded no more; may be said again"),
    ROUTE(POST,   "/api/v1/auctions/{auction_id}/cancel",        cancel_auction,     ROUTE_MAY(ITEM_PUBLISH), ONE, .reply = &auction_view_type, .cache = CACHE_NO_STORE, .reasons = change_reasons, .summary = "Take it back, before the start"),
    ROUTE(POST,   "/api/v1/auctions/{auction_id}/void",          void_auction,       ROUTE_MAY(AUCTION_ADMIN), ONE, .body = &void_body, .reply = &auction_view_type, .cache = CACHE_NO_STORE, .reasons = void_reasons, .summary = "Make it void, with a published reason"),
    ROUTE(POST,   "/api/v1/auctions/{auction_id}/reports",       report_auction,     ROUTE_MAY(ITEM_REPORT), ONE, .body = &catalog_report_body, .summary = "Report it, with its lot, to the moderators"),
    ROUTE(POST,   "/api/v1/auctions/{auction_id}/second-chance", give_second_chance, ROUTE_MAY(ITEM_PUBLISH), ONE, .reply = &auction_view_type, .cache = CACHE_NO_STORE, .reasons = decide_reasons, .summary = "After an unpaid win: offer the lot to the next bidder, at that bidder's maximum"),
    ROUTE(POST,   "/api/v1/auctions/{auction_id}/relist",        relist,             ROUTE_MAY(ITEM_PUBLISH), ONE, .body = &times_body, .reply = &auction_view_type, .status = 201, .idempotency = IDEMPOTENCY_OPTIONAL, .render = reply_made, .cache = CACHE_NO_STORE, .reasons = decide_reasons, .summary = "Unsold or not paid: list the lot again, as a new auction"),
    ROUTE(POST,   "/api/v1/auctions/{auction_id}/close",         close_auction,      ROUTE_MAY(ITEM_PUBLISH), ONE, .reply = &auction_view_type, .cache = CACHE_NO_STORE, .reasons = decide_reasons, .summary = "After an unpaid win: keep the lot"),
    ROUTE(GET,    "/api/v1/auctions/{auction_id}/log",           read_log,           ROUTE_ANYONE, ONE, .raw_reply_type = "application/json", .timeout_us = -1, .cache = CACHE_NO_STORE, .summary = "The whole log, for `lathe auction verify` or a tool of one's own"),
    ROUTE(GET,    "/api/v1/auctions/{auction_id}/statistics",    read_statistics,    ROUTE_ANYONE, ONE, .reply = &statistics_view, .cache = CACHE_NO_STORE, .summary = "Bids, bidders, viewers, watchers, revenue"),
    ROUTE(GET,    "/api/v1/auctions/{auction_id}/events",        follow,             ROUTE_ANYONE, ONE, .raw_reply_type = "text/event-stream", .timeout_us = -1, .cache = CACHE_NO_STORE, .summary = "The auction as server-sent events: snapshot, bid, extended, ended, auction"),
};
/* clang-format on */
