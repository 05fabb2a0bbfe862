/* SPDX-License-Identifier: AGPL-3.0-or-later
 * The log: takes an event, limits, formats on the calling thread, hands the line to the ring or the sink. */
#include "platform/log/log.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/mem/alloc.h"
#include "base/text/utf8.h"

#include "platform/log/log_limit.h"
#include "platform/log/log_line.h"
#include "platform/log/log_ring.h"

struct log {
    struct log_head head; /* first: log_is_on reads it */
    struct log_options options;
    enum log_colour colour;
    struct log_limit limit;
    pthread_mutex_t sink_lock; /* one line at a time */
    struct log_ring *ring;     /* NULL with a sink */
};

/* The log that exit and crashes flush. A signal handler has no other way to find it. */
static _Atomic(struct log *) guarded;

static int64_t now_us(const struct log *log)
{
    struct timespec now;
    if (log->options.now_us != NULL)
        return log->options.now_us();
    (void)clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * US_PER_SECOND + now.tv_nsec / 1000;
}

static void deliver(struct log *log, const struct log_record *record)
{
    char bytes[LOG_LINE_MAX + 1] UNCLEARED;
    struct strbuf line = {.ptr = bytes, .capacity = sizeof(bytes), .max_len = LOG_LINE_MAX};
    if (log->options.format == LOG_JSON)
        log_line_json(record, &line);
    else
        log_line_human(record, log->colour, &line);
    if (log->ring != NULL) {
        log_ring_append(log->ring, strbuf_str(&line), record->level >= LOG_WARN ? LOG_AT_ONCE : LOG_GATHER);
        return;
    }
    pthread_mutex_lock(&log->sink_lock);
    log->options.sink(log->options.sink_arg, record->level, strbuf_str(&line));
    pthread_mutex_unlock(&log->sink_lock);
}

static void tell_left_out(struct log *log, const struct log_left_out *left_out, int64_t time_us)
{
    const struct log_field fields[] = {log_text("left_out", str_cstr(left_out->event)),
                                       log_i64("count", left_out->count)};
    const struct log_record record = {.time_us = time_us,
                                      .level = left_out->level,
                                      .event = "log.limited",
                                      .fields = fields,
                                      .count = COUNT_OF(fields)};
    deliver(log, &record);
}

/* end_us: windows that are over by then; INT64_MAX: all. True when counts remain. */
static bool tell_all_left_out(struct log *log, int64_t end_us)
{
    for (;;) {
        struct log_left_out left_out = log_limit_collect(&log->limit, end_us);
        if (left_out.event == NULL)
            return atomic_load_explicit(&log->limit.has_left_out, memory_order_relaxed);
        tell_left_out(log, &left_out, now_us(log));
    }
}

static bool after_write(void *arg, uint64_t dropped)
{
    struct log *log = arg;
    if (dropped > 0) {
        const struct log_field field = log_i64("count", (int64_t)dropped);
        const struct log_record record = {
            .time_us = now_us(log), .level = LOG_ERROR, .event = "log.dropped", .fields = &field, .count = 1};
        deliver(log, &record);
    }
    return tell_all_left_out(log, now_us(log));
}

static bool wants_colour(const struct log_options *options)
{
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): nothing of ours changes the environment */
    bool is_refused = getenv("NO_COLOR") != NULL; /* https://no-color.org */
    return options->format == LOG_HUMAN && options->sink == NULL && isatty(options->fd) == 1 && !is_refused;
}

struct log *log_new(const struct log_options *options)
{
    struct log *log = MEM_NEW(struct log);
    log->head.level = options->level;
    log->options = *options;
    log->colour = wants_colour(options) ? LOG_COLOURED : LOG_PLAIN;
    log_limit_init(&log->limit, options->per_second);
    REQUIRE(pthread_mutex_init(&log->sink_lock, NULL) == 0);
    if (options->sink == NULL)
        log->ring = log_ring_new(
            &(const struct log_ring_options){.fd = options->fd, .after_write = after_write, .arg = log});
    return log;
}

void log_free(struct log *log)
{
    if (log == NULL)
        return;
    struct log *expected = log;
    (void)atomic_compare_exchange_strong(&guarded, &expected, NULL);
    (void)tell_all_left_out(log, INT64_MAX);
    log_ring_free(log->ring);
    pthread_mutex_destroy(&log->sink_lock);
    log_limit_fini(&log->limit);
    mem_free(log);
}

void log_flush(struct log *log)
{
    if (log->ring != NULL)
        log_ring_flush(log->ring);
}

static void flush_at_exit(void)
{
    struct log *log = atomic_load(&guarded);
    if (log != NULL)
        log_flush(log);
}

/* The handler was reset when it was entered, so raising the signal again ends the process as it would have. */
static void flush_in_crash(int signal_number)
{
    struct log *log = atomic_load(&guarded);
    if (log != NULL)
        log_ring_flush_in_crash(log->ring);
    (void)raise(signal_number);
}

/* A sanitizer's own handler stays. */
static void catch_crash(int signal_number)
{
    struct sigaction before;
    const struct sigaction action = {.sa_handler = flush_in_crash,
                                     .sa_flags = (int)SA_RESETHAND | SA_ONSTACK};
    if (sigaction(signal_number, NULL, &before) == 0 && before.sa_handler == SIG_DFL)
        REQUIRE(sigaction(signal_number, &action, NULL) == 0);
}

void log_guard(struct log *log)
{
    static const int signals[] = {SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL};
    static atomic_bool is_registered;
    REQUIRE(log->ring != NULL);
    atomic_store(&guarded, log);
    if (!atomic_exchange(&is_registered, true))
        REQUIRE(atexit(flush_at_exit) == 0);
    for (size_t i = 0; i < COUNT_OF(signals); i++)
        catch_crash(signals[i]);
}

void log_write(struct log *log, const struct ctx *cx, enum log_level level, const char *event,
               const struct log_field *fields, size_t count)
{
    if (!log_is_on(log, level))
        return;
    struct log_record record = {
        .time_us = now_us(log), .level = level, .event = event, .cx = cx, .fields = fields, .count = count};
    struct log_left_out before;
    enum log_verdict verdict = log_limit_judge(&log->limit, event, level, record.time_us, &before);
    if (before.event != NULL)
        tell_left_out(log, &before, record.time_us);
    if (verdict == LOG_PASS)
        deliver(log, &record);
    else if (verdict == LOG_LEAVE_OUT_FIRST && log->ring != NULL)
        log_ring_call(log->ring);
}

void log_write_each(struct log *log, const struct ctx *cx, enum log_level level, const char *event,
                    const struct log_field *fields, size_t count)
{
    if (!log_is_on(log, level))
        return;
    const struct log_record record = {
        .time_us = now_us(log), .level = level, .event = event, .cx = cx, .fields = fields, .count = count};
    deliver(log, &record);
}

static const enum log_level error_levels[] = {
#define ERROR_LEVEL(code, status, level, retry, name, title) [ERROR_##code] = LOG_##level,
    ERROR_CODES(ERROR_LEVEL)
#undef ERROR_LEVEL
};

void log_error(struct log *log, const struct ctx *cx, const char *event, const struct error *error)
{
    enum log_level level = error_levels[error->reason->code];
    if (!log_is_on(log, level))
        return;
    struct arena *arena = arena_new(0);
    const struct log_field fields[] = {log_text("reason", str_cstr(error->reason->name)),
                                       log_text("error", error_describe(arena, error))};
    log_write(log, cx, level, event, fields, COUNT_OF(fields));
    arena_free(arena);
}

struct str log_mask_email(struct arena *arena, struct str address)
{
    ptrdiff_t at = -1;
    for (size_t i = 0; i < address.len; i++) {
        if (address.ptr[i] == '@')
            at = (ptrdiff_t)i;
    }
    if (at < 1)
        return STR("***");
    struct str first = utf8_truncate(str_slice(address, 0, (size_t)at), 4);
    size_t len = 1;
    while (len < first.len && ((unsigned char)first.ptr[len] & 0xC0) == 0x80)
        len++;
    return arena_printf(arena, "%" STR_FMT "***%" STR_FMT, STR_ARG(str_slice(first, 0, len)),
                        STR_ARG(str_slice(address, (size_t)at, address.len)));
}
