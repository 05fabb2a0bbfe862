/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Within the module: its route table. */
#ifndef MODULES_NOTIFICATIONS_NOTIFICATIONS_HTTP_H
#define MODULES_NOTIFICATIONS_NOTIFICATIONS_HTTP_H

#include "platform/http/route.h"

enum { NOTIFICATIONS_ROUTES = 7 };
extern const struct route notifications_routes[NOTIFICATIONS_ROUTES];

#endif
