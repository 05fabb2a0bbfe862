/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Stock: every change of it is a movement, under the product's row. One piece may be held for one holder until it is sold or
 * released. */
#include "platform/clock/clock.h"
#include "platform/crypto/crypto.h"

#include "modules/goods/goods_service.h"

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

/* Locks the product and says what the holder has of it. */
static struct error *load_held(struct ctx *cx, struct tx *tx, const struct holding *holding,
                               struct goods_whole *ret_product, enum hold_state *ret_state)
{
    TRY(goods_lock(cx, tx, holding->product_id, ret_product));
    return goods_repo_find_hold(cx, tx, holding->product_id, holding->holder_id, ret_state);
}

struct error *goods_hold(struct ctx *cx, struct tx *tx, struct id product_id, struct id holder_id)
{
    const struct holding holding = {product_id, holder_id, STOCK_HOLD, HOLD_HELD};
    struct goods_whole product;
    enum hold_state state = HOLD_NONE;
    TRY(load_held(cx, tx, &holding, &product, &state));
    if (state == HOLD_HELD || state == HOLD_SOLD)
        return NULL;
    TRY(move_held(cx, tx, &product.row, &holding));
    return goods_touch(cx, tx, &product);
}

struct error *goods_release(struct ctx *cx, struct tx *tx, struct id product_id, struct id holder_id)
{
    const struct holding holding = {product_id, holder_id, STOCK_RELEASE, HOLD_RELEASED};
    struct goods_whole product;
    enum hold_state state = HOLD_NONE;
    TRY(load_held(cx, tx, &holding, &product, &state));
    if (state != HOLD_HELD)
        return NULL;
    TRY(move_held(cx, tx, &product.row, &holding));
    return goods_touch(cx, tx, &product);
}

static struct error *end_product(struct ctx *cx, struct tx *tx, struct goods_whole *product)
{
    const struct product_row before = product->row;
    product->row.status = GOODS_SOLD;
    TRY(goods_repo_update(cx, tx, &product->row));
    TRY(goods_recount(cx, tx, &before, &product->row));
    if (instant_is_none(product->item.published_at)) /* sold without ever having been listed */
        product->item.published_at = clock_now(cx);
    TRY(goods_changed(cx, tx, product));
    return goods_tell(cx, tx, &goods_product_sold, product);
}

struct error *goods_sell_held(struct ctx *cx, struct tx *tx, struct id product_id, struct id holder_id)
{
    const struct holding holding = {product_id, holder_id, STOCK_SALE, HOLD_SOLD};
    struct goods_whole product;
    enum hold_state state = HOLD_NONE;
    TRY(load_held(cx, tx, &holding, &product, &state));
    if (state == HOLD_SOLD)
        return NULL;
    if (state != HOLD_HELD)
        return ERROR(cx, goods_out_of_stock, "no piece is held for this");
    if (product.row.status == GOODS_TAKEN_DOWN)
        return ERROR(cx, goods_out_of_stock, "a moderator took the product down");
    TRY(move_held(cx, tx, &product.row, &holding));
    const struct stock_level level = {product.row.stock, product.row.held, product.row.sold};
    return stock_is_sold_out(&level) ? end_product(cx, tx, &product) : goods_touch(cx, tx, &product);
}

static struct error *revive_product(struct ctx *cx, struct tx *tx, struct goods_whole *product)
{
    const struct product_row before = product->row;
    product->row.status = GOODS_ACTIVE;
    TRY(goods_repo_update(cx, tx, &product->row));
    TRY(goods_recount(cx, tx, &before, &product->row));
    TRY(goods_changed(cx, tx, product));
    return goods_tell(cx, tx, &goods_product_changed, product);
}

struct error *goods_unsell_held(struct ctx *cx, struct tx *tx, struct id product_id, struct id holder_id)
{
    const struct holding holding = {product_id, holder_id, STOCK_UNSALE, HOLD_HELD};
    struct goods_whole product;
    enum hold_state state = HOLD_NONE;
    TRY(load_held(cx, tx, &holding, &product, &state));
    if (state != HOLD_SOLD)
        return NULL;
    TRY(move_held(cx, tx, &product.row, &holding));
    return product.row.status == GOODS_SOLD ? revive_product(cx, tx, &product)
                                            : goods_touch(cx, tx, &product);
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

/* --- what sellers count --- */

static const char *const request_words[] = {
    [STOCK_IN] = "in", [STOCK_OUT] = "out", [STOCK_ADJUSTMENT] = "adjustment"};
const struct enum_table stock_request_words = ENUM_TABLE("stock_change_kind", request_words);

struct changing {
    struct id product_id;
    const struct stock_request *request;
};

static struct error *change_stock(struct ctx *cx, struct tx *tx, void *arg)
{
    const struct changing *changing = arg;
    const struct stock_request *request = changing->request;
    struct goods_whole product;
    TRY(goods_lock(cx, tx, changing->product_id, &product));
    if (product.row.status == GOODS_SOLD)
        return ERROR(cx, goods_sold, "the last piece was sold: it stays as it is");
    struct stock_change change = {
        .kind = (enum stock_kind)request->kind, .quantity = request->quantity, .note = request->note};
    if (change.kind == STOCK_ADJUSTMENT)
        change.quantity -= product.row.stock;
    if (change.quantity == 0)
        return NULL;
    TRY(goods_move_stock(cx, tx, &product.row, &change));
    return goods_touch(cx, tx, &product);
}

struct error *goods_change_stock(struct ctx *cx, struct str key, const struct stock_request *request)
{
    struct goods_whole product;
    TRY(goods_load_own(cx, key, &product));
    struct changing changing = {product.row.id, request};
    return db_transact(cx, TX_WRITE, change_stock, &changing);
}

struct error *goods_list_movements(struct ctx *cx, struct str key, struct id cursor, int64_t limit,
                                   struct movement_page *ret_page)
{
    struct goods_whole product;
    struct array rows = {0};
    TRY(goods_load_own(cx, key, &product));
    TRY(goods_repo_list_movements(cx, product.row.id, cursor, limit + 1, &rows));
    bool has_more = rows.count > (size_t)limit;
    *ret_page = (struct movement_page){.items = {rows.items, has_more ? (size_t)limit : rows.count}};
    if (has_more)
        ret_page->next_cursor = ARRAY_AT(struct movement_row, rows, limit - 1)->id;
    return NULL;
}
