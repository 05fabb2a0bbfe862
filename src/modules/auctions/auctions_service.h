/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Inside auctions: the module's state, the engine through which every event of a lot goes, and what its files ask of each other. */
#ifndef MODULES_AUCTIONS_AUCTIONS_SERVICE_H
#define MODULES_AUCTIONS_AUCTIONS_SERVICE_H

#include <pthread.h>
#include <stdatomic.h>

#include "base/data/heap.h"
#include "base/data/list.h"
#include "base/data/map.h"

#include "platform/config/config.h"
#include "platform/crypto/sign.h"
#include "platform/db/claim.h"
#include "platform/db/db.h"
#include "platform/fiber/fiber.h"
#include "platform/metrics/metrics.h"
#include "platform/module/module.h"

#include "modules/auctions/auctions.h"
#include "modules/auctions/auctions_body_domain.h"
#include "modules/auctions/auctions_domain.h"
#include "modules/auctions/auctions_repo.h"

enum auction_lot_kind { AUCTION_LOT_PRODUCT, AUCTION_LOT_LICENSE };
extern const struct enum_table auction_lot_kind_words;

/* What became of the lot after the end. DECIDE: the seller has the choice. */
enum auction_sale {
    AUCTION_SALE_NONE,
    AUCTION_SALE_OFFERED,
    AUCTION_SALE_PAID,
    AUCTION_SALE_DECIDE,
    AUCTION_SALE_CLOSED,
    AUCTION_SALE_RELISTED
};
extern const struct enum_table auction_sale_words;

struct auctions_settings {
    int64_t pay_within_us;
    int64_t reminder_us;
    int64_t min_length_us;
    int64_t batch; /* bids in one commit */
};
extern const struct setting_group auctions_setting_group;

enum auctions_metric {
    AUCTIONS_METRIC_BIDS,
    AUCTIONS_METRIC_BATCH,
    AUCTIONS_METRIC_ENDED,
    AUCTIONS_METRIC_LATE,
    AUCTIONS_METRICS
};
extern const struct metric_table auctions_metric_table;

/* --- the clock of auctions: see auctions_clock_service.c --- */

struct auction_clock {
    _Atomic int64_t offset_us; /* what is added to the monotonic clock */
    pthread_mutex_t mutex;     /* of the next three */
    struct heap due;           /* struct auction_timer, by time */
    struct map *timers;        /* by the auction's id */
    int64_t first_us;          /* for when the fiber has set its alarm */
    struct loop *loop;         /* NULL: not running */
    struct fiber *fiber;
    bool is_parked, is_stopping;
    _Atomic bool is_nudged;
    struct loop_task nudge;
};

/* --- the engine: see auctions_engine_service.c --- */

struct auction_engine {
    pthread_mutex_t mutex; /* of all of it */
    struct map *lots;      /* struct lot with work, by the auction's id */
    struct list ready;     /* those of them that nobody has taken */
    int workers;
};

struct auctions_state {
    const struct platform *platform;
    const struct auctions_settings *settings;
    struct sign_key *key;
    char public_key[48]; /* base64 */
    struct auction_clock clock;
    struct auction_engine engine;
};

static inline struct auctions_state *auctions_state_of(const struct ctx *cx)
{
    return (struct auctions_state *)module_state(cx, &auctions_module);
}

/* --- time --- */

/* Asks the database (PostgreSQL) or the machine for the time, once. */
MUST_USE struct error *auctions_clock_set(struct ctx *cx, struct auction_clock *clock);
struct instant auctions_clock_read(const struct auction_clock *clock);
void auctions_clock_init(struct auction_clock *clock);
void auctions_clock_fini(struct auction_clock *clock);
/* The auction is to be looked at then; none: never again. From any thread. */
void auctions_clock_note(struct auction_clock *clock, struct id auction_id, struct instant due_at);
/* Starts and stops the fiber that looks at auctions in time, on the calling loop. */
void auctions_clock_begin(struct ctx *cx, struct auctions_state *state);
void auctions_clock_end(struct ctx *cx, struct auctions_state *state);

/* --- requests --- */

/* What sellers say about an auction; `present` has a bit for each member given. */
struct auction_request {
    struct id item_id, license_option_id;
    int64_t starting_price, reserve_price, buy_now_price, bid_step;
    struct instant starts_at, ends_at;
    int64_t soft_close_ms, extend_ms;
    uint64_t present;
};
extern const struct json_type auction_request_type, auction_change_type;

/* Of the seller's choices after the end. */
struct auction_times {
    struct instant starts_at; /* none: at once */
    struct instant ends_at;
};
MUST_USE struct error *auctions_create(struct ctx *cx, const struct auction_request *request,
                                       struct id *ret_auction_id);
/* The lot again, by the same terms at other times; in the seller's transaction. */
MUST_USE struct error *auctions_make_again(struct ctx *cx, struct tx *tx, const struct auction_row *before,
                                           const struct auction_times *times, struct id *ret_auction_id);
/* Errors of these: not_found, forbidden, auctions_not_decided. */
MUST_USE struct error *auctions_second_chance(struct ctx *cx, struct id auction_id);
MUST_USE struct error *auctions_relist(struct ctx *cx, struct id auction_id,
                                       const struct auction_times *times, struct id *ret_auction_id);
MUST_USE struct error *auctions_close_sale(struct ctx *cx, struct id auction_id);

/* --- work for a lot --- */

enum lot_command {
    LOT_LOOK, /* nothing but what is due */
    LOT_BID,
    LOT_BUY_NOW,
    LOT_CHANGE,
    LOT_CANCEL,
    LOT_VOID
};

/* One thing to be done with a lot, in its turn. Lives with the fiber that waits for it. */
struct lot_ticket {
    struct list node;
    struct ctx *cx; /* of who waits: its caller, claim, and memory for its error */
    enum lot_command command;
    int64_t amount, maximum; /* BID */
    struct str currency;     /* BID: as the bidder understood it; absent: not said */
    struct str client_key;   /* BID: of two with the same key the second is the first; absent: none */
    const struct auction_request *request; /* CHANGE */
    struct str reason;                     /* VOID */

    /* The result: an error, or a verdict; all else only for AUCTION_OK. */
    struct error *error;
    enum auction_verdict verdict;
    int64_t least; /* BID_TOO_LOW: what would have been enough */
    int64_t sequence;
    char chain[AUCTION_CHAIN_CHARS];
    int64_t bidder;
    /* After the commit that holds it, and the bids judged with it. */
    struct auction_terms terms;
    struct auction_state state;
    int64_t last_sequence;

    struct fiber *fiber;
    bool is_done;
};

/* Puts it into the lot's queue and waits until its transaction is durable. The result is in the ticket; an error of the whole
 * transaction is returned. Errors: not_found, unavailable. */
MUST_USE struct error *auctions_submit(struct ctx *cx, struct id auction_id, struct lot_ticket *ticket);
/* Has the lot looked at, without waiting. */
void auctions_look(struct auctions_state *state, struct id auction_id);
/* Waits until no lot has a fiber: the clock and the requests that give them work must have stopped. */
void auctions_engine_end(struct ctx *cx, struct auctions_state *state);

void auctions_engine_init(struct auction_engine *engine);
void auctions_engine_fini(struct auction_engine *engine);

/* --- one transaction of lots: see auctions_apply_service.c --- */

/* Everything but the first three is filled anew by each run. */
struct lot_run {
    struct id auction_id;
    struct lot_ticket **tickets;
    size_t ticket_count;

    struct tx *tx;
    struct auction_row row;
    struct auction_terms terms;
    struct auction_state state;
    struct instant at;        /* of judging */
    struct auction_state was; /* before it */
    struct id outbid_id;      /* whom tell_outbid told */
    bool is_missing;          /* there is no such auction */
    bool is_put_off;          /* something is due that has to have a transaction of its own */
    bool are_terms_new, is_sale_new, is_reminder_new;
    int64_t event_base; /* the sequence number before the first of events */
    VEC(struct auction_event_row) events;
    VEC(struct auction_body) bodies; /* beside events */
    VEC(struct auction_maximum_row) maxima;
    VEC(struct auction_bidder_row) bidders; /* of this run's callers; new ones are last */
    size_t known_bidders;
    struct array keyed; /* struct auction_keyed_row */
};

static inline bool lot_run_is_on(const struct lot_run *run)
{
    return !run->is_missing && !run->is_put_off;
}

/* What one transaction makes of several lots. Of one alone nothing is put off. */
struct lot_group {
    struct lot_run *runs;
    size_t count;
    struct tx *tx;
    bool has_failed; /* before the commit was tried, so nothing has happened */
};

/* tx_fn over a struct lot_group. */
MUST_USE struct error *auctions_apply(struct ctx *cx, struct tx *tx, void *arg);
/* Appends an event at that time, or at that of the event before if it is later. */
void auctions_append(struct ctx *cx, struct lot_run *run, struct auction_body *body, struct instant at);
/* Hides an amount behind a commitment, which is returned: of the event that is appended next. */
struct str auctions_conceal(struct ctx *cx, struct lot_run *run, int64_t bidder, int64_t amount,
                            struct str client_key);
/* Moves what the row says of the state into the run, and back. */
struct auction_terms auctions_row_terms(const struct auction_row *row);
struct auction_state auctions_row_state(const struct auction_row *row);
void auctions_row_set_terms(struct auction_row *row, const struct auction_terms *terms);
void auctions_row_set_state(struct auction_row *row, const struct auction_state *state);
/* When the clock has to look at it next; none: never again. */
struct instant auctions_next_due(struct ctx *cx, const struct auction_row *row);

/* Writes what the runs have changed. */
MUST_USE struct error *auctions_store(struct ctx *cx, const struct lot_group *group);
/* Tickets of the seller and of moderators: see auctions_manage_service.c. */
MUST_USE struct error *auctions_change_terms(struct ctx *cx, struct lot_run *run, struct lot_ticket *ticket);
MUST_USE struct error *auctions_cancel_lot(struct ctx *cx, struct lot_run *run, struct lot_ticket *ticket);
MUST_USE struct error *auctions_void_lot(struct ctx *cx, struct lot_run *run, struct lot_ticket *ticket);
/* Start, end, reminder: whatever is due. */
MUST_USE struct error *auctions_advance(struct ctx *cx, struct lot_run *run);
bool auctions_is_due(struct ctx *cx, const struct lot_run *run);
/* Ends the auction whose state has ended: opens the maxima, sells. */
MUST_USE struct error *auctions_conclude(struct ctx *cx, struct lot_run *run, struct instant at);

/* --- the log --- */

struct str auctions_chain(struct arena *arena, struct str before, struct str body);
struct str auctions_commitment(struct arena *arena, struct str salt, int64_t bidder, int64_t amount);
struct str auctions_salt(struct ctx *cx);
/* What the signature of a receipt covers. */
struct str auctions_receipt_text(struct arena *arena, struct id auction_id, int64_t sequence,
                                 struct str chain);

/* --- the lot, the sale: see auctions_sale_service.c --- */

MUST_USE struct error *auctions_hold_lot(struct ctx *cx, struct tx *tx, const struct auction_row *row);
MUST_USE struct error *auctions_release_lot(struct ctx *cx, struct tx *tx, struct auction_row *row);
/* Offers the lot to a bidder, whose account may be none (erased), at a price: makes the order, or leaves the decision to the
 * seller where there can be none. Sets the row's sale. */
MUST_USE struct error *auctions_offer(struct ctx *cx, struct tx *tx, struct auction_row *row, int64_t bidder,
                                      struct id account_id, int64_t price);
/* Cancels the order that waits for its payment. */
MUST_USE struct error *auctions_withdraw_offer(struct ctx *cx, struct tx *tx, struct auction_row *row);

/* --- telling --- */

MUST_USE struct error *auctions_tell(struct ctx *cx, struct tx *tx, const struct event_type *type,
                                     const struct auction_row *row, struct str outcome, struct id winner_id);
/* The room's name in live. */
struct str auctions_room(struct ctx *cx, struct id auction_id);
/* To watchers, after the commit. */
void auctions_publish(struct ctx *cx, const struct lot_run *run);

/* --- replaying: see auctions_replay_service.c --- */

struct auction_replay {
    struct arena *arena;
    struct auction_terms terms;
    struct auction_state state;
    int64_t sequence; /* of the event before */
    struct str chain;
    struct instant at;
    int64_t bidder_count;
    VEC(struct auction_prebid) prebids;
    struct id auction_id;
    bool is_created, is_bought, is_reserve_known;
    /* What commitments hide, where it is known: by sequence number, and the reserve price in force at the start. */
    bool is_open;
    struct array opened; /* struct auction_opened */
    size_t opened_next;
    struct auction_opened_reserve reserve;
};
void auctions_replay_init(struct auction_replay *replay, struct arena *arena);
/* The reason in words why the event does not fit, or an absent text. */
struct str auctions_replay_event(struct auction_replay *replay, const struct auction_log_event *event);
/* Every event of an auction, as it is stored, with its hidden maxima; ret_why is absent when all fit. */
MUST_USE struct error *auctions_replay_stored(struct ctx *cx, struct tx *tx, struct id auction_id,
                                              struct auction_replay *ret_replay, struct str *ret_why);

extern const struct module_check auctions_checks[];

#endif
