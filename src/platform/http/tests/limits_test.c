/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Time, numbers and ends: slow clients, too many of them, clients that leave, draining, trusted proxies. */
#include <arpa/inet.h>
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "platform/fault/fault.h"
#include "platform/fiber/fiber.h"
#include "platform/http/tests/test_server.h"

#define GET(path) "GET " path " HTTP/1.1\r\nHost: a\r\n\r\n"

/* ---- handlers ---- */

static void hello(struct http_exchange *exchange)
{
    error_ignore(exchange_reply(exchange, 200, STR("text/plain"), STR("hello")));
}

static void who(struct http_exchange *exchange)
{
    const struct http_request *request = exchange_request(exchange);
    struct str text = arena_printf(exchange_arena(exchange), "%" STR_FMT " %s",
                                   STR_ARG(request->client_address), request->is_https ? "https" : "http");
    error_ignore(exchange_reply(exchange, 200, STR("text/plain"), text));
}

static void which_loop(struct http_exchange *exchange)
{
    char digit = (char)('0' + loop_index(loop_self()));
    error_ignore(exchange_reply(exchange, 200, STR("text/plain"), str_from(&digit, 1)));
}

static _Atomic int upload_error; /* the code of the last upload's error, or -1 */

static void upload(struct http_exchange *exchange)
{
    char buf[4096];
    size_t len = 1;
    struct error *error = NULL;
    exchange_limit_body(exchange, INT64_MAX);
    while (error == NULL && len != 0)
        error = exchange_read(exchange, buf, sizeof(buf), &len);
    upload_error = error != NULL ? (int)error->reason->code : -1;
    if (error == NULL || error_has_code(error, ERROR_TIMEOUT))
        error_ignore(exchange_reply_empty(exchange, error == NULL ? 204 : 408));
}

/* Answers when it is told to, or when the client has left. */
static _Atomic int cancelled_count;

static void wait_for_cancel(struct http_exchange *exchange)
{
    while (fiber_park(INT64_MAX) != FIBER_CANCELLED)
        continue;
    cancelled_count++;
    (void)exchange;
}

static void wait_a_while(struct http_exchange *exchange)
{
    struct ctx cx = {
        .arena = exchange_arena(exchange), .caller = &caller_anonymous, .deadline_us = INT64_MAX};
    if (fiber_sleep_until(&cx, loop_now_us() + 100 * US_PER_MS) == NULL)
        hello(exchange);
}

static void flood(struct http_exchange *exchange)
{
    static char bytes[64 * 1024];
    struct error *error = exchange_begin(exchange, 200, STR("text/plain"), HTTP_NO_LENGTH);
    while (error == NULL)
        error = exchange_write(exchange, str_from(bytes, sizeof(bytes)));
    upload_error = (int)error->reason->code;
}

static const struct test_route routes[] = {
    {"/hello", hello},        {"/who", who},     {"/upload", upload},   {"/wait", wait_for_cancel},
    {"/while", wait_a_while}, {"/flood", flood}, {"/loop", which_loop}, {NULL, NULL},
};

static struct test_server *start(const char *const *settings)
{
    return test_server_start(&(struct test_server_options){.routes = routes, .settings = settings});
}

/* A connection that was served once, so that it waits between two requests. */
static int connect_and_use(const struct test_server *server, struct arena *arena)
{
    struct test_reader reader;
    int fd = test_connect(server);
    test_reader_init(&reader, arena, fd);
    test_send_cstr(fd, GET("/hello"));
    assert_int_equal(test_read_reply(&reader).status, 200);
    return fd;
}

/* ---- time ---- */

static void who_says_nothing_is_closed(void **state)
{
    (void)state;
    static const char *const settings[] = {"LATHE_HTTP_HEAD_TIMEOUT=100ms", "LATHE_HTTP_IDLE_TIMEOUT=150ms",
                                           NULL};
    struct test_server *server = start(settings);
    struct arena *arena = arena_new(0);
    int fresh = test_connect(server), used = connect_and_use(server, arena);
    assert_true(test_is_closed(fresh));
    assert_true(test_is_closed(used));
    assert_int_equal(test_server_metric(server, HTTP_METRIC_TIMEOUTS, HTTP_PHASE_FIRST_BYTE), 1);
    assert_int_equal(test_server_metric(server, HTTP_METRIC_TIMEOUTS, HTTP_PHASE_IDLE), 1);
    close(fresh);
    close(used);
    arena_free(arena);
    test_server_stop(server);
}

static void a_head_that_drips_is_answered_408(void **state)
{
    (void)state;
    static const char *const settings[] = {"LATHE_HTTP_HEAD_TIMEOUT=200ms", NULL};
    struct test_server *server = start(settings);
    struct arena *arena = arena_new(0);
    struct test_reader reader;
    int fd = test_connect(server);
    test_reader_init(&reader, arena, fd);
    test_send_cstr(fd, "GET / HTTP/1.1\r\nHost: a\r\nX: ");
    while (test_server_metric(server, HTTP_METRIC_TIMEOUTS, HTTP_PHASE_HEAD) == 0) {
        (void)send(fd, "x", 1, MSG_NOSIGNAL);
        usleep(20000);
    }
    struct test_reply reply = test_read_reply(&reader);
    assert_true(reply.status == 408 || reply.is_closed);
    close(fd);
    arena_free(arena);
    test_server_stop(server);
}

static void a_body_that_drips_does_not_hold_the_connection(void **state)
{
    (void)state;
    static const char *const settings[] = {"LATHE_HTTP_BODY_PATIENCE=200ms", "LATHE_HTTP_MIN_RATE=1K", NULL};
    struct test_server *server = start(settings);
    int fd = test_connect(server);
    upload_error = 0;
    test_send_cstr(fd, "POST /upload HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n");
    while (test_server_metric(server, HTTP_METRIC_TIMEOUTS, HTTP_PHASE_BODY) == 0) {
        (void)send(fd, "x", 1, MSG_NOSIGNAL);
        usleep(10000); /* a tenth of what is asked for */
    }
    test_server_await_metric(server, HTTP_METRIC_IN_PROGRESS, 0, 0);
    assert_int_equal(upload_error, ERROR_TIMEOUT);
    close(fd);
    test_server_stop(server);
}

static void a_body_at_the_least_rate_may_take_its_time(void **state)
{
    (void)state;
    static const char *const settings[] = {"LATHE_HTTP_BODY_PATIENCE=1s", "LATHE_HTTP_MIN_RATE=1K", NULL};
    struct test_server *server = start(settings);
    struct arena *arena = arena_new(0);
    struct test_reader reader;
    int fd = test_connect(server);
    test_reader_init(&reader, arena, fd);
    test_send_cstr(fd, "POST /upload HTTP/1.1\r\nHost: a\r\nContent-Length: 10000\r\n\r\n");
    for (int i = 0; i < 10;
         i++) { /* longer than the patience in all, but each thousand pays for nearly a second */
        char bytes[1000] = {0};
        test_send(fd, str_from(bytes, sizeof(bytes)));
        usleep(150000);
    }
    assert_int_equal(test_read_reply(&reader).status, 204);
    assert_int_equal(test_server_metric(server, HTTP_METRIC_TIMEOUTS, HTTP_PHASE_BODY), 0);
    close(fd);
    arena_free(arena);
    test_server_stop(server);
}

static void who_does_not_take_the_reply_is_closed(void **state)
{
    (void)state;
    static const char *const settings[] = {"LATHE_HTTP_REPLY_PATIENCE=200ms", NULL};
    struct test_server *server = start(settings);
    int fd = test_connect(server);
    upload_error = 0;
    test_send_cstr(fd, GET("/flood"));
    test_server_await_metric(server, HTTP_METRIC_TIMEOUTS, HTTP_PHASE_REPLY, 1);
    test_server_await_metric(server, HTTP_METRIC_CONNECTIONS, 0, 0);
    assert_int_equal(upload_error, ERROR_TIMEOUT);
    close(fd);
    test_server_stop(server);
}

/* ---- numbers ---- */

static void idle_connections_make_room_for_new_ones(void **state)
{
    (void)state;
    static const char *const settings[] = {"LATHE_HTTP_MAX_CONNECTIONS=2", NULL};
    struct test_server *server = start(settings);
    struct arena *arena = arena_new(0);
    int first = connect_and_use(server, arena), second = connect_and_use(server, arena);
    int third = connect_and_use(server, arena);
    assert_true(test_is_closed(first)); /* idle for longest */
    assert_int_equal(test_server_metric(server, HTTP_METRIC_CONNECTIONS, 0), 2);
    close(first);
    close(second);
    close(third);
    arena_free(arena);
    test_server_stop(server);
}

static void beyond_the_limit_connections_are_turned_away(void **state)
{
    (void)state;
    static const char *const settings[] = {"LATHE_HTTP_MAX_CONNECTIONS=2", NULL};
    struct test_server *server = start(settings);
    int busy[2];
    for (int i = 0; i < 2; i++) {
        busy[i] = test_connect(server);
        test_send_cstr(busy[i], GET("/wait"));
        test_server_await_metric(server, HTTP_METRIC_IN_PROGRESS, 0, i + 1);
    }
    int third = test_connect(server);
    assert_true(test_is_closed(third));
    assert_int_equal(test_server_metric(server, HTTP_METRIC_TURNED_AWAY, TURNED_AWAY_CONNECTIONS), 1);
    close(third);
    close(busy[0]);
    close(busy[1]);
    test_server_await_metric(server, HTTP_METRIC_CONNECTIONS, 0, 0);
    test_server_stop(server);
}

static void one_address_may_have_so_many(void **state)
{
    (void)state;
    static const char *const settings[] = {"LATHE_HTTP_MAX_CONNECTIONS_PER_ADDRESS=2", NULL};
    struct test_server *server = start(settings);
    struct arena *arena = arena_new(0);
    int first = connect_and_use(server, arena), second = connect_and_use(server, arena);
    int third = test_connect(server);
    assert_true(test_is_closed(third));
    assert_int_equal(test_server_metric(server, HTTP_METRIC_TURNED_AWAY, TURNED_AWAY_ADDRESS), 1);
    close(third);
    close(first);
    test_server_await_metric(server, HTTP_METRIC_CONNECTIONS, 0, 1);
    int fourth = connect_and_use(server, arena);
    close(second);
    close(fourth);
    arena_free(arena);
    test_server_stop(server);
}

static void without_fibers_requests_are_answered_503(void **state)
{
    (void)state;
    struct test_server *server =
        test_server_start(&(struct test_server_options){.routes = routes, .max_fibers = 1});
    struct arena *arena = arena_new(0);
    int busy = test_connect(server);
    test_send_cstr(busy, GET("/wait"));
    test_server_await_metric(server, HTTP_METRIC_IN_PROGRESS, 0, 1);
    struct test_reply reply = test_exchange(server, arena, GET("/hello"));
    assert_int_equal(reply.status, 503);
    assert_non_null(test_field(&reply, "retry-after").ptr);
    close(busy);
    test_server_await_metric(server, HTTP_METRIC_IN_PROGRESS, 0, 0);
    assert_int_equal(test_exchange(server, arena, GET("/hello")).status, 200);
    arena_free(arena);
    test_server_stop(server);
}

/* ---- clients that leave ---- */

static void a_request_whose_client_left_is_cancelled(void **state)
{
    (void)state;
    struct test_server *server = start(NULL);
    struct linger reset = {.l_onoff = 1, .l_linger = 0};
    for (int i = 0; i < 2; i++) { /* by a plain close, and by a reset */
        cancelled_count = 0;
        int fd = test_connect(server);
        test_send_cstr(fd, GET("/wait"));
        test_server_await_metric(server, HTTP_METRIC_IN_PROGRESS, 0, 1);
        if (i == 1)
            assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset)), 0);
        close(fd);
        test_server_await_metric(server, HTTP_METRIC_CONNECTIONS, 0, 0);
        assert_int_equal(cancelled_count, 1);
    }
    test_server_stop(server);
}

static void a_client_that_half_closes_with_its_request_is_waited_for(void **state)
{
    (void)state;
    struct test_server *server = start(NULL);
    struct arena *arena = arena_new(0);
    struct test_reader reader;
    int fd = test_connect(server);
    test_reader_init(&reader, arena, fd);
    test_send_cstr(fd, GET("/while"));
    assert_int_equal(shutdown(fd, SHUT_WR), 0);
    assert_int_equal(test_read_reply(&reader).status, 200);
    close(fd);
    arena_free(arena);
    test_server_stop(server);
}

static void an_upload_that_breaks_off_is_cancelled(void **state)
{
    (void)state;
    struct test_server *server = start(NULL);
    upload_error = 0;
    int fd = test_connect(server);
    test_send_cstr(fd, "POST /upload HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhello");
    close(fd);
    test_server_await_metric(server, HTTP_METRIC_ACCEPTED, 0, 1);
    test_server_await_metric(server, HTTP_METRIC_CONNECTIONS, 0, 0);
    assert_int_equal(upload_error, ERROR_CANCELLED);
    test_server_stop(server);
}

/* ---- draining ---- */

static void drain(struct test_server *server)
{
    http_server_drain(test_server_http(server), test_server_loop(server));
}

static void draining_finishes_what_is_in_progress(void **state)
{
    (void)state;
    struct test_server *server = start(NULL);
    struct arena *arena = arena_new(0);
    struct test_reader reader, late_reader;
    int idle = connect_and_use(server, arena), fd = test_connect(server), late = test_connect(server);
    test_reader_init(&reader, arena, fd);
    test_reader_init(&late_reader, arena, late);
    test_server_await_metric(server, HTTP_METRIC_IN_PROGRESS, 0, 0);
    struct str half = STR("GET /hello HTTP/1.1\r\nHo");
    int64_t received = test_server_metric(server, HTTP_METRIC_RECEIVED, 0);
    test_send(late, half);
    test_server_await_metric(server, HTTP_METRIC_RECEIVED, 0, received + (int64_t)half.len);
    test_send_cstr(fd, GET("/while"));
    test_server_await_metric(server, HTTP_METRIC_IN_PROGRESS, 0, 1);
    test_server_run(server, drain);
    assert_true(test_is_closed(idle));
    assert_false(http_server_is_drained(test_server_http(server), test_server_loop(server)));
    struct test_reply reply = test_read_reply(&reader);
    assert_int_equal(reply.status, 200);
    assert_true(str_equal(test_field(&reply, "connection"), STR("close")));
    assert_true(test_is_closed(fd));

    /* A request that had begun to arrive is answered too. */
    test_send_cstr(late, "st: a\r\n\r\n");
    assert_int_equal(test_read_reply(&late_reader).status, 200);
    assert_true(test_is_closed(late));
    test_server_await_metric(server, HTTP_METRIC_CONNECTIONS, 0, 0);
    assert_true(http_server_is_drained(test_server_http(server), test_server_loop(server)));

    /* Nobody listens any more. */
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)test_server_port(server))};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int refused = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(connect(refused, (struct sockaddr *)&address, sizeof(address)), -1);
    assert_int_equal(errno, ECONNREFUSED);
    close(refused);
    close(idle);
    close(fd);
    close(late);
    arena_free(arena);
    test_server_stop(server);
}

static void aborting_cancels_what_is_left(void **state)
{
    (void)state;
    struct test_server *server = start(NULL);
    int fd = test_connect(server);
    cancelled_count = 0;
    test_send_cstr(fd, GET("/wait"));
    test_server_await_metric(server, HTTP_METRIC_IN_PROGRESS, 0, 1);
    test_server_stop(server); /* aborts, and checks that nothing is left */
    assert_int_equal(cancelled_count, 1);
    assert_true(test_is_closed(fd));
    close(fd);
}

/* ---- the port ---- */

static void never_called(void *arg, struct http_exchange *exchange)
{
    (void)arg, (void)exchange;
}

static void a_port_in_use_is_told_at_once(void **state)
{
    (void)state;
    static const struct setting_group *const groups[] = {&http_settings_group, NULL};
    static const char *const environment[] = {NULL};
    static const char *const bad[] = {"",           "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536",
                                      "nowhere:80", ":80",       "[::1:80"};
    struct test_server *server = start(NULL);
    struct arena *arena = arena_new(0);
    struct strbuf problems;
    strbuf_init(&problems, arena, 1024);
    struct config *config = config_load(groups, environment, "/dev/null", &problems);
    struct http_server *second = NULL;
    struct http_server_options options = {
        .config = config,
        .platform = test_server_platform(server),
        .address = arena_printf(arena, "127.0.0.1:%d", test_server_port(server)),
        .handler = never_called,
    };
    struct error *error = http_server_new(arena, &options, &second);
    assert_true(error_has_code(error, ERROR_UNAVAILABLE));
    assert_true(str_find(error->message, STR("in use")) >= 0);
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        options.address = str_cstr(bad[i]);
        assert_true(error_has_code(http_server_new(arena, &options, &second), ERROR_INVALID));
    }
    assert_null(second);
    config_free(config);
    arena_free(arena);
    test_server_stop(server);
}

struct second_loop {
    struct loop_task task;
    struct test_server *server;
    struct loop *loop;
    void (*fn)(struct http_server *server, struct loop *loop);
    _Atomic bool is_done;
};

static void run_on_second_loop(struct loop_task *task)
{
    struct second_loop *second = LIST_OWNER(task, struct second_loop, task);
    second->fn(test_server_http(second->server), second->loop);
    second->is_done = true;
}

static void call_on_second_loop(struct second_loop *second,
                                void (*fn)(struct http_server *server, struct loop *loop))
{
    second->task.fn = run_on_second_loop;
    second->fn = fn;
    second->is_done = false;
    loop_post(second->loop, &second->task);
    while (!second->is_done)
        usleep(1000);
}

static void *run_loop_thread(void *arg)
{
    loop_run(arg);
    return NULL;
}

static void loops_share_the_port(void **state)
{
    (void)state;
    struct test_server *server = start(NULL);
    struct second_loop second = {.server = server, .loop = loop_new(&(struct loop_options){.index = 1})};
    struct arena *arena = arena_new(0);
    pthread_t thread;
    bool seen[2] = {false, false};
    assert_int_equal(pthread_create(&thread, NULL, run_loop_thread, second.loop), 0);
    call_on_second_loop(&second, http_server_attach);
    for (int i = 0; i < 1000 && !(seen[0] && seen[1]); i++) {
        struct test_reply reply = test_exchange(server, arena, GET("/loop"));
        assert_int_equal(reply.body.len, 1);
        seen[reply.body.ptr[0] - '0'] = true;
    }
    assert_true(seen[0] && seen[1]);
    call_on_second_loop(&second, http_server_abort);
    loop_stop(second.loop);
    pthread_join(thread, NULL);
    assert_true(http_server_is_drained(test_server_http(server), second.loop));
    loop_free(second.loop);
    arena_free(arena);
    test_server_stop(server);
}

/* ---- proxies ---- */

static struct str who_with(const struct test_server *server, struct arena *arena, const char *fields)
{
    struct str request = arena_printf(arena, "GET /who HTTP/1.1\r\nHost: a\r\n%s\r\n", fields);
    return test_exchange(server, arena, request.ptr).body;
}

static void only_trusted_proxies_speak_for_others(void **state)
{
    (void)state;
    static const char *const settings[] = {"LATHE_TRUSTED_PROXIES=127.0.0.0/8, 10.0.0.0/8", NULL};
    static const char fields[] =
        "X-Forwarded-For: 192.0.2.9, 192.0.2.1, 10.0.0.7\r\nX-Forwarded-Proto: https\r\n";
    struct test_server *trusting = start(settings), *wary = start(NULL);
    struct arena *arena = arena_new(0);
    assert_true(str_equal(who_with(trusting, arena, fields), STR("192.0.2.1 https")));
    assert_true(str_equal(who_with(trusting, arena, ""), STR("127.0.0.1 http")));
    assert_true(str_equal(who_with(trusting, arena, "Forwarded: for=\"[2001:db8::1]\";proto=https\r\n"),
                          STR("2001:db8::1 https")));
    assert_true(str_equal(who_with(wary, arena, fields), STR("127.0.0.1 http")));
    arena_free(arena);
    test_server_stop(trusting);
    test_server_stop(wary);
}

/* ---- what the system refuses ---- */

#ifdef LATHE_FAULTS
static void running_out_of_descriptors_turns_clients_away(void **state)
{
    (void)state;
    struct test_server *server = start(NULL);
    struct arena *arena = arena_new(0);
    fault_arm(&(struct fault_rule){
        .point = "http.accept", .action = FAULT_FAIL, .errno_value = EMFILE, .times = 1});
    int fd = test_connect(server);
    assert_true(test_is_closed(fd));
    close(fd);
    assert_int_equal(test_server_metric(server, HTTP_METRIC_ACCEPT_ERRORS, 0), 1);
    assert_int_equal(test_exchange(server, arena, GET("/hello")).status, 200);
    fault_arm(&(struct fault_rule){
        .point = "http.accept", .action = FAULT_FAIL, .errno_value = ENOBUFS, .times = 1});
    assert_int_equal(test_exchange(server, arena, GET("/hello")).status, 200); /* after a pause */
    assert_int_equal(test_server_metric(server, HTTP_METRIC_ACCEPT_ERRORS, 0), 2);
    fault_disarm_all();
    arena_free(arena);
    test_server_stop(server);
}

static void broken_sockets_end_their_connection_only(void **state)
{
    (void)state;
    static const char *const points[] = {"http.read", "http.write"};
    struct test_server *server = start(NULL);
    struct arena *arena = arena_new(0);
    for (size_t i = 0; i < COUNT_OF(points); i++) {
        fault_arm(&(struct fault_rule){
            .point = points[i], .action = FAULT_FAIL, .errno_value = ECONNRESET, .times = 1});
        assert_true(test_exchange(server, arena, GET("/hello")).is_closed);
        assert_int_equal(test_exchange(server, arena, GET("/hello")).status, 200);
        fault_arm(
            &(struct fault_rule){.point = points[i], .action = FAULT_FAIL, .errno_value = EINTR, .times = 3});
        assert_int_equal(test_exchange(server, arena, GET("/hello")).status, 200);
    }
    fault_disarm_all();
    arena_free(arena);
    test_server_stop(server);
}
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_says_nothing_is_closed),
        cmocka_unit_test(a_head_that_drips_is_answered_408),
        cmocka_unit_test(a_body_that_drips_does_not_hold_the_connection),
        cmocka_unit_test(a_body_at_the_least_rate_may_take_its_time),
        cmocka_unit_test(who_does_not_take_the_reply_is_closed),
        cmocka_unit_test(idle_connections_make_room_for_new_ones),
        cmocka_unit_test(beyond_the_limit_connections_are_turned_away),
        cmocka_unit_test(one_address_may_have_so_many),
        cmocka_unit_test(without_fibers_requests_are_answered_503),
        cmocka_unit_test(a_request_whose_client_left_is_cancelled),
        cmocka_unit_test(a_client_that_half_closes_with_its_request_is_waited_for),
        cmocka_unit_test(an_upload_that_breaks_off_is_cancelled),
        cmocka_unit_test(draining_finishes_what_is_in_progress),
        cmocka_unit_test(aborting_cancels_what_is_left),
        cmocka_unit_test(a_port_in_use_is_told_at_once),
        cmocka_unit_test(loops_share_the_port),
        cmocka_unit_test(only_trusted_proxies_speak_for_others),
#ifdef LATHE_FAULTS
        cmocka_unit_test(running_out_of_descriptors_turns_clients_away),
        cmocka_unit_test(broken_sockets_end_their_connection_only),
#endif
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
