/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Within the module: its rooms and commands on the socket. */
#ifndef MODULES_CHAT_CHAT_LIVE_H
#define MODULES_CHAT_CHAT_LIVE_H

#include "platform/live/live.h"

extern const struct live_room_kind chat_live_rooms[];
extern const struct live_command chat_live_commands[];

#endif
