/* SPDX-License-Identifier: AGPL-3.0-or-later
 * The rules of auctions, row by row of docs/auction-rules.md. */
#include "modules/auctions/auctions_domain.h"

#include "base/text/strbuf.h"

#include "tests/lib/check.h"

static const struct instant start_time = {1000 * US_PER_MINUTE};
static const struct instant end_time = {1060 * US_PER_MINUTE};

static struct auction_terms terms_in(const char *currency)
{
    struct auction_terms terms = {
        .starting_price = 1000, .starts_at = start_time, .ends_at = end_time, .soft_close_ms = 0};
    assert_true(currency_parse(str_cstr(currency), &terms.currency));
    return terms;
}

/* --- terms --- */

struct terms_case {
    const char *name;
    struct auction_terms terms; /* a zero starting price or end is that of a good auction */
    const char *pointer;        /* of the one rule that is broken; NULL: none */
};
/* clang-format off */
static const struct terms_case terms_cases[] = {
    {"nothing but a starting price", {.starting_price = 1}, NULL},
    {"the highest starting price", {.starting_price = AUCTION_MAX_PRICE}, NULL},
    {"no starting price", {.starting_price = -1}, "/starting_price"},
    {"a starting price that is too high", {.starting_price = AUCTION_MAX_PRICE + 1}, "/starting_price"},
    {"reserve at the start", {.starting_price = 10, .reserve_price = 10}, NULL},
    {"reserve below the start", {.starting_price = 10, .reserve_price = 9}, "/reserve_price"},
    {"negative reserve", {.starting_price = 10, .reserve_price = INT64_MIN}, "/reserve_price /reserve_price"},
    {"buy-now above", {.starting_price = 10, .buy_now_price = 11}, NULL},
    {"buy-now at the start", {.starting_price = 10, .buy_now_price = 10}, "/buy_now_price"},
    {"buy-now at the reserve", {.starting_price = 10, .reserve_price = 20, .buy_now_price = 20}, NULL},
    {"buy-now below the reserve", {.starting_price = 10, .reserve_price = 20, .buy_now_price = 19}, "/buy_now_price"},
    {"largest step", {.bid_step = AUCTION_MAX_STEP}, NULL},
    {"negative step", {.bid_step = -1}, "/bid_step"},
    {"step too large", {.bid_step = AUCTION_MAX_STEP + 1}, "/bid_step"},
    {"a second", {.starts_at = {1}, .ends_at = {1 + US_PER_SECOND}}, NULL},
    {"less than a second", {.starts_at = {1}, .ends_at = {US_PER_SECOND}}, "/ends_at"},
    {"ninety days", {.starts_at = {1}, .ends_at = {1 + 90 * US_PER_DAY}}, NULL},
    {"over ninety days", {.starts_at = {1}, .ends_at = {2 + 90 * US_PER_DAY}}, "/ends_at"},
    {"ends before it starts", {.starts_at = {2}, .ends_at = {1}}, "/ends_at"},
    {"the end of time", {.starts_at = {1}, .ends_at = {INT64_MAX}}, "/ends_at"},
    {"soft close", {.soft_close_ms = 3600000, .extend_ms = 3600000}, NULL},
    {"soft close without extension", {.soft_close_ms = 1}, "/extend_ms"},
    {"soft close over an hour", {.soft_close_ms = 3600001, .extend_ms = 1}, "/soft_close_ms"},
    {"extension over an hour", {.soft_close_ms = 1, .extend_ms = 3600001}, "/extend_ms"},
};
/* clang-format on */

static void broken_rules(const struct auction_terms *terms, char *ret_pointers, size_t size)
{
    ret_pointers[0] = '\0';
    for (size_t i = 0; i < AUCTION_TERMS_RULES; i++)
        if (!auction_terms_rules[i].holds(terms)) {
            size_t len = strlen(ret_pointers);
            snprintf(ret_pointers + len, size - len, "%s%s", len != 0 ? " " : "",
                     auction_terms_rules[i].pointer);
        }
}

static void terms_keep_their_bounds(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(terms_cases); i++) {
        const struct terms_case *row = &terms_cases[i];
        struct auction_terms terms = row->terms;
        char broken[200];
        if (terms.starting_price == 0)
            terms.starting_price = 10;
        if (terms.ends_at.us == 0) {
            terms.starts_at = start_time;
            terms.ends_at = end_time;
        }
        broken_rules(&terms, broken, sizeof(broken));
        check_that(strcmp(broken, row->pointer != NULL ? row->pointer : "") == 0, "%s: broke %s", row->name,
                   broken);
    }
}

/* --- the step --- */

struct step_case {
    const char *currency;
    int64_t bid_step, price, step;
};
/* clang-format off */
static const struct step_case step_cases[] = {
    {"USD", 0, 1, 5}, {"USD", 0, 99, 5}, {"USD", 0, 100, 25}, {"USD", 0, 499, 25}, {"USD", 0, 500, 50},
    {"USD", 0, 2499, 50}, {"USD", 0, 2500, 100}, {"USD", 0, 10000, 250}, {"USD", 0, 25000, 500},
    {"USD", 0, 50000, 1000}, {"USD", 0, 100000, 2500}, {"USD", 0, 250000, 5000}, {"USD", 0, 499999, 5000},
    {"USD", 0, 500000, 10000}, {"USD", 0, AUCTION_MAX_AMOUNT, 10000}, {"USD", 7, 1, 7}, {"USD", 7, 500000, 7},
    {"JPY", 0, 1, 1}, {"JPY", 0, 24, 1}, {"JPY", 0, 100, 2}, {"JPY", 0, 249, 2}, {"JPY", 0, 250, 5}, {"JPY", 0, 5000, 100},
    {"KWD", 0, 999, 50}, {"KWD", 0, 1000, 250}, {"KWD", 0, 5000000, 100000},
};
/* clang-format on */

static void steps_follow_the_bands(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(step_cases); i++) {
        const struct step_case *row = &step_cases[i];
        struct auction_terms terms = terms_in(row->currency);
        terms.bid_step = row->bid_step;
        int64_t step = auction_step(&terms, row->price);
        check_that(step == row->step, "%s %lld: %lld", row->currency, (long long)row->price, (long long)step);
    }
}

/* --- bids --- */

enum { SELLER = 99, SECONDS_LEFT_NONE = -1 };

struct play {
    int64_t bidder, amount, max_amount;
    enum auction_verdict verdict;
    int64_t price, leader; /* after it */
};

struct game {
    const char *name;
    int64_t reserve_price, bid_step;
    struct play plays[6];
};
/* clang-format off */
static const struct game games[] = {
    {"the first bid", 0, 100, {
        {1, 999, 5000, AUCTION_BID_TOO_LOW, 0, 0}, {SELLER, 1000, 0, AUCTION_OWN_LOT, 0, 0}, {1, 1000, 5000, AUCTION_OK, 1000, 1}}},
    {"a higher maximum wins", 0, 100, {
        {1, 1000, 2000, AUCTION_OK, 1000, 1}, {2, 1100, 3000, AUCTION_OK, 2100, 2}, {1, 2199, 9000, AUCTION_BID_TOO_LOW, 2100, 2}}},
    {"barely higher: the price is the maximum", 0, 100, {
        {1, 1000, 2000, AUCTION_OK, 1000, 1}, {2, 1100, 2050, AUCTION_OK, 2050, 2}}},
    {"below the maximum: outbid at once", 0, 100, {
        {1, 1000, 2000, AUCTION_OK, 1000, 1}, {2, 1100, 1500, AUCTION_OK, 1600, 1}, {2, 1700, 1950, AUCTION_OK, 2000, 1}}},
    {"of equal maxima the earlier wins", 0, 100, {
        {1, 1000, 2000, AUCTION_OK, 1000, 1}, {2, 1100, 2000, AUCTION_OK, 2000, 1}, {3, 2099, 0, AUCTION_BID_TOO_LOW, 2000, 1},
        {3, 2100, 0, AUCTION_OK, 2100, 3}}},
    {"the leader raises the maximum and not the price", 0, 100, {
        {1, 1000, 2000, AUCTION_OK, 1000, 1}, {1, 1, 2000, AUCTION_MAX_NOT_HIGHER, 1000, 1}, {1, 1, 2001, AUCTION_OK, 1000, 1},
        {2, 1100, 2001, AUCTION_OK, 2001, 1}}},
    {"the reserve is below the first maximum", 3000, 100, {
        {1, 1000, 3000, AUCTION_OK, 3000, 1}, {2, 3100, 0, AUCTION_OK, 3100, 2}}},
    {"the reserve is reached by raising", 3000, 100, {
        {1, 1000, 2000, AUCTION_OK, 1000, 1}, {1, 1, 3500, AUCTION_OK, 3000, 1}}},
    {"the reserve is not reached", 3000, 100, {
        {1, 1000, 2000, AUCTION_OK, 1000, 1}, {2, 1100, 2500, AUCTION_OK, 2100, 2}, {3, 2200, 2999, AUCTION_OK, 2600, 3}}},
    {"amounts at the edge", 0, AUCTION_MAX_STEP, {
        {1, AUCTION_MAX_AMOUNT, 0, AUCTION_OK, 1000, 1}, {2, AUCTION_MAX_AMOUNT, 0, AUCTION_OK, AUCTION_MAX_AMOUNT, 1},
        {2, AUCTION_MAX_AMOUNT, 0, AUCTION_BID_TOO_LOW, AUCTION_MAX_AMOUNT, 1}}},
};
/* clang-format on */

static struct auction_bid bid_of(const struct play *play)
{
    return (struct auction_bid){.bidder = play->bidder,
                                .is_seller = play->bidder == SELLER,
                                .amount = play->amount,
                                .maximum = play->max_amount != 0 ? play->max_amount : play->amount};
}

static void bids_are_judged_in_their_order(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(games); i++) {
        const struct game *game = &games[i];
        struct auction_terms terms = terms_in("USD");
        terms.reserve_price = game->reserve_price;
        terms.bid_step = game->bid_step;
        struct auction_state now = auction_state_new(&terms);
        int64_t accepted = 0;
        auction_start(&terms, &now, NULL, 0, NULL);
        for (size_t k = 0; k < COUNT_OF(game->plays) && game->plays[k].bidder != 0; k++) {
            const struct play *play = &game->plays[k];
            struct auction_bid bid = bid_of(play);
            enum auction_verdict verdict = auction_judge_bid(&terms, &now, &bid, start_time);
            accepted += verdict == AUCTION_OK;
            check_that(verdict == play->verdict && now.price == play->price && now.leader == play->leader &&
                           now.bid_count == accepted,
                       "%s, bid %zu: verdict %d, price %lld, leader %lld", game->name, k + 1, (int)verdict,
                       (long long)now.price, (long long)now.leader);
        }
    }
}

/* --- time --- */

struct moment {
    const char *name;
    int64_t soft_close_ms, extend_ms, us_left;
    enum auction_verdict verdict;
    int64_t moved_us; /* of the end */
};
/* clang-format off */
static const struct moment moments[] = {
    {"sudden death", 0, 60000, 1, AUCTION_OK, 0},
    {"at the end", 0, 0, 0, AUCTION_CLOSED, 0},
    {"after the end", 10000, 10000, -1, AUCTION_CLOSED, 0},
    {"just outside", 10000, 30000, 10000000, AUCTION_OK, 0},
    {"just inside", 10000, 30000, 9999999, AUCTION_OK, 30000000 - 9999999},
    {"an extension that ends earlier", 10000, 2000, 5000000, AUCTION_OK, 0},
};
/* clang-format on */

static void a_late_bid_moves_the_end(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(moments); i++) {
        const struct moment *row = &moments[i];
        struct auction_terms terms = terms_in("USD");
        terms.soft_close_ms = row->soft_close_ms;
        terms.extend_ms = row->extend_ms;
        struct auction_state now = auction_state_new(&terms);
        struct auction_bid bid = {.bidder = 1, .amount = 1000, .maximum = 5000};
        auction_start(&terms, &now, NULL, 0, NULL);
        enum auction_verdict verdict =
            auction_judge_bid(&terms, &now, &bid, instant_add_us(end_time, -row->us_left));
        check_that(verdict == row->verdict && now.ends_at.us == end_time.us + row->moved_us,
                   "%s: verdict %d, moved by %lld", row->name, (int)verdict,
                   (long long)(now.ends_at.us - end_time.us));
    }
}

static void a_higher_maximum_alone_moves_nothing(void **state)
{
    (void)state;
    struct auction_terms terms = terms_in("USD");
    terms.soft_close_ms = terms.extend_ms = 60000;
    struct auction_state now = auction_state_new(&terms);
    struct auction_bid bid = {.bidder = 1, .amount = 1000, .maximum = 5000};
    auction_start(&terms, &now, NULL, 0, NULL);
    assert_int_equal(auction_judge_bid(&terms, &now, &bid, start_time), AUCTION_OK);
    bid.maximum = 6000;
    assert_int_equal(auction_judge_bid(&terms, &now, &bid, instant_add_us(end_time, -1)), AUCTION_OK);
    assert_true(now.ends_at.us == end_time.us);
}

static void start_and_end_are_due_at_their_times(void **state)
{
    (void)state;
    struct auction_terms terms = terms_in("USD");
    struct auction_state now = auction_state_new(&terms);
    struct auction_bid bid = {.bidder = 1, .amount = 1000, .maximum = 1000};
    assert_int_equal(auction_judge_bid(&terms, &now, &bid, start_time), AUCTION_NOT_STARTED);
    assert_false(auction_is_start_due(&terms, &now, instant_add_us(start_time, -1)));
    assert_true(auction_is_start_due(&terms, &now, start_time));
    assert_false(auction_is_end_due(&now, end_time));
    assert_int_equal(auction_judge_withdrawal(&terms, &now, instant_add_us(start_time, -1)), AUCTION_OK);
    assert_int_equal(auction_judge_withdrawal(&terms, &now, start_time), AUCTION_STARTED);
    auction_start(&terms, &now, NULL, 0, NULL);
    assert_false(auction_is_start_due(&terms, &now, start_time));
    assert_false(auction_is_end_due(&now, instant_add_us(end_time, -1)));
    assert_true(auction_is_end_due(&now, end_time));
    assert_int_equal(auction_judge_withdrawal(&terms, &now, start_time), AUCTION_STARTED);
}

/* --- before the start --- */

static void prebids_must_rise(void **state)
{
    (void)state;
    struct auction_terms terms = terms_in("USD");
    struct auction_state now = auction_state_new(&terms);
    struct auction_bid bid = {.bidder = 1, .amount = 999, .maximum = 5000};
    assert_int_equal(auction_judge_prebid(&terms, &now, &bid, 0), AUCTION_BID_TOO_LOW);
    bid.amount = 1000;
    assert_int_equal(auction_judge_prebid(&terms, &now, &bid, 0), AUCTION_OK);
    assert_int_equal(auction_judge_prebid(&terms, &now, &bid, 5000), AUCTION_MAX_NOT_HIGHER);
    assert_int_equal(auction_judge_prebid(&terms, &now, &bid, 4999), AUCTION_OK);
    bid.is_seller = true;
    assert_int_equal(auction_judge_prebid(&terms, &now, &bid, 0), AUCTION_OWN_LOT);
}

static void prebids_are_judged_at_the_start(void **state)
{
    (void)state;
    struct auction_terms terms = terms_in("USD");
    terms.reserve_price = 4000;
    terms.soft_close_ms = terms.extend_ms = 3600000;
    struct auction_state now = auction_state_new(&terms);
    static const struct auction_prebid prebids[] = {{2, 3000}, {1, 3020}, {3, 3050}, {4, 5000}, {5, 5000}};
    bool accepted[COUNT_OF(prebids)] = {0};
    auction_start(&terms, &now, prebids, COUNT_OF(prebids), accepted);
    static const bool expected[] = {true, true, false, true, true};
    assert_memory_equal(accepted, expected, sizeof(expected));
    assert_int_equal(now.leader, 4);
    assert_int_equal(now.price, 5000);
    assert_int_equal(now.bid_count, 4);
    assert_true(now.is_reserve_met);
    assert_true(now.ends_at.us == end_time.us);
}

/* --- buying at once, the end --- */

struct sale {
    const char *name;
    int64_t reserve_price, buy_now_price;
    int64_t first_bid; /* of bidder 1; 0: nobody */
    enum auction_verdict verdict;
    enum auction_outcome outcome; /* of an end without the buyer */
};
/* clang-format off */
static const struct sale sales[] = {
    {"no such price", 0, 0, 0, AUCTION_BUY_NOW_GONE, AUCTION_NO_BIDS},
    {"nobody yet", 0, 9000, 0, AUCTION_OK, AUCTION_NO_BIDS},
    {"a bid", 0, 9000, 1000, AUCTION_BUY_NOW_GONE, AUCTION_SOLD},
    {"a bid below the reserve", 5000, 9000, 4999, AUCTION_OK, AUCTION_RESERVE_NOT_MET},
    {"the reserve is met", 5000, 9000, 5000, AUCTION_BUY_NOW_GONE, AUCTION_SOLD},
};
/* clang-format on */

static struct auction_state after_first_bid(const struct auction_terms *terms, int64_t amount)
{
    struct auction_state now = auction_state_new(terms);
    struct auction_bid bid = {.bidder = 1, .amount = amount, .maximum = amount};
    auction_start(terms, &now, NULL, 0, NULL);
    if (amount != 0)
        assert_int_equal(auction_judge_bid(terms, &now, &bid, start_time), AUCTION_OK);
    return now;
}

static void a_lot_can_be_bought_until_its_reserve_is_met(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(sales); i++) {
        const struct sale *row = &sales[i];
        struct auction_terms terms = terms_in("USD");
        terms.reserve_price = row->reserve_price;
        terms.buy_now_price = row->buy_now_price;
        struct auction_state bought = after_first_bid(&terms, row->first_bid);
        struct auction_state ended = bought;
        struct auction_bid buyer = {.bidder = 2};
        struct auction_bid seller = {.bidder = 3, .is_seller = true};
        enum auction_verdict refused = auction_judge_buy_now(&terms, &bought, &seller, start_time);
        check_that(refused == (row->verdict == AUCTION_OK ? AUCTION_OWN_LOT : row->verdict), "%s: seller",
                   row->name);
        enum auction_verdict verdict = auction_judge_buy_now(&terms, &bought, &buyer, start_time);
        check_that(verdict == row->verdict, "%s: verdict %d", row->name, (int)verdict);
        check_that((bought.status == AUCTIONS_ENDED) == (verdict == AUCTION_OK), "%s: status", row->name);
        check_that(verdict != AUCTION_OK || (bought.outcome == AUCTION_SOLD && bought.leader == 2 &&
                                             bought.price == 9000 && bought.ends_at.us == start_time.us),
                   "%s: not bought", row->name);
        auction_end(&ended);
        check_that(ended.outcome == row->outcome, "%s: outcome %d", row->name, (int)ended.outcome);
    }
}

static void buying_needs_a_live_auction(void **state)
{
    (void)state;
    struct auction_terms terms = terms_in("USD");
    terms.buy_now_price = 9000;
    struct auction_state now = auction_state_new(&terms);
    struct auction_bid buyer = {.bidder = 2};
    assert_int_equal(auction_judge_buy_now(&terms, &now, &buyer, start_time), AUCTION_BUY_NOW_GONE);
    now = after_first_bid(&terms, 0);
    assert_int_equal(auction_judge_buy_now(&terms, &now, &buyer, end_time), AUCTION_BUY_NOW_GONE);
    auction_end(&now);
    assert_int_equal(auction_judge_buy_now(&terms, &now, &buyer, start_time), AUCTION_BUY_NOW_GONE);
    assert_int_equal(auction_judge_bid(&terms, &now, &buyer, start_time), AUCTION_CLOSED);
}

static void titles_are_found_by_any_part_of_a_word(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    struct strbuf out;
    struct array endings = title_endings(arena, STR("ab \xD0\xB1\xD0\xBB"));
    strbuf_init(&out, arena, 100);
    for (size_t i = 0; i < endings.count; i++)
        strbuf_printf(&out, "%" STR_FMT "|", STR_ARG(*ARRAY_AT(struct str, endings, i)));
    check_str(strbuf_str(&out), "ab|b|\xD0\xB1\xD0\xBB|\xD0\xBB|");
    assert_int_equal(title_endings(arena, STR("")).count, 0);
    check_str(title_part(STR("0123456789abcdefgh")), "0123456789abcdef");
    check_str(title_part(STR("short")), "short");
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(terms_keep_their_bounds),
        cmocka_unit_test(steps_follow_the_bands),
        cmocka_unit_test(bids_are_judged_in_their_order),
        cmocka_unit_test(a_late_bid_moves_the_end),
        cmocka_unit_test(a_higher_maximum_alone_moves_nothing),
        cmocka_unit_test(start_and_end_are_due_at_their_times),
        cmocka_unit_test(prebids_must_rise),
        cmocka_unit_test(prebids_are_judged_at_the_start),
        cmocka_unit_test(a_lot_can_be_bought_until_its_reserve_is_met),
        cmocka_unit_test(buying_needs_a_live_auction),
        cmocka_unit_test(titles_are_found_by_any_part_of_a_word),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
