/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Preloaded into a program under test: makes its disk, or its memory, fail.
 *
 * While IO_FAULT_FILE exists, calls on files below IO_FAULT_DIR fail as its one line says, "CALLS ERRNO": CALLS is `write` (bytes
 * and lengths: a full disk), `sync` (fsync and fdatasync: a dying one) or `all` (both, and names: one that turned read-only);
 * ERRNO is the number. ALLOC_FAULT=N makes the N-th allocation after the file IO_FAULT_FILE appeared give nothing, once. */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { RULE_BYTES = 32 };

static struct {
    const char *dir; /* absolute; NULL: not at work */
    size_t dir_len;
    const char *file;
    atomic_long allocations_left; /* 0: none is to fail */
} fault;

union symbol {
    void *object;
    ssize_t (*write)(int fd, const void *bytes, size_t len);
    ssize_t (*pwrite)(int fd, const void *bytes, size_t len, off_t offset);
    int (*one)(int fd);
    int (*truncate)(int fd, off_t len);
    int (*openat)(int at, const char *path, int flags, ...);
    int (*rename)(const char *from, const char *to);
    int (*linkat)(int from_at, const char *from, int to_at, const char *to, int flags);
};

static union symbol real(const char *name)
{
    return (union symbol){.object = dlsym(RTLD_NEXT, name)};
}

/* Digits alone; everything else ends it. */
static long number_at(const char *text)
{
    long number = 0;
    for (; *text >= '0' && *text <= '9' && number < LONG_MAX / 16; text++)
        number = number * 10 + (*text - '0');
    return number;
}

__attribute__((constructor)) static void start(void)
{
    fault.dir = getenv("IO_FAULT_DIR");     /* NOLINT(concurrency-mt-unsafe): before main */
    fault.file = getenv("IO_FAULT_FILE");   /* NOLINT(concurrency-mt-unsafe): before main */
    const char *at = getenv("ALLOC_FAULT"); /* NOLINT(concurrency-mt-unsafe): before main */
    if (fault.file == NULL || fault.dir == NULL)
        fault.dir = NULL;
    else
        fault.dir_len = strlen(fault.dir);
    atomic_store(&fault.allocations_left, at != NULL && fault.file != NULL ? number_at(at) : 0);
}

/* The errno that the rule has for such calls; 0: none. */
static int rule_for(const char *calls)
{
    char text[RULE_BYTES] = "";
    int saved = errno;
    if (access(fault.file, F_OK) != 0) {
        errno = saved;
        return 0;
    }
    union symbol open_it = real("openat");
    int fd = open_it.openat(AT_FDCWD, fault.file, O_RDONLY | O_CLOEXEC);
    ssize_t got = fd >= 0 ? read(fd, text, sizeof(text) - 1) : 0;
    if (fd >= 0)
        real("close").one(fd);
    errno = saved;
    char *blank = got > 0 ? strchr(text, ' ') : NULL;
    if (blank == NULL)
        return 0;
    *blank = '\0';
    return strcmp(text, calls) == 0 || strcmp(text, "all") == 0 ? (int)number_at(blank + 1) : 0;
}

static bool is_path_below(const char *path)
{
    return strncmp(path, fault.dir, fault.dir_len) == 0 &&
           (path[fault.dir_len] == '/' || path[fault.dir_len] == '\0');
}

static bool is_below(int fd)
{
    char of_fd[64];
    char target[PATH_MAX];
    (void)snprintf(of_fd, sizeof(of_fd), "/proc/self/fd/%d", fd);
    ssize_t length = readlink(of_fd, target, sizeof(target) - 1);
    if (length < 0)
        return false;
    target[length] = '\0';
    return is_path_below(target);
}

/* True with errno set when a call on this descriptor is to fail. */
static bool fails(int fd, const char *calls)
{
    int saved = errno;
    int number = fault.dir != NULL && is_below(fd) ? rule_for(calls) : 0;
    errno = number != 0 ? number : saved;
    return number != 0;
}

/* NOLINTNEXTLINE(readability-inconsistent-declaration-parameter-name): the C library's names are reserved */
ssize_t write(int fd, const void *bytes, size_t len)
{
    return fails(fd, "write") ? -1 : real("write").write(fd, bytes, len);
}

/* NOLINTNEXTLINE(readability-inconsistent-declaration-parameter-name): the C library's names are reserved */
ssize_t pwrite(int fd, const void *bytes, size_t len, off_t offset)
{
    return fails(fd, "write") ? -1 : real("pwrite").pwrite(fd, bytes, len, offset);
}

/* NOLINTNEXTLINE(readability-inconsistent-declaration-parameter-name): the C library's names are reserved */
ssize_t pwrite64(int fd, const void *bytes, size_t len, off_t offset)
{
    return fails(fd, "write") ? -1 : real("pwrite64").pwrite(fd, bytes, len, offset);
}

/* NOLINTNEXTLINE(readability-inconsistent-declaration-parameter-name): the C library's name is reserved */
int ftruncate64(int fd, off_t len)
{
    return fails(fd, "write") ? -1 : real("ftruncate64").truncate(fd, len);
}

/* NOLINTNEXTLINE(readability-inconsistent-declaration-parameter-name): as above */
int ftruncate(int fd, off_t len)
{
    return fails(fd, "write") ? -1 : real("ftruncate").truncate(fd, len);
}

int fsync(int fd)
{
    return fails(fd, "sync") ? -1 : real("fsync").one(fd);
}

/* NOLINTNEXTLINE(readability-inconsistent-declaration-parameter-name): the C library's name is reserved */
int fdatasync(int fd)
{
    return fails(fd, "sync") ? -1 : real("fdatasync").one(fd);
}

/* NOLINTNEXTLINE(readability-inconsistent-declaration-parameter-name): the C library's names are reserved */
int rename(const char *from, const char *to)
{
    int number = fault.dir != NULL && is_path_below(to) ? rule_for("names") : 0;
    if (number == 0)
        return real("rename").rename(from, to);
    errno = number;
    return -1;
}

/* NOLINTNEXTLINE(readability-inconsistent-declaration-parameter-name): the C library's names are reserved */
int linkat(int from_at, const char *from, int to_at, const char *to, int flags)
{
    bool is_ours =
        fault.dir != NULL && (to[0] == '/' ? is_path_below(to) : to_at != AT_FDCWD && is_below(to_at));
    int number = is_ours ? rule_for("names") : 0;
    if (number == 0)
        return real("linkat").linkat(from_at, from, to_at, to, flags);
    errno = number;
    return -1;
}

/* ---- memory ---- */

/* The C library's own: dlsym allocates, and cannot be asked for them. */
void *libc_malloc(size_t size) __asm__("__libc_malloc");
void *libc_calloc(size_t count, size_t size) __asm__("__libc_calloc");
void *libc_realloc(void *old, size_t size) __asm__("__libc_realloc");

static bool is_its_turn(void)
{
    if (atomic_load_explicit(&fault.allocations_left, memory_order_relaxed) <= 0)
        return false;
    int saved = errno;
    bool has_begun = access(fault.file, F_OK) == 0;
    errno = saved;
    return has_begun && atomic_fetch_sub(&fault.allocations_left, 1) == 1;
}

void *malloc(size_t size)
{
    if (!is_its_turn())
        return libc_malloc(size);
    errno = ENOMEM;
    return NULL;
}

/* NOLINTNEXTLINE(readability-inconsistent-declaration-parameter-name): the C library's names are reserved */
void *calloc(size_t count, size_t size)
{
    if (!is_its_turn())
        return libc_calloc(count, size);
    errno = ENOMEM;
    return NULL;
}

/* NOLINTNEXTLINE(readability-inconsistent-declaration-parameter-name): the C library's names are reserved */
void *realloc(void *old, size_t size)
{
    if (!is_its_turn())
        return libc_realloc(old, size);
    errno = ENOMEM;
    return NULL;
}
