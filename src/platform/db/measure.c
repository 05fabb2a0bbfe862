/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Rows of the database's metrics; nothing is counted where the platform has no metrics (tools, tests). */
#include "platform/db/measure.h"

#include <time.h>

static const char *const lane_words[] = {
    [LANE_INLINE] = "inline", [LANE_READER] = "reader", [LANE_WRITER] = "writer",
    [LANE_SHARED] = "shared", [LANE_POOL] = "pool",
};

/* By twos: others, then vital. */
static const char *const wait_words[] = {"writer",        "writer, vital", "reader",
                                         "reader, vital", "pool",          "pool, vital"};

static const double group_buckets[] = {1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024};
static const double latency_buckets[] = {0.00001, 0.00003, 0.0001, 0.0003, 0.001, 0.003, 0.01,
                                         0.03,    0.1,     0.3,    1,      3,     10};

/* clang-format off */
static const struct metric rows[METRIC_DB_COUNT] = {
    [METRIC_DB_SECONDS] = {.name = "db_lane_seconds", .kind = METRIC_HISTOGRAM, .label = "lane", .label_words = lane_words,
        .label_count = COUNT_OF(lane_words), .buckets = latency_buckets, .bucket_count = COUNT_OF(latency_buckets),
        .help = "Time of a statement or transaction, waiting included, by the lane it took."},
    [METRIC_DB_FAILURES] = {.name = "db_failures_total", .kind = METRIC_COUNTER, .label = "lane", .label_words = lane_words,
        .label_count = COUNT_OF(lane_words), .help = "Statements and transactions that the database failed."},
    [METRIC_DB_GROUP] = {.name = "db_sqlite_group_transactions", .kind = METRIC_HISTOGRAM, .buckets = group_buckets,
        .bucket_count = COUNT_OF(group_buckets), .help = "Transactions in one commit on SQLite."},
    [METRIC_DB_WAIT] = {.name = "db_wait_seconds", .kind = METRIC_HISTOGRAM, .label = "queue", .label_words = wait_words,
        .label_count = COUNT_OF(wait_words), .buckets = latency_buckets, .bucket_count = COUNT_OF(latency_buckets),
        .help = "Time that work waited before it began: for SQLite's writer, its reader threads, a PostgreSQL connection."},
    [METRIC_DB_COMMIT] = {.name = "db_sqlite_commit_seconds", .kind = METRIC_HISTOGRAM, .buckets = latency_buckets,
        .bucket_count = COUNT_OF(latency_buckets), .help = "Time of a commit on SQLite, which waits for the disk."},
    [METRIC_DB_CHECKPOINT] = {.name = "db_sqlite_checkpoint_seconds", .kind = METRIC_HISTOGRAM, .buckets = latency_buckets,
        .bucket_count = COUNT_OF(latency_buckets), .help = "Time in which SQLite's log was moved into the database."},
    [METRIC_DB_RERUNS] = {.name = "db_transaction_reruns_total", .kind = METRIC_COUNTER,
        .help = "Transactions run again: serialization failure, deadlock, or a group that failed."},
    [METRIC_DB_MOVED] = {.name = "db_sqlite_moved_reads_total", .kind = METRIC_COUNTER,
        .help = "Reads that took too long for a loop and were begun again on a reader thread."},
    [METRIC_DB_CONNECTIONS] = {.name = "db_connects_total", .kind = METRIC_COUNTER,
        .help = "Connections opened to the database."},
};
/* clang-format on */

const struct metric_table db_metric_table = {.part = "db", .rows = rows, .count = COUNT_OF(rows)};

int64_t measure_now_us(void)
{
    struct timespec now;
    REQUIRE(clock_gettime(CLOCK_MONOTONIC, &now) == 0);
    return now.tv_sec * US_PER_SECOND + now.tv_nsec / 1000;
}

static double seconds_since(int64_t started_us)
{
    return (double)(measure_now_us() - started_us) / (double)US_PER_SECOND;
}

static bool is_the_databases(const struct error *error)
{
    return error_has_code(error, ERROR_UNAVAILABLE) || error_has_code(error, ERROR_TIMEOUT) ||
           error_has_code(error, ERROR_FULL) || error_has_code(error, ERROR_INTERNAL);
}

/* A loop's thread counts for itself, so it is read without a lock. */
static _Thread_local struct db_effort vital_effort;

struct db_effort db_vital_effort(void)
{
    return vital_effort;
}

static void note_effort(int64_t took_us)
{
    vital_effort.count++;
    vital_effort.us += took_us;
}

void measure_lane(const struct ctx *cx, enum db_lane lane, int64_t started_us, const struct error *error)
{
    struct metrics *metrics = cx->platform->metrics;
    if (cx->is_vital)
        note_effort(measure_now_us() - started_us);
    if (metrics == NULL)
        return;
    metric_observe(metrics, &db_metric_table, METRIC_DB_SECONDS, lane, seconds_since(started_us));
    if (is_the_databases(error))
        metric_add(metrics, &db_metric_table, METRIC_DB_FAILURES, lane, 1);
}

void measure_wait(const struct ctx *cx, enum db_wait wait, int64_t started_us)
{
    struct metrics *metrics = cx->platform->metrics;
    size_t label = (size_t)wait * 2 + (cx->is_vital ? 1 : 0);
    if (metrics != NULL)
        metric_observe(metrics, &db_metric_table, METRIC_DB_WAIT, label, seconds_since(started_us));
}

void measure_value(const struct platform *platform, enum db_metric metric, double value)
{
    if (platform->metrics != NULL)
        metric_observe(platform->metrics, &db_metric_table, metric, 0, value);
}

void measure_since(const struct platform *platform, enum db_metric metric, int64_t started_us)
{
    measure_value(platform, metric, seconds_since(started_us));
}

void measure_count(const struct platform *platform, enum db_metric metric, int64_t by)
{
    if (platform->metrics != NULL)
        metric_add(platform->metrics, &db_metric_table, metric, 0, by);
}
