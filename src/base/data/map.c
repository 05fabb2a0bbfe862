/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Hash map: entries stand in the order of insertion; an open-addressed table of their numbers finds
 * them. A removed entry keeps its place, with a NULL value, until the next rebuild drops it.
 *
 * Invariants: at most half of the table's slots are taken, so a probe ends; used counts entries dead
 * and alive, live those alive. */
#include "base/data/map.h"

#include "base/mem/alloc.h"
#include "base/mem/arena.h"
#include "base/require/require.h"

#define FIRST_CAPACITY 8

struct map_entry {
    struct str key;
    void *value; /* NULL: removed */
    uint64_t hash;
};

struct map {
    struct arena *arena; /* NULL: heap */
    struct map_entry *entries;
    uint32_t *slots; /* entry number + 1; 0: free */
    size_t used;
    size_t live;
    size_t capacity; /* of entries; a power of two; the table has twice as many slots */
};

static void *map_alloc(struct arena *arena, size_t count, size_t size_bytes)
{
    return arena != NULL ? arena_alloc_array(arena, count, size_bytes) : mem_alloc_array(count, size_bytes);
}

static void map_release(const struct map *map, void *memory)
{
    if (map->arena == NULL)
        mem_free(memory);
}

static struct str key_copy(struct arena *arena, struct str key)
{
    if (key.len == 0)
        return STR("");
    char *copy = arena != NULL ? arena_alloc_raw(arena, key.len) : mem_alloc(key.len);
    memcpy(copy, key.ptr, key.len);
    return str_from(copy, key.len);
}

static void key_release(const struct map *map, struct str key)
{
    if (map->arena == NULL && key.len != 0) {
        void *memory = NULL;
        memcpy(&memory, &key.ptr, sizeof(memory)); /* ours, so the const may go */
        mem_free(memory);
    }
}

struct map *map_new(struct arena *arena)
{
    struct map *map = map_alloc(arena, 1, sizeof(*map));
    map->arena = arena;
    return map;
}

void map_free(struct map *map)
{
    if (map == NULL || map->arena != NULL)
        return;
    for (size_t i = 0; i < map->used; i++) {
        if (map->entries[i].value != NULL)
            key_release(map, map->entries[i].key);
    }
    mem_free(map->entries);
    mem_free(map->slots);
    mem_free(map);
}

size_t map_count(const struct map *map)
{
    return map->live;
}

static size_t slot_mask(const struct map *map)
{
    return map->capacity * 2 - 1;
}

static void slot_take(struct map *map, size_t entry)
{
    size_t slot = (size_t)map->entries[entry].hash & slot_mask(map);
    while (map->slots[slot] != 0)
        slot = (slot + 1) & slot_mask(map);
    map->slots[slot] = (uint32_t)(entry + 1);
}

static struct map_entry *entry_find(const struct map *map, struct str key, uint64_t hash)
{
    if (map->live == 0)
        return NULL;
    size_t slot = (size_t)hash & slot_mask(map);
    for (; map->slots[slot] != 0; slot = (slot + 1) & slot_mask(map)) {
        struct map_entry *entry = &map->entries[map->slots[slot] - 1];
        if (entry->value != NULL && entry->hash == hash && str_equal(entry->key, key))
            return entry;
    }
    return NULL;
}

/* Drops the dead entries, and doubles the map when more than half of it is alive. */
static void map_rebuild(struct map *map)
{
    size_t capacity = map->capacity;
    if (capacity == 0)
        capacity = FIRST_CAPACITY;
    else if (map->live > capacity / 2)
        capacity *= 2;
    REQUIRE(capacity <= UINT32_MAX / 2);

    struct map_entry *old_entries = map->entries;
    uint32_t *old_slots = map->slots;
    size_t old_used = map->used;
    map->entries = map_alloc(map->arena, capacity, sizeof(*map->entries));
    map->slots = map_alloc(map->arena, capacity * 2, sizeof(*map->slots));
    map->capacity = capacity;
    map->used = 0;
    for (size_t i = 0; i < old_used; i++) {
        if (old_entries[i].value == NULL)
            continue;
        map->entries[map->used] = old_entries[i];
        slot_take(map, map->used++);
    }
    map_release(map, old_entries);
    map_release(map, old_slots);
}

void *map_put(struct map *map, struct str key, void *value)
{
    REQUIRE(value != NULL);
    uint64_t hash = str_hash(key);
    struct map_entry *entry = entry_find(map, key, hash);
    if (entry != NULL) {
        void *before = entry->value;
        entry->value = value;
        return before;
    }
    if (map->used == map->capacity)
        map_rebuild(map);
    map->entries[map->used] =
        (struct map_entry){.key = key_copy(map->arena, key), .value = value, .hash = hash};
    slot_take(map, map->used++);
    map->live++;
    return NULL;
}

void *map_find(const struct map *map, struct str key)
{
    const struct map_entry *entry = entry_find(map, key, str_hash(key));
    return entry != NULL ? entry->value : NULL;
}

void *map_remove(struct map *map, struct str key)
{
    struct map_entry *entry = entry_find(map, key, str_hash(key));
    if (entry == NULL)
        return NULL;
    void *value = entry->value;
    key_release(map, entry->key);
    *entry = (struct map_entry){0};
    map->live--;
    return value;
}

bool map_next(const struct map *map, size_t *at, struct str *ret_key, void **ret_value)
{
    while (*at < map->used) {
        const struct map_entry *entry = &map->entries[(*at)++];
        if (entry->value == NULL)
            continue;
        *ret_key = entry->key;
        *ret_value = entry->value;
        return true;
    }
    return false;
}
