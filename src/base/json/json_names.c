/* SPDX-License-Identifier: AGPL-3.0-or-later
 * A stack of names with a hash index over the objects that have many. */
#include "base/json/json_names.h"

#include "base/mem/alloc.h"

#define COMPARED_SINGLY 8
#define FIRST_CAPACITY  16
#define FIRST_SLOTS     64

size_t json_names_open(const struct json_names *names)
{
    return names->count;
}

/* The object's place in the stack is part of the hash: the same name in nested objects must not pile up. */
static uint64_t name_hash(struct str name, size_t mark)
{
    uint64_t hash = str_hash(name) ^ ((uint64_t)mark * UINT64_C(0x9E3779B97F4A7C15));
    return hash ^ (hash >> 32);
}

static void index_put(struct json_names *names, size_t item)
{
    size_t mask = names->slot_count - 1;
    size_t slot = (size_t)names->items[item].hash & mask;
    while (names->slots[slot] != 0)
        slot = (slot + 1) & mask;
    names->slots[slot] = item + 1;
    names->items[item].slot_plus_1 = slot + 1;
}

/* At most half of the slots are taken. */
static void index_grow(struct json_names *names)
{
    if (names->slots != NULL && (names->indexed + 1) * 2 <= names->slot_count)
        return;
    mem_free(names->slots);
    names->slot_count = names->slot_count != 0 ? names->slot_count * 2 : FIRST_SLOTS;
    names->slots = mem_alloc_array(names->slot_count, sizeof(*names->slots));
    for (size_t i = 0; i < names->count; i++) {
        if (names->items[i].slot_plus_1 != 0)
            index_put(names, i);
    }
}

static void index_add(struct json_names *names, size_t item, size_t mark)
{
    index_grow(names);
    names->items[item].hash = name_hash(names->items[item].name, mark);
    index_put(names, item);
    names->indexed++;
}

static bool index_has(const struct json_names *names, size_t mark, struct str name)
{
    uint64_t hash = name_hash(name, mark);
    size_t mask = names->slot_count - 1;
    for (size_t slot = (size_t)hash & mask; names->slots[slot] != 0; slot = (slot + 1) & mask) {
        size_t item = names->slots[slot] - 1;
        const struct json_known_name *known = &names->items[item];
        if (item >= mark && known->hash == hash && str_equal(known->name, name))
            return true;
    }
    return false;
}

static bool list_has(const struct json_names *names, size_t mark, struct str name)
{
    for (size_t i = mark; i < names->count; i++) {
        if (str_equal(names->items[i].name, name))
            return true;
    }
    return false;
}

static void push(struct json_names *names, struct str name)
{
    if (names->count == names->capacity) {
        names->capacity = names->capacity != 0 ? names->capacity * 2 : FIRST_CAPACITY;
        names->items = mem_realloc(names->items, names->capacity * sizeof(*names->items));
    }
    names->items[names->count++] = (struct json_known_name){.name = name};
}

bool json_names_add(struct json_names *names, size_t mark, struct str name)
{
    size_t own = names->count - mark;
    bool is_known = own <= COMPARED_SINGLY ? list_has(names, mark, name) : index_has(names, mark, name);
    if (is_known)
        return false;
    push(names, name);
    size_t first = own < COMPARED_SINGLY ? names->count : own == COMPARED_SINGLY ? mark : names->count - 1;
    for (size_t i = first; i < names->count; i++)
        index_add(names, i, mark);
    return true;
}

void json_names_close(struct json_names *names, size_t mark)
{
    while (names->count > mark) {
        size_t slot_plus_1 = names->items[--names->count].slot_plus_1;
        if (slot_plus_1 != 0) {
            names->slots[slot_plus_1 - 1] = 0;
            names->indexed--;
        }
    }
}

void json_names_fini(struct json_names *names)
{
    mem_free(names->items);
    mem_free(names->slots);
    *names = (struct json_names){0};
}
