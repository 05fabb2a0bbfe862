/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Rows of products. See goods_repo.h. */
#include "modules/goods/goods_repo.h"

#include "modules/goods/goods_sql.h"

/* clang-format off */
static const struct db_column product_columns[] = {
    DB_COLUMN_ID(struct product_row, id),
    DB_COLUMN_ID(struct product_row, owner_id),
    DB_NULLABLE_ID(struct product_row, category_id),
    DB_COLUMN_I32(struct product_row, status),
    DB_COLUMN_I32(struct product_row, condition),
    DB_COLUMN_TEXT(struct product_row, description),
    DB_COLUMN_TEXT(struct product_row, specifications),
    DB_COLUMN_TEXT(struct product_row, shipping),
    DB_COLUMN_TEXT(struct product_row, currency),
    DB_COLUMN_TEXT(struct product_row, video_url),
    DB_COLUMN_I64(struct product_row, stock),
    DB_COLUMN_I64(struct product_row, held),
    DB_COLUMN_I64(struct product_row, sold),
    DB_COLUMN_I64(struct product_row, low_stock_at),
    DB_COLUMN_BOOL(struct product_row, is_featured),
    DB_COLUMN_I64(struct product_row, views),
    DB_NULLABLE_ID(struct product_row, cover_asset_id),
};
static const struct db_row product_row = DB_ROW(struct product_row, product_columns);

static const struct db_column image_columns[] = {
    DB_COLUMN_ID(struct image_row, asset_id),
    DB_COLUMN_TEXT(struct image_row, alt),
    DB_COLUMN_TEXT(struct image_row, problem),
};
static const struct db_row image_row = DB_ROW(struct image_row, image_columns);

static const struct db_column finding_columns[] = {
    DB_COLUMN_ID(struct stock_finding_row, id),
    DB_COLUMN_I64(struct stock_finding_row, stock),
    DB_COLUMN_I64(struct stock_finding_row, held),
    DB_COLUMN_I64(struct stock_finding_row, moved_free),
    DB_COLUMN_I64(struct stock_finding_row, moved_held),
    DB_COLUMN_I64(struct stock_finding_row, holders),
};
static const struct db_row finding_row = DB_ROW(struct stock_finding_row, finding_columns);

struct views_row {
    int64_t views;
};
static const struct db_column views_columns[] = {DB_COLUMN_I64(struct views_row, views)};
static const struct db_row views_row = DB_ROW(struct views_row, views_columns);
/* clang-format on */

/* --- products --- */

struct error *goods_repo_find(struct ctx *cx, struct tx *tx, struct id id, struct product_row *ret_product,
                              bool *ret_found)
{
    return db_find(cx, tx, GOODS_FIND_PRODUCT(.id = id), &product_row, ret_product, ret_found);
}

struct error *goods_repo_lock(struct ctx *cx, struct tx *tx, struct id id, struct product_row *ret_product,
                              bool *ret_found)
{
    return db_find(cx, tx, GOODS_LOCK_PRODUCT(.id = id), &product_row, ret_product, ret_found);
}

struct error *goods_repo_insert(struct ctx *cx, struct tx *tx, const struct product_row *product)
{
    return db_exec(
        cx, tx,
        GOODS_INSERT_PRODUCT(.id = product->id, .owner_id = product->owner_id,
                             .category_id = product->category_id, .condition = product->condition,
                             .description = product->description, .specifications = product->specifications,
                             .shipping = product->shipping, .currency = product->currency,
                             .video_url = product->video_url, .low_stock_at = product->low_stock_at),
        NULL);
}

struct error *goods_repo_update(struct ctx *cx, struct tx *tx, const struct product_row *product)
{
    return db_exec(
        cx, tx,
        GOODS_UPDATE_PRODUCT(.id = product->id, .category_id = product->category_id,
                             .status = product->status, .condition = product->condition,
                             .description = product->description, .specifications = product->specifications,
                             .shipping = product->shipping, .currency = product->currency,
                             .video_url = product->video_url, .low_stock_at = product->low_stock_at,
                             .is_featured = product->is_featured, .cover_asset_id = product->cover_asset_id),
        NULL);
}

struct error *goods_repo_list(struct ctx *cx, struct array ids, struct array *ret_products)
{
    return db_list(cx, NULL, GOODS_LIST_PRODUCTS(.ids = ids), &product_row, ret_products);
}

struct error *goods_repo_list_own(struct ctx *cx, const struct own_filter *filter, struct array *ret_products)
{
    bool is_after = !id_is_none(filter->after);
    if (filter->is_low)
        return db_list(cx, NULL,
                       GOODS_LIST_LOW_PRODUCTS(.owner_id = filter->owner_id, .after = filter->after,
                                               .limit = filter->limit,
                                               .with = is_after ? GOODS_LIST_LOW_PRODUCTS_WITH_AFTER : 0),
                       &product_row, ret_products);
    uint32_t with = (is_after ? GOODS_LIST_OWN_PRODUCTS_WITH_AFTER : 0U) |
                    (filter->status >= 0 ? GOODS_LIST_OWN_PRODUCTS_WITH_STATUS : 0U);
    return db_list(cx, NULL,
                   GOODS_LIST_OWN_PRODUCTS(.owner_id = filter->owner_id, .after = filter->after,
                                           .status = filter->status, .limit = filter->limit, .with = with),
                   &product_row, ret_products);
}

struct error *goods_repo_list_ids_of_owner(struct ctx *cx, struct tx *tx, struct id owner_id,
                                           struct array *ret_ids)
{
    return db_list(cx, tx, GOODS_LIST_IDS_OF_OWNER(.owner_id = owner_id), &db_id_row, ret_ids);
}

struct error *goods_repo_list_in_category(struct ctx *cx, struct id category_id, struct id after,
                                          int64_t limit, struct array *ret_ids)
{
    return db_list(cx, NULL,
                   GOODS_LIST_PRODUCTS_IN(.category_id = category_id, .after = after, .limit = limit),
                   &db_id_row, ret_ids);
}

struct error *goods_repo_delete_softly(struct ctx *cx, struct tx *tx, struct id id, struct instant now)
{
    return db_exec(cx, tx, GOODS_DELETE_PRODUCT_SOFTLY(.id = id, .now = now), NULL);
}

struct error *goods_repo_delete(struct ctx *cx, struct tx *tx, struct id id)
{
    TRY(db_exec(cx, tx, GOODS_DELETE_VIEWS(.product_id = id), NULL));
    TRY(db_exec(cx, tx, GOODS_DELETE_MOVEMENTS(.product_id = id), NULL));
    TRY(db_exec(cx, tx, GOODS_DELETE_IMAGES(.product_id = id), NULL));
    return db_exec(cx, tx, GOODS_DELETE_PRODUCT(.id = id), NULL);
}

struct error *goods_repo_list_wrong_stocks(struct ctx *cx, struct array *ret_findings)
{
    return db_list(cx, NULL, GOODS_LIST_WRONG_STOCKS(), &finding_row, ret_findings);
}

/* --- pictures --- */

struct error *goods_repo_list_images(struct ctx *cx, struct tx *tx, struct id product_id,
                                     struct array *ret_images)
{
    return db_list(cx, tx, GOODS_LIST_IMAGES(.product_id = product_id), &image_row, ret_images);
}

struct error *goods_repo_put_images(struct ctx *cx, struct tx *tx, struct id product_id,
                                    const struct array *images)
{
    TRY(db_exec(cx, tx, GOODS_DELETE_IMAGES(.product_id = product_id), NULL));
    for (size_t i = 0; i < images->count; i++) {
        const struct image_row *image = ARRAY_AT(const struct image_row, *images, i);
        TRY(db_exec(cx, tx,
                    GOODS_INSERT_IMAGE(.product_id = product_id, .asset_id = image->asset_id,
                                       .position = (int32_t)i, .alt = image->alt, .problem = image->problem),
                    NULL));
    }
    return NULL;
}

struct error *goods_repo_find_image_product(struct ctx *cx, struct tx *tx, struct id asset_id,
                                            struct id *ret_product_id, bool *ret_found)
{
    struct db_id row = {ID_NONE};
    TRY(db_find(cx, tx, GOODS_FIND_IMAGE_PRODUCT(.asset_id = asset_id), &db_id_row, &row, ret_found));
    *ret_product_id = row.id;
    return NULL;
}

struct error *goods_repo_update_image_problem(struct ctx *cx, struct tx *tx, struct id product_id,
                                              struct id asset_id, struct str problem)
{
    return db_exec(
        cx, tx,
        GOODS_UPDATE_IMAGE_PROBLEM(.product_id = product_id, .asset_id = asset_id, .problem = problem), NULL);
}

/* --- views --- */

struct error *goods_repo_insert_view(struct ctx *cx, struct tx *tx, struct id product_id, int64_t hour,
                                     struct str viewer, bool *ret_counted)
{
    int64_t count = 0;
    TRY(db_exec(cx, tx, GOODS_INSERT_VIEW(.product_id = product_id, .hour = hour, .viewer = viewer), &count));
    *ret_counted = count == 1;
    return NULL;
}

struct error *goods_repo_add_view(struct ctx *cx, struct tx *tx, struct id product_id, int64_t *ret_views)
{
    struct views_row row = {0};
    TRY(db_load(cx, tx, GOODS_ADD_VIEW(.id = product_id), &views_row, &row));
    *ret_views = row.views;
    return NULL;
}

struct error *goods_repo_sweep_views(struct ctx *cx, int64_t before_hour, int64_t *ret_count)
{
    return db_exec(cx, NULL, GOODS_SWEEP_VIEWS(.before = before_hour), ret_count);
}
