/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Rows of categories. See goods_repo.h. */
#include "modules/goods/goods_repo.h"
#include "modules/goods/goods_sql.h"

/* clang-format off */
static const struct db_column category_columns[] = {
    DB_COLUMN_ID(struct category_row, id),
    DB_NULLABLE_ID(struct category_row, parent_id),
    DB_COLUMN_TEXT(struct category_row, name),
    DB_COLUMN_TEXT(struct category_row, slug),
    DB_COLUMN_TEXT(struct category_row, description),
    DB_NULLABLE_ID(struct category_row, image_asset_id),
    DB_COLUMN_I32(struct category_row, position),
    DB_COLUMN_BOOL(struct category_row, is_active),
    DB_COLUMN_I64(struct category_row, product_count),
    DB_COLUMN_I64(struct category_row, active_count),
    DB_COLUMN_INSTANT(struct category_row, created_at),
    DB_COLUMN_INSTANT(struct category_row, updated_at),
    DB_COLUMN_I64(struct category_row, version),
};
static const struct db_row category_row = DB_ROW(struct category_row, category_columns);

static const struct db_column finding_columns[] = {
    DB_COLUMN_ID(struct count_finding_row, id),
    DB_COLUMN_I64(struct count_finding_row, product_count),
    DB_COLUMN_I64(struct count_finding_row, active_count),
    DB_COLUMN_I64(struct count_finding_row, products),
    DB_COLUMN_I64(struct count_finding_row, active),
};
static const struct db_row finding_row = DB_ROW(struct count_finding_row, finding_columns);

static const struct db_constraint constraints[] = {
    {"category_slug", &goods_slug_taken, "another category has this slug"},
    {"category_parent_id_fkey", &goods_category_used, "there are categories below it"},
    {"product_category_id_fkey", &goods_category_used, "there are products in it"},
    {.name = NULL},
};
/* clang-format on */

struct error *goods_repo_list_categories(struct ctx *cx, struct tx *tx, struct array *ret_categories)
{
    return db_list(cx, tx, GOODS_LIST_CATEGORIES(), &category_row, ret_categories);
}

struct error *goods_repo_find_category(struct ctx *cx, struct tx *tx, struct id id,
                                       struct category_row *ret_category, bool *ret_found)
{
    return db_find(cx, tx,
                   GOODS_FIND_CATEGORY(.id = id, .slug = STR(""), .order = GOODS_FIND_CATEGORY_ORDER_ID),
                   &category_row, ret_category, ret_found);
}

struct error *goods_repo_find_category_by_slug(struct ctx *cx, struct str slug,
                                               struct category_row *ret_category, bool *ret_found)
{
    return db_find(cx, NULL, GOODS_FIND_CATEGORY(.slug = slug, .order = GOODS_FIND_CATEGORY_ORDER_SLUG),
                   &category_row, ret_category, ret_found);
}

struct error *goods_repo_find_category_by_image(struct ctx *cx, struct tx *tx, struct id asset_id,
                                                struct id *ret_id, bool *ret_found)
{
    struct db_id row = {ID_NONE};
    TRY(db_find(cx, tx, GOODS_FIND_CATEGORY_BY_IMAGE(.asset_id = asset_id), &db_id_row, &row, ret_found));
    *ret_id = row.id;
    return NULL;
}

struct error *goods_repo_lock_tree(struct ctx *cx, struct tx *tx)
{
    return db_exec(cx, tx, GOODS_LOCK_TREE(), NULL);
}

struct error *goods_repo_insert_category(struct ctx *cx, struct tx *tx, const struct category_row *category)
{
    struct error *error = db_exec(
        cx, tx,
        GOODS_INSERT_CATEGORY(.id = category->id, .parent_id = category->parent_id, .name = category->name,
                              .slug = category->slug, .description = category->description,
                              .image_asset_id = category->image_asset_id, .position = category->position,
                              .is_active = category->is_active, .now = category->created_at),
        NULL);
    return db_explain(cx, error, constraints);
}

struct error *goods_repo_update_category(struct ctx *cx, struct tx *tx, const struct category_row *category,
                                         struct instant now)
{
    struct error *error = db_exec(
        cx, tx,
        GOODS_UPDATE_CATEGORY(.id = category->id, .parent_id = category->parent_id, .name = category->name,
                              .slug = category->slug, .description = category->description,
                              .image_asset_id = category->image_asset_id, .position = category->position,
                              .is_active = category->is_active, .now = now),
        NULL);
    return db_explain(cx, error, constraints);
}

struct error *goods_repo_add_to_category(struct ctx *cx, struct tx *tx, struct id id, int64_t products,
                                         int64_t active)
{
    return db_exec(cx, tx, GOODS_ADD_TO_CATEGORY(.id = id, .products = products, .active = active), NULL);
}

struct error *goods_repo_delete_category(struct ctx *cx, struct tx *tx, struct id id)
{
    return db_explain(cx, db_exec(cx, tx, GOODS_DELETE_CATEGORY(.id = id), NULL), constraints);
}

struct error *goods_repo_list_wrong_counts(struct ctx *cx, struct array *ret_findings)
{
    return db_list(cx, NULL, GOODS_LIST_WRONG_COUNTS(), &finding_row, ret_findings);
}
