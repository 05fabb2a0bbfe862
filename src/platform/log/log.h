/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Structured events: a level, a constant name ("orders.order.paid") and typed fields; request id, account and trace come
 * from the context. JSON or human lines to stderr, written by one thread from a bounded ring (a full ring drops and
 * counts, never blocks). Equal events are limited per second, with a count of what was left out. */
#ifndef PLATFORM_LOG_LOG_H
#define PLATFORM_LOG_LOG_H

#include <stdbool.h>
#include <stdint.h>

#include "platform/ctx/ctx.h"

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR };
enum log_format { LOG_JSON, LOG_HUMAN };

struct log_options {
    enum log_level level; /* below it nothing is written */
    enum log_format format;
    int fd;         /* usually 2 */
    int per_second; /* lines of one event name per second; 0: 20; below 0: no limit */
    /* For tests: takes each line (without its newline) on the thread that logs, instead of fd. */
    void (*sink)(void *arg, enum log_level level, struct str line);
    void *sink_arg;
    int64_t (*now_us)(void); /* for tests: microseconds since 1970; NULL: the real time */
};

struct log *log_new(const struct log_options *options);
/* Flushes. Accepts NULL. */
void log_free(struct log *log);
/* Waits until everything logged so far is written; blocks. */
void log_flush(struct log *log);
/* From now on exit and the signals of a crash (SIGABRT, SIGSEGV …) write out what is still in the ring. One log per
 * process; the program calls it once. */
void log_guard(struct log *log);

enum log_field_kind {
    LOG_FIELD_TEXT,
    LOG_FIELD_I64,
    LOG_FIELD_F64,
    LOG_FIELD_BOOL,
    LOG_FIELD_ID,
    LOG_FIELD_SECRET
};

struct log_field {
    const char *name;
    enum log_field_kind kind;
    union {
        struct str text;
        int64_t i64;
        double f64;
        bool boolean;
        struct id id;
    };
};

static inline struct log_field log_text(const char *name, struct str value)
{
    return (struct log_field){.name = name, .kind = LOG_FIELD_TEXT, .text = value};
}

static inline struct log_field log_i64(const char *name, int64_t value)
{
    return (struct log_field){.name = name, .kind = LOG_FIELD_I64, .i64 = value};
}

static inline struct log_field log_f64(const char *name, double value)
{
    return (struct log_field){.name = name, .kind = LOG_FIELD_F64, .f64 = value};
}

static inline struct log_field log_bool(const char *name, bool value)
{
    return (struct log_field){.name = name, .kind = LOG_FIELD_BOOL, .boolean = value};
}

static inline struct log_field log_id(const char *name, struct id value)
{
    return (struct log_field){.name = name, .kind = LOG_FIELD_ID, .id = value};
}

/* For log_secret: its value is never written, whatever the format. */
static inline struct log_field log_secret(const char *name)
{
    return (struct log_field){.name = name, .kind = LOG_FIELD_SECRET};
}

/* "a***@example.org", in the arena; "***" for what is no address. */
struct str log_mask_email(struct arena *arena, struct str address);

/* What struct log starts with, so that asking costs one load and no call. */
struct log_head {
    enum log_level level;
};

/* A NULL log is off. */
static inline bool log_is_on(const struct log *log, enum log_level level)
{
    return log != NULL && level >= ((const struct log_head *)(const void *)log)->level;
}

/* cx may be NULL outside of any work. event lives for ever (a literal). */
void log_write(struct log *log, const struct ctx *cx, enum log_level level, const char *event,
               const struct log_field *fields, size_t count);

/* As log_write, but never limited: for what is logged once per request. */
void log_write_each(struct log *log, const struct ctx *cx, enum log_level level, const char *event,
                    const struct log_field *fields, size_t count);

/* LOG(cx, WARN, "mail.send.failed", log_text("to", masked), log_i64("tries", 3)); fields may be absent. */
#define LOG(cx, level_, ...)           LOG_TO((cx)->platform->log, (cx), LOG_##level_, __VA_ARGS__)
#define LOG_TO(log_, cx_, level_, ...) LOG_BY_(log_write, (log_), (cx_), (level_), __VA_ARGS__, LOG_END_)
/* The line that is wanted of every request. */
#define LOG_EACH(cx, level_, ...)                                                                            \
    LOG_BY_(log_write_each, (cx)->platform->log, (cx), LOG_##level_, __VA_ARGS__, LOG_END_)

/* Closes the list, because C17 wants `...` filled; not counted. */
#define LOG_END_ ((struct log_field){.name = NULL})
#define LOG_BY_(write_, log_, cx_, level_, event_, ...)                                                      \
    do {                                                                                                     \
        if (log_is_on((log_), (level_)))                                                                     \
            write_((log_), (cx_), (level_), (event_), (const struct log_field[]){__VA_ARGS__},               \
                   sizeof((const struct log_field[]){__VA_ARGS__}) / sizeof(struct log_field) - 1);          \
    } while (0)

/* The failure of some background work, once, where it ends: level by the error's code. */
void log_error(struct log *log, const struct ctx *cx, const char *event, const struct error *error);

#endif
