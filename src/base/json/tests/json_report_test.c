/* SPDX-License-Identifier: AGPL-3.0-or-later
 * All violations of a document, their pointers, their number; what pairs give. */
#include "base/json/tests/json_sample.h"
#include "base/mem/arena.h"

#include "tests/lib/check.h"

struct document_case {
    const char *text;
    const char *outcome;
};

/* clang-format off */
static const struct document_case document_cases[] = {
    {"{\"title\":5,\"quantity\":0,\"color\":\"pink\"}",
     "/title type: must be a text\n/quantity min: must be at least 1\n/color enum: must be one of red, green, blue"},
    {"{}", "/title required: is required"},
    {"", "line 1, column 1: expected a value"},
    {"{\"title\":", "line 1, column 10: expected a value"},
    {"[]", " type: must be an object"},
    {"null", " type: must not be null"},
    {"\"x\"", " type: must be an object"},
    {"{\"title\":\"x\",\"lines\":[{\"sku\":\"\",\"count\":100,\"price\":{\"amount\":100001,\"currency\":\"USD\"}},7,{}]}",
     "/lines/0/sku min_length: must have at least 1 character\n"
     "/lines/0/count max: must be at most 99\n"
     "/lines/0/price/amount max: must be at most 100000\n"
     "/lines/1 type: must be an object\n"
     "/lines/2/sku required: is required\n"
     "/lines/2/price required: is required"},
    {"{\"title\":\"x\",\"size\":{\"width\":1,\"depth\":[{\"a\":1}],\"unit\":null}}",
     "/size/depth unknown: is not a member that is known here\n"
     "/size/unit type: must not be null\n"
     "/size/height required: is required"},
    {"{\"title\":\"x\",\"a/b\":1,\"m~n\":2,\"\":3,\"caf\\u00e9\":4}",
     "/a~1b unknown: is not a member that is known here\n"
     "/m~0n unknown: is not a member that is known here\n"
     "/ unknown: is not a member that is known here\n"
     "/caf\xC3\xA9 unknown: is not a member that is known here"},
    {"{\"title\":\"x\",\"Title\":\"y\"}", "/Title unknown: is not a member that is known here"},
    {"{\"colors\":[\"red\"],\"lines\":[{},{},{},{}],\"title\":\"01234567890\"}",
     "/colors min_items: must have at least 2 items\n"
     "/lines/0/sku required: is required\n/lines/0/price required: is required\n"
     "/lines/1/sku required: is required\n/lines/1/price required: is required\n"
     "/lines/2/sku required: is required\n/lines/2/price required: is required\n"
     "/lines max_items: must have at most 3 items\n"
     "/title max_length: must have at most 10 characters"},
    {"{\"title\":\"x\",\"password\":\"a-very-long-password-indeed\"}",
     "/password max_length: must have at most 20 characters"},
};
/* clang-format on */

static void all_violations_are_collected_with_their_pointers(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(document_cases); i++) {
        struct arena *arena = arena_new(0);
        check_str(sample_outcome(arena, &sample_type, str_cstr(document_cases[i].text)),
                  document_cases[i].outcome);
        arena_free(arena);
    }
}

static void the_message_names_the_first_and_counts_the_rest(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    struct sample sample = {0};
    struct error *one = json_decode(arena, &sample_type, STR("{\"title\":5}"), &sample);
    check_str(one->message, "/title must be a text");
    struct error *three = json_decode(arena, &sample_type, STR("{\"title\":5,\"x\":1,\"y\":2}"), &sample);
    check_str(three->message, "/title must be a text (and 2 more)");
    struct error *whole = json_decode(arena, &sample_type, STR("[]"), &sample);
    check_str(whole->message, "must be an object");
    assert_true(error_has_code(whole, ERROR_INVALID));
    arena_free(arena);
}

static void a_hundred_violations_are_carried_and_all_are_counted(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    struct strbuf text;
    struct sample sample = {0};
    strbuf_init(&text, arena, 1 << 16);
    strbuf_append(&text, STR("{\"title\":\"x\""));
    for (int i = 0; i < 250; i++)
        strbuf_printf(&text, ",\"x%d\":1", i);
    strbuf_append(&text, STR("}"));
    struct error *error = json_decode(arena, &sample_type, strbuf_str(&text), &sample);
    int count = 0;
    for (const struct violation *one = error->violations; one != NULL; one = one->next)
        count++;
    assert_int_equal(count, JSON_MAX_VIOLATIONS);
    check_str(error->message, "/x0 is not a member that is known here (and 249 more)");
    arena_free(arena);
}

static void malformed_text_wins_over_violations(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    check_str(sample_outcome(arena, &sample_type, STR("{\"title\":5,\n\"x\":}")),
              "line 2, column 5: expected a value");
    arena_free(arena);
}

static void unknown_members_may_be_ignored_but_not_malformed(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    struct json_type tolerant = sample_line_type;
    tolerant.ignore_unknown = true;
    struct str line =
        STR("{\"x\":{\"a\":[1,null]},\"sku\":\"s\",\"price\":{\"amount\":1,\"currency\":\"USD\"},\"y\":1}");
    check_str(sample_outcome(arena, &tolerant, line),
              "{\"sku\":\"s\",\"count\":1,\"price\":{\"amount\":1,\"currency\":\"USD\"}}");
    check_str(sample_outcome(arena, &tolerant, STR("{\"x\":{\"a\":[1,]}}")),
              "line 1, column 14: expected a value");
    arena_free(arena);
}

/* ---- pairs ---- */

/* clang-format off */
#define DEFAULTS(q_, limit_, ratio_, open_, color_) \
    "{\"q\":" q_ ",\"limit\":" limit_ ",\"ratio\":" ratio_ ",\"is_open\":" open_ ",\"color\":\"" color_ "\""

/* "name=value&name=value", not percent-encoded. */
static const struct document_case pair_cases[] = {
    {"", DEFAULTS("null", "20", "0", "false", "blue") "}"},
    {"q= a b &limit=5&ratio=0.5&is_open=true&color=red", DEFAULTS("\"a b\"", "5", "0.5", "true", "red") "}"},
    {"q", DEFAULTS("\"\"", "20", "0", "false", "blue") "}"},
    {"q=", DEFAULTS("\"\"", "20", "0", "false", "blue") "}"},
    {"owner=018F2B3C-0000-7000-8000-0102030405ff&since=2023-11-14T22:13:20Z",
     DEFAULTS("null", "20", "0", "false", "blue") ",\"owner\":\"018f2b3c-0000-7000-8000-0102030405ff\",\"since\":\"2023-11-14T22:13:20.000000Z\"}"},
    {"tags=a&limit=7&tags=b&numbers=1&tags=c&numbers=-2",
     DEFAULTS("null", "7", "0", "false", "blue") ",\"tags\":[\"a\",\"b\",\"c\"],\"numbers\":[1,-2]}"},
    {"limit=0&ratio=x&is_open=1&color=pink&owner=7&since=now",
     "/limit min: must be at least 1\n/ratio type: must be a number\n/is_open type: must be true or false\n"
     "/color enum: must be one of red, green, blue\n/owner uuid: must be a UUID\n"
     "/since date-time: must be a time such as 2026-11-20T07:41:35Z"},
    {"limit=5x", "/limit type: must be a whole number"},
    {"limit=", "/limit type: must be a whole number"},
    {"limit", "/limit type: must be a whole number"},
    {"limit= 5", "/limit type: must be a whole number"},
    {"limit=05", "/limit type: must be a whole number"},
    {"limit=5.0", "/limit type: must be a whole number"},
    {"limit=99999999999999999999", "/limit max: must be at most 100"},
    {"ratio=1e400", "/ratio max: must fit a double-precision number"},
    {"limit=5&limit=6", "the parameter limit is given twice\n/limit duplicate: appears twice"},
    {"x=1&a/b=2&=3", "/x unknown: is not a parameter that is known here\n/a~1b unknown: is not a parameter that is known here\n"
                     "/ unknown: is not a parameter that is known here"},
    {"q=01234567890", "/q max_length: must have at most 10 characters"},
    {"q=\x07", "/q characters: must not hold control characters"},
    {"q=\xFF", "/q characters: must be valid UTF-8"},
    {"color=\xFF", "/color characters: must be valid UTF-8"},
    {"tags=a&tags=&tags=12345", "/tags/1 min_length: must have at least 1 character\n/tags/2 max_length: must have at most 4 characters"},
    {"tags=a&tags=b&tags=a", "/tags/2 unique: must differ from the items before it"},
    {"tags=a&tags=b&tags=c&tags=d", "/tags max_items: must have at most 3 items"},
    {"numbers=1", "/numbers min_items: must have at least 2 items"},
    {"numbers=1&numbers=b", "/numbers/1 type: must be a whole number"},
};
/* clang-format on */

static size_t split_pairs(struct str query, struct json_pair *pairs, size_t capacity)
{
    size_t count = 0;
    struct str part = STR_NONE;
    struct str rest = query.len != 0 ? query : STR_NONE;
    while (str_split(&rest, '&', &part)) {
        assert_true(count < capacity);
        struct str value = part;
        assert_true(str_split(&value, '=', &pairs[count].name));
        pairs[count++].value = value;
    }
    return count;
}

static struct str pairs_outcome(struct arena *arena, struct str query)
{
    struct json_pair pairs[16];
    struct sample_filter filter = {0};
    size_t count = split_pairs(query, pairs, COUNT_OF(pairs));
    struct error *error = json_decode_pairs(arena, &sample_filter_type, pairs, count, &filter);
    return error != NULL ? sample_error_text(arena, error) : json_encode(arena, &sample_filter_type, &filter);
}

static void pairs_are_decoded_by_the_same_rows(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(pair_cases); i++) {
        struct arena *arena = arena_new(0);
        check_str(pairs_outcome(arena, str_cstr(pair_cases[i].text)), pair_cases[i].outcome);
        arena_free(arena);
    }
}

static void pairs_tell_what_was_given(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    struct sample_filter filter = {0};
    const struct json_pair pairs[] = {{STR("tags"), STR("a")}, {STR("q"), STR("")}};
    assert_null(json_decode_pairs(arena, &sample_filter_type, pairs, COUNT_OF(pairs), &filter));
    assert_true(JSON_HAS(&sample_filter_type, &filter, struct sample_filter, tags));
    assert_true(JSON_HAS(&sample_filter_type, &filter, struct sample_filter, q));
    assert_false(JSON_HAS(&sample_filter_type, &filter, struct sample_filter, limit));
    assert_int_equal(filter.limit, 20);
    arena_free(arena);
}

static void unknown_pairs_may_be_ignored(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    struct json_type tolerant = sample_filter_type;
    tolerant.ignore_unknown = true;
    struct sample_filter filter = {0};
    const struct json_pair pairs[] = {
        {STR("utm"), STR("a")}, {STR("utm"), STR("b")}, {STR("limit"), STR("3")}};
    assert_null(json_decode_pairs(arena, &tolerant, pairs, COUNT_OF(pairs), &filter));
    assert_int_equal(filter.limit, 3);
    arena_free(arena);
}

static void decode_pairs_with_objects(void *arg)
{
    struct sample sample = {0};
    error_ignore(json_decode_pairs(arg, &sample_type, NULL, 0, &sample));
}

static void check_type_of_pairs(void *arg)
{
    json_type_check_pairs(arg);
}

static void pairs_have_no_objects(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    struct json_type with_objects = sample_line_type;
    assert_true(check_aborts(decode_pairs_with_objects, arena));
    assert_true(check_aborts(check_type_of_pairs, &with_objects));
    json_type_check_pairs(&sample_filter_type);
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_violations_are_collected_with_their_pointers),
        cmocka_unit_test(the_message_names_the_first_and_counts_the_rest),
        cmocka_unit_test(a_hundred_violations_are_carried_and_all_are_counted),
        cmocka_unit_test(malformed_text_wins_over_violations),
        cmocka_unit_test(unknown_members_may_be_ignored_but_not_malformed),
        cmocka_unit_test(pairs_are_decoded_by_the_same_rows),
        cmocka_unit_test(pairs_tell_what_was_given),
        cmocka_unit_test(unknown_pairs_may_be_ignored),
        cmocka_unit_test(pairs_have_no_objects),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
