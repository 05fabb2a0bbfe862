/* SPDX-License-Identifier: AGPL-3.0-or-later
 * The watchdog's thread and its reports. Loops measure their turns themselves; the thread only looks, a few
 * dozen times a second, whether one of them has been in the same turn for too long. */
#include "platform/fiber/watchdog.h"

#include <pthread.h>

#include "base/require/require.h"

#include "platform/fiber/scheduler.h"
#include "platform/fiber/stall_trace.h"
#include "platform/fiber/thread.h"
#include "platform/log/log.h"

#define WATCHDOG_PERIOD_NS 20000000L
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
    pthread_mutex_t lock; /* of is_stopping */
    pthread_cond_t stop;
    bool is_stopping;
    struct log *log;
    struct metrics *metrics;
    uint64_t counted_stalls;
} watchdog = {.lock = PTHREAD_MUTEX_INITIALIZER};

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

/* False when it is time to stop. */
static bool wait_a_period(void)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += WATCHDOG_PERIOD_NS;
    until.tv_sec += until.tv_nsec / 1000000000L;
    until.tv_nsec %= 1000000000L;
    pthread_mutex_lock(&watchdog.lock);
    while (!watchdog.is_stopping && pthread_cond_timedwait(&watchdog.stop, &watchdog.lock, &until) == 0)
        ;
    bool goes_on = !watchdog.is_stopping;
    pthread_mutex_unlock(&watchdog.lock);
    return goes_on;
}

static void *watch(void *arg)
{
    do {
        look();
    } while (wait_a_period());
    look(); /* what the last turns counted */
    return arg;
}

static void init_stop_condition(void)
{
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&watchdog.stop, &attributes);
    pthread_condattr_destroy(&attributes);
}

void loop_watchdog_start(struct log *log, struct metrics *metrics)
{
    REQUIRE(!watchdog.is_started);
    watchdog.is_started = true;
    watchdog.is_stopping = false;
    watchdog.log = log;
    watchdog.metrics = metrics;
    watchdog.counted_stalls = loops_stall_count();
    stall_trace_prepare();
    init_stop_condition();
    thread_start(&watchdog.thread, "watchdog", watch, NULL);
}

void loop_watchdog_stop(void)
{
    if (!watchdog.is_started)
        return;
    pthread_mutex_lock(&watchdog.lock);
    watchdog.is_stopping = true;
    pthread_cond_signal(&watchdog.stop);
    pthread_mutex_unlock(&watchdog.lock);
    REQUIRE(pthread_join(watchdog.thread, NULL) == 0);
    pthread_cond_destroy(&watchdog.stop);
    watchdog.is_started = false;
}
