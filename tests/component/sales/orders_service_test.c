/* SPDX-License-Identifier: AGPL-3.0-or-later
 * The use cases of orders on both engines: placing, paying, ending, the race for an exclusive licence, refunds by line, and what goes
 * back at the provider. */
#include "platform/fiber/fiber.h"

#include "tests/component/sales/till.h"

enum { SELLER = 1, OTHER_SELLER, BUYER, STRANGER, ADMIN, FIRST_OF_CROWD };

static void expect_item(const struct order_view *view, size_t index, enum orders_status status,
                        int64_t refunded)
{
    const struct order_item_view *item = till_item_of(view, index);
    check_that(item->status == (int32_t)status && item->refunded.minor == refunded,
               "line %zu is %s, %lld back", index, orders_status_words.words[item->status],
               (long long)item->refunded.minor);
}

static bool is_active(struct ctx *cx, struct id license_id)
{
    struct license_view view;
    ASSERT_OK(cx, licensing_load(cx, license_id, &view));
    return view.is_active;
}

/* --- placing and paying --- */

AT_TILL(an_order_is_placed_paid_and_carried_out)
{
    (void)arg;
    struct ctx buyer = till_as(cx, BUYER);
    struct id spec = SPEC(cx, SELLER, "Night Drive", {CATALOG_BASIC, 2000});
    struct id order_id = ORDER(&buyer, PAYMENTS_TEST, {spec, CATALOG_BASIC});
    struct order_view view = till_read(&buyer, order_id);
    assert_int_equal(view.status, ORDERS_PENDING);
    assert_int_equal(view.total.minor, 2000);
    assert_true(id_is_none(till_item_of(&view, 0)->license_id));
    assert_true(view.expires_at.us == view.created_at.us + 30 * US_PER_MINUTE);

    ASSERT_OK(cx, till_pay(&buyer, order_id));
    view = till_read(&buyer, order_id);
    assert_int_equal(view.status, ORDERS_PAID);
    assert_int_equal(view.payment.status, PAYMENTS_CAPTURED);
    expect_item(&view, 0, ORDERS_PAID, 0);
    assert_true(is_active(&buyer, till_item_of(&view, 0)->license_id));
    assert_int_equal(till_mails("Your receipt"), 1);
    till_assert_sound(cx);
}

AT_TILL(lines_of_two_producers_are_paid_to_each)
{
    (void)arg;
    struct ctx buyer = till_as(cx, BUYER), seller = till_as(cx, SELLER), stranger = till_as(cx, STRANGER);
    struct id one = SPEC(cx, SELLER, "One", {CATALOG_BASIC, 2000}, {CATALOG_PREMIUM, 5005});
    struct id two = SPEC(cx, OTHER_SELLER, "Two", {CATALOG_BASIC, 700});
    struct id order_id = ORDER(&buyer, PAYMENTS_TEST, {one, CATALOG_PREMIUM}, {two, CATALOG_BASIC});
    struct order_view view;
    /* Sellers see nothing until it is paid, strangers never. */
    assert_true(error_has_code(orders_load(&seller, order_id, &view), ERROR_NOT_FOUND));
    ASSERT_OK(cx, till_pay(&buyer, order_id));
    assert_true(error_has_code(orders_load(&stranger, order_id, &view), ERROR_NOT_FOUND));
    view = till_read(&seller, order_id);
    assert_int_equal(view.items.count, 1);
    assert_int_equal(view.total.minor, 5005);
    /* A tenth, half a unit rounded up to the platform. */
    assert_int_equal(till_balance(cx, SELLER), 5005 - 501);
    assert_int_equal(till_balance(cx, OTHER_SELLER), 630);

    struct order_search search = {.status = -1, .limit = 10, .with_total = true};
    struct array sales = {0};
    int64_t total = 0;
    ASSERT_OK(cx, orders_list_sales(&seller, &search, &sales, &total));
    assert_int_equal(total, 1);
    assert_int_equal(ARRAY_AT(struct sale_view, sales, 0)->net.minor, 4504);
    till_assert_sound(cx);
}

AT_TILL(an_order_without_a_price_is_paid_at_once)
{
    (void)arg;
    struct ctx buyer = till_as(cx, BUYER);
    struct id spec = SPEC(cx, SELLER, "Gift", {CATALOG_BASIC, 0});
    struct id order_id = ORDER(&buyer, PAYMENTS_FREE, {spec, CATALOG_BASIC});
    assert_int_equal(till_read(&buyer, order_id).status, ORDERS_PAID);
    assert_int_equal(till_balance(cx, SELLER), 0);
    till_assert_sound(cx);
}

AT_TILL(what_cannot_be_ordered_is_refused_and_leaves_nothing)
{
    (void)arg;
    struct ctx buyer = till_as(cx, BUYER), seller = till_as(cx, SELLER);
    struct id spec = SPEC(cx, SELLER, "Mine", {CATALOG_BASIC, 100}, {CATALOG_PREMIUM, 200});
    struct till_item twice[] = {{spec, CATALOG_BASIC}, {spec, CATALOG_PREMIUM}};
    struct id order_id = ID_NONE;
    ASSERT_REASON(till_place(&seller, PAYMENTS_TEST, twice, 1, &order_id), orders_own_item);
    ASSERT_REASON(till_place(&buyer, PAYMENTS_TEST, twice, 2, &order_id), orders_duplicate_line);
    ASSERT_REASON(till_place(&buyer, PAYMENTS_TEST, twice, 0, &order_id), orders_empty);
    ASSERT_REASON(till_place(&buyer, PAYMENTS_FREE, twice, 1, &order_id), payments_provider_off);
    assert_true(id_is_none(order_id));
    struct order_search search = {.status = -1, .limit = 10};
    struct array orders = {0};
    int64_t total = 0;
    ASSERT_OK(cx, orders_list(&buyer, &search, &orders, &total));
    assert_int_equal(orders.count, 0);
}

/* --- ends without a sale --- */

AT_TILL(an_order_that_nobody_pays_expires)
{
    (void)arg;
    struct ctx buyer = till_as(cx, BUYER);
    struct id spec = SPEC(cx, SELLER, "Late", {CATALOG_BASIC, 2000});
    struct id order_id = ORDER(&buyer, PAYMENTS_STRIPE, {spec, CATALOG_BASIC});
    till_advance(cx, 30 * US_PER_MINUTE - 1);
    till_run_job(cx, &orders_expire_job);
    assert_int_equal(till_read(&buyer, order_id).status, ORDERS_PENDING);
    till_advance(cx, 2);
    till_run_job(cx, &orders_expire_job);
    till_run_job(cx, &orders_expire_job);
    till_work(cx);
    struct order_view view = till_read(&buyer, order_id);
    assert_int_equal(view.status, ORDERS_CANCELLED);
    assert_int_equal(view.payment.status, PAYMENTS_VOIDED);
    assert_int_equal(till_intent(cx, order_id)->cancels, 1);
    ASSERT_REASON(till_pay(&buyer, order_id), orders_expired);
    till_assert_sound(cx);
}

AT_TILL(a_payment_that_comes_too_late_is_voided)
{
    (void)arg;
    struct ctx buyer = till_as(cx, BUYER);
    struct id spec = SPEC(cx, SELLER, "Late", {CATALOG_BASIC, 2000});
    struct id order_id = ORDER(&buyer, PAYMENTS_STRIPE, {spec, CATALOG_BASIC});
    till_advance(cx, 31 * US_PER_MINUTE); /* and no job has run */
    till_intent(cx, order_id)->status = INTENT_HELD;
    ASSERT_REASON(till_pay(&buyer, order_id), orders_expired);
    struct order_view view = till_read(&buyer, order_id);
    assert_int_equal(view.status, ORDERS_CANCELLED);
    assert_true(id_is_none(till_item_of(&view, 0)->license_id));
    assert_int_equal(till_intent(cx, order_id)->status, INTENT_CANCELLED);
    till_assert_sound(cx);
}

AT_TILL(what_is_over_makes_no_further_move)
{
    (void)arg;
    struct ctx buyer = till_as(cx, BUYER), seller = till_as(cx, SELLER), stranger = till_as(cx, STRANGER);
    struct id spec = SPEC(cx, SELLER, "Moves", {CATALOG_BASIC, 2000});
    struct id cancelled = ORDER(&buyer, PAYMENTS_TEST, {spec, CATALOG_BASIC});
    struct id paid = till_buy(&buyer, spec, CATALOG_BASIC);
    struct orders_refund_request refund = {.order_id = cancelled};
    ASSERT_REASON(orders_refund(&buyer, &refund), payments_not_refundable);
    assert_true(error_has_code(orders_cancel(&stranger, cancelled), ERROR_NOT_FOUND));
    assert_true(error_has_code(orders_cancel(&seller, cancelled), ERROR_NOT_FOUND));
    ASSERT_OK(cx, orders_cancel(&buyer, cancelled));
    ASSERT_OK(cx, orders_cancel(&buyer, cancelled));
    ASSERT_REASON(till_pay(&buyer, cancelled), orders_wrong_state);
    assert_int_equal(till_read(&buyer, cancelled).status, ORDERS_CANCELLED);

    ASSERT_REASON(orders_cancel(&buyer, paid), orders_wrong_state);
    ASSERT_OK(cx, till_pay(&buyer, paid)); /* said again */
    refund.order_id = paid;
    ASSERT_OK(cx, orders_refund(&seller, &refund));
    ASSERT_REASON(orders_cancel(&buyer, paid), orders_wrong_state);
    ASSERT_REASON(orders_refund(&seller, &refund), payments_not_refundable);
    ASSERT_OK(cx, till_pay(&buyer, paid));
    assert_int_equal(till_read(&buyer, paid).status, ORDERS_REFUNDED);
    till_assert_sound(cx);
}

AT_TILL(a_declined_card_leaves_the_order_open)
{
    (void)arg;
    struct ctx buyer = till_as(cx, BUYER);
    struct id spec = SPEC(cx, SELLER, "Cards", {CATALOG_BASIC, 2000});
    struct id order_id = ORDER(&buyer, PAYMENTS_STRIPE, {spec, CATALOG_BASIC});
    till_intent(cx, order_id)->status = INTENT_DECLINED;
    ASSERT_REASON(till_pay(&buyer, order_id), payments_declined);
    assert_int_equal(till_read(&buyer, order_id).status, ORDERS_PENDING);
    till_intent(cx, order_id)->status = INTENT_HELD;
    ASSERT_OK(cx, till_pay(&buyer, order_id));
    assert_int_equal(till_read(&buyer, order_id).status, ORDERS_PAID);
}

AT_TILL(a_file_that_is_missing_fails_the_order_and_voids_it)
{
    (void)arg;
    struct ctx buyer = till_as(cx, BUYER);
    struct id spec = SPEC(cx, SELLER, "No stems", {CATALOG_BASIC, 2000}, {CATALOG_PREMIUM, 3000});
    struct id other = SPEC(cx, OTHER_SELLER, "Fine", {CATALOG_BASIC, 500});
    struct id order_id = ORDER(&buyer, PAYMENTS_STRIPE, {other, CATALOG_BASIC}, {spec, CATALOG_PREMIUM});
    till_drop_wav(cx, spec);
    till_intent(cx, order_id)->status = INTENT_HELD;
    ASSERT_REASON(till_pay(&buyer, order_id), licensing_file_missing);
    struct order_view view = till_read(&buyer, order_id);
    assert_int_equal(view.status, ORDERS_FAILED);
    for (size_t i = 0; i < view.items.count; i++)
        expect_item(&view, i, ORDERS_FAILED, 0); /* all or nothing */
    assert_int_equal(till_intent(cx, order_id)->captures, 0);
    assert_int_equal(till_balance(cx, OTHER_SELLER), 0);
    till_assert_sound(cx);
}

/* --- the race --- */

enum { CROWD = 12 };
struct race {
    struct id orders[CROWD];
};

static struct error *pay_in_race(struct ctx *cx, size_t index, void *arg)
{
    const struct race *race = arg;
    struct ctx buyer = till_as(cx, FIRST_OF_CROWD + (uint32_t)index);
    return till_pay(&buyer, race->orders[index]);
}

AT_TILL(one_of_many_gets_the_exclusive_licence)
{
    (void)arg;
    struct id spec = SPEC(cx, SELLER, "Only one", {CATALOG_BASIC, 1000}, {CATALOG_EXCLUSIVE, 90000});
    struct order_request_item basic = {.spec_id = spec,
                                       .license_option_id = till_option_of(cx, spec, CATALOG_BASIC)};
    struct race race;
    const struct reason *reasons[CROWD];
    size_t winners = 0;
    for (uint32_t i = 0; i < CROWD; i++) {
        struct ctx buyer = till_as(cx, FIRST_OF_CROWD + i);
        race.orders[i] = ORDER(&buyer, PAYMENTS_STRIPE, {spec, CATALOG_EXCLUSIVE});
        till_intent(cx, race.orders[i])->status = INTENT_HELD;
    }
    till_together(cx, pay_in_race, &race, CROWD, reasons);
    till_work(cx);
    for (uint32_t i = 0; i < CROWD; i++) {
        struct ctx buyer = till_as(cx, FIRST_OF_CROWD + i);
        struct order_view view = till_read(&buyer, race.orders[i]);
        const struct till_intent *intent = till_intent(cx, race.orders[i]);
        bool is_winner = reasons[i] == NULL;
        winners += is_winner;
        if (!is_winner)
            assert_ptr_equal(reasons[i], &licensing_exclusive_sold);
        assert_int_equal(view.status, is_winner ? ORDERS_PAID : ORDERS_FAILED);
        assert_int_equal(intent->status, is_winner ? INTENT_CAPTURED : INTENT_CANCELLED);
    }
    assert_int_equal(winners, 1);
    /* Everything else that was offered is closed by it. */
    struct ctx late = till_as(cx, BUYER);
    struct order_request request = {.items = {&basic, 1}, .provider = -1, .terms_accepted = true};
    struct id order_id = ID_NONE;
    ASSERT_REASON(orders_place(&late, &request, &order_id), licensing_exclusive_sold);
    assert_int_equal(till_balance(cx, SELLER), 81000);
    till_assert_sound(cx);
}

static struct error *pay_again(struct ctx *cx, size_t index, void *arg)
{
    const struct id *order_id = arg;
    struct ctx buyer = till_as(cx, BUYER);
    (void)index;
    return till_pay(&buyer, *order_id);
}

AT_TILL(said_many_times_at_once_it_is_sold_once)
{
    (void)arg;
    struct ctx buyer = till_as(cx, BUYER);
    struct id spec = SPEC(cx, SELLER, "Once", {CATALOG_BASIC, 2000});
    struct id order_id = ORDER(&buyer, PAYMENTS_STRIPE, {spec, CATALOG_BASIC});
    const struct reason *reasons[CROWD];
    till_intent(cx, order_id)->status = INTENT_HELD;
    till_together(cx, pay_again, &order_id, CROWD, reasons);
    for (size_t i = 0; i < CROWD; i++)
        check_that(reasons[i] == NULL, "call %zu: %s", i, reasons[i] != NULL ? reasons[i]->name : "");
    assert_int_equal(till_intent(cx, order_id)->captures, 1);
    assert_int_equal(till_balance(cx, SELLER), 1800);
    assert_int_equal(till_mails("Your receipt"), 1);
    till_assert_sound(cx);
}

/* --- refunds --- */

AT_TILL(lines_are_refunded_one_by_one_by_their_sellers)
{
    (void)arg;
    struct ctx buyer = till_as(cx, BUYER), seller = till_as(cx, SELLER), other = till_as(cx, OTHER_SELLER);
    struct ctx stranger = till_as(cx, STRANGER), admin = till_as_admin(cx, ADMIN);
    struct id one = SPEC(cx, SELLER, "One", {CATALOG_BASIC, 2000});
    struct id two = SPEC(cx, OTHER_SELLER, "Two", {CATALOG_BASIC, 705});
    struct id order_id = ORDER(&buyer, PAYMENTS_TEST, {one, CATALOG_BASIC}, {two, CATALOG_BASIC});
    ASSERT_OK(cx, till_pay(&buyer, order_id));
    struct order_view view = till_read(&buyer, order_id);
    struct id first = till_item_of(&view, 0)->id, second = till_item_of(&view, 1)->id;
    struct id licenses[] = {till_item_of(&view, 0)->license_id, till_item_of(&view, 1)->license_id};

    assert_true(error_has_code(till_refund_line(&stranger, order_id, first), ERROR_NOT_FOUND));
    assert_true(error_has_code(till_refund_line(&buyer, order_id, first), ERROR_FORBIDDEN));
    assert_true(error_has_code(till_refund_line(&other, order_id, first), ERROR_FORBIDDEN));
    assert_true(error_has_code(till_refund_line(&seller, order_id, order_id), ERROR_NOT_FOUND));
    ASSERT_OK(cx, till_refund_line(&seller, order_id, first));
    ASSERT_REASON(till_refund_line(&seller, order_id, first), payments_not_refundable);
    view = till_read(&buyer, order_id);
    assert_int_equal(view.status, ORDERS_PAID);
    assert_int_equal(view.payment.status, PAYMENTS_PARTLY_REFUNDED);
    expect_item(&view, 0, ORDERS_REFUNDED, 2000);
    expect_item(&view, 1, ORDERS_PAID, 0);
    assert_false(is_active(&buyer, licenses[0]));
    assert_true(is_active(&buyer, licenses[1]));
    assert_int_equal(till_balance(cx, SELLER), 0);
    assert_int_equal(till_balance(cx, OTHER_SELLER), 634);

    ASSERT_OK(cx, till_refund_line(&admin, order_id, second));
    view = till_read(&buyer, order_id);
    assert_int_equal(view.status, ORDERS_REFUNDED);
    assert_int_equal(view.payment.refunded.minor, 2705);
    assert_int_equal(till_balance(cx, OTHER_SELLER), 0);
    assert_int_equal(till_mails("Your refund"), 2);
    till_assert_sound(cx);
}

AT_TILL(a_refund_that_was_cut_off_goes_on_where_it_stopped)
{
    (void)arg;
    struct ctx buyer = till_as(cx, BUYER), seller = till_as(cx, SELLER);
    struct id spec = SPEC(cx, SELLER, "Cut", {CATALOG_BASIC, 2000});
    struct id order_id = ORDER(&buyer, PAYMENTS_STRIPE, {spec, CATALOG_BASIC});
    struct till_intent *intent = till_intent(cx, order_id);
    struct orders_refund_request refund = {.order_id = order_id};
    intent->status = INTENT_HELD;
    ASSERT_OK(cx, till_pay(&buyer, order_id));
    till_stripe_failures = 1;
    ASSERT_REASON(orders_refund(&seller, &refund), payments_provider_failed);
    struct order_view view = till_read(&buyer, order_id);
    expect_item(&view, 0, ORDERS_PAID, 0);
    assert_true(is_active(&buyer, till_item_of(&view, 0)->license_id));
    till_advance(cx, US_PER_MINUTE); /* the job's turn */
    till_work(cx);
    assert_int_equal(till_read(&buyer, order_id).status, ORDERS_REFUNDED);
    assert_int_equal(intent->return_count, 1);
    ASSERT_OK(cx, orders_finish_refunds(cx, order_id));
    assert_int_equal(till_balance(cx, SELLER), 0);
    till_assert_sound(cx);
}

static struct error *refund_again(struct ctx *cx, size_t index, void *arg)
{
    const struct id *order_id = arg;
    struct ctx seller = till_as(cx, SELLER);
    struct orders_refund_request refund = {.order_id = *order_id};
    (void)index;
    return orders_refund(&seller, &refund);
}

AT_TILL(a_line_that_is_refunded_many_times_at_once_is_refunded_once)
{
    (void)arg;
    struct ctx buyer = till_as(cx, BUYER);
    struct id spec = SPEC(cx, SELLER, "Back", {CATALOG_BASIC, 2000});
    struct id order_id = ORDER(&buyer, PAYMENTS_STRIPE, {spec, CATALOG_BASIC});
    const struct reason *reasons[CROWD];
    till_intent(cx, order_id)->status = INTENT_HELD;
    ASSERT_OK(cx, till_pay(&buyer, order_id));
    till_together(cx, refund_again, &order_id, CROWD, reasons);
    for (size_t i = 0; i < CROWD; i++)
        check_that(reasons[i] == NULL || reasons[i] == &payments_not_refundable, "call %zu: %s", i,
                   reasons[i] != NULL ? reasons[i]->name : "");
    assert_int_equal(till_intent(cx, order_id)->return_count, 1);
    assert_int_equal(till_read(&buyer, order_id).status, ORDERS_REFUNDED);
    assert_int_equal(till_mails("Your refund"), 1);
    till_assert_sound(cx);
}

/* --- what goes back at the provider --- */

AT_TILL(a_part_by_the_provider_is_shared_and_the_rest_refunded_here)
{
    (void)arg;
    struct ctx buyer = till_as(cx, BUYER), seller = till_as(cx, SELLER);
    struct id one = SPEC(cx, SELLER, "One", {CATALOG_BASIC, 2000});
    struct id two = SPEC(cx, OTHER_SELLER, "Two", {CATALOG_BASIC, 700});
    struct id order_id = ORDER(&buyer, PAYMENTS_STRIPE, {one, CATALOG_BASIC}, {two, CATALOG_BASIC});
    struct till_intent *intent = till_intent(cx, order_id);
    intent->status = INTENT_HELD;
    ASSERT_OK(cx, till_pay(&buyer, order_id));
    (void)till_return(intent, 27, "succeeded", false);
    ASSERT_OK(cx, till_webhook(cx, "evt_1", "charge.refunded", order_id));
    ASSERT_OK(cx, till_webhook(cx, "evt_2", "refund.created", order_id));
    till_work(cx);
    struct order_view view = till_read(&buyer, order_id);
    expect_item(&view, 0, ORDERS_PAID, 20);
    expect_item(&view, 1, ORDERS_PAID, 7);
    assert_int_equal(till_balance(cx, SELLER), 1800 - 20 + 2);
    assert_int_equal(till_balance(cx, OTHER_SELLER), 630 - 7);
    assert_int_equal(till_mails("A sale was refunded"), 2);
    ASSERT_OK(cx, till_refund_line(&seller, order_id, till_item_of(&view, 0)->id));
    assert_int_equal(intent->returns[1].amount, 1980);
    view = till_read(&buyer, order_id);
    expect_item(&view, 0, ORDERS_REFUNDED, 2000);
    assert_int_equal(till_balance(cx, SELLER), 0);
    till_assert_sound(cx);
}

AT_TILL(a_refund_by_the_provider_waits_for_one_of_ours)
{
    (void)arg;
    struct ctx buyer = till_as(cx, BUYER), seller = till_as(cx, SELLER);
    struct id one = SPEC(cx, SELLER, "One", {CATALOG_BASIC, 2000});
    struct id two = SPEC(cx, SELLER, "Two", {CATALOG_BASIC, 700});
    struct id order_id = ORDER(&buyer, PAYMENTS_STRIPE, {one, CATALOG_BASIC}, {two, CATALOG_BASIC});
    struct till_intent *intent = till_intent(cx, order_id);
    intent->status = INTENT_HELD;
    ASSERT_OK(cx, till_pay(&buyer, order_id));
    struct order_view view = till_read(&buyer, order_id);
    till_stripe_failures = 1;
    ASSERT_REASON(till_refund_line(&seller, order_id, till_item_of(&view, 0)->id), payments_provider_failed);
    (void)till_return(intent, 300, "succeeded", false);
    ASSERT_OK(cx, till_webhook(cx, "evt_1", "charge.refunded", order_id));
    till_work(cx); /* tried, and put off */
    assert_int_equal(till_read(&buyer, order_id).payment.refunded.minor, 0);
    ASSERT_OK(cx, till_refund_line(&seller, order_id, till_item_of(&view, 0)->id));
    till_advance(cx, US_PER_HOUR);
    till_work(cx);
    view = till_read(&buyer, order_id);
    expect_item(&view, 0, ORDERS_REFUNDED, 2000);
    expect_item(&view, 1, ORDERS_PAID, 300);
    till_assert_sound(cx);
}

AT_TILL(a_sale_whose_hold_is_gone_is_taken_back)
{
    (void)arg;
    struct ctx buyer = till_as(cx, BUYER);
    struct id spec = SPEC(cx, SELLER, "Gone", {CATALOG_BASIC, 2000});
    struct id order_id = ORDER(&buyer, PAYMENTS_STRIPE, {spec, CATALOG_BASIC});
    struct till_intent *intent = till_intent(cx, order_id);
    intent->status = INTENT_HELD;
    till_stripe_failures = 1; /* the capture */
    ASSERT_OK(cx, till_pay(&buyer, order_id));
    struct order_view view = till_read(&buyer, order_id);
    assert_int_equal(view.status, ORDERS_PAID);
    intent->status = INTENT_CANCELLED;
    till_advance(cx, US_PER_MINUTE);
    till_work(cx);
    view = till_read(&buyer, order_id);
    assert_int_equal(view.status, ORDERS_FAILED);
    assert_false(is_active(&buyer, till_item_of(&view, 0)->license_id));
    assert_int_equal(till_balance(cx, SELLER), 0);
    till_assert_sound(cx);
}

static enum catalog_status status_of(struct ctx *cx, struct id spec_id)
{
    struct catalog_spec spec = {.status = CATALOG_DRAFT};
    bool is_found = false;
    ASSERT_OK(cx, catalog_find_spec(cx, NULL, spec_id, &spec, &is_found));
    assert_true(is_found);
    return (enum catalog_status)spec.status;
}

AT_TILL(an_exclusive_sale_that_fell_through_is_offered_again)
{
    (void)arg;
    struct ctx buyer = till_as(cx, BUYER), other = till_as(cx, STRANGER);
    struct id spec = SPEC(cx, SELLER, "Rare", {CATALOG_BASIC, 2000}, {CATALOG_EXCLUSIVE, 90000});
    struct id order_id = ORDER(&buyer, PAYMENTS_STRIPE, {spec, CATALOG_EXCLUSIVE});
    struct till_intent *intent = till_intent(cx, order_id);
    intent->status = INTENT_HELD;
    till_stripe_failures = 1; /* the capture */
    ASSERT_OK(cx, till_pay(&buyer, order_id));
    assert_int_equal(status_of(cx, spec), CATALOG_SOLD);
    intent->status = INTENT_CANCELLED;
    till_advance(cx, US_PER_MINUTE);
    till_work(cx);
    assert_int_equal(till_read(&buyer, order_id).status, ORDERS_FAILED);
    assert_int_equal(status_of(cx, spec), CATALOG_PUBLISHED);
    /* Both licences, and for good. */
    (void)till_buy(&other, spec, CATALOG_BASIC);
    (void)till_buy(&other, spec, CATALOG_EXCLUSIVE);
    assert_int_equal(status_of(cx, spec), CATALOG_SOLD);
    till_assert_sound(cx);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_order_is_placed_paid_and_carried_out),
        cmocka_unit_test(lines_of_two_producers_are_paid_to_each),
        cmocka_unit_test(an_order_without_a_price_is_paid_at_once),
        cmocka_unit_test(what_cannot_be_ordered_is_refused_and_leaves_nothing),
        cmocka_unit_test(an_order_that_nobody_pays_expires),
        cmocka_unit_test(a_payment_that_comes_too_late_is_voided),
        cmocka_unit_test(what_is_over_makes_no_further_move),
        cmocka_unit_test(a_declined_card_leaves_the_order_open),
        cmocka_unit_test(a_file_that_is_missing_fails_the_order_and_voids_it),
        cmocka_unit_test(one_of_many_gets_the_exclusive_licence),
        cmocka_unit_test(said_many_times_at_once_it_is_sold_once),
        cmocka_unit_test(lines_are_refunded_one_by_one_by_their_sellers),
        cmocka_unit_test(a_refund_that_was_cut_off_goes_on_where_it_stopped),
        cmocka_unit_test(a_line_that_is_refunded_many_times_at_once_is_refunded_once),
        cmocka_unit_test(a_part_by_the_provider_is_shared_and_the_rest_refunded_here),
        cmocka_unit_test(a_refund_by_the_provider_waits_for_one_of_ours),
        cmocka_unit_test(a_sale_whose_hold_is_gone_is_taken_back),
        cmocka_unit_test(an_exclusive_sale_that_fell_through_is_offered_again),
    };
    return till_main(argc, argv, "orders service", tests, COUNT_OF(tests));
}
