/* SPDX-License-Identifier: AGPL-3.0-or-later
 * The route table, for streaming_module.c. */
#ifndef MODULES_STREAMING_STREAMING_HTTP_H
#define MODULES_STREAMING_STREAMING_HTTP_H

#include "platform/http/route.h"

enum { STREAMING_ROUTES = 5 };
extern const struct route streaming_routes[STREAMING_ROUTES];

#endif
