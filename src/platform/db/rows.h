/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Where the rows of a result go, and what a statement's arguments are. */
#ifndef PLATFORM_DB_ROWS_H
#define PLATFORM_DB_ROWS_H

#include "platform/db/db.h"

/* Rows in the arena of the work. row NULL: the statement's rows are not wanted. */
struct rows {
    const struct db_row *row;
    char *items;
    size_t count;
    size_t capacity;
};

/* Room for one more row, zeroed. */
void *rows_add(struct arena *arena, struct rows *rows);

/* One argument, ready to bind. */
struct argument {
    const struct db_parameter *parameter;
    bool is_null;
    union {
        struct str text; /* TEXT, BYTES: never a NULL pointer; ID: its 16 bytes */
        int64_t integer; /* I64, I32, BOOL, INSTANT */
        double real;
        const struct array *array;
    };
};

struct argument argument_of(const struct db_call *call, size_t index);
/* PostgreSQL has no zero character in text, so SQLite gets none either. Errors: invalid. */
MUST_USE struct error *call_check(struct ctx *cx, const struct db_call *call);
/* The filter set and the order; 0 where the statement has none. Unknown bits are a REQUIRE failure. */
uint32_t call_with(const struct db_call *call);
uint32_t call_order(const struct db_call *call);

/* Stores a value into a row. The kind must fit the column's type; false when it does not, or does not fit in. */
bool column_store_integer(const struct db_column *column, void *item, int64_t value);
bool column_store_real(const struct db_column *column, void *item, double value);
/* Copies into the arena; an ID must have 16 bytes. */
bool column_store_bytes(struct arena *arena, const struct db_column *column, void *item, struct str bytes);

#endif
