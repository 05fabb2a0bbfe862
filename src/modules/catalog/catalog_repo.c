/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Rows of items and recordings, and of items of other kinds with their lists. See catalog_repo.h. */
#include "modules/catalog/catalog_repo.h"

#include "modules/catalog/catalog_sql.h"

/* clang-format off */
static const struct db_column spec_columns[] = {
    DB_COLUMN_ID(struct spec_row, id),
    DB_COLUMN_ID(struct spec_row, owner_id),
    DB_COLUMN_TEXT(struct spec_row, owner_username),
    DB_COLUMN_TEXT(struct spec_row, owner_name),
    DB_COLUMN_TEXT(struct spec_row, title),
    DB_COLUMN_TEXT(struct spec_row, slug),
    DB_COLUMN_TEXT(struct spec_row, short_code),
    DB_COLUMN_I32(struct spec_row, status),
    DB_COLUMN_I32(struct spec_row, status_before),
    DB_NULLABLE_TEXT(struct spec_row, takedown_reason),
    DB_COLUMN_INSTANT(struct spec_row, created_at),
    DB_COLUMN_INSTANT(struct spec_row, updated_at),
    DB_NULLABLE_INSTANT(struct spec_row, published_at),
    DB_NULLABLE_INSTANT(struct spec_row, deleted_at),
    DB_COLUMN_I64(struct spec_row, version),
    DB_COLUMN_I32(struct spec_row, category),
    DB_COLUMN_TEXT(struct spec_row, type),
    DB_COLUMN_TEXT(struct spec_row, description),
    DB_COLUMN_I64(struct spec_row, bpm_milli),
    DB_COLUMN_BOOL(struct spec_row, is_bpm_given),
    DB_COLUMN_I32(struct spec_row, musical_key),
    DB_COLUMN_BOOL(struct spec_row, is_key_given),
    DB_COLUMN_TEXT(struct spec_row, genres),
    DB_COLUMN_TEXT(struct spec_row, tags),
    DB_COLUMN_I32(struct spec_row, moods),
    DB_COLUMN_I32(struct spec_row, instruments),
    DB_COLUMN_BOOL(struct spec_row, free_mp3_enabled),
    DB_COLUMN_TEXT(struct spec_row, currency),
    DB_COLUMN_I64(struct spec_row, price_min),
    DB_COLUMN_I64(struct spec_row, price_max),
    DB_NULLABLE_ID(struct spec_row, master_asset_id),
    DB_NULLABLE_ID(struct spec_row, stems_asset_id),
    DB_NULLABLE_ID(struct spec_row, cover_asset_id),
    DB_NULLABLE_BYTES(struct spec_row, master_sha256),
    DB_COLUMN_BOOL(struct spec_row, is_lossless),
    DB_COLUMN_I64(struct spec_row, duration_ms),
    DB_COLUMN_F64(struct spec_row, loudness_lufs),
    DB_COLUMN_F64(struct spec_row, true_peak_dbtp),
    DB_COLUMN_TEXT(struct spec_row, waveform),
    DB_COLUMN_I64(struct spec_row, plays),
    DB_COLUMN_I64(struct spec_row, favorites),
    DB_COLUMN_I64(struct spec_row, purchases),
    DB_COLUMN_I64(struct spec_row, counted),
    DB_NULLABLE_INSTANT(struct spec_row, sold_at),
};
static const struct db_row spec_row = DB_ROW(struct spec_row, spec_columns);

struct last_row {
    int64_t last;
};
static const struct db_column last_columns[] = {DB_COLUMN_I64(struct last_row, last)};
static const struct db_row last_row = DB_ROW(struct last_row, last_columns);

static const struct db_column keys_columns[] = {
    DB_COLUMN_ID(struct item_keys, id),
    DB_COLUMN_TEXT(struct item_keys, slug),
    DB_COLUMN_TEXT(struct item_keys, short_code),
};
static const struct db_row keys_row = DB_ROW(struct item_keys, keys_columns);

static const struct db_column brief_columns[] = {
    DB_COLUMN_ID(struct catalog_brief, id),
    DB_COLUMN_TEXT(struct catalog_brief, title),
    DB_COLUMN_TEXT(struct catalog_brief, slug),
    DB_COLUMN_TEXT(struct catalog_brief, short_code),
    DB_COLUMN_ID(struct catalog_brief, owner_id),
    DB_COLUMN_TEXT(struct catalog_brief, owner_name),
    DB_NULLABLE_ID(struct catalog_brief, cover_asset_id),
    DB_COLUMN_I32(struct catalog_brief, status),
};
static const struct db_row brief_row = DB_ROW(struct catalog_brief, brief_columns);

static const struct db_column genre_columns[] = {
    DB_COLUMN_ID(struct genre_row, id),
    DB_COLUMN_TEXT(struct genre_row, slug),
    DB_COLUMN_TEXT(struct genre_row, name),
};
static const struct db_row genre_row = DB_ROW(struct genre_row, genre_columns);
/* clang-format on */

struct error *catalog_repo_next_slug_number(struct ctx *cx, struct tx *tx, struct str base,
                                            int64_t *ret_number)
{
    struct last_row row = {0};
    TRY(db_load(cx, tx, CATALOG_NEXT_SLUG_NUMBER(.base = base), &last_row, &row));
    *ret_number = row.last;
    return NULL;
}

struct error *catalog_repo_insert_spec(struct ctx *cx, struct tx *tx, const struct spec_row *spec,
                                       bool *ret_inserted)
{
    const struct catalog_item item = {
        .id = spec->id,
        .kind = CATALOG_RECORDING,
        .owner_id = spec->owner_id,
        .owner_username = spec->owner_username,
        .owner_name = spec->owner_name,
        .title = spec->title,
        .slug = spec->slug,
        .short_code = spec->short_code,
        .created_at = spec->created_at,
    };
    TRY(catalog_repo_insert_item(cx, tx, &item, ret_inserted));
    if (!*ret_inserted)
        return NULL;
    return db_exec(
        cx, tx,
        CATALOG_INSERT_RECORDING(.id = spec->id, .category = spec->category, .type = spec->type,
                                 .description = spec->description, .bpm_milli = spec->bpm_milli,
                                 .is_bpm_given = spec->is_bpm_given, .musical_key = spec->musical_key,
                                 .is_key_given = spec->is_key_given, .genres = spec->genres,
                                 .tags = spec->tags, .moods = spec->moods, .instruments = spec->instruments,
                                 .free_mp3_enabled = spec->free_mp3_enabled, .currency = spec->currency),
        NULL);
}

struct error *catalog_repo_find_spec(struct ctx *cx, struct tx *tx, struct id id, struct spec_row *ret_spec,
                                     bool *ret_found)
{
    return db_find(cx, tx, CATALOG_FIND_SPEC(.id = id), &spec_row, ret_spec, ret_found);
}

struct error *catalog_repo_find_offered_spec(struct ctx *cx, struct id id, struct spec_row *ret_spec,
                                             struct array *ret_options, bool *ret_found)
{
    struct db_reading readings[] = {
        {.call = CATALOG_FIND_SPEC(.id = id), .row = &spec_row},
        {.call = CATALOG_LIST_OPTIONS(.spec_id = id), .row = &catalog_option_row},
    };
    TRY(db_list_together(cx, NULL, readings, COUNT_OF(readings)));
    *ret_found = readings[0].rows.count != 0;
    *ret_spec = *ret_found ? *ARRAY_AT(struct spec_row, readings[0].rows, 0) : (struct spec_row){0};
    *ret_options = readings[1].rows;
    return NULL;
}

struct error *catalog_repo_find_by_short_code(struct ctx *cx, struct str short_code,
                                              struct spec_row *ret_spec, bool *ret_found)
{
    return db_find(cx, NULL,
                   CATALOG_FIND_SPEC_BY_NAME(.short_code = short_code, .slug = STR(""),
                                             .order = CATALOG_FIND_SPEC_BY_NAME_ORDER_SHORT_CODE),
                   &spec_row, ret_spec, ret_found);
}

struct error *catalog_repo_find_by_slug(struct ctx *cx, struct str slug, struct spec_row *ret_spec,
                                        bool *ret_found)
{
    return db_find(cx, NULL,
                   CATALOG_FIND_SPEC_BY_NAME(.short_code = STR(""), .slug = slug,
                                             .order = CATALOG_FIND_SPEC_BY_NAME_ORDER_SLUG),
                   &spec_row, ret_spec, ret_found);
}

struct error *catalog_repo_lock_spec(struct ctx *cx, struct tx *tx, struct id id, struct spec_row *ret_spec,
                                     bool *ret_found)
{
    return db_find(cx, tx, CATALOG_LOCK_SPEC(.id = id, .order = CATALOG_LOCK_SPEC_ORDER_ALONE), &spec_row,
                   ret_spec, ret_found);
}

struct error *catalog_repo_lock_spec_shared(struct ctx *cx, struct tx *tx, struct id id,
                                            struct spec_row *ret_spec, bool *ret_found)
{
    return db_find(cx, tx, CATALOG_LOCK_SPEC(.id = id, .order = CATALOG_LOCK_SPEC_ORDER_SHARED), &spec_row,
                   ret_spec, ret_found);
}

struct error *catalog_repo_list_by_asset(struct ctx *cx, struct tx *tx, struct id asset_id,
                                         struct array *ret_ids)
{
    return db_list(cx, tx, CATALOG_LIST_BY_ASSET(.asset_id = asset_id), &db_id_row, ret_ids);
}

struct error *catalog_repo_update_spec(struct ctx *cx, struct tx *tx, const struct spec_row *spec,
                                       struct instant now)
{
    TRY(db_exec(cx, tx, CATALOG_UPDATE_ITEM(.id = spec->id, .title = spec->title, .now = now), NULL));
    return db_exec(
        cx, tx,
        CATALOG_UPDATE_RECORDING(.id = spec->id, .category = spec->category, .type = spec->type,
                                 .description = spec->description, .bpm_milli = spec->bpm_milli,
                                 .is_bpm_given = spec->is_bpm_given, .musical_key = spec->musical_key,
                                 .is_key_given = spec->is_key_given, .genres = spec->genres,
                                 .tags = spec->tags, .moods = spec->moods, .instruments = spec->instruments,
                                 .free_mp3_enabled = spec->free_mp3_enabled, .currency = spec->currency),
        NULL);
}

struct error *catalog_repo_touch(struct ctx *cx, struct tx *tx, struct id id, struct instant now)
{
    return db_exec(cx, tx, CATALOG_TOUCH_ITEM(.id = id, .now = now), NULL);
}

struct error *catalog_repo_update_prices(struct ctx *cx, struct tx *tx, struct id id, struct str currency,
                                         int64_t price_min, int64_t price_max)
{
    return db_exec(
        cx, tx,
        CATALOG_UPDATE_PRICES(.id = id, .currency = currency, .price_min = price_min, .price_max = price_max),
        NULL);
}

struct error *catalog_repo_update_assets(struct ctx *cx, struct tx *tx, const struct spec_row *spec)
{
    return db_exec(cx, tx,
                   CATALOG_UPDATE_ASSETS(.id = spec->id, .master_asset_id = spec->master_asset_id,
                                         .stems_asset_id = spec->stems_asset_id,
                                         .cover_asset_id = spec->cover_asset_id),
                   NULL);
}

struct error *catalog_repo_update_analysis(struct ctx *cx, struct tx *tx, const struct spec_row *spec)
{
    return db_exec(
        cx, tx,
        CATALOG_UPDATE_ANALYSIS(.id = spec->id, .bpm_milli = spec->bpm_milli,
                                .musical_key = spec->musical_key, .master_sha256 = spec->master_sha256,
                                .is_lossless = spec->is_lossless, .duration_ms = spec->duration_ms,
                                .loudness_lufs = spec->loudness_lufs, .true_peak_dbtp = spec->true_peak_dbtp,
                                .waveform = spec->waveform),
        NULL);
}

struct error *catalog_repo_update_status(struct ctx *cx, struct tx *tx, const struct spec_row *spec,
                                         struct instant now)
{
    return db_exec(
        cx, tx,
        CATALOG_UPDATE_STATUS(.id = spec->id, .status = spec->status, .status_before = spec->status_before,
                              .takedown_reason = spec->takedown_reason, .published_at = spec->published_at,
                              .deleted_at = spec->deleted_at, .now = now),
        NULL);
}

struct error *catalog_repo_update_sold(struct ctx *cx, struct tx *tx, struct id id, struct id order_id,
                                       struct instant now)
{
    return db_exec(cx, tx, CATALOG_UPDATE_SOLD(.id = id, .order_id = order_id, .now = now), NULL);
}

struct error *catalog_repo_clear_sold(struct ctx *cx, struct tx *tx, struct id id)
{
    TRY(db_exec(cx, tx, CATALOG_RESTORE_OPTIONS(.spec_id = id), NULL));
    TRY(db_exec(cx, tx, CATALOG_DELETE_SOLD_FEATURES(.spec_id = id), NULL));
    TRY(db_exec(cx, tx, CATALOG_DELETE_SOLD(.spec_id = id), NULL));
    return db_exec(cx, tx, CATALOG_CLEAR_SOLD(.id = id), NULL);
}

struct error *catalog_repo_update_counters(struct ctx *cx, struct tx *tx, struct id id,
                                           const struct spec_counts *counts, bool *ret_found)
{
    int64_t count = 0;
    TRY(db_exec(cx, tx,
                CATALOG_UPDATE_COUNTERS(.id = id, .plays = counts->plays, .favorites = counts->favorites,
                                        .purchases = counts->purchases),
                &count));
    *ret_found = count == 1;
    return db_exec(cx, tx, CATALOG_UPDATE_FACET_PLAYS(.id = id, .plays = counts->plays), NULL);
}

struct error *catalog_repo_rename_owner(struct ctx *cx, struct tx *tx, struct id owner_id, struct str name)
{
    return db_exec(cx, tx, CATALOG_RENAME_OWNER(.owner_id = owner_id, .owner_name = name), NULL);
}

struct error *catalog_repo_delete_spec(struct ctx *cx, struct tx *tx, struct id id)
{
    TRY(catalog_repo_delete_listing(cx, tx, id));
    TRY(db_exec(cx, tx, CATALOG_DELETE_OPTIONS(.spec_id = id), NULL));
    TRY(db_exec(cx, tx, CATALOG_DELETE_REPORTS(.item_id = id), NULL));
    TRY(db_exec(cx, tx, CATALOG_DELETE_RECORDING(.id = id), NULL));
    return db_exec(cx, tx, CATALOG_DELETE_ITEM(.id = id), NULL);
}

struct error *catalog_repo_list_keys_of_owner(struct ctx *cx, struct tx *tx, struct id owner_id,
                                              struct array *ret_keys)
{
    return db_list(cx, tx, CATALOG_LIST_KEYS_OF_OWNER(.owner_id = owner_id), &keys_row, ret_keys);
}

struct error *catalog_repo_list_same_master(struct ctx *cx, struct tx *tx, struct str sha256, struct id id,
                                            struct array *ret_ids)
{
    return db_list(cx, tx, CATALOG_LIST_SAME_MASTER(.master_sha256 = sha256, .id = id), &db_id_row, ret_ids);
}

struct error *catalog_repo_list_same_sold(struct ctx *cx, struct tx *tx, const struct spec_row *sold,
                                          struct id order_id, struct array *ret_ids)
{
    return db_list(
        cx, tx,
        CATALOG_LIST_SAME_SOLD(.master_sha256 = sold->master_sha256, .id = sold->id, .order_id = order_id),
        &db_id_row, ret_ids);
}

struct error *catalog_repo_list_briefs(struct ctx *cx, struct array ids, struct array *ret_briefs)
{
    return db_list(cx, NULL, CATALOG_LIST_BRIEFS(.ids = ids), &brief_row, ret_briefs);
}

struct error *catalog_repo_list_genres(struct ctx *cx, struct array *ret_genres)
{
    return db_list(cx, NULL, CATALOG_LIST_GENRES(), &genre_row, ret_genres);
}

/* --- items of other kinds --- */

/* clang-format off */
static const struct db_column item_columns[] = {
    DB_COLUMN_ID(struct catalog_item, id),
    DB_COLUMN_I32(struct catalog_item, kind),
    DB_COLUMN_ID(struct catalog_item, owner_id),
    DB_COLUMN_TEXT(struct catalog_item, owner_username),
    DB_COLUMN_TEXT(struct catalog_item, owner_name),
    DB_COLUMN_TEXT(struct catalog_item, title),
    DB_COLUMN_TEXT(struct catalog_item, slug),
    DB_COLUMN_TEXT(struct catalog_item, short_code),
    DB_COLUMN_I32(struct catalog_item, status),
    DB_NULLABLE_TEXT(struct catalog_item, takedown_reason),
    DB_COLUMN_I32(struct catalog_item, status_before),
    DB_COLUMN_INSTANT(struct catalog_item, created_at),
    DB_COLUMN_INSTANT(struct catalog_item, updated_at),
    DB_NULLABLE_INSTANT(struct catalog_item, published_at),
    DB_COLUMN_I64(struct catalog_item, version),
};
static const struct db_row item_row = DB_ROW(struct catalog_item, item_columns);

static const struct db_column listed_columns[] = {
    DB_COLUMN_ID(struct listed_row, item_id),
    DB_COLUMN_I64(struct listed_row, listed_at),
    DB_COLUMN_I64(struct listed_row, views),
};
const struct db_row catalog_listed_row = DB_ROW(struct listed_row, listed_columns);

/* How a sort is asked of both statements: on the first page, and behind a cursor. */
static const struct {
    uint32_t list[2], filter[2];
} sorts[] = {
#define SORT_ROW(name_) {{CATALOG_LIST_LISTED_ORDER_##name_, CATALOG_LIST_LISTED_ORDER_##name_##_AFTER}, {CATALOG_FILTER_LISTED_ORDER_##name_, CATALOG_FILTER_LISTED_ORDER_##name_##_AFTER}}
    [CATALOG_NEWEST] = SORT_ROW(NEWEST),
    [CATALOG_OLDEST] = SORT_ROW(OLDEST),
    [CATALOG_MOST_VIEWED] = SORT_ROW(VIEWS),
};
/* clang-format on */

struct error *catalog_repo_insert_item(struct ctx *cx, struct tx *tx, const struct catalog_item *item,
                                       bool *ret_inserted)
{
    int64_t count = 0;
    TRY(db_exec(cx, tx,
                CATALOG_INSERT_ITEM(.id = item->id, .kind = item->kind, .owner_id = item->owner_id,
                                    .owner_username = item->owner_username, .owner_name = item->owner_name,
                                    .title = item->title, .slug = item->slug, .short_code = item->short_code,
                                    .now = item->created_at),
                &count));
    *ret_inserted = count == 1;
    return NULL;
}

static struct error *find(struct ctx *cx, struct tx *tx, const struct db_call *call,
                          struct catalog_item *ret_item, bool *ret_found)
{
    return db_find(cx, tx, call, &item_row, ret_item, ret_found);
}

struct error *catalog_repo_find_item(struct ctx *cx, struct tx *tx, enum catalog_kind kind, struct id id,
                                     struct catalog_item *ret_item, bool *ret_found)
{
    return find(cx, tx,
                CATALOG_FIND_ITEM(.id = id, .short_code = STR(""), .slug = STR(""), .kind = (int32_t)kind,
                                  .order = CATALOG_FIND_ITEM_ORDER_ID),
                ret_item, ret_found);
}

struct error *catalog_repo_find_item_by_short_code(struct ctx *cx, enum catalog_kind kind,
                                                   struct str short_code, struct catalog_item *ret_item,
                                                   bool *ret_found)
{
    return find(cx, NULL,
                CATALOG_FIND_ITEM(.short_code = short_code, .slug = STR(""), .kind = (int32_t)kind,
                                  .order = CATALOG_FIND_ITEM_ORDER_SHORT_CODE),
                ret_item, ret_found);
}

struct error *catalog_repo_find_item_by_slug(struct ctx *cx, enum catalog_kind kind, struct str slug,
                                             struct catalog_item *ret_item, bool *ret_found)
{
    return find(cx, NULL,
                CATALOG_FIND_ITEM(.short_code = STR(""), .slug = slug, .kind = (int32_t)kind,
                                  .order = CATALOG_FIND_ITEM_ORDER_SLUG),
                ret_item, ret_found);
}

struct error *catalog_repo_lock_item(struct ctx *cx, struct tx *tx, enum catalog_kind kind, struct id id,
                                     struct catalog_item *ret_item, bool *ret_found)
{
    return find(cx, tx, CATALOG_LOCK_ITEM(.id = id, .kind = (int32_t)kind), ret_item, ret_found);
}

struct error *catalog_repo_list_items(struct ctx *cx, struct array ids, struct array *ret_items)
{
    return db_list(cx, NULL, CATALOG_LIST_ITEMS(.ids = ids), &item_row, ret_items);
}

struct error *catalog_repo_change_item(struct ctx *cx, struct tx *tx, const struct catalog_item *item)
{
    bool is_deleted = item->status == CATALOG_DELETED;
    return db_exec(cx, tx,
                   CATALOG_CHANGE_ITEM(.id = item->id, .title = item->title, .status = item->status,
                                       .takedown_reason = item->takedown_reason,
                                       .status_before = item->status_before,
                                       .published_at = item->published_at,
                                       .deleted_at = is_deleted ? item->updated_at : INSTANT_NONE,
                                       .now = item->updated_at),
                   NULL);
}

struct error *catalog_repo_delete_item(struct ctx *cx, struct tx *tx, struct id id)
{
    TRY(catalog_repo_delete_listing(cx, tx, id));
    TRY(db_exec(cx, tx, CATALOG_DELETE_REPORTS(.item_id = id), NULL));
    return db_exec(cx, tx, CATALOG_DELETE_ITEM(.id = id), NULL);
}

struct error *catalog_repo_update_views(struct ctx *cx, struct tx *tx, struct id id, int64_t views)
{
    return db_exec(cx, tx, CATALOG_UPDATE_FACET_PLAYS(.id = id, .plays = views), NULL);
}

/* Nothing but the facet: the walk itself. */
static struct error *list(struct ctx *cx, const struct listed_filter *filter, struct array *ret_rows)
{
    return db_list(cx, NULL,
                   CATALOG_LIST_LISTED(.facet = filter->facet, .key = filter->cursor.key,
                                       .key_id = filter->cursor.id, .limit = filter->limit,
                                       .order = sorts[filter->sort].list[filter->has_cursor]),
                   &catalog_listed_row, ret_rows);
}

/* The same question to the search of SQLite. */
static struct list_filter as_list_filter(const struct listed_filter *filter)
{
    static const enum catalog_sort order[] = {
        [CATALOG_NEWEST] = SORT_NEWEST, [CATALOG_OLDEST] = SORT_OLDEST, [CATALOG_MOST_VIEWED] = SORT_PLAYS};
    return (struct list_filter){
        .facet = filter->facet,
        .facets = filter->facets,
        .bpm_min = -1,
        .bpm_max = -1,
        .price_min = -1,
        .price_max = -1,
        .duration_min = -1,
        .duration_max = -1,
        .words = filter->words,
        .sort = order[filter->sort],
        .has_cursor = filter->has_cursor,
        .cursor = filter->cursor,
        .limit = filter->limit,
    };
}

struct error *catalog_repo_list_listed(struct ctx *cx, const struct listed_filter *filter,
                                       struct array *ret_rows)
{
    struct matches matches = {0};
    struct list_filter asked = as_list_filter(filter);
    TRY(catalog_repo_find_matches(cx, filter->words, &matches));
    if (matches.is_few)
        return catalog_repo_list_matches(cx, &asked, &matches, ret_rows);
    uint32_t with = (str_is_empty(filter->words) ? 0 : CATALOG_FILTER_LISTED_WITH_MATCHING) |
                    (filter->facets.count == 0 ? 0 : CATALOG_FILTER_LISTED_WITH_FACETS);
    if (with == 0)
        return list(cx, filter, ret_rows);
    return db_list(cx, NULL,
                   CATALOG_FILTER_LISTED(.facet = filter->facet, .facets = filter->facets,
                                         .facet_count = (int64_t)filter->facets.count,
                                         .matching = match_postgresql(cx->arena, filter->words),
                                         .holding = match_parts(cx->arena, filter->words),
                                         .longest = match_longest(filter->words), .key = filter->cursor.key,
                                         .key_id = filter->cursor.id, .limit = filter->limit, .with = with,
                                         .order = sorts[filter->sort].filter[filter->has_cursor]),
                   &catalog_listed_row, ret_rows);
}

struct error *catalog_repo_count_listed(struct ctx *cx, const struct listed_filter *filter,
                                        int64_t *ret_count)
{
    struct db_count row = {0};
    struct list_filter asked = as_list_filter(filter);
    if (!str_is_empty(filter->words) && db_engine_of(cx->platform->db) == DB_SQLITE)
        return catalog_repo_count_matches(cx, &asked, ret_count);
    uint32_t with = (str_is_empty(filter->words) ? 0 : CATALOG_COUNT_LISTED_WITH_MATCHING) |
                    (filter->facets.count == 0 ? 0 : CATALOG_COUNT_LISTED_WITH_FACETS);
    TRY(db_load(cx, NULL,
                CATALOG_COUNT_LISTED(.facet = filter->facet, .facets = filter->facets,
                                     .facet_count = (int64_t)filter->facets.count,
                                     .matching = match_postgresql(cx->arena, filter->words),
                                     .limit = LIST_TOTAL_MAX + 1, .with = with),
                &db_count_row, &row));
    *ret_count = row.count;
    return NULL;
}
