/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Builds the cage: descriptors, limits, Landlock, and the list of allowed system calls. */
#include "media/process/sandbox.h"

#include <errno.h>
#include <execinfo.h>
#include <malloc.h>
#include <sched.h>
#include <seccomp.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/mem/cleanup.h"

#include "media/process/landlock.h"
#include "media/protocol.h"

void sandbox_close_descriptors(void)
{
    /* As old a kernel as we run on has close_range. */
    if (close_range(MEDIA_JOB_FD + 1, ~0U, 0) != 0)
        _exit(1);
}

void sandbox_warm_up(void)
{
    /* The first stack trace loads libgcc. */
    void *frames[4];
    (void)!backtrace(frames, 4);
    /* Every further malloc arena reserves 128 MiB of the address space. */
    mallopt(M_ARENA_MAX, 2); /* NOLINT(concurrency-mt-unsafe): there is one thread yet */
}

/* Never above what the caller already set. */
static bool limit(__rlimit_resource_t resource, int64_t value)
{
    struct rlimit both = {0};
    if (getrlimit(resource, &both) != 0)
        return false;
    if (both.rlim_max > (rlim_t)value)
        both.rlim_max = (rlim_t)value;
    both.rlim_cur = both.rlim_max;
    return setrlimit(resource, &both) == 0;
}

static bool apply_limits(int64_t cpu_seconds)
{
    /* Past the size limit a write fails instead of killing: the job can then say why. */
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    return sigaction(SIGXFSZ, &ignore, NULL) == 0 && sigaction(SIGPIPE, &ignore, NULL) == 0 &&
           limit(RLIMIT_AS, SANDBOX_MEMORY_BYTES) && limit(RLIMIT_FSIZE, SANDBOX_FILE_BYTES) &&
           limit(RLIMIT_NOFILE, SANDBOX_DESCRIPTORS) && limit(RLIMIT_CORE, 0) &&
           limit(RLIMIT_CPU, cpu_seconds > 0 ? cpu_seconds : SANDBOX_CPU_SECONDS);
}

/* Allowed with any arguments. */
static const int allowed_calls[] = {
    SCMP_SYS(read),
    SCMP_SYS(readv),
    SCMP_SYS(pread64),
    SCMP_SYS(write),
    SCMP_SYS(writev),
    SCMP_SYS(pwrite64),
    SCMP_SYS(lseek),
    SCMP_SYS(close),
    SCMP_SYS(munmap),
    SCMP_SYS(mremap),
    SCMP_SYS(madvise),
    SCMP_SYS(brk),
    SCMP_SYS(futex),
    SCMP_SYS(sched_yield),
    SCMP_SYS(set_robust_list),
    SCMP_SYS(rseq),
    SCMP_SYS(gettid),
    SCMP_SYS(getpid),
    SCMP_SYS(clock_gettime),
    SCMP_SYS(clock_nanosleep),
    SCMP_SYS(gettimeofday),
    SCMP_SYS(time),
    SCMP_SYS(getrandom),
    SCMP_SYS(sysinfo),
    SCMP_SYS(sched_getaffinity),
    SCMP_SYS(getcpu),
    SCMP_SYS(getrusage),
    SCMP_SYS(rt_sigaction),
    SCMP_SYS(rt_sigprocmask),
    SCMP_SYS(rt_sigreturn),
    SCMP_SYS(restart_syscall),
    SCMP_SYS(exit),
    SCMP_SYS(exit_group),
};

/* Libraries try these in good faith and live with a refusal. */
static const struct {
    int call;
    int error;
} refused_calls[] = {
    {SCMP_SYS(open), EPERM},
    {SCMP_SYS(openat), EPERM},
    {SCMP_SYS(openat2), EPERM},
    {SCMP_SYS(stat), EPERM},
    {SCMP_SYS(lstat), EPERM},
    {SCMP_SYS(newfstatat), EPERM},
    {SCMP_SYS(fstat), EPERM},
    {SCMP_SYS(statx), EPERM},
    {SCMP_SYS(access), EPERM},
    {SCMP_SYS(faccessat), EPERM},
    {SCMP_SYS(faccessat2), EPERM},
    {SCMP_SYS(readlink), EPERM},
    {SCMP_SYS(readlinkat), EPERM},
    {SCMP_SYS(ioctl), EPERM},
    {SCMP_SYS(uname), EPERM},
    {SCMP_SYS(sigaltstack), EPERM},
    {SCMP_SYS(prlimit64), EPERM},
    {SCMP_SYS(sched_setscheduler), EPERM},
    {SCMP_SYS(sched_getparam), EPERM},
    {SCMP_SYS(sched_getscheduler), EPERM},
    /* With ENOSYS the C library falls back to clone, whose flags a filter can see. */
    {SCMP_SYS(clone3), ENOSYS},
};

static int add_plain_rules(scmp_filter_ctx filter)
{
    int result = 0;
    for (size_t i = 0; i < COUNT_OF(allowed_calls); i++)
        result |= seccomp_rule_add(filter, SCMP_ACT_ALLOW, allowed_calls[i], 0);
    for (size_t i = 0; i < COUNT_OF(refused_calls); i++) {
        uint32_t action = SCMP_ACT_ERRNO((uint32_t)refused_calls[i].error);
        result |= seccomp_rule_add(filter, action, refused_calls[i].call, 0);
    }
    return result;
}

/* Allowed with some arguments only: memory that is never executable, messages on the job's socket, new
 * threads but no processes, signals to oneself, the name of a thread. */
static int add_argument_rules(scmp_filter_ctx filter)
{
    const struct scmp_arg_cmp no_exec = SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0);
    const struct scmp_arg_cmp job_socket = SCMP_A0(SCMP_CMP_EQ, MEDIA_JOB_FD);
    const struct scmp_arg_cmp own_process = SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)getpid());
    const struct scmp_arg_cmp thread_name = SCMP_A0(SCMP_CMP_EQ, PR_SET_NAME);
    const scmp_datum_t thread_flags = CLONE_VM | CLONE_SIGHAND | CLONE_THREAD;
    const struct scmp_arg_cmp thread = SCMP_A0(SCMP_CMP_MASKED_EQ, thread_flags, thread_flags);
    return seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1, no_exec) |
           seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 1, no_exec) |
           seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(sendmsg), 1, job_socket) |
           seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(recvmsg), 1, job_socket) |
           seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(clone), 1, thread) |
           seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(tgkill), 1, own_process) |
           seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(prctl), 1, thread_name);
}

static size_t put_digits(char *out, int value)
{
    char digits[12];
    size_t count = 0;
    do {
        digits[count++] = (char)('0' + value % 10);
        value /= 10;
    } while (value > 0);
    for (size_t i = 0; i < count; i++)
        out[i] = digits[count - 1 - i];
    return count;
}

/* Says which call it was, with nothing but what a signal handler may use, and ends the process. */
static void report_violation(int signal, siginfo_t *info, void *context)
{
    (void)signal;
    (void)context;
    static const char head[] = "{\"type\":\"failed\",\"reason\":\"media.sandbox\",\"message\":\"system call ";
    char text[sizeof(head) + 24];
    memcpy(text, head, sizeof(head) - 1);
    size_t len = sizeof(head) - 1;
    len += put_digits(text + len, info->si_syscall);
    memcpy(text + len, "\"}", 2);
    struct iovec part = {.iov_base = text, .iov_len = len + 2};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
    (void)!sendmsg(MEDIA_JOB_FD, &message, MSG_NOSIGNAL);
    _exit(2);
}

static bool apply_seccomp(void)
{
    struct sigaction report = {.sa_sigaction = report_violation, .sa_flags = SA_SIGINFO};
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_TRAP);
    if (filter == NULL)
        return false;
    bool is_applied = sigaction(SIGSYS, &report, NULL) == 0 &&
                      seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS) == 0 &&
                      add_plain_rules(filter) == 0 && add_argument_rules(filter) == 0 &&
                      seccomp_load(filter) == 0;
    seccomp_release(filter);
    return is_applied;
}

struct error *sandbox_apply(struct arena *arena, enum sandbox_level level, int64_t cpu_seconds)
{
    if (level == SANDBOX_OFF)
        return NULL;
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0)
        return ERROR_IN(arena, media_job_internal, "the kernel refuses no_new_privs");
    if (!landlock_deny_everything() && (level == SANDBOX_FULL || (errno != ENOSYS && errno != EOPNOTSUPP)))
        return ERROR_IN(arena, media_job_internal, "the kernel refuses Landlock");
    if (!apply_limits(cpu_seconds))
        return ERROR_IN(arena, media_job_internal, "the kernel refuses the limits");
    if (!apply_seccomp())
        return ERROR_IN(arena, media_job_internal, "the kernel refuses seccomp");
    return NULL;
}
