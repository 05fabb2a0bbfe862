/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Children that behave and children that do not: what they are given, how they end, and that none is left. */
#include "platform/sandbox/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem/cleanup.h"

#include "platform/fiber/fiber.h"
#include "platform/fiber/pool.h"

#include "lib/check.h"
#include "lib/on_loop.h"

/* Path of sandbox_child. */
static const char *program;

static void with_sandbox(const char *children, on_loop_fn body)
{
    static const struct setting_group *const groups[] = {&sandbox_settings_group, NULL};
    struct strbuf problems;
    strbuf_init(&problems, NULL, 4096);
    struct arena *arena = arena_new(0);
    const char *const environment[] = {
        arena_printf(arena, "LATHE_SANDBOX_PROGRAM=%" STR_FMT, STR_ARG(str_cstr(program))).ptr, children,
        NULL};
    struct config *config = config_load(groups, environment, "/dev/null", &problems);
    assert_non_null(config);
    struct platform platform = {0};
    platform.blocking_pool =
        pool_new(&(struct pool_options){.name = "blocking", .threads = 2, .max_queue = 64});
    platform.sandbox = sandbox_new(&platform, config);
    on_loop_with(&(struct on_loop_options){.platform = &platform}, body, NULL);
    sandbox_free(platform.sandbox);
    pool_free(platform.blocking_pool);
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1); /* no child is left, not even a dead one */
    assert_int_equal(errno, ECHILD);
    config_free(config);
    arena_free(arena);
    strbuf_fini(&problems);
}

#define SANDBOX_TEST(name)                                                                                   \
    static void name##_body(struct ctx *cx, void *arg);                                                      \
    static void name(void **state)                                                                           \
    {                                                                                                        \
        (void)state;                                                                                         \
        with_sandbox("LATHE_SANDBOX_CHILDREN=1", name##_body);                                               \
    }                                                                                                        \
    static void name##_body(struct ctx *cx, void *arg)

static struct sandbox_child *start(struct ctx *cx, struct str command, int fd)
{
    struct sandbox_child *child = NULL;
    assert_null(sandbox_start(cx, INT64_MAX, &child));
    assert_null(sandbox_send(cx, child, command, fd));
    return child;
}

SANDBOX_TEST(a_child_has_nothing_but_its_socket)
{
    (void)arg;
    struct str message = STR_NONE;
    AUTO_FD open_by_mistake = open("/dev/null", O_RDONLY); /* without O_CLOEXEC */
    assert_true(open_by_mistake >= 0);
    struct sandbox_child *child = start(cx, STR("look"), -1);
    assert_null(sandbox_receive(cx, child, &message));
    check_str(message, "0 1 2 3 env 0 signals 0 own group 1");
    sandbox_end(cx, child);
}

SANDBOX_TEST(messages_go_both_ways_in_order)
{
    (void)arg;
    struct sandbox_child *child = start(cx, STR("one"), -1);
    assert_null(sandbox_send(cx, child, STR("two"), -1));
    struct str message = STR_NONE;
    assert_null(sandbox_receive(cx, child, &message));
    check_str(message, "one");
    assert_null(sandbox_receive(cx, child, &message));
    check_str(message, "two");
    sandbox_end(cx, child);
}

SANDBOX_TEST(a_child_writes_into_what_it_is_handed)
{
    (void)arg;
    char bytes[21] = "";
    struct str message = STR_NONE;
    AUTO_FD fd = memfd_create("output", MFD_CLOEXEC);
    struct sandbox_child *child = start(cx, STR("descriptor"), fd);
    assert_null(sandbox_receive(cx, child, &message));
    assert_int_equal(pread(fd, bytes, 20, 0), 20);
    assert_string_equal(bytes, "written by the child");
    sandbox_end(cx, child);
}

static int count_descriptors(void)
{
    int count = 0;
    for (int fd = 0; fd < 256; fd++)
        count += fcntl(fd, F_GETFD) >= 0;
    return count;
}

SANDBOX_TEST(a_descriptor_from_the_child_is_dropped)
{
    (void)arg;
    struct str message = STR_NONE;
    struct sandbox_child *child = start(cx, STR("hello"), -1);
    assert_null(sandbox_receive(cx, child, &message));
    int before = count_descriptors();
    assert_null(sandbox_send(cx, child, STR("give"), -1));
    assert_null(sandbox_receive(cx, child, &message));
    check_str(message, "take this");
    assert_int_equal(count_descriptors(), before);
    sandbox_end(cx, child);
}

SANDBOX_TEST(an_abnormal_end_is_told)
{
    (void)arg;
    static const struct {
        struct str command;
        const char *told;
    } rows[] = {
        {STR_INIT("crash"), "signal 6"},
        {STR_INIT("exit"), "status 7"},
        {STR_INIT("close"), "signal 9"},
        {STR_INIT("long"), "more than"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct str message = STR_NONE;
        struct sandbox_child *child = start(cx, rows[i].command, -1);
        struct error *error = sandbox_receive(cx, child, &message);
        check_that(error_is(error, &sandbox_crashed), "%s", rows[i].command.ptr);
        check_that(str_find(error->message, str_cstr(rows[i].told)) >= 0, "%s: %s", rows[i].command.ptr,
                   error->message.ptr);
        assert_true(error_is(sandbox_receive(cx, child, &message), &sandbox_crashed));
        sandbox_end(cx, child);
    }
}

SANDBOX_TEST(a_slow_child_is_stopped)
{
    (void)arg;
    struct sandbox_child *child = NULL;
    struct str message = STR_NONE;
    assert_null(sandbox_start(cx, loop_now_us() + 50 * US_PER_MS, &child));
    assert_true(error_is(sandbox_receive(cx, child, &message), &sandbox_too_slow));
    sandbox_end(cx, child);
}

SANDBOX_TEST(the_works_own_deadline_is_not_the_childs)
{
    (void)arg;
    struct sandbox_child *child = NULL;
    struct str message = STR_NONE;
    assert_null(sandbox_start(cx, INT64_MAX, &child));
    cx->deadline_us = loop_now_us() + 20 * US_PER_MS;
    assert_true(error_has_code(sandbox_receive(cx, child, &message), ERROR_TIMEOUT));
    cx->deadline_us = INT64_MAX;
    assert_null(sandbox_send(cx, child, STR("still there"), -1));
    assert_null(sandbox_receive(cx, child, &message));
    check_str(message, "still there");
    sandbox_end(cx, child);
}

/* --- places --- */

struct second {
    struct ctx cx;
    struct sandbox_child *child;
    struct error *error;
    struct fiber *waits_for_me;
    bool has_ended;
};

static void start_second(void *arg)
{
    struct second *second = arg;
    second->error = sandbox_start(&second->cx, INT64_MAX, &second->child);
    if (second->error == NULL)
        sandbox_end(&second->cx, second->child);
    second->has_ended = true;
    fiber_wake(second->waits_for_me);
}

static struct fiber *spawn_second(struct ctx *cx, struct second *second)
{
    *second = (struct second){.cx = *cx, .waits_for_me = fiber_self()};
    struct fiber *fiber = fiber_spawn("second", start_second, second);
    assert_non_null(fiber);
    fiber_yield();
    fiber_yield();
    return fiber;
}

static void wait_for(const struct second *second)
{
    while (!second->has_ended)
        fiber_park_firmly();
}

SANDBOX_TEST(who_finds_no_place_waits_for_one)
{
    (void)arg;
    struct second second;
    struct sandbox_child *child = start(cx, STR("first"), -1);
    spawn_second(cx, &second);
    assert_false(second.has_ended);
    sandbox_end(cx, child);
    wait_for(&second);
    assert_null(second.error);
}

SANDBOX_TEST(who_waits_for_a_place_can_be_cancelled)
{
    (void)arg;
    struct second second;
    struct sandbox_child *child = start(cx, STR("first"), -1);
    fiber_cancel(spawn_second(cx, &second));
    wait_for(&second);
    assert_true(error_has_code(second.error, ERROR_CANCELLED));
    sandbox_end(cx, child);
    assert_null(sandbox_start(cx, INT64_MAX, &child)); /* the place was not lost */
    sandbox_end(cx, child);
}

static void missing_body(struct ctx *cx, void *arg)
{
    (void)arg;
    struct sandbox_child *child = NULL;
    for (int i = 0; i < 3; i++)
        assert_true(error_is(sandbox_start(cx, INT64_MAX, &child), &sandbox_unavailable));
}

static void a_missing_program_is_told_and_takes_no_place(void **state)
{
    (void)state;
    const char *there = program;
    program = "/nowhere/lathe-media";
    with_sandbox("LATHE_SANDBOX_CHILDREN=1", missing_body);
    program = there;
}

int main(int argc, char **argv)
{
    REQUIRE(argc == 2);
    program = argv[1];
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_child_has_nothing_but_its_socket),
        cmocka_unit_test(messages_go_both_ways_in_order),
        cmocka_unit_test(a_child_writes_into_what_it_is_handed),
        cmocka_unit_test(a_descriptor_from_the_child_is_dropped),
        cmocka_unit_test(an_abnormal_end_is_told),
        cmocka_unit_test(a_slow_child_is_stopped),
        cmocka_unit_test(the_works_own_deadline_is_not_the_childs),
        cmocka_unit_test(who_finds_no_place_waits_for_one),
        cmocka_unit_test(who_waits_for_a_place_can_be_cancelled),
        cmocka_unit_test(a_missing_program_is_told_and_takes_no_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
