/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Frames of clients: whole and in pieces give the same events, and no more is held than the longest message. The first byte
 * chooses the size of the pieces, and whether messages may be deflated. */
#include "base/mem/alloc.h"
#include "base/require/require.h"

#include "platform/ws/parser.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MAX_MESSAGE = 4096, MAX_EVENTS = 4096 };

struct seen {
    enum ws_event_kind kinds[MAX_EVENTS];
    size_t lengths[MAX_EVENTS];
    size_t count;
};

/* False after a fault. */
static bool feed(struct ws_parser *parser, struct str bytes, struct seen *seen)
{
    for (;;) {
        struct ws_event event;
        enum ws_event_kind kind = ws_parser_next(parser, &bytes, &event);
        REQUIRE(event.payload.len <= MAX_MESSAGE && parser->message.len <= MAX_MESSAGE);
        REQUIRE(parser->control.len <= WS_CONTROL_MAX);
        if (kind == WS_EVENT_NONE)
            return true;
        if (seen->count < MAX_EVENTS) {
            seen->kinds[seen->count] = kind;
            seen->lengths[seen->count++] = event.payload.len;
        }
        if (kind == WS_EVENT_FAULT) {
            REQUIRE(event.why != NULL && event.code >= WS_CLOSE_NORMAL);
            return false;
        }
    }
}

static void parse(struct str bytes, size_t step, bool may_deflate, struct seen *ret_seen)
{
    struct ws_parser parser = {.max_message = MAX_MESSAGE, .may_deflate = may_deflate};
    for (size_t at = 0; at < bytes.len; at += step)
        if (!feed(&parser, str_slice(bytes, at, step), ret_seen))
            break;
    ws_parser_fini(&parser);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    struct str bytes = str_from((const char *)data + 1, size - 1);
    bool may_deflate = (data[0] & 0x80) != 0;
    size_t step = (size_t)(data[0] & 0x7F) + 1;
    struct seen *seen = mem_alloc_array(2, sizeof(*seen));
    parse(bytes, size, may_deflate, &seen[0]);
    parse(bytes, step, may_deflate, &seen[1]);
    REQUIRE(seen[0].count == seen[1].count);
    for (size_t i = 0; i < seen[0].count; i++)
        REQUIRE(seen[0].kinds[i] == seen[1].kinds[i] && seen[0].lengths[i] == seen[1].lengths[i]);
    mem_free(seen);
    return 0;
}
