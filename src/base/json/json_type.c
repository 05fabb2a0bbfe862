/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Descriptors: what each kind is, the limits that rows leave out, presence. */
#include "base/json/json_type.h"

#include <math.h>

#include "base/json/json_kind.h"
#include "base/json/json_read.h"

#define DEFAULT_MAX_CHARS 255
#define DEFAULT_MAX_ITEMS 100

REASONS_DEFINE(json_reasons, JSON_REASONS);

/* clang-format off */
const struct json_kind_row json_kinds[JSON_KIND_COUNT] = {
    [JSON_KIND_BOOL]    = {.size = sizeof(bool), .schema_type = "boolean", .must_be = "must be true or false"},
    [JSON_KIND_I64]     = {.size = sizeof(int64_t), .schema_type = "integer", .must_be = "must be a whole number"},
    [JSON_KIND_F64]     = {.size = sizeof(double), .schema_type = "number", .must_be = "must be a number"},
    [JSON_KIND_TEXT]    = {.size = sizeof(struct str), .schema_type = "string", .must_be = "must be a text"},
    [JSON_KIND_ENUM]    = {.size = sizeof(int32_t), .schema_type = "string", .must_be = "must be a text"},
    [JSON_KIND_ID]      = {.size = sizeof(struct id), .schema_type = "string", .must_be = "must be a text"},
    [JSON_KIND_INSTANT] = {.size = sizeof(struct instant), .schema_type = "string", .must_be = "must be a text"},
    [JSON_KIND_MONEY]   = {.size = sizeof(struct money), .must_be = "must be an object with amount and currency"},
    [JSON_KIND_OBJECT]  = {.size = 0, .must_be = "must be an object"},
    [JSON_KIND_ARRAY]   = {.size = sizeof(struct array), .schema_type = "array", .must_be = "must be a list"},
    [JSON_KIND_RAW]     = {.size = sizeof(struct str), .must_be = "must be a JSON value"},
};

static const struct json_field money_fields[] = {
    {.name = "amount", .name_len = 6, .kind = JSON_KIND_I64, .flags = JSON_REQUIRED,
     .offset = OFFSET_OF(struct json_money, amount, int64_t),
     .help = "Minor units of the currency, such as cents", .example = "2999"},
    {.name = "currency", .name_len = 8, .kind = JSON_KIND_TEXT, .flags = JSON_REQUIRED, .min = 3, .max = 3,
     .offset = OFFSET_OF(struct json_money, currency, struct str), .format = &json_format_currency,
     .help = "ISO 4217 code", .example = "\"USD\""},
};
/* clang-format on */

const struct json_type json_money_type =
    JSON_TYPE("Money", struct json_money, money_fields, .help = "An exact amount of money");

size_t json_field_size(const struct json_field *field)
{
    return field->kind == JSON_KIND_OBJECT ? field->type->size : json_kinds[field->kind].size;
}

bool json_field_has_limits(const struct json_field *field)
{
    return field->min != 0 || field->max != 0;
}

struct json_limits json_field_limits(const struct json_field *field)
{
    if (json_field_has_limits(field))
        return (struct json_limits){field->min, field->max};
    if (field->kind == JSON_KIND_TEXT)
        return (struct json_limits){0, DEFAULT_MAX_CHARS};
    if (field->kind == JSON_KIND_ARRAY)
        return (struct json_limits){0, DEFAULT_MAX_ITEMS};
    return (struct json_limits){INT64_MIN, INT64_MAX};
}

struct json_field json_item_field(const struct json_field *field)
{
    return (struct json_field){
        .name = "",
        .kind = field->element,
        .flags = field->flags & (JSON_MULTILINE | JSON_TRIMMED | JSON_SECRET),
        .min = field->item_min,
        .max = field->item_max,
        .format = field->format,
        .values = field->values,
        .type = field->type,
    };
}

const char *json_kind_format(enum json_kind kind)
{
    return kind == JSON_KIND_ID ? "uuid" : kind == JSON_KIND_INSTANT ? "date-time" : NULL;
}

bool json_fits_pairs(const struct json_type *type)
{
    const unsigned scalars = 1U << JSON_KIND_BOOL | 1U << JSON_KIND_I64 | 1U << JSON_KIND_F64 |
                             1U << JSON_KIND_TEXT | 1U << JSON_KIND_ENUM | 1U << JSON_KIND_ID |
                             1U << JSON_KIND_INSTANT;
    for (size_t i = 0; i < type->count; i++) {
        const struct json_field *field = &type->fields[i];
        enum json_kind kind = field->kind == JSON_KIND_ARRAY ? field->element : field->kind;
        if ((scalars >> kind & 1) == 0)
            return false;
    }
    return true;
}

static bool bytes_are_zero(const void *bytes, size_t size)
{
    const unsigned char *at = bytes;
    return size == 0 || (at[0] == 0 && memcmp(at, at + 1, size - 1) == 0);
}

/* Member by member, because padding may hold anything.
 * NOLINTNEXTLINE(misc-no-recursion): as deep as the descriptors nest by value, which is finite */
static bool object_is_zero(const struct json_type *type, const char *object)
{
    for (size_t i = 0; i < type->count; i++) {
        const struct json_field *field = &type->fields[i];
        const char *slot = object + field->offset;
        bool is_zero = field->kind == JSON_KIND_OBJECT ? object_is_zero(field->type, slot)
                                                       : bytes_are_zero(slot, json_field_size(field));
        if (!is_zero)
            return false;
    }
    return true;
}

/* The number 0 means "none" only where it is not a value that the row allows; then -1 does where only that is not. */
static bool zero_is_outside(const struct json_field *field)
{
    struct json_limits limits = json_field_limits(field);
    return limits.min > 0 || limits.max < 0;
}

static bool is_omitted_count(const struct json_field *field)
{
    return (field->flags & JSON_OMITTED) != 0 && json_field_limits(field).min == 0;
}

static bool array_is_empty(const struct json_field *field, const struct array *array)
{
    return array->count == 0 && (array->items == NULL || (field->flags & JSON_NULLABLE) == 0);
}

bool json_field_is_empty(const struct json_field *field, const void *slot)
{
    switch (field->kind) {
    case JSON_KIND_BOOL:
        return false;
    case JSON_KIND_I64:
        return (*(const int64_t *)slot == 0 && zero_is_outside(field)) ||
               (*(const int64_t *)slot == -1 && is_omitted_count(field));
    case JSON_KIND_F64:
        return fpclassify(*(const double *)slot) == FP_ZERO && zero_is_outside(field);
    case JSON_KIND_TEXT:
    case JSON_KIND_RAW:
        return ((const struct str *)slot)->ptr == NULL;
    case JSON_KIND_ENUM:
        return *(const int32_t *)slot < 0;
    case JSON_KIND_ID:
        return id_is_none(*(const struct id *)slot);
    case JSON_KIND_INSTANT:
        return instant_is_none(*(const struct instant *)slot);
    case JSON_KIND_MONEY:
        return ((const struct money *)slot)->currency.code[0] == '\0';
    case JSON_KIND_OBJECT:
        return object_is_zero(field->type, slot);
    case JSON_KIND_ARRAY:
        return array_is_empty(field, slot);
    case JSON_KIND_COUNT:
        break;
    }
    UNREACHABLE("not a kind");
}

bool json_was_present(const struct json_type *type, const void *object, size_t member_offset)
{
    REQUIRE(type->presence_offset_plus_1 != 0);
    const char *bytes = object;
    uint64_t present = 0;
    memcpy(&present, bytes + (type->presence_offset_plus_1 - 1), sizeof(present));
    for (size_t i = 0; i < type->count; i++) {
        if (type->fields[i].offset == member_offset)
            return (present >> i & 1) != 0;
    }
    UNREACHABLE("no row has a member at that offset");
}
