/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Threads beside the loops. For this folder only. */
#ifndef PLATFORM_FIBER_THREAD_H
#define PLATFORM_FIBER_THREAD_H

#include <pthread.h>

/* Starts a thread that takes no signals; those are for the main thread. The name is cut to 15 characters. */
void thread_start(pthread_t *ret_thread, const char *name, void *(*fn)(void *arg), void *arg);

#endif
