/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Products as readers see them: one, public lists, their owner's lists; and who looked. */
#include "base/json/json_read.h"

#include "platform/clock/clock.h"
#include "platform/crypto/crypto.h"
#include "platform/jobs/jobs.h"

#include "modules/goods/goods_service.h"
#include "modules/identity/identity.h"
#include "modules/media/media.h"

enum { COVER_SIDE = 512, VIEWER_BYTES = 16, KEEP_HOURS = 48, SWEEP_BATCH = 5000 };

/* --- one product --- */

struct stored_list {
    struct array value;
};
/* clang-format off */
static const struct json_field specifications_fields[] = {
    JSON_OBJECTS(struct stored_list, value, &specification_type, .max = SPECIFICATIONS_MAX),
};
/* clang-format on */
static const struct json_type specifications_type =
    JSON_TYPE("StoredSpecifications", struct stored_list, specifications_fields);

/* What we stored ourselves is read by the descriptors that it was written by. */
static struct error *decode_stored(struct ctx *cx, const struct product_row *row,
                                   struct product_view *ret_view)
{
    struct stored_list list = {0};
    struct str json = arena_printf(cx->arena, "{\"value\":%" STR_FMT "}", STR_ARG(row->specifications));
    TRY(json_decode(cx->arena, &specifications_type, json, &list));
    ret_view->specifications = list.value;
    return json_decode(cx->arena, &shipping_type, row->shipping, &ret_view->shipping);
}

static struct error *fill_category(struct ctx *cx, struct id category_id, struct category_brief *ret_brief)
{
    struct category_row category = {.id = ID_NONE};
    bool is_found = false;
    if (!id_is_none(category_id))
        TRY(goods_repo_find_category(cx, NULL, category_id, &category, &is_found));
    *ret_brief = (struct category_brief){category.id, category.slug, category.name};
    return NULL;
}

/* Readers' tags move with the views; the owner's do not, so that an If-Match made of it survives a reader. */
static int64_t tag_of(const struct goods_whole *product, bool is_for_owner)
{
    int64_t version = product->item.version;
    return is_for_owner ? version : version | (product->row.views & INT32_MAX) << 32;
}

/* What lists show of it. */
static struct product_view card_of(struct ctx *cx, const struct goods_whole *product)
{
    const struct product_row *row = &product->row;
    const struct catalog_item *item = &product->item;
    bool is_for_owner = goods_may_change(cx, product);
    return (struct product_view){
        .id = row->id,
        .title = item->title,
        .slug = item->slug,
        .short_code = item->short_code,
        .status = row->status,
        .condition = row->condition,
        .cover_url =
            id_is_none(row->cover_asset_id) ? STR_NONE : media_image_url(cx, row->cover_asset_id, COVER_SIDE),
        .currency = row->currency,
        .stock = row->stock,
        .held_count = is_for_owner ? row->held : -1,
        .sold_count = is_for_owner ? row->sold : -1,
        .low_stock_at = is_for_owner ? row->low_stock_at : -1,
        .is_featured = row->is_featured,
        .view_count = row->views,
        .seller = {item->owner_id, item->owner_username, item->owner_name},
        .created_at = item->created_at,
        .updated_at = item->updated_at,
        .published_at = item->published_at,
        .tag = tag_of(product, is_for_owner),
    };
}

struct error *goods_load_view(struct ctx *cx, struct str key, struct product_view *ret_view)
{
    struct goods_whole product;
    TRY(goods_load_visible(cx, key, &product));
    *ret_view = card_of(cx, &product);
    ret_view->description = product.row.description;
    ret_view->video_url = str_is_empty(product.row.video_url) ? STR_NONE : product.row.video_url;
    ret_view->takedown_reason = product.item.takedown_reason;
    TRY(decode_stored(cx, &product.row, ret_view));
    TRY(fill_category(cx, product.row.category_id, &ret_view->category));
    return goods_list_image_views(cx, &product, &ret_view->images);
}

struct error *goods_report_product(struct ctx *cx, struct str key, struct catalog_complaint complaint)
{
    struct goods_whole product;
    TRY(goods_load_visible(cx, key, &product));
    complaint.item_id = product.row.id;
    complaint.auction_id = ID_NONE;
    return catalog_report(cx, &complaint);
}

/* --- lists --- */

static const struct product_row *row_of(const struct array *rows, struct id id)
{
    for (size_t i = 0; i < rows->count; i++)
        if (id_equal(ARRAY_AT(struct product_row, *rows, i)->id, id))
            return ARRAY_AT(struct product_row, *rows, i);
    return NULL;
}

/* Rows and items in the order of ids; what was deleted meanwhile is left out. */
static struct error *make_cards(struct ctx *cx, const struct id *ids, size_t count, const struct array *rows,
                                struct array *ret_cards)
{
    struct array items = {0};
    VEC(struct product_view) cards = {0};
    TRY(catalog_list_items(cx, ids, count, &items));
    for (size_t i = 0; i < items.count; i++) {
        struct goods_whole product = {.item = *ARRAY_AT(struct catalog_item, items, i)};
        const struct product_row *row = row_of(rows, product.item.id);
        if (row == NULL)
            continue;
        product.row = *row;
        *VEC_PUSH(cx->arena, &cards) = card_of(cx, &product);
    }
    *ret_cards = (struct array){cards.items, cards.count};
    return NULL;
}

struct asking {
    struct ctx *cx;
    struct str prefix;
    VEC(struct str) facets;
};

static void ask(struct asking *asking, const char *kind, struct str value)
{
    *VEC_PUSH(asking->cx->arena, &asking->facets) = arena_printf(
        asking->cx->arena, "%" STR_FMT ":%s%" STR_FMT, STR_ARG(asking->prefix), kind, STR_ARG(value));
}

/* Somebody or something that is not there gives a facet that no product has. */
static struct error *ask_seller(struct asking *asking, struct str seller)
{
    struct identity_account account = {.id = ID_NONE};
    bool is_found = false;
    if (!id_parse(seller, &account.id))
        TRY(identity_find_account_by_name(asking->cx, seller, &account, &is_found));
    ask(asking, "owner:", id_str(asking->cx->arena, account.id));
    return NULL;
}

static struct error *ask_category(struct asking *asking, struct str key)
{
    struct category_row category = {.id = ID_NONE};
    bool is_found = false;
    TRY(goods_find_category(asking->cx, key, &category, &is_found));
    ask(asking, "category:", id_str(asking->cx->arena, is_found ? category.id : ID_NONE));
    return NULL;
}

static const char *const list_status_words[] = {[LIST_ACTIVE] = "active", [LIST_SOLD] = "sold"};
const struct enum_table product_list_status_words = ENUM_TABLE("product_list_status", list_status_words);
static const char *const sort_words[] = {
    [CATALOG_NEWEST] = "newest", [CATALOG_OLDEST] = "oldest", [CATALOG_MOST_VIEWED] = "views"};
const struct enum_table product_sort_words = ENUM_TABLE("product_sort", sort_words);

/* The rarest first, as far as one can tell without counting. */
static struct error *collect_facets(struct ctx *cx, const struct product_query *query,
                                    struct catalog_listed_query *listed)
{
    struct asking asking = {
        .cx = cx,
        .prefix = arena_printf(cx->arena, "product:%" STR_FMT,
                               STR_ARG(enum_word(&product_list_status_words, query->status))),
    };
    if (!str_is_empty(query->seller))
        TRY(ask_seller(&asking, query->seller));
    if (query->is_featured)
        ask(&asking, "featured", STR(""));
    if (!str_is_empty(query->category))
        TRY(ask_category(&asking, query->category));
    if (query->condition >= 0)
        ask(&asking, "condition:", enum_word(&goods_condition_words, query->condition));
    if (asking.facets.count == 0)
        *VEC_PUSH(cx->arena, &asking.facets) = asking.prefix;
    listed->facet = asking.facets.items[0];
    listed->facets = (struct array){asking.facets.items + 1, asking.facets.count - 1};
    return NULL;
}

struct error *goods_list_products(struct ctx *cx, const struct product_query *query,
                                  struct product_page *ret_page)
{
    struct catalog_listed_query listed = {
        .q = query->q,
        .sort = (enum catalog_listed_sort)query->sort,
        .cursor = query->cursor,
        .limit = query->limit,
        .with_total = query->with_total,
    };
    struct catalog_listed_page page = {.ids = {0}};
    struct array rows = {0};
    TRY(collect_facets(cx, query, &listed));
    TRY(catalog_list_listed(cx, &listed, &page));
    if (page.ids.count > 0)
        TRY(goods_repo_list(cx, page.ids, &rows));
    ret_page->next_cursor = page.next_cursor;
    ret_page->total = page.total;
    return make_cards(cx, page.ids.items, page.ids.count, &rows, &ret_page->items);
}

struct error *goods_list_own(struct ctx *cx, const struct own_query *query, enum own_list which,
                             struct product_page *ret_page)
{
    const struct own_filter filter = {
        .owner_id = cx->caller->account_id,
        .status = query->status,
        .is_low = which == OWN_LOW,
        .after = query->cursor,
        .limit = query->limit + 1,
    };
    struct array rows = {0};
    TRY(goods_repo_list_own(cx, &filter, &rows));
    bool has_more = rows.count > (size_t)query->limit;
    rows.count = has_more ? (size_t)query->limit : rows.count;
    struct id *ids = ARENA_ARRAY(cx->arena, struct id, rows.count);
    for (size_t i = 0; i < rows.count; i++)
        ids[i] = ARRAY_AT(struct product_row, rows, i)->id;
    ret_page->next_cursor = has_more ? id_str(cx->arena, ids[rows.count - 1]) : STR_NONE;
    return make_cards(cx, ids, rows.count, &rows, &ret_page->items);
}

/* --- who looked --- */

static int64_t hour_of(struct instant at)
{
    return at.us / US_PER_HOUR;
}

/* Accounts are told apart for ever, strangers for a day; neither can be found out from what is stored. */
static struct str viewer_of(struct ctx *cx)
{
    uint8_t mac[SHA256_BYTES];
    const uint8_t *key = crypto_key(cx->platform->crypto, "goods.viewer");
    struct str who = caller_is_anonymous(cx)
                         ? arena_printf(cx->arena, "%lld\n%" STR_FMT "\n%" STR_FMT,
                                        (long long)(clock_now(cx).us / US_PER_DAY),
                                        STR_ARG(cx->client_address), STR_ARG(cx->user_agent))
                         : id_str(cx->arena, cx->caller->account_id);
    hmac_sha256(key, SHA256_BYTES, who.ptr, who.len, mac);
    return str_from(arena_dup(cx->arena, mac, VIEWER_BYTES), VIEWER_BYTES);
}

struct viewing {
    struct id product_id;
    struct str viewer;
    bool is_counted;
};

static struct error *count(struct ctx *cx, struct tx *tx, void *arg)
{
    struct viewing *viewing = arg;
    struct goods_whole product;
    int64_t views = 0;
    TRY(goods_lock(cx, tx, viewing->product_id, &product));
    TRY(goods_repo_insert_view(cx, tx, viewing->product_id, hour_of(clock_now(cx)), viewing->viewer,
                               &viewing->is_counted));
    if (!viewing->is_counted)
        return NULL;
    TRY(goods_repo_add_view(cx, tx, viewing->product_id, &views));
    return catalog_set_item_views(cx, tx, viewing->product_id, views);
}

struct error *goods_count_view(struct ctx *cx, struct str key, bool *ret_counted)
{
    struct goods_whole product;
    struct viewing viewing = {.viewer = viewer_of(cx)};
    TRY(goods_load_visible(cx, key, &product));
    *ret_counted = false;
    if (caller_is(cx, product.row.owner_id))
        return NULL;
    viewing.product_id = product.row.id;
    TRY(db_transact(cx, TX_WRITE, count, &viewing));
    *ret_counted = viewing.is_counted;
    return NULL;
}

static struct error *sweep(struct ctx *cx, const struct job *job)
{
    int64_t swept = SWEEP_BATCH;
    (void)job;
    while (swept == SWEEP_BATCH)
        TRY(goods_repo_sweep_views(cx, hour_of(clock_now(cx)) - KEEP_HOURS, &swept));
    return NULL;
}

const struct job_type goods_sweep_job = {
    .name = "goods.sweep_views",
    .help = "Forgets who saw what, two days later",
    .run = sweep,
    .every_us = US_PER_HOUR,
};
