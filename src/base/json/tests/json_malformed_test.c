/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Texts that are not JSON: where and why, whether a row describes the value or not. */
#include "base/json/tests/json_sample.h"
#include "base/mem/arena.h"

#include "tests/lib/check.h"

struct text_case {
    struct str text;
    const char *message;
};

#define TWICE "the name of this member appears twice in its object"

/* clang-format off */
static const struct text_case malformed_cases[] = {
    {STR_INIT(""), "line 1, column 1: expected a value"},
    {STR_INIT("  \n\t "), "line 2, column 3: expected a value"},
    {STR_INIT("\xEF\xBB\xBF{}"), "line 1, column 1: expected a value"},
    {STR_INIT("{"), "line 1, column 2: expected the name of a member"},
    {STR_INIT("["), "line 1, column 2: expected a value"},
    {STR_INIT("}"), "line 1, column 1: expected a value"},
    {STR_INIT("]"), "line 1, column 1: expected a value"},
    {STR_INIT("{} {}"), "line 1, column 4: expected the end of the text"},
    {STR_INIT("{}\0"), "line 1, column 3: expected the end of the text"},
    {STR_INIT("\0"), "line 1, column 1: expected a value"},
    {STR_INIT("{}]"), "line 1, column 3: expected the end of the text"},
    {STR_INIT("{\"a\":1,}"), "line 1, column 8: expected the name of a member"},
    {STR_INIT("{,}"), "line 1, column 2: expected the name of a member"},
    {STR_INIT("{a:1}"), "line 1, column 2: expected the name of a member"},
    {STR_INIT("{'a':1}"), "line 1, column 2: expected the name of a member"},
    {STR_INIT("{\"a\"}"), "line 1, column 5: expected ':'"},
    {STR_INIT("{\"a\" 1}"), "line 1, column 6: expected ':'"},
    {STR_INIT("{\"a\":}"), "line 1, column 6: expected a value"},
    {STR_INIT("{\"a\":1 \"b\":2}"), "line 1, column 8: expected ',' or '}'"},
    {STR_INIT("{\n  \"a\": 1,\n  \"b\": [1, 2}\n}"), "line 3, column 13: expected ',' or ']'"},
    {STR_INIT("{\r\n\"\xD0\xB6\xD0\xB6\": x}"), "line 2, column 7: expected a value"},
    {STR_INIT("[1,]"), "line 1, column 4: expected a value"},
    {STR_INIT("[,1]"), "line 1, column 2: expected a value"},
    {STR_INIT("[1 2]"), "line 1, column 4: expected ',' or ']'"},
    {STR_INIT("[1,2"), "line 1, column 5: expected ',' or ']'"},
    {STR_INIT("/* c */ 1"), "line 1, column 1: expected a value"},
    {STR_INIT("[1] // c"), "line 1, column 5: expected the end of the text"},
    {STR_INIT("[\v1]"), "line 1, column 2: expected a value"},
    {STR_INIT("[\xC2\xA0" "1]"), "line 1, column 2: expected a value"},

    {STR_INIT("tru"), "line 1, column 1: expected a value"},
    {STR_INIT("truE"), "line 1, column 1: expected a value"},
    {STR_INIT("True"), "line 1, column 1: expected a value"},
    {STR_INIT("truex"), "line 1, column 5: expected the end of the text"},
    {STR_INIT("nul"), "line 1, column 1: expected a value"},
    {STR_INIT("NaN"), "line 1, column 1: expected a value"},
    {STR_INIT("Infinity"), "line 1, column 1: expected a value"},
    {STR_INIT("-Infinity"), "line 1, column 2: expected a digit"},

    {STR_INIT("01"), "line 1, column 2: expected the end of the text"},
    {STR_INIT("-01"), "line 1, column 3: expected the end of the text"},
    {STR_INIT("+1"), "line 1, column 1: expected a value"},
    {STR_INIT("-"), "line 1, column 2: expected a digit"},
    {STR_INIT("1."), "line 1, column 3: expected a digit"},
    {STR_INIT(".5"), "line 1, column 1: expected a value"},
    {STR_INIT("1.e5"), "line 1, column 3: expected a digit"},
    {STR_INIT("1e"), "line 1, column 3: expected a digit"},
    {STR_INIT("1e+"), "line 1, column 4: expected a digit"},
    {STR_INIT("0x10"), "line 1, column 2: expected the end of the text"},
    {STR_INIT("1_000"), "line 1, column 2: expected the end of the text"},
    {STR_INIT("-e1"), "line 1, column 2: expected a digit"},

    {STR_INIT("\"abc"), "line 1, column 5: the text ends inside a string"},
    {STR_INIT("\"abc\\"), "line 1, column 6: the text ends inside a string"},
    {STR_INIT("\"\n\""), "line 1, column 2: control characters in strings must be escaped"},
    {STR_INIT("\"0123456789\t\""), "line 1, column 12: control characters in strings must be escaped"},
    {STR_INIT("\"a\0b\""), "line 1, column 3: control characters in strings must be escaped"},
    {STR_INIT("\"\x1f\""), "line 1, column 2: control characters in strings must be escaped"},
    {STR_INIT("\"\\x41\""), "line 1, column 2: unknown escape"},
    {STR_INIT("\"\\'\""), "line 1, column 2: unknown escape"},
    {STR_INIT("\"\\0\""), "line 1, column 2: unknown escape"},
    {STR_INIT("\"\\U0041\""), "line 1, column 2: unknown escape"},
    {STR_INIT("\"\\\xC3\xA9\""), "line 1, column 2: unknown escape"},
    {STR_INIT("\"\\u12\""), "line 1, column 2: expected four hexadecimal digits after \\u"},
    {STR_INIT("\"\\u12g4\""), "line 1, column 2: expected four hexadecimal digits after \\u"},
    {STR_INIT("\"\\u+123\""), "line 1, column 2: expected four hexadecimal digits after \\u"},
    {STR_INIT("\"\\u12"), "line 1, column 2: expected four hexadecimal digits after \\u"},
    {STR_INIT("\"ab\\ud800\""), "line 1, column 4: a surrogate without its other half"},
    {STR_INIT("\"\\udc00\""), "line 1, column 2: a surrogate without its other half"},
    {STR_INIT("\"\\udc00\\ud800\""), "line 1, column 2: a surrogate without its other half"},
    {STR_INIT("\"\\ud800\\ud800\""), "line 1, column 2: a surrogate without its other half"},
    {STR_INIT("\"\\ud800\\u0041\""), "line 1, column 2: a surrogate without its other half"},
    {STR_INIT("\"\\ud800\\n\""), "line 1, column 2: a surrogate without its other half"},
    {STR_INIT("\"\\ud800\\ud\""), "line 1, column 2: a surrogate without its other half"},
    {STR_INIT("\"\\uDBFF\\uDFF\""), "line 1, column 2: a surrogate without its other half"},

    {STR_INIT("\"\x80\""), "line 1, column 2: not valid UTF-8"},
    {STR_INIT("\"\xC0\xAF\""), "line 1, column 2: not valid UTF-8"},
    {STR_INIT("\"\xC1\xBF\""), "line 1, column 2: not valid UTF-8"},
    {STR_INIT("\"\xE0\x80\xAF\""), "line 1, column 2: not valid UTF-8"},
    {STR_INIT("\"\xE0\x9F\xBF\""), "line 1, column 2: not valid UTF-8"},
    {STR_INIT("\"\xF0\x80\x80\xAF\""), "line 1, column 2: not valid UTF-8"},
    {STR_INIT("\"\xF0\x8F\xBF\xBF\""), "line 1, column 2: not valid UTF-8"},
    {STR_INIT("\"\xED\xA0\x80\""), "line 1, column 2: not valid UTF-8"},
    {STR_INIT("\"\xED\xBF\xBF\""), "line 1, column 2: not valid UTF-8"},
    {STR_INIT("\"\xF4\x90\x80\x80\""), "line 1, column 2: not valid UTF-8"},
    {STR_INIT("\"\xF5\x80\x80\x80\""), "line 1, column 2: not valid UTF-8"},
    {STR_INIT("\"\xFF\""), "line 1, column 2: not valid UTF-8"},
    {STR_INIT("\"abc\xC3\""), "line 1, column 5: not valid UTF-8"},
    {STR_INIT("\"\xE2\x82"), "line 1, column 2: not valid UTF-8"},
    {STR_INIT("\"\xE2\x82\x41\""), "line 1, column 2: not valid UTF-8"},
    {STR_INIT("\"\xC3\xA9\xC3\xA9\xFE\""), "line 1, column 4: not valid UTF-8"},
    {STR_INIT("\"0123456789abcdef\xC3(\""), "line 1, column 18: not valid UTF-8"},

    {STR_INIT("{\"a\":1,\"a\":1}"), "line 1, column 8: " TWICE "\n/a duplicate: appears twice"},
    {STR_INIT("{\"a\":1,\"\\u0061\":1}"), "line 1, column 8: " TWICE "\n/a duplicate: appears twice"},
    {STR_INIT("{\"\":1,\"\":1}"), "line 1, column 7: " TWICE "\n/ duplicate: appears twice"},
    {STR_INIT("[0,{\"a\":{\"b/~\":[{\"c\":0},{\"c\":0,\"c\":1}]}}]"), "line 1, column 32: " TWICE "\n/1/a/b~1~0/1/c duplicate: appears twice"},
    {STR_INIT("{\"a\":{\"a\":{}},\"b\":{\"a\":1},\"a\":1}"), "line 1, column 27: " TWICE "\n/a duplicate: appears twice"},
};

static const char *const well_formed[] = {
    "{}", "[]", "0", "-0", "\"\"", "null", "true", "false", " \r\n\t[ ] ", "[[],[[]],{}]", "1e400", "-1E-400",
    "123456789012345678901234567890", "0.00000000000000000000000000000000000000000000001e+5",
    "{\"a\":{\"a\":{\"a\":1}},\"b\":{\"a\":1}}", "\"\\u0000\\ud834\\udd1e\\uffff\"", "{\"A\":1,\"a\":2,\"a \":3}",
    "\"\xC2\x80\xDF\xBF\xE0\xA0\x80\xED\x9F\xBF\xEE\x80\x80\xEF\xBF\xBF\xF0\x90\x80\x80\xF4\x8F\xBF\xBF\"", "\"\x7F\"",
};
/* clang-format on */

static struct str check_outcome(struct arena *arena, struct str text)
{
    struct error *error = json_check(arena, text);
    return error != NULL ? sample_error_text(arena, error) : STR("is JSON");
}

/* The text at the very end of its memory, so that a sanitizer sees any read past it. */
static struct str at_the_end(struct arena *arena, struct str text)
{
    char *copy = arena_alloc_raw(arena, text.len);
    memcpy(copy, text.ptr, text.len);
    return str_from(copy, text.len);
}

static void malformed_texts_are_refused_with_line_and_column(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(malformed_cases); i++) {
        struct arena *arena = arena_new(0);
        struct str text = at_the_end(arena, malformed_cases[i].text);
        struct str outcome = check_outcome(arena, text);
        if (!str_equal(outcome, str_cstr(malformed_cases[i].message)))
            fail_msg("row %zu, %" STR_FMT ": got\n%" STR_FMT "\nexpected\n%s", i, STR_ARG(text),
                     STR_ARG(outcome), malformed_cases[i].message);
        assert_true(error_has_code(json_check(arena, text), ERROR_MALFORMED));
        arena_free(arena);
    }
}

static void well_formed_texts_pass(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(well_formed); i++) {
        struct arena *arena = arena_new(0);
        struct str outcome = check_outcome(arena, at_the_end(arena, str_cstr(well_formed[i])));
        assert_string_equal(outcome.ptr, "is JSON");
        arena_free(arena);
    }
}

/* The same text is malformed as a described value, as an unknown member and inside a raw one. */
static void malformed_values_are_refused_wherever_they_stand(void **state)
{
    static const struct {
        const char *before, *after;
    } frames[] = {
        {"{\"extra\":", "}"}, {"{\"nobody\":", "}"},   {"{\"tags\":[", "]}"},  {"{\"title\":", "}"},
        {"{\"size\":", "}"},  {"{\"quantity\":", "}"}, {"{\"lines\":[", "]}"}, {"{\"price\":", "}"},
        {"{\"color\":", "}"}, {"{\"is_open\":", "}"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(malformed_cases); i++) {
        for (size_t j = 0; j < COUNT_OF(frames); j++) {
            bool is_blank = malformed_cases[i].text.len == 0 || malformed_cases[i].text.ptr[0] == ' ';
            if (is_blank && str_ends_with(str_cstr(frames[j].before), STR("[")))
                continue; /* an empty list */
            struct arena *arena = arena_new(0);
            struct sample sample = {0};
            struct strbuf text;
            strbuf_init(&text, arena, 1000);
            strbuf_append_cstr(&text, frames[j].before);
            strbuf_append(&text, malformed_cases[i].text);
            strbuf_append_cstr(&text, frames[j].after);
            struct error *error = json_decode(arena, &sample_type, strbuf_str(&text), &sample);
            if (!error_is(error, &json_malformed))
                fail_msg("%" STR_FMT " was taken", STR_ARG(strbuf_str(&text)));
            arena_free(arena);
        }
    }
}

static void described_names_are_not_repeated_either(void **state)
{
    static const struct text_case rows[] = {
        {STR_INIT("{\"title\":\"x\",\"title\":\"x\"}"),
         "line 1, column 14: " TWICE "\n/title duplicate: appears twice"},
        {STR_INIT("{\"title\":\"x\",\"t\\u0069tle\":\"x\"}"),
         "line 1, column 14: " TWICE "\n/title duplicate: appears twice"},
        {STR_INIT("{\"lines\":[{\"sku\":\"a\",\"sku\":1}]}"),
         "line 1, column 22: " TWICE "\n/lines/0/sku duplicate: appears twice"},
        {STR_INIT("{\"price\":{\"amount\":1,\"amount\":1}}"),
         "line 1, column 22: " TWICE "\n/price/amount duplicate: appears twice"},
        {STR_INIT("{\"extra\":{\"a\":[{\"b\":1,\"b\":2}]}}"),
         "line 1, column 23: " TWICE "\n/extra/a/0/b duplicate: appears twice"},
        {STR_INIT("{\"x\":1,\"title\":\"x\",\"x\":2}"),
         "line 1, column 20: " TWICE "\n/x duplicate: appears twice"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct arena *arena = arena_new(0);
        assert_string_equal(sample_outcome(arena, &sample_type, rows[i].text).ptr, rows[i].message);
        arena_free(arena);
    }
}

static struct str nested(struct arena *arena, int levels, const char *open, const char *inner,
                         const char *close)
{
    struct strbuf text;
    strbuf_init(&text, arena, 1 << 20);
    for (int i = 0; i < levels; i++)
        strbuf_append_cstr(&text, open);
    strbuf_append_cstr(&text, inner);
    for (int i = 0; i < levels; i++)
        strbuf_append_cstr(&text, close);
    return strbuf_str(&text);
}

static void depth_is_limited(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    assert_null(json_check(arena, nested(arena, JSON_MAX_DEPTH, "[", "", "]")));
    assert_null(json_check(arena, nested(arena, JSON_MAX_DEPTH, "{\"a\":", "1", "}")));
    assert_string_equal(check_outcome(arena, nested(arena, JSON_MAX_DEPTH + 1, "[", "", "]")).ptr,
                        "line 1, column 33: nested more than 32 levels deep");
    assert_string_equal(check_outcome(arena, nested(arena, JSON_MAX_DEPTH + 1, "{\"a\":", "1", "}")).ptr,
                        "line 1, column 161: nested more than 32 levels deep");
    assert_non_null(json_check(arena, nested(arena, 100000, "[", "", "]")));
    arena_free(arena);
}

/* A type may hold itself; the input cannot make it recurse further than the limit. */
struct reply {
    struct array replies;
};
extern const struct json_type reply_type;
static const struct json_field reply_fields[] = {JSON_OBJECTS(struct reply, replies, &reply_type)};
const struct json_type reply_type = JSON_TYPE("Reply", struct reply, reply_fields);

static void depth_is_limited_in_described_values(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    struct reply reply = {0};
    struct str deepest = nested(arena, JSON_MAX_DEPTH / 2 - 1, "{\"replies\":[", "{}", "]}");
    struct str deeper = nested(arena, JSON_MAX_DEPTH / 2, "{\"replies\":[", "{}", "]}");
    assert_null(json_decode(arena, &reply_type, deepest, &reply));
    assert_true(error_is(json_decode(arena, &reply_type, deeper, &reply), &json_malformed));
    arena_free(arena);
}

/* Many names in nested objects, with one repeated at the end of each. */
static struct str many_names(struct arena *arena, int count, int repeated)
{
    struct strbuf text;
    strbuf_init(&text, arena, 1 << 24);
    strbuf_append(&text, STR("{\"deep\":{\"name0\":{\"name0\":1,\"name1\":1}"));
    for (int i = 1; i < count; i++)
        strbuf_printf(&text, ",\"name%d\":{\"name%d\":[],\"x\":{}}", i, i);
    strbuf_append(&text, STR("}"));
    for (int i = 0; i < count; i++)
        strbuf_printf(&text, ",\"name%d\":0", i);
    if (repeated >= 0)
        strbuf_printf(&text, ",\"name%d\":0", repeated);
    strbuf_append(&text, STR("}"));
    return strbuf_str(&text);
}

static void repeated_names_are_found_among_many(void **state)
{
    static const int counts[] = {1, 7, 8, 9, 10, 31, 32, 33, 34, 500, 20000};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(counts); i++) {
        struct arena *arena = arena_new(0);
        int count = counts[i];
        assert_null(json_check(arena, many_names(arena, count, -1)));
        assert_non_null(json_check(arena, many_names(arena, count, 0)));
        assert_non_null(json_check(arena, many_names(arena, count, count / 2)));
        assert_non_null(json_check(arena, many_names(arena, count, count - 1)));
        arena_free(arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(malformed_texts_are_refused_with_line_and_column),
        cmocka_unit_test(well_formed_texts_pass),
        cmocka_unit_test(malformed_values_are_refused_wherever_they_stand),
        cmocka_unit_test(described_names_are_not_repeated_either),
        cmocka_unit_test(depth_is_limited),
        cmocka_unit_test(depth_is_limited_in_described_values),
        cmocka_unit_test(repeated_names_are_found_among_many),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
