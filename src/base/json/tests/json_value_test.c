/* SPDX-License-Identifier: AGPL-3.0-or-later
 * One member of each kind: which values are taken, how they come out again, which rule refuses them. */
#include "base/json/tests/json_sample.h"
#include "base/mem/arena.h"

#include "tests/lib/check.h"

/* clang-format off */
#define BOX(name_, macro_, c_type_, ...)                                                 \
    struct name_##_box { c_type_ value; };                                               \
    static const struct json_field name_##_fields[] = {macro_(struct name_##_box, value, __VA_ARGS__)}; \
    static const struct json_type name_##_box = JSON_TYPE(#name_, struct name_##_box, name_##_fields)

BOX(boolean, JSON_BOOLEAN, bool, .flags = JSON_REQUIRED);
BOX(integer, JSON_INTEGER, int64_t, .flags = JSON_REQUIRED);
BOX(small, JSON_INTEGER, int64_t, .min = -5, .max = 10);
BOX(positive, JSON_INTEGER, int64_t, .min = 1, .max = INT64_MAX, .flags = JSON_NULLABLE);
BOX(number, JSON_NUMBER, double, .flags = JSON_REQUIRED);
BOX(share, JSON_NUMBER, double, .min = -1, .max = 1);
BOX(text, JSON_TEXT, struct str, .flags = JSON_REQUIRED);
BOX(word, JSON_TEXT, struct str, .min = 2, .max = 4, .flags = JSON_NULLABLE);
BOX(letter, JSON_TEXT, struct str, .min = 1, .max = 1);
BOX(lines, JSON_TEXT, struct str, .flags = JSON_MULTILINE | JSON_TRIMMED);
BOX(trimmed, JSON_TEXT, struct str, .min = 1, .max = 3, .flags = JSON_TRIMMED);
BOX(secret, JSON_TEXT, struct str, .min = 1, .max = 4, .flags = JSON_SECRET);
BOX(email, JSON_TEXT, struct str, .format = &json_format_email);
BOX(slug, JSON_TEXT, struct str, .format = &json_format_slug);
BOX(url, JSON_TEXT, struct str, .format = &json_format_http_url);
BOX(currency, JSON_TEXT, struct str, .format = &json_format_currency);
BOX(username, JSON_TEXT, struct str, .format = &json_format_username);
BOX(color, JSON_ENUM, int32_t, &sample_color_words);
BOX(tint, JSON_ENUM, int32_t, &sample_color_words, .flags = JSON_NULLABLE, .fallback = -1);
BOX(id, JSON_ID, struct id, .flags = JSON_NULLABLE);
BOX(instant, JSON_INSTANT, struct instant, .flags = JSON_NULLABLE);
BOX(money, JSON_MONEY, struct money, .flags = JSON_NULLABLE);
BOX(price, JSON_MONEY, struct money, .min = 0, .max = 100);
BOX(raw, JSON_RAW, struct str, .flags = JSON_NULLABLE);
BOX(raw_small, JSON_RAW, struct str, .min = 0, .max = 6);
BOX(tags, JSON_ARRAY, struct array, JSON_KIND_TEXT, .min = 1, .max = 3, .item_min = 1, .item_max = 2, .flags = JSON_UNIQUE);
BOX(tags_or_null, JSON_ARRAY, struct array, JSON_KIND_TEXT, .flags = JSON_NULLABLE);

struct value_case {
    const struct json_type *type;
    const char *value; /* NULL: the member is left out */
    const char *outcome; /* the value as it comes out, or "rule: message"; after '/', "/rest rule: message" */
};

static const struct value_case value_cases[] = {
    {&boolean_box, "true", "true"},
    {&boolean_box, "false", "false"},
    {&boolean_box, "1", "type: must be true or false"},
    {&boolean_box, "\"true\"", "type: must be true or false"},
    {&boolean_box, "null", "type: must not be null"},
    {&boolean_box, NULL, "required: is required"},

    {&integer_box, "0", "0"},
    {&integer_box, "-0", "0"},
    {&integer_box, "-7", "-7"},
    {&integer_box, "9007199254740993", "9007199254740993"},
    {&integer_box, "9223372036854775807", "9223372036854775807"},
    {&integer_box, "-9223372036854775808", "-9223372036854775808"},
    {&integer_box, "9223372036854775808", "max: must be at most 9223372036854775807"},
    {&integer_box, "-9223372036854775809", "min: must be at least -9223372036854775808"},
    {&integer_box, "18446744073709551617", "max: must be at most 9223372036854775807"},
    {&integer_box, "-123456789012345678901234567890", "min: must be at least -9223372036854775808"},
    {&integer_box, "1.0", "type: must be a whole number"},
    {&integer_box, "1e3", "type: must be a whole number"},
    {&integer_box, "\"1\"", "type: must be a whole number"},
    {&integer_box, "[1]", "type: must be a whole number"},
    {&integer_box, "{}", "type: must be a whole number"},
    {&integer_box, "null", "type: must not be null"},
    {&small_box, "10", "10"},
    {&small_box, "-5", "-5"},
    {&small_box, "11", "max: must be at most 10"},
    {&small_box, "-6", "min: must be at least -5"},
    {&small_box, "99999999999999999999", "max: must be at most 10"},
    {&small_box, NULL, "0"},
    {&positive_box, "null", "null"},
    {&positive_box, "0", "min: must be at least 1"},
    {&positive_box, "1", "1"},

    {&number_box, "0", "0"},
    {&number_box, "-0", "-0"},
    {&number_box, "-0.0", "-0"},
    {&number_box, "1.5", "1.5"},
    {&number_box, "0.1", "0.1"},
    {&number_box, "-2.5e-3", "-0.0025"},
    {&number_box, "1E+2", "100"},
    {&number_box, "9007199254740993", "9007199254740992"},
    {&number_box, "18446744073709551616", "1.8446744073709552e+19"},
    {&number_box, "1.7976931348623157e308", "1.7976931348623157e+308"},
    {&number_box, "5e-324", "5e-324"},
    {&number_box, "1e-400", "0"},
    {&number_box, "1e400", "max: must fit a double-precision number"},
    {&number_box, "-1e400", "min: must fit a double-precision number"},
    {&number_box, "\"1\"", "type: must be a number"},
    {&number_box, "true", "type: must be a number"},
    {&share_box, "0.25", "0.25"},
    {&share_box, "1.0000001", "max: must be at most 1"},
    {&share_box, "-1.5", "min: must be at least -1"},
    {&share_box, "1e999", "max: must be at most 1"},
    {&share_box, "-1e999", "min: must be at least -1"},

    {&text_box, "\"\"", "\"\""},
    {&text_box, "\"plain\"", "\"plain\""},
    {&text_box, "\"\\u0041\\/\\\"\\\\\"", "\"A/\\\"\\\\\""},
    {&text_box, "\"caf\\u00e9 caf\xC3\xA9\"", "\"caf\xC3\xA9 caf\xC3\xA9\""},
    {&text_box, "\"\\ud83c\\udfb5 \xF0\x9F\x8E\xB5\"", "\"\xF0\x9F\x8E\xB5 \xF0\x9F\x8E\xB5\""},
    {&text_box, "\"\\uFFFF\"", "\"\xEF\xBF\xBF\""},
    {&text_box, "\"a\\nb\"", "characters: must not hold control characters"},
    {&text_box, "\"a\\u0000b\"", "characters: must not hold control characters"},
    {&text_box, "\"\x7F\"", "characters: must not hold control characters"},
    {&text_box, "\"\xC2\x85\"", "characters: must not hold control characters"},
    {&text_box, "\"\\u202e\"", "characters: must not hold control characters"},
    {&text_box, "\"\xEF\xBB\xBF\"", "characters: must not hold control characters"},
    {&text_box, "12", "type: must be a text"},
    {&text_box, "null", "type: must not be null"},
    {&word_box, "\"a\"", "min_length: must have at least 2 characters"},
    {&word_box, "\"abcde\"", "max_length: must have at most 4 characters"},
    {&word_box, "\"\xD0\xB6\xD0\xB6\xD0\xB6\xD0\xB6\"", "\"\xD0\xB6\xD0\xB6\xD0\xB6\xD0\xB6\""},
    {&word_box, "\"\xD0\xB6\"", "min_length: must have at least 2 characters"},
    {&word_box, "\"\\ud83c\\udfb5\"", "min_length: must have at least 2 characters"},
    {&word_box, "null", "null"},
    {&word_box, NULL, "null"},
    {&letter_box, "\"\"", "min_length: must have at least 1 character"},
    {&letter_box, "\"ab\"", "max_length: must have at most 1 character"},
    {&lines_box, "\" a\\n\\tb\\n\\n \"", "\"a\\n\\tb\""},
    {&lines_box, "\"a\\u0007\"", "characters: must not hold control characters"},
    {&trimmed_box, "\"  abc\\t\"", "\"abc\""},
    {&trimmed_box, "\"    \"", "min_length: must have at least 1 character"},
    {&trimmed_box, "\"abc\\n\"", "characters: must not hold control characters"},
    {&secret_box, "\" a\\n\"", "\" a\\n\""},
    {&secret_box, "\"\\u0000\"", "characters: must not hold control characters"},
    {&secret_box, "\"12345\"", "max_length: must have at most 4 characters"},

    {&email_box, "\"a@b.example\"", "\"a@b.example\""},
    {&email_box, "\"a@b\"", "email: must be an e-mail address"},
    {&slug_box, "\"night-drive-2\"", "\"night-drive-2\""},
    {&slug_box, "\"-night\"", "slug: must be lower-case letters, digits and single inner hyphens"},
    {&url_box, "\"https://example.com/a?b#c\"", "\"https://example.com/a?b#c\""},
    {&url_box, "\"HTTP://a.b:8080\"", "\"HTTP://a.b:8080\""},
    {&url_box, "\"http://[::1]:80/x\"", "\"http://[::1]:80/x\""},
    {&url_box, "\"http://127.0.0.1?q=%20\"", "\"http://127.0.0.1?q=%20\""},
    {&url_box, "\"ftp://example.com\"", "uri: must be an http or https address"},
    {&url_box, "\"javascript:alert(1)//://x\"", "uri: must be an http or https address"},
    {&url_box, "\"http://\"", "uri: must be an http or https address"},
    {&url_box, "\"http://user@example.com\"", "uri: must be an http or https address"},
    {&url_box, "\"http://user:pw@example.com\"", "uri: must be an http or https address"},
    {&url_box, "\"http://example.com:99999\"", "uri: must be an http or https address"},
    {&url_box, "\"http://example.com:\"", "uri: must be an http or https address"},
    {&url_box, "\"http://exa mple.com\"", "uri: must be an http or https address"},
    {&url_box, "\"http://example.com/%zz\"", "uri: must be an http or https address"},
    {&url_box, "\"http://-a.com\"", "uri: must be an http or https address"},
    {&url_box, "\"http://a..com\"", "uri: must be an http or https address"},
    {&url_box, "\"http://[zz]\"", "uri: must be an http or https address"},
    {&url_box, "\"//example.com\"", "uri: must be an http or https address"},
    {&currency_box, "\"EUR\"", "\"EUR\""},
    {&currency_box, "\"eur\"", "currency: must be an ISO 4217 currency code"},
    {&username_box, "\"DJ.Shadow_2-x\"", "\"DJ.Shadow_2-x\""},
    {&username_box, "\"ab\"", "username: must be 3 to 30 letters, digits, '_', '.' or '-', starting with a letter or a digit"},
    {&username_box, "\"_abc\"", "username: must be 3 to 30 letters, digits, '_', '.' or '-', starting with a letter or a digit"},
    {&username_box, "\"a b\"", "username: must be 3 to 30 letters, digits, '_', '.' or '-', starting with a letter or a digit"},

    {&color_box, "\"blue\"", "\"blue\""},
    {&color_box, NULL, "\"red\""},
    {&color_box, "\"Blue\"", "enum: must be one of red, green, blue"},
    {&color_box, "\"\"", "enum: must be one of red, green, blue"},
    {&color_box, "2", "type: must be a text"},
    {&tint_box, "null", "null"},
    {&tint_box, NULL, "null"},
    {&tint_box, "\"red\"", "\"red\""},

    {&id_box, "\"018F2B3C-0000-7000-8000-0123456789ab\"", "\"018f2b3c-0000-7000-8000-0123456789ab\""},
    {&id_box, "\"018f2b3c00007000800000123456789ab\"", "uuid: must be a UUID"},
    {&id_box, "7", "type: must be a text"},
    {&id_box, "null", "null"},
    {&instant_box, "\"2026-11-20T08:41:35+01:00\"", "\"2026-11-20T07:41:35.000000Z\""},
    {&instant_box, "\"2026-11-20\"", "date-time: must be a time such as 2026-11-20T07:41:35Z"},
    {&instant_box, "1700000000", "type: must be a text"},
    {&instant_box, "null", "null"},

    {&money_box, "{\"currency\":\"USD\",\"amount\":-2999}", "{\"amount\":-2999,\"currency\":\"USD\"}"},
    {&money_box, "{\"amount\":9007199254740993,\"currency\":\"JPY\"}", "{\"amount\":9007199254740993,\"currency\":\"JPY\"}"},
    {&money_box, "null", "null"},
    {&money_box, "29.99", "type: must be an object with amount and currency"},
    {&money_box, "{}", "/amount required: is required\n/value/currency required: is required"},
    {&money_box, "{\"amount\":1,\"currency\":\"ZZZ\"}", "/currency currency: must be an ISO 4217 currency code"},
    {&money_box, "{\"amount\":1.5,\"currency\":\"US\"}", "/amount type: must be a whole number\n/value/currency min_length: must have at least 3 characters"},
    {&money_box, "{\"amount\":1,\"currency\":\"USD\",\"x\":1}", "/x unknown: is not a member that is known here"},
    {&price_box, "{\"amount\":101,\"currency\":\"USD\"}", "/amount max: must be at most 100"},
    {&price_box, "{\"amount\":-1,\"currency\":\"USD\"}", "/amount min: must be at least 0"},
    {&price_box, "{\"amount\":0,\"currency\":\"USD\"}", "{\"amount\":0,\"currency\":\"USD\"}"},

    {&raw_box, "{ \"b\" : [1, 2.50] }", "{ \"b\" : [1, 2.50] }"},
    {&raw_box, "\"\\u0000\"", "\"\\u0000\""},
    {&raw_box, "1e400", "1e400"},
    {&raw_box, "null", "null"},
    {&raw_box, NULL, "null"},
    {&raw_small_box, "[1,23]", "[1,23]"},
    {&raw_small_box, "[1,234]", "max_length: must have at most 6 bytes"},
    {&raw_small_box, "null", "type: must not be null"},

    {&tags_box, "[\"a\",\"bb\"]", "[\"a\",\"bb\"]"},
    {&tags_box, "[]", "min_items: must have at least 1 item"},
    {&tags_box, "[\"a\",\"b\",\"c\",\"d\",17]", "max_items: must have at most 3 items"},
    {&tags_box, "[\"a\",\"b\",\"a\"]", "/2 unique: must differ from the items before it"},
    {&tags_box, "[\"b\",\"b\",\"b\"]", "/1 unique: must differ from the items before it\n/value/2 unique: must differ from the items before it"},
    {&tags_box, "[\"\",5,null]", "/0 min_length: must have at least 1 character\n/value/1 type: must be a text\n/value/2 type: must not be null"},
    {&tags_box, "\"a\"", "type: must be a list"},
    {&tags_box, "null", "type: must not be null"},
    {&tags_or_null_box, "null", "null"},
    {&tags_or_null_box, NULL, "null"},
    {&tags_or_null_box, "[]", "[]"},
};
/* clang-format on */

static struct str document_of(struct arena *arena, const struct value_case *row)
{
    return row->value != NULL ? arena_printf(arena, "{\"value\":%s}", row->value) : STR("{}");
}

/* What the row expects, as sample_outcome tells it. */
static struct str expected_of(struct arena *arena, const struct value_case *row)
{
    struct str outcome = str_cstr(row->outcome);
    ptrdiff_t colon = str_find(outcome, STR(": "));
    bool is_violation = colon > 0 && str_find_byte(outcome, '"', 0) != 0 && outcome.ptr[0] != '{';
    if (!is_violation)
        return arena_printf(arena, "{\"value\":%s}", row->outcome);
    return arena_printf(arena, "/value%s%s", outcome.ptr[0] == '/' ? "" : " ", row->outcome);
}

static void values_are_taken_or_refused_by_their_row(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(value_cases); i++) {
        struct arena *arena = arena_new(0);
        struct str document = document_of(arena, &value_cases[i]);
        struct str outcome = sample_outcome(arena, value_cases[i].type, document);
        struct str expected = expected_of(arena, &value_cases[i]);
        if (!str_equal(outcome, expected))
            fail_msg("%s of %" STR_FMT ": got\n%" STR_FMT "\nexpected\n%" STR_FMT, value_cases[i].type->name,
                     STR_ARG(document), STR_ARG(outcome), STR_ARG(expected));
        arena_free(arena);
    }
}

/* Each kind of item, once right and once given twice. */
static void repeated_items_are_found_for_every_kind(void **state)
{
    static const struct {
        const char *members;
        const char *pointer;
    } rows[] = {
        {"\"numbers\":[3,1,2,1]", "/numbers/3"},
        {"\"colors\":[\"red\",\"blue\",\"red\"]", "/colors/2"},
        {"\"owners\":[\"018f2b3c-0000-7000-8000-0123456789ab\",\"018F2B3C-0000-7000-8000-0123456789AB\"]",
         "/owners/1"},
        {"\"ratios\":[0.5,5e-1]", "/ratios/1"},
        {"\"dues\":[\"2026-11-20T08:41:35+01:00\",\"2026-11-20T07:41:35Z\"]", "/dues/1"},
        {"\"prices\":[{\"amount\":1,\"currency\":\"USD\"},{\"amount\":1,\"currency\":\"EUR\"},"
         "{\"amount\":2,\"currency\":\"USD\"},{\"currency\":\"USD\",\"amount\":1}]",
         "/prices/3"},
        {"\"flags\":[true,false,true]", "/flags/2"},
        {"\"tags\":[\"a\",\" a \"]", "/tags/1"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct arena *arena = arena_new(0);
        struct str text = arena_printf(arena, "{\"title\":\"x\",%s}", rows[i].members);
        struct str expected =
            arena_printf(arena, "%s unique: must differ from the items before it", rows[i].pointer);
        struct str outcome = sample_outcome(arena, &sample_type, text);
        assert_string_equal(outcome.ptr, expected.ptr);
        arena_free(arena);
    }
}

/* A list over its limit is read to its end and costs no memory for what is too much. */
static void items_above_the_limit_are_checked_but_not_kept(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    struct strbuf text;
    strbuf_init(&text, arena, 1 << 22);
    strbuf_append(&text, STR("{\"title\":\"x\",\"lines\":["));
    for (int i = 0; i < 100000; i++)
        strbuf_append(&text, STR("{},"));
    strbuf_append(&text, STR("{}]}"));
    struct sample sample = {0};
    size_t before = arena_used_bytes(arena);
    struct error *error = json_decode(arena, &sample_type, strbuf_str(&text), &sample);
    assert_true(error_is(error, &json_invalid));
    assert_true(arena_used_bytes(arena) - before < (size_t)64 << 10);
    arena_free(arena);
}

static void texts_without_escapes_point_into_the_input(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    struct str text = STR("{\"title\":\"Rain\",\"note\":\"a\\u0062\"}");
    struct sample sample = {0};
    assert_null(json_decode(arena, &sample_type, text, &sample));
    assert_ptr_equal(sample.title.ptr, text.ptr + 10);
    assert_true(str_equal(sample.note, STR("ab")));
    assert_false(sample.note.ptr >= text.ptr && sample.note.ptr < text.ptr + text.len);
    arena_free(arena);
}

static void absent_members_get_their_fallbacks(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    struct sample sample = {.quantity = 77};
    assert_null(json_decode(arena, &sample_type, STR("{\"title\":\"x\"}"), &sample));
    assert_int_equal(sample.quantity, 5);
    assert_int_equal(sample.color, SAMPLE_GREEN);
    assert_int_equal(sample.shade, -1);
    assert_true(sample.is_open);
    assert_null(sample.note.ptr);
    arena_free(arena);
}

static void null_gives_the_empty_value_and_not_the_fallback(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    struct sample sample = {0};
    struct str text =
        STR("{\"title\":\"x\",\"shade\":null,\"stock\":null,\"note\":null,\"price\":null,\"size\":null}");
    assert_null(json_decode(arena, &sample_type, text, &sample));
    assert_int_equal(sample.shade, -1);
    assert_int_equal(sample.stock, 0);
    assert_null(sample.note.ptr);
    assert_true(JSON_HAS(&sample_type, &sample, struct sample, stock));
    assert_true(JSON_HAS(&sample_type, &sample, struct sample, size));
    assert_false(JSON_HAS(&sample_type, &sample, struct sample, quantity));
    arena_free(arena);
}

static void presence_tells_what_was_given(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    struct sample sample = {0};
    assert_null(
        json_decode(arena, &sample_type, STR("{\"extra\":1,\"title\":\"x\",\"nick\":\"abc\"}"), &sample));
    assert_true(JSON_HAS(&sample_type, &sample, struct sample, title));
    assert_true(JSON_HAS(&sample_type, &sample, struct sample, nick));
    assert_true(JSON_HAS(&sample_type, &sample, struct sample, extra));
    assert_false(JSON_HAS(&sample_type, &sample, struct sample, note));
    assert_false(JSON_HAS(&sample_type, &sample, struct sample, lines));
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_are_taken_or_refused_by_their_row),
        cmocka_unit_test(repeated_items_are_found_for_every_kind),
        cmocka_unit_test(items_above_the_limit_are_checked_but_not_kept),
        cmocka_unit_test(texts_without_escapes_point_into_the_input),
        cmocka_unit_test(absent_members_get_their_fallbacks),
        cmocka_unit_test(null_gives_the_empty_value_and_not_the_fallback),
        cmocka_unit_test(presence_tells_what_was_given),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
