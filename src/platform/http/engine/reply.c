/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Replies that are known as a whole: sending with parking, compression where it pays. */
#include <errno.h>
#include <sys/epoll.h>

#include "base/require/require.h"

#include "platform/fiber/pool.h"
#include "platform/http/engine/compress.h"
#include "platform/http/engine/engine.h"

/* Below it the head and a few bytes saved weigh the same. */
#define COMPRESS_MIN_BYTES 1024
/* Up to here on the loop (about half a millisecond), beyond it on a pool thread, beyond that not at all. */
#define COMPRESS_INLINE_BYTES ((size_t)128 * 1024)
#define COMPRESS_MAX_BYTES    ((size_t)8 * 1024 * 1024)
/* Bodies up to this are copied behind the head: one piece to send costs less than two. */
#define COPIED_BODY_BYTES 2048

/* ---- sending ---- */

static void drop_sent(struct iovec **pieces, size_t *count, size_t sent)
{
    while (*count != 0 && sent >= (*pieces)->iov_len) {
        sent -= (*pieces)->iov_len;
        (*pieces)++;
        (*count)--;
    }
    if (*count != 0) {
        (*pieces)->iov_base = (char *)(*pieces)->iov_base + sent;
        (*pieces)->iov_len -= sent;
    }
}

void reply_note_sent(struct http_exchange *exchange, int64_t sent)
{
    struct http_loop *home = exchange->connection->home;
    pace_earn(&exchange->write_pace, sent, home->server->settings.min_rate);
    http_count(home, HTTP_METRIC_SENT, 0, sent);
}

struct error *reply_wait_writable(struct http_exchange *exchange, int error)
{
    struct connection *connection = exchange->connection;
    if (error == EINTR)
        return NULL;
    if (error == EAGAIN) {
        connection->is_writable = false;
        return exchange_wait(exchange, EPOLLOUT, &exchange->write_pace);
    }
    connection->is_broken = true;
    exchange->has_failed = true;
    return ERROR_IN(exchange->arena, error_common_reasons[ERROR_CANCELLED], "the client went away");
}

struct error *reply_send(struct http_exchange *exchange, struct iovec *pieces, size_t count, bool more)
{
    struct connection *connection = exchange->connection;
    drop_sent(&pieces, &count, 0);
    while (count != 0) {
        ssize_t sent = connection->transport->write(connection->watch.fd, pieces, count, more);
        if (sent < 0) {
            TRY(reply_wait_writable(exchange, errno));
            continue;
        }
        reply_note_sent(exchange, sent);
        drop_sent(&pieces, &count, (size_t)sent);
    }
    return NULL;
}

static struct error *send_head_and_body(struct http_exchange *exchange, struct str head, struct str body)
{
    struct iovec pieces[2] = {piece_of(head), piece_of(body)};
    if (body.len <= COPIED_BODY_BYTES && body.len != 0) {
        char *joined = arena_alloc_raw(exchange->arena, head.len + body.len);
        memcpy(joined, head.ptr, head.len);
        memcpy(joined + head.len, body.ptr, body.len);
        pieces[0] = (struct iovec){.iov_base = joined, .iov_len = head.len + body.len};
        pieces[1].iov_len = 0;
    }
    TRY(reply_send(exchange, pieces, pieces[1].iov_len != 0 ? 2 : 1, false));
    exchange->bytes_out = (int64_t)body.len;
    exchange->reply = REPLY_DONE;
    return NULL;
}

/* ---- compression ---- */

/* Replies that must not be stored hold secrets; compressed together with what a client sent, their length would tell
 * about them. */
static bool may_compress(const struct http_exchange *exchange, int status, struct str content_type)
{
    if (!exchange->connection->home->server->settings.compresses || status == 206)
        return false;
    if (!media_type_compresses(content_type) ||
        exchange_find_header(exchange, STR("content-encoding")).ptr != NULL)
        return false;
    struct str cache_control = exchange_find_header(exchange, STR("cache-control"));
    return str_find(cache_control, STR("no-store")) < 0 && str_find(cache_control, STR("no-transform")) < 0;
}

struct compress_call {
    struct arena *arena;
    enum content_coding coding;
    struct str bytes;
    struct str compressed;
    bool is_smaller;
};

static void compress_on_thread(void *arg)
{
    struct compress_call *call = arg;
    struct compressor *compressor = compressor_new();
    call->is_smaller = compressor_run(compressor, call->arena, call->coding, call->bytes, &call->compressed);
    compressor_free(compressor);
}

static bool compress_body(struct http_exchange *exchange, enum content_coding coding, struct str *body)
{
    struct http_loop *home = exchange->connection->home;
    struct pool *pool = home->server->platform->blocking_pool;
    if (body->len <= COMPRESS_INLINE_BYTES)
        return compressor_run(home->compressor, exchange->arena, coding, *body, body);
    if (body->len > COMPRESS_MAX_BYTES || pool == NULL)
        return false;
    struct compress_call call = {.arena = exchange->arena, .coding = coding, .bytes = *body};
    struct ctx cx = {
        .arena = exchange->arena, .platform = home->server->platform, .caller = &caller_anonymous};
    if (pool_call(&cx, pool, compress_on_thread, &call) != NULL || !call.is_smaller)
        return false; /* a busy pool has better things to do */
    *body = call.compressed;
    return true;
}

/* Each encoding of a resource needs a strong tag of its own: see wire/condition.h. */
static void mark_etag(struct http_exchange *exchange, enum content_coding coding)
{
    for (size_t i = 0; i < exchange->header_count; i++) {
        struct http_pair *header = &exchange->headers[i];
        if (!str_equal_nocase(header->name, STR("etag")) || !str_starts_with(header->value, STR("\"")))
            continue;
        header->value = arena_printf(exchange->arena, "%" STR_FMT "-%s\"", (int)header->value.len - 1,
                                     header->value.ptr, coding == CODING_GZIP ? "gz" : "br");
        exchange->header_bytes += 3;
    }
}

static void encode_body(struct http_exchange *exchange, int status, struct str content_type, struct str *body)
{
    if (body->len < COMPRESS_MIN_BYTES || !may_compress(exchange, status, content_type))
        return;
    exchange_add_header(exchange, STR("Vary"), STR("Accept-Encoding"));
    enum content_coding coding =
        accept_choose_coding(http_field(&exchange->request, HTTP_FIELD_ACCEPT_ENCODING));
    if (coding == CODING_IDENTITY || !compress_body(exchange, coding, body))
        return;
    mark_etag(exchange, coding);
    exchange_add_header(exchange, STR("Content-Encoding"), content_coding_name(coding));
}

/* ---- whole replies ---- */

struct error *exchange_reply(struct http_exchange *exchange, int status, struct str content_type,
                             struct str body)
{
    REQUIRE(exchange->reply == REPLY_NONE);
    encode_body(exchange, status, content_type, &body);
    struct str head = reply_head(exchange, status, content_type, (int64_t)body.len);
    if (reply_is_bodiless(exchange, status))
        body = STR_NONE;
    return send_head_and_body(exchange, head, body);
}

struct error *exchange_reply_empty(struct http_exchange *exchange, int status)
{
    REQUIRE(exchange->reply == REPLY_NONE);
    return send_head_and_body(exchange, reply_head(exchange, status, STR_NONE, 0), STR_NONE);
}
