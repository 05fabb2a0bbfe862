/* SPDX-License-Identifier: AGPL-3.0-or-later
 * The rules of docs/auction-rules.md: steps, bids, pre-bids, buying at once, the end. Pure.
 *
 * Bidders are numbers from 1, in the order of their first bid in the auction. Amounts are minor units, at most
 * AUCTION_MAX_AMOUNT; whoever calls has checked that. A function that judges changes the state only when it says AUCTION_OK. */
#ifndef MODULES_AUCTIONS_AUCTIONS_DOMAIN_H
#define MODULES_AUCTIONS_AUCTIONS_DOMAIN_H

#include "base/value/instant.h"
#include "base/value/money.h"

#include "modules/auctions/auctions.h"

#define AUCTION_MAX_PRICE         INT64_C(1000000000000)    /* of the terms */
#define AUCTION_MAX_AMOUNT        INT64_C(1000000000000000) /* of a bid */
#define AUCTION_MAX_STEP          INT64_C(100000000000)
#define AUCTION_MIN_LENGTH_US     US_PER_SECOND /* a setting asks for more */
#define AUCTION_MAX_SOFT_CLOSE_MS INT64_C(3600000)

struct auction_terms {
    struct currency currency;
    int64_t starting_price;
    int64_t reserve_price; /* 0: none */
    int64_t buy_now_price; /* 0: none */
    int64_t bid_step;      /* 0: by the price's band */
    struct instant starts_at, ends_at;
    int64_t soft_close_ms; /* 0: sudden death */
    int64_t extend_ms;
};

/* A bound that terms must keep, as a violation tells it. */
struct auction_terms_rule {
    const char *pointer; /* "/starting_price" */
    const char *rule;    /* "min" */
    const char *message;
    bool (*holds)(const struct auction_terms *terms);
};
enum { AUCTION_TERMS_RULES = 10 };
extern const struct auction_terms_rule auction_terms_rules[AUCTION_TERMS_RULES];

enum auction_outcome {
    AUCTION_UNDECIDED,
    AUCTION_SOLD,
    AUCTION_RESERVE_NOT_MET,
    AUCTION_NO_BIDS,
    AUCTION_VOIDED,
    AUCTION_OUTCOMES
};
extern const struct enum_table auction_outcome_words;

/* price <= maximum; leader 0 means nobody: price and maximum are 0 then. */
struct auction_state {
    enum auctions_status status;
    enum auction_outcome outcome;
    struct instant ends_at; /* the present end */
    int64_t price;
    int64_t leader;
    int64_t maximum; /* the leader's */
    int64_t bid_count;
    bool is_reserve_met;
};

enum auction_verdict {
    AUCTION_OK,
    AUCTION_BID_TOO_LOW,
    AUCTION_MAX_NOT_HIGHER,
    AUCTION_CLOSED,
    AUCTION_NOT_STARTED,
    AUCTION_STARTED,
    AUCTION_OWN_LOT,
    AUCTION_BUY_NOW_GONE,
    AUCTION_VERDICTS
};
/* The last part of the reason's name; "accepted". */
extern const struct enum_table auction_verdict_words;

struct auction_bid {
    int64_t bidder;
    bool is_seller;
    int64_t amount;
    int64_t maximum; /* max_amount, or else amount */
};

/* A pre-bid that is kept. */
struct auction_prebid {
    int64_t bidder;
    int64_t maximum;
};

/* The scheduled auction. */
struct auction_state auction_state_new(const struct auction_terms *terms);

/* The least rise above the price. */
int64_t auction_step(const struct auction_terms *terms, int64_t price);
/* What somebody who does not lead must offer at least. */
int64_t auction_least_bid(const struct auction_terms *terms, const struct auction_state *state);

/* Whether a start or an end is due at that time. */
bool auction_is_start_due(const struct auction_terms *terms, const struct auction_state *state,
                          struct instant at);
bool auction_is_end_due(const struct auction_state *state, struct instant at);

/* While it is scheduled. kept: the bidder's earlier pre-bid, 0 for none. The caller keeps what is accepted. */
enum auction_verdict auction_judge_prebid(const struct auction_terms *terms,
                                          const struct auction_state *state, const struct auction_bid *bid,
                                          int64_t kept_maximum);
/* Takes it live and judges the pre-bids, which stand in the order of their sequence numbers; ret_accepted has as many places. */
void auction_start(const struct auction_terms *terms, struct auction_state *state,
                   const struct auction_prebid *prebids, size_t count, bool *ret_accepted);
/* Rules 1 to 7. */
enum auction_verdict auction_judge_bid(const struct auction_terms *terms, struct auction_state *state,
                                       const struct auction_bid *bid, struct instant at);
/* Also ends it. */
enum auction_verdict auction_judge_buy_now(const struct auction_terms *terms, struct auction_state *state,
                                           const struct auction_bid *bid, struct instant at);
bool auction_can_buy_now(const struct auction_terms *terms, const struct auction_state *state,
                         struct instant at);
/* Of a live auction whose end has come. */
void auction_end(struct auction_state *state);
/* Change and cancel are the seller's until the start. */
enum auction_verdict auction_judge_withdrawal(const struct auction_terms *terms,
                                              const struct auction_state *state, struct instant at);

/* --- titles --- */

/* What the index holds of a word: its first characters, which are enough to leave few. */
struct str title_part(struct str word);
/* The parts of each word of a folded title from each of its characters on. Array of struct str into the title. */
struct array title_endings(struct arena *arena, struct str title_folded);

#endif
