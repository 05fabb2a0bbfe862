/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Tests of numbers in text. */
#include "base/text/number.h"

#include <float.h>
#include <inttypes.h>
#include <locale.h>
#include <math.h>

#include "tests/lib/check.h"

#define UNTOUCHED 77

static void i64_is_parsed_in_full_and_in_range(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t min, max;
        bool ok;
        int64_t value;
    } rows[] = {
        {"0", INT64_MIN, INT64_MAX, true, 0},
        {"-0", INT64_MIN, INT64_MAX, true, 0},
        {"42", 0, 100, true, 42},
        {"-42", -100, 0, true, -42},
        {"9223372036854775807", INT64_MIN, INT64_MAX, true, INT64_MAX},
        {"-9223372036854775808", INT64_MIN, INT64_MAX, true, INT64_MIN},
        {"9223372036854775808", INT64_MIN, INT64_MAX, false, 0},
        {"-9223372036854775809", INT64_MIN, INT64_MAX, false, 0},
        {"18446744073709551616", INT64_MIN, INT64_MAX, false, 0},
        {"99999999999999999999999", INT64_MIN, INT64_MAX, false, 0},
        {"101", 0, 100, false, 0},
        {"-1", 0, 100, false, 0},
        {"100", 0, 100, true, 100},
        {"", INT64_MIN, INT64_MAX, false, 0},
        {"-", INT64_MIN, INT64_MAX, false, 0},
        {"--1", INT64_MIN, INT64_MAX, false, 0},
        {"+1", INT64_MIN, INT64_MAX, false, 0},
        {"01", INT64_MIN, INT64_MAX, false, 0},
        {"-01", INT64_MIN, INT64_MAX, false, 0},
        {"00", INT64_MIN, INT64_MAX, false, 0},
        {" 1", INT64_MIN, INT64_MAX, false, 0},
        {"1 ", INT64_MIN, INT64_MAX, false, 0},
        {"1.0", INT64_MIN, INT64_MAX, false, 0},
        {"1e3", INT64_MIN, INT64_MAX, false, 0},
        {"0x1", INT64_MIN, INT64_MAX, false, 0},
        {"1/", INT64_MIN, INT64_MAX, false, 0},
        {"1:", INT64_MIN, INT64_MAX, false, 0},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        int64_t value = UNTOUCHED;
        bool ok = number_parse_i64(str_cstr(rows[i].text), rows[i].min, rows[i].max, &value);
        check_that(ok == rows[i].ok, "\"%s\"", rows[i].text);
        check_that(value == (ok ? rows[i].value : UNTOUCHED), "\"%s\" gave %" PRId64, rows[i].text, value);
    }
    int64_t value = UNTOUCHED;
    assert_false(number_parse_i64(STR_NONE, INT64_MIN, INT64_MAX, &value));
    assert_false(number_parse_i64(STR("1\0"), INT64_MIN, INT64_MAX, &value));
}

static void u64_is_parsed_in_full_and_in_range(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        uint64_t max;
        bool ok;
        uint64_t value;
    } rows[] = {
        {"0", UINT64_MAX, true, 0},
        {"007", UINT64_MAX, true, 7},
        {"18446744073709551615", UINT64_MAX, true, UINT64_MAX},
        {"18446744073709551616", UINT64_MAX, false, 0},
        {"18446744073709551620", UINT64_MAX, false, 0},
        {"184467440737095516150", UINT64_MAX, false, 0},
        {"10", 9, false, 0},
        {"9", 9, true, 9},
        {"-1", UINT64_MAX, false, 0},
        {"+1", UINT64_MAX, false, 0},
        {"", UINT64_MAX, false, 0},
        {"1\n", UINT64_MAX, false, 0},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        uint64_t value = UNTOUCHED;
        bool ok = number_parse_u64(str_cstr(rows[i].text), rows[i].max, &value);
        check_that(ok == rows[i].ok, "\"%s\"", rows[i].text);
        check_that(value == (ok ? rows[i].value : UNTOUCHED), "\"%s\" gave %" PRIu64, rows[i].text, value);
    }
}

static void hex_is_parsed_in_either_case(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        uint64_t max;
        bool ok;
        uint64_t value;
    } rows[] = {
        {"0", UINT64_MAX, true, 0},
        {"ffffffffffffffff", UINT64_MAX, true, UINT64_MAX},
        {"FFFFffffFFFFffff", UINT64_MAX, true, UINT64_MAX},
        {"0ffffffffffffffff", UINT64_MAX, true, UINT64_MAX},
        {"10000000000000000", UINT64_MAX, false, 0},
        {"100", 0xFF, false, 0},
        {"a9", 0xFF, true, 0xA9},
        {"g", UINT64_MAX, false, 0},
        {"@", UINT64_MAX, false, 0},
        {"`", UINT64_MAX, false, 0},
        {"\x10", UINT64_MAX, false, 0},
        {"0x1", UINT64_MAX, false, 0},
        {"", UINT64_MAX, false, 0},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        uint64_t value = UNTOUCHED;
        bool ok = number_parse_hex_u64(str_cstr(rows[i].text), rows[i].max, &value);
        check_that(ok == rows[i].ok, "\"%s\"", rows[i].text);
        check_that(value == (ok ? rows[i].value : UNTOUCHED), "\"%s\" gave %" PRIx64, rows[i].text, value);
    }
}

static void check_u64_format(uint64_t value)
{
    char expected[32];
    char actual[NUMBER_I64_CHARS];
    int expected_len = snprintf(expected, sizeof(expected), "%" PRIu64, value);
    size_t len = number_format_u64(actual, value);
    check_that(len == (size_t)expected_len && memcmp(actual, expected, len) == 0, "%s is written %.*s",
               expected, (int)len, actual);
}

static void check_i64_format(int64_t value)
{
    char expected[32];
    char actual[NUMBER_I64_CHARS];
    int expected_len = snprintf(expected, sizeof(expected), "%" PRId64, value);
    size_t len = number_format_i64(actual, value);
    check_that(len == (size_t)expected_len && memcmp(actual, expected, len) == 0, "%s is written %.*s",
               expected, (int)len, actual);
}

static void integers_are_written_as_printf_does(void **state)
{
    (void)state;
    for (uint64_t value = 0; value < 20000; value++) {
        check_u64_format(value);
        check_i64_format(-(int64_t)value);
    }
    for (uint64_t power = 1; power <= UINT64_MAX / 10; power *= 10) {
        check_u64_format(power - 1);
        check_u64_format(power);
        check_u64_format(power + 1);
        check_u64_format(power * 9);
    }
    for (unsigned bit = 0; bit < 64; bit++) {
        check_u64_format(UINT64_C(1) << bit);
        check_u64_format((UINT64_C(1) << bit) - 1);
    }
    check_u64_format(UINT64_C(10000000000000000000));
    check_u64_format(UINT64_MAX);
    check_i64_format(INT64_MAX);
    check_i64_format(INT64_MIN);
}

/* ---- doubles ---- */

static uint64_t bits_of(double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof(bits));
    return bits;
}

static bool is_same(double a, double b)
{
    return bits_of(a) == bits_of(b);
}

static void f64_follows_the_grammar_of_json(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool ok;
        double value;
    } rows[] = {
        {"0", true, 0},
        {"-0", true, -0.0},
        {"0.5", true, 0.5},
        {"-1.25e2", true, -125},
        {"1E+2", true, 100},
        {"1e-2", true, 0.01},
        {"1.7976931348623157e308", true, DBL_MAX},
        {"4.9406564584124654e-324", true, 4.9406564584124654e-324},
        {"1e-400", true, 0},
        {"1e309", false, 0},
        {"-1e309", false, 0},
        {"", false, 0},
        {"-", false, 0},
        {".5", false, 0},
        {"5.", false, 0},
        {"01", false, 0},
        {"1e", false, 0},
        {"1e+", false, 0},
        {"+1", false, 0},
        {"1,5", false, 0},
        {"0x10", false, 0},
        {"inf", false, 0},
        {"nan", false, 0},
        {" 1", false, 0},
        {"1 ", false, 0},
        {"1.2.3", false, 0},
        {"--1", false, 0},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        double value = UNTOUCHED;
        bool ok = number_parse_f64(str_cstr(rows[i].text), &value);
        check_that(ok == rows[i].ok, "\"%s\"", rows[i].text);
        check_that(is_same(value, ok ? rows[i].value : UNTOUCHED), "\"%s\" gave %g", rows[i].text, value);
    }
    double value = 0;
    assert_false(number_parse_f64(STR("1\0"), &value));
    assert_false(number_parse_f64(STR_NONE, &value));
}

static void endless_numbers_are_refused(void **state)
{
    (void)state;
    char digits[2000];
    memset(digits, '1', sizeof(digits));
    digits[1] = '.';
    double value = 0;
    assert_true(number_parse_f64(str_from(digits, 1000), &value));
    assert_true(value > 1.1 && value < 1.2);
    assert_false(number_parse_f64(str_from(digits, sizeof(digits)), &value));
}

static void f64_is_written_shortest(void **state)
{
    (void)state;
    static const struct {
        double value;
        const char *text;
    } rows[] = {
        {0, "0"},
        {-0.0, "-0"},
        {1, "1"},
        {-42, "-42"},
        {0.1, "0.1"},
        {2.5, "2.5"},
        {128.25, "128.25"},
        {-14.1, "-14.1"},
        {0.0001, "0.0001"},
        {0.000123, "0.000123"},
        {0.0000015, "1.5e-06"},
        {999999999.999999, "999999999.999999"},
        {1000000000.5, "1000000000.5"},
        {-0.5, "-0.5"},
        {100.01, "100.01"},
        {-14.0625, "-14.0625"},
        {0.30000000000000004, "0.30000000000000004"},
        {1.0 / 3, "0.3333333333333333"},
        {100000000000000, "100000000000000"},
        {9007199254740991, "9007199254740991"},
        {9007199254740992, "9007199254740992"},
        {1e22, "1e+22"},
        {1e-7, "1e-07"},
        {DBL_MAX, "1.7976931348623157e+308"},
        {DBL_MIN, "2.2250738585072014e-308"},
        {4.9406564584124654e-324, "5e-324"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char text[NUMBER_F64_CHARS];
        size_t len = number_format_f64(text, rows[i].value);
        check_str(str_from(text, len), rows[i].text);
    }
}

/* xorshift64*, seeded: the same doubles in each run. */
static uint64_t next_random(uint64_t *seed)
{
    *seed ^= *seed >> 12;
    *seed ^= *seed << 25;
    *seed ^= *seed >> 27;
    return *seed * UINT64_C(2685821657736338717);
}

static void each_finite_f64_reads_back_the_same(void **state)
{
    (void)state;
    uint64_t seed = 20260101;
    for (int i = 0; i < 20000; i++) {
        uint64_t bits = next_random(&seed);
        double value;
        memcpy(&value, &bits, sizeof(value));
        if (!isfinite(value))
            continue;
        char text[NUMBER_F64_CHARS];
        size_t len = number_format_f64(text, value);
        double back = 0;
        check_that(len <= NUMBER_F64_CHARS, "%.17g takes %zu characters", value, len);
        check_that(number_parse_f64(str_from(text, len), &back), "%.*s is not a number", (int)len, text);
        check_that(is_same(value, back), "%.17g became %.17g", value, back);
    }
}

/* Decimals of money and of measurements are written as they were meant. */
static void short_decimals_stay_short(void **state)
{
    (void)state;
    for (int64_t thousandths = -200000; thousandths <= 200000; thousandths += 7) {
        char text[NUMBER_F64_CHARS];
        char expected[NUMBER_F64_CHARS];
        size_t len = number_format_f64(text, (double)thousandths / 1000);
        (void)snprintf(expected, sizeof(expected), "%.15g", (double)thousandths / 1000);
        check_str(str_from(text, len), expected);
    }
}

static void the_locale_makes_no_difference(void **state)
{
    (void)state;
    const char *const names[] = {"de_DE.UTF-8", "de_DE", "fr_FR.UTF-8"};
    locale_t locale = (locale_t)0;
    for (size_t i = 0; i < COUNT_OF(names) && locale == (locale_t)0; i++)
        locale = newlocale(LC_NUMERIC_MASK, names[i], (locale_t)0);
    if (locale == (locale_t)0)
        skip(); /* no locale with a decimal comma here */
    locale_t before = uselocale(locale);
    char text[NUMBER_F64_CHARS];
    size_t len = number_format_f64(text, 0.5);
    double value = 0;
    bool ok = number_parse_f64(STR("0.25"), &value);
    assert_ptr_equal(uselocale(before), locale); /* the caller's locale stays */
    freelocale(locale);
    check_str(str_from(text, len), "0.5");
    assert_true(ok && is_same(value, 0.25));
}

static void format_infinity(void *arg)
{
    char text[NUMBER_F64_CHARS];
    (void)number_format_f64(text, *(const double *)arg);
}

static void what_is_not_finite_is_not_written(void **state)
{
    (void)state;
    double infinity = HUGE_VAL;
    double not_a_number = (double)NAN;
    assert_true(check_aborts(format_infinity, &infinity));
    assert_true(check_aborts(format_infinity, &not_a_number));
}

static void arithmetic_is_checked(void **state)
{
    (void)state;
    int64_t result = 0;
    assert_true(number_add(INT64_MAX, 0, &result));
    assert_false(number_add(INT64_MAX, 1, &result));
    assert_false(number_add(INT64_MIN, -1, &result));
    assert_true(number_mul(INT64_C(3037000499), INT64_C(3037000499), &result));
    assert_false(number_mul(INT64_C(3037000500), INT64_C(3037000500), &result));
    assert_false(number_mul(INT64_MIN, -1, &result));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(i64_is_parsed_in_full_and_in_range),
        cmocka_unit_test(u64_is_parsed_in_full_and_in_range),
        cmocka_unit_test(hex_is_parsed_in_either_case),
        cmocka_unit_test(integers_are_written_as_printf_does),
        cmocka_unit_test(f64_follows_the_grammar_of_json),
        cmocka_unit_test(endless_numbers_are_refused),
        cmocka_unit_test(f64_is_written_shortest),
        cmocka_unit_test(each_finite_f64_reads_back_the_same),
        cmocka_unit_test(short_decimals_stay_short),
        cmocka_unit_test(the_locale_makes_no_difference),
        cmocka_unit_test(what_is_not_finite_is_not_written),
        cmocka_unit_test(arithmetic_is_checked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
