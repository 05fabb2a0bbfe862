/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Starting of threads. */
#include "platform/fiber/thread.h"

#include <signal.h>
#include <stdio.h>

#include "base/require/require.h"

void thread_start(pthread_t *ret_thread, const char *name, void *(*fn)(void *arg), void *arg)
{
    sigset_t all, before;
    sigfillset(&all);
    REQUIRE(pthread_sigmask(SIG_SETMASK, &all, &before) == 0);
    REQUIRE(pthread_create(ret_thread, NULL, fn, arg) == 0);
    REQUIRE(pthread_sigmask(SIG_SETMASK, &before, NULL) == 0);
    char kernel_name[16];
    snprintf(kernel_name, sizeof(kernel_name), "%s", name);
    pthread_setname_np(*ret_thread, kernel_name);
}
