/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Rows of goods. One function per statement; tx may be NULL where nothing is locked. */
#ifndef MODULES_GOODS_GOODS_REPO_H
#define MODULES_GOODS_GOODS_REPO_H

#include "base/data/vec.h"

#include "platform/ctx/ctx.h"
#include "platform/db/db.h"

#include "modules/goods/goods_domain.h"

/* A product beside its item. */
struct product_row {
    struct id id, owner_id, category_id;
    int32_t status, condition;
    struct str description, specifications, shipping; /* the latter two JSON */
    struct str currency, video_url;
    int64_t stock, held, sold, low_stock_at;
    bool is_featured;
    int64_t views;
    struct id cover_asset_id;
};

struct movement_row {
    struct id id;
    int32_t kind; /* enum stock_kind */
    int64_t free_delta, held_delta, stock_after;
    struct id holder_id, actor_id; /* none: nobody's */
    struct str note;
    struct instant created_at;
};

/* --- products --- */

/* Deleted ones are not found. */
MUST_USE struct error *goods_repo_find(struct ctx *cx, struct tx *tx, struct id id,
                                       struct product_row *ret_product, bool *ret_found);
MUST_USE struct error *goods_repo_lock(struct ctx *cx, struct tx *tx, struct id id,
                                       struct product_row *ret_product, bool *ret_found);
/* A draft without stock, pictures and views. */
MUST_USE struct error *goods_repo_insert(struct ctx *cx, struct tx *tx, const struct product_row *product);
/* All but stock and views. */
MUST_USE struct error *goods_repo_update(struct ctx *cx, struct tx *tx, const struct product_row *product);
/* Array of struct product_row, in no order. */
MUST_USE struct error *goods_repo_list(struct ctx *cx, struct array ids, struct array *ret_products);
struct own_filter {
    struct id owner_id;
    int32_t status;  /* < 0: any */
    bool is_low;     /* only those whose stock is low; of any status */
    struct id after; /* none: from the start */
    int64_t limit;
};
/* Newest first. Array of struct product_row. */
MUST_USE struct error *goods_repo_list_own(struct ctx *cx, const struct own_filter *filter,
                                           struct array *ret_products);
/* Array of struct id. */
MUST_USE struct error *goods_repo_list_ids_of_owner(struct ctx *cx, struct tx *tx, struct id owner_id,
                                                    struct array *ret_ids);
/* Ids rising. Array of struct id. */
MUST_USE struct error *goods_repo_list_in_category(struct ctx *cx, struct id category_id, struct id after,
                                                   int64_t limit, struct array *ret_ids);
MUST_USE struct error *goods_repo_delete_softly(struct ctx *cx, struct tx *tx, struct id id,
                                                struct instant now);
/* The row and everything of it. */
MUST_USE struct error *goods_repo_delete(struct ctx *cx, struct tx *tx, struct id id);

struct image_row {
    struct id asset_id;
    struct str alt;
    struct str problem; /* why it was refused; empty: it was not */
};
/* In their order. Array of struct image_row. */
MUST_USE struct error *goods_repo_list_images(struct ctx *cx, struct tx *tx, struct id product_id,
                                              struct array *ret_images);
/* In the place of all there were. */
MUST_USE struct error *goods_repo_put_images(struct ctx *cx, struct tx *tx, struct id product_id,
                                             const struct array *images);
MUST_USE struct error *goods_repo_find_image_product(struct ctx *cx, struct tx *tx, struct id asset_id,
                                                     struct id *ret_product_id, bool *ret_found);
MUST_USE struct error *goods_repo_update_image_problem(struct ctx *cx, struct tx *tx, struct id product_id,
                                                       struct id asset_id, struct str problem);

/* ret_counted: false when the viewer was counted in that hour. */
MUST_USE struct error *goods_repo_insert_view(struct ctx *cx, struct tx *tx, struct id product_id,
                                              int64_t hour, struct str viewer, bool *ret_counted);
MUST_USE struct error *goods_repo_add_view(struct ctx *cx, struct tx *tx, struct id product_id,
                                           int64_t *ret_views);
MUST_USE struct error *goods_repo_sweep_views(struct ctx *cx, int64_t before_hour, int64_t *ret_count);

struct stock_finding_row {
    struct id id;
    int64_t stock, held, moved_free, moved_held, holders;
};
MUST_USE struct error *goods_repo_list_wrong_stocks(struct ctx *cx, struct array *ret_findings);

/* --- categories (goods_category_repo.c) --- */

struct category_row {
    struct id id, parent_id;
    struct str name, slug, description;
    struct id image_asset_id;
    int32_t position;
    bool is_active;
    int64_t product_count, active_count;
    struct instant created_at, updated_at;
    int64_t version;
};
/* The whole tree, children of a category together and in their order. Array of struct category_row. */
MUST_USE struct error *goods_repo_list_categories(struct ctx *cx, struct tx *tx,
                                                  struct array *ret_categories);
MUST_USE struct error *goods_repo_find_category(struct ctx *cx, struct tx *tx, struct id id,
                                                struct category_row *ret_category, bool *ret_found);
MUST_USE struct error *goods_repo_find_category_by_slug(struct ctx *cx, struct str slug,
                                                        struct category_row *ret_category, bool *ret_found);
MUST_USE struct error *goods_repo_find_category_by_image(struct ctx *cx, struct tx *tx, struct id asset_id,
                                                         struct id *ret_id, bool *ret_found);
/* Nobody else changes the tree until the end of tx. */
MUST_USE struct error *goods_repo_lock_tree(struct ctx *cx, struct tx *tx);
/* Errors: goods_slug_taken. */
MUST_USE struct error *goods_repo_insert_category(struct ctx *cx, struct tx *tx,
                                                  const struct category_row *category);
MUST_USE struct error *goods_repo_update_category(struct ctx *cx, struct tx *tx,
                                                  const struct category_row *category, struct instant now);
MUST_USE struct error *goods_repo_add_to_category(struct ctx *cx, struct tx *tx, struct id id,
                                                  int64_t products, int64_t active);
/* Errors: goods_category_used. */
MUST_USE struct error *goods_repo_delete_category(struct ctx *cx, struct tx *tx, struct id id);
struct count_finding_row {
    struct id id;
    int64_t product_count, active_count, products, active;
};
MUST_USE struct error *goods_repo_list_wrong_counts(struct ctx *cx, struct array *ret_findings);

/* --- stock (goods_stock_repo.c) --- */

/* HOLD_NONE when there never was one. */
MUST_USE struct error *goods_repo_find_hold(struct ctx *cx, struct tx *tx, struct id product_id,
                                            struct id holder_id, enum hold_state *ret_state);
MUST_USE struct error *goods_repo_put_hold(struct ctx *cx, struct tx *tx, struct id product_id,
                                           struct id holder_id, enum hold_state state, struct instant now);
MUST_USE struct error *goods_repo_update_stock(struct ctx *cx, struct tx *tx, struct id id,
                                               const struct stock_level *level);
MUST_USE struct error *goods_repo_insert_movement(struct ctx *cx, struct tx *tx, struct id product_id,
                                                  const struct movement_row *movement);
/* How many holders there ever were. */
MUST_USE struct error *goods_repo_count_holds(struct ctx *cx, struct tx *tx, struct id product_id,
                                              int64_t *ret_count);
/* Newest first, those before `after` (none: from the start). Array of struct movement_row. */
MUST_USE struct error *goods_repo_list_movements(struct ctx *cx, struct id product_id, struct id after,
                                                 int64_t limit, struct array *ret_movements);

#endif
