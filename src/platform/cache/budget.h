/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Rate budgets shared by all loops, by the generic cell rate algorithm: one time per key says when its bucket will be full
 * again. A fixed table, so that strangers cannot make it grow; when a set is full, the key whose bucket is nearest to full is
 * forgotten, which only ever favours the client. */
#ifndef PLATFORM_CACHE_BUDGET_H
#define PLATFORM_CACHE_BUDGET_H

#include <stdbool.h>
#include <stdint.h>

#include "platform/cache/cache.h"

struct budgets;

struct budgets *budgets_new(void);
void budgets_free(struct budgets *budgets); /* accepts NULL */

struct budget_draw {
    const struct cache_budget *budget;
    uint64_t key_hash;
    int64_t cost; /* at most budget->burst */
    int64_t now_us;
};

/* Any thread. */
bool budgets_spend(struct budgets *budgets, const struct budget_draw *draw, int64_t *ret_remaining,
                   int64_t *ret_wait_us);

#endif
