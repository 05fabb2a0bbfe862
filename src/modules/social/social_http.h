/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Within the module: its route table. */
#ifndef MODULES_SOCIAL_SOCIAL_HTTP_H
#define MODULES_SOCIAL_SOCIAL_HTTP_H

#include "platform/http/route.h"

enum { SOCIAL_ROUTES = 3 };
extern const struct route social_routes[SOCIAL_ROUTES];

#endif
