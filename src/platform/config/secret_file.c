/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Secrets that a vault or systemd hands over as files: NAME_FILE instead of NAME. */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "base/mem/cleanup.h"

#include "platform/config/config_store.h"

/* What others have no business with: reading it, and for the group changing it too. A group may read, because access lists
 * (by which systemd lets a service read its credentials) show as the group's rights. */
enum { FORBIDDEN_MODE = S_IRWXO | S_IWGRP };

static const char *fault_of(int fd)
{
    struct stat about;
    if (fd < 0 || fstat(fd, &about) != 0)
        return strerrordesc_np(errno);
    if (!S_ISREG(about.st_mode))
        return "is no file";
    return (about.st_mode & FORBIDDEN_MODE) != 0
               ? "others may read or change it; its mode must be 0600 or less"
               : NULL;
}

static struct str without_newline(struct str text)
{
    if (str_ends_with(text, STR("\n")))
        text.len--;
    if (str_ends_with(text, STR("\r")))
        text.len--;
    return text;
}

bool config_read_secret(const struct config *config, struct config_value *value, struct strbuf *problems)
{
    const char *path = arena_cstr(config->arena, value->path);
    AUTO_FD fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    const char *fault = fault_of(fd);
    if (fault == NULL && !config_read_all(config->arena, fd, &value->text))
        fault = strerrordesc_np(errno);
    if (fault != NULL)
        strbuf_printf(problems, "LATHE_%s_FILE=%s: %s\n", value->row->name, path, fault);
    value->text =
        arena_str(config->arena, without_newline(value->text)); /* with a NUL behind it, as all values */
    return fault == NULL;
}
