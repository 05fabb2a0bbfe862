/* SPDX-License-Identifier: AGPL-3.0-or-later
 * json_type_check: what the compiler cannot see in a table. Runs at start, so that a mistake in a row
 * stops the program before the first request. */
#include "base/json/json_kind.h"
#include "base/json/json_read.h"
#include "base/json/json_write.h"
#include "base/mem/arena.h"

#define PRESENCE_BITS 64

struct open_type {
    const struct open_type *parent;
    const struct json_type *type;
};

static void check_type(const struct json_type *type, const struct open_type *parent);

/* Names go out without a look at their characters. */
static void check_name(const struct json_field *field)
{
    REQUIRE(field->name != NULL);
    struct str name = str_cstr(field->name);
    REQUIRE(name.len > 0 && name.len <= JSON_MAX_NAME_BYTES);
    REQUIRE(field->name_len == 0 || field->name_len == name.len);
    for (size_t i = 0; i < name.len; i++) {
        char c = name.ptr[i];
        REQUIRE(c > ' ' && c < 0x7F && c != '"' && c != '\\');
    }
}

static void check_enum(const struct json_field *field)
{
    REQUIRE(field->values != NULL && field->values->count > 0);
    if (field->kind != JSON_KIND_ENUM || field->fallback < 0)
        return;
    REQUIRE((size_t)field->fallback < field->values->count);
    bool is_used = (field->flags & (JSON_REQUIRED | JSON_NULLABLE)) == 0;
    REQUIRE(!is_used || field->values->words[field->fallback] != NULL);
}

static void check_limits(const struct json_field *field)
{
    struct json_limits limits = json_field_limits(field);
    bool is_count =
        field->kind == JSON_KIND_TEXT || field->kind == JSON_KIND_ARRAY || field->kind == JSON_KIND_RAW;
    bool takes_limits = is_count || field->kind == JSON_KIND_I64 || field->kind == JSON_KIND_F64 ||
                        field->kind == JSON_KIND_MONEY;
    REQUIRE(limits.min <= limits.max);
    REQUIRE(takes_limits || !json_field_has_limits(field));
    REQUIRE(!is_count || !json_field_has_limits(field) || limits.min >= 0);
}

static void check_fallback(const struct json_field *field)
{
    bool takes_one =
        field->kind == JSON_KIND_I64 || field->kind == JSON_KIND_ENUM || field->kind == JSON_KIND_BOOL;
    REQUIRE(field->fallback == 0 || (takes_one && (field->flags & JSON_REQUIRED) == 0));
}

/* Its values are not checked when they are read, so it is for replies: the text is one of ours. */
static void check_held(const struct json_field *field)
{
    const struct json_field *holds = field->holds;
    if (holds == NULL)
        return;
    REQUIRE(field->kind == JSON_KIND_RAW && holds->kind == JSON_KIND_ARRAY);
    REQUIRE(holds->element != JSON_KIND_OBJECT && holds->element != JSON_KIND_RAW);
}

static void check_example(const struct json_field *field)
{
    if (field->example == NULL)
        return;
    struct arena *arena = arena_new(0);
    REQUIRE(json_check(arena, str_cstr(field->example)) == NULL);
    arena_free(arena);
}

/* NOLINTNEXTLINE(misc-no-recursion): ends at a type that is being checked already */
static void check_references(const struct json_field *field, enum json_kind kind,
                             const struct open_type *parent)
{
    if (kind == JSON_KIND_ENUM)
        check_enum(field);
    if (kind != JSON_KIND_OBJECT)
        return;
    REQUIRE(field->type != NULL);
    check_type(field->type, parent);
}

/* NOLINTNEXTLINE(misc-no-recursion): ends at a type that is being checked already */
static void check_array(const struct json_field *field, const struct open_type *parent)
{
    REQUIRE(field->element != JSON_KIND_ARRAY && field->element < JSON_KIND_COUNT);
    bool has_item_limits = field->item_min != 0 || field->item_max != 0;
    REQUIRE(!has_item_limits || field->element == JSON_KIND_TEXT || field->element == JSON_KIND_I64);
    REQUIRE((field->flags & JSON_UNIQUE) == 0 ||
            (field->element != JSON_KIND_OBJECT && field->element != JSON_KIND_RAW));
    check_references(field, field->element, parent);
    const struct json_field item = json_item_field(field);
    check_limits(&item);
}

/* NOLINTNEXTLINE(misc-no-recursion): ends at a type that is being checked already */
static void check_field(const struct json_type *type, const struct json_field *field,
                        const struct open_type *parent)
{
    REQUIRE(field->kind < JSON_KIND_COUNT);
    check_name(field);
    if (field->kind == JSON_KIND_ARRAY)
        check_array(field, parent);
    else
        check_references(field, field->kind, parent);
    check_limits(field);
    check_fallback(field);
    check_example(field);
    check_held(field);
    REQUIRE(field->kind == JSON_KIND_ARRAY || (field->flags & JSON_UNIQUE) == 0);
    REQUIRE(field->offset <= type->size && json_field_size(field) <= type->size - field->offset);
    REQUIRE(field->format == NULL || field->format->is_valid != NULL);
}

static void check_names_differ(const struct json_type *type)
{
    for (size_t i = 0; i < type->count; i++) {
        for (size_t j = 0; j < i; j++)
            REQUIRE(!str_equal(json_field_name(&type->fields[i]), json_field_name(&type->fields[j])));
    }
}

/* A type may hold a list of itself (a comment and its answers); it is checked once on each way down.
 * NOLINTNEXTLINE(misc-no-recursion): ends at a type that is being checked already */
static void check_type(const struct json_type *type, const struct open_type *parent)
{
    const struct open_type open = {.parent = parent, .type = type};
    for (; parent != NULL; parent = parent->parent) {
        if (parent->type == type)
            return;
    }
    REQUIRE(type->name != NULL && type->name[0] != '\0' && strlen(type->name) <= JSON_MAX_NAME_BYTES);
    REQUIRE(type->count <= JSON_MAX_FIELDS);
    REQUIRE(type->presence_offset_plus_1 == 0 || type->count <= PRESENCE_BITS);
    for (size_t i = 0; i < type->count; i++)
        check_field(type, &type->fields[i], &open);
    check_names_differ(type);
}

void json_type_check(const struct json_type *type)
{
    check_type(type, NULL);
}

void json_type_check_pairs(const struct json_type *type)
{
    json_type_check(type);
    REQUIRE(json_fits_pairs(type));
}
