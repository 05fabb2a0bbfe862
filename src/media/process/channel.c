/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Messages and descriptors over the job's socket. */
#include "media/process/channel.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/mem/cleanup.h"

/* Aligned as the kernel wants it, room for a few descriptors so that none gets lost unseen. */
union control {
    struct cmsghdr align;
    char bytes[CMSG_SPACE(4 * sizeof(int))];
};

struct error *channel_send(struct arena *arena, int socket, struct str text, int fd)
{
    if (text.len > MEDIA_JOB_MESSAGE_MAX)
        return ERROR_IN(arena, media_job_internal, "a message of %zu bytes", text.len);
    union control control = {0};
    struct iovec part = {.iov_base = arena_dup(arena, text.ptr, text.len), .iov_len = text.len};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
    if (fd >= 0) {
        message.msg_control = control.bytes;
        message.msg_controllen = CMSG_SPACE(sizeof(int));
        struct cmsghdr *head = CMSG_FIRSTHDR(&message);
        head->cmsg_level = SOL_SOCKET;
        head->cmsg_type = SCM_RIGHTS;
        head->cmsg_len = CMSG_LEN(sizeof(int));
        memcpy(CMSG_DATA(head), &fd, sizeof(int));
    }
    ssize_t sent = 0;
    do {
        sent = sendmsg(socket, &message, MSG_NOSIGNAL);
    } while (sent < 0 && errno == EINTR);
    return sent == (ssize_t)text.len ? NULL : ERROR_IN(arena, media_job_internal, "the other side is gone");
}

/* Keeps the first descriptor and closes the others. */
static int take_descriptor(struct msghdr *message)
{
    int kept = -1;
    for (struct cmsghdr *head = CMSG_FIRSTHDR(message); head != NULL; head = CMSG_NXTHDR(message, head)) {
        if (head->cmsg_level != SOL_SOCKET || head->cmsg_type != SCM_RIGHTS)
            continue;
        size_t count = (head->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (size_t i = 0; i < count; i++) {
            int fd = -1;
            memcpy(&fd, CMSG_DATA(head) + i * sizeof(int), sizeof(int));
            if (kept < 0)
                kept = fd;
            else
                close(fd);
        }
    }
    return kept;
}

struct error *channel_receive(struct arena *arena, int socket, struct str *ret_text, int *ret_fd)
{
    union control control = {0};
    char *text = arena_alloc_raw(arena, MEDIA_JOB_MESSAGE_MAX);
    struct iovec part = {.iov_base = text, .iov_len = MEDIA_JOB_MESSAGE_MAX};
    struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof(control)};
    ssize_t count = 0;
    do {
        count = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
    } while (count < 0 && errno == EINTR);
    if (count < 0)
        return ERROR_IN(arena, media_job_internal, "the job's socket cannot be read");
    AUTO_FD fd = take_descriptor(&message);
    if ((message.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0)
        return ERROR_IN(arena, media_job_internal, "a message longer than the protocol allows");
    *ret_text = count == 0 ? STR_NONE : str_from(text, (size_t)count);
    *ret_fd = TAKE_FD(fd);
    return NULL;
}

struct error *channel_send_event(struct arena *arena, int socket, const struct media_job_event *event)
{
    return channel_send(arena, socket, media_job_event_encode(arena, event), -1);
}

struct error *channel_ask_output(struct arena *arena, int socket, struct str name, int *ret_fd)
{
    struct media_job_event ask = {.type = MEDIA_EVENT_OUTPUT, .output = {.name = name}};
    struct media_job_command answer = {0};
    struct str text = STR_NONE;
    AUTO_FD fd = -1;
    TRY(channel_send_event(arena, socket, &ask));
    TRY(channel_receive(arena, socket, &text, &fd));
    if (text.ptr == NULL)
        return ERROR_IN(arena, media_job_internal, "the other side is gone");
    TRY(media_job_command_decode(arena, text, &answer));
    if (answer.type == MEDIA_COMMAND_REFUSE)
        return ERROR_IN(arena, media_job_output_refused, "no room for %" STR_FMT, STR_ARG(name));
    if (answer.type != MEDIA_COMMAND_GRANT || fd < 0 || !str_equal(answer.answer.name, name))
        return ERROR_IN(arena, media_job_internal, "an answer to something else");
    *ret_fd = TAKE_FD(fd);
    return NULL;
}
