/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Tests of UTF-8 and of enum tables. */
#include "base/text/utf8.h"

#include "base/text/enum_table.h"

#include "tests/lib/check.h"

static void edges_of_well_formed_sequences(void **state)
{
    (void)state;
    static const struct {
        struct str text;
        bool is_valid;
    } rows[] = {
        {STR_INIT(""), true},
        {STR_INIT("plain text of more than eight bytes"), true},
        {STR_INIT("a\0b"), true},
        {STR_INIT("\x7F"), true},
        {STR_INIT("\x80"), false}, /* continuation alone */
        {STR_INIT("\xBF"), false},
        {STR_INIT("\xC0\x80"), false}, /* overlong NUL */
        {STR_INIT("\xC1\xBF"), false}, /* overlong DEL */
        {STR_INIT("\xC2\x80"), true},  /* U+0080 */
        {STR_INIT("\xDF\xBF"), true},  /* U+07FF */
        {STR_INIT("\xC2"), false},     /* cut off */
        {STR_INIT("\xC2\x7F"), false},
        {STR_INIT("\xC2\xC0"), false},
        {STR_INIT("\xE0\x9F\xBF"), false}, /* overlong U+07FF */
        {STR_INIT("\xE0\xA0\x80"), true},  /* U+0800 */
        {STR_INIT("\xED\x9F\xBF"), true},  /* U+D7FF */
        {STR_INIT("\xED\xA0\x80"), false}, /* U+D800, surrogate */
        {STR_INIT("\xED\xBF\xBF"), false}, /* U+DFFF */
        {STR_INIT("\xEE\x80\x80"), true},  /* U+E000 */
        {STR_INIT("\xEF\xBF\xBF"), true},  /* U+FFFF */
        {STR_INIT("\xE2\x82"), false},     /* cut off */
        {STR_INIT("\xE2\x28\xA1"), false},
        {STR_INIT("\xE2\x82\x28"), false},
        {STR_INIT("\xF0\x8F\xBF\xBF"), false}, /* overlong U+FFFF */
        {STR_INIT("\xF0\x90\x80\x80"), true},  /* U+10000 */
        {STR_INIT("\xF4\x8F\xBF\xBF"), true},  /* U+10FFFF */
        {STR_INIT("\xF4\x90\x80\x80"), false}, /* U+110000 */
        {STR_INIT("\xF5\x80\x80\x80"), false},
        {STR_INIT("\xF0\x9F\x8E"), false}, /* cut off */
        {STR_INIT("\xF8\x88\x80\x80\x80"), false},
        {STR_INIT("\xFE"), false},
        {STR_INIT("\xFF"), false},
        {STR_INIT("12345678\xFF"), false},
        {STR_INIT("1234567\xC3\xA4"
                  "12345678"),
         true},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        check_that(utf8_is_valid(rows[i].text) == rows[i].is_valid, "row %zu", i);
    assert_true(utf8_is_valid(STR_NONE));
}

/* A fault is seen wherever it stands relative to the eight bytes that are looked at together. */
static void a_fault_is_seen_at_every_offset(void **state)
{
    (void)state;
    for (size_t at = 0; at < 40; at++) {
        char text[40];
        memset(text, 'a', sizeof(text));
        assert_true(utf8_is_valid(str_from(text, sizeof(text))));
        text[at] = (char)0xFF;
        check_that(!utf8_is_valid(str_from(text, sizeof(text))), "offset %zu", at);
    }
}

static bool is_surrogate(uint32_t code_point)
{
    return code_point >= 0xD800 && code_point <= 0xDFFF;
}

static void every_code_point_goes_both_ways(void **state)
{
    (void)state;
    for (uint32_t code_point = 0; code_point <= 0x10FFFF; code_point++) {
        if (is_surrogate(code_point))
            continue;
        char bytes[4];
        size_t len = utf8_encode(code_point, bytes);
        size_t back_len = 0;
        struct str text = str_from(bytes, len);
        if (!utf8_is_valid(text) || utf8_decode(text, &back_len) != code_point || back_len != len)
            fail_msg("U+%04X", (unsigned)code_point);
    }
}

static void encode_code_point(void *code_point)
{
    char bytes[4];
    (void)utf8_encode(*(const uint32_t *)code_point, bytes);
}

static void what_is_no_code_point_is_not_encoded(void **state)
{
    (void)state;
    uint32_t values[] = {0xD800, 0xDFFF, 0x110000, UINT32_MAX};
    for (size_t i = 0; i < COUNT_OF(values); i++)
        assert_true(check_aborts(encode_code_point, &values[i]));
}

static void broken_bytes_decode_to_the_replacement_one_by_one(void **state)
{
    (void)state;
    size_t len = 9;
    assert_int_equal(utf8_decode(STR("\xE2\x82"), &len), UTF8_REPLACEMENT);
    assert_int_equal(len, 1);
    assert_int_equal(utf8_decode(STR_NONE, &len), UTF8_REPLACEMENT);
    assert_int_equal(len, 0);
}

static void length_counts_code_points(void **state)
{
    (void)state;
    assert_int_equal(utf8_length(STR_NONE), 0);
    assert_int_equal(utf8_length(STR("abc")), 3);
    assert_int_equal(utf8_length(STR("\xC3\xA4\xE2\x82\xAC\xF0\x9F\x8E\xB5")), 3);
}

static void controls_are_found(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool one_line;
        bool multi_line;
    } rows[] = {
        {"", false, false},
        {"plain", false, false},
        {"plain, and ~longer than two words of eight", false, false},
        {"eight by\x1F", true, true},
        {"not \x7F plain among eight", true, true},
        {"twelve plain\tand a tab", true, false},
        {"eight byBj\xC3\xB6rk and so on \xC2\x80", true, true},
        {"Bj\xC3\xB6rk \xF0\x9F\x8E\xB5", false, false},
        {"a\nb", true, false},
        {"a\tb", true, false},
        {"a\r\nb", true, false},
        {"a\rb", true, true},
        {"a\r", true, true},
        {"\x01", true, true},
        {"\x1B[31m", true, true},
        {"\x7F", true, true},
        {"\xC2\x80", true, true}, /* C1 */
        {"\xC2\x9F", true, true},
        {"\xC2\xA0", false, false},    /* no-break space */
        {"\xE2\x80\xA8", true, false}, /* U+2028 */
        {"\xE2\x80\xA9", true, false}, /* U+2029 */
        {"\xE2\x80\xAA", true, true},  /* U+202A */
        {"\xE2\x80\xAE", true, true},  /* U+202E */
        {"\xE2\x80\xAF", false, false},
        {"\xE2\x81\xA6", true, true}, /* U+2066 */
        {"\xE2\x81\xA9", true, true}, /* U+2069 */
        {"\xE2\x81\xAA", false, false},
        {"\xEF\xBB\xBF", true, true},   /* U+FEFF */
        {"\xE2\x80\x8F", false, false}, /* right-to-left mark: part of ordinary text */
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct str text = str_cstr(rows[i].text);
        check_that(utf8_has_controls(text, UTF8_ONE_LINE) == rows[i].one_line, "row %zu, one line", i);
        check_that(utf8_has_controls(text, UTF8_MULTI_LINE) == rows[i].multi_line, "row %zu, more lines", i);
    }
    assert_true(utf8_has_controls(STR("a\0b"), UTF8_MULTI_LINE));
}

static void truncation_ends_between_code_points(void **state)
{
    (void)state;
    struct str text = STR("a\xC3\xA4\xE2\x82\xAC\xF0\x9F\x8E\xB5");
    static const size_t lengths[] = {0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10, 10};
    for (size_t max = 0; max < COUNT_OF(lengths); max++)
        check_that(utf8_truncate(text, max).len == lengths[max], "at most %zu bytes", max);
    assert_int_equal(utf8_truncate(STR_NONE, 5).len, 0);
}

/* ---- enum tables ---- */

enum pace { PACE_SLOW, PACE_LOST, PACE_FAST };

static const char *const pace_words[] = {[PACE_SLOW] = "slow", [PACE_FAST] = "fast"};
static const struct enum_table paces = ENUM_TABLE("pace", pace_words);

static void words_and_values_match(void **state)
{
    (void)state;
    int value = -1;
    assert_true(enum_parse(&paces, STR("fast"), &value));
    assert_int_equal(value, PACE_FAST);
    assert_true(enum_parse(&paces, STR("slow"), &value));
    assert_int_equal(value, PACE_SLOW);
    check_str(enum_word(&paces, PACE_FAST), "fast");
}

static void unknown_words_are_refused(void **state)
{
    (void)state;
    int value = -1;
    assert_false(enum_parse(&paces, STR(""), &value));
    assert_false(enum_parse(&paces, STR_NONE, &value));
    assert_false(enum_parse(&paces, STR("Fast"), &value));
    assert_false(enum_parse(&paces, STR("fas"), &value));
    assert_false(enum_parse(&paces, STR("fast "), &value));
    assert_int_equal(value, -1);
}

static void name_pace(void *value)
{
    (void)enum_word(&paces, *(const int *)value);
}

static void values_without_a_row_abort(void **state)
{
    (void)state;
    int values[] = {-1, PACE_LOST, 3};
    for (size_t i = 0; i < COUNT_OF(values); i++)
        assert_true(check_aborts(name_pace, &values[i]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(edges_of_well_formed_sequences),
        cmocka_unit_test(a_fault_is_seen_at_every_offset),
        cmocka_unit_test(every_code_point_goes_both_ways),
        cmocka_unit_test(what_is_no_code_point_is_not_encoded),
        cmocka_unit_test(broken_bytes_decode_to_the_replacement_one_by_one),
        cmocka_unit_test(length_counts_code_points),
        cmocka_unit_test(controls_are_found),
        cmocka_unit_test(truncation_ends_between_code_points),
        cmocka_unit_test(words_and_values_match),
        cmocka_unit_test(unknown_words_are_refused),
        cmocka_unit_test(values_without_a_row_abort),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
