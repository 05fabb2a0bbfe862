/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Registration and counting. See metrics_store.h for how cells are kept. */
#include "platform/metrics/metrics.h"

#include <sys/mman.h>

#include "base/mem/alloc.h"

#include "platform/metrics/metrics_store.h"

/* clang-format off */
const double metric_latency_buckets[METRIC_LATENCY_BUCKETS] = {
    0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0,
};
/* clang-format on */
const size_t metric_latency_bucket_count = COUNT_OF(metric_latency_buckets);

/* The calling thread's shard and the metrics it belongs to. Read and used within one call, so a fiber switch can
 * never come between. */
static _Thread_local uint64_t my_metrics_id;
static _Thread_local struct metric_shard *my_shard;

static struct metric_shard *map_shard(void)
{
    void *memory =
        mmap(NULL, sizeof(struct metric_shard), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    REQUIRE(memory != MAP_FAILED);
    return memory;
}

struct metrics *metrics_new(void)
{
    static _Atomic uint64_t last_id;
    struct metrics *metrics = MEM_NEW(struct metrics);
    metrics->id = atomic_fetch_add(&last_id, 1) + 1;
    metrics->arena = arena_new(0);
    metrics->set_values = map_shard();
    REQUIRE(pthread_mutex_init(&metrics->lock, NULL) == 0);
    return metrics;
}

void metrics_free(struct metrics *metrics)
{
    if (metrics == NULL)
        return;
    for (struct metric_shard *shard = metrics->shards; shard != NULL;) {
        struct metric_shard *next = shard->next;
        munmap(shard, sizeof(*shard));
        shard = next;
    }
    munmap(metrics->set_values, sizeof(*metrics->set_values));
    pthread_mutex_destroy(&metrics->lock);
    arena_free(metrics->arena);
    mem_free(metrics);
}

/* The entry of a table, or the free place for it. */
static size_t place_of(const struct metrics *metrics, const struct metric_table *table)
{
    /* Multiplicative hashing; tables are aligned, so the low bits say nothing. */
    size_t at = (size_t)(((uintptr_t)table >> 4) * UINT64_C(0x9E3779B97F4A7C15) >> 57) % METRICS_MAX_TABLES;
    while (metrics->by_address[at].table != table && metrics->by_address[at].table != NULL)
        at = (at + 1) % METRICS_MAX_TABLES;
    return at;
}

static bool is_metric_name(const char *name)
{
    for (const char *c = name; *c != '\0'; c++) {
        bool is_letter = (*c >= 'a' && *c <= 'z') || *c == '_';
        if (!is_letter && !(c > name && *c >= '0' && *c <= '9'))
            return false;
    }
    return name[0] != '\0';
}

static bool is_name_taken(const struct metrics *metrics, const char *name)
{
    for (size_t t = 0; t < metrics->table_count; t++) {
        const struct metric_table *table = metrics->in_order[t].table;
        for (size_t i = 0; i < table->count; i++) {
            if (strcmp(table->rows[i].name, name) == 0)
                return true;
        }
    }
    return false;
}

static bool is_ascending(const double *buckets, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        if (buckets[i] <= buckets[i - 1])
            return false;
    }
    return true;
}

/* Mistakes in a table stop the program at its first start. */
static void require_sound(const struct metrics *metrics, const struct metric *row)
{
    REQUIRE(is_metric_name(row->name));
    REQUIRE(!is_name_taken(metrics, row->name));
    REQUIRE(row->help != NULL && row->help[0] != '\0' && strpbrk(row->help, "\\\n|") == NULL);
    REQUIRE((row->kind == METRIC_COUNTER) == str_ends_with(str_cstr(row->name), STR("_total")));
    REQUIRE((row->kind == METRIC_HISTOGRAM) == (row->bucket_count > 0));
    REQUIRE(is_ascending(row->buckets, row->bucket_count));
    REQUIRE(row->label != NULL || row->label_words == NULL);
    REQUIRE(row->label == NULL || is_metric_name(row->label));
}

static void give_cells(struct metrics *metrics, struct metric_row *row, const char *const *words,
                       size_t count)
{
    REQUIRE(row->label_count == 0);
    REQUIRE(count > 0 && count <= (METRICS_MAX_CELLS - metrics->cell_count) / row->width);
    row->words = words;
    row->label_count = (uint32_t)count;
    row->first_cell = metrics->cell_count;
    metrics->cell_count += row->width * row->label_count;
}

static void init_row(struct metrics *metrics, struct metric_row *row, const struct metric *metric)
{
    require_sound(metrics, metric);
    row->metric = metric;
    row->kind = metric->kind;
    row->width = metric->kind == METRIC_HISTOGRAM ? (uint32_t)metric->bucket_count + 2 : 1;
    if (metric->label == NULL)
        give_cells(metrics, row, NULL, 1);
    else if (metric->label_words != NULL)
        give_cells(metrics, row, metric->label_words, metric->label_count);
}

void metrics_register(struct metrics *metrics, const struct metric_table *table)
{
    REQUIRE(metrics->table_count < METRICS_MAX_TABLES - 1); /* one place stays free, to end look-ups */
    size_t place = place_of(metrics, table);
    REQUIRE(metrics->by_address[place].table == NULL);
    struct metric_entry entry = {.table = table};
    entry.rows = ARENA_ARRAY(metrics->arena, struct metric_row, table->count);
    for (size_t i = 0; i < table->count; i++)
        init_row(metrics, &entry.rows[i], &table->rows[i]);
    metrics->by_address[place] = entry;
    metrics->in_order[metrics->table_count++] = entry;
}

static struct metric_row *find_row(struct metrics *metrics, const struct metric_table *table, size_t row)
{
    const struct metric_entry *entry = &metrics->by_address[place_of(metrics, table)];
    REQUIRE(entry->table == table && row < table->count);
    return &entry->rows[row];
}

void metrics_register_words(struct metrics *metrics, const struct metric_table *table, size_t row,
                            const char *const *words, size_t count)
{
    REQUIRE(table->rows[row].label != NULL && table->rows[row].label_words == NULL);
    const char **copies = ARENA_ARRAY(metrics->arena, const char *, count);
    for (size_t i = 0; i < count; i++)
        copies[i] = arena_cstr(metrics->arena, str_cstr(words[i]));
    give_cells(metrics, find_row(metrics, table, row), copies, count);
}

static struct metric_shard *new_shard(struct metrics *metrics)
{
    struct metric_shard *shard = map_shard();
    pthread_mutex_lock(&metrics->lock);
    shard->next = metrics->shards;
    metrics->shards = shard;
    pthread_mutex_unlock(&metrics->lock);
    my_shard = shard;
    my_metrics_id = metrics->id;
    return shard;
}

static inline struct metric_shard *shard_of(struct metrics *metrics)
{
    return __builtin_expect(my_metrics_id == metrics->id, 1) ? my_shard : new_shard(metrics);
}

/* Only the owning thread writes a cell; the atomics are there for the reader. */
static inline void add_to(_Atomic int64_t *cell, int64_t by)
{
    atomic_store_explicit(cell, atomic_load_explicit(cell, memory_order_relaxed) + by, memory_order_relaxed);
}

void metric_add(struct metrics *metrics, const struct metric_table *table, size_t row, size_t label,
                int64_t by)
{
    const struct metric_row *slots = find_row(metrics, table, row);
    REQUIRE(label < slots->label_count && slots->kind != METRIC_HISTOGRAM);
    add_to(&shard_of(metrics)->cells[slots->first_cell + label], by);
}

void metric_set(struct metrics *metrics, const struct metric_table *table, size_t row, size_t label,
                int64_t value)
{
    const struct metric_row *slots = find_row(metrics, table, row);
    REQUIRE(label < slots->label_count && slots->kind == METRIC_GAUGE);
    atomic_store_explicit(&metrics->set_values->cells[slots->first_cell + label], value,
                          memory_order_relaxed);
}

static double bits_f64(int64_t bits)
{
    double value = 0;
    memcpy(&value, &bits, sizeof(value));
    return value;
}

static int64_t f64_bits(double value)
{
    int64_t bits = 0;
    memcpy(&bits, &value, sizeof(bits));
    return bits;
}

void metric_observe(struct metrics *metrics, const struct metric_table *table, size_t row, size_t label,
                    double value)
{
    const struct metric_row *slots = find_row(metrics, table, row);
    REQUIRE(label < slots->label_count && slots->kind == METRIC_HISTOGRAM);
    size_t bucket = 0;
    while (bucket < slots->metric->bucket_count && value > slots->metric->buckets[bucket])
        bucket++;
    _Atomic int64_t *cells = &shard_of(metrics)->cells[slots->first_cell + label * slots->width];
    add_to(&cells[bucket], 1);
    _Atomic int64_t *sum = &cells[slots->width - 1];
    double before = bits_f64(atomic_load_explicit(sum, memory_order_relaxed));
    atomic_store_explicit(sum, f64_bits(before + value), memory_order_relaxed);
}

int64_t metrics_sum(const struct metrics *metrics, uint32_t cell)
{
    int64_t sum = atomic_load_explicit(&metrics->set_values->cells[cell], memory_order_relaxed);
    for (const struct metric_shard *shard = metrics->shards; shard != NULL; shard = shard->next)
        sum += atomic_load_explicit(&shard->cells[cell], memory_order_relaxed);
    return sum;
}

double metrics_sum_f64(const struct metrics *metrics, uint32_t cell)
{
    double sum = 0;
    for (const struct metric_shard *shard = metrics->shards; shard != NULL; shard = shard->next)
        sum += bits_f64(atomic_load_explicit(&shard->cells[cell], memory_order_relaxed));
    return sum;
}

int64_t metric_read(struct metrics *metrics, const struct metric_table *table, size_t row, size_t label)
{
    const struct metric_row *slots = find_row(metrics, table, row);
    REQUIRE(label < slots->label_count);
    uint32_t first = slots->first_cell + (uint32_t)label * slots->width;
    uint32_t count = slots->kind == METRIC_HISTOGRAM ? slots->width - 1 : 1;
    int64_t sum = 0;
    pthread_mutex_lock(&metrics->lock);
    for (uint32_t i = 0; i < count; i++)
        sum += metrics_sum(metrics, first + i);
    pthread_mutex_unlock(&metrics->lock);
    return sum;
}

void metrics_on_scrape(struct metrics *metrics, void (*refresh)(void *arg), void *arg)
{
    pthread_mutex_lock(&metrics->lock);
    REQUIRE(metrics->refresh_count < METRICS_MAX_REFRESHES);
    metrics->refreshes[metrics->refresh_count++] = (struct metric_refresh){refresh, arg};
    pthread_mutex_unlock(&metrics->lock);
}
