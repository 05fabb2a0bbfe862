/* SPDX-License-Identifier: AGPL-3.0-or-later
 * jansson as the oracle: on generated and damaged documents both accept or both refuse, and where they
 * accept they read the same values. LATHE_TEST_SEED=n repeats a run. */
#include <inttypes.h>
#include <jansson.h>
#include <math.h>

#include "base/json/json_read.h"
#include "base/json/json_write.h"
#include "base/mem/arena.h"
#include "base/text/number.h"

#include "tests/lib/check.h"

#define DOCUMENTS      10000
#define VALUES         5000
#define MAX_BYTES      ((size_t)1 << 20)
#define DEFAULT_SEED   UINT64_C(20240917)
#define LOAD_FLAGS     (JSON_DECODE_ANY | JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL)
#define DEEPEST_VALUES 5

struct dice {
    uint64_t state;
};

/* SplitMix64. */
static uint64_t roll(struct dice *dice)
{
    uint64_t z = dice->state += UINT64_C(0x9E3779B97F4A7C15);
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}

static size_t below(struct dice *dice, size_t limit)
{
    return (size_t)(roll(dice) % limit);
}

static uint64_t seed_of_this_run(void)
{
    const char *text = getenv("LATHE_TEST_SEED"); /* NOLINT(concurrency-mt-unsafe): one thread */
    uint64_t seed = DEFAULT_SEED;
    if (text != NULL)
        assert_true(number_parse_u64(str_cstr(text), UINT64_MAX, &seed));
    print_message("seed %" PRIu64 "\n", seed);
    return seed;
}

/* ---- documents by grammar ---- */

#define PICK(dice, list) (list)[below((dice), COUNT_OF(list))]

static const char *const blanks[] = {"", "", "", " ", "\n", "\t", "\r\n", "  "};
static const char *const pieces[] = {
    "a",
    "b",
    "name",
    "x1",
    " ",
    "caf\xC3\xA9",
    "\xE2\x82\xAC",
    "\xF0\x9F\x8E\xB5",
    "\\n",
    "\\\"",
    "\\\\",
    "\\/",
    "\\u0041",
    "\\u00e9",
    "\\ud83c\\udfb5",
    "\\u0001",
    "\\uFFFF",
    "\x7F",
    "0123456789abcdef",
    "\\b\\f\\r\\t",
    "'",
    "{[:,]}",
};
static const char *const numbers[] = {
    "0",
    "-0",
    "1",
    "-1",
    "12",
    "0.5",
    "-2.25",
    "1e3",
    "1E-3",
    "1.5e+10",
    "9007199254740993",
    "1e22",
    "1e-400",
    "0.1",
    "123456789",
    "-9223372036854775808",
    "9223372036854775807",
    "3.141592653589793",
    "100",
    "5e-324",
};
static const char *const words[] = {"true", "false", "null"};

static void put_value(struct dice *dice, struct strbuf *out, int levels);

static void put_blank(struct dice *dice, struct strbuf *out)
{
    strbuf_append_cstr(out, PICK(dice, blanks));
}

static void put_string(struct dice *dice, struct strbuf *out)
{
    strbuf_append_char(out, '"');
    for (size_t i = below(dice, 4); i > 0; i--)
        strbuf_append_cstr(out, PICK(dice, pieces));
    strbuf_append_char(out, '"');
}

/* NOLINTNEXTLINE(misc-no-recursion): as deep as `levels` says */
static void put_items(struct dice *dice, struct strbuf *out, int levels, bool is_object)
{
    size_t count = below(dice, 5);
    strbuf_append_char(out, is_object ? '{' : '[');
    for (size_t i = 0; i < count; i++) {
        strbuf_append_cstr(out, i != 0 ? "," : "");
        put_blank(dice, out);
        if (is_object) {
            put_string(dice, out);
            put_blank(dice, out);
            strbuf_append_char(out, ':');
        }
        put_value(dice, out, levels - 1);
    }
    put_blank(dice, out);
    strbuf_append_char(out, is_object ? '}' : ']');
}

/* NOLINTNEXTLINE(misc-no-recursion): as deep as `levels` says */
static void put_value(struct dice *dice, struct strbuf *out, int levels)
{
    size_t kind = below(dice, levels > 0 ? 7 : 3);
    put_blank(dice, out);
    if (kind == 0)
        put_string(dice, out);
    else if (kind == 1)
        strbuf_append_cstr(out, PICK(dice, numbers));
    else if (kind == 2)
        strbuf_append_cstr(out, PICK(dice, words));
    else
        put_items(dice, out, levels, kind % 2 == 0);
    put_blank(dice, out);
}

/* ---- damage ---- */

static const char *const scraps[] = {
    ",",
    ":",
    "\"",
    "\\",
    "{",
    "}",
    "[",
    "]",
    "0",
    "-",
    ".",
    "e",
    "\\u",
    "\\ud800",
    "\\udc00",
    "\xC3",
    "\xFF",
    "\xED\xA0\x80",
    "\xC0\xAF",
    "\xF4\x90\x80\x80",
    "\n",
    "nul",
    "01",
    "1e999",
    "\"a\":1,\"a\":1",
    "\x01",
    "[[[[[[[[[[[[[[[[",
    "]]]]]]]]]]]]]]]]",
    "\xEF\xBB\xBF",
    "99999999999999999999",
};

/* The part [from, to) of the text is replaced. */
static void splice(struct arena *arena, struct str *text, size_t from, size_t to, struct str with)
{
    struct strbuf out;
    strbuf_init(&out, arena, MAX_BYTES);
    strbuf_append(&out, str_slice(*text, 0, from));
    strbuf_append(&out, with);
    strbuf_append(&out, str_slice(*text, to, SIZE_MAX));
    *text = strbuf_str(&out);
}

static void damage(struct dice *dice, struct arena *arena, struct str *text)
{
    size_t from = below(dice, text->len + 1);
    size_t to = from + below(dice, text->len - from + 1) % 6;
    char byte = (char)(1 + below(dice, 255)); /* jansson overlooks a NUL after a number */
    switch (below(dice, 5)) {
    case 0: /* a few bytes go */
        splice(arena, text, from, to, STR(""));
        break;
    case 1: /* a byte changes */
        splice(arena, text, from, from + 1, str_from(&byte, 1));
        break;
    case 2: /* something that matters comes in */
        splice(arena, text, from, from, str_cstr(PICK(dice, scraps)));
        break;
    case 3: /* a part is doubled */
        splice(arena, text, to, to, str_slice(*text, from, below(dice, 40)));
        break;
    default: /* the end goes */
        *text = str_slice(*text, 0, from);
        break;
    }
}

/* ---- the comparison ---- */

/* What only one of the two refuses, by its own documented limits. */
static bool is_known_difference(const struct error *ours, const json_error_t *theirs)
{
    if (ours != NULL)
        return str_find(ours->message, STR("nested more than 32 levels deep")) >= 0;
    enum json_error_code code = json_error_code(theirs);
    return code == json_error_numeric_overflow || code == json_error_null_byte_in_key;
}

static void compare(struct arena *arena, struct str text, int *accepted, int *refused)
{
    json_error_t theirs = {0};
    json_t *root = json_loadb(text.ptr, text.len, LOAD_FLAGS, &theirs);
    struct error *ours = json_check(arena, text);
    bool they_accept = root != NULL;
    json_decref(root);
    if (they_accept == (ours == NULL))
        *(they_accept ? accepted : refused) += 1;
    else
        check_that(is_known_difference(ours, &theirs), "jansson: %s\nours: %" STR_FMT "\ntext: %" STR_FMT,
                   they_accept ? "accepts" : theirs.text,
                   STR_ARG(ours != NULL ? ours->message : STR("accepts")), STR_ARG(text));
}

static void both_accept_or_both_refuse(void **state)
{
    (void)state;
    struct dice dice = {seed_of_this_run()};
    struct arena *arena = arena_new(0);
    int accepted = 0;
    int refused = 0;
    for (int i = 0; i < DOCUMENTS; i++) {
        struct strbuf out;
        arena_clear(arena);
        strbuf_init(&out, arena, MAX_BYTES);
        put_value(&dice, &out, (int)below(&dice, DEEPEST_VALUES));
        struct str text = strbuf_str(&out);
        for (size_t times = below(&dice, 4); times > 0; times--)
            damage(&dice, arena, &text);
        compare(arena, text, &accepted, &refused);
    }
    print_message("%d accepted, %d refused by both\n", accepted, refused);
    assert_true(accepted > DOCUMENTS / 5 && refused > DOCUMENTS / 5);
    arena_free(arena);
}

struct box {
    struct str text;
    double number;
    int64_t whole;
};

/* clang-format off */
static const struct json_field box_fields[] = {
    JSON_TEXT(struct box, text, .min = 0, .max = 1000, .flags = JSON_SECRET),
    JSON_NUMBER(struct box, number),
    JSON_INTEGER(struct box, whole),
};
static const struct json_type box_type = JSON_TYPE("Box", struct box, box_fields);
/* clang-format on */

static void put_number(struct dice *dice, struct strbuf *out)
{
    uint64_t bits = roll(dice);
    double value = 0;
    memcpy(&value, &bits, sizeof(value));
    if (below(dice, 2) == 0)
        strbuf_printf(out, "%" PRId64 ".%zu", (int64_t)bits >> below(dice, 63), below(dice, 1000000));
    else
        strbuf_printf(out, "%.*e", (int)below(dice, 20),
                      fabs(value) < 1e307 ? value : 0.5); /* rounding must not overflow */
}

/* Both read the same text, double and integer; ours writes what jansson reads back the same. */
static void compare_values(struct dice *dice, struct arena *arena)
{
    struct strbuf out;
    struct box box = {0};
    strbuf_init(&out, arena, MAX_BYTES);
    strbuf_append(&out, STR("{\"text\":"));
    put_string(dice, &out);
    strbuf_append(&out, STR(",\"number\":"));
    put_number(dice, &out);
    strbuf_printf(&out, ",\"whole\":%" PRId64 "}", (int64_t)roll(dice) >> below(dice, 63));
    struct str texts[2] = {strbuf_str(&out)};
    assert_null(json_decode(arena, &box_type, texts[0], &box));
    texts[1] = json_encode(arena, &box_type, &box);
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        json_t *root = json_loadb(texts[i].ptr, texts[i].len, LOAD_FLAGS, NULL);
        check_that(root != NULL, "jansson refuses %" STR_FMT, STR_ARG(texts[i]));
        json_t *text = json_object_get(root, "text");
        double number = json_number_value(json_object_get(root, "number"));
        assert_true(str_equal(box.text, str_from(json_string_value(text), json_string_length(text))));
        check_that(!(number < box.number) && !(number > box.number), "%.17g and %.17g from %" STR_FMT, number,
                   box.number, STR_ARG(texts[i]));
        assert_true(json_integer_value(json_object_get(root, "whole")) == box.whole);
        json_decref(root);
    }
}

static void both_read_the_same_values(void **state)
{
    (void)state;
    struct dice dice = {seed_of_this_run()};
    struct arena *arena = arena_new(0);
    for (int i = 0; i < VALUES; i++) {
        arena_clear(arena);
        compare_values(&dice, arena);
    }
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_accept_or_both_refuse),
        cmocka_unit_test(both_read_the_same_values),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
