/* SPDX-License-Identifier: AGPL-3.0-or-later
 * A decoder that was taken over by its input: the last bytes of the input name what it tries, in the real cage, against the
 * real server. An input that names nothing goes to the real program. `--list` prints what there is, and what the server must say. */
#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/mem/arena.h"
#include "base/mem/cleanup.h"

#include "media/process/channel.h"
#include "media/process/sandbox.h"
#include "media/process/sandbox_calls.h"

enum { MARK_BYTES = 64, FLOOD_BYTES = 200 * 1024 };
static const char mark[] = "hostile:";

static void say(struct str text)
{
    (void)!write(MEDIA_JOB_FD, text.ptr, text.len);
}

/* For what the cage only refuses: says so, and whether it went through after all. */
static void tell(struct arena *arena, const char *what, bool is_refused)
{
    say(arena_printf(arena, "{\"type\":\"failed\",\"reason\":\"media.internal\",\"message\":\"%s %s\"}", what,
                     is_refused ? "was refused" : "WENT THROUGH"));
}

/* --- what it tries besides system calls --- */

static void crash(struct arena *arena)
{
    (void)arena;
    raise(SIGSEGV);
}

static void end_quietly(struct arena *arena)
{
    (void)arena;
    _exit(0);
}

static void hang(struct arena *arena)
{
    (void)arena;
    for (;;)
        (void)syscall(SYS_clock_nanosleep, CLOCK_MONOTONIC, 0, &(struct timespec){3600, 0}, NULL);
}

static void spin(struct arena *arena)
{
    (void)arena;
    volatile bool is_free = false;
    while (!is_free)
        ;
}

static void hide_reports(struct arena *arena)
{
    (void)arena;
    (void)sigaction(SIGSYS, &(struct sigaction){.sa_handler = SIG_IGN}, NULL);
    (void)syscall(SYS_socket, AF_INET, SOCK_STREAM, 0);
}

static void look_away(int signal)
{
    (void)signal;
}

static void swallow_reports(struct arena *arena)
{
    (void)sigaction(SIGSYS, &(struct sigaction){.sa_handler = look_away}, NULL);
    /* What the call seems to give is what the handler left behind: only a descriptor that is there says that it was made. */
    long fd = syscall(SYS_socket, AF_INET, SOCK_STREAM, 0);
    bool is_socket =
        fd >= 0 && fd < 64 && lseek((int)fd, 0, SEEK_CUR) < 0 && errno == ESPIPE && fd != MEDIA_JOB_FD;
    tell(arena, "swallow-reports", !is_socket);
}

static void take_all_memory(struct arena *arena)
{
    const size_t part = 16 << 20;
    int64_t total = 0;
    for (; total < 2 * SANDBOX_MEMORY_BYTES; total += (int64_t)part) {
        char *memory = mmap(NULL, part, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (memory == MAP_FAILED)
            break;
        memory[0] = 1;
    }
    tell(arena, "take-all-memory", total < SANDBOX_MEMORY_BYTES);
}

static void *idle(void *arg)
{
    hang(NULL);
    return arg;
}

static void take_all_threads(struct arena *arena)
{
    pthread_t thread;
    pthread_attr_t small;
    pthread_attr_init(&small);
    pthread_attr_setstacksize(&small, 256 * 1024);
    int count = 0;
    while (count < 10000 && pthread_create(&thread, &small, idle, NULL) == 0)
        count++;
    tell(arena, "take-all-threads", count < 10000);
}

static void flood(struct arena *arena)
{
    static const char progress[] = "{\"type\":\"progress\",\"stage\":\"probe\",\"fraction\":0.5}";
    char *text = arena_alloc_raw(arena, FLOOD_BYTES);
    memset(text, ' ', FLOOD_BYTES);
    memcpy(text, progress, sizeof(progress) - 1);
    for (;;)
        say(str_from(text, FLOOD_BYTES));
}

static void chatter(struct arena *arena)
{
    (void)arena;
    for (;;)
        say(STR("{\"type\":\"progress\",\"stage\":\"probe\",\"fraction\":0.5}"));
}

static void speak_gibberish(struct arena *arena)
{
    (void)arena;
    say(STR("\xff\xfe no message {{{"));
    hang(arena);
}

static void nest(struct arena *arena)
{
    char *text = arena_alloc_raw(arena, FLOOD_BYTES);
    memset(text, '[', FLOOD_BYTES);
    say(str_from(text, FLOOD_BYTES));
    hang(arena);
}

static void shout(struct arena *arena)
{
    size_t size = (size_t)2 * MEDIA_JOB_MESSAGE_MAX;
    char *text = arena_alloc_raw(arena, size);
    memset(text, ' ', size);
    say(str_from(text, size));
    say(STR(
        "{\"type\":\"output\",\"name\":\"nobody-wants-this\"}")); /* where the kernel refused the long one */
    hang(arena);
}

static void ask_for_a_path(struct arena *arena)
{
    say(STR("{\"type\":\"output\",\"name\":\"../../lathe.db\"}"));
    hang(arena);
}

static void ask_twice(struct arena *arena)
{
    for (int i = 0; i < 2; i++)
        say(STR("{\"type\":\"output\",\"name\":\"preview\"}"));
    hang(arena);
}

static void claim_a_file(struct arena *arena)
{
    struct media_job_event event = {.type = MEDIA_EVENT_RENDITION,
                                    .rendition = {.name = STR_INIT("preview")}};
    say(media_job_event_encode(arena, &event));
    hang(arena);
}

static void lie_about_the_kind(struct arena *arena)
{
    struct media_job_event event = {.type = MEDIA_EVENT_STEMS,
                                    .stems = {.entries = 1, .audio_entries = 1, .total_bytes = 1}};
    say(media_job_event_encode(arena, &event));
    hang(arena);
}

static void be_too_large(struct arena *arena)
{
    int fd = -1;
    struct error *error = channel_ask_output(arena, MEDIA_JOB_FD, STR("preview"), &fd);
    tell(arena, "be-too-large", error == NULL && pwrite(fd, "x", 1, SANDBOX_FILE_BYTES + 1) < 0);
    cleanup_fd(&fd);
}

/* clang-format off */
static const struct behaviour {
    const char *what;
    void (*run)(struct arena *arena);
    const char *log; /* an extended regular expression that the server's log must hold */
} behaviours[] = {
    {"crash", crash, "ended by signal 11"},
    {"end-quietly", end_quietly, "ended with status 0 before its last message"},
    {"hang", hang, "stopped after its time limit"},
    {"spin", spin, "ended by signal (9|24)|stopped after its time limit"},
    {"hide-reports", hide_reports, "ended by signal 31"},
    {"swallow-reports", swallow_reports, "swallow-reports was refused"},
    {"take-all-memory", take_all_memory, "take-all-memory was refused"},
    {"take-all-threads", take_all_threads, "take-all-threads was refused"},
    {"flood", flood, "the protocol: more messages than any job has"},
    {"chatter", chatter, "the protocol: more messages than any job has"},
    {"speak-gibberish", speak_gibberish, "the protocol: a message that cannot be read"},
    {"nest", nest, "the protocol: a message that cannot be read"},
    {"shout", shout, "sent a message of more than|an output that nobody wanted"},
    {"ask-for-a-path", ask_for_a_path, "the protocol: an output that nobody wanted"},
    {"ask-twice", ask_twice, "the protocol: an output that nobody wanted"},
    {"claim-a-file", claim_a_file, "the protocol: a file that was not asked for"},
    {"lie-about-the-kind", lie_about_the_kind, "the protocol: the result of another kind of job"},
    {"be-too-large", be_too_large, "be-too-large was refused"},
};
/* clang-format on */

static void list(void)
{
    for (size_t i = 0; i < COUNT_OF(behaviours); i++)
        printf("%s\t%s\n", behaviours[i].what, behaviours[i].log);
    for (size_t i = 0; i < sandbox_call_count; i++) {
        const struct sandbox_call *call = &sandbox_calls[i];
        if (call->denial == SANDBOX_CALL_REPORTED)
            printf("%s\tsystem call %ld\n", call->what, call->number);
        else if (call->denial == SANDBOX_CALL_REFUSED)
            printf("%s\t%s was refused\n", call->what, call->what);
        else
            printf("%s\tended by signal 31\n", call->what);
    }
}

static void misbehave(struct arena *arena, const char *what)
{
    for (size_t i = 0; i < COUNT_OF(behaviours); i++)
        if (strcmp(behaviours[i].what, what) == 0)
            behaviours[i].run(arena);
    for (size_t i = 0; i < sandbox_call_count; i++)
        if (strcmp(sandbox_calls[i].what, what) == 0)
            tell(arena, what, sandbox_call_try(&sandbox_calls[i]));
}

/* --- the job --- */

/* What the end of the input names; empty: nothing. */
static void read_mark(int fd, char out[MARK_BYTES])
{
    struct stat facts;
    char tail[MARK_BYTES + 1] = "";
    out[0] = '\0';
    if (fstat(fd, &facts) != 0 || facts.st_size < MARK_BYTES ||
        pread(fd, tail, MARK_BYTES, facts.st_size - MARK_BYTES) != MARK_BYTES)
        return;
    if (strncmp(tail, mark, sizeof(mark) - 1) == 0)
        snprintf(out, MARK_BYTES, "%s", tail + sizeof(mark) - 1);
}

/* The input of the job that waits on the socket, without taking the message. */
static int peek_input(void)
{
    union {
        struct cmsghdr head;
        char bytes[CMSG_SPACE(sizeof(int))];
    } control = {0};
    char byte;
    int fd = -1;
    struct iovec part = {&byte, 1};
    struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof(control)};
    if (recvmsg(MEDIA_JOB_FD, &message, MSG_PEEK | MSG_CMSG_CLOEXEC) > 0 && CMSG_FIRSTHDR(&message) != NULL)
        memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof(fd));
    return fd;
}

static void become_real_program(char **arguments)
{
    char path[PATH_MAX] = "";
    ssize_t len = readlink("/proc/self/exe", path, sizeof(path) - sizeof("lathe-media"));
    while (len > 0 && path[len - 1] != '/')
        len--;
    memcpy(path + (len > 0 ? len : 0), "lathe-media", sizeof("lathe-media"));
    execv(path, arguments);
}

int main(int count, char **arguments)
{
    char what[MARK_BYTES];
    if (count == 2 && strcmp(arguments[1], "--list") == 0) {
        list();
        return 0;
    }
    sandbox_close_descriptors();
    int input = peek_input();
    read_mark(input, what);
    if (what[0] == '\0') {
        become_real_program(arguments);
        return 1;
    }
    struct arena *arena = arena_new(0);
    struct str request = STR_NONE;
    int ours = -1;
    sandbox_warm_up();
    if (channel_receive(arena, MEDIA_JOB_FD, &request, &ours) != NULL ||
        sandbox_apply(arena, SANDBOX_FULL, 1) != NULL)
        return 1;
    misbehave(arena, what);
    return 1;
}
