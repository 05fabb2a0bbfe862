/* SPDX-License-Identifier: AGPL-3.0-or-later
 * An auction until its end, on both engines: bids and proxies, ties, the reserve, buying at once, extensions, one end, several lots at
 * once, receipts, what commitments hid, and the state made anew from the log. */
#include "base/text/encode.h"

#include "platform/fiber/fiber.h"

#include "modules/auctions/auctions_events.h"
#include "tests/component/auctions/saleroom.h"

struct step {
    uint32_t who;
    int64_t amount, maximum; /* maximum 0: the amount */
    const struct reason *refusal;
    int64_t price, leader; /* after it */
};

static void follow(struct ctx *cx, struct id lot, const struct step *steps, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct error *error = bid(cx, steps[i].who, lot, steps[i].amount, steps[i].maximum, NULL);
        struct auction_row row = row_of(cx, lot);
        if (steps[i].refusal != NULL)
            check_that(error_is(error, steps[i].refusal), "step %zu is not refused so", i);
        else
            ASSERT_OK(cx, error);
        check_that(row.price == steps[i].price && row.leader == steps[i].leader,
                   "step %zu: price %lld, leader %lld", i, (long long)row.price, (long long)row.leader);
    }
    assert_sound(cx);
}

/* Bidders are numbered in the order of their first bids. */
IN_SALEROOM(a_maximum_bids_for_its_owner)
{
    (void)arg;
    static const struct step steps[] = {
        {ANNA, 999, 0, &auctions_bid_too_low, 0, 0},
        {SELLER, 1000, 0, &auctions_own_lot, 0, 0},
        {ANNA, 1000, 3000, NULL, 1000, 1},
        {ANNA, 1000, 3000, &auctions_max_not_higher, 1000, 1},
        {BERT, 1049, 0, &auctions_bid_too_low, 1000, 1},
        {BERT, 1050, 2000, NULL, 2050, 1},
        {BERT, 2100, 3000, NULL, 3000, 1}, /* a tie is the earlier's */
        {BERT, 3000, 9000, &auctions_bid_too_low, 3000, 1},
        {ANNA, 1000, 3050, NULL, 3000, 1}, /* nobody sees it */
        {CLEO, 3100, 10000, NULL, 3150, 3},
        {ANNA, 3250, 4000, NULL, 4100, 3},
    };
    follow(cx, open_lot(cx, ""), steps, COUNT_OF(steps));
}

IN_SALEROOM(a_reserve_is_met_by_a_maximum)
{
    (void)arg;
    static const struct step steps[] = {
        {ANNA, 1000, 4999, NULL, 1000, 1},
        {BERT, 1050, 2000, NULL, 2050, 1},
        {BERT, 2100, 6000, NULL, 5099, 2},
    };
    struct id lot = open_lot(cx, "\"reserve_price\":5000"), low = open_lot(cx, "\"reserve_price\":5000");
    follow(cx, lot, steps, 2);
    assert_false(row_of(cx, lot).is_reserve_met);
    follow(cx, lot, steps + 2, 1);
    assert_true(row_of(cx, lot).is_reserve_met);
    ASSERT_OK(cx, bid(cx, ANNA, low, 1000, 4999, NULL));
    end_lot(cx, low);
    look_at(cx, lot);
    assert_int_equal(row_of(cx, lot).outcome, AUCTION_SOLD);
    assert_int_equal(row_of(cx, low).outcome, AUCTION_RESERVE_NOT_MET);
    assert_true(id_is_none(row_of(cx, low).order_id));
    assert_int_equal(product_of(cx, low).stock, 1);
    assert_sound(cx);
}

IN_SALEROOM(buying_at_once_ends_it_until_the_reserve_is_met)
{
    (void)arg;
    struct auction_bid_reply reply;
    struct ctx anna = as(cx, ANNA), seller = as(cx, SELLER);
    struct id lot = open_lot(cx, "\"reserve_price\":4000,\"buy_now_price\":5000");
    struct id gone = open_lot(cx, "\"reserve_price\":4000,\"buy_now_price\":5000");
    ASSERT_OK(cx, bid(cx, BERT, lot, 1000, 3000, NULL));
    ASSERT_REASON(auctions_buy_now(&seller, lot, &reply), auctions_own_lot);
    ASSERT_OK(cx, auctions_buy_now(&anna, lot, &reply));
    assert_int_equal(reply.auction.price, 5000);
    struct auction_row row = row_of(cx, lot);
    assert_int_equal(row.status, AUCTIONS_ENDED);
    assert_int_equal(row.sale, AUCTION_SALE_OFFERED);
    assert_int_equal(row.sale_price, 5000);
    assert_true(row.ends_at.us < row.planned_ends_at.us);
    ASSERT_REASON(bid(cx, BERT, lot, 9000, 0, NULL), auctions_closed);
    ASSERT_OK(cx, bid(cx, BERT, gone, 1000, 4000, NULL));
    ASSERT_REASON(auctions_buy_now(&anna, gone, &reply), auctions_buy_now_gone);
    assert_sound(cx);
}

/* --- the end --- */

IN_SALEROOM(a_late_bid_moves_the_end)
{
    (void)arg;
    struct id lot = open_lot(cx, "\"soft_close_ms\":60000,\"extend_ms\":120000"), sudden = open_lot(cx, "");
    wait_for(cx, US_PER_HOUR - 30 * US_PER_SECOND);
    ASSERT_OK(cx, bid(cx, ANNA, lot, 1000, 0, NULL));
    ASSERT_OK(cx, bid(cx, ANNA, sudden, 1000, 0, NULL));
    struct auction_row row = row_of(cx, lot);
    assert_int_equal(row.ends_at.us - row.last_at.us, 120 * US_PER_SECOND);
    wait_for(cx, 30 * US_PER_SECOND);
    look_at(cx, lot);
    look_at(cx, sudden);
    assert_int_equal(row_of(cx, lot).status, AUCTIONS_LIVE);
    assert_int_equal(row_of(cx, sudden).status, AUCTIONS_ENDED);
    assert_int_equal(row_of(cx, sudden).ends_at.us, row_of(cx, sudden).planned_ends_at.us);
    wait_for(cx, 120 * US_PER_SECOND);
    ASSERT_REASON(bid(cx, BERT, lot, 2000, 0, NULL), auctions_closed);
    assert_int_equal(row_of(cx, lot).outcome, AUCTION_SOLD);
    assert_sound(cx);
}

enum { CROWD = 16 };
struct crowd {
    struct ctx *cx;
    struct id lot;
    size_t left;
    struct fiber *waiting;
};

static void look_in_crowd(void *arg)
{
    struct crowd *crowd = arg;
    struct ctx mine = *crowd->cx;
    mine.arena = arena_new(0);
    look_at(&mine, crowd->lot);
    arena_free(mine.arena);
    if (--crowd->left == 0)
        fiber_wake(crowd->waiting);
}

IN_SALEROOM(looked_at_by_many_it_ends_once)
{
    (void)arg;
    struct id lot = open_lot(cx, "");
    struct crowd crowd = {cx, lot, CROWD, fiber_self()};
    ASSERT_OK(cx, bid(cx, ANNA, lot, 1000, 0, NULL));
    wait_for(cx, US_PER_HOUR);
    for (size_t i = 0; i < CROWD; i++)
        assert_non_null(fiber_spawn("looker", look_in_crowd, &crowd));
    while (crowd.left != 0)
        fiber_park_firmly();
    assert_int_equal(count_events(cx, lot, AUCTION_EVENT_ENDED), 1);
    /* On time, however late it was looked at. */
    assert_int_equal(row_of(cx, lot).last_at.us, row_of(cx, lot).ends_at.us);
    assert_int_equal(product_of(cx, lot).held, 1);
    assert_sound(cx);
}

/* --- several lots at once --- */

enum { LOTS = 12 };

/* One bid of many; all of them are made before the first is answered. */
struct bidding {
    struct crowd *crowd;
    struct id lot;
    uint32_t who;
    int64_t amount;
    const struct reason *refusal; /* expected; NULL: taken */
    bool fails;                   /* expected: the database refuses it */
};

static void bid_in_crowd(void *arg)
{
    struct bidding *bidding = arg;
    struct crowd *crowd = bidding->crowd;
    struct ctx mine = *crowd->cx;
    mine.arena = arena_new(0);
    struct error *error = bid(&mine, bidding->who, bidding->lot, bidding->amount, 0, NULL);
    if (bidding->fails)
        check_that(error != NULL, "a bid that cannot be stored was taken");
    else if (bidding->refusal != NULL)
        check_that(error_is(error, bidding->refusal), "a bid is not refused so");
    else
        ASSERT_OK(&mine, error);
    arena_free(mine.arena);
    if (--crowd->left == 0)
        fiber_wake(crowd->waiting);
}

static void bid_at_once(struct ctx *cx, struct bidding *biddings, size_t count)
{
    struct crowd crowd = {.cx = cx, .left = count, .waiting = fiber_self()};
    for (size_t i = 0; i < count; i++) {
        biddings[i].crowd = &crowd;
        assert_non_null(fiber_spawn("bidder", bid_in_crowd, &biddings[i]));
    }
    while (crowd.left != 0)
        fiber_park_firmly();
}

static struct error *take_its_place(struct ctx *cx, struct tx *tx, void *arg)
{
    const struct auction_row *row = arg;
    struct auction_event_row event = {.auction_id = row->id,
                                      .sequence = row->sequence + 1,
                                      .kind = AUCTION_EVENT_BID,
                                      .at = row->last_at,
                                      .body = STR("{}"),
                                      .chain = STR("")};
    return auctions_repo_insert_events(cx, tx, &event, 1);
}

/* Each lot is bid for twice, so that somebody is outbid; of one the log's next row is taken, so that nothing of it can be stored. */
IN_SALEROOM(a_lot_that_cannot_be_stored_takes_no_other_along)
{
    (void)arg;
    struct bidding biddings[2 * LOTS + 2];
    struct id lots[LOTS];
    for (size_t i = 0; i < LOTS; i++)
        lots[i] = open_lot(cx, "");
    struct auction_row spoilt = row_of(cx, lots[LOTS / 2]);
    ASSERT_OK(cx, db_transact(cx, TX_WRITE, take_its_place, &spoilt));
    for (size_t i = 0; i < LOTS; i++) {
        bool fails = i == LOTS / 2;
        biddings[2 * i] = (struct bidding){.lot = lots[i], .who = ANNA, .amount = 1000, .fails = fails};
        biddings[2 * i + 1] = (struct bidding){.lot = lots[i], .who = BERT, .amount = 2000, .fails = fails};
    }
    biddings[2 * LOTS] =
        (struct bidding){.lot = lots[0], .who = SELLER, .amount = 5000, .refusal = &auctions_own_lot};
    biddings[2 * LOTS + 1] =
        (struct bidding){.lot = lots[1], .who = CLEO, .amount = 1, .refusal = &auctions_bid_too_low};
    bid_at_once(cx, biddings, COUNT_OF(biddings));
    for (size_t i = 0; i < LOTS; i++) {
        struct auction_row row = row_of(cx, lots[i]);
        bool is_whole = i != LOTS / 2;
        check_that(row.bid_count == (is_whole ? 2 : 0) && row.leader == (is_whole ? 2 : 0),
                   "lot %zu: %lld bids, leader %lld", i, (long long)row.bid_count, (long long)row.leader);
    }
    assert_false(is_sound(cx)); /* the row that was put in its way is no event */
}

/* --- the log --- */

IN_SALEROOM(a_receipt_names_what_the_log_holds)
{
    (void)arg;
    struct id lot = open_lot(cx, "");
    struct auction_bid_reply reply;
    struct auction_event_row event;
    bool is_found = false;
    uint8_t public_key[SIGN_PUBLIC_BYTES];
    struct str signature = STR_NONE;
    ASSERT_OK(cx, bid(cx, ANNA, lot, 1000, 3000, &reply));
    ASSERT_OK(cx, auctions_repo_find_event(cx, lot, reply.receipt.sequence, &event, &is_found));
    assert_true(is_found && event.kind == AUCTION_EVENT_BID);
    assert_true(str_equal(event.chain, reply.receipt.chain));
    struct str text = auctions_receipt_text(cx->arena, lot, reply.receipt.sequence, reply.receipt.chain);
    sign_key_public(auctions_state_of(cx)->key, public_key);
    assert_true(base64_decode(cx->arena, reply.receipt.signature, &signature));
    assert_int_equal(signature.len, SIGN_BYTES);
    assert_true(sign_verify(public_key, text.ptr, text.len, (const uint8_t *)signature.ptr));
    assert_false(sign_verify(public_key, text.ptr, text.len - 1, (const uint8_t *)signature.ptr));
}

static struct auction_body body_of(struct ctx *cx, struct id lot, int64_t sequence)
{
    struct auction_event_row event;
    struct auction_body body;
    bool is_found = false;
    ASSERT_OK(cx, auctions_repo_find_event(cx, lot, sequence, &event, &is_found));
    assert_true(is_found);
    ASSERT_OK(cx, auction_body_parse(cx->arena, event.body, &body));
    return body;
}

IN_SALEROOM(the_end_opens_what_commitments_hid)
{
    (void)arg;
    static const int64_t maxima[] = {3000, 9000};
    struct id lot = open_lot(cx, "\"reserve_price\":2000");
    ASSERT_OK(cx, bid(cx, ANNA, lot, 1000, maxima[0], NULL));
    ASSERT_OK(cx, bid(cx, BERT, lot, 3000, maxima[1], NULL));
    end_lot(cx, lot);
    struct auction_body end = body_of(cx, lot, row_of(cx, lot).sequence);
    assert_int_equal(end.kind, AUCTION_EVENT_ENDED);
    assert_int_equal(end.winner, 2);
    assert_int_equal(end.reserve.price, 2000);
    assert_int_equal(end.opened.count, COUNT_OF(maxima));
    for (size_t i = 0; i < COUNT_OF(maxima) && i < end.opened.count; i++) {
        const struct auction_opened *opened = ARRAY_AT(struct auction_opened, end.opened, i);
        struct auction_body was = body_of(cx, lot, opened->sequence);
        assert_int_equal(opened->maximum, maxima[i]);
        assert_int_equal(opened->bidder, was.bidder);
        assert_true(str_equal(was.commitment,
                              auctions_commitment(cx->arena, opened->salt, opened->bidder, opened->maximum)));
        assert_false(str_equal(was.commitment, auctions_commitment(cx->arena, opened->salt, opened->bidder,
                                                                   opened->maximum + 1)));
    }
    assert_sound(cx);
}

static struct error *spoil(struct ctx *cx, struct tx *tx, void *arg)
{
    struct auction_row row = {0};
    bool is_found = false, is_updated = false;
    TRY(auctions_repo_lock(cx, tx, *(struct id *)arg, &row, &is_found));
    row.price += 1;
    row.bid_count = 0;
    row.leader = 7;
    TRY(auctions_repo_update_state(cx, tx, &row, row.last_at, &is_updated));
    assert_true(is_found && is_updated);
    return NULL;
}

static struct error *rebuild(struct ctx *cx, struct tx *tx, void *arg)
{
    (void)arg;
    return auctions_rebuild_states(cx, tx);
}

IN_SALEROOM(the_state_is_made_anew_from_the_log)
{
    (void)arg;
    struct id lot = open_lot(cx, ""), ended = open_lot(cx, "\"buy_now_price\":5000");
    struct ctx cleo = as(cx, CLEO);
    struct auction_bid_reply reply;
    ASSERT_OK(cx, bid(cx, ANNA, lot, 1000, 3000, NULL));
    ASSERT_OK(cx, bid(cx, BERT, lot, 1050, 2000, NULL));
    ASSERT_OK(cx, auctions_buy_now(&cleo, ended, &reply));
    struct auction_row before = row_of(cx, lot);
    ASSERT_OK(cx, db_transact(cx, TX_WRITE, spoil, &lot));
    assert_false(is_sound(cx));
    ASSERT_OK(cx, db_transact(cx, TX_WRITE, rebuild, NULL));
    assert_sound(cx);
    struct auction_row after = row_of(cx, lot);
    assert_int_equal(after.price, before.price);
    assert_int_equal(after.leader, before.leader);
    assert_int_equal(after.bid_count, before.bid_count);
    /* And it goes on. */
    ASSERT_OK(cx, bid(cx, BERT, lot, 2100, 9000, NULL));
    assert_int_equal(row_of(cx, lot).leader, 2);
    assert_sound(cx);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_maximum_bids_for_its_owner),
        cmocka_unit_test(a_reserve_is_met_by_a_maximum),
        cmocka_unit_test(buying_at_once_ends_it_until_the_reserve_is_met),
        cmocka_unit_test(a_late_bid_moves_the_end),
        cmocka_unit_test(looked_at_by_many_it_ends_once),
        cmocka_unit_test(a_lot_that_cannot_be_stored_takes_no_other_along),
        cmocka_unit_test(a_receipt_names_what_the_log_holds),
        cmocka_unit_test(the_end_opens_what_commitments_hid),
        cmocka_unit_test(the_state_is_made_anew_from_the_log),
    };
    return saleroom_main(argc, argv, "auctions bids", tests, COUNT_OF(tests));
}
