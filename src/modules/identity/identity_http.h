/* SPDX-License-Identifier: AGPL-3.0-or-later
 * The route table, for identity_module.c. */
#ifndef MODULES_IDENTITY_IDENTITY_HTTP_H
#define MODULES_IDENTITY_IDENTITY_HTTP_H

#include "platform/http/route.h"

enum { IDENTITY_ROUTES = 16 };
extern const struct route identity_routes[IDENTITY_ROUTES];

#endif
