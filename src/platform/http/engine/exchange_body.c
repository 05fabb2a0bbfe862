/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Request bodies: read when the handler asks, so that a slow handler slows the client down and nothing piles up here. */
#include <sys/epoll.h>

#include "base/require/require.h"
#include "base/text/strbuf.h"

#include "platform/http/engine/engine.h"

/* So much of a body that nobody read is read and dropped to keep the connection; beyond it closing is cheaper. */
#define DRAIN_MAX_BYTES (64 * 1024)

#define BODY_ERROR(exchange, code, ...)                                                                      \
    ERROR_IN((exchange)->arena, error_common_reasons[ERROR_##code], __VA_ARGS__)

/* ---- pace ---- */

void pace_earn(struct pace *pace, int64_t bytes, int64_t min_rate)
{
    int64_t earned_us = bytes < INT64_C(1) << 40 ? bytes * US_PER_SECOND / min_rate : pace->patience_us;
    pace->credit_us += earned_us;
    if (pace->credit_us > pace->patience_us)
        pace->credit_us = pace->patience_us;
}

struct error *exchange_wait(struct http_exchange *exchange, uint32_t event, struct pace *pace)
{
    struct connection *connection = exchange->connection;
    int64_t start_us = loop_now_us();
    enum fiber_wakeup wakeup = connection_wait(connection, event, start_us + pace->credit_us);
    pace->credit_us -= loop_now_us() - start_us;
    switch (wakeup) {
    case FIBER_WOKEN:
        return NULL;
    case FIBER_TIMED_OUT:
        http_count(connection->home, HTTP_METRIC_TIMEOUTS, pace->phase, 1);
        exchange->has_failed = exchange->reply != REPLY_NONE;
        exchange->closes = true;
        return BODY_ERROR(exchange, TIMEOUT, "the client was too slow");
    case FIBER_CANCELLED:
        exchange->has_failed = true;
        return BODY_ERROR(exchange, CANCELLED, "the client went away");
    }
    UNREACHABLE("all wake-ups are handled");
}

/* ---- one step of reading ---- */

static struct error *body_fault(struct http_exchange *exchange, enum http_fault fault)
{
    http_count(exchange->connection->home, HTTP_METRIC_FAULTS, fault, 1);
    exchange->closes = true;
    return fault == HTTP_FAULT_BODY_LONG ? BODY_ERROR(exchange, TOO_LARGE, "%s", http_fault_text(fault))
                                         : BODY_ERROR(exchange, MALFORMED, "%s", http_fault_text(fault));
}

/* Nothing more will come, and the body is not complete. */
static struct error *body_is_truncated(struct http_exchange *exchange)
{
    exchange->has_failed = true;
    http_count(exchange->connection->home, HTTP_METRIC_FAULTS, HTTP_FAULT_TRUNCATED, 1);
    return BODY_ERROR(exchange, CANCELLED, "the client went away");
}

static struct error *send_continue(struct http_exchange *exchange)
{
    if (exchange->is_continue_sent || !exchange->frame.expects_continue)
        return NULL;
    exchange->is_continue_sent = true;
    if (exchange->connection->buffer != NULL || exchange->reply != REPLY_NONE)
        return NULL; /* the client did not wait for it */
    struct iovec piece = piece_of(STR("HTTP/1.1 100 Continue\r\n\r\n"));
    return reply_send(exchange, &piece, 1, false);
}

static void note_received(struct http_exchange *exchange, size_t len)
{
    pace_earn(&exchange->read_pace, (int64_t)len, exchange->connection->home->server->settings.min_rate);
}

/* Waits until the connection can be read from; *ret_ended when it has come to its end instead. */
static struct error *wait_for_body(struct http_exchange *exchange)
{
    if (exchange->connection->is_half_closed && !exchange->connection->is_readable)
        return body_is_truncated(exchange);
    return exchange_wait(exchange, EPOLLIN, &exchange->read_pace);
}

/* Bytes straight from the socket into the caller's memory; 0: none now. */
static size_t read_direct(struct http_exchange *exchange, char *buf, size_t capacity)
{
    size_t got = connection_read(exchange->connection, buf, capacity);
    note_received(exchange, got);
    return got;
}

static size_t take_pending(struct connection *connection, char *buf, size_t len)
{
    struct str pending = connection_pending(connection);
    if (len > pending.len)
        len = pending.len;
    memcpy(buf, pending.ptr, len);
    connection_consume(connection, len);
    return len;
}

/* A body with a length: at most what is left of it, so that the next request stays where it is. */
static size_t step_sized(struct http_exchange *exchange, char *buf, size_t capacity)
{
    struct connection *connection = exchange->connection;
    size_t len = (uint64_t)exchange->body_left < capacity ? (size_t)exchange->body_left : capacity;
    size_t got =
        connection->buffer != NULL ? take_pending(connection, buf, len) : read_direct(exchange, buf, len);
    exchange->body_left -= (int64_t)got;
    exchange->is_body_ended = exchange->body_left == 0;
    return got;
}

/* Decodes what is in the buffer; *ret_len 0 when it holds no data. */
static struct error *decode_pending(struct http_exchange *exchange, char *buf, size_t capacity,
                                    size_t *ret_len)
{
    struct connection *connection = exchange->connection;
    while (connection->buffer != NULL) {
        /* No more is shown to the decoder than fits: it counts what it gives. */
        struct str rest = str_slice(connection_pending(connection), 0, capacity), data = STR_NONE;
        enum http_fault fault = HTTP_FAULT_NONE;
        size_t before = rest.len;
        enum chunk_step step = chunk_decode(&exchange->decoder, &rest, &data, &fault);
        if (data.len != 0)
            memcpy(buf, data.ptr, data.len);
        connection_consume(connection, before - rest.len);
        if (step == CHUNK_REFUSED)
            return body_fault(exchange, fault);
        exchange->is_body_ended = step == CHUNK_ENDED;
        *ret_len = data.len;
        if (data.len != 0 || exchange->is_body_ended)
            return NULL;
    }
    return NULL;
}

static struct error *step_chunked(struct http_exchange *exchange, char *buf, size_t capacity, size_t *ret_len)
{
    struct connection *connection = exchange->connection;
    int64_t left = exchange->decoder.left;
    *ret_len = 0;
    if (connection->buffer == NULL && exchange->decoder.place == CHUNK_AT_DATA) {
        /* Inside a chunk: past the buffer. The decoder is shown what came, so that it keeps count. */
        size_t got = read_direct(exchange, buf, (uint64_t)left < capacity ? (size_t)left : capacity);
        struct str rest = str_from(buf, got), data = STR_NONE;
        enum http_fault fault = HTTP_FAULT_NONE;
        if (got != 0)
            (void)chunk_decode(&exchange->decoder, &rest, &data, &fault);
        *ret_len = got;
        return NULL;
    }
    if (connection->buffer == NULL && connection_fill(connection))
        note_received(exchange, connection_pending(connection).len);
    return decode_pending(exchange, buf, capacity, ret_len);
}

static struct error *check_limit(struct http_exchange *exchange)
{
    int64_t known = exchange->frame.is_chunked ? exchange->bytes_in : exchange->frame.content_length;
    return known > exchange->body_limit ? body_fault(exchange, HTTP_FAULT_BODY_LONG) : NULL;
}

struct error *exchange_read(struct http_exchange *exchange, void *buf, size_t capacity, size_t *ret_len)
{
    REQUIRE(capacity > 0);
    size_t len = 0;
    TRY(check_limit(exchange));
    TRY(send_continue(exchange));
    while (len == 0 && !exchange->is_body_ended) {
        if (exchange->frame.is_chunked)
            TRY(step_chunked(exchange, buf, capacity, &len));
        else
            len = step_sized(exchange, buf, capacity);
        if (len == 0 && !exchange->is_body_ended && exchange->connection->buffer == NULL)
            TRY(wait_for_body(exchange));
    }
    exchange->bytes_in += (int64_t)len;
    TRY(check_limit(exchange));
    *ret_len = len;
    return NULL;
}

void exchange_limit_body(struct http_exchange *exchange, int64_t max_len)
{
    exchange->body_limit = max_len;
}

/* ---- the whole body ---- */

struct error *exchange_read_all(struct http_exchange *exchange, size_t max_len, struct str *ret_body)
{
    struct strbuf body;
    strbuf_init(&body, exchange->arena, max_len + 1); /* and room to notice that it is too long */
    int64_t limit = exchange->body_limit;
    exchange->body_limit = (int64_t)max_len;
    size_t step = exchange->frame.is_chunked ? 4096 : (size_t)exchange->body_left + 1;
    if (step > 64 * 1024)
        step = 64 * 1024;
    for (size_t got = 1; got != 0;) {
        size_t room = max_len + 1 - body.len < step ? max_len + 1 - body.len : step;
        char *place = strbuf_reserve(&body, room);
        REQUIRE(place != NULL);
        TRY(exchange_read(exchange, place, room, &got));
        strbuf_commit(&body, got);
    }
    exchange->body_limit = limit;
    *ret_body = strbuf_str(&body);
    return NULL;
}

/* ---- what nobody read ---- */

bool body_is_drainable(const struct http_exchange *exchange)
{
    if (exchange->is_body_ended)
        return true;
    if (exchange->frame.expects_continue && !exchange->is_continue_sent)
        return false; /* whether the client sends it now is its secret */
    return exchange->frame.is_chunked || exchange->body_left <= DRAIN_MAX_BYTES;
}

/* Apart from body_drain, so that requests without a rest do not pay for the buffer. */
static __attribute__((noinline)) bool drop_rest(struct http_exchange *exchange)
{
    char dropped[4096];
    bool is_bounded = !exchange->frame.is_chunked; /* by body_is_drainable */
    exchange_limit_body(exchange, is_bounded ? INT64_MAX : exchange->bytes_in + DRAIN_MAX_BYTES);
    while (!exchange->is_body_ended) {
        size_t got = 0;
        if (exchange_read(exchange, dropped, sizeof(dropped), &got) != NULL)
            return false;
    }
    return true;
}

bool body_drain(struct http_exchange *exchange)
{
    return exchange->is_body_ended || drop_rest(exchange);
}
