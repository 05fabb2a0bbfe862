/* SPDX-License-Identifier: AGPL-3.0-or-later
 * The head of an HTTP/1 request, in two steps, without I/O: head_scan finds its end while bytes trickle in and enforces the
 * limits; request_parse turns the whole head into a request. Strict where servers and proxies are known to disagree.
 * Source: RFC 9112 (framing), RFC 9110 (fields). */
#ifndef PLATFORM_HTTP_WIRE_REQUEST_PARSER_H
#define PLATFORM_HTTP_WIRE_REQUEST_PARSER_H

#include "base/mem/arena.h"

#include "platform/http/http.h"
#include "platform/http/wire/fault_table.h"

struct head_limits {
    size_t max_line_len; /* of the request line */
    size_t max_head_len; /* of everything up to the empty line */
    size_t max_fields;
};

/* Zeroed before the first byte of a request. Each byte is looked at once, however it arrives. */
struct head_scan {
    size_t start;      /* 2 after an empty line before the request line, which is passed over once */
    size_t scanned;    /* bytes done with */
    size_t line_start; /* of the line that is not complete */
    size_t lines;      /* complete lines: the request line and the fields */
};

enum head_state { HEAD_PARTIAL, HEAD_DONE, HEAD_REFUSED };

/* bytes is what arrived since the request's first byte, the earlier calls' bytes included.
 * DONE: the head is [scan->start, scan->scanned). REFUSED: *ret_fault says why. */
enum head_state head_scan(struct head_scan *scan, struct str bytes, const struct head_limits *limits,
                          enum http_fault *ret_fault);

/* How the message goes on, and what becomes of the connection. */
struct request_frame {
    int64_t content_length; /* 0 without a body; HTTP_NO_LENGTH: chunked */
    bool is_chunked;
    bool keeps_alive;
    bool expects_continue;
    bool is_asterisk; /* "OPTIONS *": about the server, no resource */
};

/* Parses a head that head_scan passed, of `lines` lines. Names are turned to lower case in place; ret_request points into
 * head and the arena. client_address and is_https are left for the caller. NONE on success; otherwise the outputs are
 * undefined. */
enum http_fault request_parse(struct arena *arena, char *head, size_t head_len, size_t lines,
                              struct http_request *ret_request, struct request_frame *ret_frame);

#endif
