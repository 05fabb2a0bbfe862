/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Encoding by descriptor. */
#include <assert.h>
#include <math.h>

#include "base/json/json_out.h"
#include "base/text/number.h"

#define ENCODED_MAX_BYTES ((size_t)256 << 20)
#define FIRST_BYTES       1000

/* Bytes of a value that is neither text nor made of others: an id with its quotes is the longest. */
#define SCALAR_BYTES (ID_CHARS + 2)

static_assert(SCALAR_BYTES >= INSTANT_CHARS + 2 && SCALAR_BYTES >= NUMBER_F64_CHARS &&
                  SCALAR_BYTES >= NUMBER_I64_CHARS,
              "every scalar fits");

static void put_value(struct json_writer *writer, const struct json_field *field, const void *slot);
static void put_items(struct json_writer *writer, const struct json_field *field, const struct array *array);

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

/* The free part of the output while an object is written: members that are a name and a short value go
 * there without a look at the builder in between. By value, so that it stays in registers. */
struct cursor {
    char *at;    /* NULL: the writer has it */
    char *limit; /* a NUL still fits here */
};

static const struct cursor cursor_none;

/* Gives what was written back to the writer. */
static struct cursor cursor_close(struct json_writer *writer, struct cursor cursor)
{
    if (cursor.at != NULL)
        json_out_advance(writer->out, cursor.at);
    return cursor_none;
}

/* A cursor with at least `len` bytes; `at` is NULL when they do not fit below max_len. */
static struct cursor cursor_renew(struct json_writer *writer, struct cursor cursor, size_t len)
{
    (void)cursor_close(writer, cursor);
    char *at = json_out_room(writer->out, len);
    return at != NULL ? (struct cursor){at, writer->out->ptr + writer->out->capacity - 1} : cursor_none;
}

static char *write_word(char *at, struct str word)
{
    memcpy(at, word.ptr, word.len);
    return at + word.len;
}

static char *write_f64(char *at, double value)
{
    return isfinite(value) ? at + number_format_f64(at, value) : write_word(at, STR("null"));
}

static char *write_id(char *at, const struct id *id)
{
    at[0] = '"';
    id_format(*id, at + 1);
    at[ID_CHARS + 1] = '"';
    return at + ID_CHARS + 2;
}

static char *write_instant(char *at, const struct instant *instant)
{
    at[0] = '"';
    instant_format(*instant, at + 1);
    at[INSTANT_CHARS + 1] = '"';
    return at + INSTANT_CHARS + 2;
}

/* The text if it needs no escapes; else it goes through the writer. */
static inline struct cursor put_text(struct json_writer *writer, struct cursor cursor, struct str text)
{
    *cursor.at++ = '"';
    size_t done = json_copy_plain(cursor.at, text);
    cursor.at += done;
    if (done == text.len) {
        *cursor.at++ = '"';
        return cursor;
    }
    cursor = cursor_close(writer, cursor);
    json_put_rest(writer->out, text, done);
    return cursor;
}

/* A value of a short kind, except text. */
static char *write_scalar(char *at, const struct json_field *field, const void *slot)
{
    if (field->kind == JSON_KIND_I64)
        return at + number_format_i64(at, *(const int64_t *)slot);
    if (field->kind == JSON_KIND_ID)
        return write_id(at, slot);
    if (field->kind == JSON_KIND_INSTANT)
        return write_instant(at, slot);
    if (field->kind == JSON_KIND_F64)
        return write_f64(at, *(const double *)slot);
    return write_word(at, *(const bool *)slot ? STR("true") : STR("false"));
}

static bool is_short_kind(enum json_kind kind)
{
    const unsigned short_kinds = 1U << JSON_KIND_BOOL | 1U << JSON_KIND_I64 | 1U << JSON_KIND_F64 |
                                 1U << JSON_KIND_TEXT | 1U << JSON_KIND_ID | 1U << JSON_KIND_INSTANT;
    return (short_kinds >> kind & 1) != 0;
}

/* A cursor with room for a value of a short kind and `extra` bytes more. */
static inline struct cursor cursor_for(struct json_writer *writer, struct cursor cursor,
                                       const struct json_field *field, const void *slot, size_t extra)
{
    size_t len = extra + SCALAR_BYTES;
    if (field->kind == JSON_KIND_TEXT)
        len += ((const struct str *)slot)->len;
    bool has_room = cursor.at != NULL && (size_t)(cursor.limit - cursor.at) >= len;
    return has_room ? cursor : cursor_renew(writer, cursor, len);
}

static inline struct cursor put_short(struct json_writer *writer, struct cursor cursor,
                                      const struct json_field *field, const void *slot)
{
    writer->has_items |= json_level_bit(writer);
    if (field->kind == JSON_KIND_TEXT)
        return put_text(writer, cursor, *(const struct str *)slot);
    cursor.at = write_scalar(cursor.at, field, slot);
    return cursor;
}

static struct cursor put_empty(struct json_writer *writer, struct cursor cursor,
                               const struct json_field *field)
{
    if ((field->flags & JSON_OMITTED) != 0)
        return cursor;
    cursor = cursor_close(writer, cursor);
    json_put_row_name(writer, field);
    json_put_null(writer);
    return cursor;
}

/* NOLINTNEXTLINE(misc-no-recursion): the writer bounds the depth */
static inline struct cursor put_member(struct json_writer *writer, struct cursor cursor,
                                       const struct json_field *field, const void *slot)
{
    bool may_be_empty = (field->flags & (JSON_NULLABLE | JSON_OMITTED)) != 0;
    if (may_be_empty && json_field_is_empty(field, slot))
        return put_empty(writer, cursor, field);
    struct str name = json_field_name(field);
    bool is_short = is_short_kind(field->kind);
    cursor = is_short ? cursor_for(writer, cursor, field, slot, name.len + 4) : cursor_close(writer, cursor);
    if (cursor.at != NULL) {
        cursor.at = json_write_row_name(cursor.at, writer, name);
        return put_short(writer, cursor, field, slot);
    }
    json_put_row_name(writer, field);
    put_value(writer, field, slot);
    return cursor;
}

/* NOLINTNEXTLINE(misc-no-recursion): the writer bounds the depth */
static inline struct cursor put_item(struct json_writer *writer, struct cursor cursor,
                                     const struct json_field *item, const void *slot)
{
    bool is_short = is_short_kind(item->kind);
    cursor = is_short ? cursor_for(writer, cursor, item, slot, 1) : cursor_close(writer, cursor);
    if (cursor.at == NULL) {
        put_value(writer, item, slot);
        return cursor;
    }
    *cursor.at = ',';
    cursor.at += (writer->has_items & json_level_bit(writer)) != 0;
    return put_short(writer, cursor, item, slot);
}

/* NOLINTNEXTLINE(misc-no-recursion): the writer bounds the depth */
static void put_items(struct json_writer *writer, const struct json_field *field, const struct array *array)
{
    const struct json_field item = json_item_field(field);
    struct cursor cursor = cursor_none;
    const char *items = array->items;
    size_t size = json_field_size(&item);
    json_begin_array(writer);
    for (size_t i = 0; i < array->count; i++)
        cursor = put_item(writer, cursor, &item, items + i * size);
    (void)cursor_close(writer, cursor);
    json_end_array(writer);
}

/* NOLINTNEXTLINE(misc-no-recursion): the writer bounds the depth */
void json_put_object(struct json_writer *writer, const struct json_type *type, const void *object)
{
    struct cursor cursor = cursor_none;
    const char *bytes = object;
    json_begin_object(writer);
    for (size_t i = 0; i < type->count; i++)
        cursor = put_member(writer, cursor, &type->fields[i], bytes + type->fields[i].offset);
    (void)cursor_close(writer, cursor);
    json_end_object(writer);
}

struct str json_encode(struct arena *arena, const struct json_type *type, const void *object)
{
    struct strbuf out;
    struct json_writer writer;
    strbuf_init(&out, arena, ENCODED_MAX_BYTES);
    (void)strbuf_reserve(&out, FIRST_BYTES); /* most messages never grow */
    json_writer_init(&writer, &out);
    json_put_object(&writer, type, object);
    REQUIRE(!out.overflow);
    return strbuf_str(&out);
}
