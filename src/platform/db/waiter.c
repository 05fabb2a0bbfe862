/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Waiting on a fiber or on a thread. */
#include "platform/db/waiter.h"

#include <errno.h>

#include "base/require/require.h"

#include "platform/fiber/fiber.h"

void waiter_init(struct waiter *waiter)
{
    waiter->fiber = fiber_self();
    REQUIRE(waiter->fiber != NULL || loop_self() == NULL);
    REQUIRE(sem_init(&waiter->done, 0, 0) == 0);
}

void waiter_wait(struct waiter *waiter)
{
    if (waiter->fiber != NULL) {
        fiber_park_firmly();
    } else {
        while (sem_wait(&waiter->done) != 0)
            REQUIRE(errno == EINTR);
    }
    sem_destroy(&waiter->done);
}

void waiter_wake(struct waiter *waiter)
{
    if (waiter->fiber != NULL)
        fiber_wake_from_thread(waiter->fiber);
    else
        REQUIRE(sem_post(&waiter->done) == 0);
}
