/* SPDX-License-Identifier: AGPL-3.0-or-later
 * A connection between and around its requests: bytes in, heads out, deadlines, the end. What happens within a request is
 * exchange.c. */
#include <errno.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "base/mem/alloc.h"
#include "base/mem/cleanup.h"
#include "base/require/require.h"

#include "platform/http/engine/engine.h"

/* How long and how much a refused client may go on sending before the connection is reset. */
#define LINGER_US        (5 * US_PER_SECOND)
#define LINGER_MAX_BYTES (2 * 1024 * 1024)
/* A peer that ends its sending half while a request is in progress has gone, or waits for the reply by habit of half-closing:
 * the request gets this long before it is cancelled. Where the end came along with the request, nothing is cancelled. */
#define HALF_CLOSED_GRACE_US (500 * US_PER_MS)
/* After so many requests in a row from one connection the others of the loop get a turn. */
#define REQUESTS_PER_TURN 16

#define WATCHED_EVENTS    (EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET)

static struct connection *connection_of(struct io_watch *watch)
{
    return LIST_OWNER(watch, struct connection, watch);
}

/* ---- state and deadline ---- */

/* Timers are not moved when a deadline moves away: one that fires too early is set anew. */
static void set_deadline(struct connection *connection, int64_t deadline_us)
{
    connection->deadline_us = deadline_us;
    if (deadline_us != INT64_MAX &&
        (!connection->timer.is_running || connection->timer.node.key > deadline_us))
        timer_start(connection->home->loop, &connection->timer, deadline_us);
}

static void enter_state(struct connection *connection, enum connection_state state, int64_t deadline_us)
{
    struct http_loop *home = connection->home;
    if ((state == CONNECTION_IDLE) != (connection->state == CONNECTION_IDLE)) {
        list_remove(&connection->link);
        list_append(state == CONNECTION_IDLE ? &home->idle : &home->active, &connection->link);
    }
    connection->state = state;
    set_deadline(connection, deadline_us);
}

static void release_buffer(struct connection *connection)
{
    if (connection->buffer != NULL)
        http_loop_give_buffer(connection->home, TAKE_PTR(connection->buffer));
    connection->buffer_start = 0;
    connection->buffer_end = 0;
}

/* All but the descriptor. */
static void release(struct connection *connection)
{
    struct http_loop *home = connection->home;
    REQUIRE(connection->exchange == NULL);
    release_buffer(connection);
    list_remove(&connection->link);
    mem_free(connection);
    atomic_fetch_sub(&home->connections, 1);
    http_count(home, HTTP_METRIC_CONNECTIONS, 0, -1);
}

static void stop_events(struct connection *connection)
{
    io_watch_stop(connection->home->loop, &connection->watch);
    timer_stop(connection->home->loop, &connection->timer);
}

void connection_close(struct connection *connection)
{
    stop_events(connection);
    close(connection->watch.fd);
    release(connection);
}

/* ---- bytes in ---- */

struct str connection_pending(const struct connection *connection)
{
    return str_from(connection->buffer + connection->buffer_start,
                    connection->buffer_end - connection->buffer_start);
}

void connection_consume(struct connection *connection, size_t len)
{
    REQUIRE(len <= connection->buffer_end - connection->buffer_start);
    connection->buffer_start += len;
    if (connection->buffer_start == connection->buffer_end)
        release_buffer(connection);
}

static void make_room(struct connection *connection)
{
    if (connection->buffer == NULL) {
        connection->buffer = http_loop_take_buffer(connection->home);
    } else if (connection->buffer_start != 0) {
        size_t len = connection->buffer_end - connection->buffer_start;
        memmove(connection->buffer, connection->buffer + connection->buffer_start, len);
        connection->buffer_start = 0;
        connection->buffer_end = len;
    }
}

/* Reads once, keeping the flags. 0: nothing came. */
size_t connection_read(struct connection *connection, char *buf, size_t capacity)
{
    if (!connection->is_readable)
        return 0;
    ssize_t got;
    do
        got = connection->transport->read(connection->watch.fd, buf, capacity);
    while (got < 0 && errno == EINTR);
    if (got <= 0) {
        connection->is_readable = false;
        if (got == 0)
            connection->is_half_closed = true;
        else if (errno != EAGAIN)
            connection->is_broken = true;
        return 0;
    }
    /* A short read has emptied the socket, and the next byte makes a new edge. An end that has come already would not. */
    if ((size_t)got < capacity && !connection->is_half_closed)
        connection->is_readable = false;
    http_count(connection->home, HTTP_METRIC_RECEIVED, 0, got);
    return (size_t)got;
}

bool connection_fill(struct connection *connection)
{
    if (!connection->is_readable)
        return false;
    make_room(connection);
    size_t room = http_loop_buffer_len(connection->home) - connection->buffer_end;
    size_t got =
        room != 0 ? connection_read(connection, connection->buffer + connection->buffer_end, room) : 0;
    connection->buffer_end += got;
    if (connection->buffer_end == connection->buffer_start)
        release_buffer(connection);
    return got != 0;
}

enum fiber_wakeup connection_wait(struct connection *connection, uint32_t event, int64_t deadline_us)
{
    const bool *is_ready = event == EPOLLIN ? &connection->is_readable : &connection->is_writable;
    while (!*is_ready && !connection->is_broken) {
        connection->waits_for = event;
        enum fiber_wakeup wakeup = fiber_park(deadline_us);
        connection->waits_for = 0;
        if (wakeup != FIBER_WOKEN)
            return wakeup;
    }
    return connection->is_broken ? FIBER_CANCELLED : FIBER_WOKEN;
}

/* ---- the end ---- */

/* Drops what comes until the peer has closed too. */
static void linger(struct connection *connection)
{
    char dropped[16 * 1024];
    size_t got;
    while ((got = connection_read(connection, dropped, sizeof(dropped))) != 0) {
        connection->lingered_bytes += (uint32_t)got;
        if (connection->lingered_bytes > LINGER_MAX_BYTES)
            break;
    }
    if (got != 0 || connection->is_half_closed || connection->is_broken)
        connection_close(connection);
}

/* Closes so that a reply just sent arrives: closing with unread bytes would reset the connection and lose it. */
static void close_gently(struct connection *connection)
{
    if (connection->is_broken || (connection->is_half_closed && !connection->is_readable)) {
        connection_close(connection);
        return;
    }
    connection->transport->finish(connection->watch.fd);
    connection->fiber = NULL;
    release_buffer(connection);
    enter_state(connection, CONNECTION_LINGER, loop_now_us() + LINGER_US);
    connection->is_readable = true;
    linger(connection);
}

/* Answers what cannot be followed any further. Not worth waiting for: what does not fit the socket is lost. */
static void refuse(struct connection *connection, enum http_fault fault)
{
    struct arena *arena = arena_new(0);
    struct str text = reply_refusal(connection, arena, fault);
    struct iovec piece = piece_of(text);
    ssize_t sent = connection->transport->write(connection->watch.fd, &piece, 1, false);
    arena_free(arena);
    if (sent > 0)
        http_count(connection->home, HTTP_METRIC_SENT, 0, sent);
    close_gently(connection);
}

/* ---- heads ---- */

enum take_outcome {
    TAKE_READY,   /* an exchange is open */
    TAKE_WAITING, /* for bytes */
    TAKE_CLOSED   /* the connection is gone, or lingers */
};

/* Without a request in the buffer: waits for one, or gives up. */
static enum take_outcome wait_for_bytes(struct connection *connection)
{
    const struct http_settings *settings = &connection->home->server->settings;
    bool has_begun = connection->buffer != NULL;
    if (connection->is_half_closed || connection->is_broken ||
        (!has_begun && connection->home->is_draining)) {
        connection_close(connection);
        return TAKE_CLOSED;
    }
    connection->fiber = NULL;
    if (!has_begun) {
        bool is_first = connection->requests == 0;
        int64_t patience_us = is_first ? settings->head_timeout_us : settings->idle_timeout_us;
        /* A fresh connection's time for the first byte does not begin anew. */
        if (connection->state != CONNECTION_IDLE || connection->deadline_us == 0)
            enter_state(connection, CONNECTION_IDLE, loop_now_us() + patience_us);
    } else if (connection->state != CONNECTION_HEAD) {
        enter_state(connection, CONNECTION_HEAD, loop_now_us() + settings->head_timeout_us);
    }
    return TAKE_WAITING;
}

static enum take_outcome open_exchange(struct connection *connection)
{
    enum http_fault fault = exchange_open(connection);
    connection->scan = (struct head_scan){0};
    if (fault != HTTP_FAULT_NONE) {
        refuse(connection, fault);
        return TAKE_CLOSED;
    }
    enter_state(connection, CONNECTION_BUSY, INT64_MAX);
    connection->requests++;
    return TAKE_READY;
}

/* Takes the next request out of the buffer and the socket. */
static enum take_outcome take_request(struct connection *connection)
{
    for (;;) {
        enum http_fault fault = HTTP_FAULT_NONE;
        enum head_state head = HEAD_PARTIAL;
        if (connection->buffer != NULL) {
            if (connection->scan.scanned == 0)
                connection->started_us = loop_now_us();
            head = head_scan(&connection->scan, connection_pending(connection),
                             &connection->home->server->limits, &fault);
        }
        switch (head) {
        case HEAD_DONE:
            return open_exchange(connection);
        case HEAD_REFUSED:
            refuse(connection, fault);
            return TAKE_CLOSED;
        case HEAD_PARTIAL:
            if (!connection_fill(connection))
                return wait_for_bytes(connection);
        }
    }
}

/* ---- the fiber of a connection with a request in progress ---- */

static void end_connection(struct connection *connection, enum exchange_outcome outcome)
{
    bool has_unread =
        outcome == EXCHANGE_ENDS_UNREAD || connection->buffer != NULL || connection->is_readable;
    if (outcome != EXCHANGE_IS_CUT && has_unread)
        close_gently(connection);
    else
        connection_close(connection);
}

/* Gives the socket, with what came behind the request, to who speaks the new protocol. */
static void hand_over(struct connection *connection)
{
    http_upgrade_fn fn = connection->exchange->upgrade;
    void *arg = connection->exchange->upgrade_arg;
    exchange_close(TAKE_PTR(connection->exchange));
    if (connection->is_broken) {
        connection_close(connection);
        fn(arg, NULL);
        return;
    }
    stop_events(connection);
    struct http_socket socket = {
        .fd = connection->watch.fd,
        .transport = connection->transport,
        .early = connection->buffer != NULL ? connection_pending(connection) : STR_NONE,
    };
    fn(arg, &socket);
    release(connection);
}

static void run_requests(void *arg)
{
    struct connection *connection = arg;
    unsigned served = 0;
    do {
        enum exchange_outcome outcome = exchange_serve(connection->exchange);
        if (outcome == EXCHANGE_IS_UPGRADED) {
            hand_over(connection);
            return;
        }
        exchange_close(TAKE_PTR(connection->exchange));
        if (outcome != EXCHANGE_GOES_ON) {
            end_connection(connection, outcome);
            return;
        }
        if (++served % REQUESTS_PER_TURN == 0)
            fiber_yield();
    } while (take_request(connection) == TAKE_READY);
}

/* In loop context. */
static void start_request(struct connection *connection)
{
    if (take_request(connection) != TAKE_READY)
        return;
    connection->fiber = fiber_spawn("http request", run_requests, connection);
    if (connection->fiber == NULL) {
        exchange_close(TAKE_PTR(connection->exchange));
        refuse(connection, HTTP_FAULT_OVERLOAD);
        return;
    }
    const struct http_server *server = connection->home->server;
    if (server->is_vital != NULL && fiber_waits_behind_others(connection->fiber) &&
        server->is_vital(server->arg, connection->exchange))
        fiber_hurry(connection->fiber);
}

/* ---- events ---- */

static bool has_what_it_waits_for(const struct connection *connection)
{
    return (connection->waits_for == EPOLLIN && connection->is_readable) ||
           (connection->waits_for == EPOLLOUT && connection->is_writable);
}

static void busy_ready(struct connection *connection, bool has_just_half_closed)
{
    if (connection->is_broken)
        fiber_cancel(connection->fiber);
    else if (has_what_it_waits_for(connection))
        fiber_wake(connection->fiber);
    else if (has_just_half_closed)
        set_deadline(connection, loop_now_us() + HALF_CLOSED_GRACE_US);
}

static void connection_ready(struct io_watch *watch, uint32_t events)
{
    struct connection *connection = connection_of(watch);
    bool has_just_half_closed = (events & EPOLLRDHUP) != 0 && !connection->is_half_closed;
    if ((events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0)
        connection->is_readable = true;
    if ((events & EPOLLOUT) != 0)
        connection->is_writable = true;
    if ((events & (EPOLLHUP | EPOLLERR)) != 0)
        connection->is_broken = true;
    if ((events & EPOLLRDHUP) != 0)
        connection->is_half_closed = true;
    switch (connection->state) {
    case CONNECTION_IDLE:
    case CONNECTION_HEAD:
        if (connection->is_broken)
            connection_close(connection);
        else
            start_request(connection);
        break;
    case CONNECTION_BUSY:
        busy_ready(connection, has_just_half_closed);
        break;
    case CONNECTION_LINGER:
        linger(connection);
        break;
    }
}

static void deadline_passed(struct connection *connection)
{
    switch (connection->state) {
    case CONNECTION_IDLE:
        http_count(connection->home, HTTP_METRIC_TIMEOUTS,
                   connection->requests == 0 ? HTTP_PHASE_FIRST_BYTE : HTTP_PHASE_IDLE, 1);
        connection_close(connection);
        break;
    case CONNECTION_HEAD:
        http_count(connection->home, HTTP_METRIC_TIMEOUTS, HTTP_PHASE_HEAD, 1);
        refuse(connection, HTTP_FAULT_SLOW_HEAD);
        break;
    case CONNECTION_BUSY: /* half-closed; a client that has gone breaks the connection when it is written to */
        if (connection->waits_for != EPOLLOUT)
            fiber_cancel(connection->fiber);
        break;
    case CONNECTION_LINGER:
        connection_close(connection);
        break;
    }
}

static void timer_fired(struct timer *timer)
{
    struct connection *connection = LIST_OWNER(timer, struct connection, timer);
    if (connection->deadline_us <= loop_now_us())
        deadline_passed(connection);
    else
        set_deadline(connection, connection->deadline_us);
}

/* ---- the beginning ---- */

static bool has_room_for_another(struct http_loop *home)
{
    if (atomic_load(&home->connections) < home->server->settings.max_connections)
        return true;
    if (list_is_empty(&home->idle))
        return false;
    connection_close(LIST_OWNER(home->idle.next, struct connection, link));
    return true;
}

static size_t count_from(const struct list *connections, const struct address *peer)
{
    size_t count = 0;
    LIST_EACH (node, connections)
        count += memcmp(&LIST_OWNER(node, struct connection, link)->peer, peer, sizeof(*peer)) == 0;
    return count;
}

/* The lists are walked only when the limit is set: an operator who sets it has few connections or many addresses to fear. */
static bool address_has_room(const struct http_loop *home, const struct connection *connection)
{
    int64_t limit = home->server->settings.max_connections_per_address;
    if (limit == 0 || connection->is_trusted)
        return true;
    return count_from(&home->idle, &connection->peer) + count_from(&home->active, &connection->peer) <
           (size_t)limit;
}

static void admit(struct connection *connection)
{
    struct http_loop *home = connection->home;
    atomic_fetch_add(&home->connections, 1);
    http_count(home, HTTP_METRIC_CONNECTIONS, 0, 1);
    http_count(home, HTTP_METRIC_ACCEPTED, 0, 1);
    list_append(&home->idle, &connection->link);
    io_watch_start(home->loop, &connection->watch);
    set_deadline(connection, loop_now_us() + home->server->settings.head_timeout_us);
}

void connection_start(struct http_loop *home, int fd, const struct sockaddr *peer)
{
    struct connection *connection = MEM_NEW(struct connection);
    connection->home = home;
    connection->transport = &transport_plain;
    connection->watch = (struct io_watch){.fd = fd, .events = WATCHED_EVENTS, .ready = connection_ready};
    connection->timer.fire = timer_fired;
    list_init(&connection->link);
    REQUIRE(address_from_socket(peer, &connection->peer));
    connection->address_len = (uint8_t)address_format(&connection->peer, connection->address_text);
    connection->is_trusted = network_set_has(&home->server->trusted, &connection->peer);
    bool has_room = has_room_for_another(home);
    if (has_room && address_has_room(home, connection)) {
        admit(connection);
        return;
    }
    http_count(home, HTTP_METRIC_TURNED_AWAY, has_room ? TURNED_AWAY_ADDRESS : TURNED_AWAY_CONNECTIONS, 1);
    close(fd);
    mem_free(connection);
}
