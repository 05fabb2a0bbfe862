/* SPDX-License-Identifier: AGPL-3.0-or-later
 * The engine over real sockets: replies, keep-alive, pipelining, bodies, refusals. */
#include <setjmp.h>
#include <stdarg.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "platform/http/tests/test_server.h"

#define GET(path) "GET " path " HTTP/1.1\r\nHost: a\r\n\r\n"

/* ---- handlers ---- */

static void hello(struct http_exchange *exchange)
{
    error_ignore(exchange_reply(exchange, 200, STR("application/json"), STR("{\"hello\":\"world\"}")));
}

static void describe(struct http_exchange *exchange)
{
    const struct http_request *request = exchange_request(exchange);
    struct str text = arena_printf(
        exchange_arena(exchange), "%" STR_FMT " %" STR_FMT " %" STR_FMT " %" STR_FMT " %s",
        STR_ARG(http_method_name(request->method)), STR_ARG(request->target), STR_ARG(request->host),
        STR_ARG(request->client_address), request->is_https ? "https" : "http");
    error_ignore(exchange_reply(exchange, 200, STR("text/plain"), text));
}

static void echo(struct http_exchange *exchange)
{
    struct str body = STR_NONE;
    struct error *error = exchange_read_all(exchange, (size_t)1 << 20, &body);
    if (error == NULL)
        error = exchange_reply(exchange, 200, STR("application/octet-stream"), body);
    else if (!error_has_code(error, ERROR_CANCELLED))
        error = exchange_reply(exchange, error_code_status(error->reason->code), STR("text/plain"),
                               error->message);
    error_ignore(error);
}

static void say_nothing(struct http_exchange *exchange)
{
    exchange_add_header(exchange, STR("ETag"), STR("\"never sent\""));
    exchange_add_header(exchange, STR("X-Request-Id"), STR("mine"));
}

static void empty(struct http_exchange *exchange)
{
    exchange_add_header(exchange, STR("X-Test"), STR("yes"));
    error_ignore(exchange_reply_empty(exchange, 204));
}

/* Three pieces; the path says whether the length is known. */
static void pieces(struct http_exchange *exchange)
{
    bool is_sized = str_equal(exchange_request(exchange)->query, STR("sized"));
    struct error *error = exchange_begin(exchange, 200, STR("text/plain"), is_sized ? 9 : HTTP_NO_LENGTH);
    for (int i = 0; i < 3 && error == NULL; i++)
        error = exchange_write(exchange, STR("abc"));
    if (error == NULL)
        error = exchange_end(exchange);
    error_ignore(error);
}

static void break_off(struct http_exchange *exchange)
{
    error_ignore(exchange_begin(exchange, 200, STR("text/plain"), HTTP_NO_LENGTH));
    error_ignore(exchange_write(exchange, STR("abc")));
}

/* More, or less, than was announced. */
static void lie(struct http_exchange *exchange)
{
    bool is_more = str_equal(exchange_request(exchange)->query, STR("more"));
    error_ignore(exchange_begin(exchange, 200, STR("text/plain"), 5));
    struct error *error = exchange_write(exchange, STR("abc"));
    if (error == NULL)
        error = is_more ? exchange_write(exchange, STR("def")) : exchange_end(exchange);
    assert_true(error_has_code(error, ERROR_INTERNAL));
}

static void close_after(struct http_exchange *exchange)
{
    exchange_close_after(exchange);
    hello(exchange);
}

static const struct test_route routes[] = {
    {"/hello", hello},     {"/describe", describe},
    {"/echo", echo},       {"/nothing", say_nothing},
    {"/empty", empty},     {"/pieces", pieces},
    {"/break", break_off}, {"/close", close_after},
    {"/lie", lie},         {NULL, NULL},
};

/* ---- fixture ---- */

struct fixture {
    struct test_server *server;
    struct arena *arena;
};

static int set_up(void **state)
{
    static struct fixture fixture;
    fixture.server = test_server_start(&(struct test_server_options){.routes = routes});
    fixture.arena = arena_new(0);
    *state = &fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;
    test_server_stop(fixture->server);
    arena_free(fixture->arena);
    return 0;
}

static bool is_text(struct str text, const char *expected)
{
    return text.ptr != NULL && str_equal(text, str_cstr(expected));
}

/* ---- tests ---- */

static void a_request_is_answered(void **state)
{
    struct fixture *fixture = *state;
    struct test_reply reply = test_exchange(fixture->server, fixture->arena, GET("/hello"));
    assert_int_equal(reply.status, 200);
    assert_true(is_text(reply.body, "{\"hello\":\"world\"}"));
    assert_true(is_text(test_field(&reply, "content-type"), "application/json"));
    assert_true(is_text(test_field(&reply, "content-length"), "17"));
    assert_int_equal(test_field(&reply, "date").len, INSTANT_HTTP_CHARS);
    assert_null(test_field(&reply, "connection").ptr);
}

static void a_connection_serves_many_requests(void **state)
{
    struct fixture *fixture = *state;
    struct test_reader reader;
    int fd = test_connect(fixture->server);
    test_reader_init(&reader, fixture->arena, fd);
    for (int i = 0; i < 50; i++) {
        test_send_cstr(fd, i % 2 == 0 ? GET("/hello") : GET("/empty"));
        assert_int_equal(test_read_reply(&reader).status, i % 2 == 0 ? 200 : 204);
    }
    close(fd);
}

static void bytes_may_come_one_at_a_time(void **state)
{
    struct fixture *fixture = *state;
    struct test_reader reader;
    static const char request[] = "\r\nPOST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
                                  "5;x=y\r\nhello\r\n6\r\n world\r\n0\r\nT: v\r\n\r\n" GET("/hello");
    int fd = test_connect(fixture->server);
    test_reader_init(&reader, fixture->arena, fd);
    for (size_t i = 0; i < sizeof(request) - 1; i++)
        test_send(fd, str_from(request + i, 1));
    assert_true(is_text(test_read_reply(&reader).body, "hello world"));
    assert_int_equal(test_read_reply(&reader).status, 200);
    close(fd);
}

static void a_burst_is_answered_in_order(void **state)
{
    struct fixture *fixture = *state;
    struct test_reader reader;
    struct strbuf burst;
    enum { REQUESTS = 3000 };
    strbuf_init(&burst, fixture->arena, (size_t)1 << 20);
    for (int i = 0; i < REQUESTS; i++)
        strbuf_printf(&burst, "GET /describe?%d HTTP/1.1\r\nHost: a\r\n\r\n", i);
    int fd = test_connect(fixture->server);
    test_reader_init(&reader, fixture->arena, fd);
    test_send(fd, strbuf_str(&burst));
    for (int i = 0; i < REQUESTS; i++) {
        struct test_reply reply = test_read_reply(&reader);
        struct str expected = arena_printf(fixture->arena, "GET /describe?%d a 127.0.0.1 http", i);
        assert_true(str_equal(reply.body, expected));
    }
    close(fd);
}

static void bodies_and_requests_may_alternate_in_a_burst(void **state)
{
    struct fixture *fixture = *state;
    struct test_reader reader;
    int fd = test_connect(fixture->server);
    test_reader_init(&reader, fixture->arena, fd);
    test_send_cstr(fd,
                   "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\none"
                   "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\ntwo\r\n0\r\n\r\n"
                   "POST /hello HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\n\r\nunread"
                   "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nfour");
    assert_true(is_text(test_read_reply(&reader).body, "one"));
    assert_true(is_text(test_read_reply(&reader).body, "two"));
    assert_int_equal(test_read_reply(&reader).status, 200);
    assert_true(is_text(test_read_reply(&reader).body, "four"));
    close(fd);
}

static void head_has_the_length_and_no_body(void **state)
{
    struct fixture *fixture = *state;
    struct test_reader reader;
    int fd = test_connect(fixture->server);
    test_reader_init(&reader, fixture->arena, fd);
    test_send_cstr(
        fd, "HEAD /hello HTTP/1.1\r\nHost: a\r\n\r\nHEAD /pieces HTTP/1.1\r\nHost: a\r\n\r\n" GET("/empty"));
    struct test_reply reply = test_read_head(&reader);
    assert_true(is_text(test_field(&reply, "content-length"), "17"));
    reply = test_read_head(&reader);
    assert_true(is_text(test_field(&reply, "transfer-encoding"), "chunked"));
    assert_int_equal(test_read_reply(&reader).status, 204);
    close(fd);
}

static void http_1_0_closes_unless_asked(void **state)
{
    struct fixture *fixture = *state;
    struct test_reader reader;
    int fd = test_connect(fixture->server);
    test_reader_init(&reader, fixture->arena, fd);
    test_send_cstr(fd, "GET /hello HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    struct test_reply reply = test_read_reply(&reader);
    assert_true(is_text(test_field(&reply, "connection"), "keep-alive"));
    test_send_cstr(fd, "GET /pieces HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    reply = test_read_reply(&reader);
    assert_null(test_field(&reply, "transfer-encoding").ptr);
    assert_true(is_text(test_field(&reply, "connection"), "close"));
    assert_true(is_text(reply.body, "abcabcabc"));
    close(fd);

    fd = test_connect(fixture->server);
    test_reader_init(&reader, fixture->arena, fd);
    test_send_cstr(fd, "GET /hello HTTP/1.0\r\n\r\n");
    reply = test_read_reply(&reader);
    assert_true(is_text(test_field(&reply, "connection"), "close"));
    assert_true(test_is_closed(fd));
    close(fd);
}

static void close_is_honoured_both_ways(void **state)
{
    struct fixture *fixture = *state;
    static const char *const requests[] = {"GET /hello HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
                                           GET("/close")};
    for (size_t i = 0; i < COUNT_OF(requests); i++) {
        struct test_reader reader;
        int fd = test_connect(fixture->server);
        test_reader_init(&reader, fixture->arena, fd);
        test_send_cstr(fd, requests[i]);
        struct test_reply reply = test_read_reply(&reader);
        assert_int_equal(reply.status, 200);
        assert_true(is_text(test_field(&reply, "connection"), "close"));
        assert_true(test_is_closed(fd));
        close(fd);
    }
}

static void pieces_are_chunked_or_sized(void **state)
{
    struct fixture *fixture = *state;
    struct test_reply reply = test_exchange(fixture->server, fixture->arena, GET("/pieces"));
    assert_true(is_text(reply.body, "abcabcabc"));
    assert_true(is_text(test_field(&reply, "transfer-encoding"), "chunked"));
    reply = test_exchange(fixture->server, fixture->arena, GET("/pieces?sized"));
    assert_true(is_text(reply.body, "abcabcabc"));
    assert_true(is_text(test_field(&reply, "content-length"), "9"));
}

static void a_reply_that_breaks_off_does_not_look_whole(void **state)
{
    struct fixture *fixture = *state;
    struct test_reader reader;
    int fd = test_connect(fixture->server);
    test_reader_init(&reader, fixture->arena, fd);
    test_send_cstr(fd, GET("/break"));
    (void)test_read_head(&reader);
    assert_true(is_text(test_read_rest(&reader), "3\r\nabc\r\n"));
    close(fd);
}

static void a_reply_of_another_length_than_announced_is_cut(void **state)
{
    struct fixture *fixture = *state;
    static const char *const requests[] = {GET("/lie?more"), GET("/lie?less")};
    for (size_t i = 0; i < COUNT_OF(requests); i++) {
        struct test_reader reader;
        int fd = test_connect(fixture->server);
        test_reader_init(&reader, fixture->arena, fd);
        test_send_cstr(fd, requests[i]);
        struct test_reply head = test_read_head(&reader);
        assert_true(is_text(test_field(&head, "content-length"), "5"));
        assert_true(is_text(test_read_rest(&reader), "abc"));
        close(fd);
    }
}

static void a_handler_without_a_reply_gives_500(void **state)
{
    struct fixture *fixture = *state;
    struct test_reply reply = test_exchange(fixture->server, fixture->arena, GET("/nothing"));
    assert_int_equal(reply.status, 500);
    assert_true(is_text(test_field(&reply, "content-type"), "application/problem+json"));
    assert_true(is_text(test_field(&reply, "x-request-id"), "mine"));
    assert_null(test_field(&reply, "etag").ptr);
}

static void options_of_the_server_are_answered_by_it(void **state)
{
    struct fixture *fixture = *state;
    struct test_reply reply =
        test_exchange(fixture->server, fixture->arena, "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_int_equal(reply.status, 204);
    assert_true(str_find(test_field(&reply, "allow"), STR("PATCH")) >= 0);
}

static void the_absolute_form_names_the_host(void **state)
{
    struct fixture *fixture = *state;
    struct test_reply reply = test_exchange(fixture->server, fixture->arena,
                                            "GET http://b:8/describe?x HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_true(is_text(reply.body, "GET /describe?x b:8 127.0.0.1 http"));
}

static void a_half_closed_client_gets_its_reply(void **state)
{
    struct fixture *fixture = *state;
    struct test_reader reader;
    int fd = test_connect(fixture->server);
    test_reader_init(&reader, fixture->arena, fd);
    test_send_cstr(fd, GET("/hello") GET("/hello"));
    assert_int_equal(shutdown(fd, SHUT_WR), 0);
    assert_int_equal(test_read_reply(&reader).status, 200);
    assert_int_equal(test_read_reply(&reader).status, 200);
    assert_true(test_read_reply(&reader).is_closed);
    close(fd);
}

struct refusal {
    const char *bytes;
    enum http_fault fault;
};

static void what_cannot_be_read_is_refused_and_the_connection_closed(void **state)
{
    struct fixture *fixture = *state;
    static const struct refusal rows[] = {
        {"GET / HTTP/1.1\r\n\r\n", HTTP_FAULT_HOST_MISSING},
        {"GET / HTTP/1.1\nHost: a\n\n", HTTP_FAULT_LINE_END},
        {"GET / HTTP/1.1\r\nHost : a\r\n\r\n", HTTP_FAULT_FIELD_NAME},
        {"GET / HTTP/3.0\r\nHost: a\r\n\r\n", HTTP_FAULT_VERSION},
        {"BREW / HTTP/1.1\r\nHost: a\r\n\r\n", HTTP_FAULT_METHOD_UNKNOWN},
        {"\x16\x03\x01\x02\x01", HTTP_FAULT_METHOD_BYTES},
        {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", HTTP_FAULT_LENGTH},
        {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
         HTTP_FAULT_AMBIGUOUS},
        {"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n", HTTP_FAULT_CODING},
        {"POST / HTTP/1.1\r\nHost: a\r\nExpect: tea\r\n\r\n", HTTP_FAULT_EXPECT},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct test_reader reader;
        int64_t before = test_server_metric(fixture->server, HTTP_METRIC_FAULTS, rows[i].fault);
        int fd = test_connect(fixture->server);
        test_reader_init(&reader, fixture->arena, fd);
        test_send_cstr(fd, rows[i].bytes);
        struct test_reply reply = test_read_reply(&reader);
        assert_int_equal(reply.status, http_fault_status(rows[i].fault));
        assert_true(is_text(test_field(&reply, "connection"), "close"));
        assert_true(is_text(test_field(&reply, "content-type"), "application/problem+json"));
        assert_true(str_find(reply.body, str_cstr(http_fault_name(rows[i].fault))) >= 0);
        assert_int_equal(test_field(&reply, "x-request-id").len, ID_CHARS);
        assert_true(str_find(reply.body, test_field(&reply, "x-request-id")) >= 0);
        assert_true(test_is_closed(fd));
        assert_int_equal(test_server_metric(fixture->server, HTTP_METRIC_FAULTS, rows[i].fault), before + 1);
        close(fd);
    }
}

static void a_refused_head_gets_no_body(void **state)
{
    struct fixture *fixture = *state;
    static const char *const rows[] = {
        "HEAD / HTTP/1.1\r\n\r\n",
        "\r\nHEAD / HTTP/1.1\r\n\r\n",
        "HEAD / HTTP/1.1\r\nHost: a\r\nExpect: tea\r\n\r\n",
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct test_reader reader;
        int fd = test_connect(fixture->server);
        test_reader_init(&reader, fixture->arena, fd);
        test_send_cstr(fd, rows[i]);
        assert_in_range(test_read_head(&reader).status, 400, 417);
        assert_int_equal(test_read_rest(&reader).len, 0);
        close(fd);
    }
}

static void what_is_too_long_is_refused_while_it_arrives(void **state)
{
    struct fixture *fixture = *state;
    static const struct refusal rows[] = {
        {"GET /", HTTP_FAULT_LINE_LONG},
        {"GET / HTTP/1.1\r\nHost: a\r\nX: ", HTTP_FAULT_HEAD_LONG},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct test_reader reader;
        char filler[4096];
        memset(filler, 'x', sizeof(filler));
        int fd = test_connect(fixture->server);
        test_reader_init(&reader, fixture->arena, fd);
        test_send_cstr(fd, rows[i].bytes);
        for (int n = 0; n < 5; n++)
            test_send(fd, str_from(filler, sizeof(filler)));
        assert_int_equal(test_read_reply(&reader).status, http_fault_status(rows[i].fault));
        close(fd);
    }
}

static void a_refusal_reaches_a_client_that_goes_on_sending(void **state)
{
    struct fixture *fixture = *state;
    struct test_reader reader;
    char filler[4096];
    memset(filler, 'x', sizeof(filler));
    int fd = test_connect(fixture->server);
    test_reader_init(&reader, fixture->arena, fd);
    test_send_cstr(fd, "POST / HTTP/1.1\r\nContent-Length: 1000000\r\n\r\n");
    for (int i = 0; i < 240; i++)
        test_send(fd, str_from(filler, sizeof(filler)));
    assert_int_equal(test_read_reply(&reader).status, 400);
    close(fd);
}

static void a_burst_stops_at_the_bad_request(void **state)
{
    struct fixture *fixture = *state;
    struct test_reader reader;
    int fd = test_connect(fixture->server);
    test_reader_init(&reader, fixture->arena, fd);
    test_send_cstr(fd, GET("/hello") "GET / HTTP/1.1\r\n\r\n" GET("/hello"));
    assert_int_equal(test_read_reply(&reader).status, 200);
    assert_int_equal(test_read_reply(&reader).status, 400);
    assert_true(test_read_reply(&reader).is_closed);
    close(fd);
}

/* ---- bodies ---- */

static void a_body_may_be_empty_or_absent(void **state)
{
    struct fixture *fixture = *state;
    static const char *const requests[] = {
        GET("/echo"),
        "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n",
        "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    };
    for (size_t i = 0; i < COUNT_OF(requests); i++) {
        struct test_reply reply = test_exchange(fixture->server, fixture->arena, requests[i]);
        assert_int_equal(reply.status, 200);
        assert_int_equal(reply.body.len, 0);
    }
}

static struct str long_text(struct arena *arena, size_t len)
{
    char *text = arena_alloc_raw(arena, len);
    for (size_t i = 0; i < len; i++)
        text[i] = (char)('a' + i * 7 % 26);
    return str_from(text, len);
}

static void long_bodies_come_through(void **state)
{
    struct fixture *fixture = *state;
    static const size_t lengths[] = {1000, 20000, 65536, 300001, 1 << 20};
    for (size_t i = 0; i < COUNT_OF(lengths); i++) {
        struct test_reader reader;
        struct str body = long_text(fixture->arena, lengths[i]);
        int fd = test_connect(fixture->server);
        test_reader_init(&reader, fixture->arena, fd);
        test_send(fd,
                  arena_printf(fixture->arena,
                               "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: %zu\r\n\r\n", body.len));
        test_send(fd, body);
        assert_true(str_equal(test_read_reply(&reader).body, body));
        test_send_cstr(fd, "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
        for (size_t at = 0; at < body.len; at += 7777) {
            struct str part = str_slice(body, at, 7777);
            test_send(fd, arena_printf(fixture->arena, "%zX\r\n%" STR_FMT "\r\n", part.len, STR_ARG(part)));
        }
        test_send_cstr(fd, "0\r\n\r\n");
        assert_true(str_equal(test_read_reply(&reader).body, body));
        close(fd);
    }
}

static void a_body_past_the_limit_gives_413(void **state)
{
    struct fixture *fixture = *state;
    struct test_reply reply = test_exchange(
        fixture->server, fixture->arena, "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1048577\r\n\r\n");
    assert_int_equal(reply.status, 413);
    assert_true(is_text(test_field(&reply, "connection"), "close"));

    struct test_reader reader;
    struct str part = long_text(fixture->arena, 65536);
    int fd = test_connect(fixture->server);
    test_reader_init(&reader, fixture->arena, fd);
    test_send_cstr(fd, "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
    for (int i = 0; i < 17; i++)
        test_send(fd, arena_printf(fixture->arena, "10000\r\n%" STR_FMT "\r\n", STR_ARG(part)));
    assert_int_equal(test_read_reply(&reader).status, 413);
    close(fd);
}

static void a_bad_chunk_gives_400(void **state)
{
    struct fixture *fixture = *state;
    struct test_reply reply =
        test_exchange(fixture->server, fixture->arena,
                      "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhelloX");
    assert_int_equal(reply.status, 400);
    assert_true(is_text(test_field(&reply, "connection"), "close"));
}

static void a_client_that_expects_is_told_to_continue(void **state)
{
    struct fixture *fixture = *state;
    struct test_reader reader;
    int fd = test_connect(fixture->server);
    test_reader_init(&reader, fixture->arena, fd);
    test_send_cstr(fd, "POST /echo HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n");
    assert_int_equal(test_read_head(&reader).status, 100);
    test_send_cstr(fd, "hello");
    assert_true(is_text(test_read_reply(&reader).body, "hello"));

    /* Who does not wait for it is not told. */
    test_send_cstr(
        fd, "POST /echo HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\nhello");
    assert_true(is_text(test_read_reply(&reader).body, "hello"));

    /* Who is refused is not told either, and the connection cannot go on. */
    test_send_cstr(fd,
                   "POST /hello HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n");
    struct test_reply reply = test_read_reply(&reader);
    assert_int_equal(reply.status, 200);
    assert_true(is_text(test_field(&reply, "connection"), "close"));
    close(fd);
}

static void a_long_body_that_nobody_reads_ends_the_connection(void **state)
{
    struct fixture *fixture = *state;
    struct test_reader reader;
    int fd = test_connect(fixture->server);
    test_reader_init(&reader, fixture->arena, fd);
    test_send_cstr(fd, "POST /hello HTTP/1.1\r\nHost: a\r\nContent-Length: 100000000\r\n\r\n");
    struct test_reply reply = test_read_reply(&reader);
    assert_int_equal(reply.status, 200);
    assert_true(is_text(test_field(&reply, "connection"), "close"));
    assert_true(test_is_closed(fd));
    close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_request_is_answered),
        cmocka_unit_test(a_connection_serves_many_requests),
        cmocka_unit_test(bytes_may_come_one_at_a_time),
        cmocka_unit_test(a_burst_is_answered_in_order),
        cmocka_unit_test(bodies_and_requests_may_alternate_in_a_burst),
        cmocka_unit_test(head_has_the_length_and_no_body),
        cmocka_unit_test(http_1_0_closes_unless_asked),
        cmocka_unit_test(close_is_honoured_both_ways),
        cmocka_unit_test(pieces_are_chunked_or_sized),
        cmocka_unit_test(a_reply_that_breaks_off_does_not_look_whole),
        cmocka_unit_test(a_reply_of_another_length_than_announced_is_cut),
        cmocka_unit_test(a_handler_without_a_reply_gives_500),
        cmocka_unit_test(options_of_the_server_are_answered_by_it),
        cmocka_unit_test(the_absolute_form_names_the_host),
        cmocka_unit_test(a_half_closed_client_gets_its_reply),
        cmocka_unit_test(what_cannot_be_read_is_refused_and_the_connection_closed),
        cmocka_unit_test(a_refused_head_gets_no_body),
        cmocka_unit_test(what_is_too_long_is_refused_while_it_arrives),
        cmocka_unit_test(a_refusal_reaches_a_client_that_goes_on_sending),
        cmocka_unit_test(a_burst_stops_at_the_bad_request),
        cmocka_unit_test(a_body_may_be_empty_or_absent),
        cmocka_unit_test(long_bodies_come_through),
        cmocka_unit_test(a_body_past_the_limit_gives_413),
        cmocka_unit_test(a_bad_chunk_gives_400),
        cmocka_unit_test(a_client_that_expects_is_told_to_continue),
        cmocka_unit_test(a_long_body_that_nobody_reads_ends_the_connection),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
