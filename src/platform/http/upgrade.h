/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Leaving HTTP (RFC 9110 §7.8): a connection is handed to a part that speaks another protocol. From then on it is no longer the
 * server's: neither its limits nor its draining reach it. */
#ifndef PLATFORM_HTTP_UPGRADE_H
#define PLATFORM_HTTP_UPGRADE_H

#include "platform/http/exchange.h"

struct transport;

/* A connection on the loop that calls. fd is the taker's from here on, not watched by anybody; early is what came behind the
 * request, and is there during the call only. */
struct http_socket {
    int fd;
    const struct transport *transport;
    struct str early;
};

/* On the request's fiber, after the handler has returned and the request was logged. socket NULL: the client has gone; arg is to
 * be released. Must not park. */
typedef void (*http_upgrade_fn)(void *arg, const struct http_socket *socket);

/* Answers 101 with `Upgrade: protocol`, and the fields that were added. Once it succeeds fn(arg) is called, once; before, arg
 * stays the caller's. The request is HTTP/1.1 and has no body, which the caller checks. Errors: cancelled, timeout. */
MUST_USE struct error *exchange_upgrade(struct http_exchange *exchange, struct str protocol,
                                        http_upgrade_fn fn, void *arg);

#endif
