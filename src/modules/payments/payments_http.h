/* SPDX-License-Identifier: AGPL-3.0-or-later
 * The route table, for payments_module.c. */
#ifndef MODULES_PAYMENTS_PAYMENTS_HTTP_H
#define MODULES_PAYMENTS_PAYMENTS_HTTP_H

#include "platform/http/route.h"

enum { PAYMENTS_ROUTES = 3 };
extern const struct route payments_routes[PAYMENTS_ROUTES];

#endif
