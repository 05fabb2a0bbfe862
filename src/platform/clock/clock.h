/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Wall-clock time as a dependency: real in the program, set by hand in tests. Durations and deadlines use
 * loop_now_us (monotonic) instead. */
#ifndef PLATFORM_CLOCK_CLOCK_H
#define PLATFORM_CLOCK_CLOCK_H

#include "base/value/instant.h"

#include "platform/ctx/ctx.h"

struct clock *clock_new_real(void);
struct clock *clock_new_fake(struct instant start);
void clock_free(struct clock *clock); /* accepts NULL */

/* UTC now. Microseconds strictly increase within the process. */
struct instant clock_now(const struct ctx *cx);
struct instant clock_read(struct clock *clock);

/* Fake clocks only. */
void clock_set(struct clock *clock, struct instant now);
void clock_advance(struct clock *clock, int64_t us);

#endif
