/* SPDX-License-Identifier: AGPL-3.0-or-later
 * An exchange from its head to its end: opening, the handler, what is left to do after it. */
#include "platform/http/exchange.h"

#include "base/mem/alloc.h"
#include "base/require/require.h"

#include "platform/http/engine/engine.h"
#include "platform/http/wire/forwarded.h"

/* ---- life ---- */

static struct http_exchange *exchange_take(struct http_loop *home)
{
    struct http_exchange *exchange = home->exchanges;
    if (exchange == NULL) {
        exchange = MEM_NEW(struct http_exchange);
        exchange->arena = arena_new(0);
        return exchange;
    }
    home->exchanges = exchange->next;
    home->exchange_count--;
    *exchange = (struct http_exchange){.arena = exchange->arena};
    return exchange;
}

void exchange_free(struct http_exchange *exchange)
{
    arena_free(exchange->arena);
    mem_free(exchange);
}

static void exchange_put(struct http_loop *home, struct http_exchange *exchange)
{
    if (home->exchange_count >= KEPT_EXCHANGES) {
        exchange_free(exchange);
        return;
    }
    arena_clear(exchange->arena);
    exchange->next = home->exchanges;
    home->exchanges = exchange;
    home->exchange_count++;
}

void exchange_close(struct http_exchange *exchange)
{
    struct http_loop *home = exchange->connection->home;
    http_count(home, HTTP_METRIC_IN_PROGRESS, 0, -1);
    exchange_put(home, exchange);
}

/* ---- opening ---- */

static void settle_client(struct http_exchange *exchange)
{
    const struct connection *connection = exchange->connection;
    struct http_request *request = &exchange->request;
    struct address client;
    request->client_address = str_from(connection->address_text, connection->address_len);
    if (!connection->is_trusted)
        return;
    if (!forwarded_resolve(request, &connection->home->server->trusted, &client, &request->is_https))
        return;
    char *text = arena_alloc_raw(exchange->arena, ADDRESS_CHARS);
    request->client_address = str_from(text, address_format(&client, text));
}

static void init_body(struct http_exchange *exchange)
{
    const struct http_settings *settings = &exchange->connection->home->server->settings;
    exchange->body_left = exchange->frame.is_chunked ? 0 : exchange->frame.content_length;
    exchange->body_limit = settings->max_body_len;
    exchange->is_body_ended = !exchange->request.has_body;
    exchange->read_pace = (struct pace){.credit_us = settings->body_patience_us,
                                        .patience_us = settings->body_patience_us,
                                        .phase = HTTP_PHASE_BODY};
    exchange->write_pace = (struct pace){.credit_us = settings->reply_patience_us,
                                         .patience_us = settings->reply_patience_us,
                                         .phase = HTTP_PHASE_REPLY};
}

enum http_fault exchange_open(struct connection *connection)
{
    struct http_loop *home = connection->home;
    const struct head_scan *scan = &connection->scan;
    struct http_exchange *exchange = exchange_take(home);
    struct str pending = connection_pending(connection);
    size_t head_len = scan->scanned - scan->start;
    char *head = arena_dup(exchange->arena, pending.ptr + scan->start, head_len);
    exchange->connection = connection;
    exchange->started_us = connection->started_us;
    exchange->opened_us = loop_now_us();
    enum http_fault fault =
        request_parse(exchange->arena, head, head_len, scan->lines, &exchange->request, &exchange->frame);
    if (fault != HTTP_FAULT_NONE) {
        exchange_put(home, exchange);
        return fault;
    }
    connection_consume(connection, scan->scanned);
    settle_client(exchange);
    init_body(exchange);
    connection->exchange = exchange;
    http_count(home, HTTP_METRIC_IN_PROGRESS, 0, 1);
    return HTTP_FAULT_NONE;
}

/* ---- serving ---- */

/* "OPTIONS *" asks about the server as a whole. */
static struct error *reply_server_options(struct http_exchange *exchange)
{
    exchange_add_header(exchange, STR("Allow"), STR("GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"));
    return exchange_reply_empty(exchange, 204);
}

static void run_handler(struct http_exchange *exchange)
{
    const struct http_server *server = exchange->connection->home->server;
    if (exchange->frame.is_asterisk)
        error_ignore(reply_server_options(exchange)); /* a failure shows in has_failed */
    else
        server->handler(server->arg, exchange);
    bool is_given_up = exchange->has_failed || fiber_is_cancelled(fiber_self());
    if (exchange->reply == REPLY_NONE && !is_given_up)
        error_ignore(reply_fault(exchange, HTTP_FAULT_NO_REPLY)); /* a failure shows in has_failed */
}

enum exchange_outcome exchange_serve(struct http_exchange *exchange)
{
    run_handler(exchange);
    if (exchange->upgrade != NULL)
        return EXCHANGE_IS_UPGRADED;
    if (exchange->reply != REPLY_DONE || exchange->has_failed || exchange->connection->is_broken)
        return EXCHANGE_IS_CUT;
    if (exchange->closes)
        return exchange->is_body_ended ? EXCHANGE_ENDS : EXCHANGE_ENDS_UNREAD;
    return body_drain(exchange) ? EXCHANGE_GOES_ON : EXCHANGE_ENDS_UNREAD;
}

/* ---- another protocol ---- */

struct error *exchange_upgrade(struct http_exchange *exchange, struct str protocol, http_upgrade_fn fn,
                               void *arg)
{
    REQUIRE(exchange->reply == REPLY_NONE && exchange->request.minor_version == 1);
    REQUIRE(exchange->is_body_ended);
    exchange_add_header(exchange, STR("Upgrade"), protocol);
    TRY(exchange_reply_empty(exchange, 101));
    exchange->upgrade = fn;
    exchange->upgrade_arg = arg;
    return NULL;
}

/* ---- what the handler sees ---- */

const struct http_request *exchange_request(const struct http_exchange *exchange)
{
    return &exchange->request;
}

struct arena *exchange_arena(struct http_exchange *exchange)
{
    return exchange->arena;
}

struct exchange_facts exchange_facts(const struct http_exchange *exchange)
{
    return (struct exchange_facts){
        .status = exchange->status,
        .bytes_in = exchange->bytes_in,
        .bytes_out = exchange->bytes_out,
        .started_us = exchange->started_us,
        .opened_us = exchange->opened_us,
    };
}

bool exchange_is_replied(const struct http_exchange *exchange)
{
    return exchange->reply != REPLY_NONE;
}

void exchange_keep(struct http_exchange *exchange, const void *finding)
{
    exchange->finding = finding;
}

const void *exchange_kept(const struct http_exchange *exchange)
{
    return exchange->finding;
}

void exchange_close_after(struct http_exchange *exchange)
{
    exchange->closes = true;
}
