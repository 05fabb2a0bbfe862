/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Reads and cross-checks the directory of a zip archive. Source: APPNOTE.TXT 6.3. */
#include "media/format/zip.h"

#include <sys/stat.h>

#include "base/data/map.h"

#include "media/format/bytes.h"
#include "media/protocol.h"

#define END_BYTES        22
#define CENTRAL_BYTES    46
#define LOCAL_BYTES      30
#define COMMENT_MAX      65535
#define RATIO_MAX        200 /* a whole archive; a silent stem alone may reach 1000 */
#define RATIO_FROM_BYTES (64LL * 1024 * 1024)

enum zip_flag { ZIP_ENCRYPTED = 1 << 0, ZIP_DESCRIPTOR = 1 << 3, ZIP_STRONG = 1 << 6, ZIP_MASKED = 1 << 13 };
enum zip_host { ZIP_HOST_UNIX = 3, ZIP_HOST_MAC = 19 };

struct zip_end {
    int64_t at;
    int64_t count;
    int64_t directory_at;
};

bool zip_sniff(struct reader *reader)
{
    const unsigned char *head = reader_view(reader, 0, 4);
    return head != NULL && (bytes_is(head, "PK\3\4") || bytes_is(head, "PK\5\6"));
}

/* The end record is the one whose comment ends the file. */
static bool find_end(struct reader *reader, int64_t *ret_at)
{
    int64_t lowest = reader->size - END_BYTES - COMMENT_MAX;
    for (int64_t at = reader->size - END_BYTES; at >= 0 && at >= lowest; at--) {
        /* The view begins well before `at`, so that a step back finds it in the window. */
        int64_t from = at > 4096 ? at - 4096 : 0;
        const unsigned char *view = reader_view(reader, from, (size_t)(at - from) + END_BYTES);
        if (view == NULL)
            return false;
        view += at - from;
        if (bytes_is(view, "PK\5\6") && at + END_BYTES + (int64_t)bytes_u16le(view + 20) == reader->size) {
            *ret_at = at;
            return true;
        }
    }
    return false;
}

static struct error *read_end(struct arena *arena, struct reader *reader, struct zip_end *ret_end)
{
    unsigned char end[END_BYTES];
    int64_t at = 0;
    if (!find_end(reader, &at))
        return ERROR_IN(arena, media_job_truncated, "the archive has no directory");
    if (!reader_read(reader, at, end, sizeof(end)))
        return ERROR_IN(arena, media_job_internal, "the input cannot be read");
    uint32_t count = bytes_u16le(end + 10);
    uint32_t size = bytes_u32le(end + 12);
    uint32_t offset = bytes_u32le(end + 16);
    if (count == 0xffff || size == UINT32_MAX || offset == UINT32_MAX)
        return ERROR_IN(arena, media_job_unsupported, "an archive in zip64 form");
    if (bytes_u16le(end + 4) != 0 || bytes_u16le(end + 6) != 0 || bytes_u16le(end + 8) != count)
        return ERROR_IN(arena, media_job_unsupported, "an archive in several parts");
    if (count == 0)
        return ERROR_IN(arena, media_job_empty, "the archive is empty");
    if ((int64_t)offset + size < at)
        return ERROR_IN(arena, media_job_polyglot, "the archive begins behind something else");
    if ((int64_t)offset + size > at)
        return ERROR_IN(arena, media_job_zip_damaged, "the directory is not where the archive states");
    *ret_end = (struct zip_end){.at = at, .count = count, .directory_at = offset};
    return NULL;
}

static bool part_is_safe(struct str part)
{
    if (part.len == 0 || str_equal(part, STR(".")) || str_equal(part, STR("..")))
        return false;
    for (size_t i = 0; i < part.len; i++) {
        unsigned char c = (unsigned char)part.ptr[i];
        if (c < 0x20 || c == 0x7f || c == '\\' || c == ':')
            return false;
    }
    return true;
}

bool zip_name_is_safe(struct str name)
{
    if (str_ends_with(name, STR("/")))
        name.len--; /* a directory */
    if (name.len == 0 || name.len > ZIP_NAME_MAX)
        return false;
    struct str part = STR_NONE;
    while (str_split(&name, '/', &part)) {
        if (!part_is_safe(part))
            return false;
    }
    return true;
}

/* Unix archives carry the file mode: links and devices are refused. */
static bool is_special_file(const unsigned char *central)
{
    uint32_t host = central[5];
    uint32_t mode = bytes_u32le(central + 38) >> 16;
    if ((host != ZIP_HOST_UNIX && host != ZIP_HOST_MAC) || (mode & S_IFMT) == 0)
        return false;
    return !S_ISREG(mode) && !S_ISDIR(mode);
}

static struct error *check_central(struct arena *arena, const unsigned char *central)
{
    uint32_t flags = bytes_u16le(central + 8);
    uint32_t method = bytes_u16le(central + 10);
    if (!bytes_is(central, "PK\1\2"))
        return ERROR_IN(arena, media_job_zip_damaged, "the directory is damaged");
    if ((flags & (ZIP_ENCRYPTED | ZIP_STRONG | ZIP_MASKED)) != 0)
        return ERROR_IN(arena, media_job_zip_encrypted, "the archive is encrypted");
    if (method != ZIP_STORED && method != ZIP_DEFLATED)
        return ERROR_IN(arena, media_job_zip_method, "compression method %u; stored and deflate are taken",
                        (unsigned)method);
    if (bytes_u32le(central + 20) == UINT32_MAX || bytes_u32le(central + 24) == UINT32_MAX ||
        bytes_u32le(central + 42) == UINT32_MAX)
        return ERROR_IN(arena, media_job_unsupported, "an archive in zip64 form");
    if (is_special_file(central))
        return ERROR_IN(arena, media_job_zip_path, "an entry is a link or a device");
    return NULL;
}

static struct error *check_entry(struct arena *arena, const struct zip_entry *entry)
{
    if (!zip_name_is_safe(entry->name))
        return ERROR_IN(arena, media_job_zip_path, "an entry's name is no plain relative path");
    if (entry->is_directory && (entry->size != 0 || entry->packed_size != 0))
        return ERROR_IN(arena, media_job_zip_damaged, "a directory with content");
    if (entry->method == ZIP_STORED && entry->size != entry->packed_size)
        return ERROR_IN(arena, media_job_zip_damaged, "a stored entry with two sizes");
    return NULL;
}

/* Reads the directory entry at *at and moves on. */
static struct error *read_central(struct arena *arena, struct reader *reader, int64_t *at, int64_t end,
                                  struct zip_entry *ret_entry)
{
    unsigned char central[CENTRAL_BYTES];
    if (end - *at < CENTRAL_BYTES || !reader_read(reader, *at, central, sizeof(central)))
        return ERROR_IN(arena, media_job_zip_damaged, "the directory ends too early");
    TRY(check_central(arena, central));
    int64_t name_len = bytes_u16le(central + 28);
    int64_t next = *at + CENTRAL_BYTES + name_len + bytes_u16le(central + 30) + bytes_u16le(central + 32);
    if (name_len == 0 || name_len > ZIP_NAME_MAX)
        return ERROR_IN(arena, media_job_zip_path, "an entry's name is missing or too long");
    char *name = arena_alloc_raw(arena, (size_t)name_len);
    if (next > end || !reader_read(reader, *at + CENTRAL_BYTES, name, (size_t)name_len))
        return ERROR_IN(arena, media_job_zip_damaged, "the directory ends too early");
    *ret_entry = (struct zip_entry){
        .name = str_from(name, (size_t)name_len),
        .method = (enum zip_method)bytes_u16le(central + 10),
        .is_directory = name[name_len - 1] == '/',
        .has_descriptor = (bytes_u16le(central + 8) & ZIP_DESCRIPTOR) != 0,
        .crc = bytes_u32le(central + 16),
        .packed_size = bytes_u32le(central + 20),
        .size = bytes_u32le(central + 24),
        .local_at = bytes_u32le(central + 42),
    };
    *at = next;
    return check_entry(arena, ret_entry);
}

/* Some unpackers believe the local header: it must say the same. */
static struct error *check_local(struct arena *arena, struct reader *reader, struct zip_entry *entry)
{
    const unsigned char *local = reader_view(reader, entry->local_at, LOCAL_BYTES + entry->name.len);
    if (local == NULL || !bytes_is(local, "PK\3\4"))
        return ERROR_IN(arena, media_job_zip_damaged, "an entry is not where the directory states");
    uint32_t flags = bytes_u16le(local + 6);
    bool sizes_agree = bytes_u32le(local + 14) == entry->crc &&
                       bytes_u32le(local + 18) == entry->packed_size &&
                       bytes_u32le(local + 22) == entry->size;
    bool sizes_follow = (flags & ZIP_DESCRIPTOR) != 0 && entry->has_descriptor;
    if ((flags & ZIP_ENCRYPTED) != 0 || bytes_u16le(local + 8) != (uint32_t)entry->method ||
        bytes_u16le(local + 26) != entry->name.len ||
        memcmp(local + LOCAL_BYTES, entry->name.ptr, entry->name.len) != 0 || (!sizes_agree && !sizes_follow))
        return ERROR_IN(arena, media_job_zip_damaged, "an entry contradicts the directory");
    entry->data_at = entry->local_at + LOCAL_BYTES + (int64_t)entry->name.len + bytes_u16le(local + 28);
    return NULL;
}

static int compare_by_place(const void *a, const void *b)
{
    const struct zip_entry *left = a;
    const struct zip_entry *right = b;
    return (left->local_at > right->local_at) - (left->local_at < right->local_at);
}

/* Entries fill the archive one behind the other; a data descriptor has 12 or 16 bytes. */
static struct error *check_places(struct arena *arena, const struct zip_directory *directory, int64_t end)
{
    int64_t at = 0;
    bool may_have_descriptor = false;
    for (size_t i = 0; i <= directory->count; i++) {
        int64_t next = i < directory->count ? directory->entries[i].local_at : end;
        int64_t gap = next - at;
        if (i == 0 && gap > 0)
            return ERROR_IN(arena, media_job_polyglot, "the archive begins behind something else");
        if (gap != 0 && !(may_have_descriptor && (gap == 12 || gap == 16)))
            return ERROR_IN(arena, media_job_zip_damaged, "entries overlap or hide something between them");
        if (i == directory->count)
            return NULL;
        at = directory->entries[i].data_at + directory->entries[i].packed_size;
        may_have_descriptor = directory->entries[i].has_descriptor;
    }
    return NULL;
}

/* Case does not make a name different: half the world's file systems would overwrite one. */
static struct error *check_duplicate(struct arena *arena, struct map *seen, struct str name)
{
    char *lower = arena_cstr(arena, name);
    size_t len = name.len - (name.ptr[name.len - 1] == '/');
    for (size_t i = 0; i < len; i++) {
        if (lower[i] >= 'A' && lower[i] <= 'Z')
            lower[i] = (char)(lower[i] + 32);
    }
    if (map_put(seen, str_from(lower, len), lower) != NULL)
        return ERROR_IN(arena, media_job_zip_duplicate, "two entries are named %" STR_FMT, STR_ARG(name));
    return NULL;
}

static struct error *check_total(struct arena *arena, const struct zip_limits *limits, int64_t total,
                                 int64_t file_size)
{
    if (total > limits->max_total_bytes)
        return ERROR_IN(arena, media_job_zip_bomb, "the archive unpacks to more than %lld bytes",
                        (long long)limits->max_total_bytes);
    if (total > RATIO_FROM_BYTES && total / RATIO_MAX > file_size)
        return ERROR_IN(arena, media_job_zip_bomb, "the archive unpacks to over %d times its size",
                        RATIO_MAX);
    return NULL;
}

/* All entries of the central directory, in its order. */
static struct error *read_entries(struct arena *arena, struct reader *reader, const struct zip_end *end,
                                  struct zip_directory *directory)
{
    struct map *seen = map_new(arena);
    int64_t at = end->directory_at;
    directory->entries = ARENA_ARRAY(arena, struct zip_entry, (size_t)end->count);
    for (; directory->count < (size_t)end->count; directory->count++) {
        struct zip_entry *entry = &directory->entries[directory->count];
        TRY(read_central(arena, reader, &at, end->at, entry));
        TRY(check_duplicate(arena, seen, entry->name));
        directory->total_bytes += entry->size;
    }
    if (at != end->at)
        return ERROR_IN(arena, media_job_zip_damaged, "the directory is longer than its entries");
    return NULL;
}

struct error *zip_read_directory(struct arena *arena, struct reader *reader, const struct zip_limits *limits,
                                 struct zip_directory *ret_directory)
{
    struct zip_end end = {0};
    struct zip_directory directory = {0};
    if (!zip_sniff(reader))
        return ERROR_IN(arena, media_job_not_zip, "the content is no zip archive");
    TRY(read_end(arena, reader, &end));
    if (end.count > limits->max_entries)
        return ERROR_IN(arena, media_job_zip_bomb, "%lld entries; at most %lld are taken",
                        (long long)end.count, (long long)limits->max_entries);
    TRY(read_entries(arena, reader, &end, &directory));
    TRY(check_total(arena, limits, directory.total_bytes, reader->size));
    for (size_t i = 0; i < directory.count; i++)
        TRY(check_local(arena, reader, &directory.entries[i]));
    qsort(directory.entries, directory.count, sizeof(*directory.entries), compare_by_place);
    TRY(check_places(arena, &directory, end.directory_at));
    *ret_directory = directory;
    return NULL;
}
