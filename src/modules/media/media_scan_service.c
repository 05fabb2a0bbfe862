/* SPDX-License-Identifier: AGPL-3.0-or-later
 * A client of ClamAV's daemon: INSTREAM over TCP or a local socket. Source: clamd(8). */
#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/mem/alloc.h"
#include "base/mem/cleanup.h"
#include "base/text/utf8.h"

#include "platform/fiber/fiber.h"
#include "platform/fiber/pool.h"
#include "platform/log/log.h"

#include "modules/media/media_service.h"

enum { PIECE_BYTES = 256 << 10, HEAD_BYTES = 4, REPLY_BYTES = 1024 };
/* Between two signs of life; a scan of a large archive is silent for long. */
static const int64_t patience_us = 10 * US_PER_MINUTE;

#define UNAVAILABLE(cx, ...) ERROR(cx, media_scan_unavailable, "the virus scanner " __VA_ARGS__)

/* --- connecting --- */

struct scanner_address {
    struct str text;
    struct sockaddr_storage address;
    socklen_t len;
    bool is_found;
};

static void resolve_local(struct scanner_address *scanner, struct str path)
{
    struct sockaddr_un local = {.sun_family = AF_UNIX};
    if (path.len >= sizeof(local.sun_path))
        return;
    memcpy(local.sun_path, path.ptr, path.len);
    memcpy(&scanner->address, &local, sizeof(local));
    scanner->len = sizeof(local);
    scanner->is_found = true;
}

static ptrdiff_t last_colon(struct str text)
{
    ptrdiff_t at = (ptrdiff_t)text.len - 1;
    while (at >= 0 && text.ptr[at] != ':')
        at--;
    return at;
}

/* Name look-up blocks. */
static void resolve_on_pool(void *arg)
{
    struct scanner_address *scanner = arg;
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_ADDRCONFIG};
    struct addrinfo *found = NULL;
    char host[256] = "", port[16] = "";
    ptrdiff_t colon = last_colon(scanner->text);
    if (colon <= 0 || colon >= (ptrdiff_t)sizeof(host) || scanner->text.len - (size_t)colon > sizeof(port))
        return;
    struct str name = str_slice(scanner->text, 0, (size_t)colon);
    if (name.len > 2 && name.ptr[0] == '[')
        name = str_slice(name, 1, name.len - 2);
    memcpy(host, name.ptr, name.len);
    memcpy(port, scanner->text.ptr + colon + 1, scanner->text.len - (size_t)colon - 1);
    if (getaddrinfo(host, port, &hints, &found) != 0)
        return;
    memcpy(&scanner->address, found->ai_addr, found->ai_addrlen);
    scanner->len = found->ai_addrlen;
    scanner->is_found = true;
    freeaddrinfo(found);
}

static struct error *resolve(struct ctx *cx, struct scanner_address *scanner)
{
    static const struct str local = STR_INIT("unix:");
    if (str_starts_with(scanner->text, local))
        resolve_local(scanner, str_slice(scanner->text, local.len, scanner->text.len));
    else
        TRY(pool_call(cx, cx->platform->blocking_pool, resolve_on_pool, scanner));
    return scanner->is_found ? NULL : UNAVAILABLE(cx, "has no address");
}

static struct error *wait_for(struct ctx *cx, int fd, uint32_t wanted)
{
    uint32_t events = 0;
    struct error *error = fiber_wait_fd(cx, fd, wanted, loop_now_us() + patience_us, &events);
    return error_has_code(error, ERROR_TIMEOUT) ? UNAVAILABLE(cx, "does not answer") : error;
}

static struct error *connect_to(struct ctx *cx, const struct scanner_address *scanner, int *ret_fd)
{
    int failure = 0;
    socklen_t len = sizeof(failure);
    AUTO_FD fd = socket(scanner->address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return UNAVAILABLE(cx, "cannot be reached: %s", strerrordesc_np(errno));
    if (connect(fd, (const struct sockaddr *)(const void *)&scanner->address, scanner->len) != 0) {
        if (errno != EINPROGRESS)
            return UNAVAILABLE(cx, "cannot be reached: %s", strerrordesc_np(errno));
        TRY(wait_for(cx, fd, EPOLLOUT));
    }
    if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &failure, &len) != 0 || failure != 0)
        return UNAVAILABLE(cx, "cannot be reached: %s", strerrordesc_np(failure));
    *ret_fd = TAKE_FD(fd);
    return NULL;
}

/* --- sending --- */

static struct error *send_all(struct ctx *cx, int fd, const char *bytes, size_t len)
{
    while (len != 0) {
        ssize_t sent = send(fd, bytes, len, MSG_NOSIGNAL);
        if (sent < 0 && errno != EAGAIN && errno != EINTR)
            return UNAVAILABLE(cx, "hung up: %s", strerrordesc_np(errno));
        if (sent < 0) {
            TRY(wait_for(cx, fd, EPOLLOUT));
            continue;
        }
        bytes += sent;
        len -= (size_t)sent;
    }
    return NULL;
}

struct piece {
    int fd;
    int64_t offset;
    char *bytes; /* a head, then the bytes */
    ssize_t got;
    int failure;
};

static void read_on_pool(void *arg)
{
    struct piece *piece = arg;
    piece->got = pread(piece->fd, piece->bytes + HEAD_BYTES, PIECE_BYTES, piece->offset);
    piece->failure = piece->got < 0 ? errno : 0;
}

/* Pieces of a length and bytes; the one of length 0 ends the stream. */
static struct error *send_file(struct ctx *cx, int socket, struct piece *piece)
{
    do {
        TRY(pool_call(cx, cx->platform->blocking_pool, read_on_pool, piece));
        if (piece->failure != 0)
            return ERROR(cx, storage_failed, "an upload cannot be read: %s", strerrordesc_np(piece->failure));
        uint32_t len = htonl((uint32_t)piece->got);
        memcpy(piece->bytes, &len, sizeof(len));
        TRY(send_all(cx, socket, piece->bytes, HEAD_BYTES + (size_t)piece->got));
        piece->offset += piece->got;
    } while (piece->got != 0);
    return NULL;
}

/* --- the verdict --- */

static struct error *receive_reply(struct ctx *cx, int fd, struct str *ret_reply)
{
    char *reply = arena_alloc(cx->arena, REPLY_BYTES);
    size_t len = 0;
    for (;;) {
        ssize_t got = recv(fd, reply + len, REPLY_BYTES - len, 0);
        if (got < 0 && errno == EAGAIN) {
            TRY(wait_for(cx, fd, EPOLLIN));
            continue;
        }
        if (got <= 0)
            return UNAVAILABLE(cx, "hung up before its verdict");
        len += (size_t)got;
        if (memchr(reply, '\0', len) != NULL || len == REPLY_BYTES)
            break;
    }
    *ret_reply = str_from(reply, strnlen(reply, len));
    return NULL;
}

static struct error *judge(struct ctx *cx, struct str reply)
{
    static const struct str found = STR_INIT(" FOUND");
    if (str_equal(reply, STR("stream: OK")))
        return NULL;
    if (!str_ends_with(reply, found) || !utf8_is_valid(reply))
        return UNAVAILABLE(cx, "gave no verdict: %" STR_FMT,
                           STR_ARG(utf8_is_valid(reply) ? reply : STR("?")));
    struct str name = str_slice(reply, sizeof("stream:"), reply.len - sizeof("stream:") - found.len);
    LOG(cx, WARN, "media.upload.infected", log_text("signature", name));
    return ERROR(cx, media_infected, "the virus scanner found %" STR_FMT, STR_ARG(name));
}

static struct error *scan_with(struct ctx *cx, int socket, struct piece *piece)
{
    static const char command[] = "zINSTREAM";
    struct str reply = STR_NONE;
    struct error *error = send_all(cx, socket, command, sizeof(command));
    if (error == NULL)
        error = send_file(cx, socket, piece);
    if (error != NULL && !error_is(error, &media_scan_unavailable))
        return error;
    TRY(receive_reply(cx, socket, &reply)); /* a scanner that hung up in the middle may have said why */
    return judge(cx, reply);
}

struct error *media_scan(struct ctx *cx, int fd)
{
    struct scanner_address scanner = {.text = media_state_of(cx)->settings->clamd};
    if (str_is_empty(scanner.text))
        return NULL;
    AUTO_FD socket = -1;
    int connected_fd = -1;
    TRY(resolve(cx, &scanner));
    TRY(connect_to(cx, &scanner, &connected_fd));
    socket = connected_fd;
    AUTO_MEM char *bytes = mem_alloc(HEAD_BYTES + PIECE_BYTES);
    return scan_with(cx, socket, &(struct piece){.fd = fd, .bytes = bytes});
}
