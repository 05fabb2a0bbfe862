/* SPDX-License-Identifier: AGPL-3.0-or-later
 * A room of the live part behind the HTTP engine, and nothing else: what platform/live costs without a product on top.
 *
 * usage: fanout_server PORT LOOPS     settings: LATHE_LIVE_… and LATHE_HTTP_… of the environment
 *
 * GET /ws opens a connection; {"type":"join","room":"bench:a"} watches, {"type":"say","text":…} publishes to all who watch. */
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

#include "base/json/json_write.h"
#include "base/text/number.h"

#include "platform/clock/clock.h"
#include "platform/config/config.h"
#include "platform/fiber/loop.h"
#include "platform/fiber/pool.h"
#include "platform/http/server.h"
#include "platform/live/live_server.h"
#include "platform/metrics/metrics.h"

enum { MAX_LOOPS = 64 };

static _Atomic int64_t sequence;

struct say {
    struct str text;
};
/* clang-format off */
static const struct json_field say_fields[] = {
    JSON_TEXT(struct say, text, .max = 10000, .flags = JSON_REQUIRED),
};
/* clang-format on */
static const struct json_type say_type = JSON_TYPE("Say", struct say, say_fields);

static struct error *say(struct ctx *cx, struct live_call *call)
{
    live_publish(cx->platform, &(struct live_message){.room = STR("bench:a"),
                                                      .type = STR("said"),
                                                      .sequence = ++sequence,
                                                      .body = json_encode(cx->arena, &say_type, call->body)});
    return NULL;
}

static struct error *join(struct ctx *cx, struct live_join *join)
{
    (void)cx;
    join->room = STR("bench:a");
    join->sequence = sequence;
    join->snapshot = STR("{\"bids\":0}");
    return NULL;
}

static const struct live_room_kind room = {.prefix = "bench", .help = "The room", .join = join};
static const struct live_command command = {
    .type = "say", .help = "Publishes", .body = &say_type, .run = say};

static void handle(void *arg, struct http_exchange *exchange)
{
    const struct platform *platform = arg;
    struct ctx cx = {.arena = exchange_arena(exchange),
                     .platform = platform,
                     .caller = &caller_anonymous,
                     .deadline_us = INT64_MAX,
                     .client_address = exchange_request(exchange)->client_address};
    if (live_accept(&cx, exchange) != NULL)
        error_ignore(exchange_reply(exchange, 400, STR("text/plain"), STR("not a WebSocket")));
}

struct bench {
    struct platform platform;
    struct http_server *server;
};

struct seat {
    struct bench *bench;
    struct loop *loop;
    struct loop_task task;
};

static void attach(struct loop_task *task)
{
    struct seat *seat = LIST_OWNER(task, struct seat, task);
    live_attach_loop(seat->bench->platform.live, seat->loop);
    http_server_attach(seat->bench->server, seat->loop);
}

static void *run(void *arg)
{
    struct seat *seat = arg;
    loop_post(seat->loop, &seat->task);
    loop_run(seat->loop);
    return NULL;
}

static const struct config *read_settings(struct arena *arena)
{
    static const struct setting_group *const groups[] = {&http_settings_group, &live_settings_group, NULL};
    struct strbuf problems;
    strbuf_init(&problems, arena, 4096);
    const struct config *config = config_load(groups, (const char *const *)environ, "/dev/null", &problems);
    if (config == NULL)
        fputs(strbuf_str(&problems).ptr, stderr);
    return config;
}

static void open_platform(struct bench *bench, const struct config *config)
{
    static const struct live_room_kind *const rooms[] = {&room, NULL};
    static const struct live_command *const commands[] = {&command, NULL};
    struct platform *platform = &bench->platform;
    platform->metrics = metrics_new();
    metrics_register(platform->metrics, &http_metrics);
    metrics_register(platform->metrics, &live_metrics);
    platform->clock = clock_new_real();
    platform->blocking_pool =
        pool_new(&(struct pool_options){.name = "bench", .threads = 1, .max_queue = 64});
    platform->live = live_new(
        &(struct live_options){.config = config, .platform = platform, .rooms = rooms, .commands = commands});
}

/* Runs until it is killed: nothing here needs an orderly end. */
int main(int argc, char **argv)
{
    static struct bench bench;
    static struct seat seats[MAX_LOOPS];
    struct arena *arena = arena_new(0);
    const struct config *config = read_settings(arena);
    int64_t loops = 0;
    bool is_fit = argc == 3 && number_parse_i64(str_cstr(argv[2]), 1, MAX_LOOPS, &loops);
    if (!is_fit || config == NULL)
        return 2;
    open_platform(&bench, config);
    struct http_server_options options = {.config = config,
                                          .platform = &bench.platform,
                                          .address = arena_printf(arena, "127.0.0.1:%s", argv[1]),
                                          .handler = handle,
                                          .arg = &bench.platform};
    if (http_server_new(arena, &options, &bench.server) != NULL)
        return 1;
    for (int i = 0; i < (int)loops; i++) {
        pthread_t thread;
        seats[i] = (struct seat){&bench, loop_new(&(struct loop_options){.index = i}), {.fn = attach}};
        if (i != 0 && pthread_create(&thread, NULL, run, &seats[i]) != 0)
            return 1;
    }
    run(&seats[0]);
    return 0;
}
