/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Facade of orders: orders, their lines and states. Owns "order" (table shop_order), order_line. Nobody depends on orders; app
 * connects it with payments by a port. */
#ifndef MODULES_ORDERS_ORDERS_H
#define MODULES_ORDERS_ORDERS_H

#include "base/text/enum_table.h"
#include "base/value/money.h"

#include "platform/ctx/ctx.h"

struct tx;

enum orders_status {
    ORDERS_PENDING,
    ORDERS_PROCESSING,
    ORDERS_PAID,
    ORDERS_SHIPPED,
    ORDERS_DELIVERED,
    ORDERS_COMPLETED,
    ORDERS_FAILED,
    ORDERS_CANCELLED,
    ORDERS_REFUNDED
};
extern const struct enum_table orders_status_words;

#define ORDERS_REASONS(X)                                                                                    \
    X(orders_empty, "orders.empty", INVALID, "An order needs at least one line")                             \
    X(orders_mixed_currency, "orders.mixed_currency", INVALID, "All lines of an order have one currency")    \
    X(orders_own_item, "orders.own_item", INVALID, "Sellers cannot buy their own items")                     \
    X(orders_duplicate_line, "orders.duplicate_line", INVALID, "The same item is in the order twice")        \
    X(orders_expired, "orders.expired", GONE, "The order has expired")                                       \
    X(orders_wrong_state, "orders.wrong_state", CONFLICT, "The order's state does not allow this")           \
    X(orders_terms, "orders.terms_not_accepted", INVALID, "The terms must be accepted before paying")        \
    X(orders_price_changed, "orders.price_changed", CONFLICT, "A price has changed since it was shown")      \
    X(orders_address_missing, "orders.address_missing", CONFLICT,                                            \
      "Goods need an address before they can be paid")

REASONS_DECLARE(ORDERS_REASONS);

extern const struct module orders_module;
extern const struct payments_port orders_payments_port;

/* Events (payload struct orders_line_event, one per line): orders.line.paid, orders.line.refunded, orders.line.shipped. spec_id is the
 * item's: a product's for goods. */
struct orders_line_event {
    struct id order_id, line_id, spec_id, buyer_id, seller_id;
    struct money price;
};
extern const struct event_type orders_line_paid, orders_line_refunded, orders_line_shipped;

/* An order for what was won at an auction: one line (a product, or a licence option at the price that was bid), pending until
 * pay_by. Created in the transaction that ends the auction. The product's piece is the one that is held for the auction
 * (goods_hold with its id). Errors: not_found, when the item is gone. */
struct orders_win {
    struct id auction_id;
    struct id item_id;   /* the product or the spec */
    struct id option_id; /* of the spec; none: a product */
    struct id winner_id;
    struct money price;
    struct instant pay_by;
};
MUST_USE struct error *orders_create_for_win(struct ctx *cx, struct tx *tx, const struct orders_win *win,
                                             struct id *ret_order_id);

/* The auction was voided: its order is cancelled without win_lapsed. Take the order before the auction's row: a payment locks them in
 * that order too. Nothing when it is over already. Errors: not_found, orders_wrong_state (paid). */
MUST_USE struct error *orders_cancel_win(struct ctx *cx, struct tx *tx, struct id order_id, struct str why);

/* Filled by app: what becomes of an order for a win, in the transaction that decides it. win_lapsed may follow win_paid: the provider
 * has ended the payment after the sale was decided. */
struct orders_port {
    struct error *(*win_paid)(struct ctx *cx, struct tx *tx, struct id auction_id, struct id order_id);
    struct error *(*win_lapsed)(struct ctx *cx, struct tx *tx, struct id auction_id, struct id order_id);
};
void orders_set_port(const struct ctx *cx, const struct orders_port *port);

/* For the account's export and erasure (identity_export_port): array of orders with their lines. Orders are kept, addresses only while
 * something is still to be sent there. */
MUST_USE struct error *orders_export_account(struct ctx *cx, struct id account_id, struct str *ret_json);
MUST_USE struct error *orders_erase_account(struct ctx *cx, struct tx *tx, struct id account_id);

#endif
