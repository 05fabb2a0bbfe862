/* SPDX-License-Identifier: AGPL-3.0-or-later
 * The route table, for orders_module.c, and what the HTTP files share. */
#ifndef MODULES_ORDERS_ORDERS_HTTP_H
#define MODULES_ORDERS_ORDERS_HTTP_H

#include "platform/http/route.h"

enum { ORDERS_ROUTES = 12 };
extern const struct route orders_routes[ORDERS_ROUTES];

struct order_path {
    struct id order_id;
};
extern const struct json_type order_path, order_view_type;
MUST_USE struct error *orders_reply(struct ctx *cx, struct call *call, struct id order_id);

/* --- wins, goods on their way (orders_ship_http.c) --- */

extern const struct json_type order_line_path, order_address_body, order_payment_body, order_ship_body;
struct error *order_put_address(struct ctx *cx, struct call *call);
struct error *order_choose_payment(struct ctx *cx, struct call *call);
struct error *order_ship(struct ctx *cx, struct call *call);
struct error *order_deliver(struct ctx *cx, struct call *call);
struct error *order_complete(struct ctx *cx, struct call *call);

#endif
