/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Stock: every change of it is a movement, under the product's row. One piece may be held for one holder until it is sold or
 * released. */
#include "platform/clock/clock.h"
#include "platform/crypto/crypto.h"

#include "modules/goods/goods_service.h"

struct error *goods_lock(struct ctx *cx, struct tx *tx, struct id id, struct product_row *ret_product)
{
    bool is_found = false;
    TRY(goods_repo_lock(cx, tx, id, ret_product, &is_found));
    return is_found ? NULL : ERROR_CODE(cx, NOT_FOUND, "there is no such product");
}

/* --- movements --- */

static struct error *refuse(struct ctx *cx, const struct stock_change *change)
{
    if (change->kind == STOCK_IN || change->kind == STOCK_RELEASE ||
        (change->kind == STOCK_ADJUSTMENT && change->quantity > 0))
        return ERROR_CODE(cx, INVALID, "a stock holds a million pieces at the most");
    return ERROR(cx, goods_out_of_stock, "there are not as many pieces left");
}

struct error *goods_move_stock(struct ctx *cx, struct tx *tx, struct product_row *product,
                               const struct stock_change *change)
{
    struct stock_level level = {product->stock, product->held, product->sold};
    struct stock_effect effect = {0};
    if (!stock_move(change->kind, change->quantity, &level, &effect))
        return refuse(cx, change);
    const struct movement_row movement = {
        .id = crypto_new_id(cx),
        .kind = (int32_t)change->kind,
        .free_delta = effect.free_delta,
        .held_delta = effect.held_delta,
        .stock_after = level.stock,
        .holder_id = change->holder_id,
        .actor_id = cx->caller->account_id,
        .note = change->note.ptr != NULL ? change->note : STR(""),
        .created_at = clock_now(cx),
    };
    TRY(goods_repo_update_stock(cx, tx, product->id, &level));
    TRY(goods_repo_insert_movement(cx, tx, product->id, &movement));
    product->stock = level.stock;
    product->held = level.held;
    product->sold = level.sold;
    return NULL;
}

/* --- holders --- */

struct holding {
    struct id product_id, holder_id;
    enum stock_kind kind;
    enum hold_state state; /* after it */
};

static struct error *move_held(struct ctx *cx, struct tx *tx, struct product_row *product,
                               const struct holding *holding)
{
    const struct stock_change change = {
        .kind = holding->kind, .quantity = 1, .holder_id = holding->holder_id};
    TRY(goods_move_stock(cx, tx, product, &change));
    return goods_repo_put_hold(cx, tx, product->id, holding->holder_id, holding->state, clock_now(cx));
}

struct error *goods_hold(struct ctx *cx, struct tx *tx, struct id product_id, struct id holder_id)
{
    const struct holding holding = {product_id, holder_id, STOCK_HOLD, HOLD_HELD};
    struct product_row product = {0};
    enum hold_state state = HOLD_NONE;
    TRY(goods_lock(cx, tx, product_id, &product));
    TRY(goods_repo_find_hold(cx, tx, product_id, holder_id, &state));
    if (state == HOLD_HELD || state == HOLD_SOLD)
        return NULL;
    TRY(move_held(cx, tx, &product, &holding));
    return goods_changed(cx, tx, &product);
}

struct error *goods_release(struct ctx *cx, struct tx *tx, struct id product_id, struct id holder_id)
{
    const struct holding holding = {product_id, holder_id, STOCK_RELEASE, HOLD_RELEASED};
    struct product_row product = {0};
    enum hold_state state = HOLD_NONE;
    TRY(goods_lock(cx, tx, product_id, &product));
    TRY(goods_repo_find_hold(cx, tx, product_id, holder_id, &state));
    if (state != HOLD_HELD)
        return NULL;
    TRY(move_held(cx, tx, &product, &holding));
    return goods_changed(cx, tx, &product);
}

struct error *goods_sell_held(struct ctx *cx, struct tx *tx, struct id product_id, struct id holder_id)
{
    const struct holding holding = {product_id, holder_id, STOCK_SALE, HOLD_SOLD};
    struct product_row product = {0};
    enum hold_state state = HOLD_NONE;
    TRY(goods_lock(cx, tx, product_id, &product));
    TRY(goods_repo_find_hold(cx, tx, product_id, holder_id, &state));
    if (state == HOLD_SOLD)
        return NULL;
    if (state != HOLD_HELD)
        return ERROR(cx, goods_out_of_stock, "no piece is held for this");
    TRY(move_held(cx, tx, &product, &holding));
    const struct stock_level level = {product.stock, product.held, product.sold};
    if (stock_is_sold_out(&level)) {
        product.status = GOODS_SOLD;
        TRY(goods_repo_update_status(cx, tx, product.id, product.status));
    }
    return goods_changed(cx, tx, &product);
}

struct error *goods_find_hold(struct ctx *cx, struct tx *tx, struct id product_id, struct id holder_id,
                              bool *ret_held)
{
    struct product_row product = {.id = ID_NONE};
    enum hold_state state = HOLD_NONE;
    bool is_found = false;
    TRY(goods_repo_lock(cx, tx, product_id, &product, &is_found));
    if (is_found)
        TRY(goods_repo_find_hold(cx, tx, product_id, holder_id, &state));
    *ret_held = state == HOLD_HELD;
    return NULL;
}
