/* SPDX-License-Identifier: AGPL-3.0-or-later
 * See tally.h. */
#include "base/data/tally.h"

#include "base/data/map.h"
#include "base/mem/alloc.h"

struct tally_source {
    int64_t source_id, heard_us;
    struct map *names; /* name → struct stated */
};

struct stated {
    int64_t number;
};

struct tally {
    struct tally_source items[TALLY_SOURCES_MAX];
    size_t count;
};

struct tally *tally_new(void)
{
    return MEM_NEW(struct tally);
}

static void forget(struct tally_source *source)
{
    size_t at = 0;
    struct str name;
    void *value;
    while (map_next(source->names, &at, &name, &value))
        mem_free(value);
    map_free(source->names);
}

void tally_free(struct tally *tally)
{
    if (tally == NULL)
        return;
    for (size_t i = 0; i < tally->count; i++)
        forget(&tally->items[i]);
    mem_free(tally);
}

static struct tally_source *find(struct tally *tally, int64_t source_id)
{
    for (size_t i = 0; i < tally->count; i++)
        if (tally->items[i].source_id == source_id)
            return &tally->items[i];
    return NULL;
}

bool tally_hear(struct tally *tally, int64_t source_id, int64_t now_us)
{
    struct tally_source *source = find(tally, source_id);
    bool is_new = source == NULL && tally->count < TALLY_SOURCES_MAX;
    if (is_new) {
        source = &tally->items[tally->count++];
        *source = (struct tally_source){.source_id = source_id, .names = map_new(NULL)};
    }
    if (source != NULL)
        source->heard_us = now_us;
    return is_new;
}

static void put(struct map *names, struct str name, int64_t number)
{
    struct stated *stated = map_find(names, name);
    if (number == 0) {
        mem_free(map_remove(names, name));
        return;
    }
    if (stated == NULL) {
        stated = MEM_NEW(struct stated);
        map_put(names, name, stated);
    }
    stated->number = number;
}

bool tally_set(struct tally *tally, int64_t source_id, struct str name, int64_t number, int64_t now_us)
{
    (void)tally_hear(tally, source_id, now_us);
    struct tally_source *source = find(tally, source_id);
    if (source == NULL)
        return false;
    const struct stated *before = map_find(source->names, name);
    if ((before != NULL ? before->number : 0) == number)
        return false;
    put(source->names, name, number);
    return true;
}

int64_t tally_sum(const struct tally *tally, struct str name)
{
    int64_t sum = 0;
    for (size_t i = 0; i < tally->count; i++) {
        const struct stated *stated = map_find(tally->items[i].names, name);
        sum += stated != NULL ? stated->number : 0;
    }
    return sum;
}

static void tell_names(const struct tally_source *gone, void (*changed)(void *arg, struct str name),
                       void *arg)
{
    size_t at = 0;
    struct str name;
    void *value;
    while (map_next(gone->names, &at, &name, &value))
        changed(arg, name);
}

void tally_expire(struct tally *tally, int64_t before_us, void (*changed)(void *arg, struct str name),
                  void *arg)
{
    for (size_t i = tally->count; i-- > 0;) {
        struct tally_source gone = tally->items[i];
        if (gone.heard_us >= before_us)
            continue;
        tally->items[i] = tally->items[--tally->count];
        tell_names(&gone, changed, arg);
        forget(&gone);
    }
}
