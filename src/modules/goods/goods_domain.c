/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Rules of goods. See goods_domain.h. */
#include "modules/goods/goods_domain.h"

static const char *const condition_words[] = {
    [GOODS_NEW] = "new", [GOODS_LIKE_NEW] = "like_new", [GOODS_GOOD] = "good", [GOODS_FAIR] = "fair"};
const struct enum_table goods_condition_words = ENUM_TABLE("product_condition", condition_words);

static const char *const status_words[] = {[GOODS_DRAFT] = "draft",
                                           [GOODS_ACTIVE] = "active",
                                           [GOODS_SOLD] = "sold",
                                           [GOODS_CANCELLED] = "cancelled"};
const struct enum_table goods_status_words = ENUM_TABLE("product_status", status_words);

/* --- stock --- */

static const char *const kind_words[] = {
    [STOCK_IN] = "in",     [STOCK_OUT] = "out",         [STOCK_ADJUSTMENT] = "adjustment",
    [STOCK_HOLD] = "hold", [STOCK_RELEASE] = "release", [STOCK_SALE] = "sale",
};
const struct enum_table stock_kind_words = ENUM_TABLE("stock_movement_kind", kind_words);

/* What one piece of each kind does to the free, the held and the sold ones. */
static const struct {
    int8_t stock, held, sold;
} effects[STOCK_KINDS] = {
    [STOCK_IN] = {1, 0, 0},    [STOCK_OUT] = {-1, 0, 0},     [STOCK_ADJUSTMENT] = {1, 0, 0},
    [STOCK_HOLD] = {-1, 1, 0}, [STOCK_RELEASE] = {1, -1, 0}, [STOCK_SALE] = {0, -1, 1},
};

static bool is_level(int64_t count)
{
    return count >= 0 && count <= STOCK_MAX;
}

bool stock_move(enum stock_kind kind, int64_t quantity, struct stock_level *level,
                struct stock_effect *ret_effect)
{
    if (quantity < -STOCK_MAX || quantity > STOCK_MAX)
        return false;
    struct stock_level after = {
        .stock = level->stock + quantity * effects[kind].stock,
        .held = level->held + quantity * effects[kind].held,
        .sold = level->sold + quantity * effects[kind].sold,
    };
    if (!is_level(after.stock) || !is_level(after.held))
        return false;
    *ret_effect = (struct stock_effect){after.stock - level->stock, after.held - level->held};
    *level = after;
    return true;
}

bool stock_is_sold_out(const struct stock_level *level)
{
    return level->stock == 0 && level->held == 0 && level->sold > 0;
}
