/* SPDX-License-Identifier: AGPL-3.0-or-later
 * The use cases of payments on both engines: settling in any order, webhooks, refunds within their bounds, disputes, and the ledger
 * with its chain. */
#include "modules/payments/payments_seal_service.h"
#include "tests/component/sales/till.h"

enum { SELLER = 1, OTHER_SELLER, BUYER };

static struct id stripe_order(struct ctx *cx, int64_t price)
{
    struct ctx buyer = till_as(cx, BUYER);
    struct id spec = SPEC(cx, SELLER, "Night Drive", {CATALOG_BASIC, price});
    return ORDER(&buyer, PAYMENTS_STRIPE, {spec, CATALOG_BASIC});
}

static struct payments_payment payment_of(struct ctx *cx, struct id order_id)
{
    struct payments_payment payment;
    bool is_found = false;
    ASSERT_OK(cx, payments_find(cx, NULL, order_id, &payment, &is_found));
    assert_true(is_found);
    return payment;
}

static struct id paid_order(struct ctx *cx, int64_t price)
{
    struct ctx buyer = till_as(cx, BUYER);
    struct id order_id = stripe_order(cx, price);
    till_intent(cx, order_id)->status = INTENT_HELD;
    ASSERT_OK(cx, till_pay(&buyer, order_id));
    return order_id;
}

/* --- settling --- */

/* What comes in which order: c the client, w the webhook of the hold, d the same webhook again, s that of the capture. */
static const char *const arrivals[] = {"c", "w", "cw", "wc", "ww", "wd", "cwdsc", "swc", "scw", "ddwwcc"};

static void arrive(struct ctx *cx, struct id order_id, char what, size_t number)
{
    struct ctx buyer = till_as(cx, BUYER);
    const char *event = what == 's' ? "payment_intent.succeeded" : "payment_intent.amount_capturable_updated";
    const char *id = what == 'd' || what == 'w' ? arena_printf(cx->arena, "evt_hold_%zu", number).ptr
                                                : arena_printf(cx->arena, "evt_capture_%zu", number).ptr;
    if (what == 'c') {
        ASSERT_OK(cx, till_pay(&buyer, order_id));
        return;
    }
    ASSERT_OK(cx, till_webhook(cx, id, event, order_id));
    till_work(cx);
}

AT_TILL(client_and_webhooks_in_any_order_have_one_effect)
{
    (void)arg;
    for (size_t i = 0; i < COUNT_OF(arrivals); i++) {
        struct id order_id = stripe_order(cx, 2000);
        struct till_intent *intent = till_intent(cx, order_id);
        intent->status = INTENT_HELD;
        for (const char *what = arrivals[i]; *what != '\0'; what++)
            arrive(cx, order_id, *what, i);
        struct payments_payment payment = payment_of(cx, order_id);
        check_that(payment.status == PAYMENTS_CAPTURED && intent->captures == 1, "%s: %s after %d captures",
                   arrivals[i], payments_status_words.words[payment.status], intent->captures);
        check_that(till_balance(cx, SELLER) == 1800 * (int64_t)(i + 1), "%s", arrivals[i]);
    }
    till_assert_sound(cx);
}

AT_TILL(a_webhook_is_asked_about_once)
{
    (void)arg;
    struct id order_id = stripe_order(cx, 2000);
    struct till_intent *intent = till_intent(cx, order_id);
    for (int i = 0; i < 5; i++)
        ASSERT_OK(cx, till_webhook(cx, "evt_same", "payment_intent.payment_failed", order_id));
    till_work(cx);
    assert_int_equal(intent->reads, 1);
    ASSERT_OK(cx, till_webhook(cx, "evt_other", "payment_intent.created", order_id));
    till_work(cx);
    assert_int_equal(intent->reads, 1);
    ASSERT_REASON(payments_take_stripe_event(cx, STR("t=1,v1=00"), STR("{}")), payments_bad_signature);
}

AT_TILL(a_provider_that_is_away_is_asked_again)
{
    (void)arg;
    struct ctx buyer = till_as(cx, BUYER);
    struct id spec = SPEC(cx, SELLER, "Away", {CATALOG_BASIC, 2000});
    struct till_item item = {spec, CATALOG_BASIC};
    struct id order_id = ID_NONE;
    ASSERT_OK(cx, till_place(&buyer, PAYMENTS_STRIPE, &item, 1, &order_id));
    till_stripe_failures = 1;
    ASSERT_REASON(orders_begin_payment(&buyer, order_id), payments_provider_failed);
    ASSERT_OK(cx, orders_begin_payment(&buyer, order_id));
    ASSERT_OK(cx, orders_begin_payment(&buyer, order_id));
    struct till_intent *intent = till_intent(cx, order_id);
    assert_int_equal(intent->creates, 1);
    ASSERT_REASON(till_pay(&buyer, order_id), payments_pending);
    intent->status = INTENT_HELD;
    till_stripe_failures = 1; /* the capture: the decision stands */
    ASSERT_OK(cx, till_pay(&buyer, order_id));
    assert_int_equal(payment_of(cx, order_id).status, PAYMENTS_AUTHORISED);
    assert_int_equal(payment_of(cx, order_id).decision, PAYMENTS_CAPTURE);
    till_advance(cx, US_PER_MINUTE);
    till_work(cx);
    assert_int_equal(payment_of(cx, order_id).status, PAYMENTS_CAPTURED);
    assert_int_equal(intent->captures, 1);
    till_assert_sound(cx);
}

AT_TILL(another_amount_or_order_is_not_taken)
{
    (void)arg;
    struct ctx buyer = till_as(cx, BUYER);
    struct id order_id = stripe_order(cx, 2000), other_id = stripe_order(cx, 700);
    struct till_intent *intent = till_intent(cx, order_id);
    intent->status = INTENT_HELD;
    intent->amount = 1999;
    ASSERT_REASON(till_pay(&buyer, order_id), payments_mismatch);
    intent->amount = 2000;
    struct payments_proof proof = {.order_id = other_id, .payment_intent_id = str_cstr(intent->id)};
    ASSERT_REASON(orders_verify_payment(&buyer, &proof), payments_mismatch);
    assert_int_equal(till_balance(cx, SELLER), 0);
    ASSERT_OK(cx, till_pay(&buyer, order_id));
}

/* Given up by its buyer; Stripe has let the hold go, and whoever asked for that has not written it down yet. */
static void let_go(struct ctx *cx, struct till_intent *intent)
{
    struct ctx buyer = till_as(cx, BUYER);
    struct id order_id = ID_NONE;
    assert_true(id_parse(str_cstr(intent->order_id), &order_id));
    ASSERT_OK(cx, orders_cancel(&buyer, order_id));
    intent->status = INTENT_CANCELLED;
}

AT_TILL(a_hold_that_is_let_go_meanwhile_is_voided)
{
    (void)arg;
    struct ctx buyer = till_as(cx, BUYER);
    struct id order_id = stripe_order(cx, 2000);
    till_intent(cx, order_id)->status = INTENT_HELD;
    till_stripe_meanwhile = let_go;
    ASSERT_REASON(till_pay(&buyer, order_id), orders_wrong_state);
    till_work(cx);
    assert_int_equal(payment_of(cx, order_id).status, PAYMENTS_VOIDED);
    assert_int_equal(till_read(&buyer, order_id).status, ORDERS_CANCELLED);
    till_assert_sound(cx);
}

AT_TILL(what_was_captured_against_the_decision_is_given_back_once)
{
    (void)arg;
    struct ctx buyer = till_as(cx, BUYER);
    struct id ours = stripe_order(cx, 2000), by_hand = stripe_order(cx, 700);
    struct id orders[] = {ours, by_hand};
    (void)till_return(till_intent(cx, by_hand), 700, "succeeded", false);
    for (size_t i = 0; i < COUNT_OF(orders); i++) {
        till_intent(cx, orders[i])->status = INTENT_CAPTURED;
        ASSERT_OK(cx, orders_cancel(&buyer, orders[i]));
        till_work(cx);
        assert_int_equal(payment_of(cx, orders[i]).status, PAYMENTS_VOIDED);
        assert_int_equal(till_intent(cx, orders[i])->return_count, 1);
    }
    till_assert_sound(cx);
}

/* --- refunds --- */

AT_TILL(no_more_is_refunded_than_was_paid_and_is_free)
{
    (void)arg;
    struct id order_id = paid_order(cx, 2000);
    struct till_intent *intent = till_intent(cx, order_id);
    struct id first = crypto_new_id(cx), second = crypto_new_id(cx);
    ASSERT_REASON(payments_refund(cx, order_id, first, 2001), payments_not_refundable);
    ASSERT_OK(cx, payments_refund(cx, order_id, first, 1500));
    ASSERT_OK(cx, payments_refund(cx, order_id, first, 1500));
    assert_int_equal(intent->return_count, 1);
    ASSERT_REASON(payments_refund(cx, order_id, second, 501),
                  payments_not_refundable); /* asked for, not booked */
    assert_true(error_has_code(payments_refund(cx, crypto_new_id(cx), second, 1), ERROR_CONFLICT));
}

struct dispute_case {
    const char *what, *end;
    bool is_told_before;
    int64_t balance, held, refunded;
    enum orders_status status;
};
static const struct dispute_case dispute_cases[] = {
    {"open", "needs_response", true, 1800, 2000, 0, ORDERS_PAID},
    {"won", "won", true, 1800, 0, 0, ORDERS_PAID},
    {"lost", "lost", true, 0, 0, 2000, ORDERS_REFUNDED},
    {"lost at once", "lost", false, 0, 0, 2000, ORDERS_REFUNDED},
    {"won at once", "won", false, 1800, 0, 0, ORDERS_PAID},
    {"an inquiry", "warning_under_review", false, 1800, 0, 0, ORDERS_PAID},
};

AT_TILL(a_dispute_is_held_until_it_ends)
{
    (void)arg;
    struct ctx buyer = till_as(cx, BUYER), seller = till_as(cx, SELLER);
    int64_t before = 0;
    for (size_t i = 0; i < COUNT_OF(dispute_cases); i++) {
        const struct dispute_case *row = &dispute_cases[i];
        struct id order_id = paid_order(cx, 2000);
        struct till_return *dispute = till_return(till_intent(cx, order_id), 2000, "needs_response", true);
        if (row->is_told_before) {
            ASSERT_OK(cx, till_webhook(cx, arena_printf(cx->arena, "evt_open_%zu", i).ptr,
                                       "charge.dispute.created", order_id));
            till_work(cx);
            assert_int_equal(payment_of(cx, order_id).held_minor, 2000);
            struct orders_refund_request refund = {.order_id = order_id};
            ASSERT_REASON(orders_refund(&seller, &refund), payments_not_refundable);
            till_assert_sound(cx);
        }
        (void)snprintf(dispute->status, sizeof(dispute->status), "%s", row->end);
        for (size_t k = 0; k < 2; k++) {
            ASSERT_OK(cx, till_webhook(cx, arena_printf(cx->arena, "evt_end_%zu_%zu", i, k).ptr,
                                       "charge.dispute.closed", order_id));
            till_work(cx);
        }
        struct payments_payment payment = payment_of(cx, order_id);
        int64_t earned = till_balance(cx, SELLER) - before;
        check_that(payment.held_minor == row->held && payment.refunded_minor == row->refunded &&
                       earned == row->balance && till_read(&buyer, order_id).status == (int32_t)row->status,
                   "%s: held %lld, refunded %lld, the seller has %lld", row->what,
                   (long long)payment.held_minor, (long long)payment.refunded_minor, (long long)earned);
        before += earned;
    }
    till_assert_sound(cx);
}

AT_TILL(a_refund_that_fails_is_owed_to_the_buyer)
{
    (void)arg;
    struct ctx seller = till_as(cx, SELLER);
    struct id order_id = paid_order(cx, 2000);
    struct till_intent *intent = till_intent(cx, order_id);
    struct orders_refund_request refund = {.order_id = order_id};
    ASSERT_OK(cx, orders_refund(&seller, &refund));
    (void)snprintf(intent->returns[0].status, sizeof(intent->returns[0].status), "failed");
    for (int i = 0; i < 2; i++) {
        ASSERT_OK(cx, till_webhook(cx, i == 0 ? "evt_1" : "evt_2", "refund.failed", order_id));
        till_work(cx);
    }
    assert_int_equal(payment_of(cx, order_id).refunded_minor, 0);
    assert_int_equal(till_balance(cx, BUYER), 2000);
    assert_int_equal(till_balance(cx, SELLER), 0);
    till_assert_sound(cx);
}

/* --- the ledger --- */

struct posting {
    struct ledger_posting posting;
    int times;
};

static struct error *post(struct ctx *cx, struct tx *tx, void *arg)
{
    const struct posting *posting = arg;
    for (int i = 0; i < posting->times; i++)
        TRY(ledger_post(cx, tx, &posting->posting));
    return NULL;
}

AT_TILL(a_reference_is_posted_once)
{
    (void)arg;
    const struct ledger_line lines[] = {
        {.kind = LEDGER_PROVIDER, .minor = 500, .what = STR_INIT("sale_gross")},
        {.kind = LEDGER_SELLER,
         .owner_id = till_account(SELLER),
         .minor = -500,
         .what = STR_INIT("sale_gross")},
        {.kind = LEDGER_PLATFORM_FEES, .minor = 0, .what = STR_INIT("platform_fee")},
    };
    struct posting posting = {
        .posting = {.reason = STR("sale"),
                    .reference_id = crypto_new_id(cx),
                    .order_id = crypto_new_id(cx),
                    .currency = {"USD"},
                    .provider = PAYMENTS_TEST,
                    .lines = lines,
                    .line_count = COUNT_OF(lines)},
        .times = 3,
    };
    ASSERT_OK(cx, db_transact(cx, TX_WRITE, post, &posting));
    ASSERT_OK(cx, db_transact(cx, TX_WRITE, post, &posting));
    assert_int_equal(till_balance(cx, SELLER), 500);
    posting.posting.reason = STR("other"); /* the same reference for another reason is another posting */
    ASSERT_OK(cx, db_transact(cx, TX_WRITE, post, &posting));
    assert_int_equal(till_balance(cx, SELLER), 1000);
    struct ctx seller = till_as(cx, SELLER);
    struct array rows = {0};
    ASSERT_OK(cx, ledger_list_lines(&seller, ID_NONE, 1, &rows));
    assert_int_equal(rows.count, 1);
    ASSERT_OK(cx, ledger_list_lines(&seller, ARRAY_AT(struct ledger_owner_row, rows, 0)->id, 10, &rows));
    assert_int_equal(rows.count, 1);
}

AT_TILL(sums_of_a_person_are_told_by_what_they_are)
{
    (void)arg;
    struct ctx seller = till_as(cx, SELLER);
    (void)paid_order(cx, 3000);
    struct id order_id = paid_order(cx, 2000);
    struct orders_refund_request refund = {.order_id = order_id};
    struct array balances = {0};
    ASSERT_OK(cx, orders_refund(&seller, &refund));
    ASSERT_OK(cx, ledger_load_balances(&seller, &balances));
    assert_int_equal(balances.count, 1);
    const struct ledger_balance *balance = ARRAY_AT(struct ledger_balance, balances, 0);
    assert_int_equal(balance->sales.minor, 5000);
    assert_int_equal(balance->fees.minor, -500);
    assert_int_equal(balance->refunds.minor, -1800);
    assert_int_equal(balance->balance.minor, 2700);
}

static int64_t last_link(struct ctx *cx, uint8_t ret_hash[SHA256_BYTES])
{
    struct array seals = {0};
    ASSERT_OK(cx, ledger_repo_list_seals(cx, 0, &seals));
    if (seals.count == 0)
        return 0;
    const struct ledger_seal_row *last = ARRAY_AT(struct ledger_seal_row, seals, seals.count - 1);
    memcpy(ret_hash, last->hash.ptr, SHA256_BYTES);
    return last->sequence;
}

AT_TILL(what_is_committed_is_sealed_in_one_chain)
{
    (void)arg;
    uint8_t before[SHA256_BYTES] = {0}, hash[SHA256_BYTES] = {0};
    assert_int_equal(last_link(cx, before), 0);
    for (int round = 1; round <= 3; round++) {
        (void)paid_order(cx, 1000);
        (void)paid_order(cx, 2000);
        till_run_job(cx, &payments_seal_job);
        till_run_job(cx, &payments_seal_job);
        assert_int_equal(last_link(cx, hash), 2 * round);
        assert_memory_not_equal(before, hash, sizeof(hash));
        memcpy(before, hash, sizeof(hash));
        till_assert_sound(cx);
    }
}

/* Whatever is changed in a transaction gives another link. */
static void a_link_covers_everything(void **state)
{
    (void)state;
    const uint8_t none[SHA256_BYTES] = {0}, other[SHA256_BYTES] = {1};
    const struct ledger_transaction_row row = {{{1}}, STR_INIT("sale"), {{2}},
                                               {{3}}, STR_INIT("USD"),  {1000}};
    const struct ledger_sealed_entry_row entries[] = {
        {{{1}}, 0, STR_INIT("provider:test:USD"), STR_INIT("sale_gross"), 500},
        {{{1}}, 1, STR_INIT("platform:fees:USD"), STR_INIT("platform_fee"), -500}};
    struct ledger_transaction_row rows[6];
    struct ledger_sealed_entry_row changed[5][2];
    uint8_t hash[SHA256_BYTES], found[SHA256_BYTES];
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        rows[i] = row;
    for (size_t i = 0; i < COUNT_OF(changed); i++)
        memcpy(changed[i], entries, sizeof(entries));
    rows[0].id.bytes[15] = 1, rows[1].reason = STR("sales"), rows[2].reference_id.bytes[15] = 1;
    rows[3].order_id.bytes[15] = 1, rows[4].currency = STR("EUR"), rows[5].created_at.us++;
    changed[0][0].minor = 501, changed[1][0].what = STR("sale"),
    changed[2][0].name = STR("provider:test:EUR");
    changed[3][1].position = 2, changed[4][1].minor = -501;
    ledger_hash(&row, entries, 2, none, hash);
    ledger_hash(&row, entries, 2, none, found);
    assert_memory_equal(hash, found, sizeof(hash));
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        ledger_hash(&rows[i], entries, 2, none, found);
        check_that(memcmp(hash, found, sizeof(hash)) != 0, "member %zu", i);
    }
    for (size_t i = 0; i < COUNT_OF(changed); i++) {
        ledger_hash(&row, changed[i], 2, none, found);
        check_that(memcmp(hash, found, sizeof(hash)) != 0, "line %zu", i);
    }
    ledger_hash(&row, entries, 1, none, found);
    assert_memory_not_equal(hash, found, sizeof(hash));
    ledger_hash(&row, entries, 2, other, found);
    assert_memory_not_equal(hash, found, sizeof(hash));
}

AT_TILL(a_provider_is_chosen_by_settings_and_price)
{
    (void)arg;
    struct money nothing = {0, {"USD"}}, something = {1, {"USD"}};
    assert_int_equal(payments_default_provider(cx), PAYMENTS_STRIPE);
    ASSERT_OK(cx, payments_check_provider(cx, PAYMENTS_TEST, something));
    ASSERT_OK(cx, payments_check_provider(cx, PAYMENTS_FREE, nothing));
    ASSERT_REASON(payments_check_provider(cx, PAYMENTS_FREE, something), payments_provider_off);
    ASSERT_REASON(payments_check_provider(cx, PAYMENTS_STRIPE, nothing), payments_provider_off);
    check_str(payments_script_url(cx, PAYMENTS_STRIPE), "http://stripe.test/v3/");
    assert_null(payments_script_url(cx, PAYMENTS_TEST).ptr);
    check_str(payments_page_sources(cx).scripts, "http://stripe.test");
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(client_and_webhooks_in_any_order_have_one_effect),
        cmocka_unit_test(a_webhook_is_asked_about_once),
        cmocka_unit_test(a_provider_that_is_away_is_asked_again),
        cmocka_unit_test(another_amount_or_order_is_not_taken),
        cmocka_unit_test(a_hold_that_is_let_go_meanwhile_is_voided),
        cmocka_unit_test(what_was_captured_against_the_decision_is_given_back_once),
        cmocka_unit_test(no_more_is_refunded_than_was_paid_and_is_free),
        cmocka_unit_test(a_dispute_is_held_until_it_ends),
        cmocka_unit_test(a_refund_that_fails_is_owed_to_the_buyer),
        cmocka_unit_test(a_reference_is_posted_once),
        cmocka_unit_test(sums_of_a_person_are_told_by_what_they_are),
        cmocka_unit_test(what_is_committed_is_sealed_in_one_chain),
        cmocka_unit_test(a_link_covers_everything),
        cmocka_unit_test(a_provider_is_chosen_by_settings_and_price),
    };
    return till_main(argc, argv, "payments service", tests, COUNT_OF(tests));
}
