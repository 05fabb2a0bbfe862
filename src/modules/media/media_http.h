/* SPDX-License-Identifier: AGPL-3.0-or-later
 * The route table, for media_module.c. */
#ifndef MODULES_MEDIA_MEDIA_HTTP_H
#define MODULES_MEDIA_MEDIA_HTTP_H

#include "platform/http/route.h"

enum { MEDIA_ROUTES = 6 };
extern const struct route media_routes[MEDIA_ROUTES];

#endif
