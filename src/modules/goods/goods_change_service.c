/* SPDX-License-Identifier: AGPL-3.0-or-later
 * What a product is to others, and what follows from every change of it: its item, its place in the public lists. */
#include "modules/goods/goods_service.h"

struct error *goods_find_product(struct ctx *cx, struct tx *tx, struct id product_id,
                                 struct goods_product *ret_product, bool *ret_found)
{
    struct product_row row = {0};
    struct catalog_item item = {0};
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

/* --- following a change --- */

/* A product that was taken back is a draft to the catalogue. */
static const int32_t item_status[] = {[GOODS_DRAFT] = CATALOG_DRAFT,
                                      [GOODS_ACTIVE] = CATALOG_PUBLISHED,
                                      [GOODS_SOLD] = CATALOG_SOLD,
                                      [GOODS_CANCELLED] = CATALOG_DRAFT};

struct error *goods_changed(struct ctx *cx, struct tx *tx, const struct product_row *product)
{
    struct catalog_item item = {0};
    bool is_found = false;
    TRY(catalog_lock_item(cx, tx, CATALOG_PRODUCT, product->id, &item, &is_found));
    REQUIRE(is_found);
    item.status = item_status[product->status];
    return catalog_change_item(cx, tx, &item);
}
