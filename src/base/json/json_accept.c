/* SPDX-License-Identifier: AGPL-3.0-or-later
 * The rules of single values: limits, words, formats. */
#include "base/json/json_accept.h"

#include <inttypes.h>
#include <math.h>

#include "base/text/number.h"
#include "base/text/strbuf.h"
#include "base/text/utf8.h"

#define EXACT_IN_DOUBLE (UINT64_C(1) << 53)
#define WORD_LIST_BYTES 400

/* Both limits, for numbers that are outside of either. */
static void violate_range(struct json_report *report, const struct json_path *path, bool is_below,
                          struct json_limits limits)
{
    if (is_below)
        json_violate(report, path, "min", "must be at least %" PRId64, limits.min);
    else
        json_violate(report, path, "max", "must be at most %" PRId64, limits.max);
}

/* False when it does not fit 64 bits. */
static bool number_to_i64(const struct json_number *number, int64_t *ret)
{
    uint64_t limit = (uint64_t)INT64_MAX + number->is_negative;
    if (number->is_huge || number->magnitude > limit)
        return false;
    *ret = number->is_negative ? (int64_t)(0 - number->magnitude) : (int64_t)number->magnitude;
    return true;
}

static void accept_i64(struct json_report *report, const struct json_path *path,
                       const struct json_field *field, const struct json_number *number, int64_t *slot)
{
    if (!number->is_integer) {
        json_violate(report, path, "type", "%s", json_kinds[JSON_KIND_I64].must_be);
        return;
    }
    struct json_limits limits = json_field_limits(field);
    int64_t value = 0;
    bool fits = number_to_i64(number, &value);
    if (!fits || value < limits.min || value > limits.max)
        violate_range(report, path, fits ? value < limits.min : number->is_negative, limits);
    else
        *slot = value;
}

/* False when it is outside of what a double holds. */
static bool number_to_f64(const struct json_number *number, double *ret)
{
    if (number->is_integer && !number->is_huge && number->magnitude <= EXACT_IN_DOUBLE) {
        double value = (double)number->magnitude;
        *ret = number->is_negative ? -value : value;
        return true;
    }
    return number_parse_f64(number->text, ret);
}

static void accept_f64(struct json_report *report, const struct json_path *path,
                       const struct json_field *field, const struct json_number *number, double *slot)
{
    struct json_limits limits = json_field_limits(field);
    double value = number->is_negative ? -HUGE_VAL : HUGE_VAL;
    bool is_finite = number_to_f64(number, &value);
    bool is_below = limits.min != INT64_MIN && value < (double)limits.min;
    bool is_above = limits.max != INT64_MAX && value > (double)limits.max;
    if (is_below || is_above)
        violate_range(report, path, is_below, limits);
    else if (!is_finite)
        json_violate(report, path, number->is_negative ? "min" : "max", "must fit a double-precision number");
    else
        *slot = value;
}

void json_accept_number(struct json_report *report, const struct json_path *path,
                        const struct json_field *field, const struct json_number *number, void *slot)
{
    if (field->kind == JSON_KIND_I64)
        accept_i64(report, path, field, number, slot);
    else
        accept_f64(report, path, field, number, slot);
}

static bool is_blank(char c, unsigned flags)
{
    return c == ' ' || c == '\t' || ((flags & JSON_MULTILINE) != 0 && (c == '\n' || c == '\r'));
}

static struct str trim(struct str text, unsigned flags)
{
    while (text.len > 0 && is_blank(text.ptr[0], flags))
        text = str_from(text.ptr + 1, text.len - 1);
    while (text.len > 0 && is_blank(text.ptr[text.len - 1], flags))
        text.len--;
    return text;
}

static bool characters_are_allowed(const struct json_field *field, struct str text, unsigned marks)
{
    bool is_multiline = (field->flags & JSON_MULTILINE) != 0;
    bool is_suspect = (marks & JSON_MARK_SUSPECT) != 0 || ((marks & JSON_MARK_LINES) != 0 && !is_multiline);
    if (!is_suspect || text.len == 0)
        return true;
    if ((field->flags & JSON_SECRET) != 0)
        return memchr(text.ptr, '\0', text.len) == NULL;
    return !utf8_has_controls(text, is_multiline ? UTF8_MULTI_LINE : UTF8_ONE_LINE);
}

static void violate_length(struct json_report *report, const struct json_path *path, bool is_short,
                           struct json_limits limits)
{
    int64_t limit = is_short ? limits.min : limits.max;
    const char *noun = limit == 1 ? "character" : "characters";
    if (is_short)
        json_violate(report, path, "min_length", "must have at least %" PRId64 " %s", limit, noun);
    else
        json_violate(report, path, "max_length", "must have at most %" PRId64 " %s", limit, noun);
}

static void accept_str(struct json_report *report, const struct json_path *path,
                       const struct json_field *field, struct str text, unsigned marks, struct str *slot)
{
    if ((field->flags & JSON_TRIMMED) != 0)
        text = trim(text, field->flags);
    struct json_limits limits = json_field_limits(field);
    int64_t length = (int64_t)((marks & JSON_MARK_WIDE) == 0 ? text.len : utf8_length(text));
    if (!characters_are_allowed(field, text, marks))
        json_violate(report, path, "characters", "must not hold control characters");
    else if (length < limits.min || length > limits.max)
        violate_length(report, path, length < limits.min, limits);
    else if (field->format != NULL && !field->format->is_valid(text))
        json_violate(report, path, field->format->name, "%s", field->format->message);
    else
        *slot = text;
}

static void violate_enum(struct json_report *report, const struct json_path *path,
                         const struct enum_table *table)
{
    struct strbuf words;
    strbuf_init(&words, report->arena, WORD_LIST_BYTES);
    for (size_t i = 0; i < table->count; i++) {
        if (table->words[i] == NULL)
            continue;
        strbuf_append(&words, words.len != 0 ? STR(", ") : STR(""));
        strbuf_append_cstr(&words, table->words[i]);
    }
    json_violate(report, path, "enum", "must be one of %" STR_FMT "%s", STR_ARG(strbuf_str(&words)),
                 words.overflow ? " …" : "");
}

static void accept_enum(struct json_report *report, const struct json_path *path,
                        const struct json_field *field, struct str text, int32_t *slot)
{
    int value = 0;
    if (enum_parse(field->values, text, &value))
        *slot = value;
    else
        violate_enum(report, path, field->values);
}

void json_accept_text(struct json_report *report, const struct json_path *path,
                      const struct json_field *field, struct str text, unsigned marks, void *slot)
{
    if (field->kind == JSON_KIND_TEXT)
        accept_str(report, path, field, text, marks, slot);
    else if (field->kind == JSON_KIND_ENUM)
        accept_enum(report, path, field, text, slot);
    else if (field->kind == JSON_KIND_ID && !id_parse(text, slot))
        json_violate(report, path, json_kind_format(field->kind), "must be a UUID");
    else if (field->kind == JSON_KIND_INSTANT && !instant_parse(text, slot))
        json_violate(report, path, json_kind_format(field->kind),
                     "must be a time such as 2026-11-20T07:41:35Z");
}

void json_accept_raw(struct json_report *report, const struct json_path *path, const struct json_field *field,
                     struct str text)
{
    struct json_limits limits = json_field_limits(field);
    if ((int64_t)text.len > limits.max)
        json_violate(report, path, "max_length", "must have at most %" PRId64 " bytes", limits.max);
}

void json_accept_money(struct json_report *report, const struct json_path *path,
                       const struct json_field *field, const struct json_money *money, struct money *slot)
{
    struct json_limits limits = json_field_limits(field);
    struct json_path amount = {.parent = path, .name = STR("amount")};
    if (money->amount < limits.min || money->amount > limits.max)
        violate_range(report, &amount, money->amount < limits.min, limits);
    else if (currency_parse(money->currency, &slot->currency)) /* true: its format was checked */
        slot->minor = money->amount;
}

void json_accept_count(struct json_report *report, const struct json_path *path,
                       const struct json_field *field, size_t count)
{
    struct json_limits limits = json_field_limits(field);
    if (limits.min > 0 && count < (size_t)limits.min)
        json_violate(report, path, "min_items", "must have at least %" PRId64 " %s", limits.min,
                     limits.min == 1 ? "item" : "items");
    else if (count > (size_t)limits.max)
        json_violate(report, path, "max_items", "must have at most %" PRId64 " %s", limits.max,
                     limits.max == 1 ? "item" : "items");
}

void json_accept_absent(struct json_report *report, const struct json_path *path,
                        const struct json_field *field, void *slot)
{
    if ((field->flags & JSON_REQUIRED) != 0)
        json_violate(report, path, "required", "is required");
    else if (field->fallback == 0)
        return;
    else if (field->kind == JSON_KIND_I64)
        *(int64_t *)slot = field->fallback;
    else if (field->kind == JSON_KIND_ENUM)
        *(int32_t *)slot = (int32_t)field->fallback;
    else if (field->kind == JSON_KIND_BOOL)
        *(bool *)slot = true;
}

static bool row_has_name(const struct json_field *field, struct str name)
{
    return str_equal(json_field_name(field), name);
}

size_t json_find_row(const struct json_type *type, struct str name, size_t hint)
{
    for (size_t i = hint; i < type->count; i++) {
        if (row_has_name(&type->fields[i], name))
            return i;
    }
    for (size_t i = 0; i < hint; i++) {
        if (row_has_name(&type->fields[i], name))
            return i;
    }
    return type->count;
}
