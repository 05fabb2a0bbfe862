/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Readiness of descriptors. epoll carries the address of the watch, so a stopped watch must also vanish from
 * what the turn has collected already. */
#include <errno.h>

#include "base/require/require.h"

#include "platform/fiber/scheduler.h"

static void io_watch_control(struct loop *loop, struct io_watch *watch, int operation)
{
    REQUIRE(loop == loop_self() || !loop->is_running);
    struct epoll_event event = {.events = watch->events, .data.ptr = watch};
    REQUIRE(epoll_ctl(loop->epoll_fd, operation, watch->fd, &event) == 0);
}

void io_watch_start(struct loop *loop, struct io_watch *watch)
{
    io_watch_control(loop, watch, EPOLL_CTL_ADD);
}

void io_watch_change(struct loop *loop, struct io_watch *watch, uint32_t events)
{
    watch->events = events;
    io_watch_control(loop, watch, EPOLL_CTL_MOD);
}

void io_watch_stop(struct loop *loop, struct io_watch *watch)
{
    REQUIRE(loop == loop_self() || !loop->is_running);
    /* Libraries close descriptors before they tell; the kernel has then forgotten the watch already. */
    if (epoll_ctl(loop->epoll_fd, EPOLL_CTL_DEL, watch->fd, NULL) != 0)
        REQUIRE(errno == ENOENT || errno == EBADF);
    for (int i = loop->event_next; i < loop->event_count; i++) {
        if (loop->events[i].data.ptr == watch)
            loop->events[i].data.ptr = NULL;
    }
}
