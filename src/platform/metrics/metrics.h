/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Metrics as rows: name, kind, unit, labels from closed sets, one line of help. Counters are per loop and thread and summed
 * when scraped, so counting costs no shared cache line. Exposed as Prometheus text. */
#ifndef PLATFORM_METRICS_METRICS_H
#define PLATFORM_METRICS_METRICS_H

#include <stddef.h>
#include <stdint.h>

#include "base/text/strbuf.h"

#include "platform/ctx/ctx.h"

enum metric_kind { METRIC_COUNTER, METRIC_GAUGE, METRIC_HISTOGRAM };

/* A row of a part's metric table, indexed by that part's own enum. */
struct metric {
    const char *name; /* "http_requests_total", with unit */
    enum metric_kind kind;
    const char *help;
    const char *label;              /* one label name, or NULL */
    const char *const *label_words; /* its closed set of values; NULL: words are given at registration */
    size_t label_count;
    const double *buckets; /* HISTOGRAM, ascending upper bounds without +Inf */
    size_t bucket_count;
};

struct metric_table {
    const char *part;
    const struct metric *rows;
    size_t count;
};

/* Bounds for latencies in seconds, 100 us to 10 s. */
#define METRIC_LATENCY_BUCKETS 16
extern const double metric_latency_buckets[METRIC_LATENCY_BUCKETS];
extern const size_t metric_latency_bucket_count;

struct metrics *metrics_new(void);
void metrics_free(struct metrics *metrics); /* accepts NULL */

/* Before the loops start. Words for a row whose closed set is known only at start (route names). */
void metrics_register(struct metrics *metrics, const struct metric_table *table);
void metrics_register_words(struct metrics *metrics, const struct metric_table *table, size_t row,
                            const char *const *words, size_t count);

/* label is an index into the row's words, 0 without a label. From any thread; threads are few and long-lived, since each
 * keeps a shard. A gauge is either set (the last one wins) or added to, not both. */
void metric_add(struct metrics *metrics, const struct metric_table *table, size_t row, size_t label,
                int64_t by);
void metric_set(struct metrics *metrics, const struct metric_table *table, size_t row, size_t label,
                int64_t value);
void metric_observe(struct metrics *metrics, const struct metric_table *table, size_t row, size_t label,
                    double value);
int64_t metric_read(struct metrics *metrics, const struct metric_table *table, size_t row, size_t label);

/* Called just before a scrape to refresh gauges; any thread. */
void metrics_on_scrape(struct metrics *metrics, void (*refresh)(void *arg), void *arg);

/* The exposition text (version 0.0.4), including process_* metrics. Reads /proc: not on a loop. */
void metrics_write(struct metrics *metrics, struct strbuf *out);
void metrics_print_reference(const struct metric_table *const *tables, struct strbuf *out);

#endif
