/* SPDX-License-Identifier: AGPL-3.0-or-later
 * What a client sends, taken apart (RFC 6455 §5): bytes in, in any pieces; messages and control frames out. Pure: no I/O, no clock.
 *
 * Between messages it holds no memory; while one arrives, what has arrived of it. A length that is announced costs nothing. */
#ifndef PLATFORM_WS_PARSER_H
#define PLATFORM_WS_PARSER_H

#include "platform/ws/frame.h"

/* A payload under construction. */
struct ws_payload {
    char *bytes;
    uint32_t len;
    uint32_t capacity;
};

struct ws_parser {
    uint32_t max_message;
    bool may_deflate; /* permessage-deflate was agreed on */

    uint8_t head[14]; /* of the frame that is arriving, as far as it is there */
    uint8_t head_len;
    bool is_in_payload;
    bool is_final;
    uint8_t opcode;
    uint8_t mask[4];
    uint64_t left;   /* of the frame's payload */
    uint32_t masked; /* bytes of it so far, for the place in the mask */

    bool is_in_message; /* between its first frame and its last */
    bool is_deflated;
    uint8_t message_opcode;
    struct ws_payload message;
    struct ws_payload control;
};

enum ws_event_kind {
    WS_EVENT_NONE,    /* all bytes are used up */
    WS_EVENT_FRAME,   /* a frame that is not the last of its message */
    WS_EVENT_MESSAGE, /* a whole one: text or binary; UTF-8 is checked here unless it is deflated */
    WS_EVENT_PING,
    WS_EVENT_PONG,
    WS_EVENT_CLOSE, /* code: as it stands there, WS_CLOSE_NO_STATUS without one */
    WS_EVENT_FAULT  /* nothing after it can be understood; code and why for the close frame */
};

struct ws_event {
    struct str payload; /* until the next call */
    enum ws_opcode opcode;
    bool is_deflated;
    int code;
    const char *why;
};

/* Zeroed, with max_message set, is a fresh parser; fini releases what it holds. */
void ws_parser_fini(struct ws_parser *parser);

/* Takes bytes from the front of *rest up to the next event. */
enum ws_event_kind ws_parser_next(struct ws_parser *parser, struct str *rest, struct ws_event *ret_event);

#endif
