/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Fault points: named places where a test may fail, delay, hold or crash the program. Compiled to nothing unless
 * LATHE_FAULTS is defined. Armed by LATHE_FAULT="name=fail[:code],name2=delay:50ms,name3=crash@3,name4=wait"
 * or, in tests in process, by fault_arm; waits are released by fault_release.
 * code is an error code's name or an errno's ("unavailable", "ENOSPC"); @n: from the n-th passage on; @nxm: so
 * for m passages. */
#ifndef PLATFORM_FAULT_FAULT_H
#define PLATFORM_FAULT_FAULT_H

#include <stdbool.h>
#include <stddef.h>

#include "platform/ctx/ctx.h"

enum fault_action { FAULT_NONE, FAULT_FAIL, FAULT_DELAY, FAULT_WAIT, FAULT_CRASH };

struct fault_rule {
    const char *point;
    enum fault_action action;
    enum error_code code; /* FAIL: code of the error */
    int errno_value;      /* FAIL at points that stand for a system call; 0: EIO */
    int delay_ms;         /* DELAY */
    int after;            /* takes effect at this passage; 0 or 1: the first */
    int times;            /* how often; 0: for ever */
};

#ifdef LATHE_FAULTS
/* Delays and waits happen inside (the fiber parks until cancelled; elsewhere the thread sleeps); CRASH ends the
 * process by SIGKILL. All functions may be called from any thread. */
MUST_USE struct error *fault_pass(struct ctx *cx, const char *point);
/* For system calls: true when the call should fail, with errno set. */
bool fault_pass_errno(const char *point);
/* Copies the rule, which replaces that of the same point and counts its passages anew. */
void fault_arm(const struct fault_rule *rule);
void fault_disarm_all(void); /* also releases all */
void fault_release(const char *point);
int fault_waiting(const char *point); /* how many are held there */
/* The LATHE_FAULT syntax. On false nothing was armed. */
MUST_USE bool fault_parse(const char *text);
/* The points passed so far, in order of first passage, for sweeping. Returns how many there are; ret_points
 * gets at most capacity names, which live as long as the process. */
size_t fault_points_seen(const char **ret_points, size_t capacity);
#define FAULT_POINT(cx, point) TRY(fault_pass((cx), (point)))
#define FAULT_ERRNO(point)     fault_pass_errno(point)
#else
#define FAULT_POINT(cx, point) ((void)0)
#define FAULT_ERRNO(point)     false
#endif

#endif
