/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Rooms, and those who watch them over a socket (GET /ws) or as server-sent events. One hub per loop; messages go to the hubs of
 * all loops by their mailboxes and to other instances by one port (PostgreSQL NOTIFY now, Redis later). The hub only shows: the
 * truth of a room is in the database, and whoever falls behind gets a snapshot of it.
 *
 * A module brings kinds of rooms and commands as tables (struct module); it publishes after its commit. */
#ifndef PLATFORM_LIVE_LIVE_H
#define PLATFORM_LIVE_LIVE_H

#include "base/data/vec.h"
#include "base/json/json_type.h"

#include "platform/ctx/ctx.h"
#include "platform/http/exchange.h"

enum { LIVE_ROOM_MAX = 96 /* bytes of a room's name */, LIVE_MISSED_MAX = 200 };

/* Joining, as a kind of room answers it. In: key, after_sequence. Out: the rest, in cx->arena. */
struct live_join {
    struct str key;         /* what follows the colon in the client's name of the room; empty for "me" */
    int64_t after_sequence; /* the last that the client has; -1: it has nothing */
    struct str room;        /* the name under which messages are published; "account:{id}" for "me" */
    struct str snapshot;    /* the state as a JSON object; absent when missed tells everything */
    int64_t sequence;       /* of the snapshot, or of the last of missed: later messages have higher ones */
    struct array missed;    /* struct live_message, at most LIVE_MISSED_MAX: what came after after_sequence */
};

/* A kind of room: a row of its module's table. */
struct live_room_kind {
    const char *prefix; /* "auction" for "auction:{id}", "me" for "me" */
    const char *help;
    bool needs_login;
    bool counts_viewers; /* "presence" messages {viewers} when their number changed, at most one a second */
    bool names_members;  /* "presence" messages {account_id, state} of those who are logged in */
    /* Whether the caller may watch (else not_found), under which name, and what there is to see. On a fiber; runs again when the
     * watcher fell behind. */
    struct error *(*join)(struct ctx *cx, struct live_join *join);
};

/* A command that clients send: {"type", "id"?, …}. Answered {"type": "ok", "id", …reply} or {"type": "error", "id", problem}. */
struct live_call {
    const void *body; /* of the command's descriptor */
    void *reply;      /* of its reply descriptor, zeroed; NULL without one */
};
struct live_command {
    const char *type; /* "bid" */
    const char *help;
    const struct json_type *body;  /* members besides type and id */
    const struct json_type *reply; /* NULL: nothing but ok */
    bool needs_login;
    int64_t
        per_minute; /* budget of one account (of one address without login), besides the connection's; 0: the default */
    int64_t burst;
    bool is_vital; /* as of a route: goes first where work waits */
    struct error *(*run)(struct ctx *cx, struct live_call *call);
};

struct live_message {
    struct str room;  /* as live_join.room */
    struct str type;  /* "bid" */
    int64_t sequence; /* in the room's own stream, rising by one; 0: not part of it (typing, presence) */
    struct str body;  /* a JSON object; sent as {"type", "room", "sequence", …its members} */
    /* While it waits in a watcher's queue, a later one of the same room and type takes its place. For states, not for events. */
    bool is_latest_only;
};

/* To all who watch the room, on all loops and instances. From a fiber or the writer thread, after the commit. Copies. Never fails
 * and never parks: who cannot keep up is moved to a snapshot. */
void live_publish(const struct platform *platform, const struct live_message *message);

/* Ends the account's watching of the room, everywhere (banned, left, hidden): it gets {"type": "left", room, code}. */
void live_expel(const struct platform *platform, struct str room, struct id account_id,
                const struct reason *reason);

/* Closes the connections that were opened with the session, or by the account, everywhere and at once (revoked, suspended). */
void live_end_session(const struct platform *platform, struct id session_id);
void live_end_account(const struct platform *platform, struct id account_id);

/* Watchers of the room on all instances, as far as this one has heard, and the most there were while somebody watched here. */
struct live_viewers {
    int64_t now;
    int64_t peak;
};
struct live_viewers live_count(const struct platform *platform, struct str room);
/* Whether the account has a connection anywhere on this instance (notifications decide about mail). */
bool live_is_present(const struct platform *platform, struct id account_id);

/* A room as server-sent events, until the client goes or the server drains: event is the message's type, id its sequence; the first
 * is the snapshot, or what followed Last-Event-ID. Errors: those of the room's join. */
MUST_USE struct error *live_serve_events(struct ctx *cx, struct http_exchange *exchange, struct str room);

#endif
