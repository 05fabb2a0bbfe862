/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Looks a password up in a sorted file of hashes. See breached.h. Lines differ in length, so the search halves bytes, not lines: the line
 * that holds the middle byte is compared, and decides on which side of it to go on. */
#include "platform/crypto/breached.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem/alloc.h"
#include "base/mem/cleanup.h"
#include "base/text/encode.h"

#include "platform/crypto/digest.h"
#include "platform/fiber/pool.h"

enum { SHA1_BYTES = 20, HASH_DIGITS = 2 * SHA1_BYTES, LINE_MAX_BYTES = 64, PROBES = 64 };

#define FAILED(arena, ...) error_new((arena), ERROR_COMMON(INTERNAL), __FILE__, __LINE__, __VA_ARGS__)

struct breach_list {
    int fd;
    int64_t size;
};

/* The line that holds one byte of the file. */
struct breach_line {
    int64_t begin, end; /* end: behind its line feed */
    uint8_t hash[SHA1_BYTES];
};

enum reading { READ_WELL, READ_BADLY, READ_NO_LINE };

static ssize_t read_at(int fd, char *to, size_t len, int64_t offset)
{
    size_t done = 0;
    while (done < len) {
        ssize_t got = pread(fd, to + done, len - done, offset + (int64_t)done);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return -1;
        if (got == 0)
            break;
        done += (size_t)got;
    }
    return (ssize_t)done;
}

/* "HASH", "HASH:COUNT", without the line's end. */
static bool parse_line(struct str line, uint8_t ret_hash[SHA1_BYTES])
{
    if (line.len > 0 && line.ptr[line.len - 1] == '\r')
        line.len--;
    if (line.len < HASH_DIGITS || !hex_decode(str_slice(line, 0, HASH_DIGITS), ret_hash, SHA1_BYTES))
        return false;
    if (line.len == HASH_DIGITS)
        return true;
    bool has_count = line.len > HASH_DIGITS + 1 && line.ptr[HASH_DIGITS] == ':';
    for (size_t i = HASH_DIGITS + 1; has_count && i < line.len; i++)
        has_count = line.ptr[i] >= '0' && line.ptr[i] <= '9';
    return has_count;
}

static enum reading read_line(const struct breach_list *list, int64_t at, struct breach_line *ret_line)
{
    char window[2 * LINE_MAX_BYTES];
    int64_t from = at < LINE_MAX_BYTES ? 0 : at - LINE_MAX_BYTES;
    ssize_t got = read_at(list->fd, window, sizeof(window), from);
    if (got < 0)
        return READ_BADLY;
    size_t middle = (size_t)(at - from), begin = middle, end = middle, len = (size_t)got;
    while (begin > 0 && window[begin - 1] != '\n')
        begin--;
    while (end < len && window[end] != '\n')
        end++;
    bool has_begin = begin > 0 || from == 0, has_end = end < len || from + (int64_t)len >= list->size;
    struct str line = str_from(window + begin, end - begin);
    if (middle >= len || !has_begin || !has_end || !parse_line(line, ret_line->hash))
        return READ_NO_LINE;
    ret_line->begin = from + (int64_t)begin;
    ret_line->end = from + (int64_t)end + 1;
    return READ_WELL;
}

/* --- opening --- */

static struct error *explain(struct arena *arena, const char *path, enum reading reading, int64_t at)
{
    if (reading == READ_BADLY)
        return FAILED(arena, "the list of breached passwords %s cannot be read: %s", path,
                      strerrordesc_np(errno));
    return FAILED(arena,
                  "the list of breached passwords %s has at byte %lld no line of a SHA-1 and a count; it "
                  "should be a download of Have I Been Pwned by SHA-1, ordered by hash, in one file",
                  path, (long long)at);
}

static struct error *check_order(struct arena *arena, const struct breach_list *list, const char *path)
{
    struct breach_line line, earlier = {.end = 0};
    for (int i = 0; i < PROBES; i++) {
        int64_t at = i == PROBES - 1 ? list->size - 1 : list->size / PROBES * i;
        enum reading reading = read_line(list, at, &line);
        if (reading != READ_WELL)
            return explain(arena, path, reading, at);
        if (line.begin >= earlier.end && i > 0 && memcmp(earlier.hash, line.hash, SHA1_BYTES) >= 0)
            return FAILED(arena, "the list of breached passwords %s is not in the order of its hashes", path);
        earlier = line;
    }
    return NULL;
}

struct error *breach_list_open(struct arena *arena, struct str path, struct breach_list **ret_list)
{
    const char *name = arena_cstr(arena, path);
    struct stat info;
    AUTO_FD fd = open(name, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &info) != 0)
        return explain(arena, name, READ_BADLY, 0);
    if (!S_ISREG(info.st_mode) || info.st_size == 0)
        return FAILED(arena, "the list of breached passwords %s is no file, or empty", name);
    const struct breach_list list = {.fd = fd, .size = info.st_size};
    TRY(check_order(arena, &list, name));
    *ret_list = MEM_NEW(struct breach_list);
    **ret_list = list;
    (*ret_list)->fd = TAKE_FD(fd);
    return NULL;
}

void breach_list_close(struct breach_list *list)
{
    if (list == NULL)
        return;
    cleanup_fd(&list->fd);
    mem_free(list);
}

/* --- looking up --- */

struct looking {
    const struct breach_list *list;
    uint8_t hash[SHA1_BYTES];
    enum reading reading;
    bool is_found;
};

static void look(void *arg)
{
    struct looking *looking = arg;
    int64_t low = 0, high = looking->list->size;
    while (low < high && !looking->is_found && looking->reading == READ_WELL) {
        struct breach_line line = {.end = 0};
        looking->reading = read_line(looking->list, low + (high - low) / 2, &line);
        int order = memcmp(looking->hash, line.hash, SHA1_BYTES);
        looking->is_found = looking->reading == READ_WELL && order == 0;
        if (order < 0)
            high = line.begin;
        else
            low = line.end;
    }
}

struct error *breach_list_find(struct ctx *cx, const struct breach_list *list, struct str password,
                               bool *ret_found)
{
    struct looking looking = {.list = list, .reading = READ_WELL};
    uint8_t digest[DIGEST_MAX_BYTES];
    struct digest_stream *stream = digest_begin(DIGEST_SHA1);
    digest_feed(stream, password.ptr, password.len);
    digest_end(stream, digest);
    memcpy(looking.hash, digest, SHA1_BYTES);
    TRY(pool_call(cx, cx->platform->blocking_pool, look, &looking));
    if (looking.reading != READ_WELL)
        return ERROR_CODE(cx, INTERNAL, "the list of breached passwords is not what it was at the start");
    *ret_found = looking.is_found;
    return NULL;
}
