/* SPDX-License-Identifier: AGPL-3.0-or-later
 * The engine alone, for measuring: one loop, a small JSON reply at /hello and, when a file is named, that file at /file.
 * usage: bench_server [FILE]    prints its port; ends with its standard input. */
#include <fcntl.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem/cleanup.h"
#include "base/require/require.h"

#include "platform/clock/clock.h"
#include "platform/fiber/loop.h"
#include "platform/fiber/pool.h"
#include "platform/http/server.h"
#include "platform/metrics/metrics.h"

struct bench {
    struct platform platform;
    struct http_server *server;
    struct loop *loop;
    struct http_file file;
    struct loop_task attach_task;
    struct io_watch input;
};

static void handle(void *arg, struct http_exchange *exchange)
{
    const struct bench *bench = arg;
    if (bench->file.fd >= 0 && str_equal(exchange_request(exchange)->path, STR("/file")))
        error_ignore(exchange_reply_file(exchange, &bench->file));
    else
        error_ignore(
            exchange_reply(exchange, 200, STR("application/json"), STR("{\"message\":\"Hello, World!\"}")));
}

static void input_ready(struct io_watch *watch, uint32_t events)
{
    struct bench *bench = LIST_OWNER(watch, struct bench, input);
    char byte;
    (void)events;
    if (read(watch->fd, &byte, 1) > 0)
        return;
    io_watch_stop(bench->loop, watch);
    http_server_abort(bench->server, bench->loop);
    loop_stop(bench->loop);
}

static void attach(struct loop_task *task)
{
    struct bench *bench = LIST_OWNER(task, struct bench, attach_task);
    http_server_attach(bench->server, bench->loop);
    bench->input = (struct io_watch){.fd = STDIN_FILENO, .events = EPOLLIN, .ready = input_ready};
    io_watch_start(bench->loop, &bench->input);
    printf("%d\n", http_server_port(bench->server));
    fflush(stdout);
}

static void open_file(struct bench *bench, const char *path)
{
    struct stat info;
    bench->file = (struct http_file){
        .fd = -1, .content_type = STR("application/octet-stream"), .etag = STR("\"bench\"")};
    if (path == NULL)
        return;
    bench->file.fd = open(path, O_RDONLY | O_CLOEXEC);
    REQUIRE(bench->file.fd >= 0 && fstat(bench->file.fd, &info) == 0);
    bench->file.size = info.st_size;
}

int main(int argc, char **argv)
{
    static const struct setting_group *const groups[] = {&http_settings_group, NULL};
    static const char *const environment[] = {NULL};
    struct bench bench = {.attach_task.fn = attach};
    struct arena *arena = arena_new(0);
    struct strbuf problems;
    strbuf_init(&problems, arena, 4096);
    struct config *config = config_load(groups, environment, "/dev/null", &problems);
    REQUIRE(config != NULL);
    open_file(&bench, argc > 1 ? argv[1] : NULL);
    bench.platform.metrics = metrics_new();
    metrics_register(bench.platform.metrics, &http_metrics);
    bench.platform.clock = clock_new_real();
    bench.platform.blocking_pool =
        pool_new(&(struct pool_options){.name = "bench", .threads = 1, .max_queue = 64});
    bench.loop = loop_new(&(struct loop_options){.index = 0});
    struct http_server_options options = {.config = config,
                                          .platform = &bench.platform,
                                          .address = STR("127.0.0.1:0"),
                                          .handler = handle,
                                          .arg = &bench};
    REQUIRE(http_server_new(arena, &options, &bench.server) == NULL);
    loop_post(bench.loop, &bench.attach_task);
    loop_run(bench.loop);
    http_server_free(bench.server);
    loop_free(bench.loop);
    pool_free(bench.platform.blocking_pool);
    clock_free(bench.platform.clock);
    metrics_free(bench.platform.metrics);
    config_free(config);
    arena_free(arena);
    cleanup_fd(&bench.file.fd);
    return 0;
}
