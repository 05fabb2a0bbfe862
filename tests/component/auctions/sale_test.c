/* SPDX-License-Identifier: AGPL-3.0-or-later
 * What becomes of an auction's lot, on both engines: paid, not paid, offered to the next, listed again, kept, void. */
#include "tests/component/auctions/saleroom.h"

/* Anna wins at 20.50 over Bert's 20.00, and Cleo's 15.00. */
static struct id won_lot(struct ctx *cx)
{
    struct id lot = open_lot(cx, "");
    ASSERT_OK(cx, bid(cx, CLEO, lot, 1000, 1500, NULL));
    ASSERT_OK(cx, bid(cx, ANNA, lot, 1600, 5000, NULL));
    ASSERT_OK(cx, bid(cx, BERT, lot, 2000, 2000, NULL));
    end_lot(cx, lot);
    assert_int_equal(row_of(cx, lot).sale, AUCTION_SALE_OFFERED);
    assert_int_equal(row_of(cx, lot).sale_price, 2050);
    return lot;
}

static struct id lapsed_lot(struct ctx *cx)
{
    struct id lot = won_lot(cx);
    wait_for(cx, 49 * US_PER_HOUR);
    ASSERT_OK(cx, orders_expire_job.run(cx, NULL));
    assert_int_equal(row_of(cx, lot).sale, AUCTION_SALE_DECIDE);
    return lot;
}

static enum orders_status order_status(struct ctx *cx, uint32_t buyer, struct id order_id)
{
    struct ctx mine = as(cx, buyer);
    struct order_view view;
    ASSERT_OK(cx, orders_load(&mine, order_id, &view));
    return (enum orders_status)view.status;
}

IN_SALEROOM(who_wins_and_pays_has_it)
{
    (void)arg;
    struct id lot = won_lot(cx);
    struct ctx seller = as(cx, SELLER);
    assert_int_equal(pay_win(cx, ANNA, lot), PAYMENTS_CAPTURE);
    assert_int_equal(row_of(cx, lot).sale, AUCTION_SALE_PAID);
    assert_int_equal(product_of(cx, lot).status, GOODS_SOLD);
    ASSERT_REASON(auctions_close_sale(&seller, lot), auctions_not_decided);
    ASSERT_REASON(auctions_second_chance(&seller, lot), auctions_not_decided);
    assert_sound(cx);
}

IN_SALEROOM(who_does_not_pay_makes_way_for_the_next)
{
    (void)arg;
    struct id lot = lapsed_lot(cx);
    struct ctx seller = as(cx, SELLER), bert = as(cx, BERT);
    assert_true(error_has_code(auctions_second_chance(&bert, lot), ERROR_FORBIDDEN));
    ASSERT_OK(cx, auctions_second_chance(&seller, lot));
    struct auction_row row = row_of(cx, lot);
    assert_int_equal(row.sale, AUCTION_SALE_OFFERED);
    assert_int_equal(row.sale_price, 2000); /* his own maximum */
    assert_int_equal(order_status(cx, BERT, row.order_id), ORDERS_PENDING);
    assert_int_equal(pay_win(cx, BERT, lot), PAYMENTS_CAPTURE);
    assert_int_equal(row_of(cx, lot).sale, AUCTION_SALE_PAID);
    assert_sound(cx);
}

IN_SALEROOM(chances_go_down_the_list_until_nobody_is_left)
{
    (void)arg;
    static const int64_t prices[] = {2000, 1500};
    struct id lot = lapsed_lot(cx);
    struct ctx seller = as(cx, SELLER);
    for (size_t i = 0; i < COUNT_OF(prices); i++) {
        ASSERT_OK(cx, auctions_second_chance(&seller, lot));
        assert_int_equal(row_of(cx, lot).sale_price, prices[i]);
        wait_for(cx, 49 * US_PER_HOUR);
        ASSERT_OK(cx, orders_expire_job.run(cx, NULL));
    }
    ASSERT_REASON(auctions_second_chance(&seller, lot), auctions_not_decided);
    assert_int_equal(product_of(cx, lot).held, 1);
    ASSERT_OK(cx, auctions_close_sale(&seller, lot));
    assert_int_equal(row_of(cx, lot).sale, AUCTION_SALE_CLOSED);
    assert_int_equal(product_of(cx, lot).stock, 1);
    assert_sound(cx);
}

static struct error *fall_through(struct ctx *cx, struct tx *tx, void *arg)
{
    return orders_payments_port.failed(cx, tx, *(struct id *)arg, STR("the provider let it go"));
}

IN_SALEROOM(a_payment_that_falls_through_gives_the_lot_back)
{
    (void)arg;
    struct id lot = won_lot(cx);
    struct id order_id = row_of(cx, lot).order_id;
    struct ctx seller = as(cx, SELLER);
    assert_int_equal(pay_win(cx, ANNA, lot), PAYMENTS_CAPTURE);
    for (int said = 0; said < 2; said++)
        ASSERT_OK(cx, db_transact(cx, TX_WRITE, fall_through, &order_id));
    assert_int_equal(order_status(cx, ANNA, order_id), ORDERS_FAILED);
    assert_int_equal(row_of(cx, lot).sale, AUCTION_SALE_DECIDE);
    assert_int_equal(product_of(cx, lot).status, GOODS_ACTIVE);
    assert_int_equal(product_of(cx, lot).held, 1);
    assert_int_equal(product_of(cx, lot).sold, 0);
    assert_sound(cx);
    ASSERT_OK(cx, auctions_second_chance(&seller, lot));
    /* What is said of the first order no longer matters. */
    ASSERT_OK(cx, db_transact(cx, TX_WRITE, fall_through, &order_id));
    assert_int_equal(row_of(cx, lot).sale, AUCTION_SALE_OFFERED);
    assert_int_equal(pay_win(cx, BERT, lot), PAYMENTS_CAPTURE);
    assert_int_equal(product_of(cx, lot).status, GOODS_SOLD);
    assert_sound(cx);
}

/* --- listed again --- */

IN_SALEROOM(a_lot_is_listed_again_once_by_the_same_terms)
{
    (void)arg;
    struct id lots[] = {lapsed_lot(cx), open_lot(cx, "\"bid_step\":70")};
    struct ctx seller = as(cx, SELLER), anna = as(cx, ANNA);
    struct id again = ID_NONE;
    end_lot(cx, lots[1]); /* nobody bid */
    for (size_t i = 0; i < COUNT_OF(lots); i++) {
        const struct auction_times times = {
            .ends_at = instant_add_us(auctions_clock_read(&auctions_state_of(cx)->clock), US_PER_HOUR)};
        assert_true(error_has_code(auctions_relist(&anna, lots[i], &times, &again), ERROR_FORBIDDEN));
        ASSERT_OK(cx, auctions_relist(&seller, lots[i], &times, &again));
        ASSERT_REASON(auctions_relist(&seller, lots[i], &times, &(struct id){{0}}), auctions_not_decided);
        look_at(cx, again);
        struct auction_row before = row_of(cx, lots[i]), after = row_of(cx, again);
        assert_true(id_equal(before.relisted_id, again) && id_equal(before.item_id, after.item_id));
        assert_int_equal(before.sale, AUCTION_SALE_RELISTED);
        assert_int_equal(after.bid_step, before.bid_step);
        assert_int_equal(after.status, AUCTIONS_LIVE);
        assert_int_equal(after.bid_count, 0);
        ASSERT_OK(cx, bid(cx, BERT, again, 1000, 0, NULL));
    }
    assert_sound(cx);
}

/* --- void --- */

IN_SALEROOM(a_void_auction_sells_nothing)
{
    (void)arg;
    struct ctx admin = as(cx, ADMIN);
    struct id live = open_lot(cx, ""), paid = won_lot(cx), offered = won_lot(cx);
    assert_int_equal(row_of(cx, live).status, AUCTIONS_LIVE); /* its end has passed, and nobody has looked */
    assert_int_equal(pay_win(cx, ANNA, paid), PAYMENTS_CAPTURE);
    struct id order_id = row_of(cx, offered).order_id;
    ASSERT_OK(cx, auctions_void(&admin, offered, STR("It is a copy.")));
    assert_int_equal(row_of(cx, offered).outcome, AUCTION_VOIDED);
    assert_int_equal(order_status(cx, ANNA, order_id), ORDERS_CANCELLED);
    assert_int_equal(product_of(cx, offered).stock, 1);
    check_str(row_of(cx, offered).void_reason, "It is a copy.");
    ASSERT_REASON(auctions_void(&admin, offered, STR("again")), auctions_closed);
    ASSERT_REASON(auctions_void(&admin, paid, STR("too late")), auctions_closed);
    assert_sound(cx);

    struct id running = open_lot(cx, "");
    ASSERT_OK(cx, bid(cx, ANNA, running, 1000, 0, NULL));
    ASSERT_OK(cx, auctions_void(&admin, running, STR("It is not what it says.")));
    assert_int_equal(row_of(cx, running).status, AUCTIONS_CANCELLED);
    ASSERT_REASON(bid(cx, BERT, running, 5000, 0, NULL), auctions_closed);
    assert_int_equal(count_events(cx, running, AUCTION_EVENT_VOIDED), 1);
    assert_int_equal(product_of(cx, running).stock, 1);
    assert_sound(cx);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_wins_and_pays_has_it),
        cmocka_unit_test(who_does_not_pay_makes_way_for_the_next),
        cmocka_unit_test(chances_go_down_the_list_until_nobody_is_left),
        cmocka_unit_test(a_payment_that_falls_through_gives_the_lot_back),
        cmocka_unit_test(a_lot_is_listed_again_once_by_the_same_terms),
        cmocka_unit_test(a_void_auction_sells_nothing),
    };
    return saleroom_main(argc, argv, "auctions sale", tests, COUNT_OF(tests));
}
