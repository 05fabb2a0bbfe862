/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Frames that we send (RFC 6455 §5): encoded once, shared by all connections and threads that send them. */
#ifndef PLATFORM_WS_FRAME_H
#define PLATFORM_WS_FRAME_H

#include <stdatomic.h>
#include <stdbool.h>

#include "base/text/str.h"

enum ws_opcode {
    WS_CONTINUATION = 0x0,
    WS_TEXT = 0x1,
    WS_BINARY = 0x2,
    WS_CLOSE = 0x8,
    WS_PING = 0x9,
    WS_PONG = 0xA
};

/* Close codes: RFC 6455 §7.4.1, and from 4000 our own. */
enum ws_close_code {
    WS_CLOSE_NORMAL = 1000,
    WS_CLOSE_GOING_AWAY = 1001, /* this server shuts down: come back */
    WS_CLOSE_PROTOCOL = 1002,
    WS_CLOSE_UNSUPPORTED = 1003, /* binary messages */
    WS_CLOSE_NO_STATUS = 1005,   /* never sent: a close frame without a code was received */
    WS_CLOSE_BAD_TEXT = 1007,
    WS_CLOSE_TOO_LARGE = 1009,
    WS_CLOSE_SESSION = 4001,  /* the session has ended: log in again */
    WS_CLOSE_TOO_SLOW = 4008, /* what was sent was not read */
    WS_CLOSE_FLOODING = 4029  /* far more frames than the budget allows */
};

enum { WS_CONTROL_MAX = 125 /* bytes of a control frame's payload */ };

/* A whole frame. refs is shared by threads; the rest does not change. */
struct ws_frame {
    atomic_int refs;
    uint32_t head_len; /* bytes before the payload */
    size_t len;        /* of everything */
    char bytes[];
};

enum ws_packing { WS_PLAIN, WS_DEFLATED };

/* One reference, for the caller. DEFLATED: payload was made by ws_deflate. */
struct ws_frame *ws_frame_new(enum ws_opcode opcode, struct str payload, enum ws_packing packing);
/* A close frame; reason is cut to what fits. */
struct ws_frame *ws_frame_close(enum ws_close_code code, struct str reason);
struct ws_frame *ws_frame_ref(struct ws_frame *frame);
void ws_frame_unref(struct ws_frame *frame); /* accepts NULL */

static inline struct str ws_frame_payload(const struct ws_frame *frame)
{
    return str_from(frame->bytes + frame->head_len, frame->len - frame->head_len);
}

#endif
