/* SPDX-License-Identifier: AGPL-3.0-or-later
 * The stack of another thread, taken by a signal that interrupts it. For this folder only. */
#ifndef PLATFORM_FIBER_STALL_TRACE_H
#define PLATFORM_FIBER_STALL_TRACE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define STALL_TRACE_CHARS 1024

/* Installs the handler, for good: SIGURG, whose default is to be ignored. */
void stall_trace_prepare(void);

/* Gives the calling thread a stack for signal handlers, so that they do not need room on a fiber's. False when
 * it has one already (of a sanitizer). */
bool signal_stack_install(void *memory, size_t size_bytes);
void signal_stack_remove(void);

/* Writes the stack of that thread of ours, innermost first, as "place < place"; "" when the thread did not answer
 * within some milliseconds. By one thread at a time. */
void stall_trace_take(pid_t thread_id, char ret_trace[STALL_TRACE_CHARS]);

#endif
