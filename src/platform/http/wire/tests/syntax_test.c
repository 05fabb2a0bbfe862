/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Byte tables against the grammar, spans and comma lists. */
#include "platform/http/wire/syntax.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static bool is_alnum(int byte)
{
    return (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
}

static bool is_in(int byte, const char *set)
{
    return byte != 0 && strchr(set, byte) != NULL;
}

static unsigned expected_classes(int byte)
{
    bool is_visible = byte > 0x20 && byte < 0x7f;
    bool is_digit = byte >= '0' && byte <= '9';
    unsigned classes = 0;
    if (is_alnum(byte) || is_in(byte, "!#$%&'*+-.^_`|~"))
        classes |= BYTE_TOKEN;
    if (is_visible || byte == ' ' || byte == '\t' || byte >= 0x80)
        classes |= BYTE_FIELD;
    if (is_visible && !is_in(byte, "\"#<>\\^`{}"))
        classes |= BYTE_PATH;
    if (is_visible && !is_in(byte, "\"#<>"))
        classes |= BYTE_QUERY;
    if (is_alnum(byte) || is_in(byte, "-._"))
        classes |= BYTE_HOST;
    if (is_digit)
        classes |= BYTE_DIGIT;
    if (is_digit || is_in(byte, "abcdefABCDEF"))
        classes |= BYTE_HEX;
    return classes;
}

static void every_byte_has_the_classes_of_the_grammar(void **state)
{
    (void)state;
    for (int byte = 0; byte < 256; byte++) {
        assert_int_equal(http_byte_classes[byte], expected_classes(byte));
        int lower = byte >= 'A' && byte <= 'Z' ? byte + 32 : byte;
        assert_int_equal(http_token_lower[byte], byte_is((char)byte, BYTE_TOKEN) ? lower : 0);
    }
}

static void the_fast_span_stops_where_the_slow_one_stops(void **state)
{
    (void)state;
    char text[40];
    for (int byte = 0; byte < 256; byte++) {
        for (size_t at = 0; at < sizeof(text); at++) {
            memset(text, 'x', sizeof(text));
            text[at] = (char)byte;
            for (size_t from = 0; from < 9; from++) {
                struct str whole = str_from(text, sizeof(text));
                assert_int_equal(syntax_span_field(whole, from), syntax_span(whole, from, BYTE_FIELD));
            }
        }
    }
}

struct list_row {
    const char *list;
    const char *elements; /* joined with '|' */
};

static void lists_are_cut_at_commas_outside_quotes(void **state)
{
    (void)state;
    static const struct list_row rows[] = {
        {"", ""},
        {"a", "a"},
        {"a,b", "a|b"},
        {" a , b\t", "a|b"},
        {",, a,,b,", "a|b"},
        {"\"a,b\",c", "\"a,b\"|c"},
        {"\"a\\\",b\",c", "\"a\\\",b\"|c"},
        {"\"open, b", "\"open, b"},
        {"W/\"x\", \"y\"", "W/\"x\"|\"y\""},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char joined[64] = "";
        size_t len = 0;
        struct str rest = str_cstr(rows[i].list), element;
        while (syntax_next_element(&rest, &element))
            len += (size_t)snprintf(joined + len, sizeof(joined) - len, "%s%" STR_FMT, len != 0 ? "|" : "",
                                    STR_ARG(element));
        assert_string_equal(joined, rows[i].elements);
    }
}

static void tokens_are_found_in_any_case(void **state)
{
    (void)state;
    assert_true(syntax_list_has(STR("keep-alive, Upgrade"), STR("upgrade")));
    assert_true(syntax_list_has(STR("CLOSE"), STR("close")));
    assert_false(syntax_list_has(STR("closed, close-x"), STR("close")));
    assert_false(syntax_list_has(STR_NONE, STR("close")));
}

static void parameters_are_found_by_name(void **state)
{
    (void)state;
    struct str text = STR("for=\"[2001:db8::1]:80\"; Proto=https;q=0.5");
    assert_true(str_equal(syntax_parameter(text, STR("for")), STR("[2001:db8::1]:80")));
    assert_true(str_equal(syntax_parameter(text, STR("proto")), STR("https")));
    assert_true(str_equal(syntax_parameter(text, STR("q")), STR("0.5")));
    assert_null(syntax_parameter(text, STR("host")).ptr);
    assert_false(syntax_is_token(STR("a b")));
    assert_false(syntax_is_token(STR("")));
    assert_true(syntax_is_token(STR("a-b")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_byte_has_the_classes_of_the_grammar),
        cmocka_unit_test(the_fast_span_stops_where_the_slow_one_stops),
        cmocka_unit_test(lists_are_cut_at_commas_outside_quotes),
        cmocka_unit_test(tokens_are_found_in_any_case),
        cmocka_unit_test(parameters_are_found_by_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
