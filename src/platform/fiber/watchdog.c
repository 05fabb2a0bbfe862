/* SPDX-License-Identifier: AGPL-3.0-or-later
 * The watchdog's thread and its reports. Loops measure their turns themselves; the thread only looks, a few
 * dozen times a second, whether one of them has been in the same turn for too long. */
#include "platform/fiber/watchdog.h"

#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/require/require.h"

#include "platform/fiber/scheduler.h"
#include "platform/fiber/stall_trace.h"
#include "platform/fiber/thread.h"
#include "platform/log/log.h"

#define WATCHDOG_PERIOD_MS 20
#define WATCHDOG_REPORT_US INT64_C(50000)

/* clang-format off */
static const struct metric rows[] = {
    [FIBER_METRIC_STALLS] = {.name = "loop_stalls_total", .kind = METRIC_COUNTER, .help = "Turns of a loop that took over a millisecond"},
    [FIBER_METRIC_ALIVE]  = {.name = "fibers_alive", .kind = METRIC_GAUGE, .help = "Fibers that have not ended, on all loops"},
};
/* clang-format on */
const struct metric_table fiber_metrics = {.part = "fiber", .rows = rows, .count = COUNT_OF(rows)};

/* Of the process, as its loops are. Only loop_watchdog_start and _stop, which do not race, and the thread. */
static struct {
    bool is_started;
    pthread_t thread;
    int stop_fd; /* an eventfd; readable: stop */
    struct log *log;
    struct metrics *metrics;
    uint64_t counted_stalls;
} watchdog;

static void report(struct loop *loop, int64_t spent_us)
{
    const char *name = atomic_load_explicit(&loop->running_name, memory_order_relaxed);
    char trace[STALL_TRACE_CHARS];
    stall_trace_take(loop->thread_id, trace);
    LOG_TO(watchdog.log, NULL, LOG_WARN, "fiber.loop.stalled", log_i64("loop", loop->options.index),
           log_text("fiber", str_cstr(name != NULL ? name : "")), log_i64("ms", spent_us / 1000),
           log_text("trace", str_cstr(trace)));
}

static void inspect(struct loop *loop, void *arg)
{
    int64_t *alive = arg;
    *alive += atomic_load_explicit(&loop->alive_shown, memory_order_relaxed);
    int64_t started_us = atomic_load_explicit(&loop->turn_started_us, memory_order_relaxed);
    int64_t spent_us = monotonic_now_us() - started_us;
    if (started_us == 0 || spent_us <= WATCHDOG_REPORT_US || started_us == loop->reported_turn_us)
        return;
    loop->reported_turn_us = started_us;
    if (watchdog.log != NULL)
        report(loop, spent_us);
}

static void look(void)
{
    int64_t alive = 0;
    loops_each(inspect, &alive);
    if (watchdog.metrics == NULL)
        return;
    uint64_t stalls = loops_stall_count();
    metric_add(watchdog.metrics, &fiber_metrics, FIBER_METRIC_STALLS, 0,
               (int64_t)(stalls - watchdog.counted_stalls));
    watchdog.counted_stalls = stalls;
    metric_set(watchdog.metrics, &fiber_metrics, FIBER_METRIC_ALIVE, 0, alive);
}

/* False when it is time to stop. A span, not a point of time: whatever becomes of the clocks, this waits. */
static bool wait_a_period(void)
{
    struct pollfd stop = {.fd = watchdog.stop_fd, .events = POLLIN};
    return poll(&stop, 1, WATCHDOG_PERIOD_MS) <= 0;
}

static void *watch(void *arg)
{
    do {
        look();
    } while (wait_a_period());
    look(); /* what the last turns counted */
    return arg;
}

void loop_watchdog_start(struct log *log, struct metrics *metrics)
{
    REQUIRE(!watchdog.is_started);
    watchdog.is_started = true;
    watchdog.stop_fd = eventfd(0, EFD_CLOEXEC);
    REQUIRE(watchdog.stop_fd >= 0);
    watchdog.log = log;
    watchdog.metrics = metrics;
    watchdog.counted_stalls = loops_stall_count();
    stall_trace_prepare();
    thread_start(&watchdog.thread, "watchdog", watch, NULL);
}

void loop_watchdog_stop(void)
{
    if (!watchdog.is_started)
        return;
    REQUIRE(eventfd_write(watchdog.stop_fd, 1) == 0);
    REQUIRE(pthread_join(watchdog.thread, NULL) == 0);
    close(watchdog.stop_fd);
    watchdog.is_started = false;
}
