/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Tests of money and currencies. */
#include "base/value/money.h"

#include "base/mem/arena.h"

#include "tests/lib/check.h"

static struct currency currency_of(const char *code)
{
    struct currency currency = {{0}};
    assert_true(currency_parse(str_cstr(code), &currency));
    return currency;
}

static struct money money_of(int64_t minor, const char *code)
{
    return (struct money){.minor = minor, .currency = currency_of(code)};
}

static const struct money untouched = {.minor = 77};

static void currencies_have_their_decimals(void **state)
{
    (void)state;
    static const struct {
        const char *code;
        int decimals;
    } rows[] = {
        {"AED", 2}, {"USD", 2}, {"EUR", 2}, {"INR", 2}, {"ZWG", 2}, {"JPY", 0}, {"KRW", 0}, {"VND", 0},
        {"XOF", 0}, {"ISK", 0}, {"KWD", 3}, {"BHD", 3}, {"TND", 3}, {"HUF", 2}, {"XCG", 2}, {"MGA", 2},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct currency currency = {{0}};
        check_that(currency_parse(str_cstr(rows[i].code), &currency), "%s is refused", rows[i].code);
        check_that(strcmp(currency.code, rows[i].code) == 0, "%s became %s", rows[i].code, currency.code);
        check_that(currency_decimals(currency) == rows[i].decimals, "%s", rows[i].code);
    }
}

/* By trying every code: the table is in order, or the search would miss rows. */
static void as_many_codes_are_known_as_the_standard_lists(void **state)
{
    (void)state;
    size_t known = 0;
    size_t by_decimals[4] = {0};
    for (int i = 0; i < 26 * 26 * 26; i++) {
        char code[3] = {(char)('A' + i / 676), (char)('A' + i / 26 % 26), (char)('A' + i % 26)};
        struct currency currency = {{0}};
        if (!currency_parse(str_from(code, 3), &currency))
            continue;
        known++;
        assert_in_range(currency_decimals(currency), 0, 3);
        by_decimals[currency_decimals(currency)]++;
    }
    assert_int_equal(known, 155);
    assert_int_equal(by_decimals[0], 16);
    assert_int_equal(by_decimals[1], 0);
    assert_int_equal(by_decimals[3], 7);
}

static void other_words_are_no_currencies(void **state)
{
    (void)state;
    static const char *const words[] = {"",    "US",  "USDX", "usd", "Usd", "XXX", "XTS", "XAU",
                                        "DEM", "HRK", "BGN",  "AAA", "ZZZ", "US ", " US", "€"};
    struct currency currency = {{0}};
    for (size_t i = 0; i < COUNT_OF(words); i++)
        check_that(!currency_parse(str_cstr(words[i]), &currency), "\"%s\"", words[i]);
    assert_false(currency_parse(STR_NONE, &currency));
    assert_false(currency_parse(STR("\0\0\0"), &currency));
    assert_int_equal(currency.code[0], '\0');
}

/* On failure the result still is the money of 77 in no currency that it was. */
static void check_result(bool ok, bool expected, struct money result, size_t row)
{
    check_that(ok == expected, "row %zu", row);
    check_that(currency_equal(result.currency, ok ? currency_of("USD") : untouched.currency), "row %zu", row);
    check_that(ok || result.minor == untouched.minor, "row %zu was written", row);
}

static void sums_are_exact_or_refused(void **state)
{
    (void)state;
    static const struct {
        int64_t a, b;
        bool can_add;
        bool can_subtract;
    } rows[] = {
        {1, 2, true, true},
        {-5, 5, true, true},
        {INT64_MAX, 0, true, true},
        {INT64_MAX, 1, false, true},
        {INT64_MIN, 1, true, false},
        {INT64_MIN, -1, false, true},
        {0, INT64_MIN, true, false},
        {INT64_MAX, INT64_MIN, true, false},
        {INT64_MIN, INT64_MIN, false, true},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct money sum = untouched;
        struct money difference = untouched;
        bool added = money_add(money_of(rows[i].a, "USD"), money_of(rows[i].b, "USD"), &sum);
        bool subtracted = money_subtract(money_of(rows[i].a, "USD"), money_of(rows[i].b, "USD"), &difference);
        check_result(added, rows[i].can_add, sum, i);
        check_result(subtracted, rows[i].can_subtract, difference, i);
        check_that(!added || sum.minor == rows[i].a + rows[i].b, "row %zu, sum", i);
        check_that(!subtracted || difference.minor == rows[i].a - rows[i].b, "row %zu, difference", i);
    }
}

static void currencies_do_not_mix(void **state)
{
    (void)state;
    struct money result = {0};
    struct money none = {0};
    assert_false(money_add(money_of(1, "USD"), money_of(1, "EUR"), &result));
    assert_false(money_subtract(money_of(1, "USD"), money_of(1, "EUR"), &result));
    assert_false(money_add(money_of(1, "USD"), none, &result));
    assert_true(money_add(none, none, &result));
}

static void shares_are_rounded_half_up(void **state)
{
    (void)state;
    static const struct {
        int64_t minor;
        int basis_points;
        int64_t share;
    } rows[] = {
        {0, 10000, 0},
        {2999, 0, 0},
        {2999, 10000, 2999},
        {2999, 1000, 300}, /* 299.9 */
        {1, 4999, 0},      /* 0.4999 */
        {1, 5000, 1},      /* 0.5 */
        {3, 5000, 2},      /* 1.5 */
        {100, 250, 3},     /* 2.5 */
        {100, 249, 2},     /* 2.49 */
        {10000, 1, 1},
        {9999, 1, 1}, /* 0.9999 */
        {4999, 1, 0},
        {5000, 1, 1},
        {INT64_MAX, 10000, INT64_MAX},
        {INT64_MAX, 5000, INT64_C(4611686018427387904)},
        {INT64_MAX, 1, INT64_C(922337203685478)}, /* …477.5807 */
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct money share = money_share(money_of(rows[i].minor, "USD"), rows[i].basis_points);
        check_that(share.minor == rows[i].share, "row %zu gave %lld", i, (long long)share.minor);
        check_that(currency_equal(share.currency, currency_of("USD")), "row %zu", i);
    }
}

struct share_call {
    int64_t minor;
    int basis_points;
};

static void take_share(void *arg)
{
    const struct share_call *call = arg;
    (void)money_share((struct money){.minor = call->minor}, call->basis_points);
}

static void shares_outside_the_whole_abort(void **state)
{
    (void)state;
    struct share_call calls[] = {{-1, 100}, {1, -1}, {1, 10001}};
    for (size_t i = 0; i < COUNT_OF(calls); i++)
        assert_true(check_aborts(take_share, &calls[i]));
}

static void amounts_are_written_with_their_decimals(void **state)
{
    (void)state;
    static const struct {
        int64_t minor;
        const char *code;
        const char *text;
    } rows[] = {
        {2999, "USD", "29.99 USD"},
        {2999, "JPY", "2999 JPY"},
        {2999, "KWD", "2.999 KWD"},
        {0, "EUR", "0.00 EUR"},
        {5, "EUR", "0.05 EUR"},
        {-5, "EUR", "-0.05 EUR"},
        {-2999, "USD", "-29.99 USD"},
        {100, "USD", "1.00 USD"},
        {7, "KWD", "0.007 KWD"},
        {INT64_MAX, "USD", "92233720368547758.07 USD"},
        {INT64_MIN, "USD", "-92233720368547758.08 USD"},
        {INT64_MIN, "JPY", "-9223372036854775808 JPY"},
    };
    struct arena *arena = arena_new(0);
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        check_str(money_str(arena, money_of(rows[i].minor, rows[i].code)), rows[i].text);
    check_str(money_str(arena, (struct money){.minor = 3}), "3");
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(currencies_have_their_decimals),
        cmocka_unit_test(as_many_codes_are_known_as_the_standard_lists),
        cmocka_unit_test(other_words_are_no_currencies),
        cmocka_unit_test(sums_are_exact_or_refused),
        cmocka_unit_test(currencies_do_not_mix),
        cmocka_unit_test(shares_are_rounded_half_up),
        cmocka_unit_test(shares_outside_the_whole_abort),
        cmocka_unit_test(amounts_are_written_with_their_decimals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
