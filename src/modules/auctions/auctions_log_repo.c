/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Rows of an auction's log and of the maxima that it hides. See auctions_repo.h. */
#include "modules/auctions/auctions_repo.h"
#include "modules/auctions/auctions_sql.h"

/* clang-format off */
static const struct db_column event_columns[] = {
    DB_COLUMN_I64(struct auction_event_row, sequence),
    DB_COLUMN_I32(struct auction_event_row, kind),
    DB_COLUMN_INSTANT(struct auction_event_row, at),
    DB_COLUMN_TEXT(struct auction_event_row, body),
    DB_COLUMN_TEXT(struct auction_event_row, chain),
};
static const struct db_row event_row = DB_ROW(struct auction_event_row, event_columns);

static const struct db_column maximum_columns[] = {
    DB_COLUMN_I64(struct auction_maximum_row, sequence),
    DB_COLUMN_I64(struct auction_maximum_row, bidder),
    DB_COLUMN_I64(struct auction_maximum_row, maximum),
    DB_COLUMN_TEXT(struct auction_maximum_row, salt),
};
static const struct db_row maximum_row = DB_ROW(struct auction_maximum_row, maximum_columns);

static const struct db_column best_columns[] = {
    DB_COLUMN_I64(struct auction_maximum_row, bidder),
    DB_COLUMN_I64(struct auction_maximum_row, maximum),
};
static const struct db_row best_row = DB_ROW(struct auction_maximum_row, best_columns);

static const struct db_column own_columns[] = {DB_COLUMN_I64(struct auction_maximum_row, maximum)};
static const struct db_row own_row = DB_ROW(struct auction_maximum_row, own_columns);

static const struct db_column keyed_columns[] = {
    DB_COLUMN_I64(struct auction_keyed_row, sequence),
    DB_COLUMN_I64(struct auction_keyed_row, bidder),
    DB_COLUMN_I64(struct auction_keyed_row, maximum),
    DB_COLUMN_TEXT(struct auction_keyed_row, client_key),
};
static const struct db_row keyed_row = DB_ROW(struct auction_keyed_row, keyed_columns);
/* clang-format on */

/* --- writing: on SQLite a prepared statement a row costs least, on PostgreSQL one round trip for all --- */

static bool takes_lists(const struct ctx *cx)
{
    return db_engine_of(cx->platform->db) == DB_POSTGRESQL;
}

static struct array array_of(struct ctx *cx, size_t count, size_t size)
{
    return (struct array){arena_alloc_array(cx->arena, count, size), count};
}

static struct error *insert_event_list(struct ctx *cx, struct tx *tx, struct id auction_id,
                                       const struct auction_event_row *events, size_t count)
{
    struct array sequences = array_of(cx, count, sizeof(int64_t));
    struct array kinds = array_of(cx, count, sizeof(int64_t));
    struct array ats = array_of(cx, count, sizeof(int64_t));
    struct array bodies = array_of(cx, count, sizeof(struct str));
    struct array chains = array_of(cx, count, sizeof(struct str));
    for (size_t i = 0; i < count; i++) {
        *ARRAY_AT(int64_t, sequences, i) = events[i].sequence;
        *ARRAY_AT(int64_t, kinds, i) = events[i].kind;
        *ARRAY_AT(int64_t, ats, i) = events[i].at.us;
        *ARRAY_AT(struct str, bodies, i) = events[i].body;
        *ARRAY_AT(struct str, chains, i) = events[i].chain;
    }
    return db_exec(cx, tx,
                   AUCTIONS_INSERT_EVENTS(.auction_id = auction_id, .sequences = sequences, .kinds = kinds,
                                          .ats = ats, .bodies = bodies, .chains = chains),
                   NULL);
}

struct error *auctions_repo_insert_events(struct ctx *cx, struct tx *tx, struct id auction_id,
                                          const struct auction_event_row *events, size_t count)
{
    if (count > 1 && takes_lists(cx))
        return insert_event_list(cx, tx, auction_id, events, count);
    for (size_t i = 0; i < count; i++)
        TRY(db_exec(cx, tx,
                    AUCTIONS_INSERT_EVENT(.auction_id = auction_id, .sequence = events[i].sequence,
                                          .kind = events[i].kind, .at = events[i].at, .body = events[i].body,
                                          .chain = events[i].chain),
                    NULL));
    return NULL;
}

static struct error *insert_maximum_list(struct ctx *cx, struct tx *tx, struct id auction_id,
                                         const struct auction_maximum_row *maxima, size_t count)
{
    struct array sequences = array_of(cx, count, sizeof(int64_t));
    struct array bidders = array_of(cx, count, sizeof(int64_t));
    struct array amounts = array_of(cx, count, sizeof(int64_t));
    struct array salts = array_of(cx, count, sizeof(struct str));
    struct array keys = array_of(cx, count, sizeof(struct str));
    for (size_t i = 0; i < count; i++) {
        *ARRAY_AT(int64_t, sequences, i) = maxima[i].sequence;
        *ARRAY_AT(int64_t, bidders, i) = maxima[i].bidder;
        *ARRAY_AT(int64_t, amounts, i) = maxima[i].maximum;
        *ARRAY_AT(struct str, salts, i) = maxima[i].salt;
        *ARRAY_AT(struct str, keys, i) = maxima[i].client_key.ptr != NULL ? maxima[i].client_key : STR("");
    }
    return db_exec(cx, tx,
                   AUCTIONS_INSERT_MAXIMA(.auction_id = auction_id, .sequences = sequences,
                                          .bidders = bidders, .maxima = amounts, .salts = salts,
                                          .client_keys = keys),
                   NULL);
}

struct error *auctions_repo_insert_maxima(struct ctx *cx, struct tx *tx, struct id auction_id,
                                          const struct auction_maximum_row *maxima, size_t count)
{
    if (count > 1 && takes_lists(cx))
        return insert_maximum_list(cx, tx, auction_id, maxima, count);
    for (size_t i = 0; i < count; i++)
        TRY(db_exec(cx, tx,
                    AUCTIONS_INSERT_MAXIMUM(.auction_id = auction_id, .sequence = maxima[i].sequence,
                                            .bidder = maxima[i].bidder, .maximum = maxima[i].maximum,
                                            .salt = maxima[i].salt, .client_key = maxima[i].client_key),
                    NULL));
    return NULL;
}

/* --- reading --- */

struct error *auctions_repo_list_events(struct ctx *cx, struct tx *tx, struct id auction_id, int64_t after,
                                        int64_t limit, struct array *ret_events)
{
    return db_list(cx, tx, AUCTIONS_LIST_EVENTS(.auction_id = auction_id, .after = after, .limit = limit),
                   &event_row, ret_events);
}

struct error *auctions_repo_list_bids(struct ctx *cx, struct id auction_id, int64_t before, int64_t limit,
                                      struct array *ret_events)
{
    return db_list(cx, NULL, AUCTIONS_LIST_BIDS(.auction_id = auction_id, .before = before, .limit = limit),
                   &event_row, ret_events);
}

struct error *auctions_repo_find_event(struct ctx *cx, struct id auction_id, int64_t sequence,
                                       struct auction_event_row *ret_event, bool *ret_found)
{
    return db_find(cx, NULL, AUCTIONS_FIND_EVENT(.auction_id = auction_id, .sequence = sequence), &event_row,
                   ret_event, ret_found);
}

struct error *auctions_repo_list_maxima(struct ctx *cx, struct tx *tx, struct id auction_id, int64_t after,
                                        int64_t limit, struct array *ret_maxima)
{
    return db_list(cx, tx, AUCTIONS_LIST_MAXIMA(.auction_id = auction_id, .after = after, .limit = limit),
                   &maximum_row, ret_maxima);
}

struct error *auctions_repo_list_best(struct ctx *cx, struct tx *tx, struct id auction_id, int64_t limit,
                                      struct array *ret_maxima)
{
    return db_list(cx, tx, AUCTIONS_LIST_BEST_MAXIMA(.auction_id = auction_id, .limit = limit), &best_row,
                   ret_maxima);
}

struct error *auctions_repo_find_maximum(struct ctx *cx, struct tx *tx, struct id auction_id, int64_t bidder,
                                         int64_t *ret_maximum)
{
    struct auction_maximum_row row = {0};
    TRY(db_load(cx, tx, AUCTIONS_FIND_MAXIMUM_OF_BIDDER(.auction_id = auction_id, .bidder = bidder), &own_row,
                &row));
    *ret_maximum = row.maximum;
    return NULL;
}

struct error *auctions_repo_list_keyed(struct ctx *cx, struct tx *tx, struct id auction_id, struct array keys,
                                       struct array *ret_rows)
{
    return db_list(cx, tx, AUCTIONS_LIST_KEYED(.auction_id = auction_id, .client_keys = keys), &keyed_row,
                   ret_rows);
}
