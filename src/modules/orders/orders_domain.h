/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Rules of orders: what may be ordered together, which moves a line may make, when an order may still be paid. Pure. */
#ifndef MODULES_ORDERS_ORDERS_DOMAIN_H
#define MODULES_ORDERS_ORDERS_DOMAIN_H

#include "base/value/id.h"
#include "base/value/instant.h"
#include "base/value/money.h"

#include "modules/orders/orders.h"

enum order_line_kind { ORDER_LINE_LICENSE, ORDER_LINE_KINDS };
extern const struct enum_table order_line_kind_words;
enum { ORDERS_STATUS_COUNT = ORDERS_REFUNDED + 1 };

/* The one table of moves. A licence is delivered by being paid, so it never ships. */
bool order_line_may_move(enum order_line_kind kind, enum orders_status from, enum orders_status to);

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

#endif
