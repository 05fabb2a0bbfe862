/* SPDX-License-Identifier: AGPL-3.0-or-later
 * The server's side. */
#include "platform/live/tests/room_server.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/json/json_write.h"
#include "base/mem/alloc.h"

#include "platform/cache/cache.h"
#include "platform/clock/clock.h"
#include "platform/fiber/fiber.h"
#include "platform/fiber/pool.h"
#include "platform/http/problem.h"
#include "platform/http/server.h"
#include "platform/metrics/metrics.h"

enum { MAX_LOOPS = 8, MAX_ROOMS = 96, KEPT = 400 };

struct stored_room {
    char name[LIVE_ROOM_MAX + 1];
    int64_t sequence;
    char *texts[KEPT]; /* of sequence i at i % KEPT */
};

struct room_server {
    struct platform platform;
    struct config *config;
    struct arena *arena;
    struct http_server *http;
    int loop_count;
    struct loop *loops[MAX_LOOPS];
    pthread_t threads[MAX_LOOPS];
    pthread_mutex_t lock; /* over what follows */
    struct stored_room rooms[MAX_ROOMS];
    int64_t join_delay_us;
    struct id ended;
};

/* The rows of tables have no other way to it. */
static struct room_server *the_server;

/* ---- the truth ---- */

static struct stored_room *find_stored(struct room_server *server, const char *name)
{
    for (size_t i = 0; i < MAX_ROOMS; i++) {
        struct stored_room *room = &server->rooms[i];
        if (room->name[0] == '\0')
            (void)snprintf(room->name, sizeof(room->name), "%s", name);
        if (strcmp(room->name, name) == 0)
            return room;
    }
    fail_msg("too many rooms");
    return NULL;
}

int64_t room_server_keep(struct room_server *server, const char *room_name, struct str text)
{
    pthread_mutex_lock(&server->lock);
    struct stored_room *room = find_stored(server, room_name);
    int64_t sequence = ++room->sequence;
    mem_free(room->texts[sequence % KEPT]);
    room->texts[sequence % KEPT] = mem_alloc(text.len + 1);
    memcpy(room->texts[sequence % KEPT], text.ptr, text.len);
    pthread_mutex_unlock(&server->lock);
    return sequence;
}

static struct str body_of(struct arena *arena, struct str text)
{
    struct strbuf out;
    struct json_writer writer;
    strbuf_init(&out, arena, 6 * text.len + 64);
    json_writer_init(&writer, &out);
    json_begin_object(&writer);
    json_name(&writer, STR("text"));
    json_put_text(&writer, text);
    json_end_object(&writer);
    return strbuf_str(&out);
}

void room_server_publish(struct room_server *server, const char *room, int64_t sequence, struct str text)
{
    struct arena *arena = arena_new(0);
    live_publish(&server->platform, &(struct live_message){.room = str_cstr(room),
                                                           .type = STR("said"),
                                                           .sequence = sequence,
                                                           .body = body_of(arena, text)});
    arena_free(arena);
}

int64_t room_server_say(struct room_server *server, const char *room, struct str text)
{
    int64_t sequence = room_server_keep(server, room, text);
    room_server_publish(server, room, sequence, text);
    return sequence;
}

void room_server_delay_joins(struct room_server *server, int64_t delay_us)
{
    pthread_mutex_lock(&server->lock);
    server->join_delay_us = delay_us;
    pthread_mutex_unlock(&server->lock);
}

/* ---- rooms ---- */

static void fill_missed(struct arena *arena, const struct stored_room *room, struct live_join *join)
{
    VEC(struct live_message) missed = {0};
    for (int64_t i = join->after_sequence + 1; i <= room->sequence; i++)
        *VEC_PUSH(arena, &missed) = (struct live_message){
            .type = STR("said"), .sequence = i, .body = body_of(arena, str_cstr(room->texts[i % KEPT]))};
    join->missed = (struct array){missed.items, missed.count};
}

static struct error *read_room(struct ctx *cx, struct live_join *join, const char *name)
{
    pthread_mutex_lock(&the_server->lock);
    struct stored_room *room = find_stored(the_server, name);
    int64_t delay_us = the_server->join_delay_us;
    bool is_near = join->after_sequence >= 0 && room->sequence - join->after_sequence <= LIVE_MISSED_MAX;
    join->room = arena_str(cx->arena, str_cstr(name));
    join->sequence = room->sequence;
    if (is_near)
        fill_missed(cx->arena, room, join);
    else
        join->snapshot = arena_printf(cx->arena, "{\"count\":%lld}", (long long)room->sequence);
    pthread_mutex_unlock(&the_server->lock);
    return delay_us != 0 ? fiber_sleep_until(cx, loop_now_us() + delay_us) : NULL;
}

static struct error *join_test(struct ctx *cx, struct live_join *join)
{
    if (str_equal(join->key, STR("secret")))
        return ERROR(cx, live_no_room, "there is no such room");
    return read_room(cx, join, arena_printf(cx->arena, "test:%" STR_FMT, STR_ARG(join->key)).ptr);
}

static struct error *join_club(struct ctx *cx, struct live_join *join)
{
    return read_room(cx, join, arena_printf(cx->arena, "club:%" STR_FMT, STR_ARG(join->key)).ptr);
}

static struct error *join_me(struct ctx *cx, struct live_join *join)
{
    struct str id = id_str(cx->arena, cx->caller->account_id);
    return read_room(cx, join, arena_printf(cx->arena, "account:%" STR_FMT, STR_ARG(id)).ptr);
}

static const struct live_room_kind kinds[] = {
    {.prefix = "test", .help = "A room", .counts_viewers = true, .join = join_test},
    {.prefix = "alias", .help = "The same by another name", .counts_viewers = true, .join = join_test},
    {.prefix = "club", .help = "Members only", .needs_login = true, .names_members = true, .join = join_club},
    {.prefix = "me", .help = "The account's", .needs_login = true, .join = join_me},
};

/* ---- commands ---- */

struct say_body {
    struct str room, text;
};
struct say_reply {
    int64_t said;
};
struct class_reply {
    bool is_vital;
};

/* clang-format off */
static const struct json_field say_fields[] = {
    JSON_TEXT(struct say_body, room, .min = 1, .max = LIVE_ROOM_MAX, .flags = JSON_REQUIRED),
    JSON_TEXT(struct say_body, text, .max = 60000, .flags = JSON_REQUIRED),
};
static const struct json_type say_type = JSON_TYPE("Say", struct say_body, say_fields);
static const struct json_field said_fields[] = {
    JSON_INTEGER(struct say_reply, said),
};
static const struct json_type said_type = JSON_TYPE("Said", struct say_reply, said_fields);
static const struct json_field class_fields[] = {
    JSON_BOOLEAN(struct class_reply, is_vital),
};
static const struct json_type class_type = JSON_TYPE("Class", struct class_reply, class_fields);
/* clang-format on */

static struct error *say(struct ctx *cx, struct live_call *call)
{
    const struct say_body *body = call->body;
    struct say_reply *reply = call->reply;
    reply->said = room_server_say(the_server, arena_cstr(cx->arena, body->room), body->text);
    return NULL;
}

static struct error *slow(struct ctx *cx, struct live_call *call)
{
    (void)call;
    return fiber_sleep_until(cx, loop_now_us() + 50 * US_PER_MS);
}

static struct error *tell_class(struct ctx *cx, struct live_call *call)
{
    struct class_reply *reply = call->reply;
    reply->is_vital = cx->is_vital;
    return NULL;
}

static const struct live_command commands[] = {
    {.type = "say",
     .help = "Says",
     .body = &say_type,
     .reply = &said_type,
     .per_minute = 1000000,
     .burst = 100000,
     .run = say},
    {.type = "slow", .help = "Waits", .run = slow, .per_minute = 1000000, .burst = 100000},
    {.type = "rare", .help = "Little of it", .run = slow, .per_minute = 1, .burst = 2, .needs_login = true},
    {.type = "class",
     .help = "Its class",
     .reply = &class_type,
     .run = tell_class,
     .per_minute = 1000000,
     .burst = 100000},
    {.type = "first",
     .help = "Its class",
     .reply = &class_type,
     .run = tell_class,
     .per_minute = 1000000,
     .burst = 100000,
     .is_vital = true},
};

/* ---- requests ---- */

static struct error *find_caller(struct ctx *cx, struct id session_id, const struct caller **ret_caller)
{
    struct caller *caller = ARENA_NEW(cx->arena, struct caller);
    *caller = (struct caller){.account_id = session_id, .session_id = session_id};
    *ret_caller = caller;
    pthread_mutex_lock(&the_server->lock);
    bool has_ended = id_equal(the_server->ended, session_id);
    pthread_mutex_unlock(&the_server->lock);
    return has_ended ? ERROR_CODE(cx, UNAUTHENTICATED, "the session has ended") : NULL;
}

void room_server_end_session(struct room_server *server, struct id account_id, bool tells)
{
    pthread_mutex_lock(&server->lock);
    server->ended = account_id;
    pthread_mutex_unlock(&server->lock);
    if (tells)
        live_end_session(&server->platform, account_id);
}

static struct caller caller_of(const struct http_request *request)
{
    struct caller caller = {0};
    for (size_t i = 0; i < request->header_count; i++) {
        if (str_equal(request->headers[i].name, STR("x-account")) &&
            id_parse(request->headers[i].value, &caller.account_id))
            caller.session_id = caller.account_id;
    }
    return caller;
}

static void handle(void *arg, struct http_exchange *exchange)
{
    struct room_server *server = arg;
    const struct http_request *request = exchange_request(exchange);
    struct caller caller = caller_of(request);
    struct ctx cx = {.arena = exchange_arena(exchange),
                     .platform = &server->platform,
                     .caller = &caller,
                     .deadline_us = INT64_MAX,
                     .client_address = request->client_address};
    static const struct str events = STR_INIT("/events/");
    struct error *error = NULL;
    if (str_starts_with(request->path, events))
        error = live_serve_events(&cx, exchange, str_slice(request->path, events.len, request->path.len));
    else
        error = live_accept(&cx, exchange);
    if (error != NULL && !exchange_is_replied(exchange))
        error_ignore(exchange_reply(exchange, error_code_status(error->reason->code),
                                    STR("application/problem+json"),
                                    problem_json(cx.arena, error, STR("test"))));
}

/* ---- life ---- */

struct posted {
    struct loop_task task;
    struct room_server *server;
    int index;
    void (*fn)(struct room_server *server, int index);
};

static void run_posted(struct loop_task *task)
{
    struct posted *posted = LIST_OWNER(task, struct posted, task);
    posted->fn(posted->server, posted->index);
    mem_free(posted);
}

static void on_each_loop(struct room_server *server, void (*fn)(struct room_server *server, int index))
{
    for (int i = 0; i < server->loop_count; i++) {
        struct posted *posted = MEM_NEW(struct posted);
        *posted = (struct posted){.task.fn = run_posted, .server = server, .index = i, .fn = fn};
        loop_post(server->loops[i], &posted->task);
    }
}

static void attach(struct room_server *server, int index)
{
    live_attach_loop(server->platform.live, server->loops[index]);
    http_server_attach(server->http, server->loops[index]);
}

static void *run_loop(void *arg)
{
    loop_run(arg);
    return NULL;
}

static void open_platform(struct room_server *server, const char *const *settings)
{
    static const struct setting_group *const groups[] = {&http_settings_group, &live_settings_group, NULL};
    static const char *const none[] = {NULL};
    struct strbuf problems;
    strbuf_init(&problems, server->arena, 4096);
    server->config = config_load(groups, settings != NULL ? settings : none, "/dev/null", &problems);
    if (server->config == NULL)
        fail_msg("%s", strbuf_str(&problems).ptr);
    struct platform *platform = &server->platform;
    platform->metrics = metrics_new();
    metrics_register(platform->metrics, &http_metrics);
    metrics_register(platform->metrics, &live_metrics);
    platform->clock = clock_new_real();
    platform->blocking_pool = pool_new(&(struct pool_options){.name = "test", .threads = 1, .max_queue = 64});
    static const struct cache_space *const no_spaces[] = {NULL};
    platform->cache = cache_new(platform, no_spaces, server->loop_count);
    static const struct live_room_kind *const rooms[] = {&kinds[0], &kinds[1], &kinds[2], &kinds[3], NULL};
    static const struct live_command *const rows[] = {&commands[0], &commands[1], &commands[2],
                                                      &commands[3], &commands[4], NULL};
    platform->live = live_new(&(struct live_options){.config = server->config,
                                                     .platform = platform,
                                                     .rooms = rooms,
                                                     .commands = rows,
                                                     .find_caller = find_caller});
}

struct room_server *room_server_start(const struct room_server_options *options)
{
    struct room_server *server = MEM_NEW(struct room_server);
    the_server = server;
    server->arena = arena_new(0);
    server->loop_count = options->loops != 0 ? options->loops : 1;
    REQUIRE(pthread_mutex_init(&server->lock, NULL) == 0);
    open_platform(server, options->settings);
    struct http_server_options http_options = {
        .config = server->config,
        .platform = &server->platform,
        .address = str_cstr(options->address != NULL ? options->address : "127.0.0.1:0"),
        .handler = handle,
        .arg = server};
    struct error *error = http_server_new(server->arena, &http_options, &server->http);
    if (error != NULL)
        fail_msg("%s", error->message.ptr);
    for (int i = 0; i < server->loop_count; i++) {
        server->loops[i] = loop_new(&(struct loop_options){.index = i});
        assert_int_equal(pthread_create(&server->threads[i], NULL, run_loop, server->loops[i]), 0);
    }
    on_each_loop(server, attach);
    return server;
}

static void drain(struct room_server *server, int index)
{
    live_drain(server->platform.live, server->loops[index]);
    http_server_drain(server->http, server->loops[index]);
}

void room_server_drain(struct room_server *server)
{
    on_each_loop(server, drain);
}

static void end_loop(struct room_server *server, int index)
{
    struct loop *loop = server->loops[index];
    http_server_abort(server->http, loop);
    live_abort(server->platform.live, loop);
    live_detach_loop(server->platform.live, loop);
    loop_stop(loop);
}

static void free_platform(struct room_server *server)
{
    live_free(server->platform.live);
    cache_free(server->platform.cache);
    pool_free(server->platform.blocking_pool);
    clock_free(server->platform.clock);
    metrics_free(server->platform.metrics);
    config_free(server->config);
}

void room_server_stop(struct room_server *server)
{
    on_each_loop(server, end_loop);
    for (int i = 0; i < server->loop_count; i++)
        pthread_join(server->threads[i], NULL);
    assert_int_equal(room_server_metric(server, LIVE_METRIC_CONNECTIONS, 0), 0);
    assert_int_equal(room_server_metric(server, LIVE_METRIC_STREAMS, 0), 0);
    assert_int_equal(room_server_metric(server, LIVE_METRIC_ROOMS, 0), 0);
    for (int i = 0; i < server->loop_count; i++)
        loop_free(server->loops[i]);
    http_server_free(server->http);
    free_platform(server);
    for (size_t i = 0; i < MAX_ROOMS; i++)
        for (size_t k = 0; k < KEPT; k++)
            mem_free(server->rooms[i].texts[k]);
    pthread_mutex_destroy(&server->lock);
    arena_free(server->arena);
    mem_free(server);
}

int room_server_port(const struct room_server *server)
{
    return http_server_port(server->http);
}

const struct platform *room_server_platform(const struct room_server *server)
{
    return &server->platform;
}

int64_t room_server_metric(const struct room_server *server, enum live_metric row, size_t label)
{
    return metric_read(server->platform.metrics, &live_metrics, row, label);
}

void room_server_await(const struct room_server *server, enum live_metric row, size_t label, int64_t least)
{
    int64_t give_up_us = loop_now_us() + 30 * US_PER_SECOND;
    while (room_server_metric(server, row, label) < least) {
        if (loop_now_us() > give_up_us)
            fail_msg("metric %d is %lld, not %lld", row, (long long)room_server_metric(server, row, label),
                     (long long)least);
        usleep(1000);
    }
}
