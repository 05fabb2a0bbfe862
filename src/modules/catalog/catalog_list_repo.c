/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Rows of public lists. See catalog_repo.h and sql/catalog_list.sql. */
#include "modules/catalog/catalog_repo.h"
#include "modules/catalog/catalog_sql.h"

/* clang-format off */
static const struct db_column card_columns[] = {
    DB_COLUMN_I64(struct card_row, listed_at),
    DB_COLUMN_ID(struct card_row, id),
    DB_COLUMN_ID(struct card_row, owner_id),
    DB_COLUMN_TEXT(struct card_row, owner_username),
    DB_COLUMN_TEXT(struct card_row, owner_name),
    DB_COLUMN_TEXT(struct card_row, title),
    DB_COLUMN_TEXT(struct card_row, slug),
    DB_COLUMN_TEXT(struct card_row, short_code),
    DB_COLUMN_I32(struct card_row, status),
    DB_COLUMN_INSTANT(struct card_row, created_at),
    DB_NULLABLE_INSTANT(struct card_row, published_at),
    DB_COLUMN_I32(struct card_row, category),
    DB_COLUMN_TEXT(struct card_row, type),
    DB_COLUMN_I64(struct card_row, bpm_milli),
    DB_COLUMN_I32(struct card_row, musical_key),
    DB_COLUMN_TEXT(struct card_row, genres),
    DB_COLUMN_TEXT(struct card_row, tags),
    DB_COLUMN_I32(struct card_row, moods),
    DB_COLUMN_I32(struct card_row, instruments),
    DB_COLUMN_BOOL(struct card_row, free_mp3_enabled),
    DB_COLUMN_TEXT(struct card_row, currency),
    DB_COLUMN_I64(struct card_row, price_min),
    DB_NULLABLE_ID(struct card_row, stems_asset_id),
    DB_NULLABLE_ID(struct card_row, cover_asset_id),
    DB_COLUMN_BOOL(struct card_row, is_lossless),
    DB_COLUMN_I64(struct card_row, duration_ms),
    DB_COLUMN_TEXT(struct card_row, waveform),
    DB_COLUMN_I64(struct card_row, plays),
    DB_COLUMN_I64(struct card_row, favorites),
    DB_COLUMN_I64(struct card_row, purchases),
};
static const struct db_row card_row = DB_ROW(struct card_row, card_columns);

/* How a sort is asked of both statements: on the first page, and behind a cursor. */
static const struct {
    uint32_t list[2], filter[2];
} sorts[SORT_COUNT] = {
#define SORT_ROW(name_) {{CATALOG_LIST_SPECS_ORDER_##name_, CATALOG_LIST_SPECS_ORDER_##name_##_AFTER}, {CATALOG_FILTER_SPECS_ORDER_##name_, CATALOG_FILTER_SPECS_ORDER_##name_##_AFTER}}
    [SORT_NEWEST] = SORT_ROW(NEWEST),
    [SORT_OLDEST] = SORT_ROW(OLDEST),
    [SORT_PRICE_ASC] = SORT_ROW(PRICE_ASC),
    [SORT_PRICE_DESC] = SORT_ROW(PRICE_DESC),
    [SORT_BPM_ASC] = SORT_ROW(BPM_ASC),
    [SORT_BPM_DESC] = SORT_ROW(BPM_DESC),
    [SORT_PLAYS] = SORT_ROW(PLAYS),
};

/* What is asked of each row on the way; two statements have these filters. */
#define FILTERS(X)                                                                                           \
    X(FACETS, filter->facets.count > 0)                                                                      \
    X(MOODS, filter->moods.count > 0)                                                                        \
    X(INSTRUMENTS, filter->instruments.count > 0)                                                            \
    X(GENRES, filter->genres.count > 0)                                                                      \
    X(CURRENCY, !str_is_empty(filter->currency))                                                             \
    X(BPM_MIN, filter->bpm_min >= 0)                                                                         \
    X(BPM_MAX, filter->bpm_max >= 0)                                                                         \
    X(PRICE_MIN, filter->price_min >= 0)                                                                     \
    X(PRICE_MAX, filter->price_max >= 0)                                                                     \
    X(DURATION_MIN, filter->duration_min >= 0)                                                               \
    X(DURATION_MAX, filter->duration_max >= 0)
/* clang-format on */

#define FILTER_BIT(name_, is_asked_) | ((is_asked_) ? CATALOG_FILTER_SPECS_WITH_##name_ : 0)
#define COUNT_BIT(name_, is_asked_)  | ((is_asked_) ? CATALOG_COUNT_SPECS_WITH_##name_ : 0)

/* The arguments that both take. */
#define FILTER_ARGS                                                                                          \
    .facet = filter->facet, .facets = filter->facets, .facet_count = (int64_t)filter->facets.count,          \
    .moods = filter->moods, .instruments = filter->instruments, .genres = filter->genres,                    \
    .currency = filter->currency.ptr != NULL ? filter->currency : STR(""), .bpm_min = filter->bpm_min,       \
    .bpm_max = filter->bpm_max, .price_min = filter->price_min, .price_max = filter->price_max,              \
    .duration_min = filter->duration_min, .duration_max = filter->duration_max

static bool is_price_sort(enum catalog_sort sort)
{
    return sort == SORT_PRICE_ASC || sort == SORT_PRICE_DESC;
}

static bool is_bpm_sort(enum catalog_sort sort)
{
    return sort == SORT_BPM_ASC || sort == SORT_BPM_DESC;
}

/* --- search on SQLite, whose planner does not know how common words are: sql/catalog_match.sql --- */

struct word_counts {
    int64_t matches, texts;
};

/* clang-format off */
static const struct db_column count_columns[] = {
    DB_COLUMN_I64(struct word_counts, matches),
    DB_COLUMN_I64(struct word_counts, texts),
};
static const struct db_row count_row = DB_ROW(struct word_counts, count_columns);

#define MATCH_ORDER(name_) {CATALOG_LIST_MATCHES_ORDER_##name_, CATALOG_LIST_MATCHES_ORDER_##name_##_AFTER}
static const uint32_t match_orders[SORT_COUNT][2] = {
    [SORT_NEWEST] = MATCH_ORDER(NEWEST),
    [SORT_OLDEST] = MATCH_ORDER(OLDEST),
    [SORT_PRICE_ASC] = MATCH_ORDER(PRICE_ASC),
    [SORT_PRICE_DESC] = MATCH_ORDER(PRICE_DESC),
    [SORT_BPM_ASC] = MATCH_ORDER(BPM_ASC),
    [SORT_BPM_DESC] = MATCH_ORDER(BPM_DESC),
    [SORT_PLAYS] = MATCH_ORDER(PLAYS),
};
/* clang-format on */

#define MATCH_LIST_BIT(name_, is_asked_)  | ((is_asked_) ? CATALOG_LIST_MATCHES_WITH_##name_ : 0)
#define MATCH_COUNT_BIT(name_, is_asked_) | ((is_asked_) ? CATALOG_COUNT_MATCHES_WITH_##name_ : 0)

/* Whole words are counted at once; the beginning of a word has to be gathered from all that begin so, and holds them. */
struct error *catalog_repo_find_matches(struct ctx *cx, struct str words, struct matches *ret_matches)
{
    struct word_counts counts = {0};
    struct array ids = {0};
    *ret_matches = (struct matches){0};
    if (str_is_empty(words) || db_engine_of(cx->platform->db) != DB_SQLITE)
        return NULL;
    TRY(db_load(cx, NULL,
                CATALOG_COUNT_WORDS(.matching = match_sqlite_whole(cx->arena, words),
                                    .limit = match_few(INT64_MAX / 8) + 1),
                &count_row, &counts));
    int64_t few = match_few(counts.texts);
    if (counts.matches > few)
        return NULL;
    TRY(db_list(cx, NULL, CATALOG_FIND_WORDS(.matching = match_sqlite(cx->arena, words), .limit = few + 1),
                &db_id_row, &ids));
    *ret_matches = (struct matches){.is_few = (int64_t)ids.count <= few, .ids = ids};
    return NULL;
}

struct error *catalog_repo_list_matches(struct ctx *cx, const struct list_filter *filter,
                                        const struct matches *few, struct array *ret_rows)
{
    uint32_t with = 0 FILTERS(MATCH_LIST_BIT);
    with |= filter->offset > 0 ? CATALOG_LIST_MATCHES_WITH_PAGE : 0;
    return db_list(cx, NULL,
                   CATALOG_LIST_MATCHES(FILTER_ARGS, .ids = few->ids, .key = filter->cursor.key,
                                        .key_id = filter->cursor.id, .limit = filter->limit,
                                        .offset = filter->offset, .with = with,
                                        .order = match_orders[filter->sort][filter->has_cursor]),
                   &catalog_listed_row, ret_rows);
}

static struct error *count_matching(struct ctx *cx, const struct list_filter *filter, struct str matching,
                                    int64_t *ret_count)
{
    struct db_count row = {0};
    uint32_t with = 0 FILTERS(MATCH_COUNT_BIT);
    if (is_price_sort(filter->sort))
        with |= CATALOG_COUNT_MATCHES_WITH_PRICED;
    if (is_bpm_sort(filter->sort))
        with |= CATALOG_COUNT_MATCHES_WITH_TIMED;
    TRY(db_load(
        cx, NULL,
        CATALOG_COUNT_MATCHES(FILTER_ARGS, .matching = matching, .limit = LIST_TOTAL_MAX + 1, .with = with),
        &db_count_row, &row));
    *ret_count = row.count;
    return NULL;
}

/* What holds the whole words is found at once and mostly enough to end the count. */
struct error *catalog_repo_count_matches(struct ctx *cx, const struct list_filter *filter, int64_t *ret_count)
{
    TRY(count_matching(cx, filter, match_sqlite_whole(cx->arena, filter->words), ret_count));
    if (*ret_count > LIST_TOTAL_MAX)
        return NULL;
    return count_matching(cx, filter, match_sqlite(cx->arena, filter->words), ret_count);
}

/* --- lists --- */

struct facet_count {
    struct str facet;
    int64_t count;
};

/* clang-format off */
static const struct db_column facet_columns[] = {
    DB_COLUMN_TEXT(struct facet_count, facet),
    DB_COLUMN_I64(struct facet_count, count),
};
/* clang-format on */
static const struct db_row facet_row = DB_ROW(struct facet_count, facet_columns);

struct error *catalog_repo_find_rarest(struct ctx *cx, struct array facets, struct str *ret_facet)
{
    enum { COUNTED_MAX = 2000 }; /* of two that have more either will do */
    struct array counts = {0};
    TRY(db_list(cx, NULL, CATALOG_COUNT_FACETS(.facets = facets, .limit = COUNTED_MAX), &facet_row, &counts));
    struct str first = *ARRAY_AT(struct str, facets, 0);
    int64_t least = INT64_MAX;
    *ret_facet = first;
    for (size_t i = 0; i < counts.count; i++) {
        const struct facet_count *row = ARRAY_AT(struct facet_count, counts, i);
        if (row->count > least || (row->count == least && !str_equal(row->facet, first)))
            continue;
        least = row->count;
        *ret_facet = row->facet;
    }
    return NULL;
}

/* Nothing but the facet: the walk itself. The currency belongs to the sort by price. */
static struct error *list(struct ctx *cx, const struct list_filter *filter, struct array *ret_cards)
{
    return db_list(cx, NULL,
                   CATALOG_LIST_SPECS(.facet = filter->facet, .currency = filter->currency,
                                      .key = filter->cursor.key, .key_id = filter->cursor.id,
                                      .limit = filter->limit, .offset = filter->offset,
                                      .with = filter->offset > 0 ? CATALOG_LIST_SPECS_WITH_PAGE : 0,
                                      .order = sorts[filter->sort].list[filter->has_cursor]),
                   &card_row, ret_cards);
}

static const struct card_row *find_card(const struct array *cards, struct id id)
{
    for (size_t i = 0; i < cards->count; i++)
        if (id_equal(ARRAY_AT(struct card_row, *cards, i)->id, id))
            return ARRAY_AT(struct card_row, *cards, i);
    return NULL;
}

/* The cards of these rows, in their order. One that has gone in between is left out. */
static struct error *load_cards(struct ctx *cx, const struct array *rows, struct array *ret_cards)
{
    struct id *ids = ARENA_ARRAY(cx->arena, struct id, rows->count);
    struct card_row *cards = ARENA_ARRAY(cx->arena, struct card_row, rows->count);
    struct array found = {0};
    size_t count = 0;
    for (size_t i = 0; i < rows->count; i++)
        ids[i] = ARRAY_AT(struct listed_row, *rows, i)->item_id;
    if (rows->count > 0)
        TRY(catalog_repo_list_cards(cx, (struct array){ids, rows->count}, &found));
    for (size_t i = 0; i < rows->count; i++) {
        const struct card_row *card = find_card(&found, ids[i]);
        if (card == NULL)
            continue;
        cards[count] = *card;
        cards[count++].listed_at = ARRAY_AT(struct listed_row, *rows, i)->listed_at;
    }
    *ret_cards = (struct array){cards, count};
    return NULL;
}

static struct error *list_few(struct ctx *cx, const struct list_filter *filter, const struct matches *matches,
                              struct array *ret_cards)
{
    struct array rows = {0};
    TRY(catalog_repo_list_matches(cx, filter, matches, &rows));
    return load_cards(cx, &rows, ret_cards);
}

struct error *catalog_repo_list_specs(struct ctx *cx, const struct list_filter *filter,
                                      struct array *ret_cards)
{
    struct matches matches = {0};
    uint32_t with = 0 FILTERS(FILTER_BIT) FILTER_BIT(MATCHING, !str_is_empty(filter->words));
    TRY(catalog_repo_find_matches(cx, filter->words, &matches));
    if (matches.is_few)
        return list_few(cx, filter, &matches, ret_cards);
    if (with == 0 || (with == CATALOG_FILTER_SPECS_WITH_CURRENCY && is_price_sort(filter->sort)))
        return list(cx, filter, ret_cards);
    with |= filter->offset > 0 ? CATALOG_FILTER_SPECS_WITH_PAGE : 0;
    return db_list(cx, NULL,
                   CATALOG_FILTER_SPECS(FILTER_ARGS, .matching = match_postgresql(cx->arena, filter->words),
                                        .holding = match_parts(cx->arena, filter->words),
                                        .longest = match_longest(filter->words), .key = filter->cursor.key,
                                        .key_id = filter->cursor.id, .limit = filter->limit,
                                        .offset = filter->offset, .with = with,
                                        .order = sorts[filter->sort].filter[filter->has_cursor]),
                   &card_row, ret_cards);
}

struct error *catalog_repo_count_specs(struct ctx *cx, const struct list_filter *filter, int64_t *ret_count)
{
    struct db_count row = {0};
    if (!str_is_empty(filter->words) && db_engine_of(cx->platform->db) == DB_SQLITE)
        return catalog_repo_count_matches(cx, filter, ret_count);
    uint32_t with = 0 FILTERS(COUNT_BIT) COUNT_BIT(MATCHING, !str_is_empty(filter->words));
    with |= is_price_sort(filter->sort) ? CATALOG_COUNT_SPECS_WITH_PRICED : 0;
    with |= is_bpm_sort(filter->sort) ? CATALOG_COUNT_SPECS_WITH_TIMED : 0;
    TRY(db_load(cx, NULL,
                CATALOG_COUNT_SPECS(FILTER_ARGS, .matching = match_postgresql(cx->arena, filter->words),
                                    .limit = LIST_TOTAL_MAX + 1, .with = with),
                &db_count_row, &row));
    *ret_count = row.count;
    return NULL;
}

struct error *catalog_repo_list_own(struct ctx *cx, struct id owner_id, const struct list_filter *filter,
                                    struct array *ret_cards)
{
    uint32_t with = filter->has_cursor ? CATALOG_LIST_OWN_SPECS_WITH_AFTER : 0;
    with |= filter->offset > 0 ? CATALOG_LIST_OWN_SPECS_WITH_PAGE : 0;
    return db_list(cx, NULL,
                   CATALOG_LIST_OWN_SPECS(.owner_id = owner_id, .key = {filter->cursor.key},
                                          .key_id = filter->cursor.id, .limit = filter->limit,
                                          .offset = filter->offset, .with = with),
                   &card_row, ret_cards);
}

struct error *catalog_repo_count_own(struct ctx *cx, struct id owner_id, int64_t *ret_count)
{
    struct db_count row = {0};
    TRY(db_load(cx, NULL, CATALOG_COUNT_OWN_SPECS(.owner_id = owner_id, .limit = LIST_TOTAL_MAX + 1),
                &db_count_row, &row));
    *ret_count = row.count;
    return NULL;
}

struct error *catalog_repo_list_cards(struct ctx *cx, struct array ids, struct array *ret_cards)
{
    return db_list(cx, NULL, CATALOG_LIST_CARDS(.ids = ids), &card_row, ret_cards);
}

int64_t card_sort_key(const struct card_row *card, enum catalog_sort sort)
{
    switch (sort) {
    case SORT_NEWEST:
    case SORT_OLDEST:
        return card->listed_at;
    case SORT_PRICE_ASC:
    case SORT_PRICE_DESC:
        return card->price_min;
    case SORT_BPM_ASC:
    case SORT_BPM_DESC:
        return card->bpm_milli;
    case SORT_PLAYS:
        return card->plays;
    case SORT_COUNT:
        break;
    }
    UNREACHABLE("all sorts are handled");
}

/* On PostgreSQL the index is a generated column. */
static struct error *change_match(struct ctx *cx, struct tx *tx, const struct db_call *call)
{
    return db_engine_of(cx->platform->db) == DB_SQLITE ? db_exec(cx, tx, call, NULL) : NULL;
}

struct error *catalog_repo_insert_listing(struct ctx *cx, struct tx *tx, const struct listing *listing)
{
    TRY(db_exec(cx, tx,
                CATALOG_INSERT_FACETS(.item_id = listing->item_id, .facets = listing->facets,
                                      .listed_at = listing->listed_at, .currency = listing->currency,
                                      .price_min = listing->price_min, .bpm_milli = listing->bpm_milli,
                                      .plays = listing->plays),
                NULL));
    TRY(db_exec(cx, tx, CATALOG_INSERT_SEARCH(.item_id = listing->item_id, .words = listing->words), NULL));
    return change_match(cx, tx, CATALOG_INSERT_MATCH(.item_id = listing->item_id));
}

struct error *catalog_repo_delete_listing(struct ctx *cx, struct tx *tx, struct id item_id)
{
    TRY(db_exec(cx, tx, CATALOG_DELETE_FACETS(.item_id = item_id), NULL));
    TRY(change_match(cx, tx, CATALOG_DELETE_MATCH(.item_id = item_id)));
    return db_exec(cx, tx, CATALOG_DELETE_SEARCH(.item_id = item_id), NULL);
}
