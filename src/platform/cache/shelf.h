/* SPDX-License-Identifier: AGPL-3.0-or-later
 * One loop's entries of one space: a hash table with a least-recently-used list, bounded in bytes. Not shared between threads. */
#ifndef PLATFORM_CACHE_SHELF_H
#define PLATFORM_CACHE_SHELF_H

#include <stddef.h>
#include <stdint.h>

#include "base/data/list.h"
#include "base/text/str.h"

struct shelf;

struct shelf_entry {
    struct list by_use;        /* most recent first */
    struct shelf_entry *chain; /* same bucket */
    uint64_t hash;
    uint64_t generation;
    int64_t stored_us;
    size_t key_len, value_len;
    char bytes[]; /* key, then value */
};

struct shelf *shelf_new(size_t max_bytes);
void shelf_free(struct shelf *shelf); /* accepts NULL */

/* NULL when absent. Marks it as used. */
struct shelf_entry *shelf_find(struct shelf *shelf, uint64_t hash, struct str key);
/* Replaces; drops the least recently used until it fits. An entry over a quarter of the shelf is not stored. */
void shelf_put(struct shelf *shelf, uint64_t hash, struct str key, struct str value, uint64_t generation,
               int64_t now_us);
void shelf_drop(struct shelf *shelf, struct shelf_entry *entry);
size_t shelf_bytes(const struct shelf *shelf);

static inline struct str shelf_value(const struct shelf_entry *entry)
{
    return str_from(entry->bytes + entry->key_len, entry->value_len);
}

#endif
