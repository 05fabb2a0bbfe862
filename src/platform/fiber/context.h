/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Stacks and the switch between them, for this folder only. context_switch is the one place where the
 * program changes stacks, so it is the one place where ASan, TSan and valgrind are told. */
#ifndef PLATFORM_FIBER_CONTEXT_H
#define PLATFORM_FIBER_CONTEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/require/require.h"

/* One side of a switch: a fiber's own stack, or the stack of the loop's thread. */
struct context {
    void *resume_point; /* where to go on, owned by boost; stale while this side runs */
    void (*entry)(struct context *self);
    struct context *target; /* set by context_switch for the side that it enters */
    char *mapping;          /* guard page, then the stack; NULL for a thread's own stack */
    size_t mapping_bytes;
    const void *stack_bottom; /* ASan: lowest address */
    size_t stack_bytes;
    void *fake_stack; /* ASan: this side's saved fake stack */
    void *tsan_fiber;
    unsigned valgrind_id;
};

/* Sanitized code has larger frames. */
extern const size_t context_stack_factor;

/* Makes the calling thread's stack a side that can be switched away from. */
void context_init_thread(struct context *context);

/* Maps a stack of at least stack_bytes below a guard page; the first switch to it calls entry, which must end
 * with context_leave. False when the process has enough stacks, or the system no more memory. */
MUST_USE bool context_init(struct context *context, size_t stack_bytes, void (*entry)(struct context *self));

/* Releases the stack; the context must have left, or never have run. */
void context_fini(struct context *context);

/* Goes on in `to`; returns when somebody switches back to `from`. */
void context_switch(struct context *from, struct context *to);

/* As context_switch, for the last time. */
_Noreturn void context_leave(struct context *from, struct context *to);

#endif
