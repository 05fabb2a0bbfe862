/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Rooms as server-sent events: the state, what is published, coming back, and what ends a stream. */
#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "platform/live/tests/room_server.h"

enum { TEXT_MAX = 64 * 1024 };

struct fixture {
    struct room_server *server;
    struct arena *arena;
};

static int set_up(void **state)
{
    static struct fixture fixture;
    fixture.server = room_server_start(&(struct room_server_options){.loops = 2});
    fixture.arena = arena_new(0);
    *state = &fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;
    room_server_stop(fixture->server);
    arena_free(fixture->arena);
    return 0;
}

static int follow(struct fixture *fixture, const char *room, const char *fields)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)room_server_port(fixture->server))};
    struct timeval patience = {.tv_sec = 20};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)), 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    struct str request =
        arena_printf(fixture->arena, "GET /events/%s HTTP/1.1\r\nHost: a\r\n%s\r\n", room, fields);
    assert_int_equal(send(fd, request.ptr, request.len, MSG_NOSIGNAL), (ssize_t)request.len);
    return fd;
}

/* Everything up to the part, or up to the end of the connection with NULL. */
static const char *read_until(struct fixture *fixture, int fd, const char *part)
{
    char *text = arena_alloc(fixture->arena, TEXT_MAX + 1);
    size_t len = 0;
    while (part == NULL || strstr(text, part) == NULL) {
        ssize_t got = len < TEXT_MAX ? recv(fd, text + len, 1, 0) : -1;
        if (got == 0 && part == NULL)
            break;
        if (got != 1)
            fail_msg("after %s: not %s", text, part != NULL ? part : "the end");
        len++;
    }
    return text;
}

static void a_stream_begins_with_the_state_and_goes_on(void **state)
{
    struct fixture *fixture = *state;
    room_server_say(fixture->server, "test:a", STR("before"));
    int fd = follow(fixture, "test:a", "");

    const char *begin = read_until(fixture, fd, "\"count\":1}\n\n");
    assert_non_null(strstr(begin, "Content-Type: text/event-stream\r\n"));
    assert_non_null(strstr(
        begin, "id: 1\nevent: snapshot\ndata: {\"type\":\"snapshot\",\"room\":\"test:a\",\"sequence\":1,"));
    room_server_say(fixture->server, "test:a", STR("after"));
    read_until(
        fixture, fd,
        "id: 2\nevent: said\ndata: {\"type\":\"said\",\"room\":\"test:a\",\"sequence\":2,\"text\":\"after\"}\n\n");
    assert_int_equal(room_server_metric(fixture->server, LIVE_METRIC_STREAMS, 0), 1);
    close(fd);
}

static void who_comes_back_gets_what_was_missed(void **state)
{
    struct fixture *fixture = *state;
    for (int i = 0; i < 4; i++)
        room_server_say(fixture->server, "test:b", STR("x"));
    int fd = follow(fixture, "test:b", "Last-Event-ID: 2\r\n");

    const char *missed = read_until(fixture, fd, "\"sequence\":4,\"text\":\"x\"}\n\n");
    assert_non_null(strstr(missed, "id: 3\nevent: said\n"));
    assert_null(strstr(missed, "snapshot"));
    assert_null(strstr(missed, "id: 2\n"));
    close(fd);
}

/* 2 never comes: the state is read again, and what it holds more is shown. */
static void what_was_lost_is_read_again(void **state)
{
    struct fixture *fixture = *state;
    int fd = follow(fixture, "test:c", "");
    read_until(fixture, fd, "snapshot");
    room_server_say(fixture->server, "test:c", STR("one"));
    room_server_keep(fixture->server, "test:c", STR("two"));
    room_server_say(fixture->server, "test:c", STR("three"));
    read_until(fixture, fd, "\"text\":\"one\"");
    read_until(fixture, fd, "\"text\":\"two\"");
    read_until(fixture, fd, "\"text\":\"three\"");
    close(fd);
}

static void rooms_that_one_may_not_see_are_not_there(void **state)
{
    struct fixture *fixture = *state;
    static const struct {
        const char *room, *status;
    } rows[] = {{"test:secret", "HTTP/1.1 404 "}, {"nothing", "HTTP/1.1 404 "}, {"me", "HTTP/1.1 401 "}};
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        int fd = follow(fixture, rows[i].room, "");
        read_until(fixture, fd, rows[i].status);
        close(fd);
    }
}

static void a_stream_ends_with_its_session_or_its_welcome(void **state)
{
    struct fixture *fixture = *state;
    struct id first, second;
    assert_true(id_parse(STR("44444444-4444-7444-8444-444444444444"), &first));
    assert_true(id_parse(STR("55555555-5555-7555-8555-555555555555"), &second));
    int ended =
        follow(fixture, "test:d", "X-Account: 44444444-4444-7444-8444-444444444444\r\nConnection: close\r\n");
    int expelled =
        follow(fixture, "test:d", "X-Account: 55555555-5555-7555-8555-555555555555\r\nConnection: close\r\n");
    read_until(fixture, ended, "snapshot");
    read_until(fixture, expelled, "snapshot");

    live_end_session(room_server_platform(fixture->server), first);
    read_until(fixture, ended, NULL);
    live_expel(room_server_platform(fixture->server), STR("test:d"), second, &live_not_joined);
    read_until(fixture, expelled, NULL);
    close(ended);
    close(expelled);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_stream_begins_with_the_state_and_goes_on),
        cmocka_unit_test(who_comes_back_gets_what_was_missed),
        cmocka_unit_test(what_was_lost_is_read_again),
        cmocka_unit_test(rooms_that_one_may_not_see_are_not_there),
        cmocka_unit_test(a_stream_ends_with_its_session_or_its_welcome),
    };
    return cmocka_run_group_tests_name("live streams", tests, set_up, tear_down);
}
