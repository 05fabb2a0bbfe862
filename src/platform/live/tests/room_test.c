/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Rooms over real connections: joining, order, what was missed, leaving, presence, sessions, streams of events. */
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include <cmocka.h>

#include "platform/live/relay.h"
#include "platform/live/tests/room_server.h"

static const char alice[] = "X-Account: 11111111-1111-7111-8111-111111111111\r\n";
static const char bob[] = "X-Account: 22222222-2222-7222-8222-222222222222\r\n";

struct fixture {
    struct room_server *server;
    struct arena *arena;
    int port;
};

static int set_up(void **state)
{
    static struct fixture fixture;
    fixture.server = room_server_start(&(struct room_server_options){.loops = 3});
    fixture.arena = arena_new(0);
    fixture.port = room_server_port(fixture.server);
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

static const char *read_text(struct fixture *fixture, int fd)
{
    int code = 0;
    const char *text = room_client_read(fixture->arena, fd, &code);
    assert_non_null(text);
    return text;
}

static int read_close(struct fixture *fixture, int fd)
{
    int code = 0;
    while (room_client_read(fixture->arena, fd, &code) != NULL)
        continue;
    close(fd);
    return code;
}

static void joining_shows_the_state_and_then_what_is_published(void **state)
{
    struct fixture *fixture = *state;
    room_server_say(fixture->server, "test:a", STR("before"));
    int fd = room_client_open(fixture->port, "");

    room_client_send(fd, "{\"type\":\"join\",\"id\":7,\"room\":\"test:a\"}");
    assert_string_equal(read_text(fixture, fd),
                        "{\"type\":\"ok\",\"id\":7,\"room\":\"test:a\",\"sequence\":1}");
    assert_string_equal(read_text(fixture, fd),
                        "{\"type\":\"snapshot\",\"room\":\"test:a\",\"sequence\":1,\"count\":1}");
    assert_string_equal(read_text(fixture, fd), "{\"type\":\"presence\",\"room\":\"test:a\",\"viewers\":1}");
    room_server_say(fixture->server, "test:a", STR("after"));

    assert_string_equal(room_client_await(fixture->arena, fd, "said"),
                        "{\"type\":\"said\",\"room\":\"test:a\",\"sequence\":2,\"text\":\"after\"}");
    close(fd);
}

static void a_client_that_comes_back_gets_what_it_missed(void **state)
{
    struct fixture *fixture = *state;
    for (int i = 0; i < 3; i++)
        room_server_say(fixture->server, "test:b", STR("x"));
    int fd = room_client_open(fixture->port, "");

    room_client_send(fd, "{\"type\":\"join\",\"room\":\"test:b\",\"after_sequence\":1}");

    assert_string_equal(read_text(fixture, fd), "{\"type\":\"ok\",\"room\":\"test:b\",\"sequence\":3}");
    assert_non_null(strstr(read_text(fixture, fd), "\"sequence\":2,"));
    assert_non_null(strstr(read_text(fixture, fd), "\"sequence\":3,"));
    close(fd);
}

static void messages_arrive_in_the_order_of_their_sequence(void **state)
{
    struct fixture *fixture = *state;
    int fd = room_client_open(fixture->port, "");
    room_client_send(fd, "{\"type\":\"join\",\"room\":\"test:c\"}");
    room_client_await(fixture->arena, fd, "presence");
    for (int i = 0; i < 4; i++)
        room_server_keep(fixture->server, "test:c", STR("x"));

    static const int64_t order[] = {3, 2, 4, 4, 1, 2, 3};
    for (size_t i = 0; i < COUNT_OF(order); i++)
        room_server_publish(fixture->server, "test:c", order[i], STR("x"));

    for (int i = 1; i <= 4; i++) {
        struct str wanted = arena_printf(fixture->arena, "\"sequence\":%d,", i);
        assert_non_null(strstr(room_client_await(fixture->arena, fd, "said"), wanted.ptr));
    }
    close(fd);
}

/* 2 is in the truth, but its publisher died. */
static void a_message_that_never_comes_is_read_from_the_truth(void **state)
{
    struct fixture *fixture = *state;
    int fd = room_client_open(fixture->port, "");
    room_client_send(fd, "{\"type\":\"join\",\"room\":\"test:d\"}");
    room_client_await(fixture->arena, fd, "presence");
    room_server_say(fixture->server, "test:d", STR("one"));
    room_server_keep(fixture->server, "test:d", STR("two"));
    room_server_say(fixture->server, "test:d", STR("three"));

    assert_non_null(strstr(room_client_await(fixture->arena, fd, "said"), "one"));
    assert_non_null(strstr(room_client_await(fixture->arena, fd, "said"), "two"));
    assert_non_null(strstr(room_client_await(fixture->arena, fd, "said"), "three"));
    close(fd);
}

struct talker {
    struct room_server *server;
    int count;
};

static void *talk(void *arg)
{
    const struct talker *talker = arg;
    for (int i = 0; i < talker->count; i++) {
        room_server_say(talker->server, "test:race", STR("word"));
        if (i % 16 == 0)
            usleep(500);
    }
    return NULL;
}

static void expect_all(struct fixture *fixture, int fd, int64_t last)
{
    int64_t seen = -1;
    while (seen < last) {
        const char *text = read_text(fixture, fd);
        const char *place = strstr(text, "\"sequence\":");
        if (place == NULL || strstr(text, "\"ok\"") != NULL)
            continue;
        int64_t sequence = strtoll(place + 11, NULL, 10);
        bool is_snapshot = strstr(text, "snapshot") != NULL;
        assert_true(is_snapshot ? sequence >= seen : sequence == seen + 1);
        seen = sequence;
    }
}

/* Joins fall between publishings that go on meanwhile, on all loops. */
static void joining_loses_nothing_and_shows_nothing_twice(void **state)
{
    struct fixture *fixture = *state;
    struct talker talkers[2] = {{fixture->server, 600}, {fixture->server, 600}};
    pthread_t threads[2];
    int fds[24];
    room_server_delay_joins(fixture->server, 3 * US_PER_MS);
    for (size_t i = 0; i < 2; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, talk, &talkers[i]), 0);
    for (size_t i = 0; i < COUNT_OF(fds); i++) {
        fds[i] = room_client_open(fixture->port, "");
        room_client_send(fds[i], "{\"type\":\"join\",\"room\":\"test:race\"}");
    }
    for (size_t i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);

    for (size_t i = 0; i < COUNT_OF(fds); i++) {
        expect_all(fixture, fds[i], 1200);
        close(fds[i]);
    }
    room_server_delay_joins(fixture->server, 0);
}

static void a_room_has_one_name_on_its_messages(void **state)
{
    struct fixture *fixture = *state;
    int fd = room_client_open(fixture->port, "");
    room_client_send(fd, "{\"type\":\"join\",\"id\":1,\"room\":\"alias:e\"}");
    assert_non_null(strstr(read_text(fixture, fd), "\"room\":\"test:e\""));
    room_client_send(fd, "{\"type\":\"join\",\"id\":2,\"room\":\"test:e\"}");
    room_client_await(fixture->arena, fd, "\"id\":2");
    assert_int_equal(live_count(room_server_platform(fixture->server), STR("test:e")).now, 1);

    room_client_send(fd, "{\"type\":\"leave\",\"id\":3,\"room\":\"alias:e\"}");

    room_client_await(fixture->arena, fd, "{\"type\":\"ok\",\"id\":3}");
    assert_int_equal(live_count(room_server_platform(fixture->server), STR("test:e")).now, 0);
    close(fd);
}

static void commands_are_answered_in_order(void **state)
{
    struct fixture *fixture = *state;
    int fd = room_client_open(fixture->port, "");
    room_client_send(fd, "{\"type\":\"slow\",\"id\":\"first\"}");
    room_client_send(fd, "{\"type\":\"say\",\"id\":2,\"room\":\"test:f\",\"text\":\"\\u00fc\"}");
    room_client_send(fd, "{\"type\":\"ping\",\"id\":3}");

    assert_string_equal(read_text(fixture, fd), "{\"type\":\"ok\",\"id\":\"first\"}");
    assert_string_equal(read_text(fixture, fd), "{\"type\":\"ok\",\"id\":2,\"said\":1}");
    assert_non_null(strstr(read_text(fixture, fd), "{\"type\":\"ok\",\"id\":3,\"time\":"));
    close(fd);
}

/* On one connection and its fiber: nothing is left over from the command before. */
static void a_command_is_as_vital_as_its_row(void **state)
{
    struct fixture *fixture = *state;
    static const char *const types[] = {"class", "first", "class", "first", "first", "class"};
    int fd = room_client_open(fixture->port, "");
    for (size_t i = 0; i < COUNT_OF(types); i++) {
        struct str text = arena_printf(fixture->arena, "{\"type\":\"%s\",\"id\":%zu}", types[i], i + 1);
        room_client_send(fd, text.ptr);
        struct str answer = str_cstr(room_client_await(fixture->arena, fd, "is_vital"));
        bool is_vital = str_find(answer, STR("\"is_vital\":true")) >= 0;
        assert_int_equal(is_vital, strcmp(types[i], "first") == 0);
    }
    close(fd);
}

static void what_cannot_be_done_is_said_with_the_id(void **state)
{
    static const struct {
        const char *text, *code;
    } rows[] = {
        {"{\"type\":\"join\",\"id\":1,\"room\":\"test:secret\"}", "live.no_such_room"},
        {"{\"type\":\"join\",\"id\":1,\"room\":\"nothing:1\"}", "live.no_such_room"},
        {"{\"type\":\"join\",\"id\":1,\"room\":\"me\"}", "live.login_needed"},
        {"{\"type\":\"rare\",\"id\":1}", "live.login_needed"},
        {"{\"type\":\"leave\",\"id\":1,\"room\":\"test:a\"}", "live.not_joined"},
        {"{\"type\":\"dance\",\"id\":1}", "live.no_such_command"},
        {"{\"type\":\"say\",\"id\":1,\"room\":\"test:a\"}", "common.invalid"},
        {"{\"type\":\"ping\",\"id\":1,\"more\":true}", "common.invalid"},
        {"{\"type\":\"ping\",\"id\":1,\"id\":1}", "live.bad_message"},
        {"{\"type\":\"ping\",\"id\":[1]}", "live.bad_message"},
        {"{\"id\":1}", "live.bad_message"},
        {"[]", "live.bad_message"},
        {"nonsense", "live.bad_message"},
        {"", "live.bad_message"},
    };
    struct fixture *fixture = *state;
    int fd = room_client_open(fixture->port, "");
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        room_client_send(fd, rows[i].text);
        const char *answer = read_text(fixture, fd);
        bool has_id = strcmp(rows[i].code, "live.bad_message") != 0;
        assert_true(has_id == (strstr(answer, "{\"type\":\"error\",\"id\":1,\"problem\":{") != NULL));
        if (strstr(answer, rows[i].code) == NULL)
            fail_msg("%s: %s", rows[i].text, answer);
    }
    close(fd);
}

static void an_account_has_a_budget_for_each_command(void **state)
{
    struct fixture *fixture = *state;
    int fds[2] = {room_client_open(fixture->port, bob), room_client_open(fixture->port, bob)};
    for (size_t i = 0; i < 2; i++) {
        room_client_send(fds[i], "{\"type\":\"rare\"}");
        room_client_await(fixture->arena, fds[i], "ok");
    }
    room_client_send(fds[0], "{\"type\":\"rare\"}");
    room_client_await(fixture->arena, fds[0], "live.rate_limited");
    close(fds[0]);
    close(fds[1]);
}

static void accounts_have_a_room_of_their_own(void **state)
{
    struct fixture *fixture = *state;
    const struct platform *platform = room_server_platform(fixture->server);
    struct id id;
    assert_true(id_parse(STR("11111111-1111-7111-8111-111111111111"), &id));
    int fd = room_client_open(fixture->port, alice);
    room_client_send(fd, "{\"type\":\"join\",\"room\":\"me\"}");
    room_client_await(fixture->arena, fd, "\"room\":\"account:11111111-1111-7111-8111-111111111111\"");
    assert_true(live_is_present(platform, id));

    room_server_say(fixture->server, "account:11111111-1111-7111-8111-111111111111", STR("outbid"));

    room_client_await(fixture->arena, fd, "outbid");
    close(fd);
    room_server_await(fixture->server, LIVE_METRIC_CLOSED, LIVE_END_BROKEN, 1);
}

static void members_see_who_comes_and_goes(void **state)
{
    struct fixture *fixture = *state;
    int first = room_client_open(fixture->port, alice);
    room_client_send(first, "{\"type\":\"join\",\"room\":\"club:a\"}");
    room_client_await(fixture->arena, first, "\"members\":[\"11111111-1111-7111-8111-111111111111\"]");
    int second = room_client_open(fixture->port, bob);
    room_client_send(second, "{\"type\":\"join\",\"room\":\"club:a\"}");

    room_client_await(fixture->arena, first,
                      "\"account_id\":\"22222222-2222-7222-8222-222222222222\",\"state\":\"online\"");
    close(second);
    room_client_await(fixture->arena, first,
                      "\"account_id\":\"22222222-2222-7222-8222-222222222222\",\"state\":\"offline\"");
    close(first);
}

static void viewers_are_counted(void **state)
{
    struct fixture *fixture = *state;
    int fds[5];
    for (size_t i = 0; i < COUNT_OF(fds); i++) {
        fds[i] = room_client_open(fixture->port, "");
        room_client_send(fds[i], "{\"type\":\"join\",\"room\":\"test:g\"}");
        room_client_await(fixture->arena, fds[i], "snapshot");
    }
    room_client_await(fixture->arena, fds[0], "\"viewers\":5");
    for (size_t i = 1; i < COUNT_OF(fds); i++)
        close(fds[i]);
    room_client_await(fixture->arena, fds[0], "\"viewers\":1");
    assert_int_equal(live_count(room_server_platform(fixture->server), STR("test:g")).peak, 5);
    close(fds[0]);
}

static void who_is_expelled_hears_no_more(void **state)
{
    struct fixture *fixture = *state;
    struct id id;
    assert_true(id_parse(STR("22222222-2222-7222-8222-222222222222"), &id));
    int fd = room_client_open(fixture->port, bob), other = room_client_open(fixture->port, alice);
    room_client_send(fd, "{\"type\":\"join\",\"room\":\"test:h\"}");
    room_client_send(other, "{\"type\":\"join\",\"room\":\"test:h\"}");
    room_client_await(fixture->arena, fd, "presence");
    room_client_await(fixture->arena, other, "presence");

    live_expel(room_server_platform(fixture->server), STR("test:h"), id, &live_not_joined);

    room_client_await(fixture->arena, fd,
                      "{\"type\":\"left\",\"room\":\"test:h\",\"code\":\"live.not_joined\"}");
    room_server_say(fixture->server, "test:h", STR("x"));
    room_client_await(fixture->arena, other, "said");
    room_client_send(fd, "{\"type\":\"leave\",\"room\":\"test:h\"}");
    assert_non_null(strstr(read_text(fixture, fd), "live.not_joined"));
    close(fd);
    close(other);
}

/* The member is there while its room is read; whoever is sent away meanwhile does not get in. */
static void who_is_expelled_while_joining_does_not_join(void **state)
{
    struct fixture *fixture = *state;
    struct id id;
    assert_true(id_parse(STR("22222222-2222-7222-8222-222222222222"), &id));
    int fd = room_client_open(fixture->port, bob);
    room_server_delay_joins(fixture->server, 500 * US_PER_MS);
    room_client_send(fd, "{\"type\":\"join\",\"id\":1,\"room\":\"test:j\"}");
    struct pollfd answer = {.fd = fd, .events = POLLIN};
    while (poll(&answer, 1, 5) == 0)
        live_expel(room_server_platform(fixture->server), STR("test:j"), id, &live_not_joined);
    room_client_await(fixture->arena, fd, "live.left");
    room_server_delay_joins(fixture->server, 0);
    room_client_send(fd, "{\"type\":\"leave\",\"id\":2,\"room\":\"test:j\"}");
    room_client_await(fixture->arena, fd, "live.not_joined");
    close(fd);
}

static void one_connection_watches_so_many_rooms(void **state)
{
    struct fixture *fixture = *state;
    int fd = room_client_open(fixture->port, "");
    for (int i = 0; i < 64; i++) {
        room_client_send(fd,
                         arena_printf(fixture->arena, "{\"type\":\"join\",\"room\":\"test:many%d\"}", i).ptr);
        room_client_await(fixture->arena, fd, "snapshot");
    }
    room_client_send(fd, "{\"type\":\"join\",\"room\":\"test:more\"}");
    room_client_await(fixture->arena, fd, "live.too_many_rooms");
    room_client_send(fd, "{\"type\":\"leave\",\"id\":\"out\",\"room\":\"test:many0\"}");
    room_client_await(fixture->arena, fd, "\"out\"");
    room_client_send(fd, "{\"type\":\"join\",\"room\":\"test:more\"}");
    room_client_await(fixture->arena, fd, "snapshot");
    close(fd);
}

static void an_ended_session_is_closed(void **state)
{
    struct fixture *fixture = *state;
    struct id id;
    assert_true(id_parse(STR("33333333-3333-7333-8333-333333333333"), &id));
    int told = room_client_open(fixture->port, "X-Account: 33333333-3333-7333-8333-333333333333\r\n");
    room_server_end_session(fixture->server, id, true);
    assert_int_equal(read_close(fixture, told), 4001);

    int untold = room_client_open(fixture->port, "X-Account: 33333333-3333-7333-8333-333333333333\r\n");
    room_client_send(untold, "{\"type\":\"ping\"}");
    assert_int_equal(read_close(fixture, untold), 4001);
}

static void an_end_that_was_lost_between_instances_is_found_out(void **state)
{
    struct fixture *fixture = *state;
    struct id id;
    assert_true(id_parse(STR("34333333-3333-7333-8333-333333333333"), &id));
    int silent = room_client_open(fixture->port, "X-Account: 34333333-3333-7333-8333-333333333333\r\n");
    room_server_end_session(fixture->server, id, false);
    relay_take(room_server_platform(fixture->server)->live, STR("A"));
    assert_int_equal(read_close(fixture, silent), 4001);
}

static void what_other_instances_say_is_shown(void **state)
{
    struct fixture *fixture = *state;
    struct live *live = room_server_platform(fixture->server)->live;
    int fd = room_client_open(fixture->port, alice);
    room_client_send(fd, "{\"type\":\"join\",\"room\":\"test:i\"}");
    room_client_await(fixture->arena, fd, "presence");

    relay_take(live, STR("M\ttest:i\ttyping\t0\t1\t{\"by\":\"x\"}"));
    assert_string_equal(room_client_await(fixture->arena, fd, "typing"),
                        "{\"type\":\"typing\",\"room\":\"test:i\",\"by\":\"x\"}");
    room_server_keep(fixture->server, "test:i", STR("kept elsewhere"));
    relay_take(live, STR("S\ttest:i"));
    room_client_await(fixture->arena, fd, "kept elsewhere");
    room_server_keep(fixture->server, "test:i", STR("while the line was down"));
    relay_take(live, STR("A"));
    room_client_await(fixture->arena, fd, "while the line was down");
    relay_take(live, STR("N\tvtest:i\t7\t41"));
    room_client_await(fixture->arena, fd, "{\"type\":\"presence\",\"room\":\"test:i\",\"viewers\":42}");
    assert_int_equal(live_count(room_server_platform(fixture->server), STR("test:i")).now, 42);
    assert_int_equal(live_count(room_server_platform(fixture->server), STR("test:i")).peak, 42);
    relay_take(live, STR("N\tvtest:i\t7\t0"));
    room_client_await(fixture->arena, fd, "{\"type\":\"presence\",\"room\":\"test:i\",\"viewers\":1}");
    relay_take(live, STR("X\ttest:i\t11111111-1111-7111-8111-111111111111\tchat.banned"));
    room_client_await(fixture->arena, fd, "{\"type\":\"left\",\"room\":\"test:i\",\"code\":\"chat.banned\"}");
    relay_take(live, STR("U\t11111111-1111-7111-8111-111111111111"));
    assert_int_equal(read_close(fixture, fd), 4001);
}

/* Bob is at another instance, later here as well: he comes once and goes once. */
static void who_is_at_another_instance_is_there(void **state)
{
    struct fixture *fixture = *state;
    const struct platform *platform = room_server_platform(fixture->server);
    struct id id;
    assert_true(id_parse(STR("22222222-2222-7222-8222-222222222222"), &id));
    relay_take(platform->live, STR("N\tm22222222-2222-7222-8222-222222222222club:b\t7\t1"));
    int fd = room_client_open(fixture->port, alice);
    room_client_send(fd, "{\"type\":\"join\",\"room\":\"club:b\"}");
    room_client_await(fixture->arena, fd, "22222222-2222-7222-8222-222222222222");
    room_client_await(fixture->arena, fd, "online"); /* that is alice herself */
    assert_false(live_is_present(platform, id));
    relay_take(platform->live, STR("N\ta22222222-2222-7222-8222-222222222222\t7\t2"));
    assert_true(live_is_present(platform, id));

    int other = room_client_open(fixture->port, bob);
    room_client_send(other, "{\"type\":\"join\",\"id\":1,\"room\":\"club:b\"}");
    room_client_await(fixture->arena, other, "\"id\":1");
    relay_take(platform->live, STR("N\tm22222222-2222-7222-8222-222222222222club:b\t7\t0"));
    relay_take(platform->live, STR("N\ta22222222-2222-7222-8222-222222222222\t7\t0"));
    assert_true(live_is_present(platform, id));
    relay_take(platform->live, STR("N\tm33333333-3333-7333-8333-333333333333club:b\t7\t1"));
    assert_string_equal(
        room_client_await(fixture->arena, fd, "line\""),
        "{\"type\":\"presence\",\"room\":\"club:b\",\"account_id\":\"33333333-3333-7333-8333-333333333333\",\"state\":\"online\"}");
    close(other);
    room_client_await(fixture->arena, fd,
                      "\"account_id\":\"22222222-2222-7222-8222-222222222222\",\"state\":\"offline\"");
    relay_take(platform->live, STR("N\tm33333333-3333-7333-8333-333333333333club:b\t7\t0"));
    room_client_await(fixture->arena, fd,
                      "\"account_id\":\"33333333-3333-7333-8333-333333333333\",\"state\":\"offline\"");
    close(fd);
}

static void nonsense_of_other_instances_is_passed_over(void **state)
{
    static const char *const texts[] = {
        "",
        "M",
        "M\t",
        "M\ttest:i",
        "M\ttest:i\tx\t-1\t0\t{}",
        "M\ttest:i\tx\t1\t0\t[]",
        "Q\tx",
        "N\tvtest:i\t7",
        "N\tvtest:i\tx\t5",
        "N\tvtest:i\t7\t-1",
        "N\tvtest:i\t7\t999999999999",
        "N\t\t7\t5",
        "N\tm\t7\t5",
        "N\tmnobodytest:i\t7\t5",
        "N\tm11111111-1111-7111-8111-111111111111\t7\t5",
        "N\tv\t7\t5",
        "N\tz\t7\t5",
        "H\tx",
        "H",
        "M\t\tx\t1\t0\t{}",
        "M\ttest:i\t\t1\t0\t{}",
        "S",
        "S\t",
        "X\ttest:i\tnobody\tx",
        "E\t",
        "U\tx",
        "MM\tx",
        "M\ttest:i\tx\t1\t0\t{",
        "M\ttest:i\tx\t99999999999999999999\t0\t{}",
    };
    struct fixture *fixture = *state;
    int fd = room_client_open(fixture->port, "");
    room_client_send(fd, "{\"type\":\"join\",\"room\":\"test:i\"}");
    room_client_await(fixture->arena, fd, "presence");
    for (size_t i = 0; i < COUNT_OF(texts); i++)
        relay_take(room_server_platform(fixture->server)->live, str_cstr(texts[i]));
    room_client_send(fd, "{\"type\":\"leave\",\"id\":9,\"room\":\"test:i\"}");
    assert_string_equal(read_text(fixture, fd), "{\"type\":\"ok\",\"id\":9}");
    close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(joining_shows_the_state_and_then_what_is_published),
        cmocka_unit_test(a_client_that_comes_back_gets_what_it_missed),
        cmocka_unit_test(messages_arrive_in_the_order_of_their_sequence),
        cmocka_unit_test(a_message_that_never_comes_is_read_from_the_truth),
        cmocka_unit_test(joining_loses_nothing_and_shows_nothing_twice),
        cmocka_unit_test(a_room_has_one_name_on_its_messages),
        cmocka_unit_test(commands_are_answered_in_order),
        cmocka_unit_test(a_command_is_as_vital_as_its_row),
        cmocka_unit_test(what_cannot_be_done_is_said_with_the_id),
        cmocka_unit_test(an_account_has_a_budget_for_each_command),
        cmocka_unit_test(accounts_have_a_room_of_their_own),
        cmocka_unit_test(members_see_who_comes_and_goes),
        cmocka_unit_test(viewers_are_counted),
        cmocka_unit_test(who_is_expelled_hears_no_more),
        cmocka_unit_test(who_is_expelled_while_joining_does_not_join),
        cmocka_unit_test(one_connection_watches_so_many_rooms),
        cmocka_unit_test(an_ended_session_is_closed),
        cmocka_unit_test(an_end_that_was_lost_between_instances_is_found_out),
        cmocka_unit_test(what_other_instances_say_is_shown),
        cmocka_unit_test(who_is_at_another_instance_is_there),
        cmocka_unit_test(nonsense_of_other_instances_is_passed_over),
    };
    return cmocka_run_group_tests_name("live rooms", tests, set_up, tear_down);
}
