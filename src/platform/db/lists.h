/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Rows as lists: one list of each column, as statements over several rows take them (`from unnest(:ids, :names) as …`). */
#ifndef PLATFORM_DB_LISTS_H
#define PLATFORM_DB_LISTS_H

#include "base/data/vec.h"

#include "platform/db/db.h"

/* Structs in a row, of which members are taken. */
struct db_rows_in {
    struct arena *arena;
    const void *first;
    size_t count, stride;
};

#define DB_ROWS_IN(arena_, first_, count_)                                                                   \
    ((struct db_rows_in){                                                                                    \
        .arena = (arena_), .first = (first_), .count = (count_), .stride = sizeof(*(first_))})

/* A list of one member, in the arena. */
struct array db_list_of(const struct db_rows_in *rows, size_t offset, size_t size);
/* The same of an int32_t: lists of numbers are of int64_t. */
struct array db_widened_list_of(const struct db_rows_in *rows, size_t offset);

#define DB_LIST_OF(rows_, type_, member_, c_type_)                                                           \
    db_list_of((rows_), OFFSET_OF(type_, member_, c_type_), sizeof(c_type_))
#define DB_WIDENED_LIST_OF(rows_, type_, member_)                                                            \
    db_widened_list_of((rows_), OFFSET_OF(type_, member_, int32_t))

/* Whether the engine gains by such statements: on PostgreSQL each one is a way there and back. */
static inline bool db_takes_lists(const struct ctx *cx)
{
    return db_engine_of(cx->platform->db) == DB_POSTGRESQL;
}

#endif
