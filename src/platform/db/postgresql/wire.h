/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Arguments to PostgreSQL's binary parameters, binary results to rows, SQLSTATEs to errors. */
#ifndef PLATFORM_DB_POSTGRESQL_WIRE_H
#define PLATFORM_DB_POSTGRESQL_WIRE_H

#include <libpq-fe.h>

#include "platform/db/driver.h"
#include "platform/db/statement_cache.h"

enum { WIRE_MAX_PARAMETERS = 64 };

/* The parameters of one execution, as libpq takes them. Points into the call's arguments and the arena. */
struct wire_parameters {
    int count;
    Oid types[WIRE_MAX_PARAMETERS];
    const char *values[WIRE_MAX_PARAMETERS];
    int lengths[WIRE_MAX_PARAMETERS];
    int formats[WIRE_MAX_PARAMETERS];
    uint64_t numbers[WIRE_MAX_PARAMETERS]; /* big-endian */
};

/* keys: of a gathered statement, instead of the call's own; else NULL. */
void wire_fill(struct arena *arena, const struct db_call *call, const struct array *keys,
               struct wire_parameters *ret_parameters);
/* Only the types, for preparing. Returns their count. */
int wire_types(const struct db_statement *statement, Oid ret_types[WIRE_MAX_PARAMETERS]);

/* Stores the result's rows and counts into the request. */
MUST_USE struct error *wire_store(struct db_request *request, struct statement_entry *entry,
                                  PGresult *result);

/* The same step by step, for a gathered statement: finds the columns; the key that a row belongs to; stores a row. */
void wire_match(struct statement_entry *entry, const struct db_row *row, PGresult *result);
struct id wire_key_of_row(const struct statement_entry *entry, const PGresult *result, int index);
MUST_USE struct error *wire_store_row(struct db_request *request, const struct statement_entry *entry,
                                      const PGresult *result, int index);

#define WIRE_STATE_CHARS 5

/* What a failed statement, or the failure to connect, means. state is its SQLSTATE ("" when the connection was lost). */
MUST_USE struct error *wire_failure(struct ctx *cx, const char *statement_name, const char *state,
                                    const char *message, const PGresult *result);

/* Serialization failures and deadlocks: the same work may succeed when it is done again. */
bool wire_may_rerun(const char *state);
/* The server no longer knows the prepared statement, or its result has changed: prepare it anew. */
bool wire_must_prepare(const char *state);

#endif
