/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Binary formats of PostgreSQL. Source: https://www.postgresql.org/docs/15/protocol-message-formats.html and the send and
 * receive functions of the types. */
#include "platform/db/postgresql/wire.h"

#include <endian.h>

/* From pg_type.dat; they never change. */
enum {
    OID_BOOL = 16,
    OID_BYTEA = 17,
    OID_NAME = 19,
    OID_INT8 = 20,
    OID_INT2 = 21,
    OID_INT4 = 23,
    OID_TEXT = 25,
    OID_FLOAT4 = 700,
    OID_FLOAT8 = 701,
    OID_TEXT_ARRAY = 1009,
    OID_INT8_ARRAY = 1016,
    OID_BPCHAR = 1042,
    OID_VARCHAR = 1043,
    OID_UUID = 2950,
    OID_UUID_ARRAY = 2951
};

static const Oid parameter_types[] = {
    [DB_ID] = OID_UUID,
    [DB_TEXT] = OID_TEXT,
    [DB_BYTES] = OID_BYTEA,
    [DB_I64] = OID_INT8,
    [DB_I32] = OID_INT4,
    [DB_BOOL] = OID_BOOL,
    [DB_INSTANT] = OID_INT8,
    [DB_F64] = OID_FLOAT8,
    [DB_ID_ARRAY] = OID_UUID_ARRAY,
    [DB_TEXT_ARRAY] = OID_TEXT_ARRAY,
    [DB_I64_ARRAY] = OID_INT8_ARRAY,
};

int wire_types(const struct db_statement *statement, Oid ret_types[WIRE_MAX_PARAMETERS])
{
    REQUIRE(statement->parameter_count <= WIRE_MAX_PARAMETERS);
    for (size_t i = 0; i < statement->parameter_count; i++)
        ret_types[i] = parameter_types[statement->parameters[i].type];
    if (statement->gather_key != NULL)
        ret_types[0] = OID_UUID_ARRAY;
    return (int)statement->parameter_count;
}

/* Arrays: dimensions, has nulls, element type, length, lower bound; then each element with its length. */

static Oid element_type(enum db_type type)
{
    return type == DB_ID_ARRAY ? OID_UUID : type == DB_TEXT_ARRAY ? OID_TEXT : OID_INT8;
}

static struct str element_bytes(enum db_type type, const struct array *array, size_t index, uint64_t *number)
{
    if (type == DB_ID_ARRAY)
        return str_from((const char *)ARRAY_AT(const struct id, *array, index)->bytes, sizeof(struct id));
    if (type == DB_TEXT_ARRAY)
        return *ARRAY_AT(const struct str, *array, index);
    *number = htobe64((uint64_t)*ARRAY_AT(const int64_t, *array, index));
    return str_from((const char *)number, sizeof(*number));
}

static char *put_u32(char *at, uint32_t value)
{
    uint32_t wire = htobe32(value);
    memcpy(at, &wire, sizeof(wire));
    return at + sizeof(wire);
}

static struct str encode_array(struct arena *arena, enum db_type type, const struct array *array)
{
    uint64_t number = 0;
    size_t size = 20;
    REQUIRE(array->count < INT32_MAX);
    for (size_t i = 0; i < array->count; i++)
        size += 4 + element_bytes(type, array, i, &number).len;
    REQUIRE(size < INT32_MAX);
    char *bytes = arena_alloc_raw(arena, size);
    char *at = put_u32(bytes, array->count != 0);
    at = put_u32(at, 0);
    at = put_u32(at, element_type(type));
    if (array->count == 0)
        return str_from(bytes, (size_t)(at - bytes));
    at = put_u32(put_u32(at, (uint32_t)array->count), 1);
    for (size_t i = 0; i < array->count; i++) {
        struct str element = element_bytes(type, array, i, &number);
        at = put_u32(at, (uint32_t)element.len);
        if (element.len != 0)
            memcpy(at, element.ptr, element.len);
        at += element.len;
    }
    return str_from(bytes, (size_t)(at - bytes));
}

static struct str encode(struct arena *arena, const struct argument *argument, uint64_t *number)
{
    switch (argument->parameter->type) {
    case DB_ID:
    case DB_TEXT:
    case DB_BYTES:
        return argument->text;
    case DB_I64:
    case DB_INSTANT:
        *number = htobe64((uint64_t)argument->integer);
        return str_from((const char *)number, 8);
    case DB_I32: {
        uint32_t small = htobe32((uint32_t)argument->integer);
        memcpy(number, &small, sizeof(small));
        return str_from((const char *)number, 4);
    }
    case DB_BOOL:
        *(char *)number = (char)argument->integer;
        return str_from((const char *)number, 1);
    case DB_F64:
        memcpy(number, &argument->real, sizeof(*number));
        *number = htobe64(*number);
        return str_from((const char *)number, 8);
    case DB_ID_ARRAY:
    case DB_TEXT_ARRAY:
    case DB_I64_ARRAY:
        return encode_array(arena, argument->parameter->type, argument->array);
    }
    return STR_NONE;
}

static void set_parameter(struct wire_parameters *parameters, int index, struct str bytes)
{
    REQUIRE(bytes.len < INT32_MAX);
    parameters->values[index] = bytes.ptr;
    parameters->lengths[index] = (int)bytes.len;
    parameters->formats[index] = 1;
}

/* A gathered statement takes an array, of one key where it runs alone. */
static struct str encode_keys(struct arena *arena, const struct db_call *call, const struct array *keys)
{
    if (keys != NULL)
        return encode_array(arena, DB_ID_ARRAY, keys);
    struct id own;
    memcpy(&own, argument_of(call, 0).text.ptr, sizeof(own));
    return encode_array(arena, DB_ID_ARRAY, &(struct array){.items = &own, .count = 1});
}

void wire_fill(struct arena *arena, const struct db_call *call, const struct array *keys,
               struct wire_parameters *ret_parameters)
{
    ret_parameters->count = wire_types(call->statement, ret_parameters->types);
    if (call->statement->gather_key != NULL) {
        set_parameter(ret_parameters, 0, encode_keys(arena, call, keys));
        return;
    }
    for (int i = 0; i < ret_parameters->count; i++) {
        struct argument argument = argument_of(call, (size_t)i);
        set_parameter(ret_parameters, i,
                      argument.is_null ? STR_NONE : encode(arena, &argument, &ret_parameters->numbers[i]));
    }
}

/* Results */

static const char *name_of_column(void *result, size_t index)
{
    return PQfname(result, (int)index);
}

static bool type_fits(Oid type, enum db_type wanted)
{
    switch (wanted) {
    case DB_ID:
        return type == OID_UUID;
    case DB_TEXT:
        return type == OID_TEXT || type == OID_VARCHAR || type == OID_BPCHAR || type == OID_NAME;
    case DB_BYTES:
        return type == OID_BYTEA;
    case DB_I64:
    case DB_I32:
    case DB_INSTANT:
        return type == OID_INT8 || type == OID_INT4 || type == OID_INT2;
    case DB_BOOL:
        return type == OID_BOOL;
    case DB_F64:
        return type == OID_FLOAT8 || type == OID_FLOAT4;
    case DB_ID_ARRAY:
    case DB_TEXT_ARRAY:
    case DB_I64_ARRAY:
        return false;
    }
    return false;
}

static void match_key(struct statement_entry *entry, PGresult *result)
{
    int column = PQfnumber(result, entry->statement->gather_key);
    if (column < 0 || PQftype(result, column) != OID_UUID)
        statement_mistake(entry->statement, entry->statement->gather_key, "is no id in the result");
    entry->key_column = (int16_t)column;
}

void wire_match(struct statement_entry *entry, const struct db_row *row, PGresult *result)
{
    if (entry->row == row)
        return;
    statement_entry_match(entry, row, (size_t)PQnfields(result), name_of_column, result);
    for (size_t i = 0; i < row->count; i++) {
        if (!type_fits(PQftype(result, entry->columns[i]), row->columns[i].type))
            statement_mistake(entry->statement, row->columns[i].name,
                              "has another type than its row's member");
    }
    if (entry->statement->gather_key != NULL)
        match_key(entry, result);
}

struct id wire_key_of_row(const struct statement_entry *entry, const PGresult *result, int index)
{
    struct id key = {0};
    REQUIRE(PQgetlength(result, index, entry->key_column) == (int)sizeof(key)); /* 0: NULL */
    memcpy(&key, PQgetvalue(result, index, entry->key_column), sizeof(key));
    return key;
}

static int64_t decode_integer(const char *bytes, int len)
{
    if (len == 8) {
        uint64_t wide;
        memcpy(&wide, bytes, sizeof(wide));
        return (int64_t)be64toh(wide);
    }
    if (len == 4) {
        uint32_t wire;
        memcpy(&wire, bytes, sizeof(wire));
        return (int32_t)be32toh(wire);
    }
    if (len == 2) {
        uint16_t wire;
        memcpy(&wire, bytes, sizeof(wire));
        return (int16_t)be16toh(wire);
    }
    return bytes[0];
}

static double decode_real(const char *bytes, int len)
{
    if (len == 4) {
        uint32_t wire;
        float value;
        memcpy(&wire, bytes, sizeof(wire));
        wire = be32toh(wire);
        memcpy(&value, &wire, sizeof(value));
        return (double)value;
    }
    uint64_t wire;
    double value;
    memcpy(&wire, bytes, sizeof(wire));
    wire = be64toh(wire);
    memcpy(&value, &wire, sizeof(value));
    return value;
}

static bool store_value(struct arena *arena, const struct db_column *column, void *item, const char *bytes,
                        int len)
{
    switch (column->type) {
    case DB_ID:
    case DB_TEXT:
    case DB_BYTES:
        return column_store_bytes(arena, column, item, str_from(bytes, (size_t)len));
    case DB_F64:
        return column_store_real(column, item, decode_real(bytes, len));
    case DB_I64:
    case DB_I32:
    case DB_BOOL:
    case DB_INSTANT:
        return column_store_integer(column, item, decode_integer(bytes, len));
    case DB_ID_ARRAY:
    case DB_TEXT_ARRAY:
    case DB_I64_ARRAY:
        return false;
    }
    return false;
}

struct error *wire_store_row(struct db_request *request, const struct statement_entry *entry,
                             const PGresult *result, int index)
{
    struct arena *arena = request->cx->arena;
    void *item = rows_add(arena, &request->rows);
    for (size_t i = 0; i < request->rows.row->count; i++) {
        const struct db_column *column = &request->rows.row->columns[i];
        int at = entry->columns[i];
        if (PQgetisnull(result, index, at)) {
            if (!column->is_nullable)
                return ERROR(request->cx, db_internal, "%s: column %s is NULL", entry->statement->name,
                             column->name);
        } else if (!store_value(arena, column, item, PQgetvalue(result, index, at),
                                PQgetlength(result, index, at))) {
            statement_mistake(entry->statement, column->name, "has a value out of its member's range");
        }
    }
    return NULL;
}

/* The tag of a command that writes ends with the number of rows; libpq gives it as text. */
static int64_t changed_rows(PGresult *result)
{
    int64_t count = 0;
    for (const char *digit = PQcmdTuples(result); *digit >= '0' && *digit <= '9'; digit++)
        count = count * 10 + (*digit - '0');
    return count;
}

struct error *wire_store(struct db_request *request, struct statement_entry *entry, PGresult *result)
{
    if ((entry->statement->flags & DB_READ) == 0)
        request->changed = changed_rows(result);
    if (request->rows.row == NULL)
        return NULL;
    wire_match(entry, request->rows.row, result);
    for (int i = 0; i < PQntuples(result); i++)
        TRY(wire_store_row(request, entry, result, i));
    return NULL;
}

/* Failures */

/* Prefixes of SQLSTATEs, the longer ones first. Source: appendix A of the PostgreSQL manual. */
static const struct {
    const char *prefix;
    const struct reason *reason;
} state_reasons[] = {
    {"57014", &db_timeout},     /* query_canceled: the statement timeout */
    {"55P03", &db_timeout},     /* lock_not_available */
    {"53100", &db_full},        /* disk_full */
    {"25006", &db_unavailable}, /* read_only_sql_transaction: a standby after a failover */
    {"25P03", &db_unavailable}, /* idle_in_transaction_session_timeout */
    {"3D000", &db_unavailable}, /* invalid_catalog_name: the database is not there yet */
    {"28", &db_unavailable},    /* invalid_authorization */
    {"40", &db_unavailable},    /* serialization_failure, deadlock_detected */
    {"08", &db_unavailable},    /* connection exceptions */
    {"53", &db_unavailable},    /* insufficient_resources */
    {"57", &db_unavailable},    /* operator_intervention */
    {"58", &db_unavailable},    /* system_error */
};

static struct error *constraint_failure(struct ctx *cx, const char *state, const PGresult *result)
{
    const char *name = PQresultErrorField(result, PG_DIAG_CONSTRAINT_NAME);
    if (strcmp(state, "23502") != 0) /* not_null_violation, which has no name */
        return constraint_error(cx, str_cstr(name != NULL ? name : ""));
    const char *table = PQresultErrorField(result, PG_DIAG_TABLE_NAME);
    const char *column = PQresultErrorField(result, PG_DIAG_COLUMN_NAME);
    return constraint_error(cx, arena_printf(cx->arena, "%s_%s_not_null", table != NULL ? table : "",
                                             column != NULL ? column : ""));
}

struct error *wire_failure(struct ctx *cx, const char *statement_name, const char *state, const char *message,
                           const PGresult *result)
{
    if (strncmp(state, "23", 2) == 0 && result != NULL)
        return constraint_failure(cx, state, result);
    struct str text = str_trim(str_cstr(message));
    if (str_ends_with(text, STR("\n")))
        text.len--;
    if (state[0] == '\0')
        return ERROR(cx, db_unavailable, "the connection to the database is lost: %" STR_FMT, STR_ARG(text));
    for (size_t i = 0; i < COUNT_OF(state_reasons); i++) {
        if (strncmp(state, state_reasons[i].prefix, strlen(state_reasons[i].prefix)) == 0)
            return error_new(cx->arena, state_reasons[i].reason, __FILE__, __LINE__, "%s: %" STR_FMT " (%s)",
                             statement_name, STR_ARG(text), state);
    }
    return ERROR(cx, db_internal, "%s: %" STR_FMT " (%s)", statement_name, STR_ARG(text), state);
}

bool wire_may_rerun(const char *state)
{
    return strcmp(state, "40001") == 0 || strcmp(state, "40P01") == 0;
}

bool wire_must_prepare(const char *state)
{
    return strcmp(state, "26000") == 0 || strcmp(state, "0A000") == 0;
}
