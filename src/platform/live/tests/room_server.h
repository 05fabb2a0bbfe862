/* SPDX-License-Identifier: AGPL-3.0-or-later
 * For tests and measurements: an HTTP server with /ws and /events/{room} on loops of their own, rooms whose truth is in memory, and
 * a client made of a blocking socket.
 *
 * Rooms: "test:{key}" counts viewers; "alias:{key}" is test:{key} under another name; "club:{key}" names members; "me" is the
 * account's. Commands: say {room, text, size?} adds to a room's stream, slow {} takes a while, class {} and first {} tell whether they are vital, as first is. Field `X-Account: uuid` logs in. */
#ifndef PLATFORM_LIVE_TESTS_ROOM_SERVER_H
#define PLATFORM_LIVE_TESTS_ROOM_SERVER_H

#include "platform/config/config.h"
#include "platform/live/live_server.h"
#include "platform/live/metrics.h"

struct room_server;

struct room_server_options {
    int loops;                   /* 0: one */
    const char *const *settings; /* "LATHE_…=…", ended by NULL; NULL: the defaults */
    const char *address;         /* NULL: a free port of 127.0.0.1 */
};

struct room_server *room_server_start(const struct room_server_options *options);
void room_server_stop(struct room_server *server);
int room_server_port(const struct room_server *server);
const struct platform *room_server_platform(const struct room_server *server);
int64_t room_server_metric(const struct room_server *server, enum live_metric row, size_t label);
/* Waits until the metric is at least that; fails the test when it never is. */
void room_server_await(const struct room_server *server, enum live_metric row, size_t label, int64_t least);
/* Closes all connections as a shutdown does. */
void room_server_drain(struct room_server *server);

/* Adds to a room's stream and publishes, from the calling thread. Returns its sequence. */
int64_t room_server_say(struct room_server *server, const char *room, struct str text);
/* Adds without publishing: what is published comes later, or never. */
int64_t room_server_keep(struct room_server *server, const char *room_name, struct str text);
void room_server_publish(struct room_server *server, const char *room, int64_t sequence, struct str text);
/* Reading a room's state takes so long from now on. */
void room_server_delay_joins(struct room_server *server, int64_t delay_us);
/* The session of the account has ended: find_caller refuses, and connections are told when tells. */
void room_server_end_session(struct room_server *server, struct id account_id, bool tells);

/* ---- client ---- */

/* Opens a connection; fields as "Name: value\r\n" lines, or "". */
int room_client_open(int port, const char *fields);
void room_client_send(int fd, const char *text);
void room_client_send_frame(int fd, unsigned first_byte, struct str payload);
/* The next text message as a C string in the arena; NULL when the connection has ended, *ret_code then being the close code, or 0. */
const char *room_client_read(struct arena *arena, int fd, int *ret_code);
/* Reads until a message has the text in it, and returns that one. */
const char *room_client_await(struct arena *arena, int fd, const char *part);

#endif
