/* SPDX-License-Identifier: AGPL-3.0-or-later
 * One event as one line of text. Private to log. */
#ifndef PLATFORM_LOG_LOG_LINE_H
#define PLATFORM_LOG_LOG_LINE_H

#include "base/text/strbuf.h"

#include "platform/log/log.h"

/* With its newline a line is one write that a pipe keeps whole (PIPE_BUF). */
#define LOG_LINE_MAX 4095

struct log_record {
    int64_t time_us;
    enum log_level level;
    const char *event;
    const struct ctx *cx; /* or NULL */
    const struct log_field *fields;
    size_t count;
};

enum log_colour { LOG_PLAIN, LOG_COLOURED };

/* Writes the line, without a newline, into an empty buffer of at least LOG_LINE_MAX bytes. Members: time, level,
 * event, request_id, account_id, trace_id, the fields; those that do not fit are left out and "cut" says so. */
void log_line_json(const struct log_record *record, struct strbuf *line);
/* The same for people; control characters and bidi marks of values are escaped, so that no value can paint the
 * terminal. */
void log_line_human(const struct log_record *record, enum log_colour colour, struct strbuf *line);

#endif
