/* SPDX-License-Identifier: AGPL-3.0-or-later
 * One call of the HTTP client as libcurl sees it. Whatever may run a protocol (adding to and removing from the multi, acting on
 * sockets) is called in loop context, on the thread's own stack: TLS needs more than a fiber has. */
#ifndef PLATFORM_HTTP_CLIENT_TRANSFER_H
#define PLATFORM_HTTP_CLIENT_TRANSFER_H

#include <curl/curl.h>

#include "base/data/list.h"
#include "base/text/strbuf.h"

#include "platform/fiber/loop.h"
#include "platform/http/client.h"

struct client_loop;
struct fiber;

/* Lives on the stack of the fiber that calls, which does not leave before is_over. */
struct transfer {
    struct list link;
    struct loop_task start_task, abort_task;
    struct ctx *cx;
    const struct http_client_request *request;
    struct client_loop *home;
    struct fiber *fiber;
    int64_t deadline_us;
    struct str ca_file; /* of authorities; empty: the system's */

    CURL *easy; /* NULL before the start and after the end */
    struct curl_slist *fields;
    struct http_pair *headers;
    size_t header_count, header_bytes;
    struct strbuf body;
    bool is_too_large, is_forbidden, is_shut_down;
    CURLcode result;
    bool is_over;
    char message[CURL_ERROR_SIZE];
};

/* Makes the easy handle; NULL on success. */
struct error *transfer_prepare(struct transfer *transfer) MUST_USE;
/* Releases what libcurl holds; the handle has left the multi. */
void transfer_release(struct transfer *transfer);
/* What the finished transfer means. */
struct error *transfer_conclude(const struct transfer *transfer, int status,
                                struct http_client_reply *ret_reply) MUST_USE;

#endif
