/* SPDX-License-Identifier: AGPL-3.0-or-later
 * What connections and bodies cost: ten thousand idle connections, uploads that nobody reads, replies that nobody takes. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/text/number.h"

#include "platform/fiber/fiber.h"
#include "platform/http/tests/test_server.h"

enum { IDLE_CONNECTIONS = 10000 };

#define MIB ((int64_t)1024 * 1024)

/* Sanitizers keep memory of their own for each byte of ours: sizes say nothing then. */
#ifdef __has_feature
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SIZES_COUNT 0
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SIZES_COUNT 0
#elif !defined(SIZES_COUNT)
#define SIZES_COUNT 1
#endif

/* ---- handlers ---- */

static void hello(struct http_exchange *exchange)
{
    error_ignore(exchange_reply(exchange, 200, STR("text/plain"), STR("hello")));
}

static _Atomic bool may_read;

/* Waits for leave before it reads the body, then answers its length. */
static void slow_upload(struct http_exchange *exchange)
{
    struct ctx cx = {
        .arena = exchange_arena(exchange), .caller = &caller_anonymous, .deadline_us = INT64_MAX};
    static char buf[64 * 1024];
    size_t len = 1;
    int64_t sum = 0;
    struct error *error = NULL;
    while (!may_read && error == NULL)
        error = fiber_sleep_until(&cx, loop_now_us() + US_PER_MS);
    exchange_limit_body(exchange, INT64_MAX);
    for (; error == NULL && len != 0; sum += (int64_t)len)
        error = exchange_read(exchange, buf, sizeof(buf), &len);
    if (error == NULL)
        error = exchange_reply(exchange, 200, STR("text/plain"),
                               arena_printf(exchange_arena(exchange), "%lld", (long long)sum));
    error_ignore(error);
}

static void flood(struct http_exchange *exchange)
{
    static char bytes[64 * 1024];
    struct error *error = exchange_begin(exchange, 200, STR("text/plain"), 256 * MIB);
    for (int i = 0; i < 4096 && error == NULL; i++)
        error = exchange_write(exchange, str_from(bytes, sizeof(bytes)));
    if (error == NULL)
        error = exchange_end(exchange);
    error_ignore(error);
}

static const struct test_route routes[] = {
    {"/hello", hello}, {"/upload", slow_upload}, {"/flood", flood}, {NULL, NULL}};

/* ---- measuring ---- */

static int64_t resident_bytes(void)
{
    char text[128];
    FILE *stream = fopen("/proc/self/statm", "re");
    assert_non_null(stream);
    assert_non_null(fgets(text, sizeof(text), stream));
    fclose(stream);
    struct str rest = str_cstr(text), field;
    assert_true(str_split(&rest, ' ', &field) && str_split(&rest, ' ', &field));
    uint64_t pages = 0;
    assert_true(number_parse_u64(field, INT64_MAX, &pages));
    return (int64_t)pages * sysconf(_SC_PAGESIZE);
}

/* ---- idle connections: the clients are a process of their own, for the sake of its descriptors ---- */

static bool raise_descriptor_limit(rlim_t needed)
{
    struct rlimit limit;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
    if (limit.rlim_cur >= needed)
        return true;
    limit.rlim_cur = limit.rlim_max;
    return limit.rlim_max >= needed && setrlimit(RLIMIT_NOFILE, &limit) == 0;
}

/* Connects, is served once, and stays. */
static bool open_client(int port)
{
    static const char request[] =
        "GET /hello HTTP/1.1\r\nHost: a\r\nUser-Agent: somebody\r\nAccept: */*\r\n\r\n";
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    char reply[1024];
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    return fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0 &&
           send(fd, request, sizeof(request) - 1, MSG_NOSIGNAL) > 0 && recv(fd, reply, sizeof(reply), 0) > 0;
}

/* Reads the port, opens the connections, says so, and waits to be let go. */
static _Noreturn void run_clients(int orders_fd, int answers_fd)
{
    int port = 0;
    bool ok =
        raise_descriptor_limit(IDLE_CONNECTIONS + 64) && read(orders_fd, &port, sizeof(port)) == sizeof(port);
    for (int i = 0; ok && i < IDLE_CONNECTIONS; i++)
        ok = open_client(port);
    char answer = ok ? 'y' : 'n';
    if (write(answers_fd, &answer, 1) == 1)
        (void)read(orders_fd, &port, 1); /* the end of the parent's side ends it */
    _exit(0);
}

struct clients {
    pid_t pid;
    int orders_fd, answers_fd;
};

static struct clients fork_clients(void)
{
    int orders[2], answers[2];
    assert_int_equal(pipe2(orders, O_CLOEXEC), 0);
    assert_int_equal(pipe2(answers, O_CLOEXEC), 0);
    struct clients clients = {.pid = fork(), .orders_fd = orders[1], .answers_fd = answers[0]};
    assert_true(clients.pid >= 0);
    if (clients.pid == 0) {
        close(orders[1]);
        run_clients(orders[0], answers[1]);
    }
    close(orders[0]);
    close(answers[1]);
    return clients;
}

static void ten_thousand_idle_connections_cost_a_kibibyte_each(void **state)
{
    (void)state;
    if (!raise_descriptor_limit(IDLE_CONNECTIONS + 64)) {
        print_message("skipped: fewer than %d descriptors are allowed\n", IDLE_CONNECTIONS);
        skip();
    }
    struct clients clients = fork_clients();
    struct arena *arena = arena_new(0);
    struct test_server *server = test_server_start(&(struct test_server_options){.routes = routes});
    assert_int_equal(test_exchange(server, arena, "GET /hello HTTP/1.1\r\nHost: a\r\n\r\n").status, 200);
    int64_t before = resident_bytes();
    int port = test_server_port(server);
    char answer = 0;
    assert_int_equal(write(clients.orders_fd, &port, sizeof(port)), sizeof(port));
    assert_int_equal(read(clients.answers_fd, &answer, 1), 1);
    assert_int_equal(answer, 'y');
    test_server_await_metric(server, HTTP_METRIC_CONNECTIONS, 0, IDLE_CONNECTIONS);
    int64_t each = (resident_bytes() - before) / IDLE_CONNECTIONS;
    print_message("%lld bytes for each idle connection\n", (long long)each);
    if (SIZES_COUNT)
        assert_in_range(each, 0, 1024);
    assert_int_equal(test_exchange(server, arena, "GET /hello HTTP/1.1\r\nHost: a\r\n\r\n").status, 200);
    close(clients.orders_fd);
    assert_int_equal(waitpid(clients.pid, NULL, 0), clients.pid);
    test_server_await_metric(server, HTTP_METRIC_CONNECTIONS, 0, 0);
    close(clients.answers_fd);
    arena_free(arena);
    test_server_stop(server);
}

/* ---- bodies ---- */

/* Sends until nothing more is taken for a while, at most len. */
static int64_t send_while_taken(int fd, int64_t len)
{
    static const char bytes[64 * 1024];
    int64_t sent = 0;
    while (sent < len) {
        struct pollfd ready = {.fd = fd, .events = POLLOUT};
        if (poll(&ready, 1, 300) == 0)
            return sent;
        int64_t left = len - sent;
        ssize_t got = send(fd, bytes, left < (int64_t)sizeof(bytes) ? (size_t)left : sizeof(bytes),
                           MSG_NOSIGNAL | MSG_DONTWAIT);
        if (got > 0)
            sent += got;
        else
            assert_true(got < 0 && errno == EAGAIN);
    }
    return sent;
}

static void a_body_that_nobody_reads_stays_with_its_client(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    struct test_reader reader;
    struct test_server *server = test_server_start(&(struct test_server_options){.routes = routes});
    may_read = false;
    int fd = test_connect(server);
    test_reader_init(&reader, arena, fd);
    int64_t before = resident_bytes(), len = 256 * MIB;
    test_send(fd, arena_printf(arena, "POST /upload HTTP/1.1\r\nHost: a\r\nContent-Length: %lld\r\n\r\n",
                               (long long)len));
    int64_t sent = send_while_taken(fd, len);
    assert_in_range(sent, 1, 32 * MIB); /* what the kernel's buffers take */
    assert_true(resident_bytes() - before < 4 * MIB);

    /* Once it is read, all of it arrives, and nothing of it stays. */
    may_read = true;
    while (sent < len)
        sent += send_while_taken(fd, len - sent);
    struct test_reply reply = test_read_reply(&reader);
    assert_true(str_equal(reply.body, arena_printf(arena, "%lld", (long long)len)));
    if (SIZES_COUNT)
        assert_true(resident_bytes() - before < 8 * MIB);
    close(fd);
    arena_free(arena);
    test_server_stop(server);
}

static void a_reply_that_nobody_takes_stays_with_its_handler(void **state)
{
    (void)state;
    struct test_server *server = test_server_start(&(struct test_server_options){.routes = routes});
    int64_t before = resident_bytes();
    int fd = test_connect(server);
    test_send_cstr(fd, "GET /flood HTTP/1.1\r\nHost: a\r\n\r\n");
    test_server_await_metric(server, HTTP_METRIC_IN_PROGRESS, 0, 1);
    int64_t sent = 0, last = -1;
    while (sent != last || sent == 0) { /* until it stands still */
        last = sent;
        usleep(200000);
        sent = test_server_metric(server, HTTP_METRIC_SENT, 0);
    }
    assert_in_range(sent, 1, 32 * MIB);
    assert_true(resident_bytes() - before < 4 * MIB);
    static char taken[64 * 1024];
    int64_t received = 0;
    while (received < 256 * MIB) {
        ssize_t got = recv(fd, taken, sizeof(taken), 0);
        assert_true(got > 0);
        received += got;
    }
    test_server_await_metric(server, HTTP_METRIC_IN_PROGRESS, 0, 0);
    if (SIZES_COUNT)
        assert_true(resident_bytes() - before < 8 * MIB);
    close(fd);
    test_server_stop(server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ten_thousand_idle_connections_cost_a_kibibyte_each),
        cmocka_unit_test(a_body_that_nobody_reads_stays_with_its_client),
        cmocka_unit_test(a_reply_that_nobody_takes_stays_with_its_handler),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
