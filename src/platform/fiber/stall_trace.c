/* SPDX-License-Identifier: AGPL-3.0-or-later
 * A hand-shake between the watchdog and a signal handler on the stalled thread. The handler gets the stack
 * into a fixed array and does nothing else; on Debian 12 backtrace takes no lock and allocates nothing after
 * its first call. */
#include "platform/fiber/stall_trace.h"

#include <errno.h>
#include <execinfo.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/require/require.h"
#include "base/text/str.h"

enum { TRACE_SIGNAL = SIGURG, TRACE_FRAMES = 16, TRACE_PATIENCE_MS = 20 };

/* WANTED → BUSY → DONE by the handler; back to NONE by the asker, who may also withdraw what is WANTED. */
enum trace_state { TRACE_NONE, TRACE_WANTED, TRACE_BUSY, TRACE_DONE };

/* Global because a signal handler has no argument. */
static _Atomic(int) trace_state;
static void *trace_frames[TRACE_FRAMES];
static int trace_depth;

static void on_trace_signal(int number)
{
    (void)number;
    int wanted = TRACE_WANTED;
    if (!atomic_compare_exchange_strong(&trace_state, &wanted, TRACE_BUSY))
        return; /* too late, or a signal of somebody else */
    int saved_errno = errno;
    trace_depth = backtrace(trace_frames, TRACE_FRAMES);
    errno = saved_errno;
    atomic_store(&trace_state, TRACE_DONE);
}

void stall_trace_prepare(void)
{
    void *frame;
    backtrace(&frame, 1); /* loads the unwinder now, not in the handler */
    struct sigaction action = {.sa_handler = on_trace_signal, .sa_flags = SA_RESTART | SA_ONSTACK};
    sigemptyset(&action.sa_mask);
    REQUIRE(sigaction(TRACE_SIGNAL, &action, NULL) == 0);
}

bool signal_stack_install(void *memory, size_t size_bytes)
{
    stack_t before;
    REQUIRE(sigaltstack(NULL, &before) == 0);
    if ((before.ss_flags & SS_DISABLE) == 0)
        return false;
    stack_t stack = {.ss_sp = memory, .ss_size = size_bytes};
    REQUIRE(sigaltstack(&stack, NULL) == 0);
    return true;
}

void signal_stack_remove(void)
{
    stack_t none = {.ss_flags = SS_DISABLE};
    REQUIRE(sigaltstack(&none, NULL) == 0);
}

static bool trace_arrives(void)
{
    const struct timespec pause = {.tv_nsec = 1000000};
    for (int waited_ms = 0;; waited_ms++) {
        int state = atomic_load(&trace_state);
        if (state == TRACE_DONE)
            return true;
        int wanted = TRACE_WANTED;
        if (waited_ms >= TRACE_PATIENCE_MS &&
            atomic_compare_exchange_strong(&trace_state, &wanted, TRACE_NONE))
            return false;
        nanosleep(&pause, NULL);
    }
}

/* "path/lathe(name+0x1f) [0x55…]" without path and address. */
static struct str shorten(const char *symbol)
{
    struct str text = str_cstr(symbol);
    ptrdiff_t end = str_find_byte(text, ' ', 0);
    text = end >= 0 ? str_slice(text, 0, (size_t)end) : text;
    const char *slash = memrchr(text.ptr, '/', text.len);
    return slash != NULL ? str_slice(text, (size_t)(slash + 1 - text.ptr), text.len) : text;
}

/* The first two frames are the handler and the kernel's trampoline. */
static void print_frames(char ret_trace[STALL_TRACE_CHARS])
{
    char **symbols = backtrace_symbols(trace_frames, trace_depth);
    size_t used = 0;
    for (int i = 2; symbols != NULL && i < trace_depth; i++) {
        struct str place = shorten(symbols[i]);
        int len = snprintf(ret_trace + used, STALL_TRACE_CHARS - used, "%s%" STR_FMT, used != 0 ? " < " : "",
                           STR_ARG(place));
        if (len < 0 || (size_t)len >= STALL_TRACE_CHARS - used)
            break;
        used += (size_t)len;
    }
    ret_trace[used] = '\0';
    free(symbols);
}

void stall_trace_take(pid_t thread_id, char ret_trace[STALL_TRACE_CHARS])
{
    ret_trace[0] = '\0';
    atomic_store(&trace_state, TRACE_WANTED);
    if (tgkill(getpid(), thread_id, TRACE_SIGNAL) != 0 || !trace_arrives()) {
        atomic_store(&trace_state, TRACE_NONE);
        return;
    }
    print_frames(ret_trace);
    atomic_store(&trace_state, TRACE_NONE);
}
