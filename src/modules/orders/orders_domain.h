/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Rules of orders: what may be ordered together, which moves a line may make, when an order may still be paid. Pure. */
#ifndef MODULES_ORDERS_ORDERS_DOMAIN_H
#define MODULES_ORDERS_ORDERS_DOMAIN_H

#include "base/value/id.h"
#include "base/value/instant.h"
#include "base/value/money.h"

#include "modules/orders/orders.h"

/* Wins are of auctions: a product, or an exclusive licence at the price that was bid. */
enum order_line_kind { ORDER_LINE_LICENSE, ORDER_LINE_PRODUCT_WIN, ORDER_LINE_LICENSE_WIN, ORDER_LINE_KINDS };
extern const struct enum_table order_line_kind_words;
enum { ORDERS_STATUS_COUNT = ORDERS_REFUNDED + 1 };

/* The one table of moves. A licence is delivered by being paid, so it never ships. */
bool order_line_may_move(enum order_line_kind kind, enum orders_status from, enum orders_status to);
/* Goods: sent to an address, so that they ship. */
bool order_line_is_sent(enum order_line_kind kind);
/* Paid, or further, and not taken back. */
bool order_line_is_sold(enum orders_status status);

/* Who may say that goods moved on: their seller, their buyer. */
enum shipping_verdict { SHIPPING_OK, SHIPPING_SAID, SHIPPING_NOT_YOURS, SHIPPING_WRONG_STATE };
/* SHIPPING_SAID: it is there already. */
enum shipping_verdict order_judge_shipping(enum order_line_kind kind, enum orders_status from,
                                           enum orders_status to, bool is_seller, bool is_buyer);

/* An item of a new order, beside what is offered now. */
struct order_item_facts {
    struct id spec_id;        /* as asked for */
    struct id option_spec_id; /* where the option belongs */
    struct id seller_id;
    struct money price;       /* now */
    struct money shown_price; /* as the buyer saw it; no currency: not told */
    bool is_open;
};
enum order_item_verdict {
    ITEM_OK,
    ITEM_OTHER_SPEC,
    ITEM_CLOSED,
    ITEM_OWN,
    ITEM_DUPLICATE,
    ITEM_OTHER_CURRENCY,
    ITEM_PRICE_CHANGED,
    ITEM_VERDICTS
};
/* The item at index among those of its order. */
enum order_item_verdict order_judge_item(const struct order_item_facts *items, size_t index,
                                         struct id buyer_id);
/* False when the sum passes 64 bits. Items have one currency. */
MUST_USE bool order_total(const struct order_item_facts *items, size_t count, struct money *ret_total);

/* What an authorised payment means for an order. */
enum order_payment_verdict { PAYMENT_SELLS, PAYMENT_SOLD_BEFORE, PAYMENT_LATE, PAYMENT_UNWANTED };
enum order_payment_verdict order_judge_payment(enum orders_status status, struct instant expires_at,
                                               struct instant now);

/* Of an order that was paid, from its lines. */
enum orders_status order_status_of_lines(const enum orders_status *lines, size_t count);

/* May this caller refund this line? */
enum refund_verdict { REFUND_OK, REFUND_UNDER_WAY, REFUND_NOT_YOURS, REFUND_NOTHING };
enum refund_verdict order_judge_refund(enum orders_status line_status, bool has_refund, bool is_allowed);

/* A line of an order that was paid, and its part of money that went back at the provider. */
struct order_share {
    int64_t price_minor, refunded_minor;   /* refunded: before */
    int64_t fee_minor, fee_refunded_minor; /* the same of the platform's fee */
    bool is_named;                         /* the refund names this line */
    int64_t minor, fee_back_minor;         /* the part; set by order_share_return */
    bool is_over;                          /* nothing of the line is left: it is refunded */
};
/* Shares minor > 0 over lines that are paid and gives back what no line bears. In this order:
 *   all that is left of the lines ends all of them, those without a price too;
 *   a line that is named bears it, where that much of it is left;
 *   what is left of exactly one line ends that line;
 *   anything else is a part of every line, in the proportion of what is left of it.
 * A line's fee goes back in the proportion of its price, rounded down until the line is over. */
int64_t order_share_return(struct order_share *shares, size_t count, int64_t minor);

#endif
