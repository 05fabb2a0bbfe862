/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Things on the shelves of the demo shop: products with pictures, in the categories that an instance starts with. */
#ifndef APP_DEMO_GOODS_H
#define APP_DEMO_GOODS_H

#include "app/demo/demo_client.h"

/* One that there is one of: for an auction. */
struct demo_lot {
    struct id product_id;
    size_t seller; /* of the sellers */
};
/* Publishes them for the sellers, who take turns, and prints a line for each. */
MUST_USE struct error *demo_goods_fill(struct ctx *cx, const struct demo_client *sellers, size_t count,
                                       struct demo_lot *ret_lot);

#endif
