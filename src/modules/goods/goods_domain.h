/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Rules of goods: what movements do to a stock, what publishing needs, which changes a state allows. Pure. */
#ifndef MODULES_GOODS_GOODS_DOMAIN_H
#define MODULES_GOODS_GOODS_DOMAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/require/require.h"
#include "base/text/enum_table.h"

#include "modules/goods/goods.h"

/* --- stock --- */

enum stock_kind {
    STOCK_IN,
    STOCK_OUT,
    STOCK_ADJUSTMENT,
    STOCK_HOLD,
    STOCK_RELEASE,
    STOCK_SALE,
    STOCK_UNSALE, /* the sale's payment fell through: held again */
    STOCK_KINDS
};
extern const struct enum_table stock_kind_words;

/* Of a category among its siblings; those of the same position stand in the order in which they were made. */
#define CATEGORY_POSITION_MAX 1000000

/* What a piece is to its holder. */
enum hold_state { HOLD_HELD, HOLD_RELEASED, HOLD_SOLD, HOLD_NONE = -1 };

#define STOCK_MAX INT64_C(1000000)

struct stock_level {
    int64_t stock, held, sold; /* free, held, sold so far */
};
/* Pieces moved: free and held ones change by these. */
struct stock_effect {
    int64_t free_delta, held_delta;
};
/* quantity is that of the kind: > 0, of an adjustment also < 0. False, and nothing changed, when a level would leave 0 … STOCK_MAX. */
MUST_USE bool stock_move(enum stock_kind kind, int64_t quantity, struct stock_level *level,
                         struct stock_effect *ret_effect);
/* Nothing is left that could be sold. */
bool stock_is_sold_out(const struct stock_level *level);

/* --- publishing --- */

enum product_gap { GAP_CATEGORY, GAP_STOCK, GAP_IMAGE_UNREADY, GAP_IMAGE_REFUSED, PRODUCT_GAPS };
struct product_facts {
    bool has_category, has_stock, has_unready_image, has_refused_image;
};
/* Bits of enum product_gap; 0: it may be public. */
uint32_t product_judge(const struct product_facts *facts);
struct product_gap_text {
    const char *pointer, *rule, *message;
};
const struct product_gap_text *product_gap_text(enum product_gap gap);

/* Who may see it: everybody, or its owner and moderators. */
bool product_is_public(enum goods_status status);

/* What a product that was taken down is again: only what was public before may be so. */
enum goods_status product_restored(bool was_public, bool was_ever_public, const struct stock_level *level);

/* What may become of a product: sold ones stay, held pieces stay as bidders saw them. */
enum product_verdict { PRODUCT_OK, PRODUCT_SOLD, PRODUCT_IN_AUCTION };
enum product_verdict product_judge_change(enum goods_status status, int64_t held);

/* --- the tree of categories --- */

enum { CATEGORY_DEPTH_MAX = 8, CATEGORIES_MAX = 2000 };

struct category_node {
    struct id id, parent_id; /* none: at the top */
};
enum category_verdict { CATEGORY_OK, CATEGORY_NO_PARENT, CATEGORY_CIRCLE, CATEGORY_TOO_DEEP };
/* id (none: a new one) below parent (none: at the top). Nodes rise by their ids. */
enum category_verdict category_judge_place(const struct category_node *nodes, size_t count, struct id id,
                                           struct id parent_id);
/* Whether id is the ancestor, or lies below it. */
bool category_is_within(const struct category_node *nodes, size_t count, struct id id, struct id ancestor_id);

#endif
