/* SPDX-License-Identifier: AGPL-3.0-or-later
 * The route table, for profiles_module.c. */
#ifndef MODULES_PROFILES_PROFILES_HTTP_H
#define MODULES_PROFILES_PROFILES_HTTP_H

#include "platform/http/route.h"

enum { PROFILES_ROUTES = 5 };
extern const struct route profiles_routes[PROFILES_ROUTES];

#endif
