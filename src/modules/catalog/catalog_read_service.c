/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Reading: one spec and public lists as JSON, made once and kept. A kept spec is the same for everybody who may see it; the
 * head beside it says who may. */
#include <assert.h>

#include "base/json/json_write.h"
#include "base/text/fold.h"
#include "base/text/strbuf.h"

#include "platform/cache/cache.h"

#include "modules/catalog/catalog_service.h"
#include "modules/identity/identity.h"

enum {
    SPEC_CACHE_BYTES = 32 << 20,
    LIST_CACHE_BYTES = 16 << 20,
    WALK_CACHE_BYTES = 1 << 20,
    MAX_LIST_KEY = 8192
};

/* Other instances follow within the second. */
const struct cache_space catalog_spec_space = {
    .name = "catalog.spec", .max_bytes = SPEC_CACHE_BYTES, .ttl_us = US_PER_SECOND};
const struct cache_space catalog_list_space = {
    .name = "catalog.list", .max_bytes = LIST_CACHE_BYTES, .ttl_us = US_PER_SECOND};
/* Which of some facets is the rarest changes slowly, and a wrong answer only takes longer. */
const struct cache_space catalog_walk_space = {
    .name = "catalog.walk", .max_bytes = WALK_CACHE_BYTES, .ttl_us = 60 * US_PER_SECOND};

/* --- one spec --- */

/* What stands before the JSON in the cache. */
struct kept_head {
    struct id id, owner_id;
    int64_t version, counted;
    int32_t status;
};

/* A reader's tag moves with what is counted too. The owner's does not: an If-Match made of it must survive a play. */
static int64_t tag_for(const struct ctx *cx, const struct kept_head *head)
{
    bool may_change = caller_is(cx, head->owner_id) || caller_may(cx, PERMISSION_ITEM_ADMIN);
    return may_change ? head->version : head->version | (head->counted & INT32_MAX) << 32;
}

static struct error *answer(struct ctx *cx, const struct kept_head *head, struct str json,
                            struct spec_reading *ret_reading)
{
    if (!catalog_may_see(cx, (enum catalog_status)head->status, head->owner_id))
        return ERROR_CODE(cx, NOT_FOUND, "there is no such spec");
    *ret_reading = (struct spec_reading){.json = json, .id = head->id, .tag = tag_for(cx, head)};
    return NULL;
}

static void keep(struct ctx *cx, struct str key, struct cache_ticket ticket, const struct kept_head *head,
                 struct str json)
{
    char *bytes = arena_alloc_raw(cx->arena, sizeof(*head) + json.len);
    memcpy(bytes, head, sizeof(*head));
    REQUIRE(json.ptr != NULL); /* what was rendered has at least its braces */
    memcpy(bytes + sizeof(*head), json.ptr, json.len);
    cache_put(cx, &catalog_spec_space, key, ticket, str_from(bytes, sizeof(*head) + json.len));
}

static struct error *render(struct ctx *cx, struct str key, const struct json_type *type,
                            struct kept_head *ret_head, struct str *ret_json)
{
    struct spec_row spec = {0};
    struct array options = {0};
    struct spec_view view = {0};
    TRY(catalog_load_offered(cx, key, &spec, &options));
    TRY(catalog_fill_view(cx, &spec, &options, &view));
    *ret_json = json_encode(cx->arena, type, &view);
    *ret_head = (struct kept_head){0}; /* its gaps too: it is kept as bytes */
    ret_head->id = spec.id;
    ret_head->owner_id = spec.owner_id;
    ret_head->version = spec.version;
    ret_head->counted = spec.counted;
    ret_head->status = spec.status;
    return NULL;
}

struct error *catalog_read_spec(struct ctx *cx, struct str key, const struct json_type *type,
                                struct spec_reading *ret_reading)
{
    struct kept_head head = {0};
    struct str kept = STR_NONE;
    struct cache_ticket ticket;
    struct id id;
    if (id_parse(key, &id)) /* either case names the same */
        key = id_str(cx->arena, id);
    struct str cache_key = ARENA_JOIN(cx->arena, str_cstr(type->name), STR(" "), key);
    if (cache_find(cx, &catalog_spec_space, cache_key, &kept, &ticket)) {
        memcpy(&head, kept.ptr, sizeof(head));
        return answer(cx, &head, str_slice(kept, sizeof(head), kept.len), ret_reading);
    }
    struct str json = STR("");
    TRY(render(cx, key, type, &head, &json));
    keep(cx, cache_key, ticket, &head, json);
    return answer(cx, &head, json, ret_reading);
}

/* --- lists --- */

static struct error *refuse(struct ctx *cx, const char *pointer, const char *rule, const char *message)
{
    struct error *error = ERROR_CODE(cx, INVALID, "the list cannot be asked for like this");
    error_add_violation(cx->arena, error, str_cstr(pointer), rule, "%s", message);
    return error;
}

/* An owner who is not there gives a facet that no item has. */
static struct error *find_owner_facet(struct ctx *cx, struct str producer, struct str *ret_facet)
{
    struct identity_account account = {0};
    struct id id = ID_NONE;
    bool is_found = true;
    if (!id_parse(producer, &id)) {
        TRY(identity_find_account_by_name(cx, producer, &account, &is_found));
        id = is_found ? account.id : ID_NONE;
    }
    *ret_facet = facet_of(cx->arena, "owner", id_str(cx->arena, id));
    return NULL;
}

struct facets {
    struct arena *arena;
    VEC(struct str) items;
};

static void ask(struct facets *facets, struct str facet)
{
    for (size_t i = 0; i < facets->items.count; i++)
        if (str_equal(facets->items.items[i], facet))
            return;
    *VEC_PUSH(facets->arena, &facets->items) = facet;
}

static struct array words_facets(struct arena *arena, const char *kind, const struct enum_table *words,
                                 const struct array *values)
{
    struct facets facets = {.arena = arena};
    for (size_t i = 0; i < values->count; i++)
        ask(&facets, facet_of(arena, kind, enum_word(words, *ARRAY_AT(int32_t, *values, i))));
    return (struct array){facets.items.items, facets.items.count};
}

static struct array genre_facets(struct arena *arena, const struct array *genres)
{
    struct facets facets = {.arena = arena};
    for (size_t i = 0; i < genres->count; i++)
        ask(&facets, facet_of(arena, "genre", genre_slug(arena, *ARRAY_AT(struct str, *genres, i))));
    return (struct array){facets.items.items, facets.items.count};
}

/* A group of one is asked like the others that all must hold. */
static void ask_group(struct facets *all, struct array *group)
{
    if (group->count != 1)
        return;
    ask(all, *ARRAY_AT(struct str, *group, 0));
    *group = (struct array){0};
}

/* The facets that must all hold, the one that fewest items have first, as far as one can tell without counting. */
static struct error *collect_facets(struct ctx *cx, const struct spec_query *query,
                                    struct list_filter *filter)
{
    struct facets all = {.arena = cx->arena};
    filter->genres = genre_facets(cx->arena, &query->genre);
    filter->moods = words_facets(cx->arena, "mood", &catalog_mood_words, &query->mood);
    filter->instruments =
        words_facets(cx->arena, "instrument", &catalog_instrument_words, &query->instrument);
    if (!str_is_empty(query->producer)) {
        struct str facet = STR_NONE;
        TRY(find_owner_facet(cx, query->producer, &facet));
        ask(&all, facet);
    }
    for (size_t i = 0; i < query->tag.count; i++)
        ask(&all, facet_of_tag(cx->arena, *ARRAY_AT(struct str, query->tag, i)));
    if (query->key >= 0)
        ask(&all, facet_of(cx->arena, "key", enum_word(&catalog_key_words, query->key)));
    ask_group(&all, &filter->genres);
    ask_group(&all, &filter->instruments);
    ask_group(&all, &filter->moods);
    if (query->free)
        ask(&all, STR("free"));
    if (query->has_stems)
        ask(&all, STR("stems"));
    if (query->category >= 0)
        ask(&all, facet_of(cx->arena, "category", enum_word(&catalog_category_words, query->category)));
    filter->facet = all.items.count > 0 ? all.items.items[0] : FACET_ALL;
    if (all.items.count > 1)
        filter->facets = (struct array){all.items.items + 1, all.items.count - 1};
    return NULL;
}

static struct error *check_query(struct ctx *cx, const struct spec_query *query)
{
    bool wants_price = query->price_min >= 0 || query->price_max >= 0 || query->sort == SORT_PRICE_ASC ||
                       query->sort == SORT_PRICE_DESC;
    if (wants_price && str_is_empty(query->currency))
        return refuse(cx, "/currency", "required", "is needed to compare prices");
    if (query->page > 0 && !str_is_empty(query->cursor))
        return refuse(cx, "/page", "exclusive", "cannot be given together with a cursor");
    if (query->page * query->limit > LIST_TOTAL_MAX)
        return refuse(cx, "/page", "max", "ends at the thousandth row; go on by cursor, or narrow the list");
    return NULL;
}

static struct error *fill_paging(struct ctx *cx, const struct spec_query *query, struct list_filter *filter)
{
    filter->sort = (enum catalog_sort)query->sort;
    filter->limit = query->limit + 1; /* one more tells whether there is a next page */
    filter->offset = query->page > 1 ? (query->page - 1) * query->limit : 0;
    filter->has_cursor = !str_is_empty(query->cursor);
    if (filter->has_cursor && !cursor_parse(cx->arena, filter->sort, query->cursor, &filter->cursor))
        return refuse(cx, "/cursor", "cursor", "is no cursor of this list and sort");
    return NULL;
}

static struct error *make_filter(struct ctx *cx, const struct spec_query *query,
                                 struct list_filter *ret_filter)
{
    struct list_filter filter = {
        .currency = query->currency.ptr != NULL ? query->currency : STR(""),
        .bpm_min = query->bpm_min > 0 ? bpm_to_milli(query->bpm_min) : -1,
        .bpm_max = query->bpm_max > 0 ? bpm_to_milli(query->bpm_max) : -1,
        .price_min = query->price_min,
        .price_max = query->price_max,
        .duration_min = query->duration_min,
        .duration_max = query->duration_max,
        .words = fold_words(cx->arena, query->q, SEARCH_WORDS_MAX),
    };
    if (filter.bpm_max >= 0 && filter.bpm_min < 0)
        filter.bpm_min = 1; /* those without a tempo are not slow */
    TRY(check_query(cx, query));
    TRY(fill_paging(cx, query, &filter));
    TRY(collect_facets(cx, query, &filter));
    *ret_filter = filter;
    return NULL;
}

/* Cuts the row too many and says where the next page starts. */
static struct error *make_page(struct ctx *cx, const struct spec_query *query, struct array cards,
                               struct spec_page *ret_page)
{
    bool has_more = cards.count > (size_t)query->limit;
    size_t count = has_more ? (size_t)query->limit : cards.count;
    struct spec_view *items = ARENA_ARRAY(cx->arena, struct spec_view, count);
    for (size_t i = 0; i < count; i++)
        catalog_fill_card(cx, ARRAY_AT(struct card_row, cards, i), &items[i]);
    struct spec_page page = {.items = {items, count}, .page = query->page};
    if (has_more) {
        const struct card_row *last = ARRAY_AT(struct card_row, cards, count - 1);
        enum catalog_sort sort = (enum catalog_sort)query->sort;
        struct list_cursor cursor = {.key = card_sort_key(last, sort), .id = last->id};
        page.next_cursor = cursor_format(cx->arena, sort, &cursor);
    }
    *ret_page = page;
    return NULL;
}

static struct str total_json(struct ctx *cx, int64_t count)
{
    return arena_printf(cx->arena, "%lld", (long long)(count < LIST_TOTAL_MAX ? count : LIST_TOTAL_MAX));
}

static bool is_total_wanted(const struct spec_query *query)
{
    return query->with_total || query->page > 0;
}

/* A query whose words hold nothing that could be found. */
static bool finds_nothing(const struct spec_query *query, const struct list_filter *filter)
{
    return !str_is_empty(str_trim(query->q)) && str_is_empty(filter->words);
}

static struct str join_facets(struct ctx *cx, struct array facets)
{
    struct strbuf out;
    strbuf_init(&out, cx->arena, MAX_LIST_KEY);
    for (size_t i = 0; i < facets.count; i++) {
        strbuf_append(&out, *ARRAY_AT(struct str, facets, i));
        strbuf_append_char(&out, '\n');
    }
    return out.overflow ? STR_NONE : strbuf_str(&out);
}

/* The rarest as it was found within the last minute. */
static struct error *find_rarest(struct ctx *cx, struct array facets, struct str *ret_facet)
{
    struct cache_ticket ticket;
    struct str key = join_facets(cx, facets);
    if (str_is_empty(key))
        return catalog_repo_find_rarest(cx, facets, ret_facet);
    if (cache_find(cx, &catalog_walk_space, key, ret_facet, &ticket))
        return NULL;
    TRY(catalog_repo_find_rarest(cx, facets, ret_facet));
    cache_put(cx, &catalog_walk_space, key, ticket, *ret_facet);
    return NULL;
}

struct error *catalog_pick_walk(struct ctx *cx, struct str *facet, struct array *facets)
{
    if (facets->count == 0)
        return NULL;
    size_t count = facets->count + 1, kept = 0;
    struct str *all = ARENA_ARRAY(cx->arena, struct str, count),
               *rest = ARENA_ARRAY(cx->arena, struct str, count);
    all[0] = *facet;
    memcpy(all + 1, facets->items, facets->count * sizeof(*all));
    TRY(find_rarest(cx, (struct array){all, count}, facet));
    for (size_t i = 0; i < count; i++)
        if (!str_equal(all[i], *facet))
            rest[kept++] = all[i];
    *facets = (struct array){rest, kept};
    return NULL;
}

static struct error *list(struct ctx *cx, const struct spec_query *query, struct list_filter *filter,
                          struct spec_page *ret_page)
{
    struct array cards = {0};
    int64_t count = 0;
    TRY(catalog_pick_walk(cx, &filter->facet, &filter->facets));
    if (!finds_nothing(query, filter))
        TRY(catalog_repo_list_specs(cx, filter, &cards));
    if (!finds_nothing(query, filter) && is_total_wanted(query))
        TRY(catalog_repo_count_specs(cx, filter, &count));
    TRY(make_page(cx, query, cards, ret_page));
    if (is_total_wanted(query))
        ret_page->total = total_json(cx, count);
    return NULL;
}

static void append_array(struct strbuf *out, const struct array *facets)
{
    for (size_t i = 0; i < facets->count; i++)
        strbuf_printf(out, "%" STR_FMT "\n", STR_ARG(*ARRAY_AT(struct str, *facets, i)));
    strbuf_append_char(out, '\t');
}

/* The same filter gives the same text. */
static struct str list_key(struct ctx *cx, const struct spec_query *query, const struct list_filter *filter,
                           const struct json_type *page_type)
{
    struct strbuf out;
    strbuf_init(&out, cx->arena, MAX_LIST_KEY);
    strbuf_printf(&out, "%s %" STR_FMT "\t", page_type->name, STR_ARG(filter->facet));
    append_array(&out, &filter->facets);
    append_array(&out, &filter->genres);
    append_array(&out, &filter->moods);
    append_array(&out, &filter->instruments);
    const int64_t numbers[] = {
        filter->bpm_min,      filter->bpm_max,        filter->price_min,     filter->price_max,
        filter->duration_min, filter->duration_max,   (int64_t)filter->sort, filter->limit,
        query->page,          is_total_wanted(query),
    };
    for (size_t i = 0; i < COUNT_OF(numbers); i++)
        strbuf_printf(&out, "%lld,", (long long)numbers[i]);
    strbuf_printf(&out, "%" STR_FMT "\t%" STR_FMT "\t%" STR_FMT "\t%d", STR_ARG(filter->currency),
                  STR_ARG(query->cursor), STR_ARG(filter->words), finds_nothing(query, filter));
    return out.overflow ? STR_NONE : strbuf_str(&out);
}

struct error *catalog_read_list(struct ctx *cx, const struct spec_query *query,
                                const struct json_type *page_type, struct str *ret_json)
{
    struct list_filter filter = {0};
    struct cache_ticket ticket = {0};
    struct spec_page page = {0};
    TRY(make_filter(cx, query, &filter));
    struct str key = list_key(cx, query, &filter, page_type);
    if (!str_is_empty(key) && cache_find(cx, &catalog_list_space, key, ret_json, &ticket))
        return NULL;
    TRY(list(cx, query, &filter, &page));
    *ret_json = json_encode(cx->arena, page_type, &page);
    if (!str_is_empty(key))
        cache_put(cx, &catalog_list_space, key, ticket, *ret_json);
    return NULL;
}

struct error *catalog_list_own(struct ctx *cx, const struct spec_query *query, struct spec_page *ret_page)
{
    struct list_filter filter = {0};
    struct array cards = {0};
    int64_t count = 0;
    TRY(check_query(cx, query));
    TRY(fill_paging(cx, query, &filter));
    TRY(catalog_repo_list_own(cx, cx->caller->account_id, &filter, &cards));
    if (is_total_wanted(query))
        TRY(catalog_repo_count_own(cx, cx->caller->account_id, &count));
    TRY(make_page(cx, query, cards, ret_page));
    if (is_total_wanted(query))
        ret_page->total = total_json(cx, count);
    return NULL;
}

struct error *catalog_list_genres(struct ctx *cx, struct array *ret_genres)
{
    static_assert(sizeof(struct genre_view) == sizeof(struct genre_row), "a genre is shown as it is stored");
    return catalog_repo_list_genres(cx, ret_genres);
}
