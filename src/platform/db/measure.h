/* SPDX-License-Identifier: AGPL-3.0-or-later
 * The database's metrics. */
#ifndef PLATFORM_DB_MEASURE_H
#define PLATFORM_DB_MEASURE_H

#include "platform/db/db.h"
#include "platform/metrics/metrics.h"

enum db_lane { LANE_INLINE, LANE_READER, LANE_WRITER, LANE_SHARED, LANE_POOL, LANE_COUNT };

/* Where work waits before it begins; what is vital apart from the rest. */
enum db_wait { WAIT_WRITER, WAIT_READER, WAIT_POOL, WAIT_COUNT };

enum db_metric {
    METRIC_DB_SECONDS,
    METRIC_DB_FAILURES,
    METRIC_DB_GROUP,
    METRIC_DB_WAIT,
    METRIC_DB_COMMIT,
    METRIC_DB_CHECKPOINT,
    METRIC_DB_RERUNS,
    METRIC_DB_MOVED,
    METRIC_DB_CONNECTIONS,
    METRIC_DB_COUNT
};

extern const struct metric_table db_metric_table;

/* Seconds of one statement or transaction in a lane; us since `started_us` (monotonic). Counts it as a failure when error is
 * neither NULL nor the caller's own doing. */
void measure_lane(const struct ctx *cx, enum db_lane lane, int64_t started_us, const struct error *error);
/* us that the context's work waited, since `started_us` (monotonic). */
void measure_wait(const struct ctx *cx, enum db_wait wait, int64_t started_us);
void measure_value(const struct platform *platform, enum db_metric metric, double value);
/* The same, in seconds since `started_us` (monotonic). */
void measure_since(const struct platform *platform, enum db_metric metric, int64_t started_us);
void measure_count(const struct platform *platform, enum db_metric metric, int64_t by);

int64_t measure_now_us(void);

#endif
