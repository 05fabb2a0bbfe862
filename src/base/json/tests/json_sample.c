/* SPDX-License-Identifier: AGPL-3.0-or-later
 * The message with every kind of row. */
#include "base/json/tests/json_sample.h"

/* clang-format off */
static const char *const color_words[] = {[SAMPLE_RED] = "red", [SAMPLE_GREEN] = "green", [SAMPLE_BLUE] = "blue"};
const struct enum_table sample_color_words = ENUM_TABLE("color", color_words);

static const struct json_field line_fields[] = {
    JSON_TEXT(struct sample_line, sku, .min = 1, .max = 12, .flags = JSON_REQUIRED),
    JSON_INTEGER(struct sample_line, count, .min = 1, .max = 99, .fallback = 1),
    JSON_MONEY(struct sample_line, price, .min = 0, .max = 100000, .flags = JSON_REQUIRED),
    JSON_ARRAY(struct sample_line, notes, JSON_KIND_TEXT, .flags = JSON_OMITTED),
};
const struct json_type sample_line_type = JSON_TYPE("SampleLine", struct sample_line, line_fields);

static const struct json_field size_fields[] = {
    JSON_INTEGER(struct sample_size, width, .flags = JSON_REQUIRED),
    JSON_INTEGER(struct sample_size, height, .flags = JSON_REQUIRED),
    JSON_TEXT(struct sample_size, unit),
};
static const struct json_type size_type = JSON_TYPE("SampleSize", struct sample_size, size_fields);

static const struct json_field fields[] = {
    JSON_TEXT(struct sample, title, .min = 1, .max = 10, .flags = JSON_REQUIRED, .help = "What it is called", .example = "\"Rain\""),
    JSON_TEXT(struct sample, note, .min = 0, .max = 40, .flags = JSON_NULLABLE | JSON_OMITTED | JSON_MULTILINE),
    JSON_TEXT(struct sample, nick, .min = 3, .max = 8, .flags = JSON_OMITTED | JSON_TRIMMED),
    JSON_TEXT(struct sample, email, .min = 1, .max = 254, .flags = JSON_OMITTED, .format = &json_format_email),
    JSON_TEXT(struct sample, password, .min = 1, .max = 20, .flags = JSON_OMITTED | JSON_SECRET),
    JSON_BOOLEAN(struct sample, is_open, .fallback = 1),
    JSON_INTEGER(struct sample, quantity, .min = 1, .max = 1000, .fallback = 5),
    JSON_INTEGER(struct sample, stock, .min = 1, .max = 1000, .flags = JSON_NULLABLE | JSON_OMITTED),
    JSON_NUMBER(struct sample, ratio, .min = 0, .max = 1),
    JSON_ENUM(struct sample, color, &sample_color_words, .fallback = SAMPLE_GREEN),
    JSON_ENUM(struct sample, shade, &sample_color_words, .fallback = -1, .flags = JSON_NULLABLE | JSON_OMITTED),
    JSON_ID(struct sample, owner, .flags = JSON_NULLABLE),
    JSON_INSTANT(struct sample, due, .flags = JSON_NULLABLE | JSON_OMITTED),
    JSON_MONEY(struct sample, price, .min = 0, .max = 5000, .flags = JSON_NULLABLE | JSON_OMITTED),
    JSON_OBJECT(struct sample, size, struct sample_size, &size_type, .flags = JSON_NULLABLE | JSON_OMITTED),
    JSON_OBJECTS(struct sample, lines, &sample_line_type, .min = 0, .max = 3, .flags = JSON_OMITTED),
    JSON_ARRAY(struct sample, tags, JSON_KIND_TEXT, .min = 0, .max = 4, .item_min = 1, .item_max = 5, .flags = JSON_OMITTED | JSON_UNIQUE | JSON_TRIMMED),
    JSON_ARRAY(struct sample, numbers, JSON_KIND_I64, .item_min = 1, .item_max = 9, .flags = JSON_OMITTED | JSON_UNIQUE),
    JSON_ARRAY(struct sample, colors, JSON_KIND_ENUM, .min = 2, .max = 9, .values = &sample_color_words, .flags = JSON_OMITTED | JSON_UNIQUE),
    JSON_ARRAY(struct sample, owners, JSON_KIND_ID, .flags = JSON_OMITTED | JSON_UNIQUE),
    JSON_ARRAY(struct sample, ratios, JSON_KIND_F64, .flags = JSON_OMITTED | JSON_UNIQUE),
    JSON_ARRAY(struct sample, dues, JSON_KIND_INSTANT, .flags = JSON_OMITTED | JSON_UNIQUE),
    JSON_ARRAY(struct sample, prices, JSON_KIND_MONEY, .flags = JSON_OMITTED | JSON_UNIQUE),
    JSON_ARRAY(struct sample, raws, JSON_KIND_RAW, .flags = JSON_OMITTED),
    JSON_ARRAY(struct sample, flags, JSON_KIND_BOOL, .flags = JSON_OMITTED | JSON_UNIQUE),
    JSON_RAW(struct sample, extra, .min = 0, .max = 200, .flags = JSON_OMITTED | JSON_NULLABLE),
};
const struct json_type sample_type = JSON_TYPE("Sample", struct sample, fields, JSON_PRESENCE(struct sample), .help = "A bit of all");

static const struct json_field filter_fields[] = {
    JSON_TEXT(struct sample_filter, q, .min = 0, .max = 10, .flags = JSON_TRIMMED | JSON_NULLABLE),
    JSON_INTEGER(struct sample_filter, limit, .min = 1, .max = 100, .fallback = 20),
    JSON_NUMBER(struct sample_filter, ratio),
    JSON_BOOLEAN(struct sample_filter, is_open),
    JSON_ENUM(struct sample_filter, color, &sample_color_words, .fallback = SAMPLE_BLUE),
    JSON_ID(struct sample_filter, owner, .flags = JSON_OMITTED),
    JSON_INSTANT(struct sample_filter, since, .flags = JSON_OMITTED),
    JSON_ARRAY(struct sample_filter, tags, JSON_KIND_TEXT, .min = 0, .max = 3, .item_min = 1, .item_max = 4, .flags = JSON_UNIQUE | JSON_OMITTED),
    JSON_ARRAY(struct sample_filter, numbers, JSON_KIND_I64, .min = 2, .max = 5, .flags = JSON_OMITTED),
};
const struct json_type sample_filter_type = JSON_TYPE("SampleFilter", struct sample_filter, filter_fields, JSON_PRESENCE(struct sample_filter));
/* clang-format on */

struct str sample_error_text(struct arena *arena, const struct error *error)
{
    struct strbuf text;
    strbuf_init(&text, arena, 1 << 20);
    if (error->reason == &json_malformed)
        strbuf_append(&text, error->message);
    for (const struct violation *one = error->violations; one != NULL; one = one->next) {
        strbuf_printf(&text, "%s%" STR_FMT " %" STR_FMT ": %" STR_FMT, text.len != 0 ? "\n" : "",
                      STR_ARG(one->pointer), STR_ARG(one->rule), STR_ARG(one->message));
    }
    return strbuf_str(&text);
}

struct str sample_outcome(struct arena *arena, const struct json_type *type, struct str text)
{
    void *object = arena_alloc(arena, type->size);
    struct error *error = json_decode(arena, type, text, object);
    return error != NULL ? sample_error_text(arena, error) : json_encode(arena, type, object);
}
