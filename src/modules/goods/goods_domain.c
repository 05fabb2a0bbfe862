/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Rules of goods. See goods_domain.h. */
#include "modules/goods/goods_domain.h"

static const char *const condition_words[] = {
    [GOODS_NEW] = "new", [GOODS_LIKE_NEW] = "like_new", [GOODS_GOOD] = "good", [GOODS_FAIR] = "fair"};
const struct enum_table goods_condition_words = ENUM_TABLE("product_condition", condition_words);

static const char *const status_words[] = {[GOODS_DRAFT] = "draft",
                                           [GOODS_ACTIVE] = "active",
                                           [GOODS_SOLD] = "sold",
                                           [GOODS_CANCELLED] = "cancelled",
                                           [GOODS_TAKEN_DOWN] = "taken_down"};
const struct enum_table goods_status_words = ENUM_TABLE("product_status", status_words);

/* --- stock --- */

static const char *const kind_words[] = {
    [STOCK_IN] = "in",         [STOCK_OUT] = "out",         [STOCK_ADJUSTMENT] = "adjustment",
    [STOCK_HOLD] = "hold",     [STOCK_RELEASE] = "release", [STOCK_SALE] = "sale",
    [STOCK_UNSALE] = "unsale",
};
const struct enum_table stock_kind_words = ENUM_TABLE("stock_movement_kind", kind_words);

/* What one piece of each kind does to the free, the held and the sold ones. */
static const struct {
    int8_t stock, held, sold;
} effects[STOCK_KINDS] = {
    [STOCK_IN] = {1, 0, 0},      [STOCK_OUT] = {-1, 0, 0},     [STOCK_ADJUSTMENT] = {1, 0, 0},
    [STOCK_HOLD] = {-1, 1, 0},   [STOCK_RELEASE] = {1, -1, 0}, [STOCK_SALE] = {0, -1, 1},
    [STOCK_UNSALE] = {0, 1, -1},
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
    if (!is_level(after.stock) || !is_level(after.held) || after.sold < 0)
        return false;
    *ret_effect = (struct stock_effect){after.stock - level->stock, after.held - level->held};
    *level = after;
    return true;
}

bool stock_is_sold_out(const struct stock_level *level)
{
    return level->stock == 0 && level->held == 0 && level->sold > 0;
}

/* --- publishing --- */

/* clang-format off */
static const struct product_gap_text gap_texts[PRODUCT_GAPS] = {
    [GAP_CATEGORY] = {"/category", "required", "must be one of the categories"},
    [GAP_STOCK] = {"/stock", "min", "must be at least one piece"},
    [GAP_IMAGE_UNREADY] = {"/images", "ready", "are still being processed"},
    [GAP_IMAGE_REFUSED] = {"/images", "refused", "hold one that could not be read: take it out"},
};
/* clang-format on */

uint32_t product_judge(const struct product_facts *facts)
{
    const bool missing[PRODUCT_GAPS] = {
        [GAP_CATEGORY] = !facts->has_category,
        [GAP_STOCK] = !facts->has_stock,
        [GAP_IMAGE_UNREADY] = facts->has_unready_image,
        [GAP_IMAGE_REFUSED] = facts->has_refused_image,
    };
    uint32_t gaps = 0;
    for (int gap = 0; gap < PRODUCT_GAPS; gap++)
        if (missing[gap])
            gaps |= UINT32_C(1) << gap;
    return gaps;
}

const struct product_gap_text *product_gap_text(enum product_gap gap)
{
    return &gap_texts[gap];
}

bool product_is_public(enum goods_status status)
{
    return status == GOODS_ACTIVE || status == GOODS_SOLD;
}

enum goods_status product_restored(bool was_public, bool was_ever_public, const struct stock_level *level)
{
    if (stock_is_sold_out(level))
        return GOODS_SOLD;
    if (was_public)
        return GOODS_ACTIVE;
    return was_ever_public ? GOODS_CANCELLED : GOODS_DRAFT;
}

enum product_verdict product_judge_change(enum goods_status status, int64_t held)
{
    if (status == GOODS_SOLD)
        return PRODUCT_SOLD;
    return held > 0 ? PRODUCT_IN_AUCTION : PRODUCT_OK;
}

/* --- the tree of categories --- */

static const struct category_node *find_node(const struct category_node *nodes, size_t count, struct id id)
{
    size_t low = 0, high = count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = id_compare(nodes[middle].id, id);
        if (order == 0)
            return &nodes[middle];
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

/* Steps from id up to the ancestor (none: past the top); -1: it is not on the way. */
static int steps_to(const struct category_node *nodes, size_t count, struct id id, struct id ancestor_id)
{
    for (int steps = 0; steps <= CATEGORY_DEPTH_MAX; steps++) {
        if (id_equal(id, ancestor_id))
            return steps;
        const struct category_node *node = find_node(nodes, count, id);
        if (node == NULL)
            return -1;
        id = node->parent_id;
    }
    return -1;
}

bool category_is_within(const struct category_node *nodes, size_t count, struct id id, struct id ancestor_id)
{
    return steps_to(nodes, count, id, ancestor_id) >= 0;
}

/* Levels of what hangs below id, itself too. */
static int height_of(const struct category_node *nodes, size_t count, struct id id)
{
    int height = 1;
    for (size_t i = 0; i < count && !id_is_none(id); i++) {
        int steps = steps_to(nodes, count, nodes[i].id, id);
        if (steps + 1 > height)
            height = steps + 1;
    }
    return height;
}

enum category_verdict category_judge_place(const struct category_node *nodes, size_t count, struct id id,
                                           struct id parent_id)
{
    if (!id_is_none(parent_id) && find_node(nodes, count, parent_id) == NULL)
        return CATEGORY_NO_PARENT;
    if (!id_is_none(id) && !id_is_none(parent_id) && category_is_within(nodes, count, parent_id, id))
        return CATEGORY_CIRCLE;
    int depth = steps_to(nodes, count, parent_id, ID_NONE);
    return depth + height_of(nodes, count, id) > CATEGORY_DEPTH_MAX ? CATEGORY_TOO_DEEP : CATEGORY_OK;
}
