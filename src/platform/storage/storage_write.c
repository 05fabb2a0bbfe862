/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Writing, flushing and staging files. Everything that may wait for a disk runs on the blocking pool. */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem/cleanup.h"

#include "platform/fault/fault.h"
#include "platform/fiber/loop.h"
#include "platform/fiber/pool.h"
#include "platform/storage/store.h"

/* --- bytes --- */

static ssize_t write_some(int fd, const char *bytes, size_t len, off_t offset)
{
    return FAULT_ERRNO("storage.write") ? -1 : pwrite(fd, bytes, len, offset);
}

int storage_write_now(const struct storage *storage, int fd, int64_t offset, const void *bytes, size_t len)
{
    int failure = storage_check_room(storage, len);
    const char *from = bytes;
    while (failure == 0 && len != 0) {
        ssize_t written = write_some(fd, from, len, offset);
        if (written < 0 && errno != EINTR)
            failure = errno;
        if (written <= 0)
            continue;
        from += written;
        offset += written;
        len -= (size_t)written;
    }
    return failure;
}

int storage_sync_now(int fd)
{
    if (FAULT_ERRNO("storage.sync"))
        return errno;
    return fsync(fd) == 0 ? 0 : errno;
}

struct writing {
    const struct storage *storage;
    int fd;
    int64_t offset;
    const void *bytes;
    size_t len;
    int failure;
};

static void write_on_pool(void *arg)
{
    struct writing *writing = arg;
    writing->failure =
        storage_write_now(writing->storage, writing->fd, writing->offset, writing->bytes, writing->len);
}

static void sync_on_pool(void *arg)
{
    struct writing *writing = arg;
    writing->failure = storage_sync_now(writing->fd);
}

struct error *storage_write(struct ctx *cx, int fd, int64_t offset, const void *bytes, size_t len)
{
    struct writing writing = {cx->platform->storage, fd, offset, bytes, len, 0};
    TRY(pool_call(cx, cx->platform->blocking_pool, write_on_pool, &writing));
    return writing.failure == 0 ? NULL : storage_error(cx, writing.failure, "writing");
}

struct error *storage_sync(struct ctx *cx, int fd)
{
    struct writing writing = {.fd = fd};
    TRY(pool_call(cx, cx->platform->blocking_pool, sync_on_pool, &writing));
    return writing.failure == 0 ? NULL : storage_error(cx, writing.failure, "flushing");
}

/* --- scratch files --- */

void storage_name(char ret_name[ID_CHARS + 1])
{
    struct timespec now;
    uint8_t random[10];
    clock_gettime(CLOCK_REALTIME, &now);
    crypto_random(random, sizeof(random));
    id_format(id_v7((struct instant){now.tv_sec * US_PER_SECOND + now.tv_nsec / 1000}, random), ret_name);
    ret_name[ID_CHARS] = '\0';
}

/* For file systems without O_TMPFILE: a name for a moment. storage_seal then copies instead of linking. */
static int scratch_by_name(const struct storage *storage, int *ret_fd)
{
    char name[ID_CHARS + 1] = "";
    storage_name(name);
    int fd = openat(storage->staging_fd, name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return errno;
    unlinkat(storage->staging_fd, name, 0);
    *ret_fd = fd;
    return 0;
}

static int open_scratch(const struct storage *storage, int *ret_fd)
{
    int fd = openat(storage->staging_fd, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (fd < 0)
        return errno == EOPNOTSUPP || errno == EISDIR ? scratch_by_name(storage, ret_fd) : errno;
    *ret_fd = fd;
    return 0;
}

int storage_scratch_now(const struct storage *storage, int *ret_fd)
{
    int failure = storage_check_room(storage, 0);
    return failure != 0 ? failure : open_scratch(storage, ret_fd);
}

struct staging {
    const struct storage *storage;
    char name[ID_CHARS + 1];
    int fd;
    int failure;
};

static struct staging staging_of(const struct ctx *cx, struct id name)
{
    struct staging staging = {.storage = cx->platform->storage, .fd = -1};
    id_format(name, staging.name);
    return staging;
}

static void scratch_on_pool(void *arg)
{
    struct staging *staging = arg;
    staging->failure = storage_scratch_now(staging->storage, &staging->fd);
}

static struct error *finish_open(struct ctx *cx, const struct staging *staging, const char *what, int *ret_fd)
{
    if (staging->failure != 0)
        return storage_error(cx, staging->failure, what);
    *ret_fd = staging->fd;
    return NULL;
}

struct error *storage_scratch(struct ctx *cx, int *ret_fd)
{
    struct staging staging = staging_of(cx, ID_NONE);
    TRY(pool_call(cx, cx->platform->blocking_pool, scratch_on_pool, &staging));
    return finish_open(cx, &staging, "making a scratch file", ret_fd);
}

/* --- staging files --- */

static void create_on_pool(void *arg)
{
    struct staging *staging = arg;
    staging->failure = storage_check_room(staging->storage, 0);
    if (staging->failure != 0)
        return;
    AUTO_FD fd =
        openat(staging->storage->staging_fd, staging->name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        staging->failure = errno;
    else
        staging->failure = storage_sync_now(staging->storage->staging_fd);
    if (staging->failure == 0)
        staging->fd = TAKE_FD(fd);
}

static void open_on_pool(void *arg)
{
    struct staging *staging = arg;
    staging->fd = openat(staging->storage->staging_fd, staging->name, O_RDWR | O_CLOEXEC);
    staging->failure = staging->fd < 0 ? errno : 0;
}

static void delete_on_pool(void *arg)
{
    struct staging *staging = arg;
    if (unlinkat(staging->storage->staging_fd, staging->name, 0) != 0 && errno != ENOENT)
        staging->failure = errno;
}

struct error *storage_stage_create(struct ctx *cx, struct id name, int *ret_fd)
{
    struct staging staging = staging_of(cx, name);
    TRY(pool_call(cx, cx->platform->blocking_pool, create_on_pool, &staging));
    return finish_open(cx, &staging, "making a staging file", ret_fd);
}

struct error *storage_stage_open(struct ctx *cx, struct id name, int *ret_fd)
{
    struct staging staging = staging_of(cx, name);
    TRY(pool_call(cx, cx->platform->blocking_pool, open_on_pool, &staging));
    return finish_open(cx, &staging, "opening a staging file", ret_fd);
}

struct error *storage_stage_delete(struct ctx *cx, struct id name)
{
    struct staging staging = staging_of(cx, name);
    TRY(pool_call(cx, cx->platform->blocking_pool, delete_on_pool, &staging));
    return staging.failure == 0 ? NULL : storage_error(cx, staging.failure, "deleting a staging file");
}

bool storage_stage_lock(int fd)
{
    struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    return fcntl(fd, F_OFD_SETLK, &whole) == 0;
}

static void cut_on_pool(void *arg)
{
    struct writing *cutting = arg;
    struct stat facts;
    bool is_known = fstat(cutting->fd, &facts) == 0;
    if (is_known && facts.st_size < cutting->offset)
        cutting->failure = ENOENT; /* what was acknowledged is not there any more */
    else if (!is_known || (facts.st_size > cutting->offset && ftruncate(cutting->fd, cutting->offset) != 0))
        cutting->failure = errno;
}

struct error *storage_stage_cut(struct ctx *cx, int fd, int64_t size_bytes)
{
    struct writing cutting = {.fd = fd, .offset = size_bytes};
    TRY(pool_call(cx, cx->platform->blocking_pool, cut_on_pool, &cutting));
    return cutting.failure == 0 ? NULL : storage_error(cx, cutting.failure, "cutting a staging file");
}

/* --- health --- */

#define PROBE_EVERY_US US_PER_SECOND

/* The disk is asked, not the setting of how much of it stays free: below that there is much that works. */
static int probe_now(const struct storage *storage)
{
    AUTO_FD fd = -1;
    int failure = open_scratch(storage, &fd);
    if (failure != 0)
        return failure;
    return pwrite(fd, "", 1, 0) == 1 && fsync(fd) == 0 ? 0 : errno;
}

static void probe_on_pool(void *arg)
{
    struct storage *storage = arg;
    atomic_store(&storage->probe_failure, probe_now(storage));
}

/* Anybody may ask whether the server is ready: no reason to flush for each. */
struct error *storage_probe(struct ctx *cx)
{
    struct storage *storage = cx->platform->storage;
    int64_t now_us = loop_now_us();
    int64_t probed_us = atomic_load(&storage->probed_us);
    bool is_due = probed_us == 0 || now_us - probed_us >= PROBE_EVERY_US;
    if (is_due && atomic_compare_exchange_strong(&storage->probed_us, &probed_us, now_us))
        TRY(pool_call(cx, cx->platform->blocking_pool, probe_on_pool, storage));
    int failure = atomic_load(&storage->probe_failure);
    return failure == 0 ? NULL : storage_error(cx, failure, "writing");
}
