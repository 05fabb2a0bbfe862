/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Use cases of auctions for their HTTP and socket files: views, bids, watching. */
#ifndef MODULES_AUCTIONS_AUCTIONS_READ_SERVICE_H
#define MODULES_AUCTIONS_AUCTIONS_READ_SERVICE_H

#include "platform/http/exchange.h"
#include "platform/live/live.h"

#include "modules/auctions/auctions_service.h"
#include "modules/catalog/catalog.h"

/* What only the caller is shown. */
struct auction_my_view {
    int64_t bidder;  /* 0: has not bid */
    int64_t maximum; /* 0: not told */
    bool is_leading, is_watching;
};

struct auction_view {
    struct id id, item_id, license_option_id;
    int32_t lot_kind;
    struct str title, slug, cover_url;
    struct id seller_id;
    struct str seller_name, currency;
    int32_t status, outcome;
    int64_t starting_price, buy_now_price, bid_step;
    struct instant starts_at, planned_ends_at, ends_at;
    int64_t soft_close_ms, extend_ms;
    int64_t price, leader, bid_count, bidder_count, least_bid, sequence;
    bool reserve_met, can_buy_now;
    struct str void_reason;
    int32_t sale;
    struct id order_id, relisted_id;
    int64_t viewers;
    struct auction_my_view my;
    struct instant server_time, created_at;
};
extern const struct json_type auction_view_type;
/* What everybody may see. */
MUST_USE struct error *auctions_view_row(struct ctx *cx, const struct auction_row *row,
                                         struct auction_view *ret_view);
/* With what is the caller's. Errors: not_found. */
MUST_USE struct error *auctions_load_view(struct ctx *cx, struct id auction_id,
                                          struct auction_view *ret_view);

struct auction_search {
    int32_t status; /* below 0: any */
    struct id seller, item;
    struct str q;
    int32_t sort; /* enum auction_order */
    bool watched, bidding, selling;
    struct str cursor;
    int64_t limit;
};
struct auction_page {
    struct array items; /* struct auction_view */
    struct str next_cursor;
    struct instant server_time;
};
MUST_USE struct error *auctions_search(struct ctx *cx, const struct auction_search *search,
                                       struct auction_page *ret_page);

/* --- bids --- */

struct auction_bid_request {
    struct id auction_id; /* on the socket */
    int64_t amount, max_amount;
    struct str currency;
    struct str key;
};
struct auction_receipt_view {
    int64_t sequence;
    struct str chain, signature;
};
struct auction_bid_state_view {
    struct id id;
    int32_t status;
    struct str currency;
    int64_t price, leader, bid_count, least_bid, sequence;
    bool reserve_met, is_leading;
    struct instant ends_at, server_time;
};
struct auction_bid_reply {
    int64_t sequence, bidder, amount, max_amount;
    struct auction_receipt_view receipt;
    struct auction_bid_state_view auction; /* after the commit that holds the bid */
};
extern const struct json_type auction_bid_request_type, auction_socket_bid_type, auction_bid_reply_type;
/* Errors: not_found, identity_not_verified, those of docs/auction-rules.md. */
MUST_USE struct error *auctions_bid(struct ctx *cx, struct id auction_id,
                                    const struct auction_bid_request *request,
                                    struct auction_bid_reply *ret_reply);
MUST_USE struct error *auctions_buy_now(struct ctx *cx, struct id auction_id,
                                        struct auction_bid_reply *ret_reply);
/* The reply to a bid that was taken before. */
MUST_USE struct error *auctions_load_bid(struct ctx *cx, struct id auction_id, int64_t sequence,
                                         struct auction_bid_reply *ret_reply);

MUST_USE struct error *auctions_change(struct ctx *cx, struct id auction_id,
                                       const struct auction_request *request);
MUST_USE struct error *auctions_cancel(struct ctx *cx, struct id auction_id);
/* To the moderators, with its lot. Errors: not_found. */
MUST_USE struct error *auctions_report(struct ctx *cx, struct id auction_id,
                                       struct catalog_complaint complaint);
/* For administrators, and for the program itself. */
MUST_USE struct error *auctions_void(struct ctx *cx, struct id auction_id, struct str reason);

/* --- the log --- */

struct auction_bid_view {
    int64_t sequence;
    int32_t kind;
    struct instant at;
    int64_t bidder, amount, price, leader;
};
struct auction_bid_page {
    struct array items;  /* struct auction_bid_view, newest first */
    int64_t next_cursor; /* 0: no more */
};
MUST_USE struct error *auctions_list_bids(struct ctx *cx, struct id auction_id, int64_t before, int64_t limit,
                                          struct auction_bid_page *ret_page);
/* Replies with the whole log, in pieces. Errors: not_found. */
MUST_USE struct error *auctions_send_log(struct ctx *cx, struct id auction_id,
                                         struct http_exchange *exchange);

struct auction_key_view {
    struct str public_key;
    struct instant since;
};
struct auction_keys_view {
    struct str algorithm, public_key;
    struct array keys; /* struct auction_key_view */
};
MUST_USE struct error *auctions_list_keys(struct ctx *cx, struct auction_keys_view *ret_view);

/* --- watching, statistics --- */

MUST_USE struct error *auctions_watch(struct ctx *cx, struct id auction_id);
MUST_USE struct error *auctions_unwatch(struct ctx *cx, struct id auction_id);

struct auction_statistics {
    int64_t bids, bidders, viewers, viewers_peak, watchers, extensions_ms;
    struct money revenue; /* paid, or 0 */
    struct instant server_time;
};
MUST_USE struct error *auctions_count(struct ctx *cx, struct id auction_id,
                                      struct auction_statistics *ret_counts);

extern const struct live_room_kind auctions_rooms[];

#endif
