/* SPDX-License-Identifier: AGPL-3.0-or-later
 * A connection's parameters as libpq reads them, judged before the first connection. */
#include "platform/db/postgresql/conninfo.h"

#include <libpq-fe.h>

#include "platform/config/local_host.h"
#include "platform/ctx/ctx.h"

struct conninfo {
    PQconninfoOption *said, *defaults; /* defaults: environment and what libpq has built in */
};

static struct str find(const PQconninfoOption *options, const char *keyword)
{
    for (; options != NULL && options->keyword != NULL; options++) {
        if (strcmp(options->keyword, keyword) == 0 && options->val != NULL)
            return str_cstr(options->val);
    }
    return STR("");
}

static struct str value_of(const struct conninfo *info, const char *keyword)
{
    struct str said = find(info->said, keyword);
    return said.len > 0 ? said : find(info->defaults, keyword);
}

/* Several hosts may be named; where none is, libpq goes to a local socket. A service is a file that may name any. */
static bool is_here(const struct conninfo *info)
{
    struct str address = value_of(info, "hostaddr");
    struct str hosts = address.len > 0 ? address : value_of(info, "host");
    struct str host;
    if (hosts.len == 0)
        return value_of(info, "service").len == 0;
    while (str_split(&hosts, ',', &host)) {
        if (host.len > 0 && !local_host_is(host))
            return false;
    }
    return true;
}

static bool proves_itself(const struct conninfo *info)
{
    return value_of(info, "password").len > 0 || value_of(info, "passfile").len > 0 ||
           value_of(info, "sslcert").len > 0;
}

static const char *fault_of(const struct conninfo *info, bool is_line_private)
{
    if (info->said == NULL)
        return "is nothing that libpq understands";
    if (is_here(info))
        return NULL;
    if (!is_line_private && !str_equal(value_of(info, "sslmode"), STR("verify-full")))
        return "must say sslmode=verify-full in production, as the server is not on this machine; "
               "LATHE_DATABASE_PRIVATE_LINE=on says that something else protects the line";
    return proves_itself(info)
               ? NULL
               : "must hold a password, a passfile or an sslcert in production, as the server "
                 "is not on this machine";
}

struct error *conninfo_check(struct arena *arena, const char *target, bool is_line_private)
{
    struct conninfo info = {.said = PQconninfoParse(target, NULL), .defaults = PQconndefaults()};
    const char *fault = fault_of(&info, is_line_private);
    PQconninfoFree(info.said);
    PQconninfoFree(info.defaults);
    return fault == NULL ? NULL
                         : error_new(arena, ERROR_COMMON(INTERNAL), __FILE__, __LINE__,
                                     "LATHE_DATABASE_URL: %s", fault);
}
