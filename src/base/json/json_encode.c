/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Encoding by descriptor. */
#include "base/json/json_out.h"

#define ENCODED_MAX_BYTES ((size_t)256 << 20)

static void put_value(struct json_writer *writer, const struct json_field *field, const void *slot);

/* NOLINTNEXTLINE(misc-no-recursion): the writer bounds the depth */
static void put_items(struct json_writer *writer, const struct json_field *field, const struct array *array)
{
    const struct json_field item = json_item_field(field);
    const char *items = array->items;
    size_t size = json_field_size(&item);
    json_begin_array(writer);
    for (size_t i = 0; i < array->count; i++)
        put_value(writer, &item, items + i * size);
    json_end_array(writer);
}

static void put_raw_or_null(struct json_writer *writer, struct str json)
{
    if (json.len != 0)
        json_put_raw(writer, json);
    else
        json_put_null(writer);
}

/* NOLINTNEXTLINE(misc-no-recursion): the writer bounds the depth */
static void put_value(struct json_writer *writer, const struct json_field *field, const void *slot)
{
    switch (field->kind) {
    case JSON_KIND_BOOL:
        json_put_bool(writer, *(const bool *)slot);
        return;
    case JSON_KIND_I64:
        json_put_i64(writer, *(const int64_t *)slot);
        return;
    case JSON_KIND_F64:
        json_put_f64(writer, *(const double *)slot);
        return;
    case JSON_KIND_TEXT:
        json_put_text(writer, *(const struct str *)slot);
        return;
    case JSON_KIND_ENUM:
        json_put_text(writer, enum_word(field->values, *(const int32_t *)slot));
        return;
    case JSON_KIND_ID:
        json_put_id(writer, *(const struct id *)slot);
        return;
    case JSON_KIND_INSTANT:
        json_put_instant(writer, *(const struct instant *)slot);
        return;
    case JSON_KIND_MONEY:
        json_put_money(writer, *(const struct money *)slot);
        return;
    case JSON_KIND_OBJECT:
        json_put_object(writer, field->type, slot);
        return;
    case JSON_KIND_ARRAY:
        put_items(writer, field, slot);
        return;
    case JSON_KIND_RAW:
        put_raw_or_null(writer, *(const struct str *)slot);
        return;
    case JSON_KIND_COUNT:
        break;
    }
    UNREACHABLE("not a kind");
}

/* NOLINTNEXTLINE(misc-no-recursion): the writer bounds the depth */
static void put_member(struct json_writer *writer, const struct json_field *field, const void *slot)
{
    bool may_be_empty = (field->flags & (JSON_NULLABLE | JSON_OMITTED)) != 0;
    bool is_empty = may_be_empty && json_field_is_empty(field, slot);
    if (is_empty && (field->flags & JSON_OMITTED) != 0)
        return;
    json_put_row_name(writer, field);
    if (is_empty)
        json_put_null(writer);
    else
        put_value(writer, field, slot);
}

/* NOLINTNEXTLINE(misc-no-recursion): the writer bounds the depth */
void json_put_object(struct json_writer *writer, const struct json_type *type, const void *object)
{
    const char *bytes = object;
    json_begin_object(writer);
    for (size_t i = 0; i < type->count; i++)
        put_member(writer, &type->fields[i], bytes + type->fields[i].offset);
    json_end_object(writer);
}

struct str json_encode(struct arena *arena, const struct json_type *type, const void *object)
{
    struct strbuf out;
    struct json_writer writer;
    strbuf_init(&out, arena, ENCODED_MAX_BYTES);
    json_writer_init(&writer, &out);
    json_put_object(&writer, type, object);
    REQUIRE(!out.overflow);
    return strbuf_str(&out);
}
