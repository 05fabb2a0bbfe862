/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Joining: a watcher subscribes first and reads the state then, so that nothing is lost in between; what the state holds already
 * is passed over. */
#ifndef PLATFORM_LIVE_JOIN_H
#define PLATFORM_LIVE_JOIN_H

#include "platform/live/hub.h"

enum { LIVE_MAX_ROOMS = 64 /* of one watcher */ };

struct joining {
    struct watcher *watcher;
    const struct live_room_kind *kind;
    struct live_join result;
    struct member *member; /* JOINING; to be passed to member_activate in the same turn */
};

/* The kind and key of a name as clients write it: "auction:{id}", "me". Errors: live_no_room, live_login_needed. */
MUST_USE struct error *join_parse(struct ctx *cx, struct live *live, struct str name,
                                  const struct live_room_kind **ret_kind, struct str *ret_key);

/* On a fiber. Errors: those of the kind's join; live_left when the watcher went, or was expelled, meanwhile. The watcher is then
 * no member. */
MUST_USE struct error *join_room(struct ctx *cx, struct joining *joining, struct str key,
                                 int64_t after_sequence);

/* From here on it gets what is published. */
void member_activate(struct member *member, int64_t sequence);
/* Lets go of the member; of one that is joining at the next opportunity. */
void member_leave(struct member *member);
void watcher_leave_all(struct watcher *watcher);
/* By published name, or as the client wrote it; NULL when it does not watch it. */
struct member *watcher_find(const struct watcher *watcher, struct str name);

#endif
