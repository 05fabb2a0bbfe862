/* SPDX-License-Identifier: AGPL-3.0-or-later
 * The stall watchdog: counts the turns of all loops of the process that took over a millisecond, and logs those
 * over 50 ms while they last ("fiber.loop.stalled": loop, fiber, milliseconds so far, stack trace). */
#ifndef PLATFORM_FIBER_WATCHDOG_H
#define PLATFORM_FIBER_WATCHDOG_H

#include "platform/ctx/ctx.h"
#include "platform/metrics/metrics.h"

enum fiber_metric { FIBER_METRIC_STALLS, FIBER_METRIC_ALIVE };

/* To be registered before the watchdog starts. */
extern const struct metric_table fiber_metrics;

/* One at a time. log or metrics may be NULL. Loops may come and go meanwhile. */
void loop_watchdog_start(struct log *log, struct metrics *metrics);
/* Harmless when not started. */
void loop_watchdog_stop(void);

#endif
