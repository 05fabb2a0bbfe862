/* SPDX-License-Identifier: AGPL-3.0-or-later
 * One request and its reply, as the code on the request's fiber sees it. All calls park the fiber instead of blocking and
 * return CANCELLED when the client went away, TIMEOUT when a phase's deadline passed. */
#ifndef PLATFORM_HTTP_EXCHANGE_H
#define PLATFORM_HTTP_EXCHANGE_H

#include "base/value/instant.h"

#include "platform/ctx/ctx.h"
#include "platform/http/http.h"

struct http_exchange;

const struct http_request *exchange_request(const struct http_exchange *exchange);
/* The request's memory: cleared after the reply. */
struct arena *exchange_arena(struct http_exchange *exchange);

/* --- request body: bytes as they come, unchunked, with back-pressure on the connection --- */

/* Up to capacity bytes; *ret_len 0 means the end. Sends "100 Continue" first when the client expects it.
 * Errors: malformed (bad framing), too_large (past the limit set), timeout, cancelled. */
MUST_USE struct error *exchange_read(struct http_exchange *exchange, void *buf, size_t capacity,
                                     size_t *ret_len);
/* The whole body in the arena. too_large beyond max_len: nothing more is read and the connection closes. */
MUST_USE struct error *exchange_read_all(struct http_exchange *exchange, size_t max_len,
                                         struct str *ret_body);
/* At most so many body bytes may be read with exchange_read (default: the server's limit). */
void exchange_limit_body(struct http_exchange *exchange, int64_t max_len);

/* --- reply --- */

/* Adds a header to the reply; name and value must live until the reply is sent (arena). Values with CR, LF or NUL are a
 * REQUIRE failure: they are made by us, or checked before. The name is a literal, and not looked at. */
void exchange_add_header(struct http_exchange *exchange, struct str name, struct str value);

/* The same, in the place of what was added by that name before. */
void exchange_set_header(struct http_exchange *exchange, struct str name, struct str value);

/* The value of a field that was added, by name in any case; absent when there is none. */
struct str exchange_find_header(const struct http_exchange *exchange, struct str name);

/* The whole reply at once; HEAD, 204 and 304 without body. body must live until this returns. Compressed when the client accepts
 * it, the type compresses, it pays, and the fields added have neither Content-Encoding nor Cache-Control: no-store; a strong
 * ETag then gets an ending of its own (see wire/condition.h). */
MUST_USE struct error *exchange_reply(struct http_exchange *exchange, int status, struct str content_type,
                                      struct str body);
/* Status without a body (204, 304, …). */
MUST_USE struct error *exchange_reply_empty(struct http_exchange *exchange, int status);

/* Part of a file by sendfile. Answers conditional and range requests itself: 200, 206 (one range; several are answered
 * with the whole), 304, 412, 416. */
struct http_file {
    int fd;               /* stays the caller's */
    int64_t offset, size; /* the part of the file that is the resource */
    struct str content_type;
    struct str etag;         /* with quotes; absent: none */
    struct instant modified; /* none: no Last-Modified */
    /* Tells these bytes from all others, for what is asked for again and again: that they are in the page cache is then
     * looked at once a second and not each time. 0: unknown. */
    uint64_t identity;
};
MUST_USE struct error *exchange_reply_file(struct http_exchange *exchange, const struct http_file *file);

/* A reply in pieces: length or HTTP_NO_LENGTH (chunked; close-delimited for HTTP/1.0). write parks when the client is
 * slow. end must be called; after an error the connection is closed. */
MUST_USE struct error *exchange_begin(struct http_exchange *exchange, int status, struct str content_type,
                                      int64_t length);
MUST_USE struct error *exchange_write(struct http_exchange *exchange, struct str bytes);
MUST_USE struct error *exchange_end(struct http_exchange *exchange);

/* Server-sent events: begin sends the head; each event is flushed. id and event may be absent. comment keeps proxies awake. */
MUST_USE struct error *exchange_sse_begin(struct http_exchange *exchange);
MUST_USE struct error *exchange_sse_event(struct http_exchange *exchange, struct str id, struct str event,
                                          struct str data);
MUST_USE struct error *exchange_sse_comment(struct http_exchange *exchange, struct str comment);

/* For the access log: status sent (0: none yet), body bytes received and sent, when the request's first byte and its whole head
 * were there. */
struct exchange_facts {
    int status;
    int64_t bytes_in, bytes_out;
    int64_t started_us, opened_us;
};
struct exchange_facts exchange_facts(const struct http_exchange *exchange);
bool exchange_is_replied(const struct http_exchange *exchange);
/* What the server's is_vital found out on its way, kept for the handler in the exchange's arena; NULL: it was not asked. */
void exchange_keep(struct http_exchange *exchange, const void *finding);
const void *exchange_kept(const struct http_exchange *exchange);
/* Closes the connection after this reply. */
void exchange_close_after(struct http_exchange *exchange);

#endif
