/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Rules of payments: every decision with every truth, refund states, accounts, balance. */
#include "modules/payments/payments_domain.h"

#include "tests/lib/check.h"

struct step_case {
    enum payments_decision decision;
    enum payments_truth truth;
    enum payments_step step;
};

/* clang-format off */
static const struct step_case step_cases[] = {
    {PAYMENTS_UNDECIDED, TRUTH_PENDING, STEP_WAIT},      {PAYMENTS_UNDECIDED, TRUTH_DECLINED, STEP_REFUSE},
    {PAYMENTS_UNDECIDED, TRUTH_AUTHORISED, STEP_DECIDE}, {PAYMENTS_UNDECIDED, TRUTH_CAPTURED, STEP_DECIDE},
    {PAYMENTS_UNDECIDED, TRUTH_CANCELLED, STEP_FAIL},
    {PAYMENTS_CAPTURE, TRUTH_PENDING, STEP_CAPTURE},     {PAYMENTS_CAPTURE, TRUTH_DECLINED, STEP_CAPTURE},
    {PAYMENTS_CAPTURE, TRUTH_AUTHORISED, STEP_CAPTURE},  {PAYMENTS_CAPTURE, TRUTH_CAPTURED, STEP_CLOSE},
    {PAYMENTS_CAPTURE, TRUTH_CANCELLED, STEP_FAIL},
    {PAYMENTS_VOID, TRUTH_PENDING, STEP_VOID},           {PAYMENTS_VOID, TRUTH_DECLINED, STEP_VOID},
    {PAYMENTS_VOID, TRUTH_AUTHORISED, STEP_VOID},        {PAYMENTS_VOID, TRUTH_CAPTURED, STEP_RETURN},
    {PAYMENTS_VOID, TRUTH_CANCELLED, STEP_CLOSE},
};
/* clang-format on */

static void every_decision_meets_every_truth(void **state)
{
    (void)state;
    assert_int_equal(COUNT_OF(step_cases), 3 * TRUTH_COUNT);
    for (size_t i = 0; i < COUNT_OF(step_cases); i++)
        check_that(payment_next_step(step_cases[i].decision, step_cases[i].truth) == step_cases[i].step,
                   "row %zu", i);
}

/* The buyer is never charged for what was decided against, nor let go with what was decided for. */
static void no_step_goes_against_the_decision(void **state)
{
    (void)state;
    for (int truth = 0; truth < TRUTH_COUNT; truth++) {
        enum payments_step after_capture = payment_next_step(PAYMENTS_CAPTURE, (enum payments_truth)truth);
        enum payments_step after_void = payment_next_step(PAYMENTS_VOID, (enum payments_truth)truth);
        check_that(after_capture != STEP_VOID && after_capture != STEP_RETURN && after_capture != STEP_DECIDE,
                   "truth %d", truth);
        check_that(after_void != STEP_CAPTURE && after_void != STEP_FAIL && after_void != STEP_DECIDE,
                   "truth %d", truth);
    }
}

static void only_what_is_open_may_still_change(void **state)
{
    (void)state;
    for (int status = 0; status <= PAYMENTS_REFUNDED; status++)
        assert_int_equal(payment_is_settled(status),
                         status != PAYMENTS_CREATED && status != PAYMENTS_AUTHORISED);
    assert_int_equal(payments_status_words.count, PAYMENTS_REFUNDED + 1);
    assert_int_equal(payments_provider_words.count, PAYMENTS_FREE + 1);
}

static void a_refund_of_everything_is_whole(void **state)
{
    (void)state;
    assert_int_equal(payment_status_after_refund(1000, 1), PAYMENTS_PARTLY_REFUNDED);
    assert_int_equal(payment_status_after_refund(1000, 999), PAYMENTS_PARTLY_REFUNDED);
    assert_int_equal(payment_status_after_refund(1000, 1000), PAYMENTS_REFUNDED);
    assert_int_equal(payment_status_after_refund(0, 0), PAYMENTS_REFUNDED);
    assert_int_equal(payment_status_after_refund(1000, 0), PAYMENTS_CAPTURED);
}

struct return_case {
    enum payments_return_kind kind;
    enum payments_return_state before, now;
    enum payments_return_step step;
};
static const struct return_case return_cases[] = {
    {RETURN_REFUND, RETURN_UNKNOWN, RETURN_GIVEN, RETURN_GIVE},
    {RETURN_REFUND, RETURN_GIVEN, RETURN_KEPT, RETURN_CREDIT},
    {RETURN_REFUND, RETURN_KEPT, RETURN_GIVEN, RETURN_REPORT},
    {RETURN_DISPUTE, RETURN_UNKNOWN, RETURN_HELD, RETURN_HOLD},
    {RETURN_DISPUTE, RETURN_UNKNOWN, RETURN_GIVEN, RETURN_GIVE},
    {RETURN_DISPUTE, RETURN_HELD, RETURN_GIVEN, RETURN_GIVE},
    {RETURN_DISPUTE, RETURN_HELD, RETURN_KEPT, RETURN_RELEASE},
    {RETURN_DISPUTE, RETURN_GIVEN, RETURN_KEPT, RETURN_REPORT},
    {RETURN_DISPUTE, RETURN_KEPT, RETURN_HELD, RETURN_REPORT},
    {RETURN_DISPUTE, RETURN_KEPT, RETURN_GIVEN, RETURN_REPORT},
};

static enum payments_return_step expected_step(enum payments_return_kind kind, int before, int now)
{
    for (size_t i = 0; i < COUNT_OF(return_cases); i++)
        if (return_cases[i].kind == kind && (int)return_cases[i].before == before &&
            (int)return_cases[i].now == now)
            return return_cases[i].step;
    return RETURN_NOTHING;
}

static void what_went_back_is_booked_by_what_is_known(void **state)
{
    (void)state;
    for (int before = 0; before < RETURN_STATES; before++)
        for (int now = 0; now < RETURN_STATES; now++)
            for (int kind = RETURN_REFUND; kind <= RETURN_DISPUTE; kind++)
                check_that(payment_return_step((enum payments_return_kind)kind,
                                               (enum payments_return_state)before,
                                               (enum payments_return_state)now) ==
                               expected_step((enum payments_return_kind)kind, before, now),
                           "kind %d from %d to %d", kind, before, now);
}

static void accounts_are_named_by_kind_owner_and_currency(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    struct currency usd = {"USD"};
    struct id owner = ID_NONE;
    assert_true(id_parse(STR("0192f0c1-2d3e-7abc-8def-0123456789ab"), &owner));
    check_str(ledger_account_name(arena, LEDGER_PROVIDER, ID_NONE, PAYMENTS_STRIPE, usd),
              "provider:stripe:USD");
    check_str(ledger_account_name(arena, LEDGER_PLATFORM_FEES, ID_NONE, PAYMENTS_STRIPE, usd),
              "platform:fees:USD");
    check_str(ledger_account_name(arena, LEDGER_DISPUTED, ID_NONE, PAYMENTS_STRIPE, usd),
              "platform:disputed:USD");
    check_str(ledger_account_name(arena, LEDGER_SELLER, owner, PAYMENTS_STRIPE, usd),
              "seller:0192f0c1-2d3e-7abc-8def-0123456789ab:USD");
    check_str(ledger_account_name(arena, LEDGER_BUYER_CREDIT, owner, PAYMENTS_TEST, usd),
              "buyer:0192f0c1-2d3e-7abc-8def-0123456789ab:USD");
    arena_free(arena);
}

static void a_posting_sums_to_zero(void **state)
{
    (void)state;
    const struct ledger_line good[] = {{.minor = 2999}, {.minor = -2699}, {.minor = -300}};
    const struct ledger_line bad[] = {{.minor = 2999}, {.minor = -2699}, {.minor = -299}};
    const struct ledger_line huge[] = {{.minor = INT64_MAX}, {.minor = 1}, {.minor = INT64_MIN}};
    assert_true(ledger_is_balanced(good, COUNT_OF(good)));
    assert_false(ledger_is_balanced(bad, COUNT_OF(bad)));
    assert_false(ledger_is_balanced(huge, COUNT_OF(huge)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_decision_meets_every_truth),
        cmocka_unit_test(no_step_goes_against_the_decision),
        cmocka_unit_test(only_what_is_open_may_still_change),
        cmocka_unit_test(a_refund_of_everything_is_whole),
        cmocka_unit_test(what_went_back_is_booked_by_what_is_known),
        cmocka_unit_test(accounts_are_named_by_kind_owner_and_currency),
        cmocka_unit_test(a_posting_sums_to_zero),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
