/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Facade of goods: physical things (products) with their stock, and the category tree. Owns product, category, stock_movement. A
 * product is an item (kind 1) of the catalogue: slug, short code, status, search and lists are the catalogue's. */
#ifndef MODULES_GOODS_GOODS_H
#define MODULES_GOODS_GOODS_H

#include "base/data/vec.h"
#include "base/text/enum_table.h"
#include "base/value/money.h"

#include "platform/ctx/ctx.h"

struct tx;

enum goods_condition { GOODS_NEW, GOODS_LIKE_NEW, GOODS_GOOD, GOODS_FAIR };
enum goods_status { GOODS_DRAFT, GOODS_ACTIVE, GOODS_SOLD, GOODS_CANCELLED, GOODS_TAKEN_DOWN };
extern const struct enum_table goods_condition_words, goods_status_words;

/* What other modules need of a product. */
struct goods_product {
    struct id id;
    struct id owner_id;
    struct str owner_name;
    struct str title, slug, short_code;
    int32_t status, condition;
    struct str currency;
    struct id cover_asset_id; /* none: no picture */
    int64_t stock;            /* free: neither sold nor held */
    int64_t version;
};

#define GOODS_REASONS(X)                                                                                     \
    X(goods_out_of_stock, "goods.out_of_stock", CONFLICT, "None of it is left")                              \
    X(goods_sold, "goods.sold", CONFLICT, "What is sold cannot be changed or deleted")                       \
    X(goods_in_auction, "goods.in_auction", CONFLICT, "It is being auctioned")                               \
    X(goods_not_publishable, "goods.not_publishable", CONFLICT,                                              \
      "Something is missing before this can be published")                                                   \
    X(goods_category_used, "goods.category_used", CONFLICT,                                                  \
      "The category has products or categories below it")                                                    \
    X(goods_category_circle, "goods.category_circle", CONFLICT, "A category cannot lie below itself")        \
    X(goods_slug_taken, "goods.slug_taken", CONFLICT, "The slug is in use")

REASONS_DECLARE(GOODS_REASONS);

extern const struct module goods_module;

/* Whatever its status; deleted ones are not found. tx may be NULL. */
MUST_USE struct error *goods_find_product(struct ctx *cx, struct tx *tx, struct id product_id,
                                          struct goods_product *ret_product, bool *ret_found);

/* One piece for one holder (an auction): out of the free stock until it is sold or released. Each is safe to repeat for the same
 * holder. Errors of hold: not_found, goods_out_of_stock. */
MUST_USE struct error *goods_hold(struct ctx *cx, struct tx *tx, struct id product_id, struct id holder_id);
MUST_USE struct error *goods_release(struct ctx *cx, struct tx *tx, struct id product_id,
                                     struct id holder_id);
/* Whether a piece is held for the holder now; locks the product until the end of tx. */
MUST_USE struct error *goods_find_hold(struct ctx *cx, struct tx *tx, struct id product_id,
                                       struct id holder_id, bool *ret_held);
/* The held piece is paid: it leaves the stock; the last one makes the product sold. */
MUST_USE struct error *goods_sell_held(struct ctx *cx, struct tx *tx, struct id product_id,
                                       struct id holder_id);

/* Its payment fell through: the piece is held for the holder again, and a product that was sold is on the market again. */
MUST_USE struct error *goods_unsell_held(struct ctx *cx, struct tx *tx, struct id product_id,
                                         struct id holder_id);

/* What a moderator decides: not public any more, with the reason for its owner; and back to what it was. Both may be said again, and
 * fill the catalogue's port. In tx. Errors: not_found. */
MUST_USE struct error *goods_take_down(struct ctx *cx, struct tx *tx, struct id product_id,
                                       struct str reason);
MUST_USE struct error *goods_restore(struct ctx *cx, struct tx *tx, struct id product_id);

/* Events (payload struct goods_event): goods.product.published, .changed, .withdrawn, .sold. */
struct goods_event {
    struct id product_id, owner_id;
};
extern const struct event_type goods_product_published, goods_product_changed, goods_product_withdrawn,
    goods_product_sold;

/* For the account's export and erasure (identity_export_port). */
MUST_USE struct error *goods_export_account(struct ctx *cx, struct id account_id, struct str *ret_json);
MUST_USE struct error *goods_erase_account(struct ctx *cx, struct tx *tx, struct id account_id);

#endif
