/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Waiting for another thread to finish a piece of work: the fiber parks firmly, a thread without fibers blocks. */
#ifndef PLATFORM_DB_WAITER_H
#define PLATFORM_DB_WAITER_H

#include <semaphore.h>

struct fiber;

struct waiter {
    struct fiber *fiber; /* NULL: the thread waits */
    sem_t done;
};

/* On the thread that will wait; in loop context, which may not block, a REQUIRE failure. */
void waiter_init(struct waiter *waiter);
void waiter_wait(struct waiter *waiter);
/* Once, from any thread. The waiter may be gone when this returns. */
void waiter_wake(struct waiter *waiter);

#endif
