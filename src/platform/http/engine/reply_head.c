/* SPDX-License-Identifier: AGPL-3.0-or-later
 * The head of a reply: status line, the engine's own fields, the handler's fields; and the engine's own problem documents. */
#include <sys/random.h>

#include "base/require/require.h"
#include "base/text/number.h"
#include "base/value/id.h"

#include "platform/clock/clock.h"
#include "platform/http/engine/engine.h"
#include "platform/http/wire/syntax.h"
#include "platform/log/log.h"

/* Enough for the status line and every field that the engine writes itself. */
#define OWN_HEAD_CHARS 320

struct head_writer {
    char *at;
};

static void put(struct head_writer *head, struct str text)
{
    memcpy(head->at, text.ptr, text.len);
    head->at += text.len;
}

static void put_number(struct head_writer *head, int64_t value)
{
    head->at += number_format_i64(head->at, value);
}

/* CR and LF would end the field, and what follows would be a field or reply of somebody else's making. */
static void require_clean(struct str text)
{
    size_t stop = 0;
    while ((stop = syntax_span_field(text, stop)) < text.len) {
        bool is_line_break = text.ptr[stop] == '\r' || text.ptr[stop] == '\n' || text.ptr[stop] == '\0';
        REQUIRE(!is_line_break);
        stop++;
    }
}

static void grow_headers(struct http_exchange *exchange)
{
    size_t capacity = exchange->header_capacity != 0 ? 2 * exchange->header_capacity : 16;
    struct http_pair *headers = arena_alloc_raw(exchange->arena, capacity * sizeof(*headers));
    if (exchange->header_count != 0)
        memcpy(headers, exchange->headers, exchange->header_count * sizeof(*headers));
    exchange->headers = headers;
    exchange->header_capacity = capacity;
}

void exchange_add_header(struct http_exchange *exchange, struct str name, struct str value)
{
    REQUIRE(exchange->reply == REPLY_NONE && name.len != 0);
    require_clean(value); /* names are our own */
    if (exchange->header_count == exchange->header_capacity)
        grow_headers(exchange);
    if (value.ptr == NULL)
        value = STR("");
    exchange->headers[exchange->header_count++] = (struct http_pair){.name = name, .value = value};
    exchange->header_bytes += name.len + value.len + 4;
}

void exchange_set_header(struct http_exchange *exchange, struct str name, struct str value)
{
    size_t kept = 0;
    for (size_t i = 0; i < exchange->header_count; i++) {
        const struct http_pair *header = &exchange->headers[i];
        if (str_equal_nocase(header->name, name))
            exchange->header_bytes -= header->name.len + header->value.len + 4;
        else
            exchange->headers[kept++] = *header;
    }
    exchange->header_count = kept;
    exchange_add_header(exchange, name, value);
}

struct str exchange_find_header(const struct http_exchange *exchange, struct str name)
{
    for (size_t i = 0; i < exchange->header_count; i++) {
        if (str_equal_nocase(exchange->headers[i].name, name))
            return exchange->headers[i].value;
    }
    return STR_NONE;
}

static void put_status_line(struct head_writer *head, int status)
{
    REQUIRE(status >= 100 && status <= 999);
    if (status == 200) {
        put(head, STR("HTTP/1.1 200 OK\r\n"));
        return;
    }
    put(head, STR("HTTP/1.1 "));
    put_number(head, status);
    put(head, STR(" "));
    put(head, str_cstr(http_status_text(status)));
    put(head, STR("\r\n"));
}

static bool status_has_no_body(int status)
{
    return status == 204 || status == 304 || status < 200;
}

bool reply_is_bodiless(const struct http_exchange *exchange, int status)
{
    return exchange->request.method == HTTP_HEAD || status_has_no_body(status);
}

/* How the client finds the end of the body. */
static void put_length(struct head_writer *head, struct http_exchange *exchange, int status, int64_t length)
{
    if (status_has_no_body(status))
        return;
    if (length != HTTP_NO_LENGTH) {
        put(head, STR("Content-Length: "));
        put_number(head, length);
        put(head, STR("\r\n"));
    } else if (exchange->request.minor_version == 0) {
        exchange->closes = true;
    } else {
        exchange->is_reply_chunked = true;
        put(head, STR("Transfer-Encoding: chunked\r\n"));
    }
}

static void put_connection(struct head_writer *head, const struct http_exchange *exchange, int status)
{
    if (status == 101)
        put(head, STR("Connection: Upgrade\r\n"));
    else if (exchange->closes)
        put(head, STR("Connection: close\r\n"));
    else if (exchange->request.minor_version == 0)
        put(head, STR("Connection: keep-alive\r\n"));
}

struct str reply_head(struct http_exchange *exchange, int status, struct str content_type, int64_t length)
{
    struct http_loop *home = exchange->connection->home;
    require_clean(content_type);
    size_t capacity = OWN_HEAD_CHARS + exchange->header_bytes + content_type.len;
    char *text = arena_alloc_raw(exchange->arena, capacity);
    struct head_writer head = {.at = text};
    exchange->status = status;
    exchange->closes =
        exchange->closes || !exchange->frame.keeps_alive || home->is_draining || !body_is_drainable(exchange);
    put_status_line(&head, status);
    put(&head, http_loop_date_line(home));
    if (content_type.len != 0) {
        put(&head, STR("Content-Type: "));
        put(&head, content_type);
        put(&head, STR("\r\n"));
    }
    put_length(&head, exchange, status, length);
    put_connection(&head, exchange, status);
    for (size_t i = 0; i < exchange->header_count; i++) {
        put(&head, exchange->headers[i].name);
        put(&head, STR(": "));
        put(&head, exchange->headers[i].value);
        put(&head, STR("\r\n"));
    }
    put(&head, STR("\r\n"));
    REQUIRE((size_t)(head.at - text) <= capacity);
    return str_from(text, (size_t)(head.at - text));
}

/* ---- the engine's own problem documents ---- */

static const struct str problem_type = STR_INIT("application/problem+json");

/* For requests that never got as far as getting one. */
static struct str new_request_id(const struct http_loop *home, struct arena *arena)
{
    uint8_t random[10];
    REQUIRE(getrandom(random, sizeof(random), 0) == (ssize_t)sizeof(random));
    return id_str(arena, id_v7(clock_read(home->server->platform->clock), random));
}

/* All parts come from tables: nothing that a client sent stands here. */
static struct str problem_text(struct arena *arena, enum http_fault fault, struct str request_id)
{
    int status = http_fault_status(fault);
    return arena_printf(arena,
                        "{\"type\":\"about:blank\",\"title\":\"%s\",\"status\":%d,\"detail\":\"%s\","
                        "\"instance\":\"%" STR_FMT "\",\"code\":\"http.%s\"}",
                        http_status_text(status), status, http_fault_text(fault), STR_ARG(request_id),
                        http_fault_name(fault));
}

/* Mistakes of clients, but the only trace of them: such requests never reach the access log. */
static void note_fault(const struct connection *connection, enum http_fault fault, struct str request_id)
{
    struct log *log = connection->home->server->platform->log;
    http_count(connection->home, HTTP_METRIC_FAULTS, fault, 1);
    if (log != NULL)
        LOG_TO(log, NULL, LOG_DEBUG, "http.request.refused",
               log_text("fault", str_cstr(http_fault_name(fault))),
               log_text("client_address", str_from(connection->address_text, connection->address_len)),
               log_text("instance", request_id));
}

/* The request was not parsed, but its method is known from its first bytes: the reply to HEAD has no body, whatever it says. */
static bool asks_for_head(const struct connection *connection)
{
    if (connection->buffer == NULL)
        return false;
    struct str line = connection_pending(connection);
    if (str_starts_with(line, STR("\r\n")))
        line = str_slice(line, 2, line.len);
    return str_starts_with(line, STR("HEAD "));
}

struct str reply_refusal(const struct connection *connection, struct arena *arena, enum http_fault fault)
{
    struct str request_id = new_request_id(connection->home, arena);
    struct str problem = problem_text(arena, fault, request_id);
    int status = http_fault_status(fault);
    note_fault(connection, fault, request_id);
    return arena_printf(
        arena,
        "HTTP/1.1 %d %s\r\n%" STR_FMT "Content-Type: %" STR_FMT
        "\r\nContent-Length: %zu\r\nConnection: close\r\nX-Request-Id: %" STR_FMT "\r\n%s\r\n%" STR_FMT,
        status, http_status_text(status), STR_ARG(http_loop_date_line(connection->home)),
        STR_ARG(problem_type), problem.len, STR_ARG(request_id), status == 503 ? "Retry-After: 1\r\n" : "",
        STR_ARG(asks_for_head(connection) ? STR_NONE : problem));
}

struct error *reply_problem(struct http_exchange *exchange, enum http_fault fault)
{
    struct str request_id = exchange_find_header(exchange, STR("x-request-id"));
    if (request_id.ptr == NULL) {
        request_id = new_request_id(exchange->connection->home, exchange->arena);
        exchange_add_header(exchange, STR("X-Request-Id"), request_id);
    }
    return exchange_reply(exchange, http_fault_status(fault), problem_type,
                          problem_text(exchange->arena, fault, request_id));
}

struct error *reply_fault(struct http_exchange *exchange, enum http_fault fault)
{
    struct str request_id = exchange_find_header(exchange, STR("x-request-id"));
    note_fault(exchange->connection, fault, request_id);
    exchange->closes = true;
    exchange->header_count = 0; /* they were meant for another reply */
    exchange->header_bytes = 0;
    if (request_id.ptr != NULL)
        exchange_add_header(exchange, STR("X-Request-Id"), request_id);
    return reply_problem(exchange, fault);
}
