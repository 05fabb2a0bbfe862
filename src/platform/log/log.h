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
    int fd;               /* usually 2 */
};

struct log *log_new(const struct log_options *options);
/* Flushes. Accepts NULL. */
void log_free(struct log *log);

enum log_field_kind { LOG_FIELD_TEXT, LOG_FIELD_I64, LOG_FIELD_F64, LOG_FIELD_BOOL, LOG_FIELD_ID, LOG_FIELD_SECRET };

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

bool log_is_on(const struct log *log, enum log_level level);

/* cx may be NULL outside of any work. */
void log_write(struct log *log, const struct ctx *cx, enum log_level level, const char *event,
               const struct log_field *fields, size_t count);

/* LOG(cx, WARN, "mail.send.failed", log_text("to", masked), log_i64("tries", 3)) */
#define LOG(cx, level_, event, ...)                                                                          \
    LOG_TO((cx)->platform->log, (cx), LOG_##level_, event, __VA_ARGS__)
#define LOG_TO(log_, cx_, level_, event_, ...)                                                               \
    do {                                                                                                     \
        if (log_is_on((log_), (level_)))                                                                     \
            log_write((log_), (cx_), (level_), (event_), (const struct log_field[]){__VA_ARGS__},            \
                      sizeof((const struct log_field[]){__VA_ARGS__}) / sizeof(struct log_field));           \
    } while (0)

/* The failure of some background work, once, where it ends: level by the error's code. */
void log_error(struct log *log, const struct ctx *cx, const char *event, const struct error *error);

#endif
