/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Many fibers at once for the suites: each runs fn with a context of its own; the starter waits for all. */
#ifndef PLATFORM_DB_TESTS_CROWD_H
#define PLATFORM_DB_TESTS_CROWD_H

#include <stdatomic.h>

#include "platform/ctx/ctx.h"

typedef void (*crowd_fn)(struct ctx *cx, size_t number, void *arg);

/* Runs fn(0) … fn(count - 1), each on a fiber. fn records what it sees; it must not assert. */
void crowd_run(struct ctx *cx, size_t count, crowd_fn fn, void *arg);

/* Lets other fibers run until *value is at least `wanted`; transactions count on threads of the database. */
void crowd_wait_until(const atomic_size_t *value, size_t wanted);

#endif
