/* SPDX-License-Identifier: AGPL-3.0-or-later
 * The client against the server: round trips, bounds, refusals, cancellation. */
#include "platform/http/client.h"

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "platform/fiber/fiber.h"
#include "platform/http/tests/test_server.h"
#include "platform/metrics/metrics.h"

#include "lib/on_loop.h"

/* ---- the server's side ---- */

static void echo(struct http_exchange *exchange)
{
    const struct http_request *request = exchange_request(exchange);
    struct str body = STR_NONE;
    error_ignore(exchange_read_all(exchange, (size_t)1 << 22, &body));
    exchange_add_header(exchange, STR("X-Method"), http_method_name(request->method));
    struct str traceparent = http_field(request, HTTP_FIELD_TRACEPARENT);
    if (traceparent.ptr != NULL)
        exchange_add_header(exchange, STR("X-Trace"), traceparent);
    exchange_add_header(exchange, STR("X-Type"), http_field(request, HTTP_FIELD_CONTENT_TYPE));
    error_ignore(exchange_reply(exchange, 200, STR("application/octet-stream"), body));
}

static void teapot(struct http_exchange *exchange)
{
    error_ignore(exchange_reply_empty(exchange, 503));
}

static void redirect(struct http_exchange *exchange)
{
    exchange_add_header(exchange, STR("Location"), STR("/echo"));
    error_ignore(exchange_reply(exchange, 302, STR("text/plain"), STR("elsewhere")));
}

static void never(struct http_exchange *exchange)
{
    while (fiber_park(INT64_MAX) != FIBER_CANCELLED)
        continue;
    (void)exchange;
}

static void endless(struct http_exchange *exchange)
{
    struct error *error = exchange_begin(exchange, 200, STR("text/plain"), HTTP_NO_LENGTH);
    while (error == NULL)
        error = exchange_write(exchange, STR("and so on and so on and so on"));
}

static void break_off(struct http_exchange *exchange)
{
    error_ignore(exchange_begin(exchange, 200, STR("text/plain"), 100));
    error_ignore(exchange_write(exchange, STR("abc")));
}

static const struct test_route routes[] = {
    {"/echo", echo},   {"/teapot", teapot},   {"/redirect", redirect},
    {"/never", never}, {"/endless", endless}, {"/break", break_off},
    {NULL, NULL},
};

/* ---- fixture: a client on the test's own loop ---- */

struct fixture {
    struct test_server *server;
    struct platform platform;
};

static int set_up(void **state)
{
    static struct fixture fixture;
    fixture.server = test_server_start(&(struct test_server_options){.routes = routes});
    *state = &fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;
    test_server_stop(fixture->server);
    return 0;
}

typedef void (*client_test_fn)(struct ctx *cx, const struct fixture *fixture);

struct client_test {
    struct fixture *fixture;
    client_test_fn run;
};

static void with_client(struct ctx *cx, void *arg)
{
    struct client_test *test = arg;
    http_client_attach_loop(cx->platform->http_client, loop_self());
    test->run(cx, test->fixture);
    http_client_detach_loop(cx->platform->http_client, loop_self());
}

static void on_client_loop(void **state, client_test_fn run)
{
    struct client_test test = {.fixture = *state, .run = run};
    struct platform *platform = &test.fixture->platform;
    platform->http_client = http_client_new(platform, STR(""));
    platform->metrics = metrics_new();
    metrics_register(platform->metrics, &http_metrics);
    on_loop_with(&(struct on_loop_options){.platform = platform}, with_client, &test);
    http_client_free(platform->http_client);
    metrics_free(platform->metrics);
}

static struct str url_of(struct ctx *cx, const struct fixture *fixture, const char *path)
{
    return arena_printf(cx->arena, "http://127.0.0.1:%d%s", test_server_port(fixture->server), path);
}

static struct str reply_field(const struct http_client_reply *reply, struct str name)
{
    for (size_t i = 0; i < reply->header_count; i++) {
        if (str_equal(reply->headers[i].name, name))
            return reply->headers[i].value;
    }
    return STR_NONE;
}

static struct http_client_reply call_well(struct ctx *cx, const struct http_client_request *request)
{
    struct http_client_reply reply = {0};
    struct error *error = http_client_call(cx, request, &reply);
    if (error != NULL)
        fail_msg("%s", error->message.ptr);
    return reply;
}

static void call_badly(struct ctx *cx, const struct http_client_request *request, enum error_code code)
{
    struct http_client_reply reply = {0};
    struct error *error = http_client_call(cx, request, &reply);
    assert_non_null(error);
    if (error->reason->code != code)
        fail_msg("%s: %s", error_code_name(error->reason->code), error->message.ptr);
}

/* ---- tests ---- */

static void round_trips(struct ctx *cx, const struct fixture *fixture)
{
    static const enum http_method methods[] = {HTTP_POST, HTTP_PUT, HTTP_PATCH, HTTP_DELETE};
    static char body[100000]; /* more than a fiber has */
    for (size_t i = 0; i < sizeof(body); i++)
        body[i] = (char)i;
    for (size_t i = 0; i < COUNT_OF(methods); i++) {
        const struct http_pair fields[] = {{.name = STR("Content-Type"), .value = STR("a/b")}};
        struct http_client_reply reply = call_well(cx, &(struct http_client_request){
                                                           .method = methods[i],
                                                           .url = url_of(cx, fixture, "/echo"),
                                                           .headers = fields,
                                                           .header_count = 1,
                                                           .body = str_from(body, sizeof(body)),
                                                       });
        assert_int_equal(reply.status, 200);
        assert_true(str_equal(reply.body, str_from(body, sizeof(body))));
        assert_true(str_equal(reply_field(&reply, STR("x-method")), http_method_name(methods[i])));
        assert_true(str_equal(reply_field(&reply, STR("x-type")), STR("a/b")));
    }
}

static void every_method_makes_its_round_trip(void **state)
{
    on_client_loop(state, round_trips);
}

static void head_and_get(struct ctx *cx, const struct fixture *fixture)
{
    struct str url = url_of(cx, fixture, "/echo");
    struct http_client_reply reply =
        call_well(cx, &(struct http_client_request){.method = HTTP_HEAD, .url = url});
    assert_true(str_equal(reply_field(&reply, STR("x-method")), STR("HEAD")));
    reply = call_well(cx, &(struct http_client_request){.method = HTTP_GET, .url = url});
    assert_true(str_equal(reply_field(&reply, STR("x-method")), STR("GET")));
    assert_int_equal(reply.body.len, 0);
    url = url_of(cx, fixture, "/teapot");
    assert_int_equal(call_well(cx, &(struct http_client_request){.method = HTTP_GET, .url = url}).status,
                     503);
}

static void any_status_is_a_success(void **state)
{
    on_client_loop(state, head_and_get);
}

static void traced(struct ctx *cx, const struct fixture *fixture)
{
    cx->trace = (struct trace_context){.trace_id = {1}, .span_id = {2}, .is_sampled = true};
    struct http_client_reply reply =
        call_well(cx, &(struct http_client_request){.method = HTTP_GET, .url = url_of(cx, fixture, "/echo")});
    assert_true(str_equal(reply_field(&reply, STR("x-trace")),
                          STR("00-01000000000000000000000000000000-0200000000000000-01")));
}

static void the_trace_is_passed_on(void **state)
{
    on_client_loop(state, traced);
}

static void reused(struct ctx *cx, const struct fixture *fixture)
{
    int64_t before = test_server_metric(fixture->server, HTTP_METRIC_ACCEPTED, 0);
    for (int i = 0; i < 20; i++)
        (void)call_well(
            cx, &(struct http_client_request){.method = HTTP_GET, .url = url_of(cx, fixture, "/echo")});
    assert_int_equal(test_server_metric(fixture->server, HTTP_METRIC_ACCEPTED, 0), before + 1);
}

static void a_connection_is_used_again(void **state)
{
    on_client_loop(state, reused);
}

static void bounded(struct ctx *cx, const struct fixture *fixture)
{
    char body[1001] = {0};
    struct http_client_request request = {.method = HTTP_POST,
                                          .url = url_of(cx, fixture, "/echo"),
                                          .body = str_from(body, 1001),
                                          .max_reply_len = 1000};
    call_badly(cx, &request, ERROR_TOO_LARGE);
    request.body.len = 1000;
    assert_int_equal(call_well(cx, &request).body.len, 1000);
    request.url = url_of(cx, fixture, "/endless");
    call_badly(cx, &request, ERROR_TOO_LARGE);
}

static void a_long_reply_is_cut_off(void **state)
{
    on_client_loop(state, bounded);
}

static void redirected(struct ctx *cx, const struct fixture *fixture)
{
    struct http_client_request request = {.method = HTTP_GET, .url = url_of(cx, fixture, "/redirect")};
    struct http_client_reply reply = call_well(cx, &request);
    assert_int_equal(reply.status, 302);
    assert_true(str_equal(reply_field(&reply, STR("location")), STR("/echo")));
    request.max_redirects = 1;
    reply = call_well(cx, &request);
    assert_int_equal(reply.status, 200);
    assert_int_equal(reply.body.len, 0);
    assert_null(reply_field(&reply, STR("location")).ptr);
}

static void redirects_are_followed_only_when_asked(void **state)
{
    on_client_loop(state, redirected);
}

static void timed_out(struct ctx *cx, const struct fixture *fixture)
{
    struct http_client_request request = {
        .method = HTTP_GET, .url = url_of(cx, fixture, "/never"), .timeout_us = 50000};
    call_badly(cx, &request, ERROR_TIMEOUT);
    request.timeout_us = 0;
    cx->deadline_us = loop_now_us() + 50000;
    call_badly(cx, &request, ERROR_TIMEOUT);
    cx->deadline_us = INT64_MAX;
    test_server_await_metric(fixture->server, HTTP_METRIC_IN_PROGRESS, 0, 0); /* they were cancelled there */
    assert_int_equal(
        metric_read(fixture->platform.metrics, &http_metrics, HTTP_METRIC_CLIENT_CALLS, HTTP_CLIENT_TIMEOUT),
        2);
}

static void a_server_that_never_answers_times_out(void **state)
{
    on_client_loop(state, timed_out);
}

struct waiting_call {
    struct ctx cx;
    struct str url;
    struct error *error;
    struct fiber *waiter;
};

static void call_and_tell(void *arg)
{
    struct waiting_call *waiting = arg;
    struct http_client_reply reply;
    waiting->error = http_client_call(
        &waiting->cx, &(struct http_client_request){.method = HTTP_GET, .url = waiting->url}, &reply);
    fiber_wake(waiting->waiter);
}

static void cancelled(struct ctx *cx, const struct fixture *fixture)
{
    struct waiting_call waiting = {.cx = *cx, .url = url_of(cx, fixture, "/never"), .waiter = fiber_self()};
    struct fiber *fiber = fiber_spawn("call", call_and_tell, &waiting);
    while (test_server_metric(fixture->server, HTTP_METRIC_IN_PROGRESS, 0) == 0)
        assert_null(fiber_sleep_until(cx, loop_now_us() + 1000));
    fiber_cancel(fiber);
    fiber_park_firmly();
    assert_true(error_has_code(waiting.error, ERROR_CANCELLED));
    test_server_await_metric(fixture->server, HTTP_METRIC_IN_PROGRESS, 0, 0);
}

static void a_cancelled_fiber_gives_its_call_up(void **state)
{
    on_client_loop(state, cancelled);
}

static void detached(struct ctx *cx, const struct fixture *fixture)
{
    struct waiting_call waiting = {.cx = *cx, .url = url_of(cx, fixture, "/never"), .waiter = fiber_self()};
    assert_non_null(fiber_spawn("call", call_and_tell, &waiting));
    while (test_server_metric(fixture->server, HTTP_METRIC_IN_PROGRESS, 0) == 0)
        assert_null(fiber_sleep_until(cx, loop_now_us() + 1000));
    http_client_detach_loop(cx->platform->http_client, loop_self());
    fiber_park_firmly();
    assert_true(error_has_code(waiting.error, ERROR_UNAVAILABLE));
}

static void detaching_ends_calls_in_progress(void **state)
{
    on_client_loop(state, detached);
}

/* A port that nobody listens on: bound, but not listening. */
static int closed_port(int *ret_fd)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(address);
    *ret_fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(*ret_fd, (struct sockaddr *)&address, len), 0);
    assert_int_equal(getsockname(*ret_fd, (struct sockaddr *)&address, &len), 0);
    return ntohs(address.sin_port);
}

static void unavailable(struct ctx *cx, const struct fixture *fixture)
{
    int fd = -1;
    struct http_client_request request = {.method = HTTP_GET};
    request.url = arena_printf(cx->arena, "http://127.0.0.1:%d/", closed_port(&fd));
    call_badly(cx, &request, ERROR_UNAVAILABLE);
    close(fd);
    request.url = url_of(cx, fixture, "/break");
    call_badly(cx, &request, ERROR_UNAVAILABLE);
    static const char *const no_urls[] = {"", "ftp://127.0.0.1/", "file:///etc/passwd", "http://",
                                          "gopher://a"};
    for (size_t i = 0; i < COUNT_OF(no_urls); i++) {
        request.url = str_cstr(no_urls[i]);
        call_badly(cx, &request, ERROR_MALFORMED);
    }
}

static void failures_have_their_codes(void **state)
{
    on_client_loop(state, unavailable);
}

static void not_public(struct ctx *cx, const struct fixture *fixture)
{
    int port = test_server_port(fixture->server);
    static const char *const hosts[] = {
        "127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "0x7f.1", "2130706433", "0", "[::1]"};
    for (size_t i = 0; i < COUNT_OF(hosts); i++) {
        struct http_client_request request = {.method = HTTP_GET, .public_only = true};
        request.url = arena_printf(cx->arena, "http://%s:%d/echo", hosts[i], port);
        call_badly(cx, &request, ERROR_FORBIDDEN);
    }
    /* Nor over a connection that another call has opened. */
    struct http_client_request request = {.method = HTTP_GET, .url = url_of(cx, fixture, "/echo")};
    assert_int_equal(call_well(cx, &request).status, 200);
    request.public_only = true;
    call_badly(cx, &request, ERROR_FORBIDDEN);
}

static void private_addresses_are_refused_in_every_spelling(void **state)
{
    on_client_loop(state, not_public);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_method_makes_its_round_trip),
        cmocka_unit_test(any_status_is_a_success),
        cmocka_unit_test(the_trace_is_passed_on),
        cmocka_unit_test(a_connection_is_used_again),
        cmocka_unit_test(a_long_reply_is_cut_off),
        cmocka_unit_test(redirects_are_followed_only_when_asked),
        cmocka_unit_test(a_server_that_never_answers_times_out),
        cmocka_unit_test(a_cancelled_fiber_gives_its_call_up),
        cmocka_unit_test(detaching_ends_calls_in_progress),
        cmocka_unit_test(failures_have_their_codes),
        cmocka_unit_test(private_addresses_are_refused_in_every_spelling),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
