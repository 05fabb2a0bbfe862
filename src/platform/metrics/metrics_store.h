/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Where the numbers are. Private to metrics.
 *
 * Every series has one or more cells with a fixed index. A thread that counts owns a shard with a cell for each index
 * and is its only writer, so an addition is a plain load and store without a lock or a shared cache line; a scrape
 * sums over the shards. Shards are mapped once at full size and touched page by page, so registering a table never
 * moves a cell. A shard stays when its thread ends, since its counts must stay: threads are few and long-lived. */
#ifndef PLATFORM_METRICS_METRICS_STORE_H
#define PLATFORM_METRICS_METRICS_STORE_H

#include <pthread.h>
#include <stdatomic.h>

#include "platform/metrics/metrics.h"

#define METRICS_MAX_CELLS     65536
#define METRICS_MAX_TABLES    128 /* a power of two */
#define METRICS_MAX_REFRESHES 32

struct metric_shard {
    struct metric_shard *next;
    _Alignas(64) _Atomic int64_t cells[METRICS_MAX_CELLS];
};

/* One registered row. Cells of label l: first_cell + l * width … A counter or gauge has one cell per label; a
 * histogram has one per bucket, one for what is above them all, and the sum as the bits of a double. */
struct metric_row {
    const struct metric *metric;
    enum metric_kind kind;
    uint32_t first_cell;
    uint32_t width;
    uint32_t label_count; /* 1 without a label; 0 while its words are not known */
    const char *const *words;
};

struct metric_entry {
    const struct metric_table *table;
    struct metric_row *rows;
};

struct metric_refresh {
    void (*fn)(void *arg);
    void *arg;
};

struct metrics {
    uint64_t id;         /* of this object, never used again: a thread tells by it whose shard it has */
    struct arena *arena; /* rows and words */
    struct metric_entry by_address[METRICS_MAX_TABLES]; /* open addressing */
    struct metric_entry in_order[METRICS_MAX_TABLES];
    size_t table_count;
    uint32_t cell_count;
    pthread_mutex_t lock; /* guards what follows */
    struct metric_shard *shards;
    struct metric_refresh refreshes[METRICS_MAX_REFRESHES];
    size_t refresh_count;
    struct metric_shard *set_values; /* what metric_set left; any thread, the last one wins */
};

/* The sum of a cell over all threads. The lock is held. */
int64_t metrics_sum(const struct metrics *metrics, uint32_t cell);
double metrics_sum_f64(const struct metrics *metrics, uint32_t cell);

/* The rows of process_* metrics, and their present values as exposition text. */
extern const struct metric_table process_metric_table;
void process_metrics_write(struct strbuf *out);

/* "# HELP" and "# TYPE" lines. */
void metric_write_head(const struct metric *metric, struct strbuf *out);

#endif
