/* SPDX-License-Identifier: AGPL-3.0-or-later
 * For tests: a server on a loop of its own thread, on a free port of 127.0.0.1, and a client made of blocking sockets. */
#ifndef PLATFORM_HTTP_TESTS_TEST_SERVER_H
#define PLATFORM_HTTP_TESTS_TEST_SERVER_H

#include "platform/http/engine/metrics.h"
#include "platform/http/server.h"
#include "platform/http/wire/fault_table.h"

/* Answers requests for the path; the first row that matches counts, "*" matches all. */
struct test_route {
    const char *path;
    void (*run)(struct http_exchange *exchange);
};

struct test_server_options {
    const struct test_route *routes; /* ended by a NULL path; what no row matches is answered 404 */
    const char *const *settings;     /* "LATHE_HTTP_…=…", ended by NULL; NULL: the defaults */
    http_handler_fn handler;         /* instead of routes */
    void *arg;
    int max_fibers; /* 0: the default */
};

struct test_server;

struct test_server *test_server_start(const struct test_server_options *options);
/* Drains, aborts what is left, joins the thread. Fails the test when connections or requests remain. */
void test_server_stop(struct test_server *server);
int test_server_port(const struct test_server *server);
const struct platform *test_server_platform(const struct test_server *server);
struct http_server *test_server_http(const struct test_server *server);
struct loop *test_server_loop(const struct test_server *server);
/* Runs fn(server) on the server's loop and waits for it. */
void test_server_run(struct test_server *server, void (*fn)(struct test_server *server));
int64_t test_server_metric(const struct test_server *server, enum http_metric row, size_t label);
/* Waits until the metric has that value; fails the test when it never does. */
void test_server_await_metric(const struct test_server *server, enum http_metric row, size_t label,
                              int64_t value);

/* ---- client ---- */

int test_connect(const struct test_server *server);
void test_send(int fd, struct str bytes);
void test_send_cstr(int fd, const char *bytes);

struct test_reply {
    int status;
    struct str head; /* status line and fields, with the empty line */
    struct str body; /* decoded */
    bool is_closed;  /* the connection ended instead of a reply */
};

/* Reads one reply, head and body; the request's method must not have been HEAD (see test_read_head). Bytes beyond it are kept for
 * the next call on the same reader. */
struct test_reader {
    int fd;
    struct arena *arena;
    char *bytes;
    size_t len, capacity;
    bool is_at_end;
};
void test_reader_init(struct test_reader *reader, struct arena *arena, int fd);
struct test_reply test_read_reply(struct test_reader *reader);
struct test_reply test_read_head(struct test_reader *reader);
/* Everything up to the end of the connection. */
struct str test_read_rest(struct test_reader *reader);
/* True when the peer closes (or resets) without sending anything more. */
bool test_is_closed(int fd);

/* Value of a field of the reply, or absent. */
struct str test_field(const struct test_reply *reply, const char *name);

/* One request on a connection of its own: sends, reads a reply, closes. */
struct test_reply test_exchange(const struct test_server *server, struct arena *arena, const char *bytes);

#endif
