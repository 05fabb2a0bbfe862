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
static void administrate(struct arena *arena, struct str statement)
{
    PGconn *connection = PQconnectdb(server_url());
    const char *text = arena_cstr(arena, statement);
    PGresult *result = PQexec(connection, text);
    if (PQresultStatus(result) != PGRES_COMMAND_OK)
        give_up(text, PQerrorMessage(connection));
    PQclear(result);
    PQfinish(connection);
}

/* A name that no other test and no other process has. */
static const char *new_name(struct arena *arena)
{
    static unsigned number;
    return arena_printf(arena, "test_%d_%u", (int)getpid(), number++).ptr;
}

static void drop_database(struct arena *arena, const char *name)
{
    administrate(arena, arena_printf(arena, "drop database %s", name));
}

/* The server's URL with the last part replaced. */
static const char *url_of(struct arena *arena, const char *database)
{
    const char *url = server_url();
    const char *slash = strrchr(url, '/');
    return arena_printf(arena, "%.*s/%s", (int)(slash - url), url, database).ptr;
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

static struct error *migrate(struct db_fixture *fixture)
{
    struct ctx cx = {.arena = fixture->arena,
                     .platform = &fixture->platform,
                     .caller = &caller_anonymous,
                     .deadline_us = INT64_MAX};
    int applied = 0;
    return db_migrate(&cx, fixture->platform.db, &applied);
}

static void make_folder(struct db_fixture *fixture)
{
    const char *parent = getenv("TMPDIR"); /* NOLINT(concurrency-mt-unsafe): nobody changes the environment */
    (void)snprintf(fixture->folder, sizeof(fixture->folder), "%s/lathe-test-XXXXXX",
                   parent != NULL ? parent : "/tmp");
    if (mkdtemp(fixture->folder) == NULL)
        give_up("mkdtemp", fixture->folder);
}

/* Of options, or a new one; a new PostgreSQL is a copy of the template where there is one. */
static void choose_database(struct db_fixture *fixture, const struct db_fixture_options *options,
                            const char *template)
{
    struct arena *arena = fixture->arena;
    fixture->url = options->database_url;
    if (fixture->url != NULL)
        return;
    if (options->engine == DB_SQLITE) {
        fixture->url = arena_printf(arena, "sqlite:%s/test.db", fixture->folder).ptr;
        return;
    }
    fixture->database = new_name(arena);
    administrate(arena, arena_printf(arena, "create database %s template %s", fixture->database, template));
    fixture->url = url_of(arena, fixture->database);
}

static struct db_fixture *open_fixture(const struct db_fixture_options *options, const char *template)
{
    struct db_fixture *fixture = MEM_NEW(struct db_fixture);
    fixture->arena = arena_new(0);
    make_folder(fixture);
    choose_database(fixture, options, template);
    load_config(fixture, options);
    fixture->platform.clock = clock_new_real();
    fixture->platform.blocking_pool =
        pool_new(&(struct pool_options){.name = "blocking", .threads = 2, .max_queue = 64});
    struct error *error = db_open(fixture->arena, fixture->config, &fixture->platform, options->modules, 8,
                                  &fixture->platform.db);
    if (error == NULL && !options->is_unmigrated)
        error = migrate(fixture);
    if (error != NULL)
        give_up("database", error_describe(fixture->arena, error).ptr);
    return fixture;
}

static const char plain_template[] = "template0"; /* PostgreSQL's own */

/* Migrating takes far longer than copying what was migrated: the first fixture of a program leaves a template behind for
 * the others that have the same modules. */
static struct {
    const struct db_module_sql *const *modules;
    char name[32];
} migrated;

static void drop_template(void)
{
    struct arena *arena = arena_new(0);
    drop_database(arena, migrated.name);
    arena_free(arena);
}

static void make_template(const struct db_fixture_options *options)
{
    struct db_fixture *fixture = open_fixture(options, plain_template);
    (void)snprintf(migrated.name, sizeof(migrated.name), "%s", fixture->database);
    migrated.modules = options->modules;
    fixture->database = NULL;
    db_fixture_free(fixture);
    atexit(drop_template);
}

struct db_fixture *db_fixture_new(const struct db_fixture_options *options)
{
    if (options->engine != DB_POSTGRESQL || options->database_url != NULL || options->is_unmigrated)
        return open_fixture(options, plain_template);
    if (migrated.modules == NULL)
        make_template(options);
    return open_fixture(options, migrated.modules == options->modules ? migrated.name : plain_template);
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
        drop_database(fixture->arena, fixture->database);
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
