/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Waits of a fiber for a time and for a descriptor. */
#include "base/require/require.h"

#include "platform/fiber/fiber.h"
#include "platform/fiber/scheduler.h"

struct error *fiber_wakeup_error(struct ctx *cx, enum fiber_wakeup wakeup)
{
    REQUIRE(wakeup != FIBER_WOKEN);
    return wakeup == FIBER_TIMED_OUT ? ERROR_CODE(cx, TIMEOUT, "the deadline passed")
                                     : ERROR_CODE(cx, CANCELLED, "the work was cancelled");
}

struct error *fiber_sleep_until(struct ctx *cx, int64_t due_us)
{
    for (;;) {
        switch (fiber_park(due_us)) {
        case FIBER_WOKEN: /* by a wake that came too late for an earlier wait */
            continue;
        case FIBER_TIMED_OUT:
            return NULL;
        case FIBER_CANCELLED:
            return fiber_wakeup_error(cx, FIBER_CANCELLED);
        }
    }
}

struct fd_wait {
    struct io_watch watch;
    struct fiber *fiber;
    uint32_t events; /* 0: not ready yet */
};

static void fd_ready(struct io_watch *watch, uint32_t events)
{
    struct fd_wait *wait = LIST_OWNER(watch, struct fd_wait, watch);
    wait->events = events;
    fiber_wake(wait->fiber);
}

struct error *fiber_wait_fd(struct ctx *cx, int fd, uint32_t events, int64_t deadline_us,
                            uint32_t *ret_events)
{
    struct fd_wait wait = {
        .watch = {.fd = fd, .events = events | EPOLLONESHOT, .ready = fd_ready},
        .fiber = fiber_self(),
    };
    io_watch_start(loop_self(), &wait.watch);
    enum fiber_wakeup wakeup;
    do {
        wakeup = fiber_park(deadline_us);
    } while (wakeup == FIBER_WOKEN && wait.events == 0);
    io_watch_stop(loop_self(), &wait.watch);
    if (wait.events == 0)
        return fiber_wakeup_error(cx, wakeup);
    *ret_events = wait.events;
    return NULL;
}
