/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Rules of goods: what movements do to a stock, what publishing needs, which changes a state allows. Pure. */
#ifndef MODULES_GOODS_GOODS_DOMAIN_H
#define MODULES_GOODS_GOODS_DOMAIN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/require/require.h"
#include "base/text/enum_table.h"

#include "modules/goods/goods.h"

/* --- stock --- */

enum stock_kind { STOCK_IN, STOCK_OUT, STOCK_ADJUSTMENT, STOCK_HOLD, STOCK_RELEASE, STOCK_SALE, STOCK_KINDS };
extern const struct enum_table stock_kind_words;

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

#endif
