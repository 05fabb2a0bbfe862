/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Settings, places, and the start of a child with nothing but one socket. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <spawn.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem/alloc.h"
#include "base/mem/cleanup.h"

#include "platform/fiber/fiber.h"
#include "platform/fiber/pool.h"
#include "platform/sandbox/child.h"

/* The descriptor that the media program finds its socket at (src/media/protocol.h). */
enum { CHILD_SOCKET = 3 };

struct sandbox_settings {
    struct str program;
    int32_t level;
    int64_t children;
    int64_t timeout_us;
};

/* How far the program confines itself: its --sandbox= option. */
enum sandbox_level { SANDBOX_FULL, SANDBOX_SECCOMP, SANDBOX_OFF };
static const char *const level_words[] = {
    [SANDBOX_FULL] = "full", [SANDBOX_SECCOMP] = "seccomp", [SANDBOX_OFF] = "off"};
static const struct enum_table levels = ENUM_TABLE("sandbox_level", level_words);

/* A sanitizer opens files, maps code and takes terabytes of address space while it runs. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define DEFAULT_LEVEL "off"
#define MUST_CONFINE  false
#else
#define DEFAULT_LEVEL "full"
#define MUST_CONFINE  true
#endif

/* clang-format off */
static const struct setting rows[] = {
    SETTING_STR(struct sandbox_settings, program, "SANDBOX_PROGRAM", .fallback = "", .max = 1024,
                .help = "Path of the media program. Empty: lathe-media beside this program."),
    SETTING_WORD(struct sandbox_settings, level, "SANDBOX_LEVEL", &levels, .fallback = DEFAULT_LEVEL,
                 .help = "How the media program confines itself: full, seccomp (a kernel without Landlock), or off (never in production)."),
    SETTING_INT(struct sandbox_settings, children, "SANDBOX_CHILDREN", .fallback = "0", .min = 0, .max = 1024,
                .help = "Media programs that run at a time. 0: one per processor core."),
    SETTING_TIME(struct sandbox_settings, timeout_us, "SANDBOX_TIMEOUT", .fallback = "1h", .min = US_PER_SECOND, .max = US_PER_DAY,
                 .help = "A media program that takes longer is ended and its file refused."),
};
/* clang-format on */

static void check(const void *all, bool is_production, struct strbuf *problems)
{
    const struct sandbox_settings *settings = all;
    if (is_production && MUST_CONFINE && settings->level == SANDBOX_OFF)
        strbuf_append_cstr(
            problems,
            "LATHE_SANDBOX_LEVEL: off is refused in production; decoders read other people's files\n");
}

const struct setting_group sandbox_settings_group =
    SETTING_GROUP("sandbox", struct sandbox_settings, rows, check);

/* --- the program --- */

static const char *const level_options[] = {[SANDBOX_FULL] = "--sandbox=full",
                                            [SANDBOX_SECCOMP] = "--sandbox=seccomp",
                                            [SANDBOX_OFF] = "--sandbox=off"};

static char *copy_path(struct str path)
{
    char *copy = mem_alloc(path.len + 1);
    memcpy(copy, path.ptr, path.len);
    return copy;
}

static char *path_beside_us(void)
{
    static const char name[] = "lathe-media";
    char path[PATH_MAX + sizeof(name)];
    ssize_t len = readlink("/proc/self/exe", path, PATH_MAX);
    while (len > 0 && path[len - 1] != '/')
        len--;
    memcpy(path + (len > 0 ? len : 0), name, sizeof(name));
    return copy_path(str_cstr(path));
}

struct sandbox *sandbox_new(const struct platform *platform, const struct config *config)
{
    const struct sandbox_settings *settings = config_settings(config, &sandbox_settings_group);
    struct sandbox *sandbox = MEM_NEW(struct sandbox);
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    sandbox->platform = platform;
    sandbox->program = str_is_empty(settings->program) ? path_beside_us() : copy_path(settings->program);
    sandbox->level_option = level_options[settings->level];
    sandbox->limit = settings->children != 0 ? (int)settings->children : cores > 0 ? (int)cores : 1;
    sandbox->timeout_us = settings->timeout_us;
    pthread_mutex_init(&sandbox->lock, NULL);
    list_init(&sandbox->waiters);
    return sandbox;
}

void sandbox_free(struct sandbox *sandbox)
{
    if (sandbox == NULL)
        return;
    REQUIRE(sandbox->running == 0);
    pthread_mutex_destroy(&sandbox->lock);
    mem_free(sandbox->program);
    mem_free(sandbox);
}

/* --- places --- */

/* A fiber in line, on its own stack. */
struct place_waiter {
    struct list link;
    struct loop *loop;
    struct fiber *fiber;
    struct loop_task task;
    bool is_granted;  /* under the lock */
    bool has_arrived; /* loop thread only */
};

static void grant_arrived(struct loop_task *task)
{
    struct place_waiter *waiter = LIST_OWNER(task, struct place_waiter, task);
    waiter->has_arrived = true;
    fiber_wake(waiter->fiber);
}

/* True when a place was free; else the waiter stands in line. */
static bool enter_or_line_up(struct sandbox *sandbox, struct place_waiter *waiter)
{
    pthread_mutex_lock(&sandbox->lock);
    bool is_free = sandbox->running < sandbox->limit;
    if (is_free)
        sandbox->running++;
    else
        list_append(&sandbox->waiters, &waiter->link);
    pthread_mutex_unlock(&sandbox->lock);
    return is_free;
}

struct error *sandbox_enter(struct ctx *cx, struct sandbox *sandbox)
{
    struct place_waiter waiter = {.loop = loop_self(), .fiber = fiber_self(), .task.fn = grant_arrived};
    if (enter_or_line_up(sandbox, &waiter))
        return NULL;
    enum fiber_wakeup wakeup;
    do {
        wakeup = fiber_park(cx->deadline_us);
    } while (wakeup == FIBER_WOKEN && !waiter.has_arrived);
    pthread_mutex_lock(&sandbox->lock);
    bool is_granted = waiter.is_granted;
    if (!is_granted)
        list_remove(&waiter.link);
    pthread_mutex_unlock(&sandbox->lock);
    while (is_granted && !waiter.has_arrived) /* given up too late: the place is on its way */
        fiber_park_firmly();
    if (is_granted)
        return NULL;
    return wakeup == FIBER_TIMED_OUT ? ERROR_CODE(cx, TIMEOUT, "no media program was free in time")
                                     : ERROR_CODE(cx, CANCELLED, "the work was cancelled");
}

void sandbox_leave(struct sandbox *sandbox)
{
    pthread_mutex_lock(&sandbox->lock);
    struct list *first = list_take_first(&sandbox->waiters);
    if (first != NULL) { /* the place goes on to the first in line */
        struct place_waiter *waiter = LIST_OWNER(first, struct place_waiter, link);
        waiter->is_granted = true;
        loop_post(waiter->loop, &waiter->task);
    } else {
        sandbox->running--;
    }
    pthread_mutex_unlock(&sandbox->lock);
}

/* --- starting --- */

struct starting {
    const char *program;
    const char *option;
    int child_socket;
    pid_t pid;
    int pidfd;
    int failure;
};

static int describe_descriptors(posix_spawn_file_actions_t *actions, int child_socket)
{
    int failure = posix_spawn_file_actions_adddup2(actions, child_socket, CHILD_SOCKET);
    for (int fd = 0; fd < CHILD_SOCKET && failure == 0; fd++)
        failure = posix_spawn_file_actions_addopen(actions, fd, "/dev/null", O_RDWR, 0);
    return failure != 0 ? failure : posix_spawn_file_actions_addclosefrom_np(actions, CHILD_SOCKET + 1);
}

/* No signal blocked or ignored, and a process group of its own: Ctrl-C on a terminal is for the server, which drains. */
static int describe_signals(posix_spawnattr_t *attributes)
{
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    int failure = posix_spawnattr_setsigmask(attributes, &none);
    if (failure == 0)
        failure = posix_spawnattr_setsigdefault(attributes, &all);
    if (failure == 0)
        failure = posix_spawnattr_setpgroup(attributes, 0);
    short flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP;
    return failure != 0 ? failure : posix_spawnattr_setflags(attributes, flags);
}

static int spawn(struct starting *starting)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    char option[32];
    char *const arguments[] = {(char[]){"lathe-media"}, option, NULL};
    char *const environment[] = {NULL};
    snprintf(option, sizeof(option), "%s", starting->option);
    REQUIRE(posix_spawn_file_actions_init(&actions) == 0 && posix_spawnattr_init(&attributes) == 0);
    int failure = describe_descriptors(&actions, starting->child_socket);
    if (failure == 0)
        failure = describe_signals(&attributes);
    if (failure == 0)
        failure =
            posix_spawn(&starting->pid, starting->program, &actions, &attributes, arguments, environment);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    return failure;
}

/* exec of a large program takes milliseconds, and the calling thread waits for it. */
static void start_on_pool(void *arg)
{
    struct starting *starting = arg;
    starting->failure = spawn(starting);
    if (starting->failure != 0)
        return;
    /* Nobody else reaps, so the number is still that child's. */
    starting->pidfd = (int)syscall(SYS_pidfd_open, starting->pid, 0U);
    if (starting->pidfd >= 0)
        return;
    starting->failure = errno;
    kill(starting->pid, SIGKILL);
    waitpid(starting->pid, NULL, 0);
}

static struct error *start_child(struct ctx *cx, struct sandbox *sandbox, struct sandbox_child *child)
{
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
        return ERROR(cx, sandbox_unavailable, "no socket for the media program: %s", strerrordesc_np(errno));
    AUTO_FD ours = pair[0];
    AUTO_FD theirs = pair[1];
    struct starting starting = {
        .program = sandbox->program, .option = sandbox->level_option, .child_socket = theirs, .pidfd = -1};
    TRY(pool_call(cx, cx->platform->blocking_pool, start_on_pool, &starting));
    if (starting.failure != 0)
        return ERROR(cx, sandbox_unavailable, "the media program %s cannot be started: %s", sandbox->program,
                     strerrordesc_np(starting.failure));
    child->pid = starting.pid;
    child->pidfd = starting.pidfd;
    child->socket = TAKE_FD(ours);
    return NULL;
}

struct error *sandbox_start(struct ctx *cx, int64_t deadline_us, struct sandbox_child **ret_child)
{
    struct sandbox *sandbox = cx->platform->sandbox;
    REQUIRE(fiber_self() != NULL);
    TRY(sandbox_enter(cx, sandbox));
    struct sandbox_child *child = MEM_NEW(struct sandbox_child);
    struct error *error = start_child(cx, sandbox, child);
    if (error != NULL) {
        mem_free(child);
        sandbox_leave(sandbox);
        return error;
    }
    int64_t limit_us = loop_now_us() + sandbox->timeout_us;
    child->sandbox = sandbox;
    child->deadline_us = deadline_us < limit_us ? deadline_us : limit_us;
    child->buffer = mem_alloc(SANDBOX_MESSAGE_MAX);
    *ret_child = child;
    return NULL;
}
