/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Cleanup attributes: an owned thing is declared and initialised on one line and released when its
 * scope ends, on every path. Hand-over is TAKE_PTR or TAKE_FD in the statement that gives it away. */
#ifndef BASE_MEM_CLEANUP_H
#define BASE_MEM_CLEANUP_H

#include <stddef.h>

#define CLEANUP(fn) __attribute__((cleanup(fn)))

/* Defines `void type_free_p(T **)` for CLEANUP from a destructor that accepts NULL. */
#define DEFINE_CLEANUP_PTR(T, free_fn)                                                                       \
    static inline void free_fn##_p(T **owned)                                                                \
    {                                                                                                        \
        free_fn(*owned);                                                                                     \
        *owned = NULL;                                                                                       \
    }                                                                                                        \
    struct cleanup_needs_semicolon

/* The pointer, leaving NULL behind. */
#define TAKE_PTR(variable)                                                                                   \
    (__extension__({                                                                                         \
        __typeof__(variable) taken_ = (variable);                                                            \
        (variable) = NULL;                                                                                   \
        taken_;                                                                                              \
    }))

/* The descriptor, leaving -1 behind. */
#define TAKE_FD(variable)                                                                                    \
    (__extension__({                                                                                         \
        int taken_ = (variable);                                                                             \
        (variable) = -1;                                                                                     \
        taken_;                                                                                              \
    }))

void cleanup_fd(int *fd);        /* closes unless negative; keeps errno */
void cleanup_mem(void *pointer); /* mem_free of *pointer */

#define AUTO_FD  CLEANUP(cleanup_fd) int
#define AUTO_MEM CLEANUP(cleanup_mem)

#endif
