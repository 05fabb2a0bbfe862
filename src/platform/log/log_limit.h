/* SPDX-License-Identifier: AGPL-3.0-or-later
 * How often equal events may be written. Private to log. */
#ifndef PLATFORM_LOG_LOG_LIMIT_H
#define PLATFORM_LOG_LOG_LIMIT_H

#include <pthread.h>
#include <stdatomic.h>

#include "platform/log/log.h"

#define LOG_LIMIT_EVENTS 512 /* a power of two; event names beyond it are not limited */

struct log_limit_slot {
    const char *event;
    enum log_level level; /* of the last one left out */
    int64_t window_start_us;
    int64_t passed;   /* in this window */
    int64_t left_out; /* in this window */
};

struct log_limit {
    pthread_mutex_t lock; /* guards the slots */
    int64_t per_second;   /* below 0: no limit */
    size_t used;
    atomic_bool has_left_out; /* a hint, read without the lock */
    struct log_limit_slot slots[LOG_LIMIT_EVENTS];
};

/* How many lines of an event were left out in a window that is over. */
struct log_left_out {
    const char *event; /* NULL: none */
    enum log_level level;
    int64_t count;
};

void log_limit_init(struct log_limit *limit, int per_second);
void log_limit_fini(struct log_limit *limit);

enum log_verdict {
    LOG_PASS,
    LOG_LEAVE_OUT,
    LOG_LEAVE_OUT_FIRST /* the first since all counts were collected: somebody must come for it */
};

/* May this line be written? ret_before gets what the window before left out. */
enum log_verdict log_limit_judge(struct log_limit *limit, const char *event, enum log_level level,
                                 int64_t now_us, struct log_left_out *ret_before);

/* Takes one count whose window is over (at the end of time: any); event NULL when there is none. */
struct log_left_out log_limit_collect(struct log_limit *limit, int64_t now_us);

#endif
