/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Plain TCP. The fault points stand for what the network does. */
#include "platform/http/transport.h"

#include <sys/sendfile.h>
#include <sys/socket.h>

#include "platform/fault/fault.h"

static ssize_t plain_read(int fd, void *buf, size_t capacity)
{
    if (FAULT_ERRNO("http.read"))
        return -1;
    return recv(fd, buf, capacity, 0);
}

static ssize_t plain_write(int fd, const struct iovec *pieces, size_t count, bool more)
{
    if (FAULT_ERRNO("http.write"))
        return -1;
    int flags = MSG_NOSIGNAL | (more ? MSG_MORE : 0);
    if (count == 1)
        return send(fd, pieces[0].iov_base, pieces[0].iov_len, flags);
    struct iovec copies[8];
    size_t used = count < 8 ? count : 8;
    for (size_t i = 0; i < used; i++)
        copies[i] = pieces[i];
    struct msghdr message = {.msg_iov = copies, .msg_iovlen = used};
    return sendmsg(fd, &message, flags);
}

static ssize_t plain_send_file(int fd, int file_fd, off_t *offset, size_t len)
{
    if (FAULT_ERRNO("http.write"))
        return -1;
    return sendfile(fd, file_fd, offset, len);
}

static void plain_finish(int fd)
{
    (void)shutdown(fd, SHUT_WR); /* fails only when the peer is gone already */
}

const struct transport transport_plain = {
    .name = "plain",
    .read = plain_read,
    .write = plain_write,
    .send_file = plain_send_file,
    .finish = plain_finish,
};
