/* SPDX-License-Identifier: AGPL-3.0-or-later
 * HTTP vocabulary shared by the server, the client, routes and middleware: methods, known header names, requests. */
#ifndef PLATFORM_HTTP_HTTP_H
#define PLATFORM_HTTP_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text/str.h"

#define HTTP_METHODS(X) X(GET) X(HEAD) X(POST) X(PUT) X(PATCH) X(DELETE) X(OPTIONS)

enum http_method {
#define HTTP_METHOD_ENUM(name) HTTP_##name,
    HTTP_METHODS(HTTP_METHOD_ENUM)
#undef HTTP_METHOD_ENUM
        HTTP_METHOD_COUNT /* any other token: answered 501 by the server itself */
};

struct str http_method_name(enum http_method method);

/* Header fields that we look at, so that looking is an array access. */
#define HTTP_FIELDS(X)                                                                                       \
    X(ACCEPT, "accept")                                                                                      \
    X(ACCEPT_ENCODING, "accept-encoding")                                                                    \
    X(ACCESS_CONTROL_REQUEST_HEADERS, "access-control-request-headers")                                      \
    X(ACCESS_CONTROL_REQUEST_METHOD, "access-control-request-method")                                        \
    X(AUTHORIZATION, "authorization")                                                                        \
    X(CONNECTION, "connection")                                                                              \
    X(CONTENT_ENCODING, "content-encoding")                                                                  \
    X(CONTENT_LENGTH, "content-length")                                                                      \
    X(CONTENT_TYPE, "content-type")                                                                          \
    X(COOKIE, "cookie")                                                                                      \
    X(EXPECT, "expect")                                                                                      \
    X(FORWARDED, "forwarded")                                                                                \
    X(HOST, "host")                                                                                          \
    X(IDEMPOTENCY_KEY, "idempotency-key")                                                                    \
    X(IF_MATCH, "if-match")                                                                                  \
    X(IF_MODIFIED_SINCE, "if-modified-since")                                                                \
    X(IF_NONE_MATCH, "if-none-match")                                                                        \
    X(IF_RANGE, "if-range")                                                                                  \
    X(IF_UNMODIFIED_SINCE, "if-unmodified-since")                                                            \
    X(LAST_EVENT_ID, "last-event-id")                                                                        \
    X(ORIGIN, "origin")                                                                                      \
    X(RANGE, "range")                                                                                        \
    X(REFERER, "referer")                                                                                    \
    X(SEC_WEBSOCKET_EXTENSIONS, "sec-websocket-extensions")                                                  \
    X(SEC_WEBSOCKET_KEY, "sec-websocket-key")                                                                \
    X(SEC_WEBSOCKET_PROTOCOL, "sec-websocket-protocol")                                                      \
    X(SEC_WEBSOCKET_VERSION, "sec-websocket-version")                                                        \
    X(STRIPE_SIGNATURE, "stripe-signature")                                                                  \
    X(TRACEPARENT, "traceparent")                                                                            \
    X(TRANSFER_ENCODING, "transfer-encoding")                                                                \
    X(TUS_RESUMABLE, "tus-resumable")                                                                        \
    X(UPGRADE, "upgrade")                                                                                    \
    X(UPLOAD_CHECKSUM, "upload-checksum")                                                                    \
    X(UPLOAD_CONCAT, "upload-concat")                                                                        \
    X(UPLOAD_DEFER_LENGTH, "upload-defer-length")                                                            \
    X(UPLOAD_LENGTH, "upload-length")                                                                        \
    X(UPLOAD_METADATA, "upload-metadata")                                                                    \
    X(UPLOAD_OFFSET, "upload-offset")                                                                        \
    X(USER_AGENT, "user-agent")                                                                              \
    X(X_CSRF_TOKEN, "x-csrf-token")                                                                          \
    X(X_FORWARDED_FOR, "x-forwarded-for")                                                                    \
    X(X_FORWARDED_PROTO, "x-forwarded-proto")                                                                \
    X(X_REQUEST_ID, "x-request-id")

enum http_field {
#define HTTP_FIELD_ENUM(symbol, name) HTTP_FIELD_##symbol,
    HTTP_FIELDS(HTTP_FIELD_ENUM)
#undef HTTP_FIELD_ENUM
        HTTP_FIELD_COUNT
};

struct http_pair {
    struct str name; /* lower case in requests */
    struct str value;
};

#define HTTP_NO_LENGTH (-1)

struct http_request {
    enum http_method method;
    int minor_version;               /* 0 or 1 */
    struct str target;               /* as sent: origin form */
    struct str path;                 /* before '?', not decoded */
    struct str query;                /* after '?', not decoded; absent without '?' */
    struct str host;                 /* checked authority */
    const struct http_pair *headers; /* all of them, in order */
    size_t header_count;
    struct str known[HTTP_FIELD_COUNT]; /* first value; repeated list fields are joined with ", " */
    int64_t content_length;             /* HTTP_NO_LENGTH: chunked */
    bool has_body;
    bool is_https;             /* from TLS or a trusted proxy */
    struct str client_address; /* numeric; the last untrusted hop */
};

static inline struct str http_field(const struct http_request *request, enum http_field field)
{
    return request->known[field];
}

/* Value of a cookie by exact name, unquoted; absent when missing. */
struct str http_cookie(const struct http_request *request, struct str name);

/* "OK"; "" for unknown statuses. */
const char *http_status_text(int status);

#endif
