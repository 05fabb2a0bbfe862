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

/* The free part of the output while an object is written: members that are a name and a short value go
 * there without a look at the builder in between. */
struct cursor {
    struct json_writer *writer;
    char *at;
    char *limit; /* a NUL still fits here */
};

/* Takes the cursor from the writer, for at least `len` bytes; false: they do not fit below max_len. */
static bool cursor_open(struct cursor *cursor, size_t len)
{
    struct strbuf *out = cursor->writer->out;
    cursor->at = json_out_room(out, len);
    cursor->limit = cursor->at != NULL ? out->ptr + out->capacity - 1 : NULL;
    return cursor->at != NULL;
}

/* Gives what was written back to the writer. */
static void cursor_close(struct cursor *cursor)
{
    if (cursor->at != NULL)
        json_out_advance(cursor->writer->out, cursor->at);
    cursor->at = cursor->limit = NULL;
}

static bool cursor_has_room(struct cursor *cursor, size_t len)
{
    if ((size_t)(cursor->limit - cursor->at) >= len && cursor->at != NULL)
        return true;
    cursor_close(cursor);
    return cursor_open(cursor, len);
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
static void put_text(struct cursor *cursor, struct str text)
{
    *cursor->at++ = '"';
    size_t done = json_copy_plain(cursor->at, text);
    cursor->at += done;
    if (done == text.len) {
        *cursor->at++ = '"';
        return;
    }
    cursor_close(cursor);
    json_put_rest(cursor->writer->out, text, done);
}

/* A value for which put_at_once reserved enough. */
static void put_short_value(struct cursor *cursor, const struct json_field *field, const void *slot)
{
    char *at = cursor->at;
    if (field->kind == JSON_KIND_TEXT)
        put_text(cursor, *(const struct str *)slot);
    else if (field->kind == JSON_KIND_I64)
        cursor->at = at + number_format_i64(at, *(const int64_t *)slot);
    else if (field->kind == JSON_KIND_ID)
        cursor->at = write_id(at, slot);
    else if (field->kind == JSON_KIND_INSTANT)
        cursor->at = write_instant(at, slot);
    else if (field->kind == JSON_KIND_F64)
        cursor->at = write_f64(at, *(const double *)slot);
    else
        cursor->at = write_word(at, *(const bool *)slot ? STR("true") : STR("false"));
}

static bool is_short_kind(enum json_kind kind)
{
    const unsigned short_kinds = 1U << JSON_KIND_BOOL | 1U << JSON_KIND_I64 | 1U << JSON_KIND_F64 |
                                 1U << JSON_KIND_TEXT | 1U << JSON_KIND_ID | 1U << JSON_KIND_INSTANT;
    return (short_kinds >> kind & 1) != 0;
}

/* Name and value as one piece; false: nothing was written. */
static bool put_at_once(struct cursor *cursor, const struct json_field *field, const void *slot)
{
    struct str name = json_field_name(field);
    size_t text_len = field->kind == JSON_KIND_TEXT ? ((const struct str *)slot)->len : 0;
    if (!is_short_kind(field->kind) || !cursor_has_room(cursor, name.len + 4 + SCALAR_BYTES + text_len))
        return false;
    cursor->at = json_write_row_name(cursor->at, cursor->writer, name);
    cursor->writer->has_items |= json_level_bit(cursor->writer);
    put_short_value(cursor, field, slot);
    return true;
}

/* NOLINTNEXTLINE(misc-no-recursion): the writer bounds the depth */
static void put_member(struct cursor *cursor, const struct json_field *field, const void *slot)
{
    bool may_be_empty = (field->flags & (JSON_NULLABLE | JSON_OMITTED)) != 0;
    bool is_empty = may_be_empty && json_field_is_empty(field, slot);
    if (is_empty && (field->flags & JSON_OMITTED) != 0)
        return;
    if (!is_empty && put_at_once(cursor, field, slot))
        return;
    cursor_close(cursor);
    json_put_row_name(cursor->writer, field);
    if (is_empty)
        json_put_null(cursor->writer);
    else
        put_value(cursor->writer, field, slot);
}

/* NOLINTNEXTLINE(misc-no-recursion): the writer bounds the depth */
void json_put_object(struct json_writer *writer, const struct json_type *type, const void *object)
{
    struct cursor cursor = {.writer = writer};
    const char *bytes = object;
    json_begin_object(writer);
    for (size_t i = 0; i < type->count; i++)
        put_member(&cursor, &type->fields[i], bytes + type->fields[i].offset);
    cursor_close(&cursor);
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
