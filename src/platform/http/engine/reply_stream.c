/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Replies in pieces, and server-sent events on top of them. The head waits for the first piece, so that both go out together. */
#include <stdio.h>

#include "base/require/require.h"
#include "base/text/strbuf.h"

#include "platform/http/engine/engine.h"

/* The greatest event; far beyond what our topics send. */
#define MAX_EVENT_BYTES ((size_t)1024 * 1024)

struct error *exchange_begin(struct http_exchange *exchange, int status, struct str content_type,
                             int64_t length)
{
    REQUIRE(exchange->reply == REPLY_NONE && length >= HTTP_NO_LENGTH);
    exchange->stream_head = reply_head(exchange, status, content_type, length);
    exchange->is_reply_sized = length != HTTP_NO_LENGTH;
    exchange->stream_left = length;
    exchange->reply = REPLY_STREAM;
    return NULL;
}

static struct iovec take_head(struct http_exchange *exchange)
{
    struct iovec piece = piece_of(exchange->stream_head);
    exchange->stream_head = STR_NONE;
    return piece;
}

/* Not a REQUIRE: what is streamed may change under the handler's hands. */
static struct error *length_is_wrong(struct http_exchange *exchange)
{
    exchange->has_failed = true;
    return ERROR_IN(exchange->arena, error_common_reasons[ERROR_INTERNAL],
                    "a reply was not as long as announced");
}

struct error *exchange_write(struct http_exchange *exchange, struct str bytes)
{
    REQUIRE(exchange->reply == REPLY_STREAM);
    if (bytes.len == 0)
        return NULL;
    if (exchange->is_reply_sized && (uint64_t)exchange->stream_left < bytes.len)
        return length_is_wrong(exchange);
    exchange->stream_left -= (int64_t)bytes.len;
    if (reply_is_bodiless(exchange, exchange->status))
        return NULL;
    char size_line[24];
    int size_len = snprintf(size_line, sizeof(size_line), "%zx\r\n", bytes.len);
    bool is_chunked = exchange->is_reply_chunked;
    struct iovec pieces[4] = {
        take_head(exchange),
        is_chunked ? piece_of(str_from(size_line, (size_t)size_len)) : (struct iovec){0},
        piece_of(bytes),
        is_chunked ? piece_of(STR("\r\n")) : (struct iovec){0},
    };
    TRY(reply_send(exchange, pieces, COUNT_OF(pieces), false));
    exchange->bytes_out += (int64_t)bytes.len;
    return NULL;
}

struct error *exchange_end(struct http_exchange *exchange)
{
    REQUIRE(exchange->reply == REPLY_STREAM);
    bool is_bodiless = reply_is_bodiless(exchange, exchange->status);
    if (!is_bodiless && exchange->is_reply_sized && exchange->stream_left != 0)
        return length_is_wrong(exchange);
    bool has_last_chunk = exchange->is_reply_chunked && !is_bodiless;
    struct iovec pieces[2] = {
        take_head(exchange),
        has_last_chunk ? piece_of(STR("0\r\n\r\n")) : (struct iovec){0},
    };
    TRY(reply_send(exchange, pieces, COUNT_OF(pieces), false));
    exchange->reply = REPLY_DONE;
    return NULL;
}

/* ---- server-sent events ---- */

struct error *exchange_sse_begin(struct http_exchange *exchange)
{
    if (exchange_find_header(exchange, STR("cache-control")).ptr == NULL)
        exchange_add_header(exchange, STR("Cache-Control"), STR("no-store"));
    exchange_add_header(exchange, STR("X-Accel-Buffering"),
                        STR("no")); /* nginx before us passes events on at once */
    TRY(exchange_begin(exchange, 200, STR("text/event-stream"), HTTP_NO_LENGTH));
    exchange->is_event_stream = true;
    if (exchange->connection->home->is_draining)
        fiber_cancel(fiber_self());
    struct iovec head = take_head(exchange);
    return reply_send(exchange, &head, 1, false);
}

/* A field that may hold line breaks takes a line for each of its lines: CR, LF and CR LF all end one. */
static void append_lines(struct strbuf *out, const char *name, struct str text)
{
    size_t start = 0;
    for (size_t i = 0; i <= text.len; i++) {
        bool is_end = i == text.len || text.ptr[i] == '\n' || text.ptr[i] == '\r';
        if (!is_end)
            continue;
        strbuf_append_cstr(out, name);
        strbuf_append(out, str_from(text.ptr + start, i - start));
        strbuf_append_char(out, '\n');
        if (i + 1 < text.len && text.ptr[i] == '\r' && text.ptr[i + 1] == '\n')
            i++;
        start = i + 1;
    }
}

static void require_one_line(struct str text)
{
    REQUIRE(str_find_byte(text, '\n', 0) < 0 && str_find_byte(text, '\r', 0) < 0 &&
            str_find_byte(text, '\0', 0) < 0);
}

/* A stream of events may last for days: its arena must not grow with it. */
static struct error *write_and_rewind(struct http_exchange *exchange, struct arena_mark mark,
                                      struct strbuf *text)
{
    if (text->overflow)
        return ERROR_IN(exchange->arena, error_common_reasons[ERROR_TOO_LARGE], "an event is too long");
    struct error *error = exchange_write(exchange, strbuf_str(text));
    if (error == NULL)
        arena_rewind(exchange->arena, mark); /* an error lives there */
    return error;
}

struct error *exchange_sse_event(struct http_exchange *exchange, struct str id, struct str event,
                                 struct str data)
{
    struct arena_mark mark = arena_mark(exchange->arena);
    struct strbuf text;
    require_one_line(id);
    require_one_line(event);
    strbuf_init(&text, exchange->arena, MAX_EVENT_BYTES);
    if (id.ptr != NULL)
        append_lines(&text, "id: ", id);
    if (event.ptr != NULL)
        append_lines(&text, "event: ", event);
    append_lines(&text, "data: ", data);
    strbuf_append_char(&text, '\n');
    return write_and_rewind(exchange, mark, &text);
}

struct error *exchange_sse_comment(struct http_exchange *exchange, struct str comment)
{
    struct arena_mark mark = arena_mark(exchange->arena);
    struct strbuf text;
    strbuf_init(&text, exchange->arena, MAX_EVENT_BYTES);
    append_lines(&text, ": ", comment);
    strbuf_append_char(&text, '\n');
    return write_and_rewind(exchange, mark, &text);
}
