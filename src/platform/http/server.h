/* SPDX-License-Identifier: AGPL-3.0-or-later
 * The HTTP/1.1 server engine: a listening socket per loop (SO_REUSEPORT), a state machine per connection, a fiber per
 * request in progress; idle connections hold no fiber and under 1 KiB. TLS and HTTP/2 will sit behind struct transport. */
#ifndef PLATFORM_HTTP_SERVER_H
#define PLATFORM_HTTP_SERVER_H

#include "platform/config/config.h"
#include "platform/http/exchange.h"

struct http_server;
struct loop;
struct metric_table;

/* Runs on the request's fiber; must reply before it returns (else 500 is sent). */
typedef void (*http_handler_fn)(void *arg, struct http_exchange *exchange);

/* Limits and deadlines; trusted proxies are a core setting. */
extern const struct setting_group http_settings_group;
/* Of server and client: to be registered before either is used. */
extern const struct metric_table http_metrics;

struct http_server_options {
    const struct config *config;
    const struct platform *platform; /* lives as long as the server; its metrics have http_metrics */
    struct str address;              /* "127.0.0.1:8080", "[::1]:8080"; port 0: any free one */
    http_handler_fn handler;
    /* Whether a request goes before those that wait to begin; asked in loop context. NULL: none does. */
    bool (*is_vital)(void *arg, struct http_exchange *exchange);
    void *arg;
};

/* Binds the first socket at once, so that errors are known before loops start. Errors: a sentence for the operator, in the arena. */
MUST_USE struct error *http_server_new(struct arena *arena, const struct http_server_options *options,
                                       struct http_server **ret_server);
/* The port really bound. */
int http_server_port(const struct http_server *server);

/* On the loop's thread: start to accept there. */
void http_server_attach(struct http_server *server, struct loop *loop);
/* On the loop's thread: stop accepting, close idle connections, cancel event streams (their clients come back by
 * themselves), let the other requests in progress finish ("Connection: close"); http_server_is_drained tells when
 * none is left; http_server_abort closes what remains. */
void http_server_drain(struct http_server *server, struct loop *loop);
bool http_server_is_drained(const struct http_server *server, const struct loop *loop);
void http_server_abort(struct http_server *server, struct loop *loop);
void http_server_free(struct http_server *server); /* all loops stopped; accepts NULL */

#endif
