/* SPDX-License-Identifier: AGPL-3.0-or-later
 * A media program for tests of the sandbox: does what its first message says, well or badly. */
#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SOCKET = 3, LONG_BYTES = 400 * 1024 };

static void say(const char *text)
{
    (void)!send(SOCKET, text, strlen(text), 0);
}

/* Which descriptors are open besides the one that lists them, how large the environment is, which signals are blocked. */
static void look_around(void)
{
    char text[256];
    size_t len = 0;
    int variables = 0;
    sigset_t blocked;
    int signals = 0;
    DIR *folder = opendir("/proc/self/fd");
    const struct dirent *entry;
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): the program has one thread */
    while ((entry = readdir(folder)) != NULL)
        if (entry->d_name[0] != '.' && strtol(entry->d_name, NULL, 10) != dirfd(folder))
            len += (size_t)snprintf(text + len, sizeof(text) - len, "%s ", entry->d_name);
    while (environ[variables] != NULL)
        variables++;
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): the program has one thread */
    sigprocmask(SIG_SETMASK, NULL, &blocked);
    for (int i = 1; i < 32; i++)
        signals += sigismember(&blocked, i);
    snprintf(text + len, sizeof(text) - len, "env %d signals %d own group %d", variables, signals,
             getpgrp() == getpid());
    say(text);
}

/* Writes into the descriptor that came with the message. */
static void use_descriptor(int fd)
{
    (void)!write(fd, "written by the child", 20);
    say("done");
}

static void send_descriptor(void)
{
    union {
        struct cmsghdr head;
        char bytes[CMSG_SPACE(sizeof(int))];
    } control = {
        .head = {.cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS, .cmsg_len = CMSG_LEN(sizeof(int))}};
    char text[] = "take this";
    struct iovec part = {text, sizeof(text) - 1};
    struct msghdr message = {.msg_iov = &part,
                             .msg_iovlen = 1,
                             .msg_control = control.bytes,
                             .msg_controllen = sizeof(control.bytes)};
    int own = 0;
    memcpy(CMSG_DATA(CMSG_FIRSTHDR(&message)), &own, sizeof(own));
    (void)!sendmsg(SOCKET, &message, 0);
}

static void send_too_much(void)
{
    int size = 4 * LONG_BYTES;
    char *text = calloc(1, LONG_BYTES);
    setsockopt(SOCKET, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
    if (send(SOCKET, text, LONG_BYTES, 0) < 0)
        say("the kernel refused");
    free(text);
}

static ssize_t receive(char *text, size_t size, int *ret_fd)
{
    union {
        struct cmsghdr head;
        char bytes[CMSG_SPACE(sizeof(int))];
    } control;
    struct iovec part = {text, size - 1};
    struct msghdr message = {.msg_iov = &part,
                             .msg_iovlen = 1,
                             .msg_control = control.bytes,
                             .msg_controllen = sizeof(control.bytes)};
    ssize_t got = recvmsg(SOCKET, &message, 0);
    struct cmsghdr *head = got > 0 ? CMSG_FIRSTHDR(&message) : NULL;
    if (head != NULL)
        memcpy(ret_fd, CMSG_DATA(head), sizeof(*ret_fd));
    text[got > 0 ? got : 0] = '\0';
    return got;
}

static void obey(const char *command, int fd)
{
    if (strcmp(command, "look") == 0)
        look_around();
    else if (strcmp(command, "descriptor") == 0)
        use_descriptor(fd);
    else if (strcmp(command, "give") == 0)
        send_descriptor();
    else if (strcmp(command, "long") == 0)
        send_too_much();
    else if (strcmp(command, "crash") == 0)
        abort();
    else if (strcmp(command, "exit") == 0)
        _exit(7);
    else if (strcmp(command, "close") == 0)
        close(SOCKET);
    else
        say(command);
}

int main(void)
{
    char text[4096];
    int fd = -1;
    while (receive(text, sizeof(text), &fd) > 0)
        obey(text, fd);
    while (errno == EBADF) /* closed its socket, and hangs */
        pause();
    return 0;
}
