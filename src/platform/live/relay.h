/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Between instances: what is told to the hubs of this one is told to the others too, over PostgreSQL. What does not fit a message is
 * sent as the word that the room's state is to be read again, and so is what was lost. */
#ifndef PLATFORM_LIVE_RELAY_H
#define PLATFORM_LIVE_RELAY_H

#include "platform/live/live.h"

struct relay;

struct relay *relay_new(struct live *live);
void relay_free(struct relay *relay); /* accepts NULL */

/* On loop 0. */
void relay_start(struct relay *relay);
void relay_stop(struct relay *relay);

/* From any thread; nothing happens without other instances. */
void relay_message(struct relay *relay, const struct live_message *message);
void relay_expel(struct relay *relay, struct str room, struct id account_id, struct str code);
void relay_session_end(struct relay *relay, struct id session_id);
void relay_account_end(struct relay *relay, struct id account_id);

/* What instances state to each other (base/data/facts.h), in the name of this one; NULL: there are no others. */
const struct facts_line *relay_line(struct relay *relay);
enum { RELAY_NAME_MAX = LIVE_ROOM_MAX + ID_CHARS + 4 };

/* What another instance has sent, or anybody who may write to the database: what makes no sense is passed over. For tests. */
void relay_take(struct live *live, struct str text);

#endif
