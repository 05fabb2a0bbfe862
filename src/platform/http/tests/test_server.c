/* SPDX-License-Identifier: AGPL-3.0-or-later
 * The server's side of tests. */
#include "platform/http/tests/test_server.h"

#include <pthread.h>
#include <semaphore.h>
#include <setjmp.h>
#include <stdarg.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/mem/alloc.h"

#include "platform/clock/clock.h"
#include "platform/fiber/loop.h"
#include "platform/fiber/pool.h"
#include "platform/metrics/metrics.h"

struct test_server {
    struct test_server_options options;
    struct platform platform;
    struct config *config;
    struct arena *arena;
    struct loop *loop;
    struct http_server *http;
    pthread_t thread;
};

static void handle(void *arg, struct http_exchange *exchange)
{
    const struct test_server *server = arg;
    const struct http_request *request = exchange_request(exchange);
    const struct test_route *route = server->options.routes;
    while (route->path != NULL && !str_equal(request->path, str_cstr(route->path)) &&
           strcmp(route->path, "*") != 0)
        route++;
    if (route->path != NULL)
        route->run(exchange);
    else
        error_ignore(exchange_reply(exchange, 404, STR("text/plain"), STR("no such path")));
}

static void *run_loop(void *arg)
{
    loop_run(arg);
    return NULL;
}

static void attach(struct test_server *server)
{
    http_server_attach(server->http, server->loop);
}

struct test_server *test_server_start(const struct test_server_options *options)
{
    static const struct setting_group *const groups[] = {&http_settings_group, NULL};
    static const char *const no_settings[] = {NULL};
    struct test_server *server = MEM_NEW(struct test_server);
    struct strbuf problems;
    server->options = *options;
    server->arena = arena_new(0);
    strbuf_init(&problems, server->arena, 4096);
    server->config = config_load(groups, options->settings != NULL ? options->settings : no_settings,
                                 "/dev/null", &problems);
    if (server->config == NULL)
        fail_msg("%s", strbuf_str(&problems).ptr);
    server->platform.metrics = metrics_new();
    metrics_register(server->platform.metrics, &http_metrics);
    server->platform.clock = clock_new_real();
    server->platform.blocking_pool =
        pool_new(&(struct pool_options){.name = "test", .threads = 1, .max_queue = 64});
    bool has_handler = options->handler != NULL;
    struct http_server_options http_options = {
        .config = server->config,
        .platform = &server->platform,
        .address = STR("127.0.0.1:0"),
        .handler = has_handler ? options->handler : handle,
        .arg = has_handler ? options->arg : server,
    };
    struct error *error = http_server_new(server->arena, &http_options, &server->http);
    if (error != NULL)
        fail_msg("%s", error->message.ptr);
    server->loop = loop_new(&(struct loop_options){.max_fibers = options->max_fibers});
    assert_int_equal(pthread_create(&server->thread, NULL, run_loop, server->loop), 0);
    test_server_run(server, attach);
    return server;
}

struct posted_run {
    struct loop_task task;
    struct test_server *server;
    void (*fn)(struct test_server *server);
    sem_t done;
};

static void run_posted(struct loop_task *task)
{
    struct posted_run *run = LIST_OWNER(task, struct posted_run, task);
    run->fn(run->server);
    sem_post(&run->done);
}

void test_server_run(struct test_server *server, void (*fn)(struct test_server *server))
{
    struct posted_run run = {.task.fn = run_posted, .server = server, .fn = fn};
    sem_init(&run.done, 0, 0);
    loop_post(server->loop, &run.task);
    while (sem_wait(&run.done) != 0)
        continue;
    sem_destroy(&run.done);
}

static void abort_all(struct test_server *server)
{
    http_server_abort(server->http, server->loop);
}

void test_server_stop(struct test_server *server)
{
    test_server_run(server, abort_all);
    loop_stop(server->loop);
    pthread_join(server->thread, NULL);
    assert_true(http_server_is_drained(server->http, server->loop));
    assert_int_equal(test_server_metric(server, HTTP_METRIC_CONNECTIONS, 0), 0);
    assert_int_equal(test_server_metric(server, HTTP_METRIC_IN_PROGRESS, 0), 0);
    loop_free(server->loop);
    http_server_free(server->http);
    pool_free(server->platform.blocking_pool);
    clock_free(server->platform.clock);
    metrics_free(server->platform.metrics);
    config_free(server->config);
    arena_free(server->arena);
    mem_free(server);
}

int test_server_port(const struct test_server *server)
{
    return http_server_port(server->http);
}

const struct platform *test_server_platform(const struct test_server *server)
{
    return &server->platform;
}

struct http_server *test_server_http(const struct test_server *server)
{
    return server->http;
}

struct loop *test_server_loop(const struct test_server *server)
{
    return server->loop;
}

int64_t test_server_metric(const struct test_server *server, enum http_metric row, size_t label)
{
    return metric_read(server->platform.metrics, &http_metrics, row, label);
}

void test_server_await_metric(const struct test_server *server, enum http_metric row, size_t label,
                              int64_t value)
{
    int64_t give_up_us = loop_now_us() + 20 * US_PER_SECOND;
    while (test_server_metric(server, row, label) != value) {
        if (loop_now_us() > give_up_us)
            fail_msg("metric %d[%zu] is %lld, not %lld", row, label,
                     (long long)test_server_metric(server, row, label), (long long)value);
        usleep(1000);
    }
}
