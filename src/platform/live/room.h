/* SPDX-License-Identifier: AGPL-3.0-or-later
 * A room as one loop sees it: its members, and the log of what was published while somebody watched.
 *
 * The log is the queue of all members at once: a member is a place in it. So a message takes room once however many watch, a
 * state that was replaced is passed over by everybody, and who is slower than the log is long has fallen behind.
 *
 * Invariants
 * - entries [first, end) are there; a member that watches has first <= cursor <= end, or it is behind.
 * - messages of the room's stream (sequence > 0) stand in the log in order and without a gap: those that come early are held, those
 *   that come twice dropped. A gap that does not close makes all members read the state again.
 * - a room without members does not exist. */
#ifndef PLATFORM_LIVE_ROOM_H
#define PLATFORM_LIVE_ROOM_H

#include "base/data/list.h"

#include "platform/fiber/loop.h"
#include "platform/live/packet.h"

struct hub;
struct room;
struct watcher;

enum member_state {
    MEMBER_JOINING, /* its state is being read; what is published meanwhile waits for it in the log */
    MEMBER_WATCHING,
    MEMBER_BEHIND /* it missed something, and reads the state again once it has taken what was sent */
};

struct member {
    struct list in_room;
    struct list of_watcher;
    struct room *room;
    struct watcher *watcher;
    const struct live_room_kind *kind;
    uint64_t cursor;   /* in the room's log */
    int64_t sequence;  /* the last of the stream that the watcher has */
    uint8_t state;     /* enum member_state */
    bool is_counted;   /* by the census */
    bool must_rejoin;  /* JOINING: what it reads now may be too old */
    bool is_removed;   /* JOINING: left or expelled meanwhile; who joins lets go of it */
    bool was_told;     /* BEHIND: the watcher knows */
    bool is_rejoining; /* BEHIND: a fiber is to read the state */
    uint8_t key_len;
    char key[]; /* live_join.key */
};

struct log_entry {
    struct packet *packet;
    bool is_replaced; /* by a later one of its type, latest-only */
};

struct room {
    struct hub *hub;
    char *name;
    size_t name_len;
    struct list members;
    size_t member_count;

    struct log_entry *log; /* a ring; capacity is a power of two */
    size_t log_capacity;
    size_t log_bytes;
    uint64_t first, end;
    uint64_t
        offered; /* what comes before it has been offered to every member, and may be dropped for want of room */

    int64_t sequence;          /* of the last in the log; -1: not known before somebody has joined */
    VEC(struct packet *) held; /* came early, in the order of sequence */
    struct timer gap;          /* runs while something is held for want of what comes before it */

    struct list dirty;        /* in hub->dirty: members have something to get */
    struct list *next_member; /* of a delivery in progress; NULL: from the start */
    uint64_t pass_end;        /* end when it began */
    bool has_laggards;        /* seen in the delivery in progress */
    bool is_dirty_again;      /* published to since it began */
};

static inline struct str room_name(const struct room *room)
{
    return str_from(room->name, room->name_len);
}

/* The room's only way to come into being is a member. */
struct member *room_add_member(struct hub *hub, struct str name, struct watcher *watcher,
                               const struct live_room_kind *kind, struct str key);
/* Frees the member, and the room with its last. */
void room_remove_member(struct member *member);

void room_publish(struct room *room, struct packet *packet);
/* A member has read the state as of the sequence: what the stream goes on from. */
void room_settle(struct room *room, int64_t sequence);
/* Something was lost: every member reads the state again. */
void room_resync(struct room *room);

/* The next message for a member that watches, which stays the room's until the next call; NULL when there is none, or when
 * the member has fallen behind (its state then says so). */
struct packet *member_next(struct member *member);
bool member_has_next(const struct member *member);

/* Gives up to *budget members what they have not got; false when some are left. */
bool room_deliver(struct room *room, int *budget);

#endif
