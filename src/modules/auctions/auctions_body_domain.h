/* SPDX-License-Identifier: AGPL-3.0-or-later
 * The events of an auction's log as docs/auction-rules.md writes them: a struct, and its body as text. Pure. */
#ifndef MODULES_AUCTIONS_AUCTIONS_BODY_DOMAIN_H
#define MODULES_AUCTIONS_AUCTIONS_BODY_DOMAIN_H

#include "base/json/json_type.h"

#include "modules/auctions/auctions_domain.h"

enum auction_event_kind {
    AUCTION_EVENT_CREATED,
    AUCTION_EVENT_CHANGED,
    AUCTION_EVENT_PREBID,
    AUCTION_EVENT_STARTED,
    AUCTION_EVENT_BID,
    AUCTION_EVENT_BOUGHT,
    AUCTION_EVENT_ENDED,
    AUCTION_EVENT_CANCELLED,
    AUCTION_EVENT_VOIDED,
    AUCTION_EVENT_KINDS
};
extern const struct enum_table auction_event_words;

#define AUCTION_CHAIN_CHARS 64
#define AUCTION_SALT_CHARS  32
/* The chain before the first event. */
extern const struct str auction_chain_start;

/* One kept pre-bid, judged at the start. */
struct auction_judged {
    int64_t bidder;
    bool accepted;
};

struct auction_opened {
    int64_t sequence, bidder, maximum;
    struct str salt;
};

struct auction_opened_reserve {
    int64_t price;
    struct str salt;
};

/* Members that a kind does not have are zero. Times are microseconds. */
struct auction_body {
    int32_t kind;
    int64_t at;
    struct id auction_id, item_id;
    struct str currency;
    int64_t starting_price, buy_now_price, bid_step, starts_at, ends_at, soft_close_ms, extend_ms;
    struct str reserve_commitment;
    int64_t bidder, amount;
    struct str commitment;
    int64_t price;
    int64_t leader; /* 0: nobody (null in the text) */
    bool reserve_met;
    int64_t bid_count;
    struct array judged; /* struct auction_judged */
    int32_t outcome;
    int64_t winner;      /* 0: nobody (null in the text) */
    struct array opened; /* struct auction_opened */
    struct auction_opened_reserve reserve;
    struct str reason;
};

/* kind's members as text. */
struct str auction_body_format(struct arena *arena, const struct auction_body *body);
/* NULL, or why the text is no event. */
MUST_USE struct error *auction_body_parse(struct arena *arena, struct str text,
                                          struct auction_body *ret_body);

/* What watchers are sent of an event: its body without what was opened at the end. */
struct str auction_body_brief(struct arena *arena, const struct auction_body *body);

/* Fill the members of a kind from terms and state. */
void auction_body_set_terms(struct auction_body *body, const struct auction_terms *terms);
void auction_body_set_state(struct auction_body *body, const struct auction_state *state);

/* A line of the exported log. */
struct auction_log_event {
    int64_t sequence;
    struct str chain;
    struct str body;
};
extern const struct json_type auction_log_event_type;

#endif
