/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Open descriptors by key, least recently used first out. */
#include "platform/storage/open_files.h"

#include <unistd.h>

#include "base/data/list.h"
#include "base/data/map.h"
#include "base/mem/alloc.h"
#include "base/require/require.h"

#include "platform/fiber/loop.h"

enum { MAX_LOOPS = 64 };

struct entry {
    struct open_file file; /* first: given out */
    struct list by_use;    /* most recent first; alone once it gave way */
    struct str key;
    int64_t opened_us;
    int pins;
    bool is_listed;
    _Alignas(max_align_t) char bytes[]; /* facts, then key */
};

struct part {
    struct map *entries;
    struct list by_use;
};

struct open_files {
    size_t max_files;
    int64_t max_age_us;
    struct part parts[MAX_LOOPS]; /* by index of the loop; made by its first use */
};

struct open_files *open_files_new(size_t max_files, int64_t max_age_us)
{
    struct open_files *files = MEM_NEW(struct open_files);
    REQUIRE(max_files > 0);
    files->max_files = max_files;
    files->max_age_us = max_age_us;
    return files;
}

static void entry_free(struct entry *entry)
{
    close(entry->file.fd);
    mem_free(entry);
}

/* Out of the list; gone with its last pin. */
static void give_way(struct part *part, struct entry *entry)
{
    map_remove(part->entries, entry->key);
    list_remove(&entry->by_use);
    entry->is_listed = false;
    if (entry->pins == 0)
        entry_free(entry);
}

void open_files_free(struct open_files *files)
{
    if (files == NULL)
        return;
    for (size_t i = 0; i < MAX_LOOPS; i++) {
        struct part *part = &files->parts[i];
        while (part->entries != NULL && !list_is_empty(&part->by_use)) {
            struct entry *entry = LIST_OWNER(part->by_use.next, struct entry, by_use);
            REQUIRE(entry->pins == 0);
            give_way(part, entry);
        }
        map_free(part->entries);
    }
    mem_free(files);
}

static struct part *own_part(struct open_files *files)
{
    const struct loop *loop = loop_self();
    REQUIRE(loop != NULL && loop_index(loop) < MAX_LOOPS);
    struct part *part = &files->parts[loop_index(loop)];
    if (part->entries == NULL) {
        part->entries = map_new(NULL);
        list_init(&part->by_use);
    }
    return part;
}

const struct open_file *open_files_find(struct open_files *files, struct str key)
{
    struct part *part = own_part(files);
    struct entry *entry = map_find(part->entries, key);
    if (entry == NULL)
        return NULL;
    if (loop_now_us() - entry->opened_us > files->max_age_us) {
        give_way(part, entry);
        return NULL;
    }
    list_remove(&entry->by_use);
    list_prepend(&part->by_use, &entry->by_use);
    entry->pins++;
    return &entry->file;
}

static struct entry *entry_new(struct str key, int fd, int64_t size_bytes, struct str facts)
{
    struct entry *entry = mem_alloc(sizeof(*entry) + facts.len + key.len);
    char *bytes = entry->bytes;
    if (facts.len != 0)
        memcpy(bytes, facts.ptr, facts.len);
    if (key.len != 0)
        memcpy(bytes + facts.len, key.ptr, key.len);
    entry->file = (struct open_file){.fd = fd, .size_bytes = size_bytes, .facts = str_from(bytes, facts.len)};
    entry->key = str_from(bytes + facts.len, key.len);
    entry->opened_us = loop_now_us();
    entry->pins = 1;
    entry->is_listed = true;
    return entry;
}

const struct open_file *open_files_put(struct open_files *files, struct str key, int fd, int64_t size_bytes,
                                       struct str facts)
{
    struct part *part = own_part(files);
    struct entry *before = map_find(part->entries, key);
    if (before != NULL)
        give_way(part, before);
    if (map_count(part->entries) >= files->max_files)
        give_way(part, LIST_OWNER(part->by_use.prev, struct entry, by_use));
    struct entry *entry = entry_new(key, fd, size_bytes, facts);
    map_put(part->entries, key, entry);
    list_prepend(&part->by_use, &entry->by_use);
    return &entry->file;
}

/* What was given out as constant is ours to count. */
static struct entry *entry_of(const struct open_file *file)
{
    union {
        const struct open_file *given;
        struct entry *entry;
    } both = {.given = file};
    return both.entry;
}

void open_files_release(const struct open_file *file)
{
    if (file == NULL)
        return;
    struct entry *entry = entry_of(file);
    REQUIRE(entry->pins > 0);
    entry->pins--;
    if (entry->pins == 0 && !entry->is_listed)
        entry_free(entry);
}
