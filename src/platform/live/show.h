/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Showing a room to a client that has just read its state: the snapshot or what was missed, then what is published. */
#ifndef PLATFORM_LIVE_SHOW_H
#define PLATFORM_LIVE_SHOW_H

#include "platform/live/client.h"
#include "platform/live/join.h"

/* Sends the state and activates the member. In the turn in which join_room succeeded. */
void show_state(struct ctx *cx, struct client *client, struct joining *joining);

#endif
