/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Blobs: given their name by link(2) after their bytes are durable, read, verified, deleted. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem/alloc.h"
#include "base/mem/cleanup.h"

#include "platform/fault/fault.h"
#include "platform/fiber/pool.h"
#include "platform/storage/store.h"

/* --- hashing --- */

/* So much is hashed in one call of the pool: other calls get their turn between two. */
enum { HASH_TURN_BYTES = 16 << 20, HASH_BUFFER_BYTES = 256 << 10 };

struct hashing {
    int fd;
    int64_t offset;
    struct sha256_stream *stream;
    bool is_at_end;
    int failure;
};

static void hash_on_pool(void *arg)
{
    struct hashing *hashing = arg;
    AUTO_MEM char *buffer = mem_alloc(HASH_BUFFER_BYTES);
    for (size_t done = 0; done < HASH_TURN_BYTES;) {
        ssize_t got = pread(hashing->fd, buffer, HASH_BUFFER_BYTES, hashing->offset);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0) {
            hashing->is_at_end = got == 0;
            hashing->failure = got < 0 ? errno : 0;
            return;
        }
        sha256_feed(hashing->stream, buffer, (size_t)got);
        hashing->offset += got;
        done += (size_t)got;
    }
}

static struct error *hash_all(struct ctx *cx, struct hashing *hashing)
{
    while (!hashing->is_at_end) {
        TRY(pool_call(cx, cx->platform->blocking_pool, hash_on_pool, hashing));
        if (hashing->failure != 0)
            return storage_error(cx, hashing->failure, "reading");
    }
    return NULL;
}

struct error *storage_hash(struct ctx *cx, int fd, struct blob_key *ret_key, int64_t *ret_size_bytes)
{
    struct hashing hashing = {.fd = fd, .stream = sha256_begin()};
    struct error *error = hash_all(cx, &hashing);
    struct blob_key key;
    sha256_end(hashing.stream, key.sha256);
    if (error != NULL)
        return error;
    *ret_key = key;
    *ret_size_bytes = hashing.offset;
    return NULL;
}

/* --- folders --- */

static bool is_made(const struct storage *storage, unsigned folder)
{
    return (atomic_load(&storage->made[folder / BLOB_FOLDER_BITS]) >> folder % BLOB_FOLDER_BITS & 1U) != 0;
}

static void set_made(struct storage *storage, unsigned folder)
{
    atomic_fetch_or(&storage->made[folder / BLOB_FOLDER_BITS], 1U << folder % BLOB_FOLDER_BITS);
}

static int make_and_sync(int parent_fd, const char *path, int holder_fd)
{
    if (mkdirat(parent_fd, path, 0700) != 0 && errno != EEXIST)
        return errno;
    return storage_sync_now(holder_fd);
}

/* blobs/ab and blobs/ab/cd are there and flushed afterwards, whoever made them. */
static int make_folders(struct storage *storage, const struct blob_key *key)
{
    unsigned folder = (unsigned)key->sha256[0] << 8 | key->sha256[1];
    if (is_made(storage, folder))
        return 0;
    char path[BLOB_PATH_SIZE];
    blob_path(key, path);
    path[2] = '\0';
    int failure = make_and_sync(storage->blobs_fd, path, storage->blobs_fd);
    if (failure != 0)
        return failure;
    AUTO_FD first_fd = openat(storage->blobs_fd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (first_fd < 0)
        return errno;
    path[5] = '\0';
    failure = make_and_sync(first_fd, path + 3, first_fd);
    if (failure == 0)
        set_made(storage, folder);
    return failure;
}

static int sync_folder_of(const struct storage *storage, const char *path)
{
    char folder[BLOB_PATH_SIZE];
    snprintf(folder, sizeof(folder), "%.5s", path);
    AUTO_FD folder_fd = openat(storage->blobs_fd, folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return folder_fd < 0 ? errno : storage_sync_now(folder_fd);
}

/* --- sealing --- */

struct sealing {
    struct storage *storage;
    int fd;
    const struct blob_key *key;
    int64_t size_bytes;
    int failure;
};

/* 0 also when the blob was there already. */
static int link_as(const struct storage *storage, int fd, const char *path)
{
    char descriptor[64];
    snprintf(descriptor, sizeof(descriptor), "/proc/self/fd/%d", fd);
    if (FAULT_ERRNO("storage.link"))
        return errno;
    if (linkat(AT_FDCWD, descriptor, storage->blobs_fd, path, AT_SYMLINK_FOLLOW) == 0 || errno == EEXIST)
        return 0;
    return errno;
}

static int copy_all(int from_fd, int to_fd)
{
    off_t from = 0;
    ssize_t copied = 1;
    while (copied > 0)
        copied = copy_file_range(from_fd, &from, to_fd, NULL, HASH_TURN_BYTES, 0);
    return copied == 0 ? 0 : errno;
}

/* Where a file that lost its name cannot be linked (no O_TMPFILE): a flushed copy under a name of its own, renamed. */
static int copy_as(const struct storage *storage, int fd, const char *path)
{
    char name[ID_CHARS + 1] = "";
    storage_name(name);
    AUTO_FD copy_fd = openat(storage->staging_fd, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0400);
    if (copy_fd < 0)
        return errno;
    int failure = copy_all(fd, copy_fd);
    if (failure == 0)
        failure = storage_sync_now(copy_fd);
    if (failure == 0 && renameat(storage->staging_fd, name, storage->blobs_fd, path) != 0)
        failure = errno;
    if (failure != 0)
        unlinkat(storage->staging_fd, name, 0);
    return failure;
}

static int seal_now(struct storage *storage, int fd, const struct blob_key *key)
{
    char path[BLOB_PATH_SIZE];
    blob_path(key, path);
    int failure = storage_sync_now(fd);
    if (failure == 0)
        failure = make_folders(storage, key);
    if (failure == 0 && fchmod(fd, 0400) != 0)
        failure = errno;
    if (failure == 0)
        failure = link_as(storage, fd, path);
    if (failure == ENOENT)
        failure = copy_as(storage, fd, path);
    return failure == 0 ? sync_folder_of(storage, path) : failure;
}

static void seal_on_pool(void *arg)
{
    struct sealing *sealing = arg;
    struct stat facts;
    sealing->failure =
        fstat(sealing->fd, &facts) != 0 ? errno : seal_now(sealing->storage, sealing->fd, sealing->key);
    if (sealing->failure == 0)
        sealing->size_bytes = facts.st_size;
}

struct error *storage_seal(struct ctx *cx, int fd, const struct blob_key *known_key, struct blob_key *ret_key,
                           int64_t *ret_size_bytes)
{
    struct blob_key key;
    int64_t size_bytes = 0;
    if (known_key != NULL)
        key = *known_key;
    else
        TRY(storage_hash(cx, fd, &key, &size_bytes));
    struct sealing sealing = {.storage = cx->platform->storage, .fd = fd, .key = &key};
    TRY(pool_call(cx, cx->platform->blocking_pool, seal_on_pool, &sealing));
    if (sealing.failure != 0)
        return storage_error(cx, sealing.failure, "sealing a file");
    *ret_key = key;
    *ret_size_bytes = sealing.size_bytes;
    return NULL;
}

/* --- small bytes --- */

struct putting {
    struct storage *storage;
    struct str bytes;
    struct blob_key key;
    int failure;
};

static void put_on_pool(void *arg)
{
    struct putting *putting = arg;
    AUTO_FD fd = -1;
    int made_fd = -1;
    putting->failure = storage_scratch_now(putting->storage, &made_fd);
    if (putting->failure != 0)
        return;
    fd = made_fd;
    putting->failure = storage_write_now(putting->storage, fd, 0, putting->bytes.ptr, putting->bytes.len);
    if (putting->failure == 0)
        putting->failure = seal_now(putting->storage, fd, &putting->key);
}

struct error *storage_put(struct ctx *cx, struct str bytes, struct blob_key *ret_key)
{
    struct putting putting = {.storage = cx->platform->storage, .bytes = bytes};
    sha256(bytes.ptr, bytes.len, putting.key.sha256);
    TRY(pool_call(cx, cx->platform->blocking_pool, put_on_pool, &putting));
    if (putting.failure != 0)
        return storage_error(cx, putting.failure, "storing bytes");
    *ret_key = putting.key;
    return NULL;
}

/* --- reading and deleting --- */

struct opening {
    const struct storage *storage;
    const struct blob_key *key;
    int fd;
    int64_t size_bytes;
    int failure;
};

static void read_on_pool(void *arg)
{
    struct opening *opening = arg;
    char path[BLOB_PATH_SIZE];
    struct stat facts;
    blob_path(opening->key, path);
    AUTO_FD fd = openat(opening->storage->blobs_fd, path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &facts) != 0) {
        opening->failure = errno;
        return;
    }
    opening->size_bytes = facts.st_size;
    opening->fd = TAKE_FD(fd);
}

static void unlink_on_pool(void *arg)
{
    struct opening *opening = arg;
    char path[BLOB_PATH_SIZE];
    blob_path(opening->key, path);
    if (unlinkat(opening->storage->blobs_fd, path, 0) != 0 && errno != ENOENT)
        opening->failure = errno;
}

struct error *storage_read(struct ctx *cx, const struct blob_key *key, int *ret_fd, int64_t *ret_size_bytes)
{
    struct opening opening = {.storage = cx->platform->storage, .key = key, .fd = -1};
    TRY(pool_call(cx, cx->platform->blocking_pool, read_on_pool, &opening));
    if (opening.failure != 0)
        return storage_error(cx, opening.failure, "opening a stored file");
    *ret_fd = opening.fd;
    *ret_size_bytes = opening.size_bytes;
    return NULL;
}

struct error *storage_delete(struct ctx *cx, const struct blob_key *key)
{
    struct opening opening = {.storage = cx->platform->storage, .key = key};
    TRY(pool_call(cx, cx->platform->blocking_pool, unlink_on_pool, &opening));
    return opening.failure == 0 ? NULL : storage_error(cx, opening.failure, "deleting a stored file");
}

struct error *storage_verify(struct ctx *cx, const struct blob_key *key, bool *ret_whole)
{
    AUTO_FD fd = -1;
    int opened_fd = -1;
    int64_t size_bytes = 0;
    struct blob_key found;
    TRY(storage_read(cx, key, &opened_fd, &size_bytes));
    fd = opened_fd;
    TRY(storage_hash(cx, fd, &found, &size_bytes));
    *ret_whole = memcmp(found.sha256, key->sha256, SHA256_BYTES) == 0;
    return NULL;
}
