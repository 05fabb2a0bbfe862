/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Opening the storage, its settings, keys and errors. */
#include "platform/storage/storage.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/mem/alloc.h"
#include "base/mem/cleanup.h"
#include "base/text/encode.h"

#include "platform/storage/store.h"

struct storage_settings {
    struct str dir;
    int64_t min_free_bytes;
};

/* clang-format off */
static const struct setting rows[] = {
    SETTING_STR(struct storage_settings, dir, "STORAGE_DIR", .fallback = "", .max = 1024,
                .help = "Folder of uploads and stored files. Empty: the folder media below the data directory."),
    SETTING_BYTES(struct storage_settings, min_free_bytes, "STORAGE_MIN_FREE", .fallback = "256M", .min = 0, .max = INT64_C(1) << 50,
                  .help = "Nothing is stored that would leave less than this free on the file system, so that the database can still write."),
};
/* clang-format on */
const struct setting_group storage_settings_group =
    SETTING_GROUP("storage", struct storage_settings, rows, NULL);

REASONS_DEFINE(storage_reasons, STORAGE_REASONS);

static struct error *make_folder(struct arena *arena, int parent_fd, const char *path, int *ret_fd)
{
    if (mkdirat(parent_fd, path, 0700) != 0 && errno != EEXIST)
        return ERROR_IN(arena, storage_failed, "the folder %s cannot be made: %s", path,
                        strerrordesc_np(errno));
    int fd = openat(parent_fd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return ERROR_IN(arena, storage_failed, "the folder %s cannot be opened: %s", path,
                        strerrordesc_np(errno));
    *ret_fd = fd;
    return NULL;
}

struct error *storage_open(struct arena *arena, const struct config *config, struct str data_dir,
                           struct storage **ret_storage)
{
    const struct storage_settings *settings = config_settings(config, &storage_settings_group);
    struct str dir = !str_is_empty(settings->dir)
                         ? settings->dir
                         : arena_printf(arena, "%" STR_FMT "/media", STR_ARG(data_dir));
    AUTO_FD top_fd = -1;
    AUTO_FD blobs_fd = -1;
    AUTO_FD staging_fd = -1;
    TRY(make_folder(arena, AT_FDCWD, arena_cstr(arena, dir), &top_fd));
    TRY(make_folder(arena, top_fd, "blobs", &blobs_fd));
    TRY(make_folder(arena, top_fd, "staging", &staging_fd));
    if (fsync(top_fd) != 0)
        return ERROR_IN(arena, storage_failed, "the storage folder cannot be flushed: %s",
                        strerrordesc_np(errno));
    struct storage *storage = MEM_NEW(struct storage);
    storage->min_free_bytes = settings->min_free_bytes;
    storage->blobs_fd = TAKE_FD(blobs_fd);
    storage->staging_fd = TAKE_FD(staging_fd);
    *ret_storage = storage;
    return NULL;
}

void storage_close(struct storage *storage)
{
    if (storage == NULL)
        return;
    close(storage->blobs_fd);
    close(storage->staging_fd);
    mem_free(storage);
}

int storage_check_room(const struct storage *storage, size_t bytes)
{
    struct statvfs facts;
    if (fstatvfs(storage->staging_fd, &facts) != 0)
        return errno;
    uint64_t needed = (uint64_t)storage->min_free_bytes + bytes;
    return (uint64_t)facts.f_bavail * facts.f_frsize < needed ? ENOSPC : 0;
}

struct error *storage_error(struct ctx *cx, int failure, const char *what)
{
    switch (failure) {
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
        return ERROR(cx, storage_full, "the storage has no room left");
    case ENOENT:
        return ERROR(cx, storage_missing, "%s: the file is not there", what);
    default:
        return ERROR(cx, storage_failed, "%s: %s", what, strerrordesc_np(failure));
    }
}

/* --- keys --- */

static const char digits[] = "0123456789abcdef";

static void put_hex(char *to, const uint8_t *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        to[2 * i] = digits[bytes[i] >> 4];
        to[2 * i + 1] = digits[bytes[i] & 15];
    }
}

void blob_path(const struct blob_key *key, char ret_path[BLOB_PATH_SIZE])
{
    put_hex(ret_path, key->sha256, 1);
    ret_path[2] = '/';
    put_hex(ret_path + 3, key->sha256 + 1, 1);
    ret_path[5] = '/';
    put_hex(ret_path + 6, key->sha256, SHA256_BYTES);
    ret_path[6 + 2 * SHA256_BYTES] = '\0';
}

struct str blob_key_str(struct arena *arena, const struct blob_key *key)
{
    return hex_encode(arena, key->sha256, sizeof(key->sha256));
}

bool blob_key_parse(struct str text, struct blob_key *ret_key)
{
    struct blob_key key;
    for (size_t i = 0; i < text.len; i++)
        if (text.ptr[i] >= 'A' &&
            text.ptr[i] <= 'F') /* one spelling, as it is a file name and a part of addresses */
            return false;
    if (!hex_decode(text, key.sha256, sizeof(key.sha256)))
        return false;
    *ret_key = key;
    return true;
}
