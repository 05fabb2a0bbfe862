/* SPDX-License-Identifier: AGPL-3.0-or-later
 * The frame parser: collects a head, judges it before a byte of payload is taken, collects the payload unmasked. */
#include "platform/ws/parser.h"

#include "base/mem/alloc.h"
#include "base/require/require.h"
#include "base/text/utf8.h"

enum {
    BIT_FINAL = 0x80,
    BITS_RESERVED = 0x70,
    BIT_DEFLATED = 0x40,
    BITS_OPCODE = 0x0F,
    BIT_MASKED = 0x80,
    BITS_LENGTH = 0x7F,
    LENGTH_16 = 126,
    LENGTH_64 = 127,
    FIRST_CAPACITY = 256
};

static void payload_free(struct ws_payload *payload)
{
    mem_free(payload->bytes);
    *payload = (struct ws_payload){0};
}

void ws_parser_fini(struct ws_parser *parser)
{
    payload_free(&parser->message);
    payload_free(&parser->control);
}

static enum ws_event_kind fault(struct ws_event *event, enum ws_close_code code, const char *why)
{
    *event = (struct ws_event){.code = (int)code, .why = why};
    return WS_EVENT_FAULT;
}

/* ---- head ---- */

static bool is_control(unsigned opcode)
{
    return (opcode & 0x8) != 0;
}

static size_t length_bytes(uint8_t second)
{
    unsigned length = second & BITS_LENGTH;
    return length == LENGTH_64 ? 8 : length == LENGTH_16 ? 2 : 0;
}

/* How long the head is, as far as is known. */
static size_t head_needs(const struct ws_parser *parser)
{
    return parser->head_len < 2 ? 2 : 2 + length_bytes(parser->head[1]) + 4;
}

static void collect_head(struct ws_parser *parser, struct str *rest)
{
    while (parser->head_len < head_needs(parser) && rest->len != 0) {
        parser->head[parser->head_len++] = (uint8_t)*rest->ptr;
        *rest = str_from(rest->ptr + 1, rest->len - 1);
    }
}

static uint64_t announced_length(const struct ws_parser *parser)
{
    size_t bytes = length_bytes(parser->head[1]);
    if (bytes == 0)
        return parser->head[1] & BITS_LENGTH;
    uint64_t length = 0;
    for (size_t i = 0; i < bytes; i++)
        length = length << 8 | parser->head[2 + i];
    return length;
}

static const char *control_fault(uint8_t first, uint64_t length)
{
    if ((first & BIT_FINAL) == 0)
        return "control frames are not fragmented";
    return length > WS_CONTROL_MAX ? "control frames hold at most 125 bytes" : NULL;
}

static const char *data_fault(const struct ws_parser *parser, unsigned opcode)
{
    if (opcode == WS_CONTINUATION)
        return parser->is_in_message ? NULL : "there is nothing to continue";
    return parser->is_in_message ? "the message before was not finished" : NULL;
}

/* NULL when the first two bytes and the length are in order. */
static const char *head_fault(const struct ws_parser *parser, uint64_t length)
{
    uint8_t first = parser->head[0];
    unsigned opcode = first & BITS_OPCODE;
    bool may_be_deflated = parser->may_deflate && (opcode == WS_TEXT || opcode == WS_BINARY);
    if ((first & BITS_RESERVED & (may_be_deflated ? ~BIT_DEFLATED : ~0)) != 0)
        return "reserved bits are set";
    if ((opcode > WS_BINARY && opcode < WS_CLOSE) || opcode > WS_PONG)
        return "reserved opcode";
    if ((parser->head[1] & BIT_MASKED) == 0)
        return "frames of clients are masked";
    size_t bytes = length_bytes(parser->head[1]);
    if ((bytes == 2 && length < LENGTH_16) || (bytes == 8 && (length <= UINT16_MAX || length >> 63 != 0)))
        return "the length is not written the short way";
    return is_control(opcode) ? control_fault(first, length) : data_fault(parser, opcode);
}

static enum ws_event_kind begin_payload(struct ws_parser *parser, struct ws_event *event)
{
    uint64_t length = announced_length(parser);
    const char *why = head_fault(parser, length);
    if (why != NULL)
        return fault(event, WS_CLOSE_PROTOCOL, why);
    unsigned opcode = parser->head[0] & BITS_OPCODE;
    if (!is_control(opcode) && length > parser->max_message - parser->message.len)
        return fault(event, WS_CLOSE_TOO_LARGE, "the message is too large");
    parser->opcode = (uint8_t)opcode;
    parser->is_final = (parser->head[0] & BIT_FINAL) != 0;
    memcpy(parser->mask, parser->head + parser->head_len - 4, sizeof(parser->mask));
    parser->left = length;
    parser->masked = 0;
    parser->is_in_payload = true;
    parser->head_len = 0;
    if (opcode == WS_TEXT || opcode == WS_BINARY) {
        parser->is_in_message = true;
        parser->is_deflated = (parser->head[0] & BIT_DEFLATED) != 0;
        parser->message_opcode = (uint8_t)opcode;
    }
    return WS_EVENT_NONE;
}

/* ---- payload ---- */

/* Grows with what arrives, not with what is announced. */
static char *payload_reserve(struct ws_payload *payload, size_t len)
{
    size_t needed = payload->len + len;
    if (needed > payload->capacity) {
        size_t capacity = payload->capacity != 0 ? payload->capacity : FIRST_CAPACITY;
        while (capacity < needed)
            capacity *= 2;
        payload->bytes = mem_realloc(payload->bytes, capacity);
        payload->capacity = (uint32_t)capacity;
    }
    return payload->bytes + payload->len;
}

static void unmask(struct ws_parser *parser, char *out, const char *in, size_t len)
{
    size_t i = 0;
    uint8_t mask[4];
    for (size_t m = 0; m < sizeof(mask); m++)
        mask[m] = parser->mask[(parser->masked + m) & 3];
    uint32_t word_mask;
    memcpy(&word_mask, mask, sizeof(word_mask));
    for (; len - i >= sizeof(word_mask); i += sizeof(word_mask)) {
        uint32_t word;
        memcpy(&word, in + i, sizeof(word));
        word ^= word_mask;
        memcpy(out + i, &word, sizeof(word));
    }
    for (; i < len; i++)
        out[i] = (char)((uint8_t)in[i] ^ mask[i & 3]);
    parser->masked = (uint32_t)((parser->masked + len) & 3);
}

static void collect_payload(struct ws_parser *parser, struct str *rest)
{
    struct ws_payload *payload = is_control(parser->opcode) ? &parser->control : &parser->message;
    size_t len = rest->len < parser->left ? rest->len : (size_t)parser->left;
    if (len == 0)
        return;
    unmask(parser, payload_reserve(payload, len), rest->ptr, len);
    payload->len += (uint32_t)len;
    parser->left -= len;
    *rest = str_from(rest->ptr + len, rest->len - len);
}

/* ---- what a whole frame means ---- */

static struct str payload_str(const struct ws_payload *payload)
{
    return str_from(payload->len != 0 ? payload->bytes : "", payload->len);
}

/* Codes that may stand in a close frame: RFC 6455 §7.4. */
static bool is_close_code(int code)
{
    return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) || (code >= 3000 && code <= 4999);
}

static enum ws_event_kind end_close(struct ws_parser *parser, struct ws_event *event)
{
    struct str payload = payload_str(&parser->control);
    if (payload.len == 0) {
        event->code = WS_CLOSE_NO_STATUS;
        return WS_EVENT_CLOSE;
    }
    if (payload.len == 1)
        return fault(event, WS_CLOSE_PROTOCOL, "a close code has two bytes");
    REQUIRE(payload.ptr != NULL);
    int code = (uint8_t)payload.ptr[0] << 8 | (uint8_t)payload.ptr[1];
    if (!is_close_code(code))
        return fault(event, WS_CLOSE_PROTOCOL, "this close code may not be sent");
    if (!utf8_is_valid(str_slice(payload, 2, payload.len)))
        return fault(event, WS_CLOSE_BAD_TEXT, "the reason is not UTF-8");
    event->code = code;
    return WS_EVENT_CLOSE;
}

static enum ws_event_kind end_control(struct ws_parser *parser, struct ws_event *event)
{
    if (parser->opcode == WS_CLOSE)
        return end_close(parser, event);
    event->payload = payload_str(&parser->control);
    return parser->opcode == WS_PING ? WS_EVENT_PING : WS_EVENT_PONG;
}

static enum ws_event_kind end_data(struct ws_parser *parser, struct ws_event *event)
{
    if (!parser->is_final)
        return WS_EVENT_FRAME;
    parser->is_in_message = false;
    event->payload = payload_str(&parser->message);
    event->opcode = (enum ws_opcode)parser->message_opcode;
    event->is_deflated = parser->is_deflated;
    if (event->opcode == WS_TEXT && !event->is_deflated && !utf8_is_valid(event->payload))
        return fault(event, WS_CLOSE_BAD_TEXT, "the text is not UTF-8");
    return WS_EVENT_MESSAGE;
}

/* The payloads of the event before are let go. */
static void release_seen(struct ws_parser *parser)
{
    if (!parser->is_in_message && parser->message.bytes != NULL)
        payload_free(&parser->message);
    bool is_control_arriving = parser->is_in_payload && is_control(parser->opcode);
    if (!is_control_arriving && parser->control.bytes != NULL)
        payload_free(&parser->control);
}

enum ws_event_kind ws_parser_next(struct ws_parser *parser, struct str *rest, struct ws_event *ret_event)
{
    *ret_event = (struct ws_event){0};
    release_seen(parser);
    if (!parser->is_in_payload) {
        collect_head(parser, rest);
        if (parser->head_len < head_needs(parser))
            return parser->head_len >= 2 && (parser->head[1] & BIT_MASKED) == 0
                       ? fault(ret_event, WS_CLOSE_PROTOCOL, "frames of clients are masked")
                       : WS_EVENT_NONE;
        enum ws_event_kind kind = begin_payload(parser, ret_event);
        if (kind != WS_EVENT_NONE)
            return kind;
    }
    collect_payload(parser, rest);
    if (parser->left != 0)
        return WS_EVENT_NONE;
    parser->is_in_payload = false;
    return is_control(parser->opcode) ? end_control(parser, ret_event) : end_data(parser, ret_event);
}
