/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Replies of every kind over real sockets: compressed, from files, in events. */
#define ZLIB_CONST 1 /* zlib only reads its input */
#include <brotli/decode.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>
#include <zlib.h>

#include <cmocka.h>

#include "platform/fiber/fiber.h"
#include "platform/http/tests/test_server.h"

enum { FILE_LEN = 3 * 1024 * 1024 + 17, LONG_LEN = 200000 };

#define MODIFIED_S 1795160495 /* Fri, 20 Nov 2026 07:41:35 GMT */

struct fixture {
    struct test_server *server;
    struct arena *arena;
    int file_fd;
};

static struct fixture fixture;

/* ---- handlers ---- */

static char file_byte(int64_t offset)
{
    return (char)(offset * 7 + offset / 251);
}

static struct str text_of(struct http_exchange *exchange, size_t len)
{
    char *text = arena_alloc_raw(exchange_arena(exchange), len);
    for (size_t i = 0; i < len; i++)
        text[i] = (char)('a' + i * i % 13);
    return str_from(text, len);
}

static void reply_text(struct http_exchange *exchange, struct str type, size_t len)
{
    exchange_add_header(exchange, STR("ETag"), STR("\"v1\""));
    error_ignore(exchange_reply(exchange, 200, type, text_of(exchange, len)));
}

static void medium(struct http_exchange *exchange)
{
    reply_text(exchange, STR("application/json"), 2000);
}

static void lengthy(struct http_exchange *exchange)
{
    reply_text(exchange, STR("text/plain"), LONG_LEN);
}

static void short_text(struct http_exchange *exchange)
{
    reply_text(exchange, STR("application/json"), 1023);
}

static void audio(struct http_exchange *exchange)
{
    reply_text(exchange, STR("audio/mpeg"), 2000);
}

static void secret(struct http_exchange *exchange)
{
    exchange_add_header(exchange, STR("Cache-Control"), STR("no-store"));
    reply_text(exchange, STR("application/json"), 2000);
}

static void encoded(struct http_exchange *exchange)
{
    exchange_add_header(exchange, STR("content-encoding"), STR("br"));
    reply_text(exchange, STR("text/html"), 2000);
}

static void incompressible(struct http_exchange *exchange)
{
    uint64_t state = 1;
    char *bytes = arena_alloc_raw(exchange_arena(exchange), 4000);
    for (size_t i = 0; i < 4000; i++) {
        state = state * UINT64_C(6364136223846793005) + 1442695040888963407;
        bytes[i] = (char)(state >> 56);
    }
    error_ignore(exchange_reply(exchange, 200, STR("text/plain"), str_from(bytes, 4000)));
}

static void reply_part_of_file(struct http_exchange *exchange, int64_t offset, int64_t size)
{
    struct http_file file = {
        .fd = fixture.file_fd,
        .offset = offset,
        .size = size,
        .content_type = STR("audio/flac"),
        .etag = STR("\"f1\""),
        .modified = {MODIFIED_S * US_PER_SECOND},
        .identity = 7, /* all parts are of one file: the second look at a window is the short one */
    };
    error_ignore(exchange_reply_file(exchange, &file));
}

static void whole_file(struct http_exchange *exchange)
{
    reply_part_of_file(exchange, 0, FILE_LEN);
}

static void small_file(struct http_exchange *exchange)
{
    reply_part_of_file(exchange, 1000, 10);
}

static void empty_file(struct http_exchange *exchange)
{
    reply_part_of_file(exchange, 0, 0);
}

static void shorter_file(struct http_exchange *exchange)
{
    reply_part_of_file(exchange, FILE_LEN - 5, 10);
}

static void events(struct http_exchange *exchange)
{
    struct error *error = exchange_sse_begin(exchange);
    if (error == NULL)
        error = exchange_sse_event(exchange, STR("1"), STR("greeting"), STR("hello"));
    if (error == NULL)
        error = exchange_sse_event(exchange, STR_NONE, STR_NONE, STR("a\nb\r\nc\rd\n"));
    if (error == NULL)
        error = exchange_sse_comment(exchange, STR("still here"));
    if (error == NULL)
        error = exchange_end(exchange);
    error_ignore(error);
}

static void many_events(struct http_exchange *exchange)
{
    struct error *error = exchange_sse_begin(exchange);
    size_t used = arena_used_bytes(exchange_arena(exchange));
    for (int i = 0; i < 10000 && error == NULL; i++)
        error = exchange_sse_event(exchange, STR_NONE, STR_NONE, STR("0123456789"));
    assert_null(error);
    assert_int_equal(arena_used_bytes(exchange_arena(exchange)), used);
    error_ignore(exchange_end(exchange));
}

/* Sends an event, then waits for the client to leave. */
static void silent_events(struct http_exchange *exchange)
{
    error_ignore(exchange_sse_begin(exchange));
    error_ignore(exchange_sse_event(exchange, STR_NONE, STR_NONE, STR("first")));
    while (fiber_park(INT64_MAX) != FIBER_CANCELLED)
        continue;
}

static const struct test_route routes[] = {
    {"/medium", medium},
    {"/long", lengthy},
    {"/short", short_text},
    {"/audio", audio},
    {"/secret", secret},
    {"/encoded", encoded},
    {"/noise", incompressible},
    {"/file", whole_file},
    {"/small-file", small_file},
    {"/empty-file", empty_file},
    {"/shorter-file", shorter_file},
    {"/events", events},
    {"/many-events", many_events},
    {"/silent-events", silent_events},
    {NULL, NULL},
};

static int make_file(void)
{
    int fd = memfd_create("test", MFD_CLOEXEC);
    assert_true(fd >= 0);
    char *bytes = arena_alloc_raw(fixture.arena, FILE_LEN);
    for (int64_t i = 0; i < FILE_LEN; i++)
        bytes[i] = file_byte(i);
    assert_int_equal(pwrite(fd, bytes, FILE_LEN, 0), FILE_LEN);
    return fd;
}

static int set_up(void **state)
{
    fixture.arena = arena_new(0);
    fixture.file_fd = make_file();
    fixture.server = test_server_start(&(struct test_server_options){.routes = routes});
    *state = &fixture;
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    test_server_stop(fixture.server);
    close(fixture.file_fd);
    arena_free(fixture.arena);
    return 0;
}

static struct test_reply get(const char *path, const char *fields)
{
    struct str request = arena_printf(fixture.arena, "GET %s HTTP/1.1\r\nHost: a\r\n%s\r\n", path, fields);
    return test_exchange(fixture.server, fixture.arena, request.ptr);
}

static bool has(const struct test_reply *reply, const char *field, const char *value)
{
    struct str found = test_field(reply, field);
    return value == NULL ? found.ptr == NULL : found.ptr != NULL && str_equal(found, str_cstr(value));
}

/* ---- compression ---- */

static struct str gunzip(struct str bytes)
{
    z_stream stream = {.next_in = (const Bytef *)bytes.ptr, .avail_in = (uInt)bytes.len};
    char *out = arena_alloc_raw(fixture.arena, LONG_LEN);
    stream.next_out = (Bytef *)out;
    stream.avail_out = LONG_LEN;
    assert_int_equal(inflateInit2(&stream, 15 + 16), Z_OK);
    assert_int_equal(inflate(&stream, Z_FINISH), Z_STREAM_END);
    inflateEnd(&stream);
    return str_from(out, LONG_LEN - stream.avail_out);
}

static struct str unbrotli(struct str bytes)
{
    size_t len = LONG_LEN;
    uint8_t *out = arena_alloc_raw(fixture.arena, LONG_LEN);
    assert_int_equal(BrotliDecoderDecompress(bytes.len, (const uint8_t *)bytes.ptr, &len, out),
                     BROTLI_DECODER_RESULT_SUCCESS);
    return str_from((const char *)out, len);
}

static void compressed_replies_hold_the_same_text(void **state)
{
    (void)state;
    static const char *const paths[] = {"/medium", "/long"};
    for (size_t i = 0; i < 2 * COUNT_OF(paths); i++) { /* twice: the encoders are used again */
        const char *path = paths[i % COUNT_OF(paths)];
        struct test_reply plain = get(path, "");
        struct test_reply zipped = get(path, "Accept-Encoding: gzip\r\n");
        struct test_reply brotlied = get(path, "Accept-Encoding: gzip, br\r\n");
        assert_true(has(&plain, "content-encoding", NULL) && has(&plain, "etag", "\"v1\""));
        assert_true(has(&zipped, "content-encoding", "gzip") && has(&zipped, "etag", "\"v1-gz\""));
        assert_true(has(&brotlied, "content-encoding", "br") && has(&brotlied, "etag", "\"v1-br\""));
        assert_true(has(&plain, "vary", "Accept-Encoding") && has(&brotlied, "vary", "Accept-Encoding"));
        assert_true(zipped.body.len < plain.body.len && brotlied.body.len < plain.body.len);
        assert_true(str_equal(gunzip(zipped.body), plain.body));
        assert_true(str_equal(unbrotli(brotlied.body), plain.body));
    }
}

static void what_does_not_pay_is_not_compressed(void **state)
{
    (void)state;
    static const char *const paths[] = {"/short", "/audio", "/secret", "/noise"};
    for (size_t i = 0; i < COUNT_OF(paths); i++) {
        struct test_reply reply = get(paths[i], "Accept-Encoding: gzip, br\r\n");
        assert_int_equal(reply.status, 200);
        assert_true(has(&reply, "content-encoding", NULL));
    }
    struct test_reply reply = get("/encoded", "Accept-Encoding: gzip, br\r\n");
    assert_int_equal(reply.body.len, 2000);
    assert_true(has(&reply, "etag", "\"v1\""));
}

static void head_tells_the_compressed_length(void **state)
{
    (void)state;
    struct test_reader reader;
    struct test_reply reply = get("/medium", "Accept-Encoding: gzip\r\n");
    int fd = test_connect(fixture.server);
    test_reader_init(&reader, fixture.arena, fd);
    test_send_cstr(fd,
                   "HEAD /medium HTTP/1.1\r\nHost: a\r\nAccept-Encoding: gzip\r\nConnection: close\r\n\r\n");
    struct test_reply head = test_read_head(&reader);
    assert_true(str_equal(test_field(&head, "content-length"), test_field(&reply, "content-length")));
    assert_int_equal(test_read_rest(&reader).len, 0);
    close(fd);
}

/* ---- files ---- */

static bool is_part_of_file(struct str body, int64_t offset, size_t len)
{
    if (body.len != len)
        return false;
    for (size_t i = 0; i < len; i++) {
        if (body.ptr[i] != file_byte(offset + (int64_t)i))
            return false;
    }
    return true;
}

static void a_file_is_sent_whole(void **state)
{
    (void)state;
    struct test_reply reply = get("/file", "Accept-Encoding: gzip\r\n");
    assert_int_equal(reply.status, 200);
    assert_true(is_part_of_file(reply.body, 0, FILE_LEN));
    assert_true(has(&reply, "accept-ranges", "bytes") && has(&reply, "etag", "\"f1\"") &&
                has(&reply, "content-type", "audio/flac") &&
                has(&reply, "last-modified", "Fri, 20 Nov 2026 07:41:35 GMT"));
    assert_true(is_part_of_file(get("/small-file", "").body, 1000, 10));
    assert_int_equal(get("/empty-file", "").body.len, 0);
}

struct range_row {
    const char *fields;
    int status;
    int64_t first;
    size_t len;
    const char *content_range;
};

static void ranges_are_answered_with_their_part(void **state)
{
    (void)state;
    static const struct range_row rows[] = {
        {"Range: bytes=0-0\r\n", 206, 0, 1, "bytes 0-0/3145745"},
        {"Range: bytes=100-299\r\n", 206, 100, 200, "bytes 100-299/3145745"},
        {"Range: bytes=3145740-\r\n", 206, 3145740, 5, "bytes 3145740-3145744/3145745"},
        {"Range: bytes=-5\r\n", 206, 3145740, 5, "bytes 3145740-3145744/3145745"},
        {"Range: bytes=1048576-2097151\r\n", 206, 1048576, 1048576, "bytes 1048576-2097151/3145745"},
        /* Around the pages of 4 096 bytes. */
        {"Range: bytes=4096-12287\r\n", 206, 4096, 8192, "bytes 4096-12287/3145745"},
        {"Range: bytes=4095-12287\r\n", 206, 4095, 8193, "bytes 4095-12287/3145745"},
        {"Range: bytes=4097-8192\r\n", 206, 4097, 4096, "bytes 4097-8192/3145745"},
        {"Range: bytes=4097-8193\r\n", 206, 4097, 4097, "bytes 4097-8193/3145745"},
        {"Range: bytes=1-2097152\r\n", 206, 1, 2097152, "bytes 1-2097152/3145745"},
        {"Range: bytes=-4097\r\n", 206, 3141648, 4097, "bytes 3141648-3145744/3145745"},
        {"Range: bytes=0-1,5-6\r\n", 200, 0, FILE_LEN, NULL},
        {"Range: bytes=5-1\r\n", 200, 0, FILE_LEN, NULL},
        {"Range: lines=1-2\r\n", 200, 0, FILE_LEN, NULL},
        {"Range: bytes=0-9\r\nIf-Range: \"f1\"\r\n", 206, 0, 10, "bytes 0-9/3145745"},
        {"Range: bytes=0-9\r\nIf-Range: \"f0\"\r\n", 200, 0, FILE_LEN, NULL},
        {"Range: bytes=0-9\r\nIf-Range: Fri, 20 Nov 2026 07:41:35 GMT\r\n", 206, 0, 10, "bytes 0-9/3145745"},
        {"Range: bytes=0-9\r\nIf-Range: Fri, 20 Nov 2026 07:41:36 GMT\r\n", 200, 0, FILE_LEN, NULL},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct test_reply reply = get("/file", rows[i].fields);
        if (reply.status != rows[i].status || !is_part_of_file(reply.body, rows[i].first, rows[i].len) ||
            !has(&reply, "content-range", rows[i].content_range))
            fail_msg("%s: %" STR_FMT, rows[i].fields, STR_ARG(reply.head));
    }
}

static void a_range_past_the_end_gives_416(void **state)
{
    (void)state;
    struct test_reply reply = get("/file", "Range: bytes=3145745-\r\n");
    assert_int_equal(reply.status, 416);
    assert_true(has(&reply, "content-range", "bytes */3145745"));
    assert_true(has(&reply, "content-type", "application/problem+json"));
    assert_int_equal(get("/empty-file", "Range: bytes=0-\r\n").status, 416);
}

static void conditions_hold_for_files(void **state)
{
    (void)state;
    assert_int_equal(get("/file", "If-None-Match: \"f1\"\r\n").status, 304);
    assert_int_equal(get("/file", "If-Modified-Since: Fri, 20 Nov 2026 07:41:35 GMT\r\n").status, 304);
    assert_int_equal(get("/file", "If-Match: \"f0\"\r\n").status, 412);
    assert_int_equal(get("/file", "If-Match: \"f1\"\r\nRange: bytes=0-4\r\n").status, 206);
    assert_int_equal(get("/file", "If-None-Match: \"f1\"\r\nRange: bytes=0-4\r\n").status, 304);
}

static void a_connection_goes_on_after_files(void **state)
{
    (void)state;
    struct test_reader reader;
    int fd = test_connect(fixture.server);
    test_reader_init(&reader, fixture.arena, fd);
    for (int i = 0; i < 3; i++)
        test_send_cstr(
            fd,
            "GET /small-file HTTP/1.1\r\nHost: a\r\n\r\nGET /file HTTP/1.1\r\nHost: a\r\nRange: bytes=5-9\r\n\r\n");
    for (int i = 0; i < 3; i++) {
        assert_true(is_part_of_file(test_read_reply(&reader).body, 1000, 10));
        assert_true(is_part_of_file(test_read_reply(&reader).body, 5, 5));
    }
    close(fd);
}

static void a_file_that_is_too_short_breaks_the_reply_off(void **state)
{
    (void)state;
    struct test_reader reader;
    int fd = test_connect(fixture.server);
    test_reader_init(&reader, fixture.arena, fd);
    test_send_cstr(fd, "GET /shorter-file HTTP/1.1\r\nHost: a\r\n\r\n");
    struct test_reply head = test_read_head(&reader);
    assert_true(has(&head, "content-length", "10"));
    assert_int_equal(test_read_rest(&reader).len, 5);
    close(fd);
}

/* ---- events ---- */

static void events_are_framed(void **state)
{
    (void)state;
    struct test_reply reply = get("/events", "");
    assert_true(has(&reply, "content-type", "text/event-stream") && has(&reply, "cache-control", "no-store"));
    assert_true(str_equal(reply.body, STR("id: 1\nevent: greeting\ndata: hello\n\n"
                                          "data: a\ndata: b\ndata: c\ndata: d\ndata: \n\n"
                                          ": still here\n\n")));
}

static void a_long_stream_of_events_does_not_grow(void **state)
{
    (void)state;
    struct test_reply reply = get("/many-events", "");
    assert_int_equal(reply.body.len, 10000 * strlen("data: 0123456789\n\n"));
}

static void events_arrive_at_once_and_end_with_the_client(void **state)
{
    (void)state;
    struct test_reader reader;
    int fd = test_connect(fixture.server);
    test_reader_init(&reader, fixture.arena, fd);
    test_send_cstr(fd, "GET /silent-events HTTP/1.0\r\n\r\n");
    (void)test_read_head(&reader);
    char text[64];
    struct str expected = STR("data: first\n\n");
    size_t len = reader.len;
    memcpy(text, reader.bytes, len);
    while (len < expected.len) {
        ssize_t got = recv(fd, text + len, sizeof(text) - len, 0);
        assert_true(got > 0);
        len += (size_t)got;
    }
    assert_true(str_equal(str_from(text, len), expected));
    assert_int_equal(test_server_metric(fixture.server, HTTP_METRIC_IN_PROGRESS, 0), 1);
    close(fd);
    test_server_await_metric(fixture.server, HTTP_METRIC_IN_PROGRESS, 0, 0);
}

static void drain(struct test_server *server)
{
    http_server_drain(test_server_http(server), test_server_loop(server));
}

static void draining_ends_event_streams(void **state)
{
    (void)state;
    struct test_server *server = test_server_start(&(struct test_server_options){.routes = routes});
    struct test_reader reader;
    int fd = test_connect(server);
    test_reader_init(&reader, fixture.arena, fd);
    test_send_cstr(fd, "GET /silent-events HTTP/1.1\r\nHost: a\r\n\r\n");
    (void)test_read_head(&reader);
    test_server_run(server, drain);
    test_server_await_metric(server, HTTP_METRIC_CONNECTIONS, 0, 0);
    (void)test_read_rest(&reader);
    close(fd);
    test_server_stop(server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(compressed_replies_hold_the_same_text),
        cmocka_unit_test(what_does_not_pay_is_not_compressed),
        cmocka_unit_test(head_tells_the_compressed_length),
        cmocka_unit_test(a_file_is_sent_whole),
        cmocka_unit_test(ranges_are_answered_with_their_part),
        cmocka_unit_test(a_range_past_the_end_gives_416),
        cmocka_unit_test(conditions_hold_for_files),
        cmocka_unit_test(a_connection_goes_on_after_files),
        cmocka_unit_test(a_file_that_is_too_short_breaks_the_reply_off),
        cmocka_unit_test(events_are_framed),
        cmocka_unit_test(a_long_stream_of_events_does_not_grow),
        cmocka_unit_test(events_arrive_at_once_and_end_with_the_client),
        cmocka_unit_test(draining_ends_event_streams),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
