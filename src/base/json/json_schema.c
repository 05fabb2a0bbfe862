/* SPDX-License-Identifier: AGPL-3.0-or-later
 * JSON Schema 2020-12 from descriptors, in the form that OpenAPI 3.1 wants. */
#include "base/json/json_kind.h"
#include "base/json/json_write.h"

#define REFERENCE "#/components/schemas/"

static void put_word(struct json_writer *writer, const char *name, const char *word)
{
    if (word == NULL)
        return;
    json_name(writer, str_cstr(name));
    json_put_text(writer, str_cstr(word));
}

static void put_limit(struct json_writer *writer, const char *name, int64_t limit)
{
    json_name(writer, str_cstr(name));
    json_put_i64(writer, limit);
}

static bool is_nullable(const struct json_field *field)
{
    return (field->flags & JSON_NULLABLE) != 0;
}

static void put_reference(struct json_writer *writer, const char *type_name)
{
    char reference[sizeof(REFERENCE) + JSON_MAX_NAME_BYTES];
    int len = snprintf(reference, sizeof(reference), REFERENCE "%s", type_name);
    REQUIRE(len > 0 && (size_t)len < sizeof(reference));
    json_name(writer, STR("$ref"));
    json_put_text(writer, str_from(reference, (size_t)len));
}

/* {"$ref"}, or one of that and null. */
static void put_reference_schema(struct json_writer *writer, const struct json_field *field,
                                 const char *type_name)
{
    if (!is_nullable(field)) {
        put_reference(writer, type_name);
        return;
    }
    json_name(writer, STR("anyOf"));
    json_begin_array(writer);
    json_begin_object(writer);
    put_reference(writer, type_name);
    json_end_object(writer);
    json_begin_object(writer);
    put_word(writer, "type", "null");
    json_end_object(writer);
    json_end_array(writer);
}

static void put_type_word(struct json_writer *writer, const struct json_field *field)
{
    const char *word = json_kinds[field->kind].schema_type;
    if (!is_nullable(field)) {
        put_word(writer, "type", word);
        return;
    }
    json_name(writer, STR("type"));
    json_begin_array(writer);
    json_put_text(writer, str_cstr(word));
    json_put_text(writer, STR("null"));
    json_end_array(writer);
}

/* Names of the limits by kind; those of a request hold even where the row does not state them. */
static void put_limits(struct json_writer *writer, const struct json_field *field,
                       enum json_direction direction, const char *min_name, const char *max_name)
{
    struct json_limits limits = json_field_limits(field);
    if (direction == JSON_REPLY && !json_field_has_limits(field))
        return;
    bool is_count = field->kind == JSON_KIND_TEXT || field->kind == JSON_KIND_ARRAY;
    if (limits.min != INT64_MIN && (!is_count || limits.min != 0))
        put_limit(writer, min_name, limits.min);
    if (limits.max != INT64_MAX)
        put_limit(writer, max_name, limits.max);
}

static void put_text_schema(struct json_writer *writer, const struct json_field *field,
                            enum json_direction direction)
{
    bool is_secret = direction == JSON_REQUEST && (field->flags & JSON_SECRET) != 0;
    put_limits(writer, field, direction, "minLength", "maxLength");
    if (field->format != NULL) {
        put_word(writer, "format", field->format->name);
        put_word(writer, "pattern", field->format->pattern);
    } else if (is_secret) {
        put_word(writer, "format", "password");
    }
}

static void put_enum_schema(struct json_writer *writer, const struct json_field *field)
{
    json_name(writer, STR("enum"));
    json_begin_array(writer);
    for (size_t i = 0; i < field->values->count; i++) {
        if (field->values->words[i] != NULL)
            json_put_text(writer, str_cstr(field->values->words[i]));
    }
    if (is_nullable(field))
        json_put_null(writer);
    json_end_array(writer);
}

static void put_money_schema(struct json_writer *writer, const struct json_field *field,
                             enum json_direction direction)
{
    put_reference_schema(writer, field, json_money_type.name);
    if (!json_field_has_limits(field))
        return;
    json_name(writer, STR("properties"));
    json_begin_object(writer);
    json_name(writer, STR("amount"));
    json_begin_object(writer);
    put_limits(writer, field, direction, "minimum", "maximum");
    json_end_object(writer);
    json_end_object(writer);
}

/* NOLINTNEXTLINE(misc-no-recursion): an item is not an array, so it ends after one step */
static void put_array_schema(struct json_writer *writer, const struct json_field *field,
                             enum json_direction direction)
{
    const struct json_field item = json_item_field(field);
    json_name(writer, STR("items"));
    json_put_field_schema(writer, &item, direction);
    put_limits(writer, field, direction, "minItems", "maxItems");
    if ((field->flags & JSON_UNIQUE) != 0) {
        json_name(writer, STR("uniqueItems"));
        json_put_bool(writer, true);
    }
}

/* NOLINTNEXTLINE(misc-no-recursion): an item is not an array, and what a raw one holds is not raw */
static void put_kind_schema(struct json_writer *writer, const struct json_field *field,
                            enum json_direction direction)
{
    if (json_kinds[field->kind].schema_type != NULL)
        put_type_word(writer, field);
    switch (field->kind) {
    case JSON_KIND_I64:
        put_word(writer, "format", "int64");
        put_limits(writer, field, direction, "minimum", "maximum");
        return;
    case JSON_KIND_F64:
        put_limits(writer, field, direction, "minimum", "maximum");
        return;
    case JSON_KIND_TEXT:
        put_text_schema(writer, field, direction);
        return;
    case JSON_KIND_ENUM:
        put_enum_schema(writer, field);
        return;
    case JSON_KIND_ID:
    case JSON_KIND_INSTANT:
        put_word(writer, "format", json_kind_format(field->kind));
        return;
    case JSON_KIND_MONEY:
        put_money_schema(writer, field, direction);
        return;
    case JSON_KIND_OBJECT:
        put_reference_schema(writer, field, field->type->name);
        return;
    case JSON_KIND_ARRAY:
        put_array_schema(writer, field, direction);
        return;
    case JSON_KIND_RAW:
        if (field->holds != NULL)
            put_kind_schema(writer, field->holds, direction);
        return;
    case JSON_KIND_BOOL:
    case JSON_KIND_COUNT:
        return;
    }
}

/* A fallback that the member itself could not have is a mark for "left out" and no default. */
static bool is_within_limits(const struct json_field *field)
{
    struct json_limits limits = json_field_limits(field);
    return field->fallback >= limits.min && field->fallback <= limits.max;
}

/* Only where the row states one: 0 is also what an unstated fallback is. */
static void put_default(struct json_writer *writer, const struct json_field *field)
{
    bool is_word = field->kind == JSON_KIND_ENUM && field->fallback > 0;
    bool is_bool = field->kind == JSON_KIND_BOOL;
    bool is_number = field->kind == JSON_KIND_I64 && is_within_limits(field);
    if (field->fallback == 0 || !(is_word || is_bool || is_number))
        return;
    json_name(writer, STR("default"));
    if (is_word)
        json_put_text(writer, enum_word(field->values, (int)field->fallback));
    else if (is_bool)
        json_put_bool(writer, true);
    else
        json_put_i64(writer, field->fallback);
}

static void put_notes(struct json_writer *writer, const struct json_field *field,
                      enum json_direction direction)
{
    if (direction == JSON_REQUEST) {
        put_default(writer, field);
        if ((field->flags & JSON_SECRET) != 0) {
            json_name(writer, STR("writeOnly"));
            json_put_bool(writer, true);
        }
    }
    put_word(writer, "description", field->help);
    if (field->example != NULL) {
        json_name(writer, STR("examples"));
        json_begin_array(writer);
        json_put_raw(writer, str_cstr(field->example));
        json_end_array(writer);
    }
}

/* NOLINTNEXTLINE(misc-no-recursion): an item is not an array, so it ends after one step */
void json_put_field_schema(struct json_writer *writer, const struct json_field *field,
                           enum json_direction direction)
{
    json_begin_object(writer);
    put_kind_schema(writer, field, direction);
    put_notes(writer, field, direction);
    json_end_object(writer);
}

static bool is_always_there(const struct json_field *field, enum json_direction direction)
{
    return direction == JSON_REQUEST ? (field->flags & JSON_REQUIRED) != 0
                                     : (field->flags & JSON_OMITTED) == 0;
}

static void put_required(struct json_writer *writer, const struct json_type *type,
                         enum json_direction direction)
{
    bool has_any = false;
    for (size_t i = 0; i < type->count; i++) {
        if (!is_always_there(&type->fields[i], direction))
            continue;
        if (!has_any) {
            json_name(writer, STR("required"));
            json_begin_array(writer);
        }
        has_any = true;
        json_put_text(writer, json_field_name(&type->fields[i]));
    }
    if (has_any)
        json_end_array(writer);
}

void json_put_schema(struct json_writer *writer, const struct json_type *type, enum json_direction direction)
{
    json_begin_object(writer);
    put_word(writer, "type", "object");
    put_word(writer, "description", type->help);
    json_name(writer, STR("properties"));
    json_begin_object(writer);
    for (size_t i = 0; i < type->count; i++) {
        json_name(writer, json_field_name(&type->fields[i]));
        json_put_field_schema(writer, &type->fields[i], direction);
    }
    json_end_object(writer);
    put_required(writer, type, direction);
    if (direction == JSON_REQUEST && !type->ignore_unknown) {
        json_name(writer, STR("additionalProperties"));
        json_put_bool(writer, false);
    }
    json_end_object(writer);
}
