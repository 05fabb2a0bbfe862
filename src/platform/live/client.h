/* SPDX-License-Identifier: AGPL-3.0-or-later
 * A connection: a socket, whom it belongs to, the rooms it watches, what it asked for and what it is to be told.
 *
 * Its commands run in order, on a fiber that is there only while there are any. A command that has begun runs to its end, whether
 * or not the connection is still there. */
#ifndef PLATFORM_LIVE_CLIENT_H
#define PLATFORM_LIVE_CLIENT_H

#include "platform/live/hub.h"

struct joining;

enum { CLIENT_ADDRESS_MAX = 64 };

/* What its fiber is to do. */
enum request_kind {
    REQUEST_COMMAND, /* text is a message */
    REQUEST_REJOIN,  /* text is the published name of a room whose state is to be read again */
    REQUEST_CHECK    /* whether the session is still there; no text */
};

struct request {
    struct list link;
    enum request_kind kind;
    size_t len;
    char text[];
};

struct client {
    struct watcher watcher; /* first */
    struct ws_socket socket;
    struct list link;    /* hub->clients */
    struct list waiting; /* hub->waiting */

    struct caller caller;
    struct list requests; /* struct request.link, oldest first */
    size_t request_count, request_bytes;
    bool has_fiber;
    bool has_ended;      /* the socket is gone; the memory goes at the end of the turn, or with the fiber */
    bool is_release_due; /* at the end of the turn */

    struct ws_frame **out; /* a ring of answers and snapshots: before what the rooms have */
    uint32_t out_first, out_count, out_capacity;
    size_t out_bytes;

    int64_t looked_us;  /* when it was last looked after */
    int64_t checked_us; /* when its session was last asked for by itself; of hub_check_is_due */
    int64_t heard_us;   /* when something last came */
    int64_t pinged_us;  /* 0: not since something came */
    int64_t behind_us;  /* since then it has not taken all that was for it, and lost some; 0: it has */
    int64_t fell_us;    /* when it began to fall behind again and again */
    int64_t budget_us;  /* when the command budget is full again */
    uint32_t falls;     /* since fell_us */
    uint32_t refused;   /* commands in a row */
    uint32_t pings;     /* unanswered */
    bool is_end_counted;
    struct loop_task free_task;
    uint8_t address_len;
    char address[CLIENT_ADDRESS_MAX];
};

extern const struct ws_events client_events;

/* What a connection is begun with; released by client_open. */
struct opening {
    struct live *live;
    struct caller caller;
    bool is_deflating;
    uint8_t address_len;
    char address[CLIENT_ADDRESS_MAX];
};
/* The http_upgrade_fn; arg is an opening from the heap. */
void client_open(void *arg, const struct http_socket *socket);

/* Queues a text message. Goes out at the next client_flush. */
void client_send(struct client *client, struct str text);
void client_flush(struct client *client);
/* As struct ws_events asks, and its end (client_out.c). */
size_t client_pull(struct ws_socket *socket, struct ws_frame **ret_frames, size_t max);
void client_drop_out(struct client *client);
void client_close(struct client *client, enum live_end end, enum ws_close_code code, const char *why);

/* Queues work for the client's fiber, starting one. */
void client_request(struct client *client, enum request_kind kind, struct str text);
/* The fiber's work (client_work.c): answers one request. */
void client_work(struct client *client, const struct request *request);
/* Sends the state of a room that was just read, the snapshot or what was missed, and activates the member: in the turn in which
 * join_room succeeded (own_commands.c). */
void client_show(struct ctx *cx, struct client *client, struct joining *joining);
/* Answers what is over the budget (client_work.c). */
void client_refuse(struct client *client, struct str text);

/* All of a hub's. */
void clients_look_after(struct hub *hub);
void clients_end_session(struct hub *hub, struct id session_id);
void clients_end_account(struct hub *hub, struct id account_id);

static inline struct client *client_of(struct watcher *watcher)
{
    return (struct client *)(void *)watcher;
}

#endif
