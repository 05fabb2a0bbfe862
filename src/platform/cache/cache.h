/* SPDX-License-Identifier: AGPL-3.0-or-later
 * In-process caches, one per loop and space, validated on every hit against one shared array of atomic generations. A writer
 * bumps the generation after its commit and before the acknowledgement, so a revoked session or a changed spec is seen by
 * every loop at once. Other instances follow within the space's ttl (Redis later). */
#ifndef PLATFORM_CACHE_CACHE_H
#define PLATFORM_CACHE_CACHE_H

#include <stdbool.h>
#include <stdint.h>

#include "platform/ctx/ctx.h"

struct loop;
struct tx;

/* A kind of cached thing; static, registered by its module. */
struct cache_space {
    const char *name; /* "catalog.spec" */
    size_t max_bytes; /* per loop; least recently used go first */
    int64_t ttl_us;   /* upper bound of age; 0: none */
};

struct cache *cache_new(const struct platform *platform, const struct cache_space *const *spaces, int loops);
void cache_free(struct cache *cache); /* accepts NULL */

/* What a lookup saw: kept until cache_put, so that a value read before a bump is not stored after it. */
struct cache_ticket {
    uint64_t generation;
    uint32_t slot;
};

/* True with the value (copied to the arena) on a valid hit; else false, and ret_ticket for the put. Never parks. */
bool cache_find(struct ctx *cx, const struct cache_space *space, struct str key, struct str *ret_value,
                struct cache_ticket *ret_ticket);
void cache_put(struct ctx *cx, const struct cache_space *space, struct str key, struct cache_ticket ticket,
               struct str value);

/* Makes every loop's entry under that key invalid, at once. Any thread. */
void cache_bump(const struct platform *platform, const struct cache_space *space, struct str key);
/* Every entry of the space. */
void cache_bump_all(const struct platform *platform, const struct cache_space *space);
/* From this call to the transaction's end, and its bump, nobody finds the entry: between the commit and the bump others may
 * already have read the new rows. Call it before the commit, inside the transaction. */
void cache_bump_on_commit(struct ctx *cx, struct tx *tx, const struct cache_space *space, struct str key);
void cache_bump_all_on_commit(struct ctx *cx, struct tx *tx, const struct cache_space *space);

/* Shared counters for rate limits: adds cost to the key's bucket that refills `per_period` every period_us; false and the wait
 * when it is empty. In process now, Redis later. */
struct cache_budget {
    int64_t per_period;
    int64_t period_us;
    int64_t burst; /* bucket size */
};
bool cache_spend(struct ctx *cx, const struct cache_budget *budget, struct str key, int64_t cost,
                 int64_t *ret_remaining, int64_t *ret_wait_us);

#endif
