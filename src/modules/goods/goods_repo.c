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
/* clang-format on */

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

struct error *goods_repo_update_status(struct ctx *cx, struct tx *tx, struct id id, int32_t status)
{
    return db_exec(cx, tx, GOODS_UPDATE_STATUS(.id = id, .status = status), NULL);
}
