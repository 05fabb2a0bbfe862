/* SPDX-License-Identifier: AGPL-3.0-or-later
 * How bytes reach the peer. Plain TCP now; TLS takes this place with functions of its own, so nothing above calls the socket. */
#ifndef PLATFORM_HTTP_TRANSPORT_H
#define PLATFORM_HTTP_TRANSPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/uio.h>

/* Each is as its system call on a non-blocking socket: -1 with errno EAGAIN when it would block. The peer's going away is an
 * error, never a signal. */
struct transport {
    const char *name;
    ssize_t (*read)(int fd, void *buf, size_t capacity);
    /* more: further bytes follow at once, so a short packet may wait for them. */
    ssize_t (*write)(int fd, const struct iovec *pieces, size_t count, bool more);
    ssize_t (*send_file)(int fd, int file_fd, off_t *offset, size_t len);
    /* Says that nothing more will be sent; reading goes on. */
    void (*finish)(int fd);
};

extern const struct transport transport_plain;

#endif
