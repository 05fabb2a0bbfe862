/* SPDX-License-Identifier: AGPL-3.0-or-later
 * What is stored and staged, in order. Folders are read on the blocking pool, one first-level folder of blobs at a time. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "platform/fiber/pool.h"
#include "platform/storage/store.h"

static int compare_names(const void *a, const void *b)
{
    return str_compare(*(const struct str *)a, *(const struct str *)b);
}

int storage_read_folder(struct arena *arena, int parent_fd, const char *path, struct array *ret_names)
{
    int fd = openat(parent_fd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *folder = fd < 0 ? NULL : fdopendir(fd);
    if (folder == NULL) {
        int failure = errno;
        if (fd >= 0)
            close(fd);
        return failure;
    }
    VEC(struct str) names = {0};
    errno = 0;
    const struct dirent *entry;
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): no other thread has this stream */
    while ((entry = readdir(folder)) != NULL)
        if (entry->d_name[0] != '.')
            *VEC_PUSH(arena, &names) = arena_str(arena, str_cstr(entry->d_name));
    int failure = errno;
    closedir(folder);
    if (names.count > 1)
        qsort(names.items, names.count, sizeof(*names.items), compare_names);
    *ret_names = (struct array){names.items, names.count};
    return failure;
}

struct listing {
    struct arena *arena; /* lent to the pool's thread while the fiber waits */
    const struct storage *storage;
    int first; /* of blobs: the first-level folder */
    VEC(struct storage_staged) staged;
    VEC(struct listed_blob {
        struct blob_key key;
        int64_t size_bytes;
    })
    blobs;
    int failure;
};

/* --- staging --- */

static void add_staged(struct listing *listing, struct str name)
{
    struct id id;
    struct stat facts;
    if (!id_parse(name, &id) ||
        fstatat(listing->storage->staging_fd, name.ptr, &facts, AT_SYMLINK_NOFOLLOW) != 0)
        return; /* a scratch file, or deleted since */
    *VEC_PUSH(listing->arena, &listing->staged) = (struct storage_staged){
        .name = id,
        .changed = {facts.st_mtim.tv_sec * US_PER_SECOND + facts.st_mtim.tv_nsec / 1000},
        .size_bytes = facts.st_size,
    };
}

static void list_staged_on_pool(void *arg)
{
    struct listing *listing = arg;
    struct array names = {0};
    listing->failure = storage_read_folder(listing->arena, listing->storage->staging_fd, ".", &names);
    for (size_t i = 0; i < names.count; i++)
        add_staged(listing, *ARRAY_AT(struct str, names, i));
}

struct error *storage_stage_list(struct ctx *cx, struct array *ret_staged)
{
    struct listing listing = {.arena = cx->arena, .storage = cx->platform->storage};
    TRY(pool_call(cx, cx->platform->blocking_pool, list_staged_on_pool, &listing));
    if (listing.failure != 0)
        return storage_error(cx, listing.failure, "listing staging files");
    *ret_staged = (struct array){listing.staged.items, listing.staged.count};
    return NULL;
}

/* --- blobs --- */

static void add_blob(struct listing *listing, const char *folder, struct str name)
{
    char path[BLOB_PATH_SIZE];
    struct blob_key key;
    struct stat facts;
    if (!blob_key_parse(name, &key))
        return;
    snprintf(path, sizeof(path), "%s/%s", folder, name.ptr);
    if (fstatat(listing->storage->blobs_fd, path, &facts, AT_SYMLINK_NOFOLLOW) != 0)
        return;
    *VEC_PUSH(listing->arena, &listing->blobs) = (struct listed_blob){key, facts.st_size};
}

static void list_second(struct listing *listing, struct str second)
{
    char folder[16];
    struct array names = {0};
    snprintf(folder, sizeof(folder), "%02x/%.2s", (unsigned)listing->first, second.ptr);
    int failure = storage_read_folder(listing->arena, listing->storage->blobs_fd, folder, &names);
    if (failure != 0 && failure != ENOENT)
        listing->failure = failure;
    for (size_t i = 0; i < names.count; i++)
        add_blob(listing, folder, *ARRAY_AT(struct str, names, i));
}

static void list_blobs_on_pool(void *arg)
{
    struct listing *listing = arg;
    char folder[16];
    struct array seconds = {0};
    snprintf(folder, sizeof(folder), "%02x", (unsigned)listing->first);
    listing->failure = storage_read_folder(listing->arena, listing->storage->blobs_fd, folder, &seconds);
    if (listing->failure == ENOENT)
        listing->failure = 0;
    for (size_t i = 0; i < seconds.count; i++)
        list_second(listing, *ARRAY_AT(struct str, seconds, i));
}

static struct error *visit_first(struct ctx *cx, int first, storage_visit_fn visit, void *arg)
{
    struct listing listing = {.arena = cx->arena, .storage = cx->platform->storage, .first = first};
    TRY(pool_call(cx, cx->platform->blocking_pool, list_blobs_on_pool, &listing));
    if (listing.failure != 0)
        return storage_error(cx, listing.failure, "listing stored files");
    for (size_t i = 0; i < listing.blobs.count; i++)
        TRY(visit(cx, &listing.blobs.items[i].key, listing.blobs.items[i].size_bytes, arg));
    return NULL;
}

struct error *storage_each(struct ctx *cx, storage_visit_fn visit, void *arg)
{
    for (int first = 0; first < 256; first++)
        TRY(visit_first(cx, first, visit, arg));
    return NULL;
}
