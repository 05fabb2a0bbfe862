/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Does to files what its arguments say, then ends as a killed program does. Proves power_loss.
 *
 * usage: toy STEP...     STEP is create:NAME, write:NAME:TEXT, sync:NAME, rename:OLD:NEW, unlink:NAME, mkdir:NAME, link:NAME
 *                        (a nameless file that gets this name, its content synced) or names:DIRECTORY (which are synced) */
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

typedef bool (*step_fn)(const char *name, const char *more);

static bool sync_path(const char *name, int flags)
{
    int fd = open(name, flags | O_CLOEXEC);
    bool is_done = fd >= 0 && fsync(fd) == 0;
    if (fd >= 0)
        close(fd);
    return is_done;
}

static bool put(const char *name, const char *text, int flags)
{
    int fd = open(name, flags | O_WRONLY | O_CLOEXEC, 0600);
    bool is_done = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);
    if (fd >= 0)
        close(fd);
    return is_done;
}

static bool do_create(const char *name, const char *more)
{
    (void)more;
    return put(name, "", O_CREAT | O_EXCL);
}

static bool do_write(const char *name, const char *more)
{
    return put(name, more, O_TRUNC);
}

static bool do_sync(const char *name, const char *more)
{
    (void)more;
    return sync_path(name, O_WRONLY);
}

static bool do_names(const char *name, const char *more)
{
    (void)more;
    return sync_path(name, O_RDONLY | O_DIRECTORY);
}

static bool do_rename(const char *name, const char *more)
{
    return rename(name, more) == 0;
}

static bool do_unlink(const char *name, const char *more)
{
    (void)more;
    return unlink(name) == 0;
}

static bool do_mkdir(const char *name, const char *more)
{
    (void)more;
    return mkdir(name, 0700) == 0;
}

static bool do_link(const char *name, const char *more)
{
    (void)more;
    char path[64];
    int fd = open(".", O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600);
    if (fd < 0 || write(fd, "nameless", 8) != 8 || fdatasync(fd) != 0)
        return false;
    (void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    bool is_done = linkat(AT_FDCWD, path, AT_FDCWD, name, AT_SYMLINK_FOLLOW) == 0;
    close(fd);
    return is_done;
}

static const struct {
    const char *name;
    step_fn fn;
} steps[] = {
    {"create", do_create}, {"write", do_write},   {"sync", do_sync},   {"names", do_names},
    {"rename", do_rename}, {"unlink", do_unlink}, {"mkdir", do_mkdir}, {"link", do_link},
};

static bool run(char *text)
{
    char *name = strchr(text, ':');
    if (name == NULL)
        return false;
    *name++ = '\0';
    char *more = strchr(name, ':');
    if (more != NULL)
        *more++ = '\0';
    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
        if (strcmp(steps[i].name, text) == 0)
            return steps[i].fn(name, more != NULL ? more : "");
    }
    return false;
}

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        if (!run(argv[i])) {
            perror(argv[i]);
            return 1;
        }
    }
    (void)raise(SIGKILL);
    return 1;
}
