/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Hash map from text to pointer, insertion order kept for iteration. Keys are copied into the map's
 * memory; values belong to the caller. Hashes are seeded, so outsiders cannot choose collisions. */
#ifndef BASE_DATA_MAP_H
#define BASE_DATA_MAP_H

#include <stdbool.h>
#include <stddef.h>

#include "base/text/str.h"

struct arena;
struct map;

/* arena NULL: heap, released by map_free. */
struct map *map_new(struct arena *arena);
void map_free(struct map *map);

/* Replaces; returns the value before, or NULL. value must not be NULL. */
void *map_put(struct map *map, struct str key, void *value);
void *map_find(const struct map *map, struct str key); /* NULL when absent */
void *map_remove(struct map *map, struct str key);     /* the value, or NULL */
size_t map_count(const struct map *map);

/* Iteration in insertion order: `size_t at = 0; while (map_next(map, &at, &key, &value))`. Entries may be
 * removed meanwhile, and values replaced; nothing may be added. */
bool map_next(const struct map *map, size_t *at, struct str *ret_key, void **ret_value);

#endif
