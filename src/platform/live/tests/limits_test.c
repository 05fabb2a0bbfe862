/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Connections that send too much, read too little, or are not there; and the server's going. Others are not disturbed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "platform/live/tests/room_server.h"

static const char *const patient[] = {"LATHE_LIVE_PATIENCE=60s", "LATHE_LIVE_QUEUE_SIZE=32K", NULL};
static const char *const impatient[] = {"LATHE_LIVE_PATIENCE=1s", NULL};
static const char *const attentive[] = {"LATHE_LIVE_PING=200ms", NULL};

struct fixture {
    struct room_server *server;
    struct arena *arena;
    int port;
};

static int start(void **state, const char *const *settings)
{
    static struct fixture fixture;
    fixture.server = room_server_start(&(struct room_server_options){.loops = 2, .settings = settings});
    fixture.arena = arena_new(0);
    fixture.port = room_server_port(fixture.server);
    *state = &fixture;
    return 0;
}

static int set_up_patient(void **state)
{
    return start(state, patient);
}

static int set_up_impatient(void **state)
{
    return start(state, impatient);
}

static int set_up_attentive(void **state)
{
    return start(state, attentive);
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;
    room_server_stop(fixture->server);
    arena_free(fixture->arena);
    return 0;
}

static int read_close(struct fixture *fixture, int fd)
{
    int code = 0;
    while (room_client_read(fixture->arena, fd, &code) != NULL)
        continue;
    close(fd);
    return code;
}

static int open_in(struct fixture *fixture, const char *room)
{
    int fd = room_client_open(fixture->port, "");
    struct str join = arena_printf(fixture->arena, "{\"type\":\"join\",\"room\":\"%s\"}", room);
    room_client_send(fd, join.ptr);
    room_client_await(fixture->arena, fd, "presence");
    return fd;
}

static struct str text_of(struct arena *arena, size_t len)
{
    char *text = arena_alloc_raw(arena, len);
    memset(text, 'x', len);
    return str_from(text, len);
}

/* More than the kernel's buffers and the room's queue hold. */
static void fill_room(struct fixture *fixture, const char *room)
{
    struct str text = text_of(fixture->arena, 8000);
    for (int i = 0; i < 2500; i++) {
        room_server_say(fixture->server, room, text);
        usleep(200); /* so that a tick does not pass the queue at one stroke */
    }
}

static void who_falls_behind_gets_the_state_anew(void **state)
{
    struct fixture *fixture = *state;
    int slow = open_in(fixture, "test:slow");
    fill_room(fixture, "test:slow");

    room_client_await(fixture->arena, slow, "{\"type\":\"slow_down\",\"room\":\"test:slow\"}");
    int64_t last = room_server_say(fixture->server, "test:slow", STR("the end"));
    struct str wanted =
        arena_printf(fixture->arena, "\"sequence\":%lld,\"text\":\"the end\"", (long long)last);
    room_client_await(fixture->arena, slow, wanted.ptr);
    assert_true(room_server_metric(fixture->server, LIVE_METRIC_BEHIND, 0) >= 1);
    room_server_await(fixture->server, LIVE_METRIC_SNAPSHOTS, 0, 1);
    close(slow);
}

/* A burst that goes out with one tick is nobody's fault: more than the room's queue, less than a socket takes unread. */
static void who_reads_is_not_behind(void **state)
{
    struct fixture *fixture = *state;
    int quick = open_in(fixture, "test:quick");
    int64_t behind = room_server_metric(fixture->server, LIVE_METRIC_BEHIND, 0);
    for (int i = 0; i < 40; i++)
        room_server_say(fixture->server, "test:quick", text_of(fixture->arena, 2000));
    room_client_await(fixture->arena, quick, "\"sequence\":40,");
    assert_int_equal(room_server_metric(fixture->server, LIVE_METRIC_BEHIND, 0), behind);
    close(quick);
}

static void who_reads_nothing_is_closed_and_others_are_not_disturbed(void **state)
{
    struct fixture *fixture = *state;
    int deaf = open_in(fixture, "test:deaf"), other = open_in(fixture, "test:other");
    fill_room(fixture, "test:deaf");
    room_server_say(fixture->server, "test:other", STR("x"));
    room_client_await(fixture->arena, other, "said");

    room_server_await(fixture->server, LIVE_METRIC_CLOSED, LIVE_END_SLOW, 1);
    assert_int_equal(read_close(fixture, deaf), 4008);
    close(other);
}

static void a_flood_of_frames_is_closed_with_a_code(void **state)
{
    struct fixture *fixture = *state;
    int flooder = room_client_open(fixture->port, ""), other = open_in(fixture, "test:calm");
    for (int i = 0; i < 20000; i++)
        room_client_send_frame(flooder, 0x8A, STR("pong"));
    assert_int_equal(read_close(fixture, flooder), 4029);

    room_server_say(fixture->server, "test:calm", STR("x"));
    room_client_await(fixture->arena, other, "said");
    close(other);
}

/* What is unread when the server's end is closed would reset the connection, and take the code along. */
static void who_goes_on_sending_has_the_code_and_an_orderly_end(void **state)
{
    struct fixture *fixture = *state;
    int code = 0, flooder = room_client_open(fixture->port, "");
    struct str text = text_of(fixture->arena, 8000);
    for (int i = 0; i < 5000; i++)
        room_client_send_frame(flooder, 0x8A, STR("pong"));
    for (int i = 0; i < 3000; i++)
        room_client_send_frame(flooder, 0x82, text);
    assert_null(room_client_read(fixture->arena, flooder, &code));
    assert_int_equal(code, 4029);
    room_client_send_frame(flooder, 0x82, text);
    assert_int_equal(shutdown(flooder, SHUT_WR), 0);
    assert_int_equal(recv(flooder, &(char){0}, 1, 0), 0);
    close(flooder);
}

static void a_flood_of_commands_is_refused_and_then_closed(void **state)
{
    struct fixture *fixture = *state;
    int fd = room_client_open(fixture->port, "");
    for (int i = 0; i < 130; i++)
        room_client_send(fd, "{\"type\":\"ping\",\"id\":1}");
    const char *refusal = room_client_await(fixture->arena, fd, "live.rate_limited");
    assert_non_null(strstr(refusal, "{\"type\":\"error\",\"id\":1,"));
    for (int i = 0; i < 400; i++)
        room_client_send(fd, "{\"type\":\"ping\"}");
    assert_int_equal(read_close(fixture, fd), 4029);
}

static void a_silent_peer_is_given_up(void **state)
{
    struct fixture *fixture = *state;
    int fd = room_client_open(fixture->port, "");
    room_server_await(fixture->server, LIVE_METRIC_CLOSED, LIVE_END_SILENT, 1); /* pings are not answered */
    close(fd);
}

static void a_server_that_goes_says_so(void **state)
{
    struct fixture *fixture = *state;
    int fds[4];
    for (size_t i = 0; i < COUNT_OF(fds); i++)
        fds[i] = open_in(fixture, "test:end");
    room_server_drain(fixture->server);
    for (size_t i = 0; i < COUNT_OF(fds); i++)
        assert_int_equal(read_close(fixture, fds[i]), 1001);
}

int main(void)
{
    const struct CMUnitTest slowness[] = {
        cmocka_unit_test(who_falls_behind_gets_the_state_anew),
        cmocka_unit_test(who_reads_is_not_behind),
    };
    const struct CMUnitTest limits[] = {
        cmocka_unit_test(who_reads_nothing_is_closed_and_others_are_not_disturbed),
        cmocka_unit_test(a_flood_of_frames_is_closed_with_a_code),
        cmocka_unit_test(who_goes_on_sending_has_the_code_and_an_orderly_end),
        cmocka_unit_test(a_flood_of_commands_is_refused_and_then_closed),
        cmocka_unit_test(a_server_that_goes_says_so),
    };
    const struct CMUnitTest silence[] = {cmocka_unit_test(a_silent_peer_is_given_up)};
    int failed = cmocka_run_group_tests_name("live slowness", slowness, set_up_patient, tear_down);
    failed += cmocka_run_group_tests_name("live limits", limits, set_up_impatient, tear_down);
    return failed + cmocka_run_group_tests_name("live silence", silence, set_up_attentive, tear_down);
}
