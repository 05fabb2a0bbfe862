/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Listening sockets, one per loop, and what happens when too much arrives. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "base/mem/cleanup.h"
#include "base/text/number.h"

#include "platform/fault/fault.h"
#include "platform/http/engine/engine.h"

enum { BACKLOG = 4096, ACCEPTS_PER_TURN = 64 };
#define ACCEPT_PAUSE_US (100 * US_PER_MS)
/* So much of a reply lies in the kernel before the client takes it. Without a limit the kernel keeps megabytes for each that
 * hardly reads; a thousand of them use up the memory that it has for all of TCP, and then it drops the packets of everybody. */
enum { UNSENT_BYTES = 128 * 1024 };

/* ---- address ---- */

union socket_address {
    struct sockaddr any;
    struct sockaddr_in ipv4;
    struct sockaddr_in6 ipv6;
    struct sockaddr_storage storage;
};

/* Splits "HOST:PORT" or "[IPv6]:PORT". */
static bool split_address(struct str text, struct str *ret_host, uint16_t *ret_port)
{
    size_t colon = text.len;
    while (colon > 0 && text.ptr[colon - 1] != ':')
        colon--;
    uint64_t port = 0;
    if (colon < 2 || !number_parse_u64(str_slice(text, colon, text.len), UINT16_MAX, &port))
        return false;
    struct str host = str_slice(text, 0, colon - 1);
    bool is_bracketed = host.ptr[0] == '[' && host.ptr[host.len - 1] == ']';
    *ret_host = is_bracketed ? str_slice(host, 1, host.len - 2) : host;
    *ret_port = (uint16_t)port;
    return true;
}

static socklen_t socket_address_parse(struct str text, union socket_address *ret_address)
{
    char host_text[INET6_ADDRSTRLEN];
    struct str host;
    uint16_t port = 0;
    if (!split_address(text, &host, &port))
        return 0;
    if (str_equal(host, STR("localhost")))
        host = STR("127.0.0.1");
    if (host.len >= sizeof(host_text))
        return 0;
    memcpy(host_text, host.ptr, host.len);
    host_text[host.len] = '\0';
    *ret_address = (union socket_address){0};
    if (inet_pton(AF_INET, host_text, &ret_address->ipv4.sin_addr) == 1) {
        ret_address->ipv4.sin_family = AF_INET;
        ret_address->ipv4.sin_port = htons(port);
        return sizeof(ret_address->ipv4);
    }
    if (inet_pton(AF_INET6, host_text, &ret_address->ipv6.sin6_addr) == 1) {
        ret_address->ipv6.sin6_family = AF_INET6;
        ret_address->ipv6.sin6_port = htons(port);
        return sizeof(ret_address->ipv6);
    }
    return 0;
}

/* ---- sockets ---- */

static int socket_open(int family)
{
    int fd = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    int on = 1, unsent = UNSENT_BYTES;
    if (fd < 0)
        return -1;
    /* Accepted sockets inherit the options of TCP, which saves calls for each. */
    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == 0 &&
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) == 0 &&
        setsockopt(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &unsent, sizeof(unsent)) == 0)
        return fd;
    close(fd);
    return -1;
}

static bool share_port(int fd)
{
    int on = 1;
    return setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on)) == 0;
}

static struct error *bind_error(struct arena *arena, struct str address)
{
    const char *why = strerrordesc_np(errno);
    return ERROR_IN(arena, error_common_reasons[ERROR_UNAVAILABLE], "cannot listen on %" STR_FMT ": %s",
                    STR_ARG(address), why != NULL ? why : "unknown error");
}

/* The port is shared only after the bind, so that the bind still fails when another program has it. */
struct error *listener_open_first(struct arena *arena, struct str address, struct http_server *server)
{
    union socket_address parsed;
    socklen_t len = socket_address_parse(address, &parsed);
    if (len == 0)
        return ERROR_IN(arena, error_common_reasons[ERROR_INVALID],
                        "cannot listen on \"%" STR_FMT "\": must be ADDRESS:PORT or [IPv6]:PORT",
                        STR_ARG(address));
    AUTO_FD fd = socket_open(parsed.any.sa_family);
    if (fd < 0 || bind(fd, &parsed.any, len) != 0 || !share_port(fd) || listen(fd, BACKLOG) != 0)
        return bind_error(arena, address);
    server->bound_len = sizeof(server->bound);
    REQUIRE(getsockname(fd, (struct sockaddr *)&server->bound, &server->bound_len) == 0);
    atomic_store(&server->first_fd, TAKE_FD(fd));
    return NULL;
}

int http_server_port(const struct http_server *server)
{
    const union socket_address *bound = (const union socket_address *)(const void *)&server->bound;
    return ntohs(bound->any.sa_family == AF_INET6 ? bound->ipv6.sin6_port : bound->ipv4.sin_port);
}

static int open_shared(const struct http_server *server)
{
    AUTO_FD fd = socket_open(server->bound.ss_family);
    if (fd < 0 || !share_port(fd) ||
        bind(fd, (const struct sockaddr *)&server->bound, server->bound_len) != 0 || listen(fd, BACKLOG) != 0)
        return -1;
    return TAKE_FD(fd);
}

/* ---- accepting ---- */

static int open_reserve(void)
{
    return open("/dev/null", O_RDONLY | O_CLOEXEC);
}

/* Descriptors have run out: the reserve makes room to take one connection and close it, which its client notices at once
 * instead of waiting for us. */
static void turn_one_away(struct http_loop *home)
{
    cleanup_fd(&home->reserve_fd);
    home->reserve_fd = -1;
    AUTO_FD fd = accept4(home->listener.fd, NULL, NULL, SOCK_CLOEXEC);
    cleanup_fd(&fd);
    fd = -1;
    home->reserve_fd = open_reserve();
}

static void resume_accepting(struct timer *timer)
{
    struct http_loop *home = LIST_OWNER(timer, struct http_loop, accept_pause);
    if (home->listener.fd >= 0)
        io_watch_change(home->loop, &home->listener, EPOLLIN);
}

static void pause_accepting(struct http_loop *home)
{
    io_watch_change(home->loop, &home->listener, 0);
    timer_start(home->loop, &home->accept_pause, loop_now_us() + ACCEPT_PAUSE_US);
}

enum accept_outcome { ACCEPT_MORE, ACCEPT_ENOUGH };

static enum accept_outcome accept_failed(struct http_loop *home, int error)
{
    switch (error) {
    case EAGAIN:
        return ACCEPT_ENOUGH;
    case EMFILE:
    case ENFILE:
        http_count(home, HTTP_METRIC_ACCEPT_ERRORS, 0, 1);
        if (home->reserve_fd >= 0) {
            turn_one_away(home);
            return ACCEPT_MORE;
        }
        pause_accepting(home);
        return ACCEPT_ENOUGH;
    case ENOBUFS:
    case ENOMEM:
        http_count(home, HTTP_METRIC_ACCEPT_ERRORS, 0, 1);
        pause_accepting(home);
        return ACCEPT_ENOUGH;
    default: /* the connection's own trouble, such as ECONNABORTED */
        return ACCEPT_MORE;
    }
}

static int accept_one(struct http_loop *home, union socket_address *ret_peer)
{
    if (FAULT_ERRNO("http.accept"))
        return -1;
    socklen_t len = sizeof(*ret_peer);
    return accept4(home->listener.fd, &ret_peer->any, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);
}

static void accept_ready(struct io_watch *watch, uint32_t events)
{
    (void)events;
    struct http_loop *home = LIST_OWNER(watch, struct http_loop, listener);
    for (int i = 0; i < ACCEPTS_PER_TURN; i++) {
        union socket_address peer;
        int fd = accept_one(home, &peer);
        if (fd >= 0)
            connection_start(home, fd, &peer.any);
        else if (accept_failed(home, errno) == ACCEPT_ENOUGH)
            return;
    }
}

void listener_start(struct http_loop *home)
{
    struct http_server *server = home->server;
    int fd = atomic_exchange(&server->first_fd, -1);
    if (fd < 0)
        fd = open_shared(server);
    REQUIRE(fd >= 0);
    home->reserve_fd = open_reserve();
    home->accept_pause.fire = resume_accepting;
    home->listener = (struct io_watch){.fd = fd, .events = EPOLLIN, .ready = accept_ready};
    io_watch_start(home->loop, &home->listener);
}

void listener_stop(struct http_loop *home)
{
    if (home->listener.fd < 0)
        return;
    timer_stop(home->loop, &home->accept_pause);
    io_watch_stop(home->loop, &home->listener);
    close(home->listener.fd);
    home->listener.fd = -1;
}
