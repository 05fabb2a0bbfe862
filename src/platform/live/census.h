/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Who is here: watchers per room, accounts per room where its kind names them, connections per account; over all loops. All of
 * them over all instances. Behind a lock of its own; every call takes it for less than a microsecond, but announcing. */
#ifndef PLATFORM_LIVE_CENSUS_H
#define PLATFORM_LIVE_CENSUS_H

#include "platform/live/live.h"

struct census;

struct census *census_new(void);
void census_free(struct census *census); /* accepts NULL */

void census_enter(struct census *census, struct str room, const struct live_room_kind *kind,
                  struct id account_id);
void census_leave(struct census *census, struct str room, struct id account_id);
/* Connections of accounts; none for callers without one. */
void census_connect(struct census *census, struct id account_id);
void census_disconnect(struct census *census, struct id account_id);

/* Publishes "presence" to the rooms whose number of watchers has changed since the last call, and tells the other instances the
 * numbers of this one. */
void census_announce(struct live *live);

/* What another instance says: that it is there; a number that it states; that it does not know ours. The name is not empty. */
void census_hear(struct census *census, int64_t instance);
void census_hear_number(struct census *census, int64_t instance, struct str name, int64_t number);
void census_tell_all(struct census *census);

/* What somebody who has just joined is told: {"viewers", "members"}; absent when the kind tells neither. */
struct str census_describe(struct arena *arena, struct census *census, struct str room,
                           const struct live_room_kind *kind);

#endif
