/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Within the module: its route table. */
#ifndef MODULES_ANALYTICS_ANALYTICS_HTTP_H
#define MODULES_ANALYTICS_ANALYTICS_HTTP_H

#include "platform/http/route.h"

enum { ANALYTICS_ROUTES = 4 };
extern const struct route analytics_routes[ANALYTICS_ROUTES];

#endif
