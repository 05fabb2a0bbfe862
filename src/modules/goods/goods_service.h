/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Use cases of goods, for its own HTTP file. Others use goods.h. */
#ifndef MODULES_GOODS_GOODS_SERVICE_H
#define MODULES_GOODS_GOODS_SERVICE_H

#include "base/data/vec.h"
#include "base/json/json_type.h"

#include "modules/catalog/catalog.h"
#include "modules/goods/goods.h"
#include "modules/goods/goods_repo.h"

extern const struct reason *const goods_reasons[];

/* --- within the module: shared by the service's files --- */

/* Errors: not_found. In tx. */
MUST_USE struct error *goods_lock(struct ctx *cx, struct tx *tx, struct id id,
                                  struct product_row *ret_product);
/* What follows from a change of a product whose row is as stored: its item moves on, in status too, and the public lists say what
 * is now. In tx. */
MUST_USE struct error *goods_changed(struct ctx *cx, struct tx *tx, const struct product_row *product);

struct stock_change {
    enum stock_kind kind;
    int64_t quantity;
    struct id holder_id; /* none: nobody's */
    struct str note;
};
/* Moves pieces and keeps the movement; product is locked, and is as stored afterwards. Errors: goods_out_of_stock, and invalid when
 * it would be too much. */
MUST_USE struct error *goods_move_stock(struct ctx *cx, struct tx *tx, struct product_row *product,
                                        const struct stock_change *change);

#endif
