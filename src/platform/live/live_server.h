/* SPDX-License-Identifier: AGPL-3.0-or-later
 * The live part as the program and the gateway see it: start, loops, new connections, draining. */
#ifndef PLATFORM_LIVE_LIVE_SERVER_H
#define PLATFORM_LIVE_LIVE_SERVER_H

#include "platform/config/config.h"
#include "platform/live/live.h"

struct loop;
struct metric_table;
struct strbuf;

struct live;

#define LIVE_REASONS(X)                                                                                      \
    X(live_not_upgrade, "live.not_a_websocket", MALFORMED, "GET /ws opens a WebSocket (RFC 6455)")           \
    X(live_no_protocol, "live.no_protocol", MALFORMED, "The sub-protocol is lathe.v1")                       \
    X(live_full, "live.too_many_connections", UNAVAILABLE, "No more connections can be taken right now")     \
    X(live_bad_message, "live.bad_message", MALFORMED, "A message is a JSON object with a type")             \
    X(live_no_command, "live.no_such_command", NOT_FOUND, "There is no command of this type")                \
    X(live_no_room, "live.no_such_room", NOT_FOUND, "There is no such room, or it is not for the caller")    \
    X(live_not_joined, "live.not_joined", CONFLICT, "The room was not joined")                               \
    X(live_too_many_rooms, "live.too_many_rooms", CONFLICT, "The connection watches too many rooms")         \
    X(live_login_needed, "live.login_needed", UNAUTHENTICATED, "Log in, and open the connection again")      \
    X(live_rate_limited, "live.rate_limited", RATE_LIMITED, "Too many commands")                             \
    X(live_left, "live.left", GONE, "The watcher left while it joined")

REASONS_DECLARE(LIVE_REASONS);
extern const struct reason *const live_reasons[];

extern const struct setting_group live_settings_group;
extern const struct metric_table live_metrics;

struct live_options {
    const struct config *config;
    const struct platform *platform;            /* lives as long; its metrics have live_metrics */
    const struct live_room_kind *const *rooms;  /* NULL-terminated */
    const struct live_command *const *commands; /* NULL-terminated */
    /* Who the session's owner is now; an error when the session has ended. Asked before each command. */
    struct error *(*find_caller)(struct ctx *cx, struct id session_id, const struct caller **ret_caller);
};

/* REQUIREs that prefixes and types are unique and descriptors in order. */
struct live *live_new(const struct live_options *options);
/* All loops have stopped. Accepts NULL. */
void live_free(struct live *live);

/* On the loop's thread, as with http_server_…: connections are taken from attach to drain. Detach when nobody is connected. */
void live_attach_loop(struct live *live, struct loop *loop);
void live_detach_loop(struct live *live, struct loop *loop);
/* Closes every connection with 1001. */
void live_drain(struct live *live, struct loop *loop);
bool live_is_drained(struct live *live, const struct loop *loop);
void live_abort(struct live *live, struct loop *loop);

/* Opens a connection for the caller on the request's fiber, on which 101 is answered. Errors: live_not_upgrade, live_no_protocol,
 * live_full. */
MUST_USE struct error *live_accept(struct ctx *cx, struct http_exchange *exchange);

/* docs/reference/socket.md: commands, rooms and their descriptors. */
void live_print_reference(const struct live_room_kind *const *rooms,
                          const struct live_command *const *commands, struct strbuf *out);

#endif
