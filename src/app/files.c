/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Durable copies of files. See files.h. */
#include "app/files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem/cleanup.h"

enum { COPY_BYTES = 1 << 20 };

static struct error *failed(struct ctx *cx, const char *what, const char *path)
{
    if (errno == ENOSPC || errno == EDQUOT)
        return ERROR_CODE(cx, FULL, "%s %s: %s", what, path, strerrordesc_np(errno));
    return ERROR_CODE(cx, INTERNAL, "%s %s: %s", what, path, strerrordesc_np(errno));
}

static bool write_all(int fd, const char *bytes, size_t len)
{
    while (len > 0) {
        ssize_t written = write(fd, bytes, len);
        if (written <= 0)
            return false;
        bytes += written;
        len -= (size_t)written;
    }
    return true;
}

static bool copy_all(struct arena *arena, int source, int target)
{
    char *buf = arena_alloc_raw(arena, COPY_BYTES);
    off_t offset = 0;
    ssize_t got = 1;
    while (got > 0) {
        got = pread(source, buf, COPY_BYTES, offset);
        if (got > 0 && !write_all(target, buf, (size_t)got))
            return false;
        offset += got;
    }
    return got == 0 && fsync(target) == 0;
}

struct error *file_copy_fd(struct ctx *cx, int source_fd, const char *target)
{
    struct arena_mark mark = arena_mark(cx->arena);
    AUTO_FD fd = open(target, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0 || !copy_all(cx->arena, source_fd, fd))
        return failed(cx, "cannot write", target);
    arena_rewind(cx->arena, mark);
    return NULL;
}

struct error *file_copy(struct ctx *cx, const char *source, const char *target)
{
    AUTO_FD fd = open(source, O_RDONLY | O_CLOEXEC);
    return fd < 0 ? failed(cx, "cannot read", source) : file_copy_fd(cx, fd, target);
}

struct error *file_write(struct ctx *cx, const char *target, struct str bytes)
{
    AUTO_FD fd = open(target, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0 || !write_all(fd, bytes.ptr, bytes.len) || fsync(fd) != 0)
        return failed(cx, "cannot write", target);
    return NULL;
}

struct error *file_read(struct ctx *cx, const char *path, size_t max_len, struct str *ret_bytes)
{
    AUTO_FD fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return ERROR_CODE(cx, NOT_FOUND, "cannot read %s: %s", path, strerrordesc_np(errno));
    char *buf = arena_alloc_raw(cx->arena, max_len + 1);
    size_t len = 0;
    ssize_t got = 1;
    while (got > 0 && len <= max_len) {
        got = read(fd, buf + len, max_len + 1 - len);
        len += got > 0 ? (size_t)got : 0;
    }
    if (got < 0 || len > max_len)
        return ERROR_CODE(cx, INVALID, "%s cannot be read or is too large", path);
    *ret_bytes = str_from(buf, len);
    return NULL;
}

static bool is_empty_directory(const char *path)
{
    DIR *directory = opendir(path);
    if (directory == NULL)
        return false;
    int entries = 0;
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): no other thread has this stream */
    while (readdir(directory) != NULL)
        entries++;
    closedir(directory);
    return entries == 2; /* itself and its parent */
}

struct error *directory_make_empty(struct ctx *cx, const char *path)
{
    if (mkdir(path, 0700) == 0)
        return NULL;
    if (errno != EEXIST)
        return failed(cx, "cannot make", path);
    return is_empty_directory(path) ? NULL : ERROR_CODE(cx, CONFLICT, "%s is not an empty directory", path);
}

struct error *directory_sync(struct ctx *cx, const char *path)
{
    AUTO_FD fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return fd >= 0 && fsync(fd) == 0 ? NULL : failed(cx, "cannot flush", path);
}

bool file_exists(const char *path)
{
    return access(path, F_OK) == 0;
}
