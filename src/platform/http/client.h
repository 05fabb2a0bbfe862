/* SPDX-License-Identifier: AGPL-3.0-or-later
 * The HTTP client: libcurl's multi interface on the fiber's own loop, connections kept per loop. Trace context is passed on.
 * Replies are bounded. No redirects are followed unless asked for. */
#ifndef PLATFORM_HTTP_CLIENT_H
#define PLATFORM_HTTP_CLIENT_H

#include "platform/ctx/ctx.h"
#include "platform/http/http.h"

struct loop;

struct http_client_request {
    enum http_method method;
    struct str url;
    const struct http_pair *headers;
    size_t header_count;
    struct str body;
    int64_t timeout_us;   /* 0: 30 s; never past cx->deadline_us */
    size_t max_reply_len; /* 0: 1 MiB */
    int max_redirects;
    /* Refuse addresses that are not public (loopback, private, link-local, …), checked on the resolved address. */
    bool public_only;
};

struct http_client_reply {
    int status;
    const struct http_pair *headers; /* lower-case names */
    size_t header_count;
    struct str body;
};

/* ca_file: PEM certificates of the authorities that are trusted; empty: the system's. Lives as long as the client. */
struct http_client *http_client_new(const struct platform *platform, struct str ca_file);
void http_client_free(struct http_client *client); /* accepts NULL */
void http_client_attach_loop(struct http_client *client, struct loop *loop);
/* Calls in progress there end with unavailable. */
void http_client_detach_loop(struct http_client *client, struct loop *loop);

/* On a fiber of a loop that is attached. Errors: unavailable (cannot connect, a certificate that is not good, broken reply), timeout, too_large, forbidden
 * (public_only), malformed (no http or https URL), cancelled. Any status is a success here. The reply lives in cx->arena. */
MUST_USE struct error *http_client_call(struct ctx *cx, const struct http_client_request *request,
                                        struct http_client_reply *ret_reply);

#endif
