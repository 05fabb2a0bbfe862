/* SPDX-License-Identifier: AGPL-3.0-or-later
 * A WebSocket connection on a loop: bytes to messages, frames to bytes, the closing handshake. It holds no fiber and, between
 * messages, no buffer.
 *
 * What is to be sent is pulled: while the peer takes it the socket asks its owner for frames, a few at a time, so that a peer
 * that does not read costs those few and no more.
 *
 * Everything happens on the loop's thread; events in loop context. */
#ifndef PLATFORM_WS_SOCKET_H
#define PLATFORM_WS_SOCKET_H

#include "base/data/list.h"

#include "platform/fiber/loop.h"
#include "platform/http/upgrade.h"
#include "platform/ws/deflate.h"
#include "platform/ws/parser.h"

struct ws_socket;

enum { WS_PULL_MAX = 8 };

struct ws_events {
    /* A whole message of valid UTF-8; text is there during the call only. */
    void (*message)(struct ws_socket *socket, struct str text);
    /* Something came, if only a pong. */
    void (*heard)(struct ws_socket *socket);
    /* Up to max frames to send next, each with a reference; 0: nothing for now (ws_socket_flush asks again). */
    size_t (*pull)(struct ws_socket *socket, struct ws_frame **ret_frames, size_t max);
    /* The last event: the descriptor is closed. code is what the peer sent or was sent, 1006 when the connection broke. The
     * socket is still in use until the end of the turn: its memory is given back by loop_defer. */
    void (*ended)(struct ws_socket *socket, int code);
};

/* What the sockets of one loop share. */
struct ws_home {
    struct loop *loop;
    const struct ws_events *events;
    uint32_t max_message;
    int64_t frames_per_second; /* a peer that sends more is closed with WS_CLOSE_FLOODING */
    int64_t frame_burst;
    char *scratch; /* what was read last */
    struct ws_deflate *deflate;
    struct list unread; /* sockets that have more to read than one turn takes */
    struct loop_task unread_task;
    bool is_unread_due;
    void (*count)(void *arg, int64_t received, int64_t sent); /* bytes */
    void *count_arg;
};

enum ws_state {
    WS_OPEN,
    WS_CLOSING,   /* a close frame is to be sent, after the frame that is on its way */
    WS_LINGERING, /* it was sent; what still comes is dropped until the peer closes too */
    WS_ENDED
};

enum ws_urgent { WS_URGENT_PING, WS_URGENT_PONG, WS_URGENT_CLOSE, WS_URGENT_COUNT };

/* Lives in its owner; zeroed before ws_socket_start. */
struct ws_socket {
    struct io_watch watch;
    struct ws_home *home;
    const struct transport *transport;
    struct ws_parser parser;
    struct timer timer; /* ends the closing handshake, should the peer not */
    struct list unread;
    struct ws_frame *pending[WS_PULL_MAX]; /* pulled, and not sent to their end */
    uint32_t pending_count;
    uint32_t pending_sent;                    /* bytes of the first */
    struct ws_frame *urgent[WS_URGENT_COUNT]; /* go before what would be pulled; NULL: none */
    int64_t blocked_us; /* since then the peer has not taken what was written; 0: it has */
    int64_t budget_us;  /* when the frame budget is full again */
    int64_t closed_us;  /* when our close frame was made; then it waits to be sent, and lingers */
    int64_t heard_us;   /* since then: when something came last */
    int64_t dropped;    /* bytes, since then */
    int code;           /* of the close frame that was sent or received; 0: none */
    enum ws_state state;
    bool is_readable, is_writable;
    bool is_deflating;   /* permessage-deflate was agreed on */
    bool is_paused;      /* nothing more is read for now */
    bool is_half_closed; /* the peer sends nothing beyond what has arrived */
};

void ws_home_init(struct ws_home *home, struct loop *loop, const struct ws_events *events);
/* No socket may be left. */
void ws_home_fini(struct ws_home *home);

/* Takes the descriptor. Events follow from here on, some during the call. */
void ws_socket_start(struct ws_socket *socket, struct ws_home *home, const struct http_socket *http,
                     bool is_deflating);
/* Sends what can be sent now; harmless when nothing is to be sent, or nothing can be. */
void ws_socket_flush(struct ws_socket *socket);
void ws_socket_ping(struct ws_socket *socket);
/* Begins the closing handshake: nothing more is pulled. */
void ws_socket_close(struct ws_socket *socket, enum ws_close_code code, const char *why);
/* Without it. ended is called before this returns, unless it was before. */
void ws_socket_abort(struct ws_socket *socket);
/* Back-pressure: a paused socket reads nothing, so that the peer cannot send more than fits the kernel's buffers. */
void ws_socket_pause(struct ws_socket *socket);
void ws_socket_resume(struct ws_socket *socket);

static inline bool ws_socket_is_open(const struct ws_socket *socket)
{
    return socket->state == WS_OPEN;
}

#endif
