/* SPDX-License-Identifier: AGPL-3.0-or-later
 * The client's side: blocking sockets. */
#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "platform/live/tests/room_server.h"

enum { PATIENCE_S = 20 };

static void send_all(int fd, const char *bytes, size_t len)
{
    while (len != 0) {
        ssize_t sent = send(fd, bytes, len, MSG_NOSIGNAL);
        if (sent < 0)
            return; /* the other end has closed: reading tells how */
        bytes += sent;
        len -= (size_t)sent;
    }
}

static bool read_all(int fd, char *bytes, size_t len)
{
    while (len != 0) {
        ssize_t got = recv(fd, bytes, len, 0);
        if (got <= 0)
            return false;
        bytes += got;
        len -= (size_t)got;
    }
    return true;
}

int room_client_open(int port, const char *fields)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    struct timeval patience = {.tv_sec = PATIENCE_S};
    int buffer_bytes = 16 * 1024; /* who does not read is to be noticed soon */
    char request[1024], head[4096];
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)), 0);
    assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &buffer_bytes, sizeof(buffer_bytes)), 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    int len =
        snprintf(request, sizeof(request),
                 "GET /ws HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: keep-alive, Upgrade\r\n"
                 "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n%s\r\n",
                 fields);
    send_all(fd, request, (size_t)len);
    size_t got = 0;
    while (got < 4 || memcmp(head + got - 4, "\r\n\r\n", 4) != 0) {
        assert_true(got < sizeof(head) - 1 && read_all(fd, head + got, 1));
        got++;
    }
    head[got] = '\0';
    assert_non_null(strstr(head, "HTTP/1.1 101 "));
    assert_non_null(strstr(head, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="));
    return fd;
}

void room_client_send_frame(int fd, unsigned first_byte, struct str payload)
{
    static const char mask[4] = {0x11, 0x22, 0x33, 0x44};
    char head[14] = {(char)first_byte};
    size_t head_len = 2;
    if (payload.len < 126) {
        head[1] = (char)(0x80 | payload.len);
    } else {
        head[1] = (char)(0x80 | 127);
        for (size_t i = 0; i < 8; i++)
            head[2 + i] = (char)((uint64_t)payload.len >> 8 * (7 - i));
        if (payload.len <= UINT16_MAX) {
            head[1] = (char)(0x80 | 126);
            head[2] = (char)(payload.len >> 8);
            head[3] = (char)payload.len;
        }
        head_len = payload.len <= UINT16_MAX ? 4 : 10;
    }
    memcpy(head + head_len, mask, sizeof(mask));
    struct arena *arena = arena_new(0);
    char *bytes = arena_alloc_raw(arena, head_len + 4 + payload.len);
    memcpy(bytes, head, head_len + 4);
    for (size_t i = 0; i < payload.len; i++)
        bytes[head_len + 4 + i] = (char)(payload.ptr[i] ^ mask[i & 3]);
    send_all(fd, bytes, head_len + 4 + payload.len);
    arena_free(arena);
}

void room_client_send(int fd, const char *text)
{
    room_client_send_frame(fd, 0x81, str_cstr(text));
}

static bool read_length(int fd, uint8_t second, size_t *ret_len)
{
    uint8_t bytes[8];
    size_t count = second == 127 ? 8 : second == 126 ? 2 : 0;
    *ret_len = count == 0 ? second : 0;
    if (count != 0 && !read_all(fd, (char *)bytes, count))
        return false;
    for (size_t i = 0; i < count; i++)
        *ret_len = *ret_len << 8 | bytes[i];
    return true;
}

const char *room_client_read(struct arena *arena, int fd, int *ret_code)
{
    uint8_t head[2];
    size_t len = 0;
    *ret_code = 0;
    while (read_all(fd, (char *)head, sizeof(head)) && read_length(fd, head[1], &len)) {
        char *payload = arena_alloc(arena, len + 1);
        if (!read_all(fd, payload, len))
            return NULL;
        if (head[0] == 0x81)
            return payload;
        if (head[0] == 0x89)
            room_client_send_frame(fd, 0x8A, str_from(payload, len));
        if (head[0] == 0x88) {
            *ret_code = len >= 2 ? (uint8_t)payload[0] << 8 | (uint8_t)payload[1] : 1005;
            return NULL;
        }
    }
    return NULL;
}

const char *room_client_await(struct arena *arena, int fd, const char *part)
{
    for (;;) {
        int code = 0;
        const char *text = room_client_read(arena, fd, &code);
        if (text == NULL)
            fail_msg("the connection ended (%d) before: %s", code, part);
        else if (strstr(text, part) != NULL)
            return text;
    }
}
