/* SPDX-License-Identifier: AGPL-3.0-or-later
 * The route table, for orders_module.c. */
#ifndef MODULES_ORDERS_ORDERS_HTTP_H
#define MODULES_ORDERS_ORDERS_HTTP_H

#include "platform/http/route.h"

enum { ORDERS_ROUTES = 7 };
extern const struct route orders_routes[ORDERS_ROUTES];

#endif
