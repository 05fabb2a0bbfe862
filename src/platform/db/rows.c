/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Reading arguments out of the generated structs, storing columns into row structs. */
#include "platform/db/rows.h"

static const struct db_column id_columns[] = {DB_COLUMN_ID(struct db_id, id)};
const struct db_row db_id_row = DB_ROW(struct db_id, id_columns);

static const struct db_column count_columns[] = {DB_COLUMN_I64(struct db_count, count)};
const struct db_row db_count_row = DB_ROW(struct db_count, count_columns);

void *rows_add(struct arena *arena, struct rows *rows)
{
    size_t size = rows->row->size;
    vec_grow(arena, (void **)(void *)&rows->items, &rows->capacity, rows->count + 1, size);
    return memset(rows->items + size * rows->count++, 0, size);
}

static struct argument nullable_text(struct argument argument, struct str text)
{
    argument.is_null = argument.parameter->is_nullable && text.ptr == NULL;
    argument.text = text.ptr != NULL ? text : STR("");
    return argument;
}

static struct argument nullable_id(struct argument argument, const struct id *id)
{
    argument.is_null = argument.parameter->is_nullable && id_is_none(*id);
    argument.text = str_from((const char *)id->bytes, sizeof(id->bytes));
    return argument;
}

struct argument argument_of(const struct db_call *call, size_t index)
{
    const struct db_parameter *parameter = &call->statement->parameters[index];
    const void *member = (const char *)call->args + parameter->offset;
    struct argument argument = {.parameter = parameter};
    switch (parameter->type) {
    case DB_ID:
        return nullable_id(argument, member);
    case DB_TEXT:
    case DB_BYTES:
        return nullable_text(argument, *(const struct str *)member);
    case DB_I64:
        argument.integer = *(const int64_t *)member;
        break;
    case DB_I32:
        argument.integer = *(const int32_t *)member;
        break;
    case DB_BOOL:
        argument.integer = *(const bool *)member;
        break;
    case DB_INSTANT:
        argument.integer = ((const struct instant *)member)->us;
        argument.is_null = parameter->is_nullable && argument.integer == 0;
        break;
    case DB_F64:
        argument.real = *(const double *)member;
        break;
    case DB_ID_ARRAY:
    case DB_TEXT_ARRAY:
    case DB_I64_ARRAY:
        argument.array = member;
        break;
    }
    return argument;
}

static bool has_zero(struct str text)
{
    return text.len != 0 && memchr(text.ptr, '\0', text.len) != NULL;
}

static bool argument_has_zero(const struct argument *argument)
{
    enum db_type type = argument->parameter->type;
    if (type == DB_TEXT)
        return has_zero(argument->text);
    for (size_t i = 0; type == DB_TEXT_ARRAY && i < argument->array->count; i++) {
        if (has_zero(*ARRAY_AT(const struct str, *argument->array, i)))
            return true;
    }
    return false;
}

struct error *call_check(struct ctx *cx, const struct db_call *call)
{
    for (size_t i = 0; i < call->statement->parameter_count; i++) {
        struct argument argument = argument_of(call, i);
        if (argument_has_zero(&argument))
            return ERROR_CODE(cx, INVALID, "%s holds a zero character", argument.parameter->name);
    }
    return NULL;
}

static uint32_t option(const struct db_call *call, ptrdiff_t offset)
{
    return offset < 0 ? 0 : *(const uint32_t *)(const void *)((const char *)call->args + offset);
}

uint32_t call_with(const struct db_call *call)
{
    uint32_t with = option(call, call->statement->with_offset);
    REQUIRE((uint64_t)with >> call->statement->filter_count == 0);
    return with;
}

uint32_t call_order(const struct db_call *call)
{
    uint32_t order = option(call, call->statement->order_offset);
    REQUIRE(order == 0 || order < call->statement->order_count);
    return order;
}

bool column_store_integer(const struct db_column *column, void *item, int64_t value)
{
    void *member = (char *)item + column->offset;
    switch (column->type) {
    case DB_I64:
        *(int64_t *)member = value;
        return true;
    case DB_I32:
        *(int32_t *)member = (int32_t)value;
        return value >= INT32_MIN && value <= INT32_MAX;
    case DB_BOOL:
        *(bool *)member = value != 0;
        return true;
    case DB_INSTANT:
        ((struct instant *)member)->us = value;
        return true;
    case DB_F64:
        *(double *)member = (double)value;
        return true;
    case DB_ID:
    case DB_TEXT:
    case DB_BYTES:
    case DB_ID_ARRAY:
    case DB_TEXT_ARRAY:
    case DB_I64_ARRAY:
        return false;
    }
    return false;
}

bool column_store_real(const struct db_column *column, void *item, double value)
{
    if (column->type != DB_F64)
        return false;
    *(double *)(void *)((char *)item + column->offset) = value;
    return true;
}

bool column_store_bytes(struct arena *arena, const struct db_column *column, void *item, struct str bytes)
{
    void *member = (char *)item + column->offset;
    if (column->type == DB_ID) {
        if (bytes.len != sizeof(struct id))
            return false;
        memcpy(member, bytes.ptr, bytes.len);
        return true;
    }
    if (column->type != DB_TEXT && column->type != DB_BYTES)
        return false;
    *(struct str *)member = arena_str(arena, bytes.len != 0 ? bytes : STR(""));
    return true;
}
