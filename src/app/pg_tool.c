/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Runs pg_dump and pg_restore. See pg_tool.h. */
#include "app/pg_tool.h"

#include <errno.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/data/vec.h"
#include "base/text/encode.h"

/* postgresql://user:password@host:port/database?options; what a URL leaves out is libpq's default. */
struct pg_target {
    struct str user, password, host, port, database;
};

static bool parse_url(struct arena *arena, struct str url, struct pg_target *ret_target)
{
    ptrdiff_t start = str_find(url, STR("://"));
    if (start < 0)
        return false;
    struct str rest = str_slice(url, (size_t)start + 3, url.len);
    struct str address = {0};
    (void)str_split(&rest, '/', &address);
    struct str database = {0};
    (void)str_split(&rest, '?', &database);
    ptrdiff_t at = str_find_byte(address, '@', 0);
    struct str credentials = at >= 0 ? str_slice(address, 0, (size_t)at) : STR_NONE;
    struct str host_port = at >= 0 ? str_slice(address, (size_t)at + 1, address.len) : address;
    (void)str_split(&credentials, ':', &ret_target->user);
    (void)str_split(&host_port, ':', &ret_target->host);
    ret_target->port = host_port;
    return percent_decode(arena, credentials, PERCENT_PATH, &ret_target->password) &&
           percent_decode(arena, ret_target->user, PERCENT_PATH, &ret_target->user) &&
           percent_decode(arena, database, PERCENT_PATH, &ret_target->database);
}

struct variables {
    VEC(char *) list;
};

static void set_variable(struct arena *arena, struct variables *variables, const char *name, struct str value)
{
    if (!str_is_empty(value))
        *VEC_PUSH(arena, &variables->list) =
            arena_cstr(arena, arena_printf(arena, "%s=%" STR_FMT, name, STR_ARG(value)));
}

static char **make_environment(struct arena *arena, const struct pg_target *target)
{
    struct variables variables = {0};
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): nothing of ours changes the environment */
    set_variable(arena, &variables, "PATH", str_cstr(getenv("PATH")));
    set_variable(arena, &variables, "PGUSER", target->user);
    set_variable(arena, &variables, "PGPASSWORD", target->password);
    set_variable(arena, &variables, "PGHOST", target->host);
    set_variable(arena, &variables, "PGPORT", target->port);
    set_variable(arena, &variables, "PGDATABASE", target->database);
    *VEC_PUSH(arena, &variables.list) = NULL;
    return variables.list.items;
}

static struct error *run(struct ctx *cx, struct str url, char **arguments)
{
    struct pg_target target = {0};
    pid_t child = 0;
    int status = 0;
    if (!parse_url(cx->arena, url, &target))
        return ERROR_CODE(cx, INVALID, "the database URL cannot be understood");
    int code =
        posix_spawnp(&child, arguments[0], NULL, NULL, arguments, make_environment(cx->arena, &target));
    if (code != 0)
        return ERROR_CODE(cx, INTERNAL, "%s cannot be started: %s", arguments[0], strerrordesc_np(code));
    if (waitpid(child, &status, 0) != child || !WIFEXITED(status) || WEXITSTATUS(status) != 0)
        return ERROR_CODE(cx, INTERNAL, "%s failed; its reason is above", arguments[0]);
    return NULL;
}

struct error *pg_tool_dump(struct ctx *cx, struct str url, const char *file)
{
    char *path = arena_cstr(cx->arena, str_cstr(file));
    char name[] = "pg_dump", format[] = "--format=custom", owner[] = "--no-owner", option[] = "--file";
    char *arguments[] = {name, format, owner, option, path, NULL};
    return run(cx, url, arguments);
}

struct error *pg_tool_restore(struct ctx *cx, struct str url, const char *file)
{
    struct pg_target target = {0};
    (void)parse_url(cx->arena, url, &target);
    char *path = arena_cstr(cx->arena, str_cstr(file));
    char *database =
        arena_cstr(cx->arena, arena_printf(cx->arena, "--dbname=%" STR_FMT, STR_ARG(target.database)));
    char name[] = "pg_restore", owner[] = "--no-owner", stop[] = "--exit-on-error",
         single[] = "--single-transaction";
    char *arguments[] = {name, owner, stop, single, database, path, NULL};
    return run(cx, url, arguments);
}
