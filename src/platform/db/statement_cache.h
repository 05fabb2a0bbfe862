/* SPDX-License-Identifier: AGPL-3.0-or-later
 * The composed statements of one connection: one per statement, set of filters and order, made on first use. Callers
 * choose the sets, so the cache is bounded and drops what was used longest ago. */
#ifndef PLATFORM_DB_STATEMENT_CACHE_H
#define PLATFORM_DB_STATEMENT_CACHE_H

#include "base/data/list.h"

#include "platform/db/db.h"

struct statement_entry {
    const struct db_statement *statement;
    uint32_t with;
    uint32_t order;
    char *sql; /* on the heap */
    size_t sql_len;
    void *prepared;       /* the engine's; NULL until it is prepared */
    int users;            /* > 0: may not be dropped */
    bool is_planned_each; /* the text says so */

    /* columns[i] is the result's column for row->columns[i]; valid for this row descriptor */
    const struct db_row *row;
    int16_t *columns;
    int16_t key_column; /* of a gathered statement */

    struct list recent;           /* used last is first */
    struct statement_entry *next; /* in its bucket */
};

enum { STATEMENT_BUCKETS = 512 };

/* In a fragment for PostgreSQL: the best plan depends on the values, so each execution is worth planning. */
#define STATEMENT_PLANNED_EACH "/* plan: each */"

struct statement_cache {
    enum db_engine engine;
    size_t capacity;
    size_t count;
    struct list recent;
    struct statement_entry *buckets[STATEMENT_BUCKETS];
    /* Releases entry->prepared. */
    void (*drop)(void *owner, struct statement_entry *entry);
    void *owner;
};

void statement_cache_init(struct statement_cache *cache, enum db_engine engine, size_t capacity,
                          void (*drop)(void *owner, struct statement_entry *entry), void *owner);
void statement_cache_fini(struct statement_cache *cache);
/* Drops all that is not in use, for instance when the connection is lost. */
void statement_cache_clear(struct statement_cache *cache);

/* Never NULL. The entry stays as long as users > 0, or until the next find. */
struct statement_entry *statement_cache_find(struct statement_cache *cache, const struct db_call *call);

/* Finds the result's columns for the row; `name_of` gives the i-th of count names. A missing one is a REQUIRE failure. */
void statement_entry_match(struct statement_entry *entry, const struct db_row *row, size_t count,
                           const char *(*name_of)(void *result, size_t index), void *result);

#endif
