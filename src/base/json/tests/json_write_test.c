/* SPDX-License-Identifier: AGPL-3.0-or-later
 * The writer: commas, escapes, misuse, limits; encoding by rows. */
#include <math.h>

#include "base/json/tests/json_sample.h"
#include "base/mem/arena.h"

#include "tests/lib/check.h"

#define MAX_BYTES ((size_t)1 << 20)

struct page {
    struct arena *arena;
    struct strbuf out;
    struct json_writer writer;
};

static void page_open(struct page *page, size_t max_len)
{
    *page = (struct page){.arena = arena_new(0)};
    strbuf_init(&page->out, page->arena, max_len);
    json_writer_init(&page->writer, &page->out);
}

static void page_close(struct page *page, const char *expected)
{
    check_str(strbuf_str(&page->out), expected);
    arena_free(page->arena);
}

static void commas_and_colons_are_placed_by_the_writer(void **state)
{
    (void)state;
    struct page page;
    page_open(&page, MAX_BYTES);
    struct json_writer *writer = &page.writer;
    json_begin_object(writer);
    json_name(writer, STR("a"));
    json_begin_array(writer);
    json_put_i64(writer, 1);
    json_begin_array(writer);
    json_end_array(writer);
    json_begin_object(writer);
    json_end_object(writer);
    json_put_null(writer);
    json_end_array(writer);
    json_name(writer, STR("b\"c"));
    json_put_bool(writer, true);
    json_name(writer, STR("raw"));
    json_put_raw(writer, STR("[1, 2]"));
    json_plain_name(writer, STR("d"));
    json_put_bool(writer, false);
    json_end_object(writer);
    page_close(&page, "{\"a\":[1,[],{},null],\"b\\\"c\":true,\"raw\":[1, 2],\"d\":false}");
}

static void values_have_one_form(void **state)
{
    (void)state;
    struct page page;
    page_open(&page, MAX_BYTES);
    struct json_writer *writer = &page.writer;
    json_begin_array(writer);
    json_put_i64(writer, INT64_MIN);
    json_put_i64(writer, INT64_MAX);
    json_put_f64(writer, 0.1);
    json_put_f64(writer, 1e300);
    json_put_f64(writer, -0.0);
    json_put_f64(writer, (double)NAN);
    json_put_f64(writer, -HUGE_VAL);
    json_put_id(writer, (struct id){{0x01, 0x8f, 0x2b, 0x3c, 0, 0, 0x70, 0, 0x80, 0, 1, 2, 3, 4, 5, 0xff}});
    json_put_instant(writer, (struct instant){INT64_C(1700000000123456)});
    json_put_money(writer, (struct money){-5, {"EUR"}});
    json_end_array(writer);
    page_close(&page, "[-9223372036854775808,9223372036854775807,0.1,1e+300,-0,null,null,"
                      "\"018f2b3c-0000-7000-8000-0102030405ff\",\"2023-11-14T22:13:20.123456Z\","
                      "{\"amount\":-5,\"currency\":\"EUR\"}]");
}

struct escape_case {
    struct str text;
    const char *written;
};

/* clang-format off */
static const struct escape_case escape_cases[] = {
    {STR_INIT(""), ""},
    {{NULL, 0}, ""},
    {STR_INIT("plain"), "plain"},
    {STR_INIT("\"\\/"), "\\\"\\\\/"},
    {STR_INIT("\b\f\n\r\t"), "\\b\\f\\n\\r\\t"},
    {STR_INIT("\0\x01\x1f\x7f"), "\\u0000\\u0001\\u001f\x7f"},
    {STR_INIT("caf\xC3\xA9 \xE2\x82\xAC \xF0\x9F\x8E\xB5"), "caf\xC3\xA9 \xE2\x82\xAC \xF0\x9F\x8E\xB5"},
    {STR_INIT("\xE2\x80\xA8"), "\xE2\x80\xA8"},
    {STR_INIT("a\x80z"), "a\xEF\xBF\xBDz"},
    {STR_INIT("\xC3"), "\xEF\xBF\xBD"},
    {STR_INIT("\xED\xA0\x80"), "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD"},
    {STR_INIT("\xC0\xAF"), "\xEF\xBF\xBD\xEF\xBF\xBD"},
    {STR_INIT("\xF4\x90\x80\x80"), "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD"},
};
/* clang-format on */

/* Every escape at every place of texts up to three words long: the fast path takes eight bytes at once. */
static void texts_are_escaped_at_every_place(void **state)
{
    static const char filler[] = "abcdefghijklmnopqrstuvwxyz";
    (void)state;
    for (size_t i = 0; i < COUNT_OF(escape_cases); i++) {
        for (int before = 0; before < 26; before++) {
            for (int after = 0; after < 10; after += 3) {
                struct page page;
                page_open(&page, MAX_BYTES);
                struct strbuf text;
                strbuf_init(&text, page.arena, 100);
                strbuf_append(&text, str_from(filler, (size_t)before));
                strbuf_append(&text, escape_cases[i].text);
                strbuf_append(&text, str_from(filler, (size_t)after));
                json_put_text(&page.writer, strbuf_str(&text));
                struct str expected = arena_printf(page.arena, "\"%.*s%s%.*s\"", before, filler,
                                                   escape_cases[i].written, after, filler);
                page_close(&page, expected.ptr);
            }
        }
    }
}

static void absent_text_is_an_empty_string(void **state)
{
    (void)state;
    struct page page;
    page_open(&page, MAX_BYTES);
    json_put_text(&page.writer, STR_NONE);
    page_close(&page, "\"\"");
}

static void value_without_name(void *arg)
{
    struct json_writer *writer = arg;
    json_begin_object(writer);
    json_put_i64(writer, 1);
}

static void name_outside_of_an_object(void *arg)
{
    struct json_writer *writer = arg;
    json_begin_array(writer);
    json_name(writer, STR("a"));
}

static void name_at_the_top(void *arg)
{
    json_name(arg, STR("a"));
}

static void two_names(void *arg)
{
    struct json_writer *writer = arg;
    json_begin_object(writer);
    json_name(writer, STR("a"));
    json_name(writer, STR("b"));
}

static void name_without_value(void *arg)
{
    struct json_writer *writer = arg;
    json_begin_object(writer);
    json_name(writer, STR("a"));
    json_end_object(writer);
}

static void wrong_bracket(void *arg)
{
    struct json_writer *writer = arg;
    json_begin_object(writer);
    json_end_array(writer);
}

static void end_too_many(void *arg)
{
    json_end_array(arg);
}

static void two_values_at_the_top(void *arg)
{
    struct json_writer *writer = arg;
    json_put_null(writer);
    json_put_null(writer);
}

static void too_deep(void *arg)
{
    struct json_writer *writer = arg;
    for (int i = 0; i < 64; i++)
        json_begin_array(writer);
}

static void empty_raw(void *arg)
{
    json_put_raw(arg, STR(""));
}

static void no_such_enum_value(void *arg)
{
    struct sample sample = {.color = 7};
    json_put_object(arg, &sample_type, &sample);
}

static void misuse_aborts(void **state)
{
    static const check_fn misuses[] = {
        value_without_name, name_outside_of_an_object, name_at_the_top,
        two_names,          name_without_value,        wrong_bracket,
        end_too_many,       two_values_at_the_top,     too_deep,
        empty_raw,          no_such_enum_value,
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(misuses); i++) {
        struct page page;
        page_open(&page, MAX_BYTES);
        check_that(check_aborts(misuses[i], &page.writer), "misuse %zu passed", i);
        arena_free(page.arena);
    }
}

static const char full_text[] =
    "{\"title\":\"a \\\"b\\\" \xC3\xA9\",\"note\":\"one\\ntwo\",\"nick\":\"abc\",\"email\":\"a@b.example\",\"password\":"
    "\"\\u0001\",\"is_open\":true,\"quantity\":7,\"stock\":8,\"ratio\":0.5,\"color\":\"blue\",\"shade\":\"red\",\"owner\":"
    "\"018f2b3c-0000-7000-8000-0102030405ff\",\"due\":\"2023-11-14T22:13:20.123456Z\",\"price\":{\"amount\":1,"
    "\"currency\":\"USD\"},\"size\":{\"width\":1,\"height\":-2,\"unit\":\"\"},\"lines\":[{\"sku\":\"x\",\"count\":2,"
    "\"price\":{\"amount\":0,\"currency\":\"JPY\"},\"notes\":[\"\",\"n\"]},{\"sku\":\"y\",\"count\":1,\"price\":{"
    "\"amount\":3,\"currency\":\"JPY\"}}],\"tags\":[\"a\",\"b\\\"\"],\"numbers\":[1,9],\"colors\":[\"red\",\"green\"],"
    "\"owners\":[\"018f2b3c-0000-7000-8000-0102030405ff\"],\"ratios\":[1,-0.25],\"dues\":["
    "\"2023-11-14T22:13:20.123456Z\"],\"prices\":[{\"amount\":9007199254740993,\"currency\":\"USD\"}],\"raws\":[{},1],"
    "\"flags\":[true,false],\"extra\":{\"b\":[1.50]}}";

static void what_was_decoded_is_encoded_the_same(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    struct str text = str_cstr(full_text);
    check_str(sample_outcome(arena, &sample_type, text), full_text);
    check_str(
        sample_outcome(arena, &sample_type, STR("{\"title\":\"x\"}")),
        "{\"title\":\"x\",\"is_open\":true,\"quantity\":5,\"ratio\":0,\"color\":\"green\",\"owner\":null}");
    arena_free(arena);
}

/* The output may end anywhere: what was written is the beginning of the whole, and the builder says so. */
static void output_that_does_not_fit_is_cut_and_marked(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    struct sample sample = {0};
    assert_null(json_decode(arena, &sample_type, str_cstr(full_text), &sample));
    for (size_t max_len = 1; max_len <= sizeof(full_text); max_len++) {
        struct page page;
        page_open(&page, max_len);
        json_put_object(&page.writer, &sample_type, &sample);
        bool fits = max_len >= sizeof(full_text) - 1;
        check_that(page.out.overflow == !fits, "limit %zu", max_len);
        check_that(page.out.len <= max_len, "limit %zu is passed", max_len);
        check_that(str_starts_with(str_cstr(full_text), strbuf_str(&page.out)) || !fits, "limit %zu",
                   max_len);
        arena_free(page.arena);
    }
    arena_free(arena);
}

static void empty_members_are_null_or_left_out(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    struct sample sample = {.title = STR("t"), .shade = -1};
    check_str(
        json_encode(arena, &sample_type, &sample),
        "{\"title\":\"t\",\"is_open\":false,\"quantity\":0,\"ratio\":0,\"color\":\"red\",\"owner\":null}");
    sample.size.unit = STR("mm");
    sample.note = STR("");
    sample.extra = STR("null");
    check_str(json_encode(arena, &sample_type, &sample),
              "{\"title\":\"t\",\"note\":\"\",\"is_open\":false,\"quantity\":0,\"ratio\":0,\"color\":\"red\","
              "\"owner\":null,\"size\":{\"width\":0,\"height\":0,\"unit\":\"mm\"},\"extra\":null}");
    arena_free(arena);
}

struct inner {
    struct str text;
    bool flag;
};

struct outer {
    struct inner inner;
    int64_t count;
};

struct nullables {
    bool flag;
    int64_t above, below, any;
    double share, real;
    struct str text, raw;
    int32_t color;
    struct id id;
    struct instant at;
    struct money money;
    struct outer outer;
    struct array absent, none;
};

/* clang-format off */
static const struct json_field inner_fields[] = {
    JSON_TEXT(struct inner, text),
    JSON_BOOLEAN(struct inner, flag),
};
static const struct json_type inner_type = JSON_TYPE("Inner", struct inner, inner_fields);
static const struct json_field outer_fields[] = {
    JSON_OBJECT(struct outer, inner, struct inner, &inner_type),
    JSON_INTEGER(struct outer, count),
};
static const struct json_type outer_type = JSON_TYPE("Outer", struct outer, outer_fields);

#define NULLABLE .flags = JSON_NULLABLE
static const struct json_field nullable_fields[] = {
    JSON_BOOLEAN(struct nullables, flag, NULLABLE),
    JSON_INTEGER(struct nullables, above, NULLABLE, .min = 1, .max = 9),
    JSON_INTEGER(struct nullables, below, NULLABLE, .min = -9, .max = -1),
    JSON_INTEGER(struct nullables, any, NULLABLE),
    JSON_NUMBER(struct nullables, share, NULLABLE, .min = 1, .max = 2),
    JSON_NUMBER(struct nullables, real, NULLABLE, .min = 0, .max = 1),
    JSON_TEXT(struct nullables, text, NULLABLE),
    JSON_RAW(struct nullables, raw, NULLABLE),
    JSON_ENUM(struct nullables, color, &sample_color_words, NULLABLE),
    JSON_ID(struct nullables, id, NULLABLE),
    JSON_INSTANT(struct nullables, at, NULLABLE),
    JSON_MONEY(struct nullables, money, NULLABLE),
    JSON_OBJECT(struct nullables, outer, struct outer, &outer_type, NULLABLE),
    JSON_ARRAY(struct nullables, absent, JSON_KIND_TEXT, NULLABLE),
    JSON_ARRAY(struct nullables, none, JSON_KIND_TEXT, NULLABLE),
};
static const struct json_type nullable_type = JSON_TYPE("Nullables", struct nullables, nullable_fields);
/* clang-format on */

/* A zero is a value where the limits allow it, an empty list is one that has its place. */
static void empty_is_what_each_kind_calls_so(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    struct str none = STR_NONE;
    struct nullables empty = {.color = -1, .none = {.items = &none}};
    check_str(
        json_encode(arena, &nullable_type, &empty),
        "{\"flag\":false,\"above\":null,\"below\":null,\"any\":0,\"share\":null,\"real\":0,\"text\":null,"
        "\"raw\":null,\"color\":null,\"id\":null,\"at\":null,\"money\":null,\"outer\":null,\"absent\":null,"
        "\"none\":[]}");
    struct nullables full = {
        .above = 1,
        .below = -1,
        .share = 1,
        .text = STR(""),
        .raw = STR("0"),
        .id = {{[15] = 1}},
        .at = {1},
        .money = {0, {"USD"}},
        .outer = {.inner = {.flag = true}},
        .absent = {.items = &none, .count = 1},
    };
    check_str(
        json_encode(arena, &nullable_type, &full),
        "{\"flag\":false,\"above\":1,\"below\":-1,\"any\":0,\"share\":1,\"real\":0,\"text\":\"\","
        "\"raw\":0,\"color\":\"red\",\"id\":\"00000000-0000-0000-0000-000000000001\",\"at\":"
        "\"1970-01-01T00:00:00.000001Z\",\"money\":{\"amount\":0,\"currency\":\"USD\"},\"outer\":{\"inner\":"
        "{\"text\":\"\",\"flag\":true},\"count\":0},\"absent\":[\"\"],\"none\":null}");
    arena_free(arena);
}

/* Rows without an empty form take what is there; only raw has nothing to show and becomes null. */
static void rows_that_are_not_nullable_write_what_they_have(void **state)
{
    (void)state;
    static const struct json_field fields[] = {
        JSON_RAW(struct nullables, raw),
        JSON_TEXT(struct nullables, text),
        JSON_ID(struct nullables, id),
        JSON_MONEY(struct nullables, money),
        JSON_OBJECT(struct nullables, outer, struct outer, &outer_type, .flags = JSON_OMITTED),
        JSON_ARRAY(struct nullables, none, JSON_KIND_RAW),
    };
    static const struct json_type type = JSON_TYPE("Plain", struct nullables, fields);
    struct arena *arena = arena_new(0);
    struct nullables empty = {0};
    check_str(json_encode(arena, &type, &empty),
              "{\"raw\":null,\"text\":\"\",\"id\":\"00000000-0000-0000-0000-000000000000\","
              "\"money\":{\"amount\":0,\"currency\":\"\"},\"none\":[]}");
    empty.outer.count = 3;
    assert_true(str_find(json_encode(arena, &type, &empty), STR("\"count\":3")) > 0);
    arena_free(arena);
}

static void objects_nest_in_hand_written_output(void **state)
{
    (void)state;
    struct page page;
    page_open(&page, MAX_BYTES);
    struct sample_line line = {.sku = STR("s"), .count = 1, .price = {5, {"USD"}}};
    json_begin_array(&page.writer);
    json_put_object(&page.writer, &sample_line_type, &line);
    json_put_object(&page.writer, &sample_line_type, &line);
    json_end_array(&page.writer);
    page_close(&page, "[{\"sku\":\"s\",\"count\":1,\"price\":{\"amount\":5,\"currency\":\"USD\"}},"
                      "{\"sku\":\"s\",\"count\":1,\"price\":{\"amount\":5,\"currency\":\"USD\"}}]");
}

static void long_texts_are_written_whole(void **state)
{
    (void)state;
    struct page page;
    page_open(&page, MAX_BYTES);
    char *bytes = arena_alloc_raw(page.arena, 100000);
    memset(bytes, 'x', 100000);
    bytes[70000] = '\n';
    struct sample sample = {.title = str_from(bytes, 100000), .shade = -1};
    struct str text = json_encode(page.arena, &sample_type, &sample);
    assert_null(json_check(page.arena, text));
    assert_int_equal(str_find(text, STR("x\\nx")), strlen("{\"title\":\"") + 69999);
    assert_true(
        str_starts_with(str_slice(text, strlen("{\"title\":\"") + 100001, SIZE_MAX), STR("\",\"is_open\"")));
    arena_free(page.arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(commas_and_colons_are_placed_by_the_writer),
        cmocka_unit_test(values_have_one_form),
        cmocka_unit_test(texts_are_escaped_at_every_place),
        cmocka_unit_test(absent_text_is_an_empty_string),
        cmocka_unit_test(misuse_aborts),
        cmocka_unit_test(what_was_decoded_is_encoded_the_same),
        cmocka_unit_test(output_that_does_not_fit_is_cut_and_marked),
        cmocka_unit_test(empty_members_are_null_or_left_out),
        cmocka_unit_test(empty_is_what_each_kind_calls_so),
        cmocka_unit_test(rows_that_are_not_nullable_write_what_they_have),
        cmocka_unit_test(objects_nest_in_hand_written_output),
        cmocka_unit_test(long_texts_are_written_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
