/* SPDX-License-Identifier: AGPL-3.0-or-later
 * The last words of a broken process. Allocates nothing: the heap may be what broke. */
#include "base/require/require.h"

#include <execinfo.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define TRACE_FRAMES 64

_Noreturn void require_failed(const char *claim, const char *file, int line, const char *function)
{
    char text[1024];
    int len =
        snprintf(text, sizeof(text), "%s:%d: %s: requirement failed: %s\n", file, line, function, claim);
    if (len > 0) {
        size_t count = (size_t)len < sizeof(text) ? (size_t)len : sizeof(text) - 1;
        ssize_t written = write(STDERR_FILENO, text, count);
        (void)written; /* nothing is left to tell it to */
    }

    void *frames[TRACE_FRAMES];
    int depth = backtrace(frames, TRACE_FRAMES);
    backtrace_symbols_fd(frames, depth, STDERR_FILENO);
    abort();
}
