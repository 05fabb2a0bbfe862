/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Files by sendfile: conditions, one range, and bytes that go from the page cache to the socket without passing here. */
#include <errno.h>
#include <fcntl.h>
#include <sys/uio.h>

#include "base/require/require.h"

#include "platform/fiber/pool.h"
#include "platform/http/engine/engine.h"
#include "platform/http/wire/condition.h"
#include "platform/http/wire/range.h"

#define PAGE_BYTES 4096

/* Sent at a time before other fibers get a turn, and read ahead at a time where the page cache has nothing. */
#define WINDOW_BYTES ((int64_t)512 * 1024)

/* ---- page cache ---- */

struct read_ahead {
    int fd;
    off_t offset;
    size_t len;
};

/* Reading one byte a page brings the window in; readahead(2) alone would only ask for it. */
static void read_ahead_on_thread(void *arg)
{
    const struct read_ahead *call = arg;
    char byte;
    (void)readahead(call->fd, call->offset, call->len);
    for (size_t at = 0; at < call->len; at += 4096) {
        if (pread(call->fd, &byte, 1, call->offset + (off_t)at) <= 0)
            return;
    }
}

static bool is_cached(int fd, off_t offset)
{
    char byte;
    struct iovec piece = {.iov_base = &byte, .iov_len = 1};
    return preadv2(fd, &piece, 1, offset, RWF_NOWAIT) == 1 || errno != EAGAIN;
}

/* Of the window, never 0. */
static uint64_t window_of(const struct http_file *file, off_t offset, size_t len)
{
    uint64_t mixed = (file->identity ^ (uint64_t)offset) * UINT64_C(0x9e3779b97f4a7c15);
    return (mixed ^ mixed >> 29 ^ len) | 1;
}

static bool was_warm(const struct http_loop *home, const struct http_file *file, uint64_t what)
{
    const struct warm_window *window = &home->warm[what / 2 % HTTP_WARM_WINDOWS];
    return file->identity != 0 && window->what == what && loop_now_us() < window->until_us;
}

static void note_warm(struct http_loop *home, const struct http_file *file, uint64_t what)
{
    if (file->identity != 0)
        home->warm[what / 2 % HTTP_WARM_WINDOWS] =
            (struct warm_window){.what = what, .until_us = loop_now_us() + US_PER_SECOND};
}

/* sendfile would wait for the disk, and with it the whole loop. First and last byte speak for the window. */
static void warm_up(struct http_exchange *exchange, const struct http_file *file, off_t offset, size_t len)
{
    struct http_loop *home = exchange->connection->home;
    const struct platform *platform = home->server->platform;
    uint64_t what = window_of(file, offset, len);
    if (platform->blocking_pool == NULL || was_warm(home, file, what))
        return;
    if (is_cached(file->fd, offset) && is_cached(file->fd, offset + (off_t)len - 1)) {
        note_warm(home, file, what);
        return;
    }
    struct read_ahead call = {.fd = file->fd, .offset = offset, .len = len};
    struct ctx cx = {.arena = exchange->arena, .platform = platform, .caller = &caller_anonymous};
    error_ignore(
        pool_call(&cx, platform->blocking_pool, read_ahead_on_thread, &call)); /* full: wait on the loop */
}

/* ---- sending ---- */

static struct error *file_ended_early(struct http_exchange *exchange)
{
    exchange->has_failed = true;
    return ERROR_IN(exchange->arena, error_common_reasons[ERROR_INTERNAL],
                    "a file was shorter than announced");
}

static struct error *send_window(struct http_exchange *exchange, const struct http_file *file, off_t offset,
                                 size_t len)
{
    const struct connection *connection = exchange->connection;
    warm_up(exchange, file, offset, len);
    while (len != 0) {
        ssize_t sent = connection->transport->send_file(connection->watch.fd, file->fd, &offset, len);
        if (sent == 0)
            return file_ended_early(exchange);
        if (sent < 0) {
            TRY(reply_wait_writable(exchange, errno));
            continue;
        }
        len -= (size_t)sent;
        exchange->bytes_out += sent;
        reply_note_sent(exchange, sent);
    }
    return NULL;
}

static struct error *send_part(struct http_exchange *exchange, const struct http_file *file, int64_t offset,
                               int64_t len)
{
    for (int64_t window = len; len != 0; len -= window, offset += window) {
        window = len < WINDOW_BYTES ? len : WINDOW_BYTES;
        TRY(send_window(exchange, file, offset, (size_t)window));
        if (len > window)
            fiber_yield();
    }
    return NULL;
}

/* The head, and up to the file's next page what can be had without waiting: from there on the kernel sends whole pages. A segment
 * in the middle of a file would else touch one page more than it fills, which takes a packet more. *ret_lead: bytes of the part. */
static struct str with_lead(struct http_exchange *exchange, struct str head, const struct http_file *file,
                            int64_t offset, int64_t len, size_t *ret_lead)
{
    size_t wanted = PAGE_BYTES - (size_t)(offset % PAGE_BYTES);
    *ret_lead = 0;
    if (wanted == PAGE_BYTES || len <= PAGE_BYTES)
        return head;
    char *bytes = arena_alloc_raw(exchange->arena, head.len + wanted);
    struct iovec piece = {.iov_base = bytes + head.len, .iov_len = wanted};
    if (preadv2(file->fd, &piece, 1, offset, RWF_NOWAIT) != (ssize_t)wanted)
        return head;
    memcpy(bytes, head.ptr, head.len);
    *ret_lead = wanted;
    return str_from(bytes, head.len + wanted);
}

/* ---- the reply ---- */

static void add_validators(struct http_exchange *exchange, const struct http_file *file)
{
    if (file->etag.ptr != NULL)
        exchange_add_header(exchange, STR("ETag"), file->etag);
    if (instant_is_none(file->modified))
        return;
    char *text = arena_alloc_raw(exchange->arena, INSTANT_HTTP_CHARS);
    instant_format_http(file->modified, text);
    exchange_add_header(exchange, STR("Last-Modified"), str_from(text, INSTANT_HTTP_CHARS));
}

static struct error *reply_part(struct http_exchange *exchange, int status, const struct http_file *file,
                                struct byte_range part)
{
    int64_t len = part.last - part.first + 1;
    struct str head = reply_head(exchange, status, file->content_type, len);
    bool has_body = !reply_is_bodiless(exchange, status) && len != 0;
    int64_t offset = file->offset + part.first;
    size_t lead = 0;
    if (has_body)
        head = with_lead(exchange, head, file, offset, len, &lead);
    struct iovec piece = piece_of(head);
    TRY(reply_send(exchange, &piece, 1, has_body));
    if (has_body) {
        exchange->bytes_out += (int64_t)lead;
        struct error *error = send_part(exchange, file, offset + (int64_t)lead, len - (int64_t)lead);
        if (error != NULL) {
            exchange->has_failed = true; /* the head promised more */
            return error;
        }
    }
    exchange->reply = REPLY_DONE;
    return NULL;
}

static struct error *reply_unsatisfiable(struct http_exchange *exchange, const struct http_file *file)
{
    struct str whole = arena_printf(exchange->arena, "bytes */%lld", (long long)file->size);
    exchange_add_header(exchange, STR("Content-Range"), whole);
    return reply_problem(exchange, HTTP_FAULT_RANGE);
}

static struct error *reply_ranged(struct http_exchange *exchange, const struct http_file *file,
                                  const struct validators *now)
{
    const struct http_request *request = &exchange->request;
    struct byte_range part = {.first = 0, .last = file->size - 1};
    enum range_verdict verdict = RANGE_WHOLE;
    if (request->method == HTTP_GET && condition_range_counts(request, now))
        verdict = range_judge(http_field(request, HTTP_FIELD_RANGE), file->size, &part);
    switch (verdict) {
    case RANGE_WHOLE:
        return reply_part(exchange, 200, file, part);
    case RANGE_PART:
        exchange_add_header(exchange, STR("Content-Range"),
                            arena_printf(exchange->arena, "bytes %lld-%lld/%lld", (long long)part.first,
                                         (long long)part.last, (long long)file->size));
        return reply_part(exchange, 206, file, part);
    case RANGE_UNSATISFIABLE:
        return reply_unsatisfiable(exchange, file);
    }
    UNREACHABLE("all verdicts are handled");
}

struct error *exchange_reply_file(struct http_exchange *exchange, const struct http_file *file)
{
    REQUIRE(exchange->reply == REPLY_NONE && file->size >= 0 && file->offset >= 0);
    struct validators now = {.etag = file->etag, .modified = file->modified};
    add_validators(exchange, file);
    exchange_add_header(exchange, STR("Accept-Ranges"), STR("bytes"));
    switch (condition_judge(&exchange->request, &now)) {
    case CONDITION_PROCEED:
        return reply_ranged(exchange, file, &now);
    case CONDITION_NOT_MODIFIED:
        return exchange_reply_empty(exchange, 304);
    case CONDITION_FAILED:
        return reply_problem(exchange, HTTP_FAULT_PRECONDITION);
    }
    UNREACHABLE("all verdicts are handled");
}
