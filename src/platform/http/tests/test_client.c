/* SPDX-License-Identifier: AGPL-3.0-or-later
 * The client's side of tests: blocking sockets that give up after a while. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/text/number.h"

#include "platform/http/tests/test_server.h"
#include "platform/http/wire/chunked.h"

int test_connect(const struct test_server *server)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)test_server_port(server))};
    struct timeval patience = {.tv_sec = 30};
    int on = 1;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)), 0);
    assert_int_equal(setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)), 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    return fd;
}

void test_send(int fd, struct str bytes)
{
    while (bytes.len != 0) {
        ssize_t sent = send(fd, bytes.ptr, bytes.len, MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR)
            continue;
        assert_true(sent > 0);
        bytes = str_slice(bytes, (size_t)sent, bytes.len);
    }
}

void test_send_cstr(int fd, const char *bytes)
{
    test_send(fd, str_cstr(bytes));
}

void test_reader_init(struct test_reader *reader, struct arena *arena, int fd)
{
    *reader = (struct test_reader){.fd = fd, .arena = arena};
}

/* False at the end of the connection. */
static bool read_more(struct test_reader *reader)
{
    if (reader->len == reader->capacity) {
        size_t capacity = reader->capacity != 0 ? 2 * reader->capacity : 4096;
        char *bytes = arena_alloc_raw(reader->arena, capacity);
        if (reader->len != 0)
            memcpy(bytes, reader->bytes, reader->len);
        reader->bytes = bytes;
        reader->capacity = capacity;
    }
    ssize_t got = recv(reader->fd, reader->bytes + reader->len, reader->capacity - reader->len, 0);
    if (got < 0 && errno != ECONNRESET)
        fail_msg("waiting for the server: %s", strerrorname_np(errno));
    if (got <= 0) {
        reader->is_at_end = true;
        return false;
    }
    reader->len += (size_t)got;
    return true;
}

static struct str take(struct test_reader *reader, size_t len)
{
    struct str taken = arena_str(reader->arena, str_from(reader->bytes, len));
    reader->len -= len;
    if (reader->len != 0 && reader->bytes != NULL)
        memmove(reader->bytes, reader->bytes + len, reader->len);
    return taken;
}

struct test_reply test_read_head(struct test_reader *reader)
{
    struct test_reply reply = {0};
    ptrdiff_t end;
    while ((end = str_find(str_from(reader->bytes, reader->len), STR("\r\n\r\n"))) < 0) {
        if (!read_more(reader)) {
            assert_int_equal(reader->len, 0);
            return (struct test_reply){.is_closed = true};
        }
    }
    reply.head = take(reader, (size_t)end + 4);
    assert_true(str_starts_with(reply.head, STR("HTTP/1.1 ")));
    uint64_t status = 0;
    assert_true(number_parse_u64(str_slice(reply.head, 9, 3), 999, &status));
    reply.status = (int)status;
    return reply;
}

struct str test_field(const struct test_reply *reply, const char *name)
{
    struct str rest = reply->head, line;
    while (str_split(&rest, '\n', &line)) {
        ptrdiff_t colon = str_find_byte(line, ':', 0);
        if (colon > 0 && str_equal_nocase(str_slice(line, 0, (size_t)colon), str_cstr(name))) {
            struct str value = str_slice(line, (size_t)colon + 1, line.len);
            return str_trim(str_slice(value, 0, value.len - 1));
        }
    }
    return STR_NONE;
}

static struct str read_sized(struct test_reader *reader, size_t len)
{
    while (reader->len < len)
        assert_true(read_more(reader));
    return take(reader, len);
}

static struct str read_chunked(struct test_reader *reader)
{
    struct chunk_decoder decoder = {0};
    struct strbuf body;
    strbuf_init(&body, reader->arena, (size_t)1 << 30);
    for (;;) {
        struct str rest = str_from(reader->bytes, reader->len), data;
        enum http_fault fault;
        enum chunk_step step;
        while ((step = chunk_decode(&decoder, &rest, &data, &fault)) == CHUNK_DATA)
            strbuf_append(&body, data);
        (void)take(reader, reader->len - rest.len);
        if (step == CHUNK_ENDED)
            return strbuf_str(&body);
        assert_int_equal(step, CHUNK_NEEDS_MORE);
        assert_true(read_more(reader));
    }
}

struct str test_read_rest(struct test_reader *reader)
{
    while (read_more(reader))
        continue;
    return take(reader, reader->len);
}

struct test_reply test_read_reply(struct test_reader *reader)
{
    struct test_reply reply = test_read_head(reader);
    if (reply.is_closed || reply.status < 200 || reply.status == 204 || reply.status == 304)
        return reply;
    struct str length = test_field(&reply, "content-length");
    uint64_t len = 0;
    if (length.ptr != NULL) {
        assert_true(number_parse_u64(length, SIZE_MAX, &len));
        reply.body = read_sized(reader, (size_t)len);
    } else if (test_field(&reply, "transfer-encoding").ptr != NULL) {
        reply.body = read_chunked(reader);
    } else {
        reply.body = test_read_rest(reader);
    }
    return reply;
}

bool test_is_closed(int fd)
{
    char byte;
    ssize_t got = recv(fd, &byte, 1, 0);
    return got == 0 || (got < 0 && errno == ECONNRESET);
}

struct test_reply test_exchange(const struct test_server *server, struct arena *arena, const char *bytes)
{
    struct test_reader reader;
    int fd = test_connect(server);
    test_reader_init(&reader, arena, fd);
    test_send_cstr(fd, bytes);
    struct test_reply reply = test_read_reply(&reader);
    close(fd);
    return reply;
}
