/* SPDX-License-Identifier: AGPL-3.0-or-later
 * What a transaction of lots writes, on SQLite by a prepared statement a row, on PostgreSQL by one for all; and the rows of logs
 * and what they hide. See auctions_repo.h. */
#include "base/require/require.h"

#include "platform/db/lists.h"

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

/* --- writing events --- */

/* Lists have no absent texts. */
static struct array texts_of(const struct db_rows_in *rows, size_t offset)
{
    struct array texts = db_list_of(rows, offset, sizeof(struct str));
    for (size_t i = 0; i < texts.count; i++)
        if (ARRAY_AT(struct str, texts, i)->ptr == NULL)
            *ARRAY_AT(struct str, texts, i) = STR("");
    return texts;
}

static struct error *insert_event_list(struct ctx *cx, struct tx *tx, const struct auction_event_row *events,
                                       size_t count)
{
    struct db_rows_in rows = DB_ROWS_IN(cx->arena, events, count);
    return db_post(
        cx, tx,
        AUCTIONS_INSERT_EVENTS(
                .auction_ids = DB_LIST_OF(&rows, struct auction_event_row, auction_id, struct id),
                .sequences = DB_LIST_OF(&rows, struct auction_event_row, sequence, int64_t),
                .kinds = DB_WIDENED_LIST_OF(&rows, struct auction_event_row, kind),
                .ats = DB_LIST_OF(&rows, struct auction_event_row, at, struct instant),
                .bodies = DB_LIST_OF(&rows, struct auction_event_row, body, struct str),
                .chains = DB_LIST_OF(&rows, struct auction_event_row, chain, struct str),
                .bidders = DB_LIST_OF(&rows, struct auction_event_row, hidden.bidder, int64_t),
                .maxima = DB_LIST_OF(&rows, struct auction_event_row, hidden.maximum, int64_t),
                .salts = texts_of(&rows, OFFSET_OF(struct auction_event_row, hidden.salt, struct str)),
                .client_keys =
                    texts_of(&rows, OFFSET_OF(struct auction_event_row, hidden.client_key, struct str))));
}

struct error *auctions_repo_insert_events(struct ctx *cx, struct tx *tx,
                                          const struct auction_event_row *events, size_t count)
{
    if (count > 1 && db_takes_lists(cx))
        return insert_event_list(cx, tx, events, count);
    for (size_t i = 0; i < count; i++) {
        const struct auction_event_row *event = &events[i];
        TRY(db_post(cx, tx,
                    AUCTIONS_INSERT_EVENT(.auction_id = event->auction_id, .sequence = event->sequence,
                                          .kind = event->kind, .at = event->at, .body = event->body,
                                          .chain = event->chain, .bidder = event->hidden.bidder,
                                          .maximum = event->hidden.maximum, .salt = event->hidden.salt,
                                          .client_key = event->hidden.client_key)));
    }
    return NULL;
}

/* --- writing bidders --- */

static struct error *insert_bidder_list(struct ctx *cx, struct tx *tx,
                                        const struct auction_bidder_row *bidders, size_t count,
                                        struct instant now)
{
    struct db_rows_in rows = DB_ROWS_IN(cx->arena, bidders, count);
    struct array auctions = DB_LIST_OF(&rows, struct auction_bidder_row, auction_id, struct id);
    struct array accounts = DB_LIST_OF(&rows, struct auction_bidder_row, account_id, struct id);
    struct array numbers = DB_LIST_OF(&rows, struct auction_bidder_row, number, int64_t);
    TRY(db_post(
        cx, tx,
        AUCTIONS_INSERT_BIDDERS(.auction_ids = auctions, .numbers = numbers, .account_ids = accounts)));
    return db_post(cx, tx,
                   AUCTIONS_INSERT_WATCHES(.account_ids = accounts, .auction_ids = auctions, .now = now));
}

struct error *auctions_repo_insert_bidders(struct ctx *cx, struct tx *tx,
                                           const struct auction_bidder_row *bidders, size_t count,
                                           struct instant now)
{
    if (count > 1 && db_takes_lists(cx))
        return insert_bidder_list(cx, tx, bidders, count, now);
    for (size_t i = 0; i < count; i++) {
        TRY(db_post(cx, tx,
                    AUCTIONS_INSERT_BIDDER(.auction_id = bidders[i].auction_id, .number = bidders[i].number,
                                           .account_id = bidders[i].account_id)));
        TRY(auctions_repo_insert_watch(cx, tx, bidders[i].account_id, bidders[i].auction_id, now));
    }
    return NULL;
}

/* --- writing states --- */

struct state_numbers {
    int64_t status, outcome, is_reserve_met, is_reminded;
};

static struct state_numbers numbers_of(const struct auction_row *row)
{
    return (struct state_numbers){row->status, row->outcome, row->is_reserve_met, row->is_reminded};
}

struct error *auctions_repo_update_states(struct ctx *cx, struct tx *tx, const struct auction_row *states,
                                          size_t count, struct array nows, int64_t *ret_count)
{
    struct db_rows_in rows = DB_ROWS_IN(cx->arena, states, count);
    struct state_numbers *numbers = ARENA_ARRAY(cx->arena, struct state_numbers, count);
    for (size_t i = 0; i < count; i++)
        numbers[i] = numbers_of(&states[i]);
    struct db_rows_in widened = DB_ROWS_IN(cx->arena, numbers, count);
    return db_exec(
        cx, tx,
        AUCTIONS_UPDATE_STATES(.ids = DB_LIST_OF(&rows, struct auction_row, id, struct id),
                               .known_versions = DB_LIST_OF(&rows, struct auction_row, version, int64_t),
                               .statuses = DB_LIST_OF(&widened, struct state_numbers, status, int64_t),
                               .outcomes = DB_LIST_OF(&widened, struct state_numbers, outcome, int64_t),
                               .prices = DB_LIST_OF(&rows, struct auction_row, price, int64_t),
                               .leaders = DB_LIST_OF(&rows, struct auction_row, leader, int64_t),
                               .maxima = DB_LIST_OF(&rows, struct auction_row, maximum, int64_t),
                               .bid_counts = DB_LIST_OF(&rows, struct auction_row, bid_count, int64_t),
                               .bidder_counts = DB_LIST_OF(&rows, struct auction_row, bidder_count, int64_t),
                               .reserves_met =
                                   DB_LIST_OF(&widened, struct state_numbers, is_reserve_met, int64_t),
                               .ends_ats = DB_LIST_OF(&rows, struct auction_row, ends_at, struct instant),
                               .sequences = DB_LIST_OF(&rows, struct auction_row, sequence, int64_t),
                               .chains = DB_LIST_OF(&rows, struct auction_row, chain, struct str),
                               .last_ats = DB_LIST_OF(&rows, struct auction_row, last_at, struct instant),
                               .due_ats = DB_LIST_OF(&rows, struct auction_row, due_at, struct instant),
                               .reminded = DB_LIST_OF(&widened, struct state_numbers, is_reminded, int64_t),
                               .viewers_peaks = DB_LIST_OF(&rows, struct auction_row, viewers_peak, int64_t),
                               .nows = nows),
        ret_count);
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
