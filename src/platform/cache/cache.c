/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Caches per loop, validated by shared generations. See cache.h.
 *
 * A key's generation is the sum of two counters that only grow: its slot's (keys share slots, which costs a needless miss now
 * and then, never a stale hit) and its space's. Equal sums therefore mean that neither was bumped. The low bits count the
 * transactions that are about to change it: while one runs nobody knows whether it has committed yet, so nothing is found. */
#include "platform/cache/cache.h"

#include <stdatomic.h>

#include "base/mem/alloc.h"

#include "platform/cache/budget.h"
#include "platform/cache/shelf.h"
#include "platform/db/db.h"
#include "platform/fiber/loop.h"
#include "platform/metrics/metrics.h"

enum { SLOTS = 1 << 16, MAX_SPACES = 64 };

#define WRITER      UINT64_C(1)
#define WRITER_MASK UINT64_C(0xffff)
#define GENERATION  (WRITER_MASK + 1)

enum cache_metric { CACHE_HITS, CACHE_MISSES };

/* clang-format off */
static const struct metric cache_metric_rows[] = {
    [CACHE_HITS]   = {.name = "cache_hits_total", .kind = METRIC_COUNTER, .help = "Lookups answered from a loop's cache", .label = "space"},
    [CACHE_MISSES] = {.name = "cache_misses_total", .kind = METRIC_COUNTER, .help = "Lookups that went to the source", .label = "space"},
};
/* clang-format on */
const struct metric_table cache_metrics = {"cache", cache_metric_rows, COUNT_OF(cache_metric_rows)};

struct cache {
    const struct cache_space *spaces[MAX_SPACES];
    size_t space_count;
    int loops;
    struct shelf **shelves;  /* [loop * space_count + space], made on first use by that loop */
    struct metrics *metrics; /* NULL in unit tests */
    struct budgets *budgets;
    _Atomic uint64_t space_generations[MAX_SPACES];
    _Atomic uint64_t generations[SLOTS];
};

static void register_metrics(struct cache *cache)
{
    const char *words[MAX_SPACES];
    for (size_t i = 0; i < cache->space_count; i++)
        words[i] = cache->spaces[i]->name;
    metrics_register(cache->metrics, &cache_metrics);
    for (size_t row = 0; row < cache_metrics.count; row++)
        metrics_register_words(cache->metrics, &cache_metrics, row, words, cache->space_count);
}

struct cache *cache_new(const struct platform *platform, const struct cache_space *const *spaces, int loops)
{
    struct cache *cache = MEM_NEW(struct cache);
    while (spaces[cache->space_count] != NULL) {
        REQUIRE(cache->space_count < MAX_SPACES);
        cache->spaces[cache->space_count] = spaces[cache->space_count];
        cache->space_count++;
    }
    cache->loops = loops;
    cache->shelves =
        (struct shelf **)mem_alloc_array((size_t)loops * cache->space_count + 1, sizeof(struct shelf *));
    cache->budgets = budgets_new();
    cache->metrics = platform->metrics;
    if (cache->metrics != NULL && cache->space_count != 0)
        register_metrics(cache);
    return cache;
}

void cache_free(struct cache *cache)
{
    if (cache == NULL)
        return;
    for (size_t i = 0; i < (size_t)cache->loops * cache->space_count; i++)
        shelf_free(cache->shelves[i]);
    mem_free(cache->shelves);
    budgets_free(cache->budgets);
    mem_free(cache);
}

static size_t space_index(const struct cache *cache, const struct cache_space *space)
{
    size_t i = 0;
    while (i < cache->space_count && cache->spaces[i] != space)
        i++;
    REQUIRE(i < cache->space_count);
    return i;
}

/* The calling loop's shelf; NULL off loops (the writer thread, tools), where nothing is cached. */
static struct shelf *own_shelf(struct cache *cache, size_t space)
{
    struct loop *loop = loop_self();
    if (loop == NULL || loop_index(loop) >= cache->loops)
        return NULL;
    struct shelf **shelf = &cache->shelves[(size_t)loop_index(loop) * cache->space_count + space];
    if (*shelf == NULL)
        *shelf = shelf_new(cache->spaces[space]->max_bytes);
    return *shelf;
}

static uint64_t key_hash(size_t space, struct str key)
{
    return str_hash(key) + space * UINT64_C(0x9e3779b97f4a7c15);
}

static uint64_t present_generation(const struct cache *cache, size_t space, uint32_t slot)
{
    return atomic_load_explicit(&cache->generations[slot], memory_order_acquire) +
           atomic_load_explicit(&cache->space_generations[space], memory_order_acquire);
}

static bool is_being_changed(uint64_t generation)
{
    return (generation & WRITER_MASK) != 0;
}

static bool entry_is_valid(const struct shelf_entry *entry, const struct cache_space *space,
                           uint64_t generation)
{
    return entry->generation == generation && /* nothing is stored while it is being changed */
           (space->ttl_us == 0 || loop_now_us() - entry->stored_us < space->ttl_us);
}

static void count(struct cache *cache, enum cache_metric metric, size_t space)
{
    if (cache->metrics != NULL)
        metric_add(cache->metrics, &cache_metrics, metric, space, 1);
}

bool cache_find(struct ctx *cx, const struct cache_space *space, struct str key, struct str *ret_value,
                struct cache_ticket *ret_ticket)
{
    struct cache *cache = cx->platform->cache;
    size_t index = space_index(cache, space);
    uint64_t hash = key_hash(index, key);
    uint32_t slot = (uint32_t)(hash % SLOTS);
    *ret_ticket = (struct cache_ticket){.generation = present_generation(cache, index, slot), .slot = slot};

    struct shelf *shelf = own_shelf(cache, index);
    struct shelf_entry *entry = shelf != NULL ? shelf_find(shelf, hash, key) : NULL;
    if (entry != NULL && !entry_is_valid(entry, space, ret_ticket->generation)) {
        shelf_drop(shelf, entry);
        entry = NULL;
    }
    count(cache, entry != NULL ? CACHE_HITS : CACHE_MISSES, index);
    if (entry == NULL)
        return false;
    *ret_value = arena_str(cx->arena, shelf_value(entry));
    return true;
}

void cache_put(struct ctx *cx, const struct cache_space *space, struct str key, struct cache_ticket ticket,
               struct str value)
{
    struct cache *cache = cx->platform->cache;
    size_t index = space_index(cache, space);
    struct shelf *shelf = own_shelf(cache, index);
    if (shelf == NULL || is_being_changed(ticket.generation) ||
        ticket.generation != present_generation(cache, index, ticket.slot))
        return;
    shelf_put(shelf, key_hash(index, key), key, value, ticket.generation, loop_now_us());
}

/* Of one key, or of the whole space when the key is absent. */
static void advance(const struct platform *platform, const struct cache_space *space, struct str key,
                    uint64_t step)
{
    struct cache *cache = platform->cache;
    size_t index = space_index(cache, space);
    _Atomic uint64_t *generation = key.ptr == NULL ? &cache->space_generations[index]
                                                   : &cache->generations[key_hash(index, key) % SLOTS];
    atomic_fetch_add_explicit(generation, step, memory_order_acq_rel);
}

void cache_bump(const struct platform *platform, const struct cache_space *space, struct str key)
{
    advance(platform, space, key, GENERATION);
}

void cache_bump_all(const struct platform *platform, const struct cache_space *space)
{
    advance(platform, space, STR_NONE, GENERATION);
}

struct pending_bump {
    const struct cache_space *space;
    struct str key; /* absent: the whole space */
};

static void bump_now(struct ctx *cx, void *arg)
{
    const struct pending_bump *bump = arg;
    advance(cx->platform, bump->space, bump->key, GENERATION - WRITER);
}

static void bump_at_end(struct ctx *cx, struct tx *tx, const struct cache_space *space, struct str key)
{
    struct pending_bump *bump = ARENA_NEW(cx->arena, struct pending_bump);
    *bump = (struct pending_bump){.space = space, .key = key};
    advance(cx->platform, space, key, WRITER);
    tx_after_end(tx, bump_now, bump);
}

void cache_bump_on_commit(struct ctx *cx, struct tx *tx, const struct cache_space *space, struct str key)
{
    bump_at_end(cx, tx, space, arena_str(cx->arena, key));
}

void cache_bump_all_on_commit(struct ctx *cx, struct tx *tx, const struct cache_space *space)
{
    bump_at_end(cx, tx, space, STR_NONE);
}

bool cache_spend(struct ctx *cx, const struct cache_budget *budget, struct str key, int64_t cost,
                 int64_t *ret_remaining, int64_t *ret_wait_us)
{
    const struct budget_draw draw = {
        .budget = budget, .key_hash = str_hash(key), .cost = cost, .now_us = loop_now_us()};
    return budgets_spend(cx->platform->cache->budgets, &draw, ret_remaining, ret_wait_us);
}
