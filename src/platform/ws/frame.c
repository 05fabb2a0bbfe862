/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Encodes frames. A server's frames are not masked and not fragmented. */
#include "platform/ws/frame.h"

#include "base/mem/alloc.h"
#include "base/require/require.h"
#include "base/text/utf8.h"

enum { MAX_HEAD = 10, FINAL = 0x80, RESERVED_1 = 0x40, LENGTH_16 = 126, LENGTH_64 = 127 };

static void put_big_endian(char *at, uint64_t value, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++)
        at[i] = (char)(value >> 8 * (bytes - 1 - i));
}

/* Returns its length. */
static uint32_t put_head(char head[MAX_HEAD], unsigned first, size_t len)
{
    head[0] = (char)first;
    if (len < LENGTH_16) {
        head[1] = (char)len;
        return 2;
    }
    if (len <= UINT16_MAX) {
        head[1] = LENGTH_16;
        put_big_endian(head + 2, len, 2);
        return 4;
    }
    head[1] = LENGTH_64;
    put_big_endian(head + 2, len, 8);
    return MAX_HEAD;
}

struct ws_frame *ws_frame_new(enum ws_opcode opcode, struct str payload, enum ws_packing packing)
{
    REQUIRE(opcode < WS_CLOSE || payload.len <= WS_CONTROL_MAX);
    char head[MAX_HEAD];
    unsigned first = FINAL | (unsigned)opcode | (packing == WS_DEFLATED ? RESERVED_1 : 0);
    uint32_t head_len = put_head(head, first, payload.len);
    struct ws_frame *frame = mem_alloc(sizeof(*frame) + head_len + payload.len);
    atomic_init(&frame->refs, 1);
    frame->head_len = head_len;
    frame->len = head_len + payload.len;
    memcpy(frame->bytes, head, head_len);
    if (payload.len != 0)
        memcpy(frame->bytes + head_len, payload.ptr, payload.len);
    return frame;
}

struct ws_frame *ws_frame_close(enum ws_close_code code, struct str reason)
{
    char payload[WS_CONTROL_MAX];
    if (code == WS_CLOSE_NO_STATUS)
        return ws_frame_new(WS_CLOSE, STR_NONE, WS_PLAIN);
    reason = utf8_truncate(reason, sizeof(payload) - 2);
    put_big_endian(payload, code, 2);
    if (reason.len != 0)
        memcpy(payload + 2, reason.ptr, reason.len);
    return ws_frame_new(WS_CLOSE, str_from(payload, 2 + reason.len), WS_PLAIN);
}

struct ws_frame *ws_frame_ref(struct ws_frame *frame)
{
    atomic_fetch_add_explicit(&frame->refs, 1, memory_order_relaxed);
    return frame;
}

void ws_frame_unref(struct ws_frame *frame)
{
    if (frame != NULL && atomic_fetch_sub_explicit(&frame->refs, 1, memory_order_acq_rel) == 1)
        mem_free(frame);
}
