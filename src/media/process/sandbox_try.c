/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Attacks on the cage from inside: what a decoder taken over by its input would try first. */
#include <errno.h>
#include <fcntl.h>
#include <linux/memfd.h>
#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem/arena.h"

#include "media/process/sandbox.h"
#include "media/process/sandbox_calls.h"
#include "media/protocol.h"

/* Zero or more: it went through. Below: errno says why not. */
typedef long (*attempt_fn)(void);

/* A file made before the cage closed, as the server hands one over. */
static int granted_fd = -1;

static long try_open(void)
{
    return syscall(SYS_openat, AT_FDCWD, "/etc/passwd", O_RDONLY, 0);
}

static long try_create(void)
{
    return syscall(SYS_openat, AT_FDCWD, "/tmp/lathe-media-escape", O_CREAT | O_RDWR, 0600);
}

static long try_proc(void)
{
    return syscall(SYS_openat, AT_FDCWD, "/proc/self/mem", O_RDWR, 0);
}

static long try_proc_environment(void)
{
    return syscall(SYS_openat, AT_FDCWD, "/proc/1/environ", O_RDONLY, 0);
}

static long try_stat(void)
{
    struct stat facts;
    return syscall(SYS_newfstatat, AT_FDCWD, "/etc/passwd", &facts, 0);
}

static long try_readlink(void)
{
    char text[64];
    return syscall(SYS_readlinkat, AT_FDCWD, "/proc/self/exe", text, sizeof(text));
}

static long try_unlink(void)
{
    return syscall(SYS_unlinkat, AT_FDCWD, "/tmp/lathe-media-escape", 0);
}

static long try_rename(void)
{
    return syscall(SYS_renameat2, AT_FDCWD, "/tmp/a", AT_FDCWD, "/tmp/b", 0);
}

static long try_mkdir(void)
{
    return syscall(SYS_mkdirat, AT_FDCWD, "/tmp/lathe-media-escape", 0700);
}

static long try_chmod(void)
{
    return syscall(SYS_fchmod, granted_fd, 04777);
}

static long try_socket(void)
{
    return syscall(SYS_socket, AF_INET, SOCK_STREAM, 0);
}

static long try_unix_socket(void)
{
    return syscall(SYS_socket, AF_UNIX, SOCK_STREAM, 0);
}

static long try_socketpair(void)
{
    int pair[2];
    return syscall(SYS_socketpair, AF_UNIX, SOCK_STREAM, 0, pair);
}

static long try_connect(void)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "/tmp/x"};
    return syscall(SYS_connect, MEDIA_JOB_FD, &address, sizeof(address));
}

static long try_foreign_message(void)
{
    struct msghdr message = {0};
    return syscall(SYS_sendmsg, granted_fd, &message, 0);
}

static long try_execute(void)
{
    char name[] = "/bin/true";
    char *arguments[] = {name, NULL};
    return syscall(SYS_execve, name, arguments, NULL);
}

static long try_fork(void)
{
    return syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL);
}

static long try_namespace(void)
{
    return syscall(SYS_unshare, CLONE_NEWUSER);
}

static long try_trace(void)
{
    return syscall(SYS_ptrace, PTRACE_TRACEME, 0, 0, 0);
}

static long try_trace_parent(void)
{
    return syscall(SYS_ptrace, PTRACE_ATTACH, getppid(), 0, 0);
}

static long try_read_memory(void)
{
    char byte;
    struct iovec here = {.iov_base = &byte, .iov_len = 1};
    return syscall(SYS_process_vm_readv, getpid(), &here, 1, &here, 1, 0);
}

static long try_map_code(void)
{
    return syscall(SYS_mmap, NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1,
                   0) == -1
               ? -1
               : 0;
}

static long try_make_code(void)
{
    void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return syscall(SYS_mprotect, page, 4096, PROT_READ | PROT_EXEC);
}

static long try_kill_parent(void)
{
    return syscall(SYS_kill, getppid(), 0);
}

static long try_kill_thread(void)
{
    return syscall(SYS_tgkill, 1, 1, 0);
}

static long try_memory_file(void)
{
    return syscall(SYS_memfd_create, "x", 0U);
}

static long try_raise_limits(void)
{
    struct rlimit more = {.rlim_cur = RLIM_INFINITY, .rlim_max = RLIM_INFINITY};
    return syscall(SYS_prlimit64, 0, RLIMIT_AS, &more, NULL);
}

static long try_mount(void)
{
    return syscall(SYS_mount, "none", "/tmp", "tmpfs", 0, NULL);
}

static long try_bpf(void)
{
    return syscall(SYS_bpf, 0, NULL, 0);
}

static long try_io_uring(void)
{
    return syscall(SYS_io_uring_setup, 1, NULL);
}

static long try_keys(void)
{
    return syscall(SYS_keyctl, 0, 0);
}

static long try_clock(void)
{
    struct timeval zero = {0};
    return syscall(SYS_settimeofday, &zero, NULL);
}

static long try_gain_privileges(void)
{
    return syscall(SYS_setuid, 0);
}

/* Takes memory until there is none; a gibibyte is the limit. */
static long try_memory_bomb(void)
{
    const size_t part = 16 * 1024 * 1024;
    for (int64_t total = 0; total < 2 * SANDBOX_MEMORY_BYTES; total += (int64_t)part) {
        char *memory = mmap(NULL, part, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (memory == MAP_FAILED)
            return -1;
        memory[0] = 1;
    }
    return 0;
}

static long try_many_descriptors(void)
{
    for (int i = 0; i < 10 * SANDBOX_DESCRIPTORS; i++) {
        if (syscall(SYS_dup, granted_fd) < 0)
            return -1;
    }
    return 0;
}

static long try_huge_file(void)
{
    return pwrite(granted_fd, "x", 1, SANDBOX_FILE_BYTES + 1);
}

static long try_spin(void)
{
    volatile bool is_free = false;
    while (!is_free)
        ;
    return 0;
}

static void *thread_body(void *arg)
{
    *(int *)arg = 1;
    return NULL;
}

/* What the work itself needs; a cage that refuses these is useless. */
static long use_thread(void)
{
    pthread_t thread;
    int has_run = 0;
    int problem = pthread_create(&thread, NULL, thread_body, &has_run);
    if (problem == 0)
        problem = pthread_join(thread, NULL);
    errno = problem;
    return problem == 0 && has_run == 1 ? 0 : -1;
}

static long use_granted_file(void)
{
    char byte = 0;
    return pwrite(granted_fd, "x", 1, 0) == 1 && pread(granted_fd, &byte, 1, 0) == 1 && byte == 'x' ? 0 : -1;
}

static long use_memory(void)
{
    char *part = malloc(64 * 1024 * 1024);
    if (part == NULL)
        return -1;
    memset(part, 1, 64 * 1024 * 1024);
    free(part);
    return 0;
}

static long use_job_socket(void)
{
    char byte = 'x';
    struct iovec part = {.iov_base = &byte, .iov_len = 1};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
    return sendmsg(MEDIA_JOB_FD, &message, 0);
}

enum expectation { DENIED, ALLOWED };

/* clang-format off */
static const struct attempt {
    const char *what;
    attempt_fn run;
    enum expectation expected;
} attempts[] = {
    {"open a file", try_open, DENIED},
    {"create a file", try_create, DENIED},
    {"open its own memory in /proc", try_proc, DENIED},
    {"read another process in /proc", try_proc_environment, DENIED},
    {"stat a file", try_stat, DENIED},
    {"read a link", try_readlink, DENIED},
    {"unlink a file", try_unlink, DENIED},
    {"rename a file", try_rename, DENIED},
    {"make a folder", try_mkdir, DENIED},
    {"change the mode of a granted file", try_chmod, DENIED},
    {"make an internet socket", try_socket, DENIED},
    {"make a local socket", try_unix_socket, DENIED},
    {"make a pair of sockets", try_socketpair, DENIED},
    {"connect the job's socket elsewhere", try_connect, DENIED},
    {"send on another descriptor", try_foreign_message, DENIED},
    {"execute a program", try_execute, DENIED},
    {"fork", try_fork, DENIED},
    {"enter a namespace", try_namespace, DENIED},
    {"be traced", try_trace, DENIED},
    {"trace the parent", try_trace_parent, DENIED},
    {"read memory by process id", try_read_memory, DENIED},
    {"map executable memory", try_map_code, DENIED},
    {"make memory executable", try_make_code, DENIED},
    {"signal the parent", try_kill_parent, DENIED},
    {"signal a thread of another process", try_kill_thread, DENIED},
    {"make a memory file", try_memory_file, DENIED},
    {"raise its limits", try_raise_limits, DENIED},
    {"mount", try_mount, DENIED},
    {"load a BPF program", try_bpf, DENIED},
    {"set up io_uring", try_io_uring, DENIED},
    {"use the kernel's keys", try_keys, DENIED},
    {"set the clock", try_clock, DENIED},
    {"change its user", try_gain_privileges, DENIED},
    {"take two gibibytes of memory", try_memory_bomb, DENIED},
    {"open descriptors without end", try_many_descriptors, DENIED},
    {"write past the file size limit", try_huge_file, DENIED},
    {"spin without end", try_spin, DENIED},
    {"start a thread", use_thread, ALLOWED},
    {"write and read a granted file", use_granted_file, ALLOWED},
    {"use 64 MiB of memory", use_memory, ALLOWED},
    {"send on the job's socket", use_job_socket, ALLOWED},
};
/* clang-format on */

#define EXIT_THROUGH  0
#define EXIT_REPORTED 2 /* of the cage itself */
#define EXIT_REFUSED  100
#define EXIT_NO_CAGE  101

/* One thing that is tried: a function, or a raw system call. */
struct trial {
    const char *what;
    const struct attempt *attempt;   /* or NULL */
    const struct sandbox_call *call; /* or NULL */
};

static int run_trial(const struct trial *trial)
{
    if (trial->attempt != NULL)
        return trial->attempt->run() >= 0 ? EXIT_THROUGH : EXIT_REFUSED;
    return sandbox_call_try(trial->call) ? EXIT_REFUSED : EXIT_THROUGH;
}

/* In a process of its own: closes the cage with one second of CPU time, tries, tells by its exit. */
static _Noreturn void try_inside(const struct trial *trial, int socket)
{
    struct arena *arena = arena_new(0);
    granted_fd = memfd_create("granted", MFD_CLOEXEC);
    if (dup2(socket, MEDIA_JOB_FD) < 0 || granted_fd < 0)
        _exit(EXIT_NO_CAGE);
    sandbox_warm_up();
    if (sandbox_apply(arena, SANDBOX_FULL, 1) != NULL)
        _exit(EXIT_NO_CAGE);
    _exit(run_trial(trial));
}

/* Whether the job's other end was told, and of what. */
static bool was_reported(int socket)
{
    char text[256];
    ssize_t got = recv(socket, text, sizeof(text), MSG_DONTWAIT);
    return got > 0 && str_find(str_from(text, (size_t)got), str_cstr(media_job_sandbox.name)) >= 0;
}

/* How it ended, as text; ret_denied says whether it was stopped. NULL: the cage did not close. */
static const char *judge(int status, bool *ret_denied)
{
    *ret_denied = true;
    if (WIFSIGNALED(status))
        return WTERMSIG(status) == SIGXCPU || WTERMSIG(status) == SIGKILL ? "killed by a limit" : "killed";
    if (WEXITSTATUS(status) == EXIT_REPORTED)
        return "reported and ended";
    if (WEXITSTATUS(status) == EXIT_REFUSED)
        return "refused";
    *ret_denied = false;
    return WEXITSTATUS(status) == EXIT_THROUGH ? "went through" : NULL;
}

/* A raw call is denied in the very way that its row names. */
static bool is_as_named(const struct sandbox_call *call, int status)
{
    switch (call->denial) {
    case SANDBOX_CALL_REPORTED:
        return WIFEXITED(status) && WEXITSTATUS(status) == EXIT_REPORTED;
    case SANDBOX_CALL_REFUSED:
        return WIFEXITED(status) && WEXITSTATUS(status) == EXIT_REFUSED;
    case SANDBOX_CALL_KILLED:
        return WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS;
    }
    return false;
}

static bool print_verdict(const struct trial *trial, size_t number, bool is_told, int status)
{
    bool is_denied = false;
    const char *how = judge(status, &is_denied);
    bool must_be_denied = trial->attempt == NULL || trial->attempt->expected == DENIED;
    bool is_good = how != NULL && is_told && is_denied == must_be_denied &&
                   (trial->call == NULL || is_as_named(trial->call, status));
    printf("%s %zu - %s: %s (%s)\n", is_good ? "ok" : "not ok", number, trial->what,
           is_denied ? "denied" : "allowed", how != NULL ? how : "no cage");
    return is_good;
}

static bool try_one(const struct trial *trial, size_t number)
{
    int pair[2] = {-1, -1};
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
        return false;
    fflush(stdout);
    pid_t child = fork();
    if (child == 0)
        try_inside(trial, pair[1]);
    int status = EXIT_NO_CAGE << 8;
    if (child > 0)
        waitpid(child, &status, 0);
    bool is_told = !WIFEXITED(status) || WEXITSTATUS(status) != EXIT_REPORTED || was_reported(pair[0]);
    close(pair[0]);
    close(pair[1]);
    return print_verdict(trial, number, is_told, status);
}

int sandbox_try_all(void)
{
    int failures = 0;
    size_t number = 0;
    printf("1..%zu\n", COUNT_OF(attempts) + sandbox_call_count);
    for (size_t i = 0; i < COUNT_OF(attempts); i++)
        failures += !try_one(&(struct trial){attempts[i].what, &attempts[i], NULL}, ++number);
    for (size_t i = 0; i < sandbox_call_count; i++)
        failures += !try_one(&(struct trial){sandbox_calls[i].what, NULL, &sandbox_calls[i]}, ++number);
    return failures;
}
