/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Fibers: linear code on a loop. A fiber is pinned to its loop, runs on a pooled 64 KiB stack with a guard
 * page and parks instead of blocking. A parked fiber has exactly one wake source; whatever else wants its
 * attention sets a flag (cancel) that the park reports. Switches are annotated for ASan, TSan and valgrind. */
#ifndef PLATFORM_FIBER_FIBER_H
#define PLATFORM_FIBER_FIBER_H

#include <stdbool.h>
#include <stdint.h>

#include "platform/ctx/ctx.h"
#include "platform/fiber/loop.h"

struct fiber;
typedef void (*fiber_fn)(void *arg);

/* Starts fn(arg) on the calling thread's loop, later (never inside this call). NULL when max_fibers are alive
 * or no stack can be mapped: the caller refuses the work (503). name is a literal, for stalls and dumps. */
struct fiber *fiber_spawn(const char *name, fiber_fn fn, void *arg) MUST_USE;

/* For a fiber that was spawned and has not begun: whether others would run before it; and to be vital from the start. */
bool fiber_waits_behind_others(const struct fiber *fiber);
void fiber_hurry(struct fiber *fiber);
/* Whether the running fiber goes before others whenever it is woken. Of a row of vital ones some let one of the others in between, so
 * that nobody waits for ever. Returns whether it did. */
bool fiber_set_vital(bool is_vital);

/* As fiber_spawn, on another loop, from any thread; REQUIREs that it can be started. A loop that has stopped never
 * starts it. */
void fiber_spawn_on(struct loop *loop, const char *name, fiber_fn fn, void *arg);

/* The running fiber, or NULL in loop context. */
struct fiber *fiber_self(void);

enum fiber_wakeup {
    FIBER_WOKEN,
    FIBER_TIMED_OUT,
    FIBER_CANCELLED /* cancel was asked for, before or during the park; stays set until the fiber ends */
};

/* Parks the running fiber until fiber_wake, the deadline (monotonic; INT64_MAX: none) or a cancel.
 * After a return other than WOKEN the caller must disarm its wake source before it parks again. */
enum fiber_wakeup fiber_park(int64_t deadline_us) MUST_USE;

/* As fiber_park, but deaf to cancels and without deadline: for waits that may not be left, such as a commit in
 * progress on the writer thread. */
void fiber_park_firmly(void);

/* Makes a parked fiber of this loop runnable; before the park, the park returns at once. */
void fiber_wake(struct fiber *fiber);
/* The same from any thread. The fiber must not be able to end before the wake arrives: it waits for it. */
void fiber_wake_from_thread(struct fiber *fiber);

/* Asks the fiber to stop: its current or next fiber_park says so. Same loop only. */
void fiber_cancel(struct fiber *fiber);
bool fiber_is_cancelled(const struct fiber *fiber);

/* Parks until then; CANCELLED error when asked to stop. */
MUST_USE struct error *fiber_sleep_until(struct ctx *cx, int64_t due_us);
/* Lets other fibers of the loop run. */
void fiber_yield(void);

/* Parks until the descriptor is ready; nothing else on this loop watches it meanwhile. ret_events gets the epoll
 * events. Errors: timeout, cancelled. */
MUST_USE struct error *fiber_wait_fd(struct ctx *cx, int fd, uint32_t events, int64_t deadline_us,
                                     uint32_t *ret_events);

/* Counting gate for fibers of one loop: at most `permits` inside; first come, first served, the vital (ctx.h) before others, but for one
 * in eight. `reserve` of the permits are for the vital alone. */
struct fiber_gate {
    int permits; /* left */
    int reserve;
    unsigned vital_in_row; /* let in since the last of the others */
    struct list vital_waiters;
    struct list waiters;
};
void fiber_gate_init(struct fiber_gate *gate, int permits, int reserve);
/* Whether somebody could enter without waiting. */
bool fiber_gate_is_open(const struct ctx *cx, const struct fiber_gate *gate);
/* Errors: timeout, cancelled. */
MUST_USE struct error *fiber_gate_enter(struct ctx *cx, struct fiber_gate *gate, int64_t deadline_us);
void fiber_gate_leave(struct fiber_gate *gate);
/* How long the first of those who are not vital has waited; 0: none waits. */
int64_t fiber_gate_wait_us(const struct fiber_gate *gate);

/* Bounded first-in-first-out queue of pointers between fibers of one loop. */
struct channel;
struct channel *channel_new(size_t capacity);
void channel_free(struct channel *channel); /* nobody may be waiting; accepts NULL */
/* Parks while full. Errors: timeout, cancelled; gone when closed. */
MUST_USE struct error *channel_send(struct ctx *cx, struct channel *channel, void *item, int64_t deadline_us);
/* Without parking; false when full or closed. */
bool channel_try_send(struct channel *channel, void *item);
/* Parks while empty. ret_item gets NULL once the channel is closed and drained. Errors: timeout, cancelled. */
MUST_USE struct error *channel_receive(struct ctx *cx, struct channel *channel, int64_t deadline_us,
                                       void **ret_item);
void channel_close(struct channel *channel);

#endif
