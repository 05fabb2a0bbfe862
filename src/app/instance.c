/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Builds and tears down the shared resources of one running Lathe. */
#include "app/instance.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem/alloc.h"

#include "platform/bus/bus.h"
#include "platform/cache/cache.h"
#include "platform/clock/clock.h"
#include "platform/crypto/crypto.h"
#include "platform/db/db.h"
#include "platform/fiber/fiber.h"
#include "platform/fiber/pool.h"
#include "platform/http/client.h"
#include "platform/jobs/jobs.h"
#include "platform/live/live_server.h"
#include "platform/log/log.h"
#include "platform/mail/mail.h"
#include "platform/sandbox/sandbox.h"
#include "platform/storage/storage.h"

#include "app/modules.h"
#include "app/ports.h"
#include "modules/identity/identity.h"

enum { HASHING_QUEUE = 64, BLOCKING_QUEUE = 4096, BLOCKING_THREADS = 4, HASHING_NICENESS = 10 };

struct config *instance_read_config(void)
{
    struct arena *arena = arena_new(0);
    struct strbuf problems;
    strbuf_init(&problems, arena, 1 << 16);
    struct config *config =
        config_load(app_setting_groups(arena), (const char *const *)environ, NULL, &problems);
    if (config == NULL)
        fprintf(stderr, "%" STR_FMT, STR_ARG(strbuf_str(&problems)));
    arena_free(arena);
    return config;
}

static int count_loops(const struct core_settings *core, enum instance_purpose purpose)
{
    if (purpose == INSTANCE_COMMAND)
        return 1;
    int64_t cores = sysconf(_SC_NPROCESSORS_ONLN);
    int64_t wanted = core->loops != 0 ? core->loops : cores;
    return (int)(wanted < 1 ? 1 : wanted > INSTANCE_MAX_LOOPS ? INSTANCE_MAX_LOOPS : wanted);
}

static struct error *make_data_dir(struct arena *arena, struct str data_dir)
{
    if (mkdir(arena_cstr(arena, data_dir), 0700) == 0 || errno == EEXIST)
        return NULL;
    return error_new(arena, ERROR_COMMON(INTERNAL), __FILE__, __LINE__,
                     "the data directory %" STR_FMT " cannot be made: %s", STR_ARG(data_dir),
                     strerrordesc_np(errno));
}

static void open_plain_parts(struct instance *instance)
{
    struct platform *platform = &instance->platform;
    platform->public_url = instance->core.public_url;
    platform->is_production = config_is_production(instance->config);
    platform->modules = app_modules;
    platform->log = log_new(&(struct log_options){.level = (enum log_level)instance->core.log_level,
                                                  .format = (enum log_format)instance->core.log_format,
                                                  .fd = STDERR_FILENO});
    log_guard(platform->log);
    platform->metrics = metrics_new();
    const struct metric_table *const *tables = app_metrics(instance->arena);
    for (size_t i = 0; tables[i] != NULL; i++)
        metrics_register(platform->metrics, tables[i]);
    platform->clock = clock_new_real();
    platform->blocking_pool = pool_new(
        &(struct pool_options){.name = "blocking", .threads = BLOCKING_THREADS, .max_queue = BLOCKING_QUEUE});
    platform->hashing_pool = pool_new(&(struct pool_options){
        .name = "hashing", .threads = 1, .max_queue = HASHING_QUEUE, .nice = HASHING_NICENESS});
}

static struct error *open_stores(struct instance *instance)
{
    struct platform *platform = &instance->platform;
    struct arena *arena = instance->arena;
    struct str data_dir = instance->core.data_dir;
    TRY(crypto_open(arena, instance->config, data_dir, &platform->crypto));
    TRY(storage_open(arena, instance->config, data_dir, &platform->storage));
    TRY(db_open(arena, instance->config, platform, app_sql(arena), instance->loop_count, &platform->db));
    platform->cache = cache_new(platform, app_caches(arena), instance->loop_count);
    platform->http_client = http_client_new(platform, instance->core.ca_file);
    TRY(mail_open(arena, instance->config, platform, data_dir, &platform->mail));
    platform->sandbox = sandbox_new(platform, instance->config);
    platform->bus = bus_new(platform, instance->config, app_consumers(arena));
    platform->jobs = jobs_new(platform, instance->config, app_jobs(arena));
    platform->live = live_new(&(struct live_options){.config = instance->config,
                                                     .platform = platform,
                                                     .rooms = app_live_rooms(arena),
                                                     .commands = app_live_commands(arena),
                                                     .find_caller = identity_find_caller});
    return NULL;
}

struct error *instance_open(struct instance *instance, struct config *config, enum instance_purpose purpose)
{
    *instance = (struct instance){.arena = arena_new(0), .config = config};
    instance->core = *(const struct core_settings *)config_settings(config, &core_settings_group);
    instance->loop_count = count_loops(&instance->core, purpose);
    TRY(make_data_dir(instance->arena, instance->core.data_dir));
    open_plain_parts(instance);
    for (int i = 0; i < instance->loop_count; i++)
        instance->loops[i] = loop_new(&(struct loop_options){.index = i});
    return open_stores(instance);
}

struct ctx instance_ctx(const struct instance *instance, struct arena *arena)
{
    return (struct ctx){
        .arena = arena,
        .platform = &instance->platform,
        .caller = &caller_anonymous,
        .deadline_us = INT64_MAX,
        .request_id = STR("program"),
        .client_address = STR(""),
    };
}

static struct error *require_schema(struct ctx *cx, struct db *db)
{
    bool is_current = false;
    TRY(db_is_current(cx, db, &is_current));
    return is_current ? NULL : ERROR_CODE(cx, UNAVAILABLE, "migrations are missing: run `lathe migrate`");
}

static struct error *start_module(struct ctx *cx, struct instance *instance, size_t index)
{
    const struct module *module = app_modules[index];
    const void *settings =
        module->settings != NULL ? config_settings(instance->config, module->settings) : NULL;
    if (module->start == NULL)
        return NULL;
    return module->start(cx, settings, &instance->platform.module_states[index]);
}

struct error *instance_start(struct ctx *cx, struct instance *instance)
{
    struct db *db = instance->platform.db;
    db_attach_loop(db, instance->loops[0]);
    http_client_attach_loop(instance->platform.http_client, instance->loops[0]);
    int applied = 0;
    if (instance->core.auto_migrate)
        TRY(db_migrate(cx, db, &applied));
    TRY(require_schema(cx, db));

    size_t count = 0;
    while (app_modules[count] != NULL)
        count++;
    instance->platform.module_states = (void **)mem_alloc_array(count + 1, sizeof(void *));
    for (size_t i = 0; i < count; i++)
        TRY(start_module(cx, instance, i));
    app_connect_ports(cx);
    return NULL;
}

void instance_stop(struct ctx *cx, struct instance *instance)
{
    (void)cx;
    if (instance->platform.module_states != NULL)
        for (size_t i = 0; app_modules[i] != NULL; i++)
            if (app_modules[i]->stop != NULL && instance->platform.module_states[i] != NULL)
                app_modules[i]->stop(instance->platform.module_states[i]);
    mem_free(instance->platform.module_states);
    instance->platform.module_states = NULL;
    http_client_detach_loop(instance->platform.http_client, instance->loops[0]);
    db_detach_loop(instance->platform.db, instance->loops[0]);
}

void instance_close(struct instance *instance)
{
    struct platform *platform = &instance->platform;
    live_free(platform->live);
    jobs_free(platform->jobs);
    bus_free(platform->bus);
    sandbox_free(platform->sandbox);
    mail_close(platform->mail);
    http_client_free(platform->http_client);
    cache_free(platform->cache);
    db_close(platform->db);
    storage_close(platform->storage);
    crypto_close(platform->crypto);
    for (int i = 0; i < instance->loop_count; i++)
        loop_free(instance->loops[i]);
    pool_free(platform->hashing_pool);
    pool_free(platform->blocking_pool);
    clock_free(platform->clock);
    log_free(platform->log);
    metrics_free(platform->metrics);
    config_free(instance->config);
    arena_free(instance->arena);
}

struct command_run {
    struct instance *instance;
    instance_fn fn;
    void *arg;
    int status;
};

static void run_command(void *arg)
{
    struct command_run *run = arg;
    struct arena *arena = arena_new(0);
    struct ctx cx = instance_ctx(run->instance, arena);
    struct error *error = instance_start(&cx, run->instance);
    if (error == NULL)
        error = run->fn(&cx, run->instance, run->arg);
    if (error != NULL)
        fprintf(stderr, "lathe: %" STR_FMT "\n", STR_ARG(error_describe(arena, error)));
    run->status = error == NULL ? 0 : 1;
    instance_stop(&cx, run->instance);
    arena_free(arena);
    loop_stop(run->instance->loops[0]);
}

struct command_task {
    struct loop_task task;
    struct command_run run;
};

static void spawn_command(struct loop_task *task)
{
    struct command_task *command = (struct command_task *)(void *)task;
    REQUIRE(fiber_spawn("command", run_command, &command->run) != NULL);
}

int instance_run(enum instance_schema schema, instance_fn fn, void *arg)
{
    struct config *config = instance_read_config();
    if (config == NULL)
        return 2;
    struct instance instance;
    struct error *error = instance_open(&instance, config, INSTANCE_COMMAND);
    instance.core.auto_migrate = instance.core.auto_migrate || schema == INSTANCE_MIGRATES;
    struct command_task command = {.task = {.fn = spawn_command}, .run = {&instance, fn, arg, 1}};
    if (error != NULL) {
        fprintf(stderr, "lathe: %" STR_FMT "\n", STR_ARG(error_describe(instance.arena, error)));
    } else {
        loop_post(instance.loops[0], &command.task);
        loop_run(instance.loops[0]);
    }
    instance_close(&instance);
    return command.run.status;
}
