/* SPDX-License-Identifier: AGPL-3.0-or-later
 * The rules of an auction. See auctions_domain.h. */
#include "modules/auctions/auctions_domain.h"

#include "base/text/utf8.h"

static const char *const status_words[] = {
    [AUCTIONS_SCHEDULED] = "scheduled",
    [AUCTIONS_LIVE] = "live",
    [AUCTIONS_ENDED] = "ended",
    [AUCTIONS_CANCELLED] = "cancelled",
};
const struct enum_table auctions_status_words = ENUM_TABLE("auction_status", status_words);

static const char *const outcome_words[] = {
    [AUCTION_UNDECIDED] = "undecided",
    [AUCTION_SOLD] = "sold",
    [AUCTION_RESERVE_NOT_MET] = "reserve_not_met",
    [AUCTION_NO_BIDS] = "no_bids",
    [AUCTION_VOIDED] = "voided",
};
const struct enum_table auction_outcome_words = ENUM_TABLE("auction_outcome", outcome_words);

static const char *const verdict_words[] = {
    [AUCTION_OK] = "accepted",
    [AUCTION_BID_TOO_LOW] = "bid_too_low",
    [AUCTION_MAX_NOT_HIGHER] = "max_not_higher",
    [AUCTION_CLOSED] = "closed",
    [AUCTION_NOT_STARTED] = "not_started",
    [AUCTION_STARTED] = "started",
    [AUCTION_OWN_LOT] = "own_lot",
    [AUCTION_BUY_NOW_GONE] = "buy_now_gone",
};
const struct enum_table auction_verdict_words = ENUM_TABLE("auction_verdict", verdict_words);

/* --- terms --- */

static bool is_within(int64_t value, int64_t min, int64_t max)
{
    return value >= min && value <= max;
}

static bool has_starting_price(const struct auction_terms *terms)
{
    return is_within(terms->starting_price, 1, AUCTION_MAX_PRICE);
}

static bool has_reserve_in_range(const struct auction_terms *terms)
{
    return is_within(terms->reserve_price, 0, AUCTION_MAX_PRICE);
}

static bool has_reserve_above_start(const struct auction_terms *terms)
{
    return terms->reserve_price == 0 || terms->reserve_price >= terms->starting_price;
}

static bool has_buy_now_in_range(const struct auction_terms *terms)
{
    return is_within(terms->buy_now_price, 0, AUCTION_MAX_PRICE);
}

static bool has_buy_now_above_start(const struct auction_terms *terms)
{
    return terms->buy_now_price == 0 ||
           (terms->buy_now_price > terms->starting_price && terms->buy_now_price >= terms->reserve_price);
}

static bool has_step_in_range(const struct auction_terms *terms)
{
    return is_within(terms->bid_step, 0, AUCTION_MAX_STEP);
}

static bool has_length(const struct auction_terms *terms)
{
    return terms->starts_at.us > 0 && is_within(terms->ends_at.us, terms->starts_at.us, INSTANT_MAX.us) &&
           is_within(terms->ends_at.us - terms->starts_at.us, AUCTION_MIN_LENGTH_US, 90 * US_PER_DAY);
}

static bool has_soft_close_in_range(const struct auction_terms *terms)
{
    return is_within(terms->soft_close_ms, 0, AUCTION_MAX_SOFT_CLOSE_MS);
}

static bool has_extension_in_range(const struct auction_terms *terms)
{
    return is_within(terms->extend_ms, 0, AUCTION_MAX_SOFT_CLOSE_MS);
}

static bool has_extension(const struct auction_terms *terms)
{
    return terms->soft_close_ms == 0 || terms->extend_ms > 0;
}

/* clang-format off */
const struct auction_terms_rule auction_terms_rules[AUCTION_TERMS_RULES] = {
    {"/starting_price", "range", "must be from 1 to 1000000000000", has_starting_price},
    {"/reserve_price", "range", "must be from 0 to 1000000000000", has_reserve_in_range},
    {"/reserve_price", "min", "must not be below the starting price", has_reserve_above_start},
    {"/buy_now_price", "range", "must be from 0 to 1000000000000", has_buy_now_in_range},
    {"/buy_now_price", "min", "must be above the starting price and not below the reserve price", has_buy_now_above_start},
    {"/bid_step", "range", "must be from 0 to 100000000000", has_step_in_range},
    {"/ends_at", "range", "must be after starts_at, by at most 90 days", has_length},
    {"/soft_close_ms", "range", "must be from 0 to 3600000", has_soft_close_in_range},
    {"/extend_ms", "range", "must be from 0 to 3600000", has_extension_in_range},
    {"/extend_ms", "min", "must be above 0 when soft_close_ms is", has_extension},
};
/* clang-format on */

/* --- the step --- */

/* In hundredths of the currency's main unit. */
struct band {
    int64_t from;
    int64_t step;
};
static const struct band bands[] = {
    {0, 5},       {100, 25},     {500, 50},      {2500, 100},    {10000, 250},
    {25000, 500}, {50000, 1000}, {100000, 2500}, {250000, 5000}, {500000, 10000},
};

static int64_t in_minor_units(int64_t hundredths, int decimals)
{
    for (; decimals < 2; decimals++)
        hundredths /= 10;
    for (; decimals > 2; decimals--)
        hundredths *= 10;
    return hundredths > 1 ? hundredths : 1;
}

int64_t auction_step(const struct auction_terms *terms, int64_t price)
{
    if (terms->bid_step > 0)
        return terms->bid_step;
    int decimals = currency_decimals(terms->currency);
    size_t band = COUNT_OF(bands) - 1;
    while (band > 0 && price < in_minor_units(bands[band].from, decimals))
        band--;
    return in_minor_units(bands[band].step, decimals);
}

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* Both are far from the end of 64 bits: see AUCTION_MAX_AMOUNT and AUCTION_MAX_STEP. */
static int64_t one_step_above(const struct auction_terms *terms, int64_t price)
{
    REQUIRE(is_within(price, 0, AUCTION_MAX_AMOUNT));
    return price + auction_step(terms, price);
}

int64_t auction_least_bid(const struct auction_terms *terms, const struct auction_state *state)
{
    return state->leader == 0 ? terms->starting_price : one_step_above(terms, state->price);
}

/* --- bids --- */

struct auction_state auction_state_new(const struct auction_terms *terms)
{
    return (struct auction_state){.status = AUCTIONS_SCHEDULED, .ends_at = terms->ends_at};
}

bool auction_is_start_due(const struct auction_terms *terms, const struct auction_state *state,
                          struct instant at)
{
    return state->status == AUCTIONS_SCHEDULED && !instant_is_before(at, terms->starts_at);
}

bool auction_is_end_due(const struct auction_state *state, struct instant at)
{
    return state->status == AUCTIONS_LIVE && !instant_is_before(at, state->ends_at);
}

enum auction_verdict auction_judge_prebid(const struct auction_terms *terms,
                                          const struct auction_state *state, const struct auction_bid *bid,
                                          int64_t kept_maximum)
{
    REQUIRE(state->status == AUCTIONS_SCHEDULED);
    if (bid->is_seller)
        return AUCTION_OWN_LOT;
    if (bid->amount < terms->starting_price)
        return AUCTION_BID_TOO_LOW;
    return kept_maximum == 0 || bid->maximum > kept_maximum ? AUCTION_OK : AUCTION_MAX_NOT_HIGHER;
}

static enum auction_verdict judge_first(const struct auction_terms *terms, struct auction_state *state,
                                        const struct auction_bid *bid)
{
    if (bid->amount < terms->starting_price)
        return AUCTION_BID_TOO_LOW;
    state->leader = bid->bidder;
    state->maximum = bid->maximum;
    state->price = terms->starting_price;
    return AUCTION_OK;
}

static enum auction_verdict judge_raise(struct auction_state *state, const struct auction_bid *bid)
{
    if (bid->maximum <= state->maximum)
        return AUCTION_MAX_NOT_HIGHER;
    state->maximum = bid->maximum;
    return AUCTION_OK;
}

static enum auction_verdict judge_against(const struct auction_terms *terms, struct auction_state *state,
                                          const struct auction_bid *bid)
{
    if (bid->amount < auction_least_bid(terms, state))
        return AUCTION_BID_TOO_LOW;
    if (bid->maximum <= state->maximum) {
        state->price = least(state->maximum, one_step_above(terms, bid->maximum));
        return AUCTION_OK;
    }
    state->price = least(bid->maximum, one_step_above(terms, state->maximum));
    state->leader = bid->bidder;
    state->maximum = bid->maximum;
    return AUCTION_OK;
}

static void apply_reserve(const struct auction_terms *terms, struct auction_state *state)
{
    state->is_reserve_met = state->maximum >= terms->reserve_price;
    if (state->is_reserve_met && state->price < terms->reserve_price)
        state->price = terms->reserve_price;
}

/* Rules 2 to 6. */
static enum auction_verdict judge(const struct auction_terms *terms, struct auction_state *state,
                                  const struct auction_bid *bid)
{
    REQUIRE(bid->bidder > 0 && is_within(bid->amount, 1, AUCTION_MAX_AMOUNT) &&
            is_within(bid->maximum, bid->amount, AUCTION_MAX_AMOUNT));
    if (bid->is_seller)
        return AUCTION_OWN_LOT;
    enum auction_verdict verdict = state->leader == 0             ? judge_first(terms, state, bid)
                                   : state->leader == bid->bidder ? judge_raise(state, bid)
                                                                  : judge_against(terms, state, bid);
    if (verdict != AUCTION_OK)
        return verdict;
    apply_reserve(terms, state);
    state->bid_count++;
    REQUIRE(state->price <= state->maximum);
    return AUCTION_OK;
}

void auction_start(const struct auction_terms *terms, struct auction_state *state,
                   const struct auction_prebid *prebids, size_t count, bool *ret_accepted)
{
    REQUIRE(state->status == AUCTIONS_SCHEDULED);
    state->status = AUCTIONS_LIVE;
    for (size_t i = 0; i < count; i++) {
        struct auction_bid bid = {
            .bidder = prebids[i].bidder, .amount = prebids[i].maximum, .maximum = prebids[i].maximum};
        ret_accepted[i] = judge(terms, state, &bid) == AUCTION_OK;
    }
}

static void extend(const struct auction_terms *terms, struct auction_state *state, struct instant at)
{
    if (state->ends_at.us - at.us >= terms->soft_close_ms * US_PER_MS)
        return;
    struct instant later = instant_add_us(at, terms->extend_ms * US_PER_MS);
    if (instant_is_before(state->ends_at, later))
        state->ends_at = later;
}

/* Rule 1. */
static enum auction_verdict judge_time(const struct auction_state *state, struct instant at)
{
    if (state->status == AUCTIONS_SCHEDULED)
        return AUCTION_NOT_STARTED;
    return state->status == AUCTIONS_LIVE && instant_is_before(at, state->ends_at) ? AUCTION_OK
                                                                                   : AUCTION_CLOSED;
}

enum auction_verdict auction_judge_bid(const struct auction_terms *terms, struct auction_state *state,
                                       const struct auction_bid *bid, struct instant at)
{
    enum auction_verdict verdict = judge_time(state, at);
    if (verdict != AUCTION_OK)
        return verdict;
    int64_t leader = state->leader;
    int64_t price = state->price;
    verdict = judge(terms, state, bid);
    if (verdict == AUCTION_OK && (state->leader != leader || state->price != price))
        extend(terms, state, at);
    return verdict;
}

/* --- buying at once, the end --- */

bool auction_can_buy_now(const struct auction_terms *terms, const struct auction_state *state,
                         struct instant at)
{
    return terms->buy_now_price > 0 && judge_time(state, at) == AUCTION_OK && !state->is_reserve_met;
}

enum auction_verdict auction_judge_buy_now(const struct auction_terms *terms, struct auction_state *state,
                                           const struct auction_bid *bid, struct instant at)
{
    if (!auction_can_buy_now(terms, state, at))
        return AUCTION_BUY_NOW_GONE;
    if (bid->is_seller)
        return AUCTION_OWN_LOT;
    state->leader = bid->bidder;
    state->price = terms->buy_now_price;
    state->maximum = terms->buy_now_price;
    state->is_reserve_met = true;
    state->ends_at = at;
    auction_end(state);
    return AUCTION_OK;
}

void auction_end(struct auction_state *state)
{
    REQUIRE(state->status == AUCTIONS_LIVE);
    state->status = AUCTIONS_ENDED;
    state->outcome = state->leader == 0      ? AUCTION_NO_BIDS
                     : state->is_reserve_met ? AUCTION_SOLD
                                             : AUCTION_RESERVE_NOT_MET;
}

enum auction_verdict auction_judge_withdrawal(const struct auction_terms *terms,
                                              const struct auction_state *state, struct instant at)
{
    bool is_open = state->status == AUCTIONS_SCHEDULED && !auction_is_start_due(terms, state, at);
    return is_open ? AUCTION_OK : AUCTION_STARTED;
}

/* --- titles --- */

struct str title_part(struct str word)
{
    enum { CHARACTERS = 16 };
    size_t end = 0;
    for (int i = 0; i < CHARACTERS && end < word.len; i++) {
        size_t len = 0;
        (void)utf8_decode(str_slice(word, end, word.len), &len);
        end += len;
    }
    return str_slice(word, 0, end);
}

struct array title_endings(struct arena *arena, struct str title_folded)
{
    VEC(struct str) endings = {0};
    struct str rest = title_folded, word = STR_NONE;
    while (rest.len != 0 && str_split(&rest, ' ', &word)) {
        size_t len = 0;
        for (size_t from = 0; from < word.len; from += len) {
            struct str ending = str_slice(word, from, word.len);
            (void)utf8_decode(ending, &len);
            *VEC_PUSH(arena, &endings) = title_part(ending);
        }
    }
    return (struct array){endings.items, endings.count};
}
