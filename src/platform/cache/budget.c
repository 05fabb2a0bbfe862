/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Rate budgets. See budget.h. */
#include "platform/cache/budget.h"

#include <pthread.h>

#include "base/mem/alloc.h"

enum { SHARDS = 32, SETS = 512, WAYS = 8 };

struct cell {
    uint64_t key_hash; /* 0: free */
    int64_t full_at_us;
};

struct shard {
    pthread_mutex_t mutex; /* held for some hundred nanoseconds */
    struct cell cells[SETS][WAYS];
};

struct budgets {
    struct shard shards[SHARDS];
};

struct budgets *budgets_new(void)
{
    struct budgets *budgets = MEM_NEW(struct budgets);
    for (int i = 0; i < SHARDS; i++)
        pthread_mutex_init(&budgets->shards[i].mutex, NULL);
    return budgets;
}

void budgets_free(struct budgets *budgets)
{
    if (budgets == NULL)
        return;
    for (int i = 0; i < SHARDS; i++)
        pthread_mutex_destroy(&budgets->shards[i].mutex);
    mem_free(budgets);
}

static struct cell *find_cell(struct shard *shard, uint64_t key_hash)
{
    struct cell *set = shard->cells[key_hash / SHARDS % SETS];
    struct cell *victim = &set[0];
    for (int way = 0; way < WAYS; way++) {
        if (set[way].key_hash == key_hash)
            return &set[way];
        if (set[way].full_at_us < victim->full_at_us)
            victim = &set[way];
    }
    *victim = (struct cell){.key_hash = key_hash};
    return victim;
}

bool budgets_spend(struct budgets *budgets, const struct budget_draw *draw, int64_t *ret_remaining,
                   int64_t *ret_wait_us)
{
    int64_t unit_us = draw->budget->period_us / draw->budget->per_period;
    int64_t bucket_us = unit_us * draw->budget->burst;
    int64_t now_us = draw->now_us;
    struct shard *shard = &budgets->shards[draw->key_hash % SHARDS];

    pthread_mutex_lock(&shard->mutex);
    struct cell *cell = find_cell(shard, draw->key_hash | 1);
    int64_t start_us = cell->full_at_us > now_us ? cell->full_at_us : now_us;
    int64_t full_at_us = start_us + draw->cost * unit_us;
    bool is_granted = full_at_us - now_us <= bucket_us;
    if (is_granted)
        cell->full_at_us = full_at_us;
    pthread_mutex_unlock(&shard->mutex);

    int64_t spent_us = (is_granted ? full_at_us : start_us) - now_us;
    *ret_remaining = spent_us >= bucket_us ? 0 : (bucket_us - spent_us) / unit_us;
    *ret_wait_us = is_granted ? 0 : full_at_us - now_us - bucket_us;
    return is_granted;
}
