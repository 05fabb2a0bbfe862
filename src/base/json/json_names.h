/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Internal to base/json: the names of all open objects, for finding repeated ones in linear time.
 *
 * Names are a stack: an object's names lie above those of the objects around it and go when it closes.
 * A few names are compared one by one; an object with more is put in a hash index over the same stack.
 * The index is emptied in the reverse order of its filling, so that linear probing needs no tombstones.
 * Memory is from the heap, because outsiders choose how many names there are. */
#ifndef BASE_JSON_JSON_NAMES_H
#define BASE_JSON_JSON_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text/str.h"

struct json_known_name {
    struct str name; /* lives as long as the parse */
    uint64_t hash;
    size_t slot_plus_1; /* in the index; 0: not indexed */
};

struct json_names {
    struct json_known_name *items;
    size_t count;
    size_t capacity;
    size_t *slots; /* item number + 1; 0: free */
    size_t slot_count;
    size_t indexed;
};

/* The mark to be given to the other functions for the object that opens here. */
size_t json_names_open(const struct json_names *names);

/* False when the object at `mark` has that name already. */
bool json_names_add(struct json_names *names, size_t mark, struct str name);

void json_names_close(struct json_names *names, size_t mark);
void json_names_fini(struct json_names *names);

#endif
