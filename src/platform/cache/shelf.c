/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Entries of one space on one loop. See shelf.h. */
#include "platform/cache/shelf.h"

#include "base/mem/alloc.h"

enum { FIRST_BUCKETS = 64, LARGEST_SHARE = 4 };

struct shelf {
    size_t max_bytes, used_bytes;
    size_t count, bucket_count; /* a power of two */
    struct shelf_entry **buckets;
    struct list by_use;
};

struct shelf *shelf_new(size_t max_bytes)
{
    struct shelf *shelf = MEM_NEW(struct shelf);
    shelf->max_bytes = max_bytes;
    list_init(&shelf->by_use);
    return shelf;
}

void shelf_free(struct shelf *shelf)
{
    if (shelf == NULL)
        return;
    while (!list_is_empty(&shelf->by_use))
        shelf_drop(shelf, LIST_OWNER(shelf->by_use.next, struct shelf_entry, by_use));
    mem_free(shelf->buckets);
    mem_free(shelf);
}

static struct shelf_entry **bucket_of(const struct shelf *shelf, uint64_t hash)
{
    return &shelf->buckets[hash & (shelf->bucket_count - 1)];
}

static size_t entry_bytes(const struct shelf_entry *entry)
{
    return sizeof(*entry) + entry->key_len + entry->value_len;
}

static bool entry_matches(const struct shelf_entry *entry, uint64_t hash, struct str key)
{
    return entry->hash == hash && str_equal(str_from(entry->bytes, entry->key_len), key);
}

struct shelf_entry *shelf_find(struct shelf *shelf, uint64_t hash, struct str key)
{
    if (shelf->count == 0)
        return NULL;
    struct shelf_entry *entry = *bucket_of(shelf, hash);
    while (entry != NULL && !entry_matches(entry, hash, key))
        entry = entry->chain;
    if (entry != NULL) {
        list_remove(&entry->by_use);
        list_prepend(&shelf->by_use, &entry->by_use);
    }
    return entry;
}

void shelf_drop(struct shelf *shelf, struct shelf_entry *entry)
{
    struct shelf_entry **link = bucket_of(shelf, entry->hash);
    while (*link != entry)
        link = &(*link)->chain;
    *link = entry->chain;
    list_remove(&entry->by_use);
    shelf->used_bytes -= entry_bytes(entry);
    shelf->count--;
    mem_free(entry);
}

static void rehash(struct shelf *shelf, size_t bucket_count)
{
    struct shelf_entry **old = shelf->buckets;
    size_t old_count = shelf->bucket_count;
    shelf->buckets = (struct shelf_entry **)mem_alloc_array(bucket_count, sizeof(*shelf->buckets));
    shelf->bucket_count = bucket_count;
    for (size_t i = 0; i < old_count; i++) {
        struct shelf_entry *entry = old[i];
        while (entry != NULL) {
            struct shelf_entry *next = entry->chain;
            struct shelf_entry **bucket = bucket_of(shelf, entry->hash);
            entry->chain = *bucket;
            *bucket = entry;
            entry = next;
        }
    }
    mem_free(old);
}

static void make_room(struct shelf *shelf, size_t bytes)
{
    while (shelf->used_bytes + bytes > shelf->max_bytes && !list_is_empty(&shelf->by_use))
        shelf_drop(shelf, LIST_OWNER(shelf->by_use.prev, struct shelf_entry, by_use));
}

void shelf_put(struct shelf *shelf, uint64_t hash, struct str key, struct str value, uint64_t generation,
               int64_t now_us)
{
    struct shelf_entry *old = shelf_find(shelf, hash, key);
    if (old != NULL)
        shelf_drop(shelf, old);
    size_t bytes = sizeof(struct shelf_entry) + key.len + value.len;
    if (bytes > shelf->max_bytes / LARGEST_SHARE)
        return;
    make_room(shelf, bytes);
    if (shelf->count >= shelf->bucket_count)
        rehash(shelf, shelf->bucket_count == 0 ? FIRST_BUCKETS : shelf->bucket_count * 2);

    struct shelf_entry *entry = mem_alloc(bytes);
    entry->hash = hash;
    entry->generation = generation;
    entry->stored_us = now_us;
    entry->key_len = key.len;
    entry->value_len = value.len;
    memcpy(entry->bytes, key.ptr, key.len);
    if (value.len != 0)
        memcpy(entry->bytes + key.len, value.ptr, value.len);
    struct shelf_entry **bucket = bucket_of(shelf, hash);
    entry->chain = *bucket;
    *bucket = entry;
    list_prepend(&shelf->by_use, &entry->by_use);
    shelf->used_bytes += bytes;
    shelf->count++;
}

size_t shelf_bytes(const struct shelf *shelf)
{
    return shelf->used_bytes;
}
