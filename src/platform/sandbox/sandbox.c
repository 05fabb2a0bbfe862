/* SPDX-License-Identifier: AGPL-3.0-or-later
 * The messages between a fiber and its child, and the end of a child. Places and starting are in sandbox_start.c. */
#include "platform/sandbox/sandbox.h"

#include <errno.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem/alloc.h"

#include "platform/fiber/fiber.h"
#include "platform/fiber/pool.h"
#include "platform/sandbox/child.h"

REASONS_DEFINE(sandbox_reasons, SANDBOX_REASONS);

/* A child that closed its socket is about to end; one that does not is helped. */
static const int64_t ending_us = 2 * US_PER_SECOND;

/* --- the end --- */

static void kill_child(struct sandbox_child *child)
{
    if (!child->is_reaped)
        (void)syscall(SYS_pidfd_send_signal, child->pidfd, SIGKILL, NULL, 0);
}

static void reap_on_pool(void *arg)
{
    struct sandbox_child *child = arg;
    while (waitid(P_PIDFD, (id_t)child->pidfd, &child->ending, WEXITED) != 0)
        REQUIRE(errno == EINTR);
    child->is_reaped = true;
}

/* The child was killed or has ended. A fiber that was cancelled reaps too. */
static void reap(struct ctx *cx, struct sandbox_child *child)
{
    while (!child->is_reaped)
        if (pool_call(cx, cx->platform->blocking_pool, reap_on_pool, child) != NULL)
            fiber_yield();
}

void sandbox_end(struct ctx *cx, struct sandbox_child *child)
{
    if (child == NULL)
        return;
    kill_child(child);
    reap(cx, child);
    close(child->socket);
    close(child->pidfd);
    sandbox_leave(child->sandbox);
    mem_free(child->buffer);
    mem_free(child);
}

/* The socket is at its end: says how the child ended. */
static struct error *judge_ending(struct ctx *cx, struct sandbox_child *child)
{
    uint32_t events = 0;
    struct error *error = NULL;
    if (!child->is_reaped)
        error = fiber_wait_fd(cx, child->pidfd, EPOLLIN, loop_now_us() + ending_us, &events);
    if (error_has_code(error, ERROR_CANCELLED))
        return error;
    kill_child(child);
    reap(cx, child);
    if (child->ending.si_code == CLD_EXITED)
        return ERROR(cx, sandbox_crashed, "the media program ended with status %d before its last message",
                     child->ending.si_status);
    return ERROR(cx, sandbox_crashed, "the media program was ended by signal %d", child->ending.si_status);
}

/* Until the socket is ready, or the child's time or the work's time is up. */
static struct error *wait_ready(struct ctx *cx, struct sandbox_child *child, uint32_t wanted)
{
    int64_t deadline_us = child->deadline_us < cx->deadline_us ? child->deadline_us : cx->deadline_us;
    uint32_t events = 0;
    struct error *error = fiber_wait_fd(cx, child->socket, wanted, deadline_us, &events);
    if (!error_has_code(error, ERROR_TIMEOUT) || child->deadline_us > cx->deadline_us)
        return error;
    kill_child(child);
    return ERROR(cx, sandbox_too_slow, "the media program was stopped after its time limit");
}

/* --- messages --- */

/* Aligned as the kernel wants it. */
union control {
    struct cmsghdr head;
    char bytes[CMSG_SPACE(sizeof(int))];
};

static void attach_descriptor(struct msghdr *message, union control *control, int fd)
{
    message->msg_control = control->bytes;
    message->msg_controllen = sizeof(control->bytes);
    struct cmsghdr *head = CMSG_FIRSTHDR(message);
    head->cmsg_level = SOL_SOCKET;
    head->cmsg_type = SCM_RIGHTS;
    head->cmsg_len = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(head), &fd, sizeof(fd));
}

struct error *sandbox_send(struct ctx *cx, struct sandbox_child *child, struct str text, int fd)
{
    union control control = {0};
    REQUIRE(text.len > 0 && text.len <= SANDBOX_MESSAGE_MAX);
    struct iovec part = {.iov_base = arena_dup(cx->arena, text.ptr, text.len), .iov_len = text.len};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
    if (fd >= 0)
        attach_descriptor(&message, &control, fd);
    for (;;) {
        ssize_t sent = sendmsg(child->socket, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent >= 0)
            return NULL;
        if (errno == EINTR)
            continue;
        if (errno != EAGAIN)
            return judge_ending(cx, child);
        TRY(wait_ready(cx, child, EPOLLOUT));
    }
}

/* Without room for control data the kernel drops descriptors that a child might send. */
static ssize_t receive_now(struct sandbox_child *child, bool *ret_is_cut)
{
    struct iovec part = {.iov_base = child->buffer, .iov_len = SANDBOX_MESSAGE_MAX};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
    ssize_t got = recvmsg(child->socket, &message, MSG_DONTWAIT);
    *ret_is_cut = got >= 0 && (message.msg_flags & MSG_TRUNC) != 0;
    return got;
}

struct error *sandbox_receive(struct ctx *cx, struct sandbox_child *child, struct str *ret_message)
{
    for (;;) {
        bool is_cut = false;
        ssize_t got = receive_now(child, &is_cut);
        if (is_cut) {
            kill_child(child);
            return ERROR(cx, sandbox_crashed, "the media program sent a message of more than %d bytes",
                         SANDBOX_MESSAGE_MAX);
        }
        if (got > 0) {
            *ret_message = arena_str(cx->arena, str_from(child->buffer, (size_t)got));
            return NULL;
        }
        if (got == 0 || (errno != EAGAIN && errno != EINTR))
            return judge_ending(cx, child);
        if (errno == EAGAIN)
            TRY(wait_ready(cx, child, EPOLLIN));
    }
}
