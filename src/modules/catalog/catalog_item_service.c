/* SPDX-License-Identifier: AGPL-3.0-or-later
 * What the modules of other kinds ask of their items: names, states, the public lists. Whose an item is and what may become of it
 * is judged by its module. */
#include "base/text/fold.h"
#include "base/value/slug.h"

#include "platform/clock/clock.h"
#include "platform/crypto/crypto.h"

#include "modules/catalog/catalog_service.h"
#include "modules/identity/identity.h"

/* --- names --- */

enum { NUMBERED_TRIES = 3 };

/* Titles that end in numbers may hold the next ones of a series, as many as somebody likes; the short code is nobody else's. */
struct error *catalog_choose_names(struct ctx *cx, struct tx *tx, struct str title, int attempt,
                                   struct str *ret_slug, struct str *ret_short_code)
{
    uint8_t random[5];
    char *short_code = arena_alloc(cx->arena, SHORT_CODE_CHARS);
    struct str base = slug_from_title(cx->arena, title);
    int64_t number = 0;
    TRY(catalog_repo_next_slug_number(cx, tx, base, &number));
    crypto_random(random, sizeof(random));
    short_code_make(random, short_code);
    *ret_short_code = str_from(short_code, SHORT_CODE_CHARS);
    *ret_slug = attempt < NUMBERED_TRIES ? slug_numbered(cx->arena, base, number)
                                         : slug_suffixed(cx->arena, base, *ret_short_code);
    return NULL;
}

/* --- rows --- */

struct error *catalog_create_item(struct ctx *cx, struct tx *tx, enum catalog_kind kind, struct str title,
                                  struct catalog_item *ret_item)
{
    struct identity_account owner;
    bool is_found = false;
    TRY(identity_find_account(cx, tx, cx->caller->account_id, &owner, &is_found));
    if (!is_found)
        return ERROR_CODE(cx, UNAUTHENTICATED, "the account is gone");
    struct catalog_item item = {
        .id = crypto_new_id(cx),
        .kind = (int32_t)kind,
        .owner_id = owner.id,
        .owner_username = owner.username,
        .owner_name = owner.display_name,
        .title = title,
        .status = CATALOG_DRAFT,
        .created_at = clock_now(cx),
        .version = 1,
    };
    item.updated_at = item.created_at;
    for (int i = 0; i < CATALOG_NAMING_TRIES; i++) {
        bool is_inserted = false;
        TRY(catalog_choose_names(cx, tx, title, i, &item.slug, &item.short_code));
        TRY(catalog_repo_insert_item(cx, tx, &item, &is_inserted));
        if (is_inserted) {
            *ret_item = item;
            return NULL;
        }
    }
    return ERROR_CODE(cx, INTERNAL, "no free name was found in %d tries", CATALOG_NAMING_TRIES);
}

struct error *catalog_find_item(struct ctx *cx, struct tx *tx, enum catalog_kind kind, struct id id,
                                struct catalog_item *ret_item, bool *ret_found)
{
    return catalog_repo_find_item(cx, tx, kind, id, ret_item, ret_found);
}

struct error *catalog_find_item_by_key(struct ctx *cx, enum catalog_kind kind, struct str key,
                                       struct catalog_item *ret_item, bool *ret_found)
{
    struct id id;
    *ret_found = false;
    if (id_parse(key, &id))
        TRY(catalog_repo_find_item(cx, NULL, kind, id, ret_item, ret_found));
    if (!*ret_found && short_code_is_valid(key))
        TRY(catalog_repo_find_item_by_short_code(cx, kind, key, ret_item, ret_found));
    if (!*ret_found && slug_is_valid(key))
        TRY(catalog_repo_find_item_by_slug(cx, kind, key, ret_item, ret_found));
    return NULL;
}

struct error *catalog_lock_item(struct ctx *cx, struct tx *tx, enum catalog_kind kind, struct id id,
                                struct catalog_item *ret_item, bool *ret_found)
{
    return catalog_repo_lock_item(cx, tx, kind, id, ret_item, ret_found);
}

static const struct catalog_item *item_of(const struct array *items, struct id id)
{
    for (size_t i = 0; i < items->count; i++)
        if (id_equal(ARRAY_AT(struct catalog_item, *items, i)->id, id))
            return ARRAY_AT(struct catalog_item, *items, i);
    return NULL;
}

struct error *catalog_list_items(struct ctx *cx, const struct id *ids, size_t count, struct array *ret_items)
{
    struct array found = {0};
    struct array asked = {arena_dup(cx->arena, ids, count * sizeof(*ids)), count};
    VEC(struct catalog_item) items = {0};
    if (count > 0)
        TRY(catalog_repo_list_items(cx, asked, &found));
    for (size_t i = 0; i < count; i++) {
        const struct catalog_item *item = item_of(&found, ids[i]);
        if (item != NULL)
            *VEC_PUSH(cx->arena, &items) = *item;
    }
    *ret_items = (struct array){items.items, items.count};
    return NULL;
}

struct error *catalog_change_item(struct ctx *cx, struct tx *tx, struct catalog_item *item)
{
    item->updated_at = clock_now(cx);
    item->version++;
    return catalog_repo_change_item(cx, tx, item);
}

struct error *catalog_erase_item(struct ctx *cx, struct tx *tx, struct id id)
{
    return catalog_repo_delete_item(cx, tx, id);
}

/* --- public lists --- */

struct error *catalog_put_listing(struct ctx *cx, struct tx *tx, const struct catalog_listing *listing)
{
    const struct listing row = {
        .item_id = listing->item_id,
        .facets = listing->facets,
        .listed_at = listing->listed_at,
        .currency = STR(""),
        .price_min = -1,
        .plays = listing->views,
        .words = fold_words(cx->arena, listing->text, INDEXED_WORDS_MAX),
    };
    TRY(catalog_repo_delete_listing(cx, tx, listing->item_id));
    return catalog_repo_insert_listing(cx, tx, &row);
}

struct error *catalog_drop_listing(struct ctx *cx, struct tx *tx, struct id item_id)
{
    return catalog_repo_delete_listing(cx, tx, item_id);
}

struct error *catalog_set_item_views(struct ctx *cx, struct tx *tx, struct id item_id, int64_t views)
{
    return catalog_repo_update_views(cx, tx, item_id, views);
}

static const enum catalog_sort cursor_sorts[] = {
    [CATALOG_NEWEST] = SORT_NEWEST, [CATALOG_OLDEST] = SORT_OLDEST, [CATALOG_MOST_VIEWED] = SORT_PLAYS};

static struct error *fill_filter(struct ctx *cx, const struct catalog_listed_query *query,
                                 struct listed_filter *filter)
{
    filter->has_cursor = !str_is_empty(query->cursor);
    if (!filter->has_cursor ||
        cursor_parse(cx->arena, cursor_sorts[query->sort], query->cursor, &filter->cursor))
        return NULL;
    struct error *error = ERROR_CODE(cx, INVALID, "the list cannot be asked for like this");
    error_add_violation(cx->arena, error, STR("/cursor"), "cursor", "is no cursor of this list and sort");
    return error;
}

static struct str cursor_after(struct ctx *cx, enum catalog_listed_sort sort, const struct listed_row *row)
{
    struct list_cursor cursor = {.key = sort == CATALOG_MOST_VIEWED ? row->views : row->listed_at,
                                 .id = row->item_id};
    return cursor_format(cx->arena, cursor_sorts[sort], &cursor);
}

static struct error *count_listed(struct ctx *cx, const struct listed_filter *filter, struct str *ret_total)
{
    int64_t count = 0;
    TRY(catalog_repo_count_listed(cx, filter, &count));
    *ret_total =
        arena_printf(cx->arena, "%lld", (long long)(count < LIST_TOTAL_MAX ? count : LIST_TOTAL_MAX));
    return NULL;
}

struct error *catalog_list_listed(struct ctx *cx, const struct catalog_listed_query *query,
                                  struct catalog_listed_page *ret_page)
{
    struct listed_filter filter = {
        .facet = query->facet,
        .facets = query->facets,
        .words = fold_words(cx->arena, query->q, SEARCH_WORDS_MAX),
        .sort = query->sort,
        .limit = query->limit + 1, /* one more tells whether there is a next page */
    };
    struct array rows = {0};
    TRY(fill_filter(cx, query, &filter));
    *ret_page = (struct catalog_listed_page){.ids = {0}, .total = query->with_total ? STR("0") : STR_NONE};
    if (!str_is_empty(str_trim(query->q)) && str_is_empty(filter.words))
        return NULL; /* words that hold nothing that could be found */
    TRY(catalog_pick_walk(cx, &filter.facet, &filter.facets));
    TRY(catalog_repo_list_listed(cx, &filter, &rows));
    if (query->with_total)
        TRY(count_listed(cx, &filter, &ret_page->total));
    bool has_more = rows.count > (size_t)query->limit;
    size_t count = has_more ? (size_t)query->limit : rows.count;
    struct id *ids = ARENA_ARRAY(cx->arena, struct id, count);
    for (size_t i = 0; i < count; i++)
        ids[i] = ARRAY_AT(struct listed_row, rows, i)->item_id;
    ret_page->ids = (struct array){ids, count};
    if (has_more)
        ret_page->next_cursor = cursor_after(cx, query->sort, ARRAY_AT(struct listed_row, rows, count - 1));
    return NULL;
}
