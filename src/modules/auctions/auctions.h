/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Facade of auctions: lots, bids and their log, by docs/auction-rules.md. Owns auction, auction_event, auction_bidder,
 * auction_watch. Depends on goods and catalog for the lot and on orders for the winner's order. */
#ifndef MODULES_AUCTIONS_AUCTIONS_H
#define MODULES_AUCTIONS_AUCTIONS_H

#include "base/data/vec.h"
#include "base/text/enum_table.h"
#include "base/value/money.h"

#include "platform/ctx/ctx.h"

struct tx;

enum auctions_status { AUCTIONS_SCHEDULED, AUCTIONS_LIVE, AUCTIONS_ENDED, AUCTIONS_CANCELLED };
extern const struct enum_table auctions_status_words;

#define AUCTIONS_REASONS(X)                                                                                  \
    X(auctions_bid_too_low, "auctions.bid_too_low", CONFLICT,                                                \
      "The bid is below the least acceptable amount")                                                        \
    X(auctions_max_not_higher, "auctions.max_not_higher", CONFLICT,                                          \
      "You lead already: a new maximum must be higher")                                                      \
    X(auctions_closed, "auctions.closed", CONFLICT, "The auction is over")                                   \
    X(auctions_started, "auctions.started", CONFLICT, "A started auction cannot be changed or cancelled")    \
    X(auctions_own_lot, "auctions.own_lot", FORBIDDEN, "Sellers cannot bid on their own lots")               \
    X(auctions_buy_now_gone, "auctions.buy_now_gone", CONFLICT, "Buying at once is not possible any more")   \
    X(auctions_lot_taken, "auctions.lot_taken", CONFLICT, "The lot is being auctioned already")              \
    X(auctions_not_decided, "auctions.not_decided", CONFLICT, "There is nothing to decide now")

REASONS_DECLARE(AUCTIONS_REASONS);

extern const struct module auctions_module;

/* For chat, which binds a room to each auction (app fills its port with this). Errors: not_found. */
MUST_USE struct error *auctions_find_lot(struct ctx *cx, struct tx *tx, struct id auction_id,
                                         struct id *ret_seller_id, struct str *ret_title);

/* An exported log, recomputed by the rules. Errors: those of json_decode, when the text is no log. */
struct auctions_log_report {
    bool fits;
    int64_t sequence; /* of the first event that does not fit */
    struct str text;  /* a sentence: why not, or what it adds up to */
};
MUST_USE struct error *auctions_verify_log(struct arena *arena, struct str json,
                                           struct auctions_log_report *ret_report);

/* Ports of orders, filled by app. */
MUST_USE struct error *auctions_win_paid(struct ctx *cx, struct tx *tx, struct id auction_id,
                                         struct id order_id);
MUST_USE struct error *auctions_win_lapsed(struct ctx *cx, struct tx *tx, struct id auction_id,
                                           struct id order_id);

/* Events: auctions.auction.scheduled, .started, .ending_soon, .ended, .voided (struct auctions_event); auctions.bid.outbid
 * (struct auctions_outbid_event, to the one who led). */
struct auctions_event {
    struct id auction_id, item_id, seller_id;
    struct str title;
    struct id winner_id; /* ended and sold: else none */
    struct str outcome;  /* ended: "sold", "reserve_not_met", "no_bids"; voided: the reason */
    struct money price;
};
struct auctions_outbid_event {
    struct id auction_id, account_id;
    struct str title;
    struct money price;
};
extern const struct event_type auctions_auction_scheduled, auctions_auction_started,
    auctions_auction_ending_soon, auctions_auction_ended, auctions_auction_voided, auctions_bid_outbid;

/* For notifications: those who have bid (pre-bids too), or who watch, in the order of their ids, those behind `after` (none: from the
 * start), at most limit. Array of struct id. */
enum auctions_audience { AUCTIONS_BIDDERS, AUCTIONS_WATCHERS };
MUST_USE struct error *auctions_list_audience(struct ctx *cx, struct id auction_id,
                                              enum auctions_audience audience, struct id after, int64_t limit,
                                              struct array *ret_account_ids);

/* For the account's export and erasure: bids stay, by number. */
MUST_USE struct error *auctions_export_account(struct ctx *cx, struct id account_id, struct str *ret_json);
MUST_USE struct error *auctions_erase_account(struct ctx *cx, struct tx *tx, struct id account_id);

#endif
