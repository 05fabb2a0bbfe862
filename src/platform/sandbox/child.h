/* SPDX-License-Identifier: AGPL-3.0-or-later
 * What the files of sandbox share. Private to sandbox. */
#ifndef PLATFORM_SANDBOX_CHILD_H
#define PLATFORM_SANDBOX_CHILD_H

#include <pthread.h>
#include <signal.h>

#include "base/data/list.h"

#include "platform/sandbox/sandbox.h"

#define SANDBOX_MESSAGE_MAX (256 * 1024)

struct sandbox {
    const struct platform *platform;
    char *program; /* owned */
    const char *level_option;
    int limit; /* children at a time */
    int64_t timeout_us;
    pthread_mutex_t lock; /* of the two below: loops share the places */
    int running;
    struct list waiters;
};

struct sandbox_child {
    struct sandbox *sandbox;
    pid_t pid;
    int pidfd;
    int socket;
    int64_t deadline_us; /* monotonic */
    char *buffer;        /* of one message; owned */
    bool is_reaped;
    siginfo_t ending; /* set when reaped */
};

/* A place among the children at a time; waits for one. Errors: timeout, cancelled. */
MUST_USE struct error *sandbox_enter(struct ctx *cx, struct sandbox *sandbox);
void sandbox_leave(struct sandbox *sandbox);

#endif
