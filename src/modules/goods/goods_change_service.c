/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Finding products with their items, who may see and change them, and what follows from every change: the item, the public lists, the
 * counts of categories. */
#include "base/text/strbuf.h"

#include "platform/bus/bus.h"

#include "modules/goods/goods_service.h"

/* --- finding --- */

struct error *goods_find_product(struct ctx *cx, struct tx *tx, struct id product_id,
                                 struct goods_product *ret_product, bool *ret_found)
{
    struct product_row row = {.id = ID_NONE};
    struct catalog_item item = {.id = ID_NONE};
    bool is_found = false;
    *ret_found = false;
    TRY(goods_repo_find(cx, tx, product_id, &row, &is_found));
    if (is_found)
        TRY(catalog_find_item(cx, tx, CATALOG_PRODUCT, product_id, &item, &is_found));
    if (!is_found)
        return NULL;
    *ret_product = (struct goods_product){
        .id = row.id,
        .owner_id = row.owner_id,
        .owner_name = item.owner_name,
        .title = item.title,
        .slug = item.slug,
        .short_code = item.short_code,
        .status = row.status,
        .condition = row.condition,
        .currency = row.currency,
        .cover_asset_id = row.cover_asset_id,
        .stock = row.stock,
        .version = item.version,
    };
    *ret_found = true;
    return NULL;
}

struct error *goods_find_whole(struct ctx *cx, struct str key, struct goods_whole *ret_product,
                               bool *ret_found)
{
    TRY(catalog_find_item_by_key(cx, CATALOG_PRODUCT, key, &ret_product->item, ret_found));
    return *ret_found ? goods_repo_find(cx, NULL, ret_product->item.id, &ret_product->row, ret_found) : NULL;
}

static struct error *no_product(struct ctx *cx)
{
    return ERROR_CODE(cx, NOT_FOUND, "there is no such product");
}

bool goods_may_change(const struct ctx *cx, const struct goods_whole *product)
{
    return caller_is(cx, product->row.owner_id) || caller_may(cx, PERMISSION_ITEM_ADMIN);
}

bool goods_may_see(const struct ctx *cx, const struct goods_whole *product)
{
    return product_is_public((enum goods_status)product->row.status) || goods_may_change(cx, product) ||
           caller_may(cx, PERMISSION_REPORT_DECIDE);
}

struct error *goods_load_visible(struct ctx *cx, struct str key, struct goods_whole *ret_product)
{
    bool is_found = false;
    TRY(goods_find_whole(cx, key, ret_product, &is_found));
    return is_found && goods_may_see(cx, ret_product) ? NULL : no_product(cx);
}

struct error *goods_load_own(struct ctx *cx, struct str key, struct goods_whole *ret_product)
{
    TRY(goods_load_visible(cx, key, ret_product));
    if (!goods_may_change(cx, ret_product))
        return ERROR_CODE(cx, FORBIDDEN, "this product is somebody else's");
    return NULL;
}

struct error *goods_lock(struct ctx *cx, struct tx *tx, struct id id, struct goods_whole *ret_product)
{
    bool is_found = false;
    TRY(goods_repo_lock(cx, tx, id, &ret_product->row, &is_found));
    if (is_found)
        TRY(catalog_lock_item(cx, tx, CATALOG_PRODUCT, id, &ret_product->item, &is_found));
    return is_found ? NULL : no_product(cx);
}

struct error *goods_check_changeable(struct ctx *cx, const struct goods_whole *product)
{
    /* What was sold before it was taken down stays as it is all the same. */
    const struct stock_level level = {product->row.stock, product->row.held, product->row.sold};
    enum goods_status status =
        stock_is_sold_out(&level) ? GOODS_SOLD : (enum goods_status)product->row.status;
    switch (product_judge_change(status, product->row.held)) {
    case PRODUCT_OK:
        break;
    case PRODUCT_SOLD:
        return ERROR(cx, goods_sold, "the last piece was sold: it stays as it is");
    case PRODUCT_IN_AUCTION:
        return ERROR(cx, goods_in_auction, "a piece is being auctioned: it stays as bidders see it");
    }
    return NULL;
}

/* --- following a change --- */

/* A product that was taken back is a draft to the catalogue, which knows what was taken down as such. */
static const int32_t item_status[] = {[GOODS_DRAFT] = CATALOG_DRAFT,
                                      [GOODS_ACTIVE] = CATALOG_PUBLISHED,
                                      [GOODS_SOLD] = CATALOG_SOLD,
                                      [GOODS_CANCELLED] = CATALOG_DRAFT,
                                      [GOODS_TAKEN_DOWN] = CATALOG_TAKEN_DOWN};

struct error *goods_touch(struct ctx *cx, struct tx *tx, struct goods_whole *product)
{
    product->item.status = item_status[product->row.status];
    return catalog_change_item(cx, tx, &product->item);
}

/* What it is found by; the title first, for what is too long is cut. */
static struct str words_of(struct ctx *cx, const struct goods_whole *product, const struct array *path)
{
    struct strbuf out;
    strbuf_init(&out, cx->arena, 1 << 16);
    strbuf_printf(&out, "%" STR_FMT, STR_ARG(product->item.title));
    for (size_t i = 0; i < path->count; i++)
        strbuf_printf(&out, " %" STR_FMT, STR_ARG(ARRAY_AT(struct category_row, *path, i)->name));
    strbuf_printf(&out, " %" STR_FMT " %" STR_FMT, STR_ARG(product->row.specifications),
                  STR_ARG(product->row.description));
    return strbuf_str(&out);
}

struct facets {
    struct ctx *cx;
    struct str prefix;
    VEC(struct str) items;
};

static void add_facet(struct facets *facets, const char *kind, struct str value)
{
    *VEC_PUSH(facets->cx->arena, &facets->items) = arena_printf(
        facets->cx->arena, "%" STR_FMT ":%s%" STR_FMT, STR_ARG(facets->prefix), kind, STR_ARG(value));
}

/* Public lists hold what is active apart from what was sold. */
struct error *goods_relist(struct ctx *cx, struct tx *tx, const struct goods_whole *product)
{
    struct array path = {0};
    struct str status = enum_word(&goods_status_words, product->row.status);
    struct facets facets = {.cx = cx,
                            .prefix = arena_printf(cx->arena, "product:%" STR_FMT, STR_ARG(status))};
    if (!product_is_public((enum goods_status)product->row.status))
        return catalog_drop_listing(cx, tx, product->row.id);
    if (!id_is_none(product->row.category_id))
        TRY(goods_load_path(cx, tx, product->row.category_id, &path));
    *VEC_PUSH(cx->arena, &facets.items) = facets.prefix;
    add_facet(&facets, "owner:", id_str(cx->arena, product->row.owner_id));
    add_facet(&facets, "condition:", enum_word(&goods_condition_words, product->row.condition));
    for (size_t i = 0; i < path.count; i++)
        add_facet(&facets, "category:", id_str(cx->arena, ARRAY_AT(struct category_row, path, i)->id));
    if (product->row.is_featured)
        add_facet(&facets, "featured", STR(""));
    const struct catalog_listing listing = {
        .item_id = product->row.id,
        .facets = {facets.items.items, facets.items.count},
        .listed_at = product->item.published_at,
        .views = product->row.views,
        .text = words_of(cx, product, &path),
    };
    return catalog_put_listing(cx, tx, &listing);
}

struct error *goods_changed(struct ctx *cx, struct tx *tx, struct goods_whole *product)
{
    TRY(goods_touch(cx, tx, product));
    return goods_relist(cx, tx, product);
}

struct counting {
    struct id category_id;
    int64_t products, active;
};

static struct counting counting_of(const struct product_row *product, int64_t sign)
{
    if (product == NULL)
        return (struct counting){.category_id = ID_NONE};
    return (struct counting){product->category_id, sign, product->status == GOODS_ACTIVE ? sign : 0};
}

static struct error *add_counting(struct ctx *cx, struct tx *tx, const struct counting *counting)
{
    if (id_is_none(counting->category_id) || (counting->products == 0 && counting->active == 0))
        return NULL;
    return goods_repo_add_to_category(cx, tx, counting->category_id, counting->products, counting->active);
}

/* Two categories are taken in the order of their ids, so that nobody waits in a circle. */
struct error *goods_recount(struct ctx *cx, struct tx *tx, const struct product_row *before,
                            const struct product_row *after)
{
    struct counting from = counting_of(before, -1), to = counting_of(after, 1);
    if (id_equal(from.category_id, to.category_id)) {
        to.products += from.products;
        to.active += from.active;
        return add_counting(cx, tx, &to);
    }
    bool is_from_first = id_compare(from.category_id, to.category_id) < 0;
    TRY(add_counting(cx, tx, is_from_first ? &from : &to));
    return add_counting(cx, tx, is_from_first ? &to : &from);
}

struct error *goods_tell(struct ctx *cx, struct tx *tx, const struct event_type *type,
                         const struct goods_whole *product)
{
    struct goods_event event = {.product_id = product->row.id, .owner_id = product->row.owner_id};
    return outbox_write(cx, tx, type, product->row.id, product->item.version, &event);
}
