/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Giving up root. See privileges.h. */
#include "app/privileges.h"

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "platform/config/core_settings.h"

/* Lives until the process ends, as its errors do. */
static struct error *refuse(const char *what, struct str name)
{
    struct arena *arena = arena_new(0);
    return error_new(arena, ERROR_COMMON(INTERNAL), __FILE__, __LINE__, "%s %" STR_FMT ": %s", what,
                     STR_ARG(name), strerrordesc_np(errno));
}

/* Effective and permitted sets become exactly `capabilities`. */
static bool set_capabilities(uint32_t capabilities)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[2] = {{.effective = capabilities, .permitted = capabilities}};
    return syscall(SYS_capset, &header, data) == 0;
}

static struct error *give_data_dir(const struct passwd *user, struct str data_dir)
{
    struct arena *arena = arena_new(0);
    const char *path = arena_cstr(arena, data_dir);
    bool is_given =
        (mkdir(path, 0700) == 0 || errno == EEXIST) && chown(path, user->pw_uid, user->pw_gid) == 0;
    arena_free(arena);
    return is_given ? NULL : refuse("cannot give the data directory to LATHE_USER:", data_dir);
}

static struct error *become(const struct passwd *user, struct str name)
{
    bool has_become = prctl(PR_SET_KEEPCAPS, 1) == 0 && initgroups(user->pw_name, user->pw_gid) == 0 &&
                      setgid(user->pw_gid) == 0 && setuid(user->pw_uid) == 0 &&
                      set_capabilities(1U << CAP_NET_BIND_SERVICE);
    return has_become ? NULL : refuse("cannot become LATHE_USER", name);
}

struct error *privileges_drop(const struct config *config)
{
    const struct core_settings *core = config_settings(config, &core_settings_group);
    if (geteuid() != 0)
        return NULL;
    if (str_is_empty(core->user)) {
        errno = EPERM;
        return config_is_production(config) ? refuse("started by root in production: set LATHE_USER", STR(""))
                                            : NULL;
    }
    struct arena *arena = arena_new(0);
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): before any thread starts */
    const struct passwd *user = getpwnam(arena_cstr(arena, core->user));
    arena_free(arena);
    if (user == NULL)
        return refuse("no such user as LATHE_USER names:", core->user);
    TRY(give_data_dir(user, core->data_dir));
    return become(user, core->user);
}

void privileges_finish(void)
{
    if (geteuid() != 0)
        set_capabilities(0);
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}
