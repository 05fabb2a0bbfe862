/* SPDX-License-Identifier: AGPL-3.0-or-later
 * The route table, for licensing_module.c. */
#ifndef MODULES_LICENSING_LICENSING_HTTP_H
#define MODULES_LICENSING_LICENSING_HTTP_H

#include "platform/http/route.h"

enum { LICENSING_ROUTES = 6 };
extern const struct route licensing_routes[LICENSING_ROUTES];

#endif
