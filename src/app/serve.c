/* SPDX-License-Identifier: AGPL-3.0-or-later
 * `lathe serve`: one thread per loop, signals by signalfd on loop 0, graceful drain. */
#include "app/serve.h"

#include <pthread.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/mem/alloc.h"
#include "base/mem/cleanup.h"

#include "platform/bus/bus.h"
#include "platform/db/db.h"
#include "platform/fiber/fiber.h"
#include "platform/fiber/watchdog.h"
#include "platform/http/client.h"
#include "platform/http/server.h"
#include "platform/jobs/jobs.h"
#include "platform/live/live_server.h"
#include "platform/log/log.h"

#include "app/modules.h"
#include "app/page.h"
#include "app/ports.h"
#include "app/privileges.h"
#include "gateway/gateway.h"

enum { DRAIN_POLL_US = 20000 };
static const int64_t drain_limit_us = 20 * US_PER_SECOND;

static void begin_modules(struct ctx *cx, struct instance *instance)
{
    for (size_t i = 0; app_modules[i] != NULL; i++)
        if (app_modules[i]->begin != NULL)
            app_modules[i]->begin(cx, instance->platform.module_states[i]);
}

static void end_modules(struct ctx *cx, struct instance *instance)
{
    for (size_t i = 0; app_modules[i] != NULL; i++)
        if (app_modules[i]->end != NULL)
            app_modules[i]->end(cx, instance->platform.module_states[i]);
}

struct error *serving_start(struct ctx *cx, struct instance *instance, struct str listen,
                            struct serving *ret_serving)
{
    struct gateway *gateway = gateway_new(&(struct gateway_options){
        .config = instance->config,
        .platform = &instance->platform,
        .identity = &app_identity_port,
        .health = app_health,
        .page = app_page,
        .page_sources = app_page_sources(cx),
    });
    *ret_serving = (struct serving){.instance = instance, .gateway = gateway};
    struct http_server_options options = {
        .config = instance->config,
        .platform = &instance->platform,
        .address = listen,
        .handler = gateway_handle,
        .is_vital = gateway_is_vital,
        .arg = gateway,
    };
    TRY(http_server_new(cx->arena, &options, &ret_serving->server));
    bus_start(instance->platform.bus);
    jobs_start(instance->platform.jobs);
    live_attach_loop(instance->platform.live, instance->loops[0]);
    http_server_attach(ret_serving->server, instance->loops[0]);
    begin_modules(cx, instance);
    return NULL;
}

void serving_attach_loop(struct serving *serving, struct loop *loop)
{
    db_attach_loop(serving->instance->platform.db, loop);
    http_client_attach_loop(serving->instance->platform.http_client, loop);
    live_attach_loop(serving->instance->platform.live, loop);
    http_server_attach(serving->server, loop);
}

/* One call on another loop. The tasks live in the serving thread's memory until the loops have stopped. */
struct loop_call {
    struct loop_task task;
    struct serving *serving;
    struct loop *loop;
    void (*fn)(struct serving *serving, struct loop *loop);
};

static void run_loop_call(struct loop_task *task)
{
    struct loop_call *call = (struct loop_call *)(void *)task;
    call->fn(call->serving, call->loop);
}

static void on_each_loop(struct arena *arena, struct serving *serving,
                         void (*fn)(struct serving *serving, struct loop *loop))
{
    for (int i = 0; i < serving->instance->loop_count; i++) {
        struct loop_call *call = ARENA_NEW(arena, struct loop_call);
        *call = (struct loop_call){{.fn = run_loop_call}, serving, serving->instance->loops[i], fn};
        loop_post(call->loop, &call->task);
    }
}

static void drain_loop(struct serving *serving, struct loop *loop)
{
    http_server_drain(serving->server, loop);
    live_drain(serving->instance->platform.live, loop);
}

static void abort_loop(struct serving *serving, struct loop *loop)
{
    http_server_abort(serving->server, loop);
    live_abort(serving->instance->platform.live, loop);
}

static bool is_drained(const struct serving *serving)
{
    for (int i = 0; i < serving->instance->loop_count; i++)
        if (!http_server_is_drained(serving->server, serving->instance->loops[i]) ||
            !live_is_drained(serving->instance->platform.live, serving->instance->loops[i]))
            return false;
    return true;
}

void serving_drain(struct ctx *cx, struct serving *serving)
{
    int64_t give_up_us = loop_now_us() + drain_limit_us;
    gateway_start_draining(serving->gateway);
    on_each_loop(serving->instance->arena, serving, drain_loop);
    do
        error_ignore(fiber_sleep_until(cx, loop_now_us() + DRAIN_POLL_US));
    while (!is_drained(serving) && loop_now_us() < give_up_us);
    end_modules(cx, serving->instance);
    jobs_stop(cx, serving->instance->platform.jobs);
    bus_stop(serving->instance->platform.bus);
    on_each_loop(serving->instance->arena, serving, abort_loop);
    error_ignore(
        fiber_sleep_until(cx, loop_now_us() + DRAIN_POLL_US)); /* for those calls to have run on this loop */
}

void serving_free(struct serving *serving)
{
    http_server_free(serving->server);
    gateway_free(serving->gateway);
}

/* --- the sub-command --- */

struct serve {
    struct instance instance;
    struct serving serving;
    struct loop_task boot_task;
    struct io_watch signals;
    pthread_t threads[INSTANCE_MAX_LOOPS];
    int thread_count;
    bool is_stopping;
    int status;
};

struct loop_thread {
    struct serve *serve;
    int index;
};

static void attach_in_loop(struct serving *serving, struct loop *loop)
{
    serving_attach_loop(serving, loop);
}

static void detach_in_loop(struct serving *serving, struct loop *loop)
{
    live_detach_loop(serving->instance->platform.live, loop);
    if (loop_index(loop) != 0) {
        http_client_detach_loop(serving->instance->platform.http_client, loop);
        db_detach_loop(serving->instance->platform.db, loop);
    }
    loop_stop(loop);
}

static void *run_loop_thread(void *arg)
{
    struct loop_thread *thread = arg;
    loop_run(thread->serve->instance.loops[thread->index]);
    return NULL;
}

static void start_threads(struct serve *serve)
{
    struct instance *instance = &serve->instance;
    for (int i = 1; i < instance->loop_count; i++) {
        struct loop_thread *thread = ARENA_NEW(instance->arena, struct loop_thread);
        *thread = (struct loop_thread){serve, i};
        struct loop_call *call = ARENA_NEW(instance->arena, struct loop_call);
        *call =
            (struct loop_call){{.fn = run_loop_call}, &serve->serving, instance->loops[i], attach_in_loop};
        loop_post(instance->loops[i], &call->task);
        REQUIRE(pthread_create(&serve->threads[serve->thread_count], NULL, run_loop_thread, thread) == 0);
        serve->thread_count++;
    }
}

static void shut_down(void *arg)
{
    struct serve *serve = arg;
    struct instance *instance = &serve->instance;
    struct arena *arena = arena_new(0);
    struct ctx cx = instance_ctx(instance, arena);
    LOG(&cx, INFO, "app.serve.draining", log_i64("limit_s", drain_limit_us / US_PER_SECOND));
    serving_drain(&cx, &serve->serving);
    io_watch_stop(instance->loops[0], &serve->signals);
    for (int i = instance->loop_count - 1; i >= 0; i--) {
        struct loop_call *call = ARENA_NEW(instance->arena, struct loop_call);
        *call =
            (struct loop_call){{.fn = run_loop_call}, &serve->serving, instance->loops[i], detach_in_loop};
        if (i == 0) {
            for (int t = 0; t < serve->thread_count; t++)
                pthread_join(serve->threads[t], NULL);
            instance_stop(&cx, instance);
        }
        loop_post(instance->loops[i], &call->task);
    }
    LOG(&cx, INFO, "app.serve.stopped", log_i64("status", serve->status));
    arena_free(arena);
}

static void on_signal(struct io_watch *watch, uint32_t events)
{
    (void)events;
    struct serve *serve = LIST_OWNER(watch, struct serve, signals);
    struct signalfd_siginfo info;
    while (read(watch->fd, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
        if (serve->is_stopping)
            _exit(1); /* a second Ctrl-C */
        serve->is_stopping = true;
        REQUIRE(fiber_spawn("shutdown", shut_down, serve) != NULL);
    }
}

static struct error *boot(struct ctx *cx, struct serve *serve)
{
    struct instance *instance = &serve->instance;
    TRY(instance_start(cx, instance));
    TRY(serving_start(cx, instance, instance->core.listen, &serve->serving));
    privileges_finish();
    start_threads(serve);
    int port = http_server_port(serve->serving.server);
    LOG(cx, INFO, "app.serve.ready", log_i64("port", port), log_text("url", instance->core.public_url),
        log_i64("loops", instance->loop_count));
    printf("Lathe listens on port %d: %" STR_FMT "\n", port, STR_ARG(instance->core.public_url));
    fflush(stdout);
    return NULL;
}

static void boot_fiber(void *arg)
{
    struct serve *serve = arg;
    struct arena *arena = arena_new(0);
    struct ctx cx = instance_ctx(&serve->instance, arena);
    struct error *error = boot(&cx, serve);
    if (error != NULL) {
        fprintf(stderr, "lathe: %" STR_FMT "\n", STR_ARG(error_describe(arena, error)));
        serve->status = 1;
        instance_stop(&cx, &serve->instance);
        loop_stop(serve->instance.loops[0]);
    }
    arena_free(arena);
}

static void boot_in_loop(struct loop_task *task)
{
    struct serve *serve = LIST_OWNER(task, struct serve, boot_task);
    io_watch_start(serve->instance.loops[0], &serve->signals);
    REQUIRE(fiber_spawn("boot", boot_fiber, serve) != NULL);
}

static int open_signals(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    sigaction(SIGPIPE, &ignore, NULL);
    sigaction(SIGXFSZ, &ignore, NULL); /* a file-size limit is a full disk: EFBIG, answered with 507 */
    return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

int serve_main(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    struct config *config = instance_read_config();
    if (config == NULL)
        return 2;
    struct serve *serve = MEM_NEW(struct serve);
    AUTO_FD signals_fd = open_signals();
    serve->signals = (struct io_watch){.fd = signals_fd, .events = EPOLLIN, .ready = on_signal};
    serve->boot_task.fn = boot_in_loop;

    struct error *error = privileges_drop(config);
    if (error == NULL)
        error = instance_open(&serve->instance, config, INSTANCE_SERVE);
    if (error == NULL) {
        loop_watchdog_start(serve->instance.platform.log, serve->instance.platform.metrics);
        loop_post(serve->instance.loops[0], &serve->boot_task);
        loop_run(serve->instance.loops[0]);
        loop_watchdog_stop();
    } else {
        fprintf(stderr, "lathe: %" STR_FMT "\n", STR_ARG(error->message));
        serve->status = 1;
    }
    serving_free(&serve->serving);
    instance_close(&serve->instance);
    int status = serve->status;
    mem_free(serve);
    return status;
}
