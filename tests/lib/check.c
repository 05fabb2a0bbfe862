/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Checks for unit tests. */
#include "tests/lib/check.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

void check_failed(const char *file, int line, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vprint_error(format, args);
    va_end(args);
    print_error("\n");
    _fail(file, line);
}

void check_str_at(struct str actual, const char *expected, const char *file, int line)
{
    if (str_equal(actual, str_cstr(expected)))
        return;
    print_error("is \"%" STR_FMT "\", not \"%s\"\n", STR_ARG(actual), expected);
    _fail(file, line);
}

/* The child is meant to die: no core file, no trace among the test's output. */
static void run_quietly(check_fn fn, void *arg)
{
    setrlimit(RLIMIT_CORE, &(struct rlimit){0});
    int sink = open("/dev/null", O_WRONLY | O_CLOEXEC);
    if (sink >= 0)
        dup2(sink, STDERR_FILENO);
    fn(arg);
    _exit(EXIT_SUCCESS);
}

bool check_aborts(check_fn fn, void *arg)
{
    fflush(NULL);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0)
        run_quietly(fn, arg);
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
}
