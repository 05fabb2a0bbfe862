/* SPDX-License-Identifier: AGPL-3.0-or-later
 * The table of auctions' routes. */
#ifndef MODULES_AUCTIONS_AUCTIONS_HTTP_H
#define MODULES_AUCTIONS_AUCTIONS_HTTP_H

#include "platform/http/route.h"

enum { AUCTIONS_ROUTES = 19 };
extern const struct route auctions_routes[AUCTIONS_ROUTES];

#endif
