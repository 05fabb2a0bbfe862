/* SPDX-License-Identifier: AGPL-3.0-or-later
 * The hub of one loop: its rooms and watchers, and what the other loops and instances tell it. For this folder only.
 *
 * Everything here belongs to the loop's thread, but struct live, which does not change after live_new, and what the census has
 * behind its lock. */
#ifndef PLATFORM_LIVE_HUB_H
#define PLATFORM_LIVE_HUB_H

#include <pthread.h>

#include "base/data/map.h"

#include "platform/live/live_server.h"
#include "platform/live/metrics.h"
#include "platform/live/room.h"
#include "platform/live/settings.h"
#include "platform/metrics/metrics.h"
#include "platform/ws/socket.h"

struct census;
struct client;
struct command_table;
struct relay;

enum { LIVE_MAX_LOOPS = 256 };

struct live {
    struct live_options options;
    const struct platform *platform;
    const struct live_settings *settings;
    struct command_table *commands;
    struct census *census;
    struct relay *relay;
    pthread_mutex_t lock; /* over hubs: mail is posted under it, so that none comes after a hub has gone */
    struct hub *hubs[LIVE_MAX_LOOPS]; /* by loop_index, each set by its own thread; NULL: not attached */
};

/* Who watches rooms: a connection, or a stream of events. First member of both. */
struct watcher {
    struct hub *hub;
    struct list members; /* struct member.of_watcher */
    struct id account_id;
    /* There may be something to send. Must not add or remove members. */
    void (*ready)(struct watcher *watcher);
    /* The watcher left the room by another's will. */
    void (*removed)(struct watcher *watcher, struct str room, struct str code);
};

struct hub {
    struct live *live;
    struct loop *loop;
    struct ws_home ws;
    struct map *rooms; /* by published name */

    struct list dirty; /* struct room.dirty: for the next round */
    struct list round; /* the same: of the round in progress */
    struct loop_task deliver_task;
    struct timer tick;
    int64_t round_us;  /* when the last round began */
    int64_t rested_us; /* the next one begins no earlier */
    bool is_delivery_due;

    struct list clients; /* struct client.link; the one looked after longest ago first */
    atomic_int client_count;
    struct timer beat;
    int64_t lost_us;     /* when something may last have been lost between instances; 0: never */
    struct list waiting; /* struct client.waiting: for a fiber */
    int fibers;
    struct list streams; /* struct stream.link: of events */
    bool is_draining;
    bool is_detached; /* goes with the last of its watchers */
    struct loop_task free_task;
};

/* ---- rooms (hub.c) ---- */
struct room *hub_find_room(const struct hub *hub, struct str name);
void hub_add_room(struct hub *hub, struct room *room);
void hub_remove_room(struct hub *hub, struct room *room);
void hub_room_is_dirty(struct hub *hub, struct room *room);

/* Whether a session is to be asked for: its end is told at once, but what is told between instances can be lost, and nobody tells
 * of one that runs out. Sets when it was, at first when the watcher came. */
bool hub_check_is_due(const struct hub *hub, int64_t *checked_us);

/* Frees a detached hub that nobody watches from. */
void hub_free_unused(struct hub *hub);

/* ---- what is told to all hubs of the instance (mail.c) ---- */
void live_tell_packet(struct live *live, struct packet *packet);
void live_tell_expel(struct live *live, struct str room, struct id account_id, struct str code);
void live_tell_session_end(struct live *live, struct id session_id);
void live_tell_account_end(struct live *live, struct id account_id);
/* An absent room: all of them. */
void live_tell_resync(struct live *live, struct str room);

static inline void hub_count(const struct hub *hub, enum live_metric row, int64_t by)
{
    metric_add(hub->live->platform->metrics, &live_metrics, row, 0, by);
}

#endif
