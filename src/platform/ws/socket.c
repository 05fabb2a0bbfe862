/* SPDX-License-Identifier: AGPL-3.0-or-later
 * A connection's life: reading in turns, writing what is pulled, the closing handshake. */
#include "platform/ws/socket.h"

#include <errno.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "base/mem/alloc.h"
#include "base/mem/cleanup.h"
#include "base/require/require.h"
#include "base/text/utf8.h"
#include "base/value/instant.h"

#include "platform/http/transport.h"

enum { SCRATCH_BYTES = 64 * 1024, BROKEN = 1006 };
/* Lingering: what is not read when the descriptor is closed resets the connection, and the close code on its way is lost to a peer
 * that is still sending. So we read on until the peer has closed too, was silent for long, or has had its share of time and bytes.
 * A busy peer may need seconds to come to reading at all. */
#define LINGER_SILENCE_US (10 * US_PER_SECOND)
#define LINGER_US         (60 * US_PER_SECOND)
#define LINGER_MAX_BYTES  INT64_C(268435456)

static struct ws_socket *socket_of(struct io_watch *watch)
{
    return LIST_OWNER(watch, struct ws_socket, watch);
}

/* ---- the end ---- */

static void release_frames(struct ws_socket *socket)
{
    for (uint32_t i = 0; i < socket->pending_count; i++)
        ws_frame_unref(socket->pending[i]);
    socket->pending_count = 0;
    for (size_t i = 0; i < WS_URGENT_COUNT; i++)
        ws_frame_unref(TAKE_PTR(socket->urgent[i]));
}

void ws_socket_abort(struct ws_socket *socket)
{
    if (socket->state == WS_ENDED)
        return;
    socket->state = WS_ENDED;
    io_watch_stop(socket->home->loop, &socket->watch);
    timer_stop(socket->home->loop, &socket->timer);
    list_remove(&socket->unread);
    close(socket->watch.fd);
    release_frames(socket);
    ws_parser_fini(&socket->parser);
    socket->home->events->ended(socket, socket->code != 0 ? socket->code : BROKEN);
}

static int64_t linger_until_us(const struct ws_socket *socket)
{
    int64_t silent_us = socket->heard_us + LINGER_SILENCE_US;
    return silent_us < socket->closed_us + LINGER_US ? silent_us : socket->closed_us + LINGER_US;
}

static void timer_fired(struct timer *timer)
{
    struct ws_socket *socket = LIST_OWNER(timer, struct ws_socket, timer);
    int64_t until_us = linger_until_us(socket);
    if (until_us > loop_now_us())
        timer_start(socket->home->loop, &socket->timer, until_us);
    else
        ws_socket_abort(socket);
}

void ws_socket_close(struct ws_socket *socket, enum ws_close_code code, const char *why)
{
    if (socket->state != WS_OPEN)
        return;
    socket->state = WS_CLOSING;
    socket->code = (int)code;
    socket->is_paused = false; /* the peer's answer is waited for */
    ws_frame_unref(TAKE_PTR(socket->urgent[WS_URGENT_PING]));
    ws_frame_unref(TAKE_PTR(socket->urgent[WS_URGENT_PONG]));
    socket->urgent[WS_URGENT_CLOSE] = ws_frame_close(code, str_cstr(why));
    socket->closed_us = socket->heard_us = loop_now_us();
    timer_start(socket->home->loop, &socket->timer, linger_until_us(socket));
    ws_socket_flush(socket);
}

/* The close frame is out. We read on until the peer has closed too: what it sent meanwhile must not reset the connection. */
static void close_was_sent(struct ws_socket *socket)
{
    socket->state = WS_LINGERING;
    socket->transport->finish(socket->watch.fd);
    if (socket->is_readable && list_is_empty(&socket->unread))
        ws_socket_resume(socket);
}

/* ---- writing ---- */

/* A close frame waits for the frame that has begun, not for those behind it. */
static void drop_unbegun(struct ws_socket *socket)
{
    uint32_t kept = socket->pending_count != 0 && socket->pending_sent != 0 ? 1 : 0;
    while (socket->pending_count > kept)
        ws_frame_unref(socket->pending[--socket->pending_count]);
}

/* The owner may close the socket while it is asked. */
static void pull_from_owner(struct ws_socket *socket)
{
    struct ws_frame *frames[WS_PULL_MAX];
    size_t count = socket->home->events->pull(socket, frames, WS_PULL_MAX);
    for (size_t i = 0; i < count; i++) {
        if (socket->state == WS_OPEN)
            socket->pending[socket->pending_count++] = frames[i];
        else
            ws_frame_unref(frames[i]);
    }
}

static void pull(struct ws_socket *socket)
{
    if (socket->state == WS_CLOSING)
        drop_unbegun(socket);
    for (size_t i = 0; i < WS_URGENT_COUNT && socket->pending_count < WS_PULL_MAX; i++)
        if (socket->urgent[i] != NULL)
            socket->pending[socket->pending_count++] = TAKE_PTR(socket->urgent[i]);
    if (socket->state == WS_OPEN && socket->pending_count == 0)
        pull_from_owner(socket);
}

static size_t fill_pieces(const struct ws_socket *socket, struct iovec pieces[WS_PULL_MAX])
{
    for (uint32_t i = 0; i < socket->pending_count; i++) {
        size_t skipped = i == 0 ? socket->pending_sent : 0;
        pieces[i] = (struct iovec){.iov_base = socket->pending[i]->bytes + skipped,
                                   .iov_len = socket->pending[i]->len - skipped};
    }
    return socket->pending_count;
}

static void drop_sent(struct ws_socket *socket, size_t sent)
{
    uint32_t done = 0;
    sent += socket->pending_sent;
    while (done < socket->pending_count && sent >= socket->pending[done]->len) {
        sent -= socket->pending[done]->len;
        ws_frame_unref(socket->pending[done++]);
    }
    socket->pending_count -= done;
    socket->pending_sent = (uint32_t)sent;
    memmove(socket->pending, socket->pending + done, socket->pending_count * sizeof(socket->pending[0]));
}

/* False when no more can be sent now, or ever. */
static bool write_pending(struct ws_socket *socket)
{
    struct iovec pieces[WS_PULL_MAX];
    size_t count = fill_pieces(socket, pieces);
    ssize_t sent = socket->transport->write(socket->watch.fd, pieces, count, false);
    if (sent >= 0) {
        drop_sent(socket, (size_t)sent);
        socket->home->count(socket->home->count_arg, 0, sent);
        socket->blocked_us = 0;
        return true;
    }
    if (errno == EINTR)
        return true;
    if (errno != EAGAIN) {
        ws_socket_abort(socket);
        return false;
    }
    socket->is_writable = false;
    if (socket->blocked_us == 0)
        socket->blocked_us = loop_now_us();
    return false;
}

void ws_socket_flush(struct ws_socket *socket)
{
    while (socket->is_writable && socket->state < WS_LINGERING) {
        pull(socket);
        if (socket->pending_count == 0)
            break;
        if (!write_pending(socket))
            return;
    }
    if (socket->state == WS_CLOSING && socket->pending_count == 0 && socket->urgent[WS_URGENT_CLOSE] == NULL)
        close_was_sent(socket);
}

void ws_socket_ping(struct ws_socket *socket)
{
    if (socket->state != WS_OPEN || socket->urgent[WS_URGENT_PING] != NULL)
        return;
    socket->urgent[WS_URGENT_PING] = ws_frame_new(WS_PING, STR_NONE, WS_PLAIN);
    ws_socket_flush(socket);
}

/* ---- reading ---- */

/* False: over the budget. */
static bool spend_frame(struct ws_socket *socket)
{
    const struct ws_home *home = socket->home;
    int64_t now_us = loop_now_us();
    int64_t unit_us = US_PER_SECOND / home->frames_per_second;
    if (socket->budget_us < now_us)
        socket->budget_us = now_us;
    socket->budget_us += unit_us;
    return socket->budget_us - now_us <= home->frame_burst * unit_us;
}

static void unpack_and_give(struct ws_socket *socket, struct str packed)
{
    struct strbuf text;
    strbuf_init(&text, NULL, socket->home->max_message);
    switch (ws_deflate_unpack(socket->home->deflate, packed, &text)) {
    case WS_UNPACKED_TOO_LARGE:
        ws_socket_close(socket, WS_CLOSE_TOO_LARGE, "the message is too large");
        break;
    case WS_UNPACKED_BROKEN:
        ws_socket_close(socket, WS_CLOSE_BAD_TEXT, "the message cannot be inflated");
        break;
    case WS_UNPACKED:
        if (!utf8_is_valid(strbuf_str(&text)))
            ws_socket_close(socket, WS_CLOSE_BAD_TEXT, "the text is not UTF-8");
        else
            socket->home->events->message(socket, strbuf_str(&text));
        break;
    }
    strbuf_fini(&text);
}

static void take_message(struct ws_socket *socket, const struct ws_event *event)
{
    if (event->opcode == WS_BINARY)
        ws_socket_close(socket, WS_CLOSE_UNSUPPORTED, "messages are text");
    else if (event->is_deflated)
        unpack_and_give(socket, event->payload);
    else
        socket->home->events->message(socket, event->payload);
}

/* Only the latest ping needs an answer (RFC 6455 §5.5.3). */
static void take_ping(struct ws_socket *socket, struct str payload)
{
    ws_frame_unref(socket->urgent[WS_URGENT_PONG]);
    socket->urgent[WS_URGENT_PONG] = ws_frame_new(WS_PONG, payload, WS_PLAIN);
    ws_socket_flush(socket);
}

static void take_close(struct ws_socket *socket, int code)
{
    ws_socket_close(socket, (enum ws_close_code)code, "");
}

static void take_event(struct ws_socket *socket, enum ws_event_kind kind, const struct ws_event *event)
{
    if (kind != WS_EVENT_NONE && kind != WS_EVENT_FAULT && !spend_frame(socket)) {
        ws_socket_close(socket, WS_CLOSE_FLOODING, "too many frames");
        return;
    }
    switch (kind) {
    case WS_EVENT_NONE:
    case WS_EVENT_FRAME:
    case WS_EVENT_PONG:
        break;
    case WS_EVENT_MESSAGE:
        take_message(socket, event);
        break;
    case WS_EVENT_PING:
        take_ping(socket, event->payload);
        break;
    case WS_EVENT_CLOSE:
        take_close(socket, event->code);
        break;
    case WS_EVENT_FAULT:
        ws_socket_close(socket, (enum ws_close_code)event->code, event->why);
        break;
    }
}

static void take_bytes(struct ws_socket *socket, struct str bytes)
{
    while (socket->state == WS_OPEN) {
        struct ws_event event;
        enum ws_event_kind kind = ws_parser_next(&socket->parser, &bytes, &event);
        take_event(socket, kind, &event);
        if (kind == WS_EVENT_NONE)
            return;
    }
}

/* Of what comes after we said close, only a close frame is of interest, and the end of the stream tells as much. */
static void drop_bytes(struct ws_socket *socket, size_t len)
{
    socket->dropped += (int64_t)len;
    socket->heard_us = loop_now_us();
    if (socket->dropped > LINGER_MAX_BYTES)
        ws_socket_abort(socket);
}

/* Reads once; false when there is nothing more. */
static bool read_once(struct ws_socket *socket)
{
    struct ws_home *home = socket->home;
    ssize_t got = socket->transport->read(socket->watch.fd, home->scratch, SCRATCH_BYTES);
    if (got < 0 && errno == EINTR)
        return true;
    if (got < 0 && errno == EAGAIN) {
        socket->is_readable = false;
        return false;
    }
    if (got <= 0) {
        ws_socket_abort(socket);
        return false;
    }
    /* A short read has emptied it, and the next byte makes an edge. An end that has come already would not. */
    socket->is_readable = got == SCRATCH_BYTES || socket->is_half_closed;
    home->count(home->count_arg, got, 0);
    home->events->heard(socket);
    if (socket->state == WS_OPEN)
        take_bytes(socket, str_from(home->scratch, (size_t)got));
    else
        drop_bytes(socket, (size_t)got);
    return socket->state != WS_ENDED && socket->is_readable && !socket->is_paused;
}

/* One read per turn, so that a peer that sends without end has no more of the loop than the others. */
static void read_later(struct ws_socket *socket)
{
    struct ws_home *home = socket->home;
    if (list_is_empty(&socket->unread))
        list_append(&home->unread, &socket->unread);
    if (home->is_unread_due)
        return;
    home->is_unread_due = true;
    loop_defer(home->loop, &home->unread_task);
}

static void read_turn(struct ws_socket *socket)
{
    if (socket->state != WS_ENDED && socket->is_readable && !socket->is_paused && read_once(socket))
        read_later(socket);
}

static void read_unread(struct loop_task *task)
{
    struct ws_home *home = LIST_OWNER(task, struct ws_home, unread_task);
    struct list now;
    home->is_unread_due = false;
    list_init(&now);
    for (struct list *node; (node = list_take_first(&home->unread)) != NULL;)
        list_append(&now, node);
    for (struct list *node; (node = list_take_first(&now)) != NULL;)
        read_turn(LIST_OWNER(node, struct ws_socket, unread));
}

void ws_socket_pause(struct ws_socket *socket)
{
    socket->is_paused = socket->state == WS_OPEN;
}

void ws_socket_resume(struct ws_socket *socket)
{
    socket->is_paused = false;
    if (socket->state != WS_ENDED && socket->is_readable)
        read_later(socket);
}

static void socket_ready(struct io_watch *watch, uint32_t events)
{
    struct ws_socket *socket = socket_of(watch);
    if ((events & (EPOLLHUP | EPOLLERR)) != 0) {
        socket->is_readable = true; /* what came before the end is still to be read */
        socket->is_paused = false;
    }
    if ((events & (EPOLLIN | EPOLLRDHUP)) != 0)
        socket->is_readable = true;
    if ((events & EPOLLRDHUP) != 0)
        socket->is_half_closed = true;
    if ((events & EPOLLOUT) != 0) {
        socket->is_writable = true;
        ws_socket_flush(socket);
    }
    read_turn(socket);
}

/* ---- the beginning ---- */

static void count_nothing(void *arg, int64_t received, int64_t sent)
{
    (void)arg;
    (void)received;
    (void)sent;
}

void ws_home_init(struct ws_home *home, struct loop *loop, const struct ws_events *events)
{
    *home = (struct ws_home){.loop = loop,
                             .events = events,
                             .max_message = 64 * 1024,
                             .frames_per_second = 1000,
                             .frame_burst = 2000,
                             .scratch = mem_alloc(SCRATCH_BYTES),
                             .deflate = ws_deflate_new(),
                             .unread_task = {.fn = read_unread},
                             .count = count_nothing};
    list_init(&home->unread);
}

void ws_home_fini(struct ws_home *home)
{
    REQUIRE(list_is_empty(&home->unread));
    ws_deflate_free(home->deflate);
    mem_free(home->scratch);
}

void ws_socket_start(struct ws_socket *socket, struct ws_home *home, const struct http_socket *http,
                     bool is_deflating)
{
    *socket = (struct ws_socket){
        .watch = {.fd = http->fd, .events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, .ready = socket_ready},
        .home = home,
        .transport = http->transport,
        .parser = {.max_message = home->max_message, .may_deflate = is_deflating},
        .timer = {.fire = timer_fired},
        .is_writable = true,
        .is_deflating = is_deflating,
    };
    list_init(&socket->unread);
    io_watch_start(home->loop, &socket->watch);
    if (http->early.len != 0)
        take_bytes(socket, http->early);
}
