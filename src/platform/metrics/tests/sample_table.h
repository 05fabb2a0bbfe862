/* SPDX-License-Identifier: AGPL-3.0-or-later
 * A metric table with a row of every shape, for the tests. */
#ifndef PLATFORM_METRICS_TESTS_SAMPLE_TABLE_H
#define PLATFORM_METRICS_TESTS_SAMPLE_TABLE_H

#include "platform/metrics/metrics.h"

enum { SAMPLE_PLAYS, SAMPLE_SALES, SAMPLE_ROOMS, SAMPLE_QUEUE, SAMPLE_WAIT, SAMPLE_ROUTE };

static const char *const sample_media[] = {"vinyl", "tape \"C90\"\\"};
static const double sample_bounds[] = {0.5, 1, 10};

/* clang-format off */
static const struct metric sample_rows[] = {
    [SAMPLE_PLAYS] = {.name = "shop_plays_total", .kind = METRIC_COUNTER, .help = "Plays."},
    [SAMPLE_SALES] = {.name = "shop_sales_total", .kind = METRIC_COUNTER, .help = "Sales by medium.",
                      .label = "medium", .label_words = sample_media, .label_count = COUNT_OF(sample_media)},
    [SAMPLE_ROOMS] = {.name = "shop_rooms", .kind = METRIC_GAUGE, .help = "Open rooms."},
    [SAMPLE_QUEUE] = {.name = "shop_queue_bytes", .kind = METRIC_GAUGE, .help = "Bytes that wait."},
    [SAMPLE_WAIT]  = {.name = "shop_wait_seconds", .kind = METRIC_HISTOGRAM, .help = "Time waited.",
                      .buckets = sample_bounds, .bucket_count = COUNT_OF(sample_bounds)},
    [SAMPLE_ROUTE] = {.name = "shop_route_seconds", .kind = METRIC_HISTOGRAM, .help = "Time by route.", .label = "route",
                      .buckets = sample_bounds, .bucket_count = COUNT_OF(sample_bounds)},
};
/* clang-format on */

static const struct metric_table sample_table = {
    .part = "shop", .rows = sample_rows, .count = COUNT_OF(sample_rows)};

#endif
