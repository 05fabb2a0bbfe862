/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Rows of auctions. Lists are arrays of the struct that is named. */
#ifndef MODULES_AUCTIONS_AUCTIONS_REPO_H
#define MODULES_AUCTIONS_AUCTIONS_REPO_H

#include "base/data/vec.h"

#include "platform/ctx/ctx.h"
#include "platform/db/db.h"
#include "platform/db/page_key.h"

struct auction_row {
    struct id id, seller_id;
    struct str seller_name;
    int32_t lot_kind; /* enum auction_lot_kind */
    struct id item_id, option_id;
    bool is_lot_held;
    struct str title, title_folded, slug;
    struct id cover_asset_id;
    struct str currency;
    int64_t starting_price, reserve_price, buy_now_price, bid_step;
    struct instant starts_at, planned_ends_at;
    int64_t soft_close_ms, extend_ms;
    int32_t status, outcome;
    int64_t price, leader, maximum, bid_count, bidder_count;
    bool is_reserve_met;
    struct instant ends_at;
    int64_t sequence;
    struct str chain;
    struct instant last_at, due_at;
    bool is_reminded;
    int64_t viewers_peak;
    struct str void_reason;
    int32_t sale; /* enum auction_sale */
    int64_t buyer, sale_price;
    struct id order_id, relisted_id;
    struct instant created_at;
    int64_t version;
};

/* What an event hides until the end: the maximum of a bid, or the reserve price (bidder 0). */
struct auction_maximum_row {
    int64_t sequence, bidder, maximum;
    struct str salt;       /* absent: it hides nothing */
    struct str client_key; /* absent: none. Not read back. */
};

struct auction_event_row {
    struct id auction_id; /* not read back */
    int64_t sequence;
    int32_t kind;
    struct instant at;
    struct str body, chain;
    struct auction_maximum_row hidden; /* not read back */
};

struct auction_keyed_row {
    int64_t sequence, bidder, maximum;
    struct str client_key;
};

struct auction_bidder_row {
    struct id auction_id; /* read back by auctions_repo_lock_all alone */
    int64_t number;
    struct id account_id; /* none: erased */
};

struct auction_own_row {
    struct id auction_id;
    int64_t number;
};

struct auction_due_row {
    struct id id;
    struct instant due_at;
};

struct auction_account_row {
    struct id account_id;
};

struct auction_key_row {
    struct str public_key;
    struct instant created_at;
};

/* --- auctions --- */

/* With what the title is looked for by. */
MUST_USE struct error *auctions_repo_insert(struct ctx *cx, struct tx *tx, const struct auction_row *row);
MUST_USE struct error *auctions_repo_find(struct ctx *cx, struct tx *tx, struct id auction_id,
                                          struct auction_row *ret_row, bool *ret_found);
MUST_USE struct error *auctions_repo_lock(struct ctx *cx, struct tx *tx, struct id auction_id,
                                          struct auction_row *ret_row, bool *ret_found);
/* Whose numbers are wanted: of struct id, a lot and an account each. */
struct auction_bidder_keys {
    struct array auction_ids, account_ids;
};
/* PostgreSQL only. ids: struct id. ret_rows: of struct auction_row, those that there are, in any order; they are locked.
 * ret_bidders: of struct auction_bidder_row, those that are wanted and those who lead, some of them twice. */
MUST_USE struct error *auctions_repo_lock_all(struct ctx *cx, struct tx *tx, struct array ids,
                                              const struct auction_bidder_keys *keys, struct array *ret_rows,
                                              struct array *ret_bidders);
MUST_USE struct error *auctions_repo_update_terms(struct ctx *cx, struct tx *tx,
                                                  const struct auction_row *row);
/* ret_updated: false when the row is at another version than the struct. */
MUST_USE struct error *auctions_repo_update_state(struct ctx *cx, struct tx *tx,
                                                  const struct auction_row *row, struct instant now,
                                                  bool *ret_updated);
/* The same for several at once, on PostgreSQL only. nows: a struct instant for each. */
MUST_USE struct error *auctions_repo_update_states(struct ctx *cx, struct tx *tx,
                                                   const struct auction_row *states, size_t count,
                                                   struct array nows, int64_t *ret_count);
MUST_USE struct error *auctions_repo_update_sale(struct ctx *cx, struct tx *tx, const struct auction_row *row,
                                                 struct instant now);
/* struct auction_due_row */
MUST_USE struct error *auctions_repo_list_due(struct ctx *cx, struct instant until, int64_t limit,
                                              struct array *ret_rows);
/* struct db_id */
MUST_USE struct error *auctions_repo_list_of_item(struct ctx *cx, struct id item_id, struct array *ret_ids);
MUST_USE struct error *auctions_repo_list_ids(struct ctx *cx, struct tx *tx, struct id after, int64_t limit,
                                              struct array *ret_ids);
/* PostgreSQL only. */
MUST_USE struct error *auctions_repo_read_clock(struct ctx *cx, struct instant *ret_now);

enum auction_order { AUCTION_BY_NEWEST, AUCTION_BY_ENDING };
struct auction_filter {
    int32_t status;      /* below 0: any */
    struct id seller_id; /* none: any */
    struct id item_id;   /* none: any */
    struct str query;    /* a pattern of LIKE; absent: any */
    struct str word;     /* in a word of the title (auctions_repo_find_rare_word); absent: any */
    struct id watcher_id, bidder_id;
    struct instant open_at; /* not yet ended then; none: any */
    enum auction_order order;
    struct page_key after;
    int64_t limit;
};
/* Of parts of words (title_part) the one that the fewest titles hold; absent when all of them are in so many that a walk along the
 * list soon meets a page. */
MUST_USE struct error *auctions_repo_find_rare_word(struct ctx *cx, struct array words, struct str *ret_word);
/* struct auction_row */
MUST_USE struct error *auctions_repo_list(struct ctx *cx, const struct auction_filter *filter,
                                          struct array *ret_rows);

/* --- events --- */

/* Of any auctions, with what they hide, in as few statements as the engine likes. */
MUST_USE struct error *auctions_repo_insert_events(struct ctx *cx, struct tx *tx,
                                                   const struct auction_event_row *events, size_t count);
MUST_USE struct error *auctions_repo_list_events(struct ctx *cx, struct tx *tx, struct id auction_id,
                                                 int64_t after, int64_t limit, struct array *ret_events);
MUST_USE struct error *auctions_repo_list_bids(struct ctx *cx, struct id auction_id, int64_t before,
                                               int64_t limit, struct array *ret_events);
MUST_USE struct error *auctions_repo_find_event(struct ctx *cx, struct id auction_id, int64_t sequence,
                                                struct auction_event_row *ret_event, bool *ret_found);
/* struct auction_maximum_row */
MUST_USE struct error *auctions_repo_list_maxima(struct ctx *cx, struct tx *tx, struct id auction_id,
                                                 int64_t after, int64_t limit, struct array *ret_maxima);
/* struct auction_maximum_row: the best of each bidder, best first */
MUST_USE struct error *auctions_repo_list_best(struct ctx *cx, struct tx *tx, struct id auction_id,
                                               int64_t limit, struct array *ret_maxima);
/* 0: none */
MUST_USE struct error *auctions_repo_find_maximum(struct ctx *cx, struct tx *tx, struct id auction_id,
                                                  int64_t bidder, int64_t *ret_maximum);
/* keys: struct str. struct auction_keyed_row */
MUST_USE struct error *auctions_repo_list_keyed(struct ctx *cx, struct tx *tx, struct id auction_id,
                                                struct array keys, struct array *ret_rows);

/* --- bidders --- */

/* Each watches the auction from now on, too: who bids wants to be reminded. */
MUST_USE struct error *auctions_repo_insert_bidders(struct ctx *cx, struct tx *tx,
                                                    const struct auction_bidder_row *bidders, size_t count,
                                                    struct instant now);
/* Names bidders by lot and account, and by lot and number. */
/* account_ids: struct id. struct auction_bidder_row */
MUST_USE struct error *auctions_repo_list_bidders(struct ctx *cx, struct tx *tx, struct id auction_id,
                                                  struct array account_ids, struct array *ret_bidders);
MUST_USE struct error *auctions_repo_find_bidder(struct ctx *cx, struct tx *tx, struct id auction_id,
                                                 int64_t number, struct auction_bidder_row *ret_bidder,
                                                 bool *ret_found);
/* struct auction_account_row */
MUST_USE struct error *auctions_repo_list_bidder_accounts(struct ctx *cx, struct id auction_id,
                                                          struct id after, int64_t limit,
                                                          struct array *ret_rows);
/* struct auction_own_row */
MUST_USE struct error *auctions_repo_list_own(struct ctx *cx, struct id account_id, struct array *ret_rows);
MUST_USE struct error *auctions_repo_forget_bidder(struct ctx *cx, struct tx *tx, struct id account_id);

/* --- watching --- */

MUST_USE struct error *auctions_repo_insert_watch(struct ctx *cx, struct tx *tx, struct id account_id,
                                                  struct id auction_id, struct instant now);
MUST_USE struct error *auctions_repo_delete_watch(struct ctx *cx, struct id account_id, struct id auction_id);
MUST_USE struct error *auctions_repo_is_watched(struct ctx *cx, struct id account_id, struct id auction_id,
                                                bool *ret_watched);
/* struct auction_account_row */
MUST_USE struct error *auctions_repo_list_watchers(struct ctx *cx, struct id auction_id, struct id after,
                                                   int64_t limit, struct array *ret_rows);
MUST_USE struct error *auctions_repo_count_watchers(struct ctx *cx, struct id auction_id, int64_t *ret_count);
/* struct auction_own_row without number */
MUST_USE struct error *auctions_repo_list_watched(struct ctx *cx, struct id account_id,
                                                  struct array *ret_rows);
MUST_USE struct error *auctions_repo_delete_watches(struct ctx *cx, struct tx *tx, struct id account_id);

/* --- keys --- */

MUST_USE struct error *auctions_repo_insert_key(struct ctx *cx, struct str public_key, struct instant now);
/* struct auction_key_row, newest first */
MUST_USE struct error *auctions_repo_list_keys(struct ctx *cx, struct array *ret_keys);

#endif
