/* SPDX-License-Identifier: AGPL-3.0-or-later
 * A log played again by the rules. Once what its commitments hide is known, every number in it is recomputed; before, only what can be
 * seen is judged: chain, order, steps of what was bid, extensions. */
#include "base/text/encode.h"
#include "base/text/number.h"

#include "platform/crypto/crypto.h"

#include "modules/auctions/auctions_service.h"

/* --- what makes it provable: chain, commitments, receipts --- */

static struct str hex_of(struct arena *arena, const void *bytes, size_t len)
{
    uint8_t digest[SHA256_BYTES];
    sha256(bytes, len, digest);
    return hex_encode(arena, digest, sizeof(digest));
}

struct str auctions_chain(struct arena *arena, struct str before, struct str body)
{
    size_t len = before.len + 1 + body.len;
    char *text = arena_alloc_raw(arena, len);
    memcpy(text, before.ptr, before.len);
    text[before.len] = '\n';
    memcpy(text + before.len + 1, body.ptr, body.len);
    return hex_of(arena, text, len);
}

struct str auctions_commitment(struct arena *arena, struct str salt, int64_t bidder, int64_t amount)
{
    char text[AUCTION_SALT_CHARS + 2 + 2 * NUMBER_I64_CHARS];
    size_t len = salt.len < AUCTION_SALT_CHARS ? salt.len : AUCTION_SALT_CHARS;
    if (len != 0) /* a forged log may open nothing */
        memcpy(text, salt.ptr, len);
    text[len++] = ':';
    len += number_format_i64(text + len, bidder);
    text[len++] = ':';
    len += number_format_i64(text + len, amount);
    return hex_of(arena, text, len);
}

struct str auctions_salt(struct ctx *cx)
{
    uint8_t bytes[AUCTION_SALT_CHARS / 2];
    crypto_random(bytes, sizeof(bytes));
    return hex_encode(cx->arena, bytes, sizeof(bytes));
}

struct str auctions_receipt_text(struct arena *arena, struct id auction_id, int64_t sequence,
                                 struct str chain)
{
    return arena_printf(arena, "lathe-receipt:%" STR_FMT ":%lld:%" STR_FMT,
                        STR_ARG(id_str(arena, auction_id)), (long long)sequence, STR_ARG(chain));
}

/* --- replaying --- */

#define FITS STR_NONE

typedef struct str (*replay_fn)(struct auction_replay *replay, const struct auction_body *body);

void auctions_replay_init(struct auction_replay *replay, struct arena *arena)
{
    *replay = (struct auction_replay){.arena = arena, .chain = auction_chain_start};
}

static struct str differs(struct auction_replay *replay, const char *what, int64_t said, int64_t due)
{
    return arena_printf(replay->arena, "%s is %lld, but by the rules %lld", what, (long long)said,
                        (long long)due);
}

/* --- terms --- */

static struct str take_terms(struct auction_replay *replay, const struct auction_body *body)
{
    struct auction_terms terms = {
        .starting_price = body->starting_price,
        .buy_now_price = body->buy_now_price,
        .bid_step = body->bid_step,
        .starts_at = {body->starts_at},
        .ends_at = {body->ends_at},
        .soft_close_ms = body->soft_close_ms,
        .extend_ms = body->extend_ms,
    };
    if (!currency_parse(body->currency, &terms.currency))
        return STR("there is no such currency");
    struct str commitment =
        auctions_commitment(replay->arena, replay->reserve.salt, 0, replay->reserve.price);
    replay->is_reserve_known = replay->is_open && str_equal(commitment, body->reserve_commitment);
    if (replay->is_reserve_known)
        terms.reserve_price = replay->reserve.price;
    for (size_t i = 0; i < AUCTION_TERMS_RULES; i++)
        if (!auction_terms_rules[i].holds(&terms))
            return arena_printf(replay->arena, "%s %s", auction_terms_rules[i].pointer + 1,
                                auction_terms_rules[i].message);
    replay->terms = terms;
    replay->state = auction_state_new(&terms);
    return FITS;
}

static struct str play_created(struct auction_replay *replay, const struct auction_body *body)
{
    replay->is_created = true;
    replay->auction_id = body->auction_id;
    return take_terms(replay, body);
}

static struct str play_changed(struct auction_replay *replay, const struct auction_body *body)
{
    if (replay->state.status != AUCTIONS_SCHEDULED || body->at >= replay->terms.starts_at.us)
        return STR("terms changed after the start");
    if (!id_equal(body->auction_id, replay->auction_id))
        return STR("it belongs to another auction");
    return take_terms(replay, body);
}

/* --- bids --- */

/* Numbers are given in the order of first bids. */
static struct str take_bidder(struct auction_replay *replay, int64_t bidder)
{
    if (bidder < 1 || bidder > replay->bidder_count + 1)
        return arena_printf(replay->arena, "bidder %lld has no place in the order of first bids",
                            (long long)bidder);
    if (bidder > replay->bidder_count)
        replay->bidder_count = bidder;
    return FITS;
}

static struct str open_maximum(struct auction_replay *replay, const struct auction_body *body,
                               int64_t *ret_maximum)
{
    if (replay->opened_next >= replay->opened.count)
        return STR("its maximum was not opened");
    const struct auction_opened *opened =
        ARRAY_AT(struct auction_opened, replay->opened, replay->opened_next);
    if (opened->sequence != replay->sequence + 1 || opened->bidder != body->bidder)
        return STR("its maximum was not opened");
    replay->opened_next++;
    struct str commitment = auctions_commitment(replay->arena, opened->salt, opened->bidder, opened->maximum);
    if (!str_equal(commitment, body->commitment))
        return STR("its maximum is not the one that was committed to");
    if (opened->maximum < 1 || opened->maximum > AUCTION_MAX_AMOUNT || opened->maximum < body->amount)
        return STR("its maximum is below its amount, or out of range");
    *ret_maximum = opened->maximum;
    return FITS;
}

static size_t find_prebid(const struct auction_replay *replay, int64_t bidder)
{
    size_t i = 0;
    while (i < replay->prebids.count && replay->prebids.items[i].bidder != bidder)
        i++;
    return i;
}

static struct str keep_prebid(struct auction_replay *replay, int64_t bidder, int64_t maximum)
{
    size_t at = find_prebid(replay, bidder);
    bool is_again = at < replay->prebids.count;
    struct auction_bid bid = {.bidder = bidder, .amount = maximum, .maximum = maximum};
    int64_t kept = is_again ? replay->prebids.items[at].maximum : 0;
    if (auction_judge_prebid(&replay->terms, &replay->state, &bid, kept) != AUCTION_OK)
        return STR("the pre-bid should have been refused");
    if (is_again) {
        struct auction_prebid *items = replay->prebids.items;
        memmove(&items[at], &items[at + 1], (replay->prebids.count - at - 1) * sizeof(*items));
        replay->prebids.count--;
    }
    *VEC_PUSH(replay->arena, &replay->prebids) =
        (struct auction_prebid){.bidder = bidder, .maximum = maximum};
    return FITS;
}

static struct str play_prebid(struct auction_replay *replay, const struct auction_body *body)
{
    int64_t maximum = 0;
    struct str why = take_bidder(replay, body->bidder);
    if (why.ptr == NULL && replay->state.status != AUCTIONS_SCHEDULED)
        why = STR("a pre-bid after the start");
    if (why.ptr == NULL && replay->is_open)
        why = open_maximum(replay, body, &maximum);
    if (why.ptr == NULL && replay->is_open)
        why = keep_prebid(replay, body->bidder, maximum);
    return why;
}

static struct str compare_state(struct auction_replay *replay, const struct auction_body *body)
{
    const struct auction_state *state = &replay->state;
    if (body->price != state->price)
        return differs(replay, "price", body->price, state->price);
    if (body->leader != state->leader)
        return differs(replay, "leader", body->leader, state->leader);
    if (body->bid_count != state->bid_count)
        return differs(replay, "bid_count", body->bid_count, state->bid_count);
    if (body->reserve_met != state->is_reserve_met)
        return STR("reserve_met is not what the rules give");
    return FITS;
}

static struct str play_start(struct auction_replay *replay, const struct auction_body *body)
{
    bool *accepted = ARENA_ARRAY(replay->arena, bool, replay->prebids.count);
    if (!replay->is_reserve_known)
        return STR("the reserve price that was opened is not the one that was committed to");
    auction_start(&replay->terms, &replay->state, replay->prebids.items, replay->prebids.count, accepted);
    if (body->judged.count != replay->prebids.count)
        return differs(replay, "the number of pre-bids", (int64_t)body->judged.count,
                       (int64_t)replay->prebids.count);
    for (size_t i = 0; i < body->judged.count; i++) {
        const struct auction_judged *judged = ARRAY_AT(struct auction_judged, body->judged, i);
        if (judged->bidder != replay->prebids.items[i].bidder || judged->accepted != accepted[i])
            return arena_printf(replay->arena, "pre-bid %zu was judged otherwise", i + 1);
    }
    return compare_state(replay, body);
}

/* What is said is taken over where the maxima are not known. */
static void believe(struct auction_replay *replay, const struct auction_body *body)
{
    replay->state.price = body->price;
    replay->state.leader = body->leader;
    replay->state.maximum = body->price;
    replay->state.bid_count = body->bid_count;
    replay->state.is_reserve_met = body->reserve_met;
}

static struct str play_started(struct auction_replay *replay, const struct auction_body *body)
{
    if (replay->state.status != AUCTIONS_SCHEDULED)
        return STR("it started before");
    if (body->at < replay->terms.starts_at.us)
        return STR("it started too early");
    if (replay->is_open)
        return play_start(replay, body);
    replay->state.status = AUCTIONS_LIVE;
    believe(replay, body);
    return FITS;
}

static struct str judge_bid(struct auction_replay *replay, const struct auction_body *body)
{
    struct auction_bid bid = {.bidder = body->bidder, .amount = body->amount};
    struct str why = open_maximum(replay, body, &bid.maximum);
    if (why.ptr != NULL)
        return why;
    enum auction_verdict verdict =
        auction_judge_bid(&replay->terms, &replay->state, &bid, (struct instant){body->at});
    if (verdict != AUCTION_OK)
        return arena_printf(replay->arena, "the bid should have been refused: %" STR_FMT,
                            STR_ARG(enum_word(&auction_verdict_words, (int)verdict)));
    why = compare_state(replay, body);
    if (why.ptr == NULL && body->ends_at != replay->state.ends_at.us)
        why = differs(replay, "ends_at", body->ends_at, replay->state.ends_at.us);
    return why;
}

/* Without the maxima: what everybody can see. */
static struct str watch_bid(struct auction_replay *replay, const struct auction_body *body)
{
    const struct auction_state *state = &replay->state;
    bool is_late = state->status != AUCTIONS_LIVE || body->at >= state->ends_at.us;
    bool is_changed = body->price != state->price || body->leader != state->leader;
    int64_t extended_us = body->at + replay->terms.extend_ms * US_PER_MS;
    bool is_close = state->ends_at.us - body->at < replay->terms.soft_close_ms * US_PER_MS;
    int64_t ends_us =
        is_changed && is_close && extended_us > state->ends_at.us ? extended_us : state->ends_at.us;
    if (is_late)
        return STR("a bid outside the auction's time");
    if (body->price < state->price || body->price < replay->terms.starting_price)
        return STR("the price fell");
    if (body->leader != body->bidder && body->leader != state->leader)
        return STR("neither the bidder nor the one before leads");
    if (state->leader != body->bidder && body->amount < auction_least_bid(&replay->terms, state))
        return differs(replay, "amount", body->amount, auction_least_bid(&replay->terms, state));
    if (body->bid_count != state->bid_count + 1)
        return differs(replay, "bid_count", body->bid_count, state->bid_count + 1);
    if (body->ends_at != ends_us)
        return differs(replay, "ends_at", body->ends_at, ends_us);
    believe(replay, body);
    replay->state.ends_at.us = ends_us;
    return FITS;
}

static struct str play_bid(struct auction_replay *replay, const struct auction_body *body)
{
    struct str why = take_bidder(replay, body->bidder);
    if (why.ptr != NULL)
        return why;
    if (body->amount < 1 || body->amount > AUCTION_MAX_AMOUNT)
        return STR("the amount is out of range");
    return replay->is_open ? judge_bid(replay, body) : watch_bid(replay, body);
}

/* --- the end --- */

static struct str play_bought(struct auction_replay *replay, const struct auction_body *body)
{
    struct auction_bid bid = {.bidder = body->bidder};
    struct str why = take_bidder(replay, body->bidder);
    if (why.ptr != NULL)
        return why;
    if (auction_judge_buy_now(&replay->terms, &replay->state, &bid, (struct instant){body->at}) != AUCTION_OK)
        return STR("buying at once was not possible");
    replay->is_bought = true;
    return body->price == replay->state.price ? FITS
                                              : differs(replay, "price", body->price, replay->state.price);
}

static struct str play_ended(struct auction_replay *replay, const struct auction_body *body)
{
    if (!replay->is_bought && !auction_is_end_due(&replay->state, (struct instant){body->at}))
        return STR("it ended too early");
    if (body->at != replay->state.ends_at.us)
        return differs(replay, "the moment of the end", body->at, replay->state.ends_at.us);
    if (!replay->is_bought)
        auction_end(&replay->state);
    if (replay->opened_next != replay->opened.count)
        return STR("more maxima were opened than there are bids");
    int64_t winner = replay->state.outcome == AUCTION_SOLD ? replay->state.leader : 0;
    if (body->outcome != (int32_t)replay->state.outcome)
        return arena_printf(replay->arena, "the outcome should be %" STR_FMT,
                            STR_ARG(enum_word(&auction_outcome_words, (int)replay->state.outcome)));
    if (body->winner != winner)
        return differs(replay, "winner", body->winner, winner);
    return body->price == replay->state.price ? FITS
                                              : differs(replay, "price", body->price, replay->state.price);
}

static struct str play_cancelled(struct auction_replay *replay, const struct auction_body *body)
{
    if (replay->state.status != AUCTIONS_SCHEDULED || body->at >= replay->terms.starts_at.us)
        return STR("it was cancelled after the start");
    replay->state.status = AUCTIONS_CANCELLED;
    return FITS;
}

static struct str play_voided(struct auction_replay *replay, const struct auction_body *body)
{
    (void)body;
    replay->state.status = AUCTIONS_CANCELLED;
    replay->state.outcome = AUCTION_VOIDED;
    return FITS;
}

static const replay_fn plays[AUCTION_EVENT_KINDS] = {
    [AUCTION_EVENT_CREATED] = play_created, [AUCTION_EVENT_CHANGED] = play_changed,
    [AUCTION_EVENT_PREBID] = play_prebid,   [AUCTION_EVENT_STARTED] = play_started,
    [AUCTION_EVENT_BID] = play_bid,         [AUCTION_EVENT_BOUGHT] = play_bought,
    [AUCTION_EVENT_ENDED] = play_ended,     [AUCTION_EVENT_CANCELLED] = play_cancelled,
    [AUCTION_EVENT_VOIDED] = play_voided,
};

/* --- one event --- */

static struct str play(struct auction_replay *replay, const struct auction_body *body)
{
    bool is_first = replay->sequence == 0;
    if (is_first != (body->kind == AUCTION_EVENT_CREATED))
        return STR("a log begins with `created`, and has it once");
    if (body->at < replay->at.us)
        return STR("time went back");
    if (replay->state.status == AUCTIONS_CANCELLED)
        return STR("nothing follows when an auction is called off");
    bool is_over = replay->state.status == AUCTIONS_ENDED && body->kind != AUCTION_EVENT_VOIDED &&
                   !(replay->is_bought && body->kind == AUCTION_EVENT_ENDED);
    return is_over ? STR("nothing but `voided` follows the end") : plays[body->kind](replay, body);
}

struct str auctions_replay_event(struct auction_replay *replay, const struct auction_log_event *event)
{
    struct auction_body body = {0};
    if (event->sequence != replay->sequence + 1)
        return differs(replay, "sequence", event->sequence, replay->sequence + 1);
    if (!str_equal(event->chain, auctions_chain(replay->arena, replay->chain, event->body)))
        return STR("the chain is broken here");
    struct error *error = auction_body_parse(replay->arena, event->body, &body);
    if (error != NULL)
        return arena_printf(replay->arena, "the body is no event: %" STR_FMT, STR_ARG(error->message));
    struct str why = play(replay, &body);
    replay->sequence = event->sequence;
    replay->chain = event->chain;
    replay->at.us = body.at;
    return why;
}
