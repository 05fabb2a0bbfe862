/* SPDX-License-Identifier: AGPL-3.0-or-later
 * What auctions bring to the socket. */
#ifndef MODULES_AUCTIONS_AUCTIONS_LIVE_H
#define MODULES_AUCTIONS_AUCTIONS_LIVE_H

#include "platform/live/live.h"

extern const struct live_command auctions_commands[];

#endif
