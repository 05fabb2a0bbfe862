/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Rooms as server-sent events: a watcher with a fiber instead of a socket. */
#ifndef PLATFORM_LIVE_STREAM_H
#define PLATFORM_LIVE_STREAM_H

#include "platform/live/hub.h"

void streams_end_session(struct hub *hub, struct id session_id);
void streams_end_account(struct hub *hub, struct id account_id);

#endif
