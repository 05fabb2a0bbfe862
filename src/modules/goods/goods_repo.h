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
MUST_USE struct error *goods_repo_update_status(struct ctx *cx, struct tx *tx, struct id id, int32_t status);

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
/* Newest first, those before `after` (none: from the start). Array of struct movement_row. */
MUST_USE struct error *goods_repo_list_movements(struct ctx *cx, struct id product_id, struct id after,
                                                 int64_t limit, struct array *ret_movements);

#endif
