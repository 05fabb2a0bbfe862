/* SPDX-License-Identifier: AGPL-3.0-or-later
 * The database's metrics. */
#ifndef PLATFORM_DB_MEASURE_H
#define PLATFORM_DB_MEASURE_H

#include "platform/metrics/metrics.h"

enum db_lane { LANE_INLINE, LANE_READER, LANE_WRITER, LANE_SHARED, LANE_POOL, LANE_COUNT };

enum db_metric {
    METRIC_DB_SECONDS,
    METRIC_DB_FAILURES,
    METRIC_DB_GROUP,
    METRIC_DB_POOL_WAIT,
    METRIC_DB_RERUNS,
    METRIC_DB_MOVED,
    METRIC_DB_CONNECTIONS,
    METRIC_DB_COUNT
};

extern const struct metric_table db_metric_table;

/* Seconds of one statement or transaction in a lane; us since `started_us` (monotonic). Counts it as a failure when error is
 * neither NULL nor the caller's own doing. */
void measure_lane(const struct ctx *cx, enum db_lane lane, int64_t started_us, const struct error *error);
void measure_value(const struct platform *platform, enum db_metric metric, double value);
void measure_count(const struct platform *platform, enum db_metric metric, int64_t by);

int64_t measure_now_us(void);

#endif
