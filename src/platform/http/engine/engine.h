/* SPDX-License-Identifier: AGPL-3.0-or-later
 * The inside of the engine, shared by the files of this folder only.
 *
 * Invariants
 * - Everything here belongs to one loop's thread, but struct http_server, which does not change after http_server_new, and
 *   http_loop.connections, which others read.
 * - A connection is in one state and in one list of its loop: idle (waiting for the first byte of a request; no buffer, no
 *   exchange, no fiber) or active (all others).
 * - BUSY means: there is an exchange, and a fiber is spawned or runs for it. Only that fiber reads from and writes to the socket,
 *   and only it closes the connection; loop context sets flags, wakes it or cancels it.
 * - The descriptor is watched edge-triggered for everything from accept to close. is_readable and is_writable say what has not
 *   been used up, so a system call that would block is made only once. */
#ifndef PLATFORM_HTTP_ENGINE_ENGINE_H
#define PLATFORM_HTTP_ENGINE_ENGINE_H

#include <stdatomic.h>
#include <sys/socket.h>

#include "base/data/list.h"

#include "platform/fiber/fiber.h"
#include "platform/fiber/loop.h"
#include "platform/http/engine/metrics.h"
#include "platform/http/engine/settings.h"
#include "platform/http/server.h"
#include "platform/http/transport.h"
#include "platform/http/upgrade.h"
#include "platform/http/wire/address.h"
#include "platform/http/wire/chunked.h"
#include "platform/http/wire/request_parser.h"
#include "platform/metrics/metrics.h"

struct compressor;

#define HTTP_MAX_LOOPS 256

struct http_server {
    struct http_settings settings;
    struct head_limits limits;
    const struct platform *platform;
    http_handler_fn handler;
    bool (*is_vital)(void *arg, struct http_exchange *exchange); /* or NULL */
    void *arg;
    struct arena *arena; /* what lives as long as the server */
    struct network_set trusted;
    struct sockaddr_storage bound;
    socklen_t bound_len;
    atomic_int first_fd; /* bound by http_server_new; -1 once a loop took it */
    /* Each is made on its own loop and looked at by the one that drains. */
    _Atomic(struct http_loop *) loops[HTTP_MAX_LOOPS];
};

/* Free buffers and exchanges are kept up to these numbers; what a burst needed beyond goes back to the heap. */
#define KEPT_BUFFERS         64
#define KEPT_EXCHANGES       64

#define HTTP_DATE_LINE_CHARS (6 + INSTANT_HTTP_CHARS + 2) /* "Date: …\r\n" */

/* A part of a file that was in the page cache a moment ago. */
struct warm_window {
    uint64_t what; /* 0: none */
    int64_t until_us;
};
enum { HTTP_WARM_WINDOWS = 128 };

struct http_loop {
    struct http_server *server;
    struct loop *loop;
    struct io_watch listener; /* fd -1: not listening */
    struct timer accept_pause;
    int reserve_fd; /* given up for a moment when descriptors run out; -1: given up */
    bool is_draining;
    atomic_int connections;
    struct list idle; /* longest idle first */
    struct list active;
    struct http_buffer *buffers;
    int buffer_count;
    struct http_exchange *exchanges;
    int exchange_count;
    struct compressor *compressor;
    char date_line[HTTP_DATE_LINE_CHARS];
    int64_t date_due_us;
    struct warm_window warm[HTTP_WARM_WINDOWS];
};

/* A free buffer's first bytes. */
struct http_buffer {
    struct http_buffer *next;
};

enum connection_state {
    CONNECTION_IDLE,
    CONNECTION_HEAD, /* a request has begun to arrive */
    CONNECTION_BUSY, /* an exchange is in progress */
    CONNECTION_LINGER /* answered for good: what still arrives is dropped, so that the reply is not lost to a reset */
};

struct connection {
    struct io_watch watch;
    struct timer timer; /* runs at or before deadline_us */
    struct list link;
    struct http_loop *home;
    const struct transport *transport;
    char *buffer; /* borrowed while it holds bytes: [buffer_start, buffer_end) */
    size_t buffer_start, buffer_end;
    struct head_scan scan; /* over the bytes from buffer_start */
    struct http_exchange *exchange;
    struct fiber *fiber; /* BUSY */
    int64_t deadline_us; /* of the state */
    int64_t started_us;  /* first byte of the request */
    uint32_t waits_for;  /* EPOLLIN or EPOLLOUT while the fiber is parked for it */
    uint32_t lingered_bytes;
    uint32_t requests; /* served so far */
    enum connection_state state;
    bool is_readable, is_writable;
    bool is_half_closed; /* the peer sends nothing beyond what has arrived */
    bool is_broken;      /* reset, or gone for good */
    bool is_trusted;     /* a proxy whose Forwarded we believe */
    struct address peer;
    uint8_t address_len;
    char address_text[ADDRESS_CHARS];
};

/* Room for time lost: waiting uses it up, bytes at min_rate give it back, up to the patience it began with. */
struct pace {
    int64_t credit_us;
    int64_t patience_us;
    enum http_phase phase;
};

enum reply_phase { REPLY_NONE, REPLY_STREAM, REPLY_DONE };

struct http_exchange {
    struct http_exchange *next; /* while free */
    struct connection *connection;
    struct arena *arena;
    struct http_request request;
    struct request_frame frame;
    const void *finding; /* as in exchange_keep */
    int64_t started_us;  /* as in struct exchange_facts */
    int64_t opened_us;

    /* request body */
    struct chunk_decoder decoder;
    struct pace read_pace;
    int64_t body_left; /* of a body with a length */
    int64_t body_limit;
    int64_t bytes_in;
    bool is_body_ended;
    bool is_continue_sent;

    /* reply */
    struct pace write_pace;
    struct http_pair *headers;
    size_t header_count, header_capacity;
    size_t header_bytes;
    int64_t bytes_out;
    int64_t stream_left;    /* of a reply with a length */
    struct str stream_head; /* not sent yet */
    int status;
    enum reply_phase reply;
    bool is_reply_chunked, is_reply_sized;
    bool
        is_event_stream; /* without an end of its own: draining ends it, and the client comes back elsewhere */
    bool closes;         /* the connection, after this reply */
    bool has_failed; /* the reply is cut short, or the request cannot be followed further: close at once */

    http_upgrade_fn upgrade; /* takes the connection after the handler has returned; NULL: nobody does */
    void *upgrade_arg;
};

/* Text to be sent; writing only reads it, which struct iovec cannot say. */
static inline struct iovec piece_of(struct str text)
{
    union {
        const char *text;
        void *bytes;
    } at = {.text = text.ptr};
    return (struct iovec){.iov_base = at.bytes, .iov_len = text.len};
}

/* ---- loop (server.c) ---- */
char *http_loop_take_buffer(struct http_loop *home);
void http_loop_give_buffer(struct http_loop *home, char *memory);
size_t http_loop_buffer_len(const struct http_loop *home);
struct str http_loop_date_line(struct http_loop *home);

static inline void http_count(const struct http_loop *home, enum http_metric row, size_t label, int64_t by)
{
    metric_add(home->server->platform->metrics, &http_metrics, row, label, by);
}

/* ---- listener (listener.c) ---- */
struct error *listener_open_first(struct arena *arena, struct str address, struct http_server *server)
    MUST_USE;
void listener_start(struct http_loop *home);
void listener_stop(struct http_loop *home);

/* ---- connection (connection.c) ---- */
/* Takes the descriptor. */
void connection_start(struct http_loop *home, int fd, const struct sockaddr *peer);
void connection_close(struct connection *connection);
/* Moves what is not used to the front, borrows a buffer if there is none, reads once. True: bytes came. False: would block, or
 * the other end is closed or broken (flags say so), or the buffer is full. */
bool connection_fill(struct connection *connection);
struct str connection_pending(const struct connection *connection);
void connection_consume(struct connection *connection, size_t len);
/* Reads once into any memory, keeping the flags; 0 as connection_fill's false. */
size_t connection_read(struct connection *connection, char *buf, size_t capacity);
/* On the connection's fiber. */
enum fiber_wakeup connection_wait(struct connection *connection, uint32_t event, int64_t deadline_us);

/* ---- exchange (exchange.c) ---- */
/* Parses the head that the connection's scan found and takes it out of the buffer; connection->exchange is set unless there is a
 * fault. */
enum http_fault exchange_open(struct connection *connection);
void exchange_close(struct http_exchange *exchange);
enum exchange_outcome {
    EXCHANGE_GOES_ON,     /* another request may follow */
    EXCHANGE_ENDS,        /* answered; the connection closes */
    EXCHANGE_ENDS_UNREAD, /* the same, with a rest of the body on its way */
    EXCHANGE_IS_CUT,      /* the reply is not whole and must not look so */
    EXCHANGE_IS_UPGRADED  /* the connection speaks another protocol from here on */
};
/* Runs the handler and brings the exchange to its end. */
enum exchange_outcome exchange_serve(struct http_exchange *exchange);
void exchange_free(struct http_exchange *exchange);

/* ---- request body (exchange_body.c) ---- */
/* Whether what is left of the body is little enough to be read and dropped. */
bool body_is_drainable(const struct http_exchange *exchange);
/* Reads and drops what is left; false when the connection cannot go on. */
bool body_drain(struct http_exchange *exchange);
/* Waits at the pace; NULL when the event came. */
struct error *exchange_wait(struct http_exchange *exchange, uint32_t event, struct pace *pace) MUST_USE;
void pace_earn(struct pace *pace, int64_t bytes, int64_t min_rate);

/* ---- reply (reply.c, reply_head.c) ---- */
/* length HTTP_NO_LENGTH: not known. Freezes status and close; the text lives in the arena. */
struct str reply_head(struct http_exchange *exchange, int status, struct str content_type, int64_t length);
/* Sends all pieces, parking as needed. pieces are used up. */
struct error *reply_send(struct http_exchange *exchange, struct iovec *pieces, size_t count, bool more)
    MUST_USE;
/* A whole reply with the problem document of a fault, after which the connection closes. Counts and logs it. */
struct str reply_refusal(const struct connection *connection, struct arena *arena, enum http_fault fault);
/* Answers with the problem document of a fault, with the fields that were added. */
struct error *reply_problem(struct http_exchange *exchange, enum http_fault fault) MUST_USE;
/* The same without those fields but X-Request-Id; it is counted and logged, and the connection closes. */
struct error *reply_fault(struct http_exchange *exchange, enum http_fault fault) MUST_USE;
/* After a failed write with that errno: waits, or says that the client is gone. */
struct error *reply_wait_writable(struct http_exchange *exchange, int error) MUST_USE;
void reply_note_sent(struct http_exchange *exchange, int64_t sent);
/* True when the client gets no body whatever the handler sends. */
bool reply_is_bodiless(const struct http_exchange *exchange, int status);

#endif
