/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Preloaded into a program under test: remembers what a disk without power would still have.
 *
 * Of everything below POWER_LOSS_DIR, POWER_LOSS_SHADOW keeps the durable state: the content of a file as it was at its last
 * fsync or fdatasync (`content/KEY`), and the names in a directory as they were at its last fsync (`names/KEY`). power_loss.ts
 * fills it before the program starts, and makes the directory anew from it after the program was killed. Nothing else counts:
 * no write, rename, link or unlink is durable until it is synced, whoever did it.
 *
 * KEY is the inode with its birth time, because a file system gives the inodes of deleted files to new ones. Each entry is
 * written beside its place and renamed, so that a kill in the middle leaves the older state, as an unfinished fsync does. */
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

typedef int (*sync_fn)(int fd);

enum { KEY_BYTES = 64, COPY_BYTES = 1 << 20 };

static struct {
    const char *dir; /* absolute, without a trailing slash; NULL: not at work */
    size_t dir_len;
    const char *shadow;
    sync_fn fsync;
    sync_fn fdatasync;
    pthread_mutex_t mutex; /* one capture at a time: the last one to end must be the newest */
} power = {.mutex = PTHREAD_MUTEX_INITIALIZER};

/* What cannot be remembered would pass as lost or kept at random; better that the test dies. */
static void give_up(const char *what, const char *path)
{
    (void)fprintf(stderr, "power_loss: %s %s: %s\n", what, path, strerrordesc_np(errno));
    abort();
}

__attribute__((format(printf, 3, 4))) static void format(char *buffer, size_t size, const char *pattern, ...)
{
    va_list args;
    va_start(args, pattern);
    int length = vsnprintf(buffer, size, pattern, args);
    va_end(args);
    if (length < 0 || (size_t)length >= size)
        give_up("too long", pattern);
}

static sync_fn real(const char *name)
{
    union {
        void *object;
        sync_fn function;
    } symbol = {.object = dlsym(RTLD_NEXT, name)};
    return symbol.function;
}

__attribute__((constructor)) static void start(void)
{
    power.fsync = real("fsync");
    power.fdatasync = real("fdatasync");
    power.dir = getenv("POWER_LOSS_DIR");       /* NOLINT(concurrency-mt-unsafe): before main */
    power.shadow = getenv("POWER_LOSS_SHADOW"); /* NOLINT(concurrency-mt-unsafe): before main */
    if (power.dir == NULL || power.shadow == NULL)
        power.dir = NULL;
    else
        power.dir_len = strlen(power.dir);
}

static bool is_below(int fd)
{
    char of_fd[64];
    char target[PATH_MAX];
    format(of_fd, sizeof(of_fd), "/proc/self/fd/%d", fd);
    ssize_t length = readlink(of_fd, target, sizeof(target) - 1);
    if (length < (ssize_t)power.dir_len)
        return false;
    target[length] = '\0';
    return strncmp(target, power.dir, power.dir_len) == 0 &&
           (target[power.dir_len] == '/' || target[power.dir_len] == '\0');
}

static mode_t key_of(int at, const char *name, char key[KEY_BYTES])
{
    struct statx status;
    int flags = AT_SYMLINK_NOFOLLOW | (name[0] == '\0' ? AT_EMPTY_PATH : 0);
    if (statx(at, name, flags, STATX_INO | STATX_TYPE | STATX_BTIME, &status) != 0) {
        if (errno == ENOENT) /* deleted while the directory was read */
            return 0;
        give_up("cannot look at", name);
    }
    if ((status.stx_mask & STATX_BTIME) == 0)
        give_up("no birth time on the file system of", power.dir);
    format(key, KEY_BYTES, "%llu-%lld%09u", (unsigned long long)status.stx_ino,
           (long long)status.stx_btime.tv_sec, status.stx_btime.tv_nsec);
    return status.stx_mode & S_IFMT;
}

static void put(int target, const char *bytes, size_t length)
{
    while (length > 0) {
        ssize_t done = write(target, bytes, length);
        if (done < 0)
            give_up("cannot write to", power.shadow);
        bytes += done;
        length -= (size_t)done;
    }
}

/* fd may be open for writing only, or have no name. */
static void capture_content(int fd, int target)
{
    char link[64];
    format(link, sizeof(link), "/proc/self/fd/%d", fd);
    int source = open(link, O_RDONLY | O_CLOEXEC);
    if (source < 0)
        give_up("cannot read", link);
    char *buffer = malloc(COPY_BYTES);
    if (buffer == NULL)
        give_up("no memory for", link);
    ssize_t got;
    while ((got = read(source, buffer, COPY_BYTES)) > 0)
        put(target, buffer, (size_t)got);
    if (got < 0)
        give_up("cannot read", link);
    free(buffer);
    close(source);
}

static void capture_names(int fd, int target)
{
    int source = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *names = source >= 0 ? fdopendir(source) : NULL;
    if (names == NULL)
        give_up("cannot list a directory below", power.dir);
    struct dirent *entry;
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): no other thread has this stream */
    while ((entry = readdir(names)) != NULL) {
        char key[KEY_BYTES];
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        mode_t type = key_of(fd, entry->d_name, key);
        if (type != S_IFREG && type != S_IFDIR)
            continue;
        char line[KEY_BYTES + NAME_MAX + 8];
        format(line, sizeof(line), "%c %s %s\n", type == S_IFDIR ? 'd' : 'f', key, entry->d_name);
        put(target, line, strlen(line));
    }
    closedir(names);
}

static void capture(int fd)
{
    char key[KEY_BYTES];
    mode_t type = key_of(fd, "", key);
    if (type != S_IFREG && type != S_IFDIR)
        return;
    const char *kind = type == S_IFDIR ? "names" : "content";
    char path[PATH_MAX];
    char draft[PATH_MAX];
    format(path, sizeof(path), "%s/%s/%s", power.shadow, kind, key);
    format(draft, sizeof(draft), "%s/%s-%s.draft", power.shadow, kind, key);
    int target = open(draft, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (target < 0)
        give_up("cannot create", draft);
    if (type == S_IFDIR)
        capture_names(fd, target);
    else
        capture_content(fd, target);
    close(target);
    if (rename(draft, path) != 0)
        give_up("cannot rename", draft);
}

/* What was written before the call is what the call makes durable. */
static int capture_and_sync(int fd, sync_fn sync)
{
    if (power.dir != NULL && is_below(fd)) {
        int saved = errno;
        pthread_mutex_lock(&power.mutex);
        capture(fd);
        pthread_mutex_unlock(&power.mutex);
        errno = saved;
    }
    return sync(fd);
}

int fsync(int fd)
{
    return capture_and_sync(fd, power.fsync);
}

/* NOLINTNEXTLINE(readability-inconsistent-declaration-parameter-name): the C library's name is reserved */
int fdatasync(int fd)
{
    return capture_and_sync(fd, power.fdatasync);
}
