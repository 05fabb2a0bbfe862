/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Stripe's wire forms: amounts, form bodies, signature headers, status words. */
#include "modules/payments/payments_stripe_domain.h"

#include "tests/lib/check.h"

struct amount_case {
    const char *currency;
    int64_t minor;
    bool is_possible;
    int64_t amount;
};

/* clang-format off */
static const struct amount_case amount_cases[] = {
    {"USD", 2999, true, 2999}, {"EUR", 1, true, 1}, {"JPY", 500, true, 500},
    {"ISK", 500, true, 50000}, {"UGX", 7, true, 700}, {"ISK", INT64_MAX, false, 0},
    {"MGA", 500, true, 5}, {"MGA", 501, false, 0},
    {"KWD", 1230, true, 1230}, {"KWD", 1234, false, 0},
};
/* clang-format on */

static void amounts_are_said_in_stripes_count(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(amount_cases); i++) {
        const struct amount_case *row = &amount_cases[i];
        struct money money = {.minor = row->minor};
        int64_t amount = 0;
        assert_true(currency_parse(str_cstr(row->currency), &money.currency));
        check_that(stripe_amount(money, &amount) == row->is_possible && amount == row->amount, "%s %lld",
                   row->currency, (long long)row->minor);
    }
}

static void amounts_come_back_from_stripes_count(void **state)
{
    (void)state;
    static const char *const codes[] = {"USD", "JPY", "ISK", "MGA", "UGX", "KWD"};
    for (size_t i = 0; i < COUNT_OF(codes); i++) {
        struct money money = {.minor = 5000};
        int64_t amount = 0, minor = 0;
        assert_true(currency_parse(str_cstr(codes[i]), &money.currency));
        assert_true(stripe_amount(money, &amount));
        assert_true(stripe_minor(money.currency, amount, &minor));
        check_that(minor == money.minor, "%s", codes[i]);
    }
    struct currency isk = {"ISK"}, mga = {"MGA"};
    int64_t minor = 0;
    assert_false(stripe_minor(isk, 5001, &minor));
    assert_false(stripe_minor(mga, INT64_MAX / 2, &minor));
}

static void refunds_and_disputes_have_a_state(void **state)
{
    (void)state;
    assert_int_equal(stripe_refund_state(STR("pending")), RETURN_GIVEN);
    assert_int_equal(stripe_refund_state(STR("succeeded")), RETURN_GIVEN);
    assert_int_equal(stripe_refund_state(STR("failed")), RETURN_KEPT);
    assert_int_equal(stripe_refund_state(STR("canceled")), RETURN_KEPT);
    assert_int_equal(stripe_refund_state(STR("requires_action")), RETURN_UNKNOWN);
    assert_int_equal(stripe_refund_state(STR_NONE), RETURN_UNKNOWN);
    assert_int_equal(stripe_dispute_state(STR("needs_response")), RETURN_HELD);
    assert_int_equal(stripe_dispute_state(STR("under_review")), RETURN_HELD);
    assert_int_equal(stripe_dispute_state(STR("won")), RETURN_KEPT);
    assert_int_equal(stripe_dispute_state(STR("lost")), RETURN_GIVEN);
    assert_int_equal(stripe_dispute_state(STR("warning_needs_response")), RETURN_UNKNOWN);
    assert_int_equal(stripe_dispute_state(STR("warning_closed")), RETURN_UNKNOWN);
}

static void currencies_are_lower_case(void **state)
{
    (void)state;
    struct currency usd = {"USD"};
    char text[4];
    stripe_currency(usd, text);
    assert_string_equal(text, "usd");
    assert_true(stripe_currency_equal(STR("usd"), usd));
    assert_false(stripe_currency_equal(STR("eur"), usd));
}

static void forms_are_encoded(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    struct strbuf form;
    strbuf_init(&form, arena, 1000);
    stripe_form_put_i64(&form, "amount", -12);
    stripe_form_put(&form, "metadata[order_id]", STR("a b&c=d%+/é~-._"));
    stripe_form_put(&form, "empty", STR(""));
    check_str(strbuf_str(&form), "amount=-12&metadata[order_id]=a%20b%26c%3Dd%25%2B%2F%C3%A9~-._&empty=");
    arena_free(arena);
}

#define HEX32 "5257a869e7ecebeda32affa62cdca3fa51cad7e77a0e56ff536d0ce8e108d8bd"
struct header_case {
    const char *header;
    bool is_good;
    int64_t time_s;
    size_t count;
};

/* clang-format off */
static const struct header_case header_cases[] = {
    {"t=1492774577,v1=" HEX32 ",v0=6ffbb59b", true, 1492774577, 1},
    {"t=1492774577,v1=" HEX32 ",v1=" HEX32, true, 1492774577, 2},
    {"v1=" HEX32 ", t=5", true, 5, 1},
    {"t=1,v1=short,v1=" HEX32, true, 1, 1},
    {"t=1,v1=" HEX32 ",v1=" HEX32 ",v1=" HEX32 ",v1=" HEX32 ",v1=" HEX32 ",v1=" HEX32 ",v1=" HEX32 ",v1=" HEX32 ",v1=" HEX32, true, 1, 8},
    {"", false, 0, 0}, {"t=1", false, 0, 0}, {"v1=" HEX32, false, 0, 0}, {"t=,v1=" HEX32, false, 0, 0},
    {"t=-5,v1=" HEX32, false, 0, 0}, {"t=1x,v1=" HEX32, false, 0, 0}, {"t=99999999999999999999,v1=" HEX32, false, 0, 0},
    {"t=9223372036854775807,v1=" HEX32, false, 0, 0}, {"t=1,v0=" HEX32, false, 0, 0}, {",,=,t=1", false, 0, 0},
};
/* clang-format on */

static void signature_headers_are_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(header_cases); i++) {
        const struct header_case *row = &header_cases[i];
        struct stripe_signature signature = {.count = 0};
        bool is_good = stripe_signature_parse(str_cstr(row->header), &signature);
        check_that(is_good == row->is_good && signature.time_s == row->time_s &&
                       signature.count == row->count,
                   "%s", row->header);
    }
    struct stripe_signature absent;
    assert_false(stripe_signature_parse(STR_NONE, &absent));
}

static void an_endless_header_is_refused(void **state)
{
    (void)state;
    static char header[5000];
    memset(header, ',', sizeof(header));
    struct stripe_signature signature;
    assert_false(stripe_signature_parse(str_from(header, sizeof(header)), &signature));
}

static void old_and_future_signatures_are_refused(void **state)
{
    (void)state;
    assert_true(stripe_time_is_near(1000, 1000, 300));
    assert_true(stripe_time_is_near(1000, 1300, 300));
    assert_false(stripe_time_is_near(1000, 1301, 300));
    assert_true(stripe_time_is_near(1300, 1000, 300));
    assert_false(stripe_time_is_near(1301, 1000, 300));
}

static void status_words_have_a_meaning(void **state)
{
    (void)state;
    assert_int_equal(stripe_truth(STR("requires_payment_method"), false), TRUTH_PENDING);
    assert_int_equal(stripe_truth(STR("requires_payment_method"), true), TRUTH_DECLINED);
    assert_int_equal(stripe_truth(STR("requires_action"), true), TRUTH_PENDING);
    assert_int_equal(stripe_truth(STR("requires_capture"), true), TRUTH_AUTHORISED);
    assert_int_equal(stripe_truth(STR("succeeded"), false), TRUTH_CAPTURED);
    assert_int_equal(stripe_truth(STR("canceled"), false), TRUTH_CANCELLED);
    assert_int_equal(stripe_truth(STR("something_new"), false), TRUTH_PENDING);
}

struct origin_case {
    const char *url, *origin; /* NULL: none */
};
static const struct origin_case origin_cases[] = {
    {"https://js.stripe.com/v3/", "https://js.stripe.com"},
    {"https://js.stripe.com", "https://js.stripe.com"},
    {"http://127.0.0.1:8443/v3/?a=b", "http://127.0.0.1:8443"},
    {"http://[::1]:1/x", "http://[::1]:1"},
    {"https:///v3/", NULL},
    {"://a/", NULL},
    {"js.stripe.com/v3/", NULL},
    {"https://a b/", NULL},
    {"https://a;script-src *", NULL},
    {"https://a,b/", NULL},
    {"https://a\r\nx/", NULL},
    {"", NULL},
};

static void an_address_has_an_origin(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(origin_cases); i++) {
        struct str origin = stripe_origin(str_cstr(origin_cases[i].url));
        check_that(str_equal(origin, str_cstr(origin_cases[i].origin)) &&
                       (origin.ptr == NULL) == (origin_cases[i].origin == NULL),
                   "%s", origin_cases[i].url);
    }
}

static void events_about_payments_matter(void **state)
{
    (void)state;
    assert_int_equal(stripe_event_kind(STR("payment_intent.amount_capturable_updated")),
                     STRIPE_EVENT_PAYMENT);
    assert_int_equal(stripe_event_kind(STR("payment_intent.canceled")), STRIPE_EVENT_PAYMENT);
    assert_int_equal(stripe_event_kind(STR("charge.refunded")), STRIPE_EVENT_RETURN);
    assert_int_equal(stripe_event_kind(STR("charge.dispute.closed")), STRIPE_EVENT_RETURN);
    assert_int_equal(stripe_event_kind(STR("payment_intent.created")), STRIPE_EVENT_OTHER);
    assert_int_equal(stripe_event_kind(STR("charge.succeeded")), STRIPE_EVENT_OTHER);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(amounts_are_said_in_stripes_count),
        cmocka_unit_test(amounts_come_back_from_stripes_count),
        cmocka_unit_test(refunds_and_disputes_have_a_state),
        cmocka_unit_test(currencies_are_lower_case),
        cmocka_unit_test(forms_are_encoded),
        cmocka_unit_test(signature_headers_are_read),
        cmocka_unit_test(an_endless_header_is_refused),
        cmocka_unit_test(old_and_future_signatures_are_refused),
        cmocka_unit_test(status_words_have_a_meaning),
        cmocka_unit_test(an_address_has_an_origin),
        cmocka_unit_test(events_about_payments_matter),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
