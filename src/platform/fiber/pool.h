/* SPDX-License-Identifier: AGPL-3.0-or-later
 * The blocking pool: threads for work that would stall a loop (fsync, hashing of files, name look-up) and one
 * low-priority thread with a bounded queue for password hashing (platform->blocking_pool, ->hashing_pool).
 * The calling fiber parks firmly meanwhile. What is vital (ctx.h) goes before others, but for one in eight. */
#ifndef PLATFORM_FIBER_POOL_H
#define PLATFORM_FIBER_POOL_H

#include "platform/ctx/ctx.h"

struct pool;

struct pool_options {
    const char *name;
    int threads;
    int max_queue; /* waiting calls beyond which pool_call answers RATE_LIMITED */
    int nice;      /* 0–19: scheduling niceness of its threads */
};

struct pool *pool_new(const struct pool_options *options);
/* Finishes what is queued, then joins. Accepts NULL. */
void pool_free(struct pool *pool);

/* Runs fn(arg) on a pool thread while the fiber is parked; off fibers it runs fn right here.
 * Errors: rate_limited when the queue is full (fn did not run). arg may point to the fiber's stack and arena. */
MUST_USE struct error *pool_call(struct ctx *cx, struct pool *pool, void (*fn)(void *arg), void *arg);

/* Calls waiting or running, for metrics and tests. */
int pool_depth(const struct pool *pool);

#endif
