/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Databases for tests. */
#include "lib/db_fixture.h"

#include <ftw.h>
#include <libpq-fe.h>
#include <unistd.h>

#include "base/mem/alloc.h"
#include "base/text/strbuf.h"

#include "platform/clock/clock.h"
#include "platform/config/core_settings.h"
#include "platform/fiber/loop.h"
#include "platform/fiber/pool.h"

struct db_fixture {
    struct arena *arena;
    struct config *config;
    struct platform platform;
    char folder[256];
    const char *url;
    const char *database; /* to drop at the end; NULL: none */
};

static const char *server_url(void)
{
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): nobody changes the environment */
    return getenv("LATHE_TEST_POSTGRES_URL");
}

bool db_fixture_has(enum db_engine engine)
{
    return engine == DB_SQLITE || server_url() != NULL;
}

static _Noreturn void give_up(const char *what, const char *detail)
{
    fprintf(stderr, "db_fixture: %s: %s\n", what, detail);
    abort();
}

/* Making and dropping databases is the server's administration, not a statement of ours. */
static void administrate(struct arena *arena, const char *verb, const char *database)
{
    PGconn *connection = PQconnectdb(server_url());
    char *text = arena_cstr(arena, arena_printf(arena, "%s database %s", verb, database));
    PGresult *result = PQexec(connection, text);
    if (PQresultStatus(result) != PGRES_COMMAND_OK)
        give_up(text, PQerrorMessage(connection));
    PQclear(result);
    PQfinish(connection);
}

/* The server's URL with the last part replaced. */
static const char *make_database(struct db_fixture *fixture)
{
    static unsigned number;
    struct str name = arena_printf(fixture->arena, "test_%d_%u", (int)getpid(), number++);
    fixture->database = name.ptr;
    administrate(fixture->arena, "create", name.ptr);
    const char *url = server_url();
    const char *slash = strrchr(url, '/');
    return arena_printf(fixture->arena, "%.*s/%s", (int)(slash - url), url, name.ptr).ptr;
}

static void load_config(struct db_fixture *fixture, const struct db_fixture_options *options)
{
    VEC(const struct setting_group *) groups = {0};
    VEC(const char *) environment = {0};
    *VEC_PUSH(fixture->arena, &groups) = &db_settings_group;
    for (const struct setting_group *const *group = options->groups; group != NULL && *group != NULL; group++)
        *VEC_PUSH(fixture->arena, &groups) = *group;
    *VEC_PUSH(fixture->arena, &groups) = NULL;
    *VEC_PUSH(fixture->arena, &environment) =
        arena_printf(fixture->arena, "LATHE_DATABASE_URL=%s", fixture->url).ptr;
    *VEC_PUSH(fixture->arena, &environment) =
        arena_printf(fixture->arena, "LATHE_DATA_DIR=%s", fixture->folder).ptr;
    for (const char *const *setting = options->settings; setting != NULL && *setting != NULL; setting++)
        *VEC_PUSH(fixture->arena, &environment) = *setting;
    *VEC_PUSH(fixture->arena, &environment) = NULL;
    struct strbuf problems;
    strbuf_init(&problems, fixture->arena, 4096);
    fixture->config = config_load(groups.items, environment.items, "/dev/null", &problems);
    if (fixture->config == NULL)
        give_up("settings", strbuf_str(&problems).ptr);
}

struct db_fixture *db_fixture_new(const struct db_fixture_options *options)
{
    struct db_fixture *fixture = MEM_NEW(struct db_fixture);
    fixture->arena = arena_new(0);
    const char *parent = getenv("TMPDIR"); /* NOLINT(concurrency-mt-unsafe): nobody changes the environment */
    (void)snprintf(fixture->folder, sizeof(fixture->folder), "%s/lathe-test-XXXXXX",
                   parent != NULL ? parent : "/tmp");
    if (mkdtemp(fixture->folder) == NULL)
        give_up("mkdtemp", fixture->folder);
    fixture->url = options->database_url;
    if (fixture->url == NULL)
        fixture->url = options->engine == DB_SQLITE
                           ? arena_printf(fixture->arena, "sqlite:%s/test.db", fixture->folder).ptr
                           : make_database(fixture);
    load_config(fixture, options);
    fixture->platform.clock = clock_new_real();
    fixture->platform.blocking_pool =
        pool_new(&(struct pool_options){.name = "blocking", .threads = 2, .max_queue = 64});
    struct error *error = db_open(fixture->arena, fixture->config, &fixture->platform, options->modules, 8,
                                  &fixture->platform.db);
    if (error == NULL && !options->is_unmigrated) {
        struct ctx cx = {.arena = fixture->arena,
                         .platform = &fixture->platform,
                         .caller = &caller_anonymous,
                         .deadline_us = INT64_MAX};
        int applied = 0;
        error = db_migrate(&cx, fixture->platform.db, &applied);
    }
    if (error != NULL)
        give_up("database", error_describe(fixture->arena, error).ptr);
    return fixture;
}

static int remove_entry(const char *path, const struct stat *info, int kind, struct FTW *walk)
{
    (void)info;
    (void)kind;
    (void)walk;
    return remove(path);
}

void db_fixture_free(struct db_fixture *fixture)
{
    db_close(fixture->platform.db);
    pool_free(fixture->platform.blocking_pool);
    clock_free(fixture->platform.clock);
    config_free(fixture->config);
    if (fixture->database != NULL)
        administrate(fixture->arena, "drop", fixture->database);
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): nobody else walks this folder */
    (void)nftw(fixture->folder, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
    arena_free(fixture->arena);
    mem_free(fixture);
}

struct platform *db_fixture_platform(struct db_fixture *fixture)
{
    return &fixture->platform;
}

const struct config *db_fixture_config(const struct db_fixture *fixture)
{
    return fixture->config;
}

const char *db_fixture_folder(const struct db_fixture *fixture)
{
    return fixture->folder;
}

const char *db_fixture_url(const struct db_fixture *fixture)
{
    return fixture->url;
}

struct attached {
    on_loop_fn fn;
    void *arg;
};

static void run_attached(struct ctx *cx, void *arg)
{
    const struct attached *attached = arg;
    db_attach_loop(cx->platform->db, loop_self());
    attached->fn(cx, attached->arg);
    db_detach_loop(cx->platform->db, loop_self());
}

void db_fixture_run(struct db_fixture *fixture, on_loop_fn fn, void *arg)
{
    struct attached attached = {.fn = fn, .arg = arg};
    on_loop_with(&(struct on_loop_options){.platform = &fixture->platform}, run_attached, &attached);
}
