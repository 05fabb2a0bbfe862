/* SPDX-License-Identifier: AGPL-3.0-or-later
 * The root secret's file: 64 hex digits and a newline, so that its text may be moved to LATHE_SECRET as it is. */
#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem/cleanup.h"
#include "base/text/encode.h"

#include "platform/crypto/keys.h"

#define SECRET_BYTES       32
#define FILE_NAME          "secret.key"

#define FAILED(arena, ...) error_new((arena), ERROR_COMMON(INTERNAL), __FILE__, __LINE__, __VA_ARGS__)

struct secret_file {
    struct arena *arena;
    const char *folder;
    const char *path;
};

static struct error *system_error(const struct secret_file *file, const char *what)
{
    return FAILED(file->arena, "the secret %s cannot be %s: %s", file->path, what, strerrordesc_np(errno));
}

static struct error *check_file(const struct secret_file *file, int fd)
{
    struct stat info;
    if (fstat(fd, &info) != 0)
        return system_error(file, "examined");
    if (!S_ISREG(info.st_mode))
        return FAILED(file->arena, "the secret %s is not a regular file", file->path);
    if ((info.st_mode & (S_IRWXG | S_IRWXO)) != 0)
        return FAILED(file->arena, "the secret %s may be read by others (mode %04o); run: chmod 600 %s",
                      file->path, info.st_mode & 07777U, file->path);
    return NULL;
}

static struct error *read_text(const struct secret_file *file, int fd, char *ret_secret, size_t *ret_len)
{
    char bytes[ROOT_SECRET_MAX + 1];
    ssize_t got = read(fd, bytes, sizeof(bytes));
    if (got < 0)
        return system_error(file, "read");
    struct str text = str_from(bytes, (size_t)got);
    while (text.len > 0 && (text.ptr[text.len - 1] == '\n' || text.ptr[text.len - 1] == '\r'))
        text.len--;
    struct error *error = NULL;
    if (text.len < ROOT_SECRET_MIN || text.len > ROOT_SECRET_MAX) {
        error = FAILED(file->arena, "the secret %s must be of %d to %d bytes", file->path, ROOT_SECRET_MIN,
                       ROOT_SECRET_MAX);
    } else {
        memcpy(ret_secret, text.ptr, text.len);
        *ret_len = text.len;
    }
    OPENSSL_cleanse(bytes, sizeof(bytes));
    return error;
}

static struct error *read_file(const struct secret_file *file, char *ret_secret, size_t *ret_len,
                               bool *ret_is_absent)
{
    AUTO_FD fd = open(file->path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    *ret_is_absent = fd < 0 && errno == ENOENT;
    if (*ret_is_absent)
        return NULL;
    if (fd < 0)
        return system_error(file, "opened");
    TRY(check_file(file, fd));
    return read_text(file, fd, ret_secret, ret_len);
}

static struct error *write_durably(const struct secret_file *file, int fd)
{
    uint8_t random[SECRET_BYTES];
    crypto_random(random, sizeof(random));
    struct str digits = hex_encode(file->arena, random, sizeof(random));
    struct str text = arena_printf(file->arena, "%" STR_FMT "\n", STR_ARG(digits));
    OPENSSL_cleanse(random, sizeof(random));
    ssize_t done = write(fd, text.ptr, text.len);
    if (done >= 0 && (size_t)done != text.len)
        errno = ENOSPC;
    if (done < 0 || (size_t)done != text.len || fsync(fd) != 0)
        return system_error(file, "written");
    return NULL;
}

static struct error *sync_folder(const struct secret_file *file)
{
    AUTO_FD fd = open(file->folder, O_RDONLY | O_CLOEXEC | O_DIRECTORY);
    if (fd < 0 || fsync(fd) != 0)
        return system_error(file, "made durable");
    return NULL;
}

/* The name appears with the whole content or not at all, and never replaces a secret that another process made in the
 * meantime: link() fails then, and theirs is read. */
static struct error *publish(const struct secret_file *file, const char *draft)
{
    AUTO_FD fd = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, S_IRUSR | S_IWUSR);
    if (fd < 0)
        return system_error(file, "made");
    TRY(write_durably(file, fd));
    if (link(draft, file->path) != 0 && errno != EEXIST)
        return system_error(file, "made");
    return NULL;
}

static struct error *make_file(const struct secret_file *file)
{
    uint64_t random = 0;
    crypto_random(&random, sizeof(random));
    struct str draft = arena_printf(file->arena, "%s.%016lx", file->path, (unsigned long)random);
    struct error *error = publish(file, draft.ptr);
    (void)unlink(draft.ptr);
    return error != NULL ? error : sync_folder(file);
}

struct error *root_secret_load(struct arena *arena, struct str data_dir, char *ret_secret, size_t *ret_len)
{
    const struct secret_file file = {
        .arena = arena,
        .folder = arena_cstr(arena, data_dir),
        .path = arena_printf(arena, "%" STR_FMT "/" FILE_NAME, STR_ARG(data_dir)).ptr,
    };
    bool is_absent = false;
    TRY(read_file(&file, ret_secret, ret_len, &is_absent));
    if (!is_absent)
        return NULL;
    TRY(make_file(&file));
    TRY(read_file(&file, ret_secret, ret_len, &is_absent));
    return is_absent ? FAILED(arena, "the secret %s was removed while it was made", file.path) : NULL;
}
