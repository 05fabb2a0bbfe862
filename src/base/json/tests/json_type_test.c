/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Descriptors themselves: the schema they yield and the mistakes that json_type_check finds. */
#include "base/json/tests/json_sample.h"
#include "base/mem/arena.h"

#include "tests/lib/check.h"

static struct str schema_of(struct arena *arena, const struct json_type *type, enum json_direction direction)
{
    struct strbuf out;
    struct json_writer writer;
    strbuf_init(&out, arena, 1 << 20);
    json_writer_init(&writer, &out);
    json_put_schema(&writer, type, direction);
    assert_null(json_check(arena, strbuf_str(&out)));
    return strbuf_str(&out);
}

static struct str field_schema_of(struct arena *arena, const struct json_field *field,
                                  enum json_direction direction)
{
    struct strbuf out;
    struct json_writer writer;
    strbuf_init(&out, arena, 1 << 20);
    json_writer_init(&writer, &out);
    json_put_field_schema(&writer, field, direction);
    assert_null(json_check(arena, strbuf_str(&out)));
    return strbuf_str(&out);
}

struct every {
    struct str text;
    int64_t number;
    double real;
    bool flag;
    int32_t color;
    struct id id;
    struct instant at;
    struct money money;
    struct sample_line line;
    struct array list;
    struct str raw;
};

struct field_case {
    struct json_field field;
    const char *request;
    const char *reply; /* NULL: the same */
};

#define MONEY "\"#/components/schemas/Money\""
#define LINE  "\"#/components/schemas/SampleLine\""

static const struct json_field held_list = {.kind = JSON_KIND_ARRAY, .element = JSON_KIND_I64, .max = 64};

/* clang-format off */
static const struct field_case field_cases[] = {
    {JSON_TEXT(struct every, text), "{\"type\":\"string\",\"maxLength\":255}", "{\"type\":\"string\"}"},
    {JSON_TEXT(struct every, text, .min = 2, .max = 5, .flags = JSON_NULLABLE, .help = "A \"b\"", .example = "\"x\""),
     "{\"type\":[\"string\",\"null\"],\"minLength\":2,\"maxLength\":5,\"description\":\"A \\\"b\\\"\",\"examples\":[\"x\"]}", NULL},
    {JSON_TEXT(struct every, text, .min = 0, .max = 80, .format = &json_format_slug),
     "{\"type\":\"string\",\"maxLength\":80,\"format\":\"slug\",\"pattern\":\"^[a-z0-9]+(-[a-z0-9]+)*$\"}", NULL},
    {JSON_TEXT(struct every, text, .min = 1, .max = 254, .format = &json_format_email),
     "{\"type\":\"string\",\"minLength\":1,\"maxLength\":254,\"format\":\"email\"}", NULL},
    {JSON_TEXT(struct every, text, .min = 1, .max = 9, .flags = JSON_SECRET),
     "{\"type\":\"string\",\"minLength\":1,\"maxLength\":9,\"format\":\"password\",\"writeOnly\":true}",
     "{\"type\":\"string\",\"minLength\":1,\"maxLength\":9}"},
    {JSON_INTEGER(struct every, number), "{\"type\":\"integer\",\"format\":\"int64\"}", NULL},
    {JSON_INTEGER(struct every, number, .min = 0, .max = 9, .fallback = 5),
     "{\"type\":\"integer\",\"format\":\"int64\",\"minimum\":0,\"maximum\":9,\"default\":5}",
     "{\"type\":\"integer\",\"format\":\"int64\",\"minimum\":0,\"maximum\":9}"},
    {JSON_INTEGER(struct every, number, .min = 0, .max = 9, .fallback = -1), /* a mark for "left out" */
     "{\"type\":\"integer\",\"format\":\"int64\",\"minimum\":0,\"maximum\":9}", NULL},
    {JSON_INTEGER(struct every, number, .min = 1, .max = INT64_MAX, .flags = JSON_NULLABLE),
     "{\"type\":[\"integer\",\"null\"],\"format\":\"int64\",\"minimum\":1}", NULL},
    {JSON_NUMBER(struct every, real, .min = -1, .max = 1), "{\"type\":\"number\",\"minimum\":-1,\"maximum\":1}", NULL},
    {JSON_NUMBER(struct every, real), "{\"type\":\"number\"}", NULL},
    {JSON_BOOLEAN(struct every, flag, .fallback = 1), "{\"type\":\"boolean\",\"default\":true}", "{\"type\":\"boolean\"}"},
    {JSON_ENUM(struct every, color, &sample_color_words, .fallback = SAMPLE_BLUE),
     "{\"type\":\"string\",\"enum\":[\"red\",\"green\",\"blue\"],\"default\":\"blue\"}",
     "{\"type\":\"string\",\"enum\":[\"red\",\"green\",\"blue\"]}"},
    {JSON_ENUM(struct every, color, &sample_color_words, .fallback = -1, .flags = JSON_NULLABLE),
     "{\"type\":[\"string\",\"null\"],\"enum\":[\"red\",\"green\",\"blue\",null]}", NULL},
    {JSON_ID(struct every, id), "{\"type\":\"string\",\"format\":\"uuid\"}", NULL},
    {JSON_INSTANT(struct every, at, .flags = JSON_NULLABLE), "{\"type\":[\"string\",\"null\"],\"format\":\"date-time\"}", NULL},
    {JSON_MONEY(struct every, money, .help = "Price"), "{\"$ref\":" MONEY ",\"description\":\"Price\"}", NULL},
    {JSON_MONEY(struct every, money, .min = 0, .max = 100, .flags = JSON_NULLABLE),
     "{\"anyOf\":[{\"$ref\":" MONEY "},{\"type\":\"null\"}],\"properties\":{\"amount\":{\"minimum\":0,\"maximum\":100}}}", NULL},
    {JSON_OBJECT(struct every, line, struct sample_line, &sample_line_type), "{\"$ref\":" LINE "}", NULL},
    {JSON_OBJECT(struct every, line, struct sample_line, &sample_line_type, .flags = JSON_NULLABLE),
     "{\"anyOf\":[{\"$ref\":" LINE "},{\"type\":\"null\"}]}", NULL},
    {JSON_OBJECTS(struct every, list, &sample_line_type),
     "{\"type\":\"array\",\"items\":{\"$ref\":" LINE "},\"maxItems\":100}", "{\"type\":\"array\",\"items\":{\"$ref\":" LINE "}}"},
    {JSON_ARRAY(struct every, list, JSON_KIND_TEXT, .min = 1, .max = 4, .item_min = 1, .item_max = 5, .flags = JSON_UNIQUE | JSON_NULLABLE),
     "{\"type\":[\"array\",\"null\"],\"items\":{\"type\":\"string\",\"minLength\":1,\"maxLength\":5},\"minItems\":1,\"maxItems\":4,\"uniqueItems\":true}", NULL},
    {JSON_ARRAY(struct every, list, JSON_KIND_ENUM, .min = 0, .max = 2, .values = &sample_color_words),
     "{\"type\":\"array\",\"items\":{\"type\":\"string\",\"enum\":[\"red\",\"green\",\"blue\"]},\"maxItems\":2}", NULL},
    {JSON_ARRAY(struct every, list, JSON_KIND_MONEY, .min = 0, .max = 2),
     "{\"type\":\"array\",\"items\":{\"$ref\":" MONEY "},\"maxItems\":2}", NULL},
    {JSON_RAW(struct every, raw, .holds = &held_list, .help = "Bars"),
     "{\"type\":\"array\",\"items\":{\"type\":\"integer\",\"format\":\"int64\"},\"maxItems\":64,\"description\":\"Bars\"}", NULL},
    {JSON_RAW(struct every, raw, .help = "Anything", .example = "{\"a\":[1]}"),
     "{\"description\":\"Anything\",\"examples\":[{\"a\":[1]}]}", NULL},
};
/* clang-format on */

static void rows_yield_their_schema(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(field_cases); i++) {
        struct arena *arena = arena_new(0);
        const struct field_case *row = &field_cases[i];
        check_str(field_schema_of(arena, &row->field, JSON_REQUEST), row->request);
        check_str(field_schema_of(arena, &row->field, JSON_REPLY),
                  row->reply != NULL ? row->reply : row->request);
        arena_free(arena);
    }
}

static void types_yield_their_schema(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    check_str(
        schema_of(arena, &sample_line_type, JSON_REQUEST),
        "{\"type\":\"object\",\"properties\":{"
        "\"sku\":{\"type\":\"string\",\"minLength\":1,\"maxLength\":12},"
        "\"count\":{\"type\":\"integer\",\"format\":\"int64\",\"minimum\":1,\"maximum\":99,\"default\":1},"
        "\"price\":{\"$ref\":" MONEY ",\"properties\":{\"amount\":{\"minimum\":0,\"maximum\":100000}}},"
        "\"notes\":{\"type\":\"array\",\"items\":{\"type\":\"string\",\"maxLength\":255},\"maxItems\":100}},"
        "\"required\":[\"sku\",\"price\"],\"additionalProperties\":false}");
    check_str(schema_of(arena, &sample_line_type, JSON_REPLY),
              "{\"type\":\"object\",\"properties\":{"
              "\"sku\":{\"type\":\"string\",\"minLength\":1,\"maxLength\":12},"
              "\"count\":{\"type\":\"integer\",\"format\":\"int64\",\"minimum\":1,\"maximum\":99},"
              "\"price\":{\"$ref\":" MONEY ",\"properties\":{\"amount\":{\"minimum\":0,\"maximum\":100000}}},"
              "\"notes\":{\"type\":\"array\",\"items\":{\"type\":\"string\"}}},"
              "\"required\":[\"sku\",\"count\",\"price\"]}");
    check_str(
        schema_of(arena, &json_money_type, JSON_REPLY),
        "{\"type\":\"object\",\"description\":\"An exact amount of money\",\"properties\":{"
        "\"amount\":{\"type\":\"integer\",\"format\":\"int64\",\"description\":\"Minor units of the currency, "
        "such as cents\",\"examples\":[2999]},"
        "\"currency\":{\"type\":\"string\",\"minLength\":3,\"maxLength\":3,\"format\":\"currency\",\"pattern\":"
        "\"^[A-Z]{3}$\",\"description\":\"ISO 4217 code\",\"examples\":[\"USD\"]}},"
        "\"required\":[\"amount\",\"currency\"]}");
    arena_free(arena);
}

static void tolerant_types_allow_more_members(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    struct json_type tolerant = sample_line_type;
    tolerant.ignore_unknown = true;
    assert_int_equal(str_find(schema_of(arena, &tolerant, JSON_REQUEST), STR("additionalProperties")), -1);
    assert_true(str_find(schema_of(arena, &sample_type, JSON_REQUEST), STR("\"required\":[\"title\"]")) > 0);
    arena_free(arena);
}

/* ---- json_type_check ---- */

static void check_one(void *arg)
{
    json_type_check(arg);
}

struct comment {
    struct array answers;
};
extern const struct json_type comment_type;
static const struct json_field comment_fields[] = {JSON_OBJECTS(struct comment, answers, &comment_type)};
const struct json_type comment_type = JSON_TYPE("Comment", struct comment, comment_fields);

static void good_types_pass(void **state)
{
    (void)state;
    json_type_check(&comment_type); /* holds itself */
    json_type_check(&sample_type);
    json_type_check(&sample_line_type);
    json_type_check(&json_money_type);
}

static const char *const words_with_hole[] = {[1] = "one", [3] = "three"};
static const struct enum_table table_with_hole = ENUM_TABLE("hole", words_with_hole);
static const struct enum_table table_without_words = {.name = "none", .words = words_with_hole, .count = 0};
static const struct json_format format_without_check = {.name = "f"};
static const struct json_field no_name[] = {{.kind = JSON_KIND_BOOL}};
static const struct json_type type_of_nameless = JSON_TYPE("Nameless", struct every, no_name);

/* clang-format off */
static const struct json_field bad_fields[] = {
    JSON_TEXT(struct every, text, .min = 5, .max = 4),
    JSON_TEXT(struct every, text, .min = 5),
    JSON_TEXT(struct every, text, .min = -1, .max = 4),
    JSON_TEXT(struct every, text, .fallback = 1),
    JSON_TEXT(struct every, text, .flags = JSON_UNIQUE),
    JSON_TEXT(struct every, text, .example = "unquoted"),
    JSON_TEXT(struct every, text, .format = &format_without_check),
    JSON_INTEGER(struct every, number, .fallback = 3, .flags = JSON_REQUIRED),
    JSON_BOOLEAN(struct every, flag, .min = 0, .max = 1),
    JSON_ID(struct every, id, .min = 1, .max = 2),
    JSON_ENUM(struct every, color, NULL),
    JSON_ENUM(struct every, color, &sample_color_words, .fallback = 3),
    JSON_ENUM(struct every, color, &table_with_hole),
    JSON_ENUM(struct every, color, &table_without_words),
    JSON_OBJECT(struct every, line, struct sample_line, NULL),
    JSON_OBJECT(struct every, line, struct sample_line, &type_of_nameless),
    JSON_OBJECTS(struct every, list, NULL),
    JSON_OBJECTS(struct every, list, &type_of_nameless),
    JSON_OBJECTS(struct every, list, &sample_line_type, .flags = JSON_UNIQUE),
    JSON_ARRAY(struct every, list, JSON_KIND_RAW, .flags = JSON_UNIQUE),
    JSON_ARRAY(struct every, list, JSON_KIND_ARRAY),
    JSON_ARRAY(struct every, list, JSON_KIND_ENUM),
    JSON_ARRAY(struct every, list, JSON_KIND_TEXT, .item_min = 3, .item_max = 2),
    JSON_ARRAY(struct every, list, JSON_KIND_BOOL, .item_min = 0, .item_max = 2),
    JSON_ARRAY(struct every, list, JSON_KIND_TEXT, .min = -1, .max = 2),
    {.name = "kind", .kind = JSON_KIND_COUNT},
    {.name = "", .kind = JSON_KIND_BOOL},
    {.name = "a\"b", .kind = JSON_KIND_BOOL},
    {.name = "a b", .kind = JSON_KIND_BOOL},
    {.name = "caf\xC3\xA9", .kind = JSON_KIND_BOOL},
    {.name = "abc", .name_len = 2, .kind = JSON_KIND_BOOL},
    {.name = "a234567890123456789012345678901234567890123456789012345678901234567890", .kind = JSON_KIND_BOOL},
    {.name = "outside", .kind = JSON_KIND_BOOL, .offset = sizeof(struct every)},
    {.name = "half_outside", .kind = JSON_KIND_TEXT, .offset = sizeof(struct every) - 8},
};
/* clang-format on */

static void mistakes_in_rows_abort(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(bad_fields); i++) {
        struct json_type type = {
            .name = "Bad", .size = sizeof(struct every), .fields = &bad_fields[i], .count = 1};
        check_that(check_aborts(check_one, &type), "row %zu (%s) passed", i, bad_fields[i].name);
    }
}

static void mistakes_in_types_abort(void **state)
{
    static const struct json_field twice[] = {JSON_BOOLEAN(struct every, flag),
                                              JSON_INTEGER(struct every, number),
                                              JSON_BOOLEAN(struct every, flag)};
    struct json_field many[JSON_MAX_FIELDS + 1];
    char names[JSON_MAX_FIELDS + 1][8];
    for (size_t i = 0; i < COUNT_OF(many); i++) {
        (void)snprintf(names[i], sizeof(names[i]), "f%zu", i);
        many[i] = (struct json_field){.name = names[i], .kind = JSON_KIND_BOOL};
    }
    struct json_type types[] = {
        JSON_TYPE("Twice", struct every, twice),
        {.name = NULL, .size = sizeof(struct every)},
        {.name = "", .size = sizeof(struct every)},
        {.name = "TooMany", .size = sizeof(struct every), .fields = many, .count = JSON_MAX_FIELDS + 1},
        {.name = "Presence", .size = 100, .fields = many, .count = 65, .presence_offset_plus_1 = 1},
    };
    struct json_type most = {.name = "Most", .size = 100, .fields = many, .count = JSON_MAX_FIELDS};
    struct json_type most_present = {
        .name = "MostPresent", .size = 100, .fields = many, .count = 64, .presence_offset_plus_1 = 1};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(types); i++)
        check_that(check_aborts(check_one, &types[i]), "type %zu passed", i);
    json_type_check(&most);
    json_type_check(&most_present);
}

static void ask_a_type_without_presence(void *arg)
{
    (void)json_was_present(&sample_line_type, arg, 0);
}

static void ask_for_an_offset_of_no_row(void *arg)
{
    (void)json_was_present(&sample_type, arg, offsetof(struct sample, title) + 1);
}

static void presence_is_asked_by_rows_of_types_that_keep_it(void **state)
{
    (void)state;
    struct sample sample = {0};
    assert_true(check_aborts(ask_a_type_without_presence, &sample));
    assert_true(check_aborts(ask_for_an_offset_of_no_row, &sample));
}

static void words_of_a_table_with_holes_are_listed(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    static const struct json_field field[] = {
        JSON_ENUM(struct every, color, &table_with_hole, .flags = JSON_REQUIRED)};
    static const struct json_type type = JSON_TYPE("Holes", struct every, field);
    json_type_check(&type);
    check_str(sample_outcome(arena, &type, STR("{\"color\":\"none\"}")),
              "/color enum: must be one of one, three");
    check_str(field_schema_of(arena, &field[0], JSON_REPLY),
              "{\"type\":\"string\",\"enum\":[\"one\",\"three\"]}");
    arena_free(arena);
}

/* 128 rows without presence: the second word of the seen-mask is used too. */
static void the_last_of_many_rows_is_read(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    struct json_field many[JSON_MAX_FIELDS];
    char names[JSON_MAX_FIELDS][8];
    bool object[JSON_MAX_FIELDS] = {0};
    for (size_t i = 0; i < COUNT_OF(many); i++) {
        (void)snprintf(names[i], sizeof(names[i]), "f%zu", i);
        many[i] = (struct json_field){.name = names[i], .kind = JSON_KIND_BOOL, .offset = i};
    }
    many[100].flags = JSON_REQUIRED;
    struct json_type type = {.name = "Many", .size = sizeof(object), .fields = many, .count = COUNT_OF(many)};
    assert_null(json_decode(arena, &type, STR("{\"f127\":true,\"f100\":true,\"f36\":true}"), object));
    assert_true(object[127] && object[100] && object[36] && !object[35] && !object[99]);
    assert_true(error_is(json_decode(arena, &type, STR("{\"f36\":true}"), object), &json_invalid));
    assert_true(
        error_is(json_decode(arena, &type, STR("{\"f100\":true,\"f100\":true}"), object), &json_malformed));
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_yield_their_schema),
        cmocka_unit_test(types_yield_their_schema),
        cmocka_unit_test(tolerant_types_allow_more_members),
        cmocka_unit_test(good_types_pass),
        cmocka_unit_test(mistakes_in_rows_abort),
        cmocka_unit_test(mistakes_in_types_abort),
        cmocka_unit_test(presence_is_asked_by_rows_of_types_that_keep_it),
        cmocka_unit_test(words_of_a_table_with_holes_are_listed),
        cmocka_unit_test(the_last_of_many_rows_is_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
