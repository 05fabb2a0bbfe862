/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Runs a test's body on a fiber of a loop of its own, for whatever parks. */
#ifndef LIB_ON_LOOP_H
#define LIB_ON_LOOP_H

#include <stdint.h>

#include "platform/ctx/ctx.h"

typedef void (*on_loop_fn)(struct ctx *cx, void *arg);

/* Calls fn on a fiber of a fresh loop on this thread and returns when fn has returned and the loop has
 * stopped: fibers that fn left behind are cancelled and run to their end. The context has an arena of its own,
 * an empty platform, the anonymous caller and no deadline; fn may change it. Asserts of cmocka may be used. */
void on_loop(on_loop_fn fn, void *arg);

struct on_loop_options {
    const struct platform *platform; /* NULL: an empty one */
    uint64_t shuffle_seed;           /* as in struct loop_options */
    int max_fibers;                  /* as in struct loop_options */
};

void on_loop_with(const struct on_loop_options *options, on_loop_fn fn, void *arg);

#endif
