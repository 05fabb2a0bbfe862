/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Why the engine itself refuses a request: name (metrics, and "http.<name>" in the problem), status, sentence. */
#ifndef PLATFORM_HTTP_WIRE_FAULT_TABLE_H
#define PLATFORM_HTTP_WIRE_FAULT_TABLE_H

/* clang-format off */
#define HTTP_FAULTS(X)                                                                                       \
    X(NONE, 200, "none", "")                                                                                 \
    X(METHOD_BYTES, 400, "bad_method", "The method is not a token.")                                         \
    X(METHOD_UNKNOWN, 501, "unknown_method", "This server does not know the method.")                        \
    X(TARGET, 400, "bad_target", "The request target is malformed.")                                         \
    X(REQUEST_LINE, 400, "bad_request_line", "The request line is malformed.")                               \
    X(VERSION, 505, "version", "Only HTTP/1.0 and HTTP/1.1 are spoken here.")                                \
    X(LINE_LONG, 414, "target_too_long", "The request line is too long.")                                    \
    X(HEAD_LONG, 431, "head_too_long", "The header fields are too long.")                                    \
    X(FIELD_COUNT, 431, "too_many_fields", "There are too many header fields.")                              \
    X(LINE_END, 400, "bad_line_end", "Lines end with CR LF, and CR and LF stand nowhere else.")              \
    X(FIELD_FOLDED, 400, "folded_field", "A header field may not go on in the next line.")                   \
    X(FIELD_NAME, 400, "bad_field_name", "A header field's name is not a token followed by a colon.")        \
    X(FIELD_VALUE, 400, "bad_field_value", "A header field's value has a byte that may not stand there.")    \
    X(FIELD_REPEATED, 400, "repeated_field", "A header field that may come once came twice.")                \
    X(HOST_MISSING, 400, "missing_host", "The Host field is missing.")                                       \
    X(HOST, 400, "bad_host", "The host is not a name or address with an optional port.")                     \
    X(LENGTH, 400, "bad_content_length", "Content-Length is not a number.")                                  \
    X(CODING, 400, "bad_transfer_encoding", "The only transfer encoding is chunked, in HTTP/1.1.")           \
    X(AMBIGUOUS, 400, "ambiguous_length", "Content-Length and Transfer-Encoding exclude each other.")        \
    X(EXPECT, 417, "unknown_expectation", "The only expectation is 100-continue.")                           \
    X(CHUNK, 400, "bad_chunk", "The chunked body is malformed.")                                             \
    X(CHUNK_LIMIT, 400, "chunk_limit", "Chunk extensions or trailers are too long.")                         \
    X(TRUNCATED, 400, "truncated", "The request ends too early.")                                            \
    X(SLOW_HEAD, 408, "slow_head", "The header did not arrive in time.")                                     \
    X(SLOW_BODY, 408, "slow_body", "The body did not arrive in time.")                                       \
    X(BODY_LONG, 413, "body_too_long", "The body is too long.")                                              \
    X(PRECONDITION, 412, "precondition_failed", "The resource has changed in the meantime.")                 \
    X(RANGE, 416, "range_not_satisfiable", "The range lies outside of the resource.")                        \
    X(NO_REPLY, 500, "no_reply", "Something failed on our side.")                                            \
    X(OVERLOAD, 503, "overload", "Too many requests are in progress.")
/* clang-format on */

enum http_fault {
#define HTTP_FAULT_ENUM(symbol, status, name, text) HTTP_FAULT_##symbol,
    HTTP_FAULTS(HTTP_FAULT_ENUM)
#undef HTTP_FAULT_ENUM
        HTTP_FAULT_COUNT
};

/* All names by fault, for a metric's labels. */
extern const char *const http_fault_names[HTTP_FAULT_COUNT];

int http_fault_status(enum http_fault fault);
const char *http_fault_name(enum http_fault fault);
const char *http_fault_text(enum http_fault fault);

#endif
