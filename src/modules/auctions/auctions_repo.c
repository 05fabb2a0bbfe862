/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Rows of auctions, their bidders and watchers. See auctions_repo.h. */
#include "modules/auctions/auctions_repo.h"

#include "modules/auctions/auctions_domain.h"
#include "modules/auctions/auctions_sql.h"

/* clang-format off */
static const struct db_column auction_columns[] = {
    DB_COLUMN_ID(struct auction_row, id),
    DB_COLUMN_ID(struct auction_row, seller_id),
    DB_COLUMN_TEXT(struct auction_row, seller_name),
    DB_COLUMN_I32(struct auction_row, lot_kind),
    DB_COLUMN_ID(struct auction_row, item_id),
    DB_NULLABLE_ID(struct auction_row, option_id),
    DB_COLUMN_BOOL(struct auction_row, is_lot_held),
    DB_COLUMN_TEXT(struct auction_row, title),
    DB_COLUMN_TEXT(struct auction_row, title_folded),
    DB_COLUMN_TEXT(struct auction_row, slug),
    DB_NULLABLE_ID(struct auction_row, cover_asset_id),
    DB_COLUMN_TEXT(struct auction_row, currency),
    DB_COLUMN_I64(struct auction_row, starting_price),
    DB_COLUMN_I64(struct auction_row, reserve_price),
    DB_COLUMN_I64(struct auction_row, buy_now_price),
    DB_COLUMN_I64(struct auction_row, bid_step),
    DB_COLUMN_INSTANT(struct auction_row, starts_at),
    DB_COLUMN_INSTANT(struct auction_row, planned_ends_at),
    DB_COLUMN_I64(struct auction_row, soft_close_ms),
    DB_COLUMN_I64(struct auction_row, extend_ms),
    DB_COLUMN_I32(struct auction_row, status),
    DB_COLUMN_I32(struct auction_row, outcome),
    DB_COLUMN_I64(struct auction_row, price),
    DB_COLUMN_I64(struct auction_row, leader),
    DB_COLUMN_I64(struct auction_row, maximum),
    DB_COLUMN_I64(struct auction_row, bid_count),
    DB_COLUMN_I64(struct auction_row, bidder_count),
    DB_COLUMN_BOOL(struct auction_row, is_reserve_met),
    DB_COLUMN_INSTANT(struct auction_row, ends_at),
    DB_COLUMN_I64(struct auction_row, sequence),
    DB_COLUMN_TEXT(struct auction_row, chain),
    DB_COLUMN_INSTANT(struct auction_row, last_at),
    DB_NULLABLE_INSTANT(struct auction_row, due_at),
    DB_COLUMN_BOOL(struct auction_row, is_reminded),
    DB_COLUMN_I64(struct auction_row, viewers_peak),
    DB_COLUMN_TEXT(struct auction_row, void_reason),
    DB_COLUMN_I32(struct auction_row, sale),
    DB_COLUMN_I64(struct auction_row, buyer),
    DB_COLUMN_I64(struct auction_row, sale_price),
    DB_NULLABLE_ID(struct auction_row, order_id),
    DB_NULLABLE_ID(struct auction_row, relisted_id),
    DB_COLUMN_INSTANT(struct auction_row, created_at),
    DB_COLUMN_I64(struct auction_row, version),
};
static const struct db_row auction_row = DB_ROW(struct auction_row, auction_columns);

static const struct db_column bidder_columns[] = {
    DB_COLUMN_I64(struct auction_bidder_row, number),
    DB_NULLABLE_ID(struct auction_bidder_row, account_id),
};
static const struct db_row bidder_row = DB_ROW(struct auction_bidder_row, bidder_columns);

static const struct db_column lot_bidder_columns[] = {
    DB_COLUMN_ID(struct auction_bidder_row, auction_id),
    DB_COLUMN_I64(struct auction_bidder_row, number),
    DB_NULLABLE_ID(struct auction_bidder_row, account_id),
};
static const struct db_row lot_bidder_row = DB_ROW(struct auction_bidder_row, lot_bidder_columns);

static const struct db_column own_columns[] = {
    DB_COLUMN_ID(struct auction_own_row, auction_id),
    DB_COLUMN_I64(struct auction_own_row, number),
};
static const struct db_row own_row = DB_ROW(struct auction_own_row, own_columns);

static const struct db_column watched_columns[] = {DB_COLUMN_ID(struct auction_own_row, auction_id)};
static const struct db_row watched_row = DB_ROW(struct auction_own_row, watched_columns);

static const struct db_column due_columns[] = {
    DB_COLUMN_ID(struct auction_due_row, id),
    DB_COLUMN_INSTANT(struct auction_due_row, due_at),
};
static const struct db_row due_row = DB_ROW(struct auction_due_row, due_columns);

static const struct db_column account_columns[] = {DB_COLUMN_ID(struct auction_account_row, account_id)};
static const struct db_row account_row = DB_ROW(struct auction_account_row, account_columns);

static const struct db_column key_columns[] = {
    DB_COLUMN_TEXT(struct auction_key_row, public_key),
    DB_COLUMN_INSTANT(struct auction_key_row, created_at),
};
static const struct db_row key_row = DB_ROW(struct auction_key_row, key_columns);

struct time_row {
    struct instant now;
};
static const struct db_column time_columns[] = {DB_COLUMN_INSTANT(struct time_row, now)};
static const struct db_row time_row = DB_ROW(struct time_row, time_columns);

struct watch_row {
    struct instant created_at;
};
static const struct db_column watch_columns[] = {DB_COLUMN_INSTANT(struct watch_row, created_at)};
static const struct db_row watch_row = DB_ROW(struct watch_row, watch_columns);
/* clang-format on */

/* --- auctions --- */

struct error *auctions_repo_insert(struct ctx *cx, struct tx *tx, const struct auction_row *row)
{
    TRY(db_exec(cx, tx,
                AUCTIONS_INSERT_AUCTION(.id = row->id, .seller_id = row->seller_id,
                                        .seller_name = row->seller_name, .lot_kind = row->lot_kind,
                                        .item_id = row->item_id, .option_id = row->option_id,
                                        .title = row->title, .title_folded = row->title_folded,
                                        .slug = row->slug, .cover_asset_id = row->cover_asset_id,
                                        .currency = row->currency, .now = row->created_at),
                NULL));
    return db_exec(
        cx, tx,
        AUCTIONS_INSERT_WORDS(.auction_id = row->id, .endings = title_endings(cx->arena, row->title_folded)),
        NULL);
}

struct error *auctions_repo_find(struct ctx *cx, struct tx *tx, struct id auction_id,
                                 struct auction_row *ret_row, bool *ret_found)
{
    return db_find(cx, tx, AUCTIONS_FIND_AUCTION(.id = auction_id), &auction_row, ret_row, ret_found);
}

struct error *auctions_repo_lock(struct ctx *cx, struct tx *tx, struct id auction_id,
                                 struct auction_row *ret_row, bool *ret_found)
{
    return db_find(cx, tx, AUCTIONS_LOCK_AUCTION(.id = auction_id), &auction_row, ret_row, ret_found);
}

/* The second sees what the first has locked. */
struct error *auctions_repo_lock_all(struct ctx *cx, struct tx *tx, struct array ids,
                                     const struct auction_bidder_keys *keys, struct array *ret_rows,
                                     struct array *ret_bidders)
{
    struct db_reading readings[] = {
        {.call = AUCTIONS_LOCK_AUCTIONS(.ids = ids), .row = &auction_row},
        {.call = AUCTIONS_LIST_BIDDERS_OF(.auction_ids = keys->auction_ids, .account_ids = keys->account_ids,
                                          .lot_ids = ids),
         .row = &lot_bidder_row},
    };
    TRY(db_list_together(cx, tx, readings, COUNT_OF(readings)));
    *ret_rows = readings[0].rows;
    *ret_bidders = readings[1].rows;
    return NULL;
}

struct error *auctions_repo_update_terms(struct ctx *cx, struct tx *tx, const struct auction_row *row)
{
    return db_exec(cx, tx,
                   AUCTIONS_UPDATE_TERMS(.id = row->id, .starting_price = row->starting_price,
                                         .reserve_price = row->reserve_price,
                                         .buy_now_price = row->buy_now_price, .bid_step = row->bid_step,
                                         .starts_at = row->starts_at, .planned_ends_at = row->planned_ends_at,
                                         .soft_close_ms = row->soft_close_ms, .extend_ms = row->extend_ms),
                   NULL);
}

struct error *auctions_repo_update_state(struct ctx *cx, struct tx *tx, const struct auction_row *row,
                                         struct instant now, bool *ret_updated)
{
    int64_t count = 0;
    TRY(db_exec(cx, tx,
                AUCTIONS_UPDATE_STATE(.id = row->id, .known_version = row->version, .status = row->status,
                                      .outcome = row->outcome, .price = row->price, .leader = row->leader,
                                      .maximum = row->maximum, .bid_count = row->bid_count,
                                      .bidder_count = row->bidder_count,
                                      .is_reserve_met = row->is_reserve_met, .ends_at = row->ends_at,
                                      .sequence = row->sequence, .chain = row->chain, .last_at = row->last_at,
                                      .due_at = row->due_at, .is_reminded = row->is_reminded,
                                      .viewers_peak = row->viewers_peak, .now = now),
                &count));
    *ret_updated = count == 1;
    return NULL;
}

struct error *auctions_repo_update_sale(struct ctx *cx, struct tx *tx, const struct auction_row *row,
                                        struct instant now)
{
    return db_exec(cx, tx,
                   AUCTIONS_UPDATE_SALE(.id = row->id, .sale = row->sale, .buyer = row->buyer,
                                        .sale_price = row->sale_price, .order_id = row->order_id,
                                        .relisted_id = row->relisted_id, .is_lot_held = row->is_lot_held,
                                        .void_reason = row->void_reason, .now = now),
                   NULL);
}

struct error *auctions_repo_list_due(struct ctx *cx, struct instant until, int64_t limit,
                                     struct array *ret_rows)
{
    return db_list(cx, NULL, AUCTIONS_LIST_DUE(.until = until, .limit = limit), &due_row, ret_rows);
}

struct error *auctions_repo_list_of_item(struct ctx *cx, struct id item_id, struct array *ret_ids)
{
    return db_list(cx, NULL, AUCTIONS_LIST_OF_ITEM(.item_id = item_id), &db_id_row, ret_ids);
}

struct error *auctions_repo_list_ids(struct ctx *cx, struct tx *tx, struct id after, int64_t limit,
                                     struct array *ret_ids)
{
    return db_list(cx, tx, AUCTIONS_LIST_IDS(.after = after, .limit = limit), &db_id_row, ret_ids);
}

struct error *auctions_repo_read_clock(struct ctx *cx, struct instant *ret_now)
{
    struct time_row row = {0};
    TRY(db_load(cx, NULL, AUCTIONS_READ_CLOCK(), &time_row, &row));
    *ret_now = row.now;
    return NULL;
}

/* --- lists --- */

struct word_count {
    struct str word;
    int64_t count;
};

/* clang-format off */
static const struct db_column word_columns[] = {
    DB_COLUMN_TEXT(struct word_count, word),
    DB_COLUMN_I64(struct word_count, count),
};
/* clang-format on */
static const struct db_row word_row = DB_ROW(struct word_count, word_columns);

/* The last character there is: behind a word, it is behind all that begins with the word. */
static const char top[] = "\xF4\x8F\xBF\xBF";

struct error *auctions_repo_find_rare_word(struct ctx *cx, struct array words, struct str *ret_word)
{
    enum { FEW = 1000 }; /* are found and sorted in some milliseconds */
    struct array counts = {0};
    int64_t least = FEW + 1;
    *ret_word = STR_NONE;
    TRY(db_list(cx, NULL, AUCTIONS_COUNT_WORDS(.words = words, .top = str_cstr(top), .limit = FEW + 1),
                &word_row, &counts));
    for (size_t i = 0; i < counts.count; i++) {
        const struct word_count *row = ARRAY_AT(struct word_count, counts, i);
        if (row->count >= least)
            continue;
        least = row->count;
        *ret_word = row->word;
    }
    return NULL;
}

static uint32_t filters_of(const struct auction_filter *filter)
{
    uint32_t with = 0;
    if (filter->status >= 0)
        with |= AUCTIONS_LIST_AUCTIONS_WITH_STATUS;
    if (!id_is_none(filter->seller_id))
        with |= AUCTIONS_LIST_AUCTIONS_WITH_SELLER;
    if (!id_is_none(filter->item_id))
        with |= AUCTIONS_LIST_AUCTIONS_WITH_ITEM;
    if (filter->query.ptr != NULL)
        with |= AUCTIONS_LIST_AUCTIONS_WITH_QUERY;
    if (filter->word.ptr != NULL)
        with |= AUCTIONS_LIST_AUCTIONS_WITH_WORD;
    if (!id_is_none(filter->watcher_id))
        with |= AUCTIONS_LIST_AUCTIONS_WITH_WATCHED;
    if (!id_is_none(filter->bidder_id))
        with |= AUCTIONS_LIST_AUCTIONS_WITH_BIDDING;
    if (!instant_is_none(filter->open_at))
        with |= AUCTIONS_LIST_AUCTIONS_WITH_OPEN;
    if (filter->after.is_set)
        with |= filter->order == AUCTION_BY_ENDING ? AUCTIONS_LIST_AUCTIONS_WITH_AFTER_ENDING
                                                   : AUCTIONS_LIST_AUCTIONS_WITH_AFTER_NEWEST;
    return with;
}

struct error *auctions_repo_list(struct ctx *cx, const struct auction_filter *filter, struct array *ret_rows)
{
    return db_list(
        cx, NULL,
        AUCTIONS_LIST_AUCTIONS(.status = filter->status, .seller_id = filter->seller_id,
                               .item_id = filter->item_id, .query = filter->query, .word = filter->word,
                               .above = arena_printf(cx->arena, "%" STR_FMT "%s", STR_ARG(filter->word), top),
                               .watcher_id = filter->watcher_id, .bidder_id = filter->bidder_id,
                               .now = filter->open_at, .key = filter->after.at, .key_id = filter->after.id,
                               .limit = filter->limit, .with = filters_of(filter),
                               .order = filter->order == AUCTION_BY_ENDING
                                            ? AUCTIONS_LIST_AUCTIONS_ORDER_ENDING
                                            : AUCTIONS_LIST_AUCTIONS_ORDER_NEWEST),
        &auction_row, ret_rows);
}

/* --- bidders --- */

struct error *auctions_repo_list_bidders(struct ctx *cx, struct tx *tx, struct id auction_id,
                                         struct array account_ids, struct array *ret_bidders)
{
    return db_list(cx, tx, AUCTIONS_LIST_BIDDERS(.auction_id = auction_id, .account_ids = account_ids),
                   &bidder_row, ret_bidders);
}

struct error *auctions_repo_find_bidder(struct ctx *cx, struct tx *tx, struct id auction_id, int64_t number,
                                        struct auction_bidder_row *ret_bidder, bool *ret_found)
{
    return db_find(cx, tx, AUCTIONS_FIND_BIDDER(.auction_id = auction_id, .number = number), &bidder_row,
                   ret_bidder, ret_found);
}

struct error *auctions_repo_list_bidder_accounts(struct ctx *cx, struct id auction_id, struct id after,
                                                 int64_t limit, struct array *ret_rows)
{
    return db_list(cx, NULL,
                   AUCTIONS_LIST_BIDDER_ACCOUNTS(.auction_id = auction_id, .after = after, .limit = limit),
                   &account_row, ret_rows);
}

struct error *auctions_repo_list_own(struct ctx *cx, struct id account_id, struct array *ret_rows)
{
    return db_list(cx, NULL, AUCTIONS_LIST_OWN_BIDDERS(.account_id = account_id), &own_row, ret_rows);
}

struct error *auctions_repo_forget_bidder(struct ctx *cx, struct tx *tx, struct id account_id)
{
    return db_exec(cx, tx, AUCTIONS_FORGET_BIDDER(.account_id = account_id), NULL);
}

/* --- watching --- */

struct error *auctions_repo_insert_watch(struct ctx *cx, struct tx *tx, struct id account_id,
                                         struct id auction_id, struct instant now)
{
    return db_exec(
        cx, tx, AUCTIONS_INSERT_WATCH(.account_id = account_id, .auction_id = auction_id, .now = now), NULL);
}

struct error *auctions_repo_delete_watch(struct ctx *cx, struct id account_id, struct id auction_id)
{
    return db_exec(cx, NULL, AUCTIONS_DELETE_WATCH(.account_id = account_id, .auction_id = auction_id), NULL);
}

struct error *auctions_repo_is_watched(struct ctx *cx, struct id account_id, struct id auction_id,
                                       bool *ret_watched)
{
    struct watch_row row = {0};
    return db_find(cx, NULL, AUCTIONS_FIND_WATCH(.account_id = account_id, .auction_id = auction_id),
                   &watch_row, &row, ret_watched);
}

struct error *auctions_repo_list_watchers(struct ctx *cx, struct id auction_id, struct id after,
                                          int64_t limit, struct array *ret_rows)
{
    return db_list(cx, NULL, AUCTIONS_LIST_WATCHERS(.auction_id = auction_id, .after = after, .limit = limit),
                   &account_row, ret_rows);
}

struct error *auctions_repo_count_watchers(struct ctx *cx, struct id auction_id, int64_t *ret_count)
{
    struct db_count row = {0};
    TRY(db_load(cx, NULL, AUCTIONS_COUNT_WATCHERS(.auction_id = auction_id), &db_count_row, &row));
    *ret_count = row.count;
    return NULL;
}

struct error *auctions_repo_list_watched(struct ctx *cx, struct id account_id, struct array *ret_rows)
{
    return db_list(cx, NULL, AUCTIONS_LIST_WATCHED(.account_id = account_id), &watched_row, ret_rows);
}

struct error *auctions_repo_delete_watches(struct ctx *cx, struct tx *tx, struct id account_id)
{
    return db_exec(cx, tx, AUCTIONS_DELETE_WATCHES(.account_id = account_id), NULL);
}

/* --- keys --- */

struct error *auctions_repo_insert_key(struct ctx *cx, struct str public_key, struct instant now)
{
    return db_exec(cx, NULL, AUCTIONS_INSERT_RECEIPT_KEY(.public_key = public_key, .now = now), NULL);
}

struct error *auctions_repo_list_keys(struct ctx *cx, struct array *ret_keys)
{
    return db_list(cx, NULL, AUCTIONS_LIST_RECEIPT_KEYS(), &key_row, ret_keys);
}
