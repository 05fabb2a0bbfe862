/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Tests of loops: mailbox, deferred tasks, timers, readiness, stop. */
#include "platform/fiber/loop.h"

#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/require/require.h"

#include "platform/fiber/fiber.h"

#include "lib/on_loop.h"

/* What happened, one letter each. */
static char journal[64];

static void note(char letter)
{
    size_t len = strlen(journal);
    REQUIRE(len + 1 < sizeof(journal));
    journal[len] = letter;
    journal[len + 1] = '\0';
}

static int clear_journal(void **state)
{
    (void)state;
    journal[0] = '\0';
    return 0;
}

struct letter_task {
    struct loop_task task;
    char letter;
};

static void note_task(struct loop_task *task)
{
    note(LIST_OWNER(task, struct letter_task, task)->letter);
}

/* The fibers of these tests give the loop a few turns like this. */
static void pass_turns(int count)
{
    while (count-- > 0)
        fiber_yield();
}

static void stop_now(struct loop_task *task)
{
    (void)task;
    loop_stop(loop_self());
}

/* Mailbox */

static void tasks_posted_by_one_thread_run_in_order(void **state)
{
    (void)state;
    struct loop *loop = loop_new(&(struct loop_options){.index = 7});
    struct letter_task tasks[] = {{{.fn = note_task}, 'a'},
                                  {{.fn = note_task}, 'b'},
                                  {{.fn = note_task}, 'c'},
                                  {{.fn = note_task}, 'd'}};
    struct loop_task stop = {.fn = stop_now};

    for (size_t i = 0; i < COUNT_OF(tasks); i++)
        loop_post(loop, &tasks[i].task);
    loop_post(loop, &stop);
    loop_run(loop);

    assert_string_equal(journal, "abcd");
    assert_int_equal(loop_index(loop), 7);
    assert_null(loop_self());
    loop_free(loop);
}

enum { POSTS_PER_THREAD = 25000, POSTERS = 4 };

struct numbered_task {
    struct loop_task task;
    struct poster *poster;
    int number;
};

struct poster {
    pthread_t thread;
    struct loop *loop;
    int expected;   /* loop thread: number of the next task */
    int *remaining; /* loop thread: tasks still to come from all */
    struct numbered_task tasks[POSTS_PER_THREAD];
};

static void count_task(struct loop_task *task)
{
    struct numbered_task *numbered = LIST_OWNER(task, struct numbered_task, task);
    struct poster *poster = numbered->poster;
    REQUIRE(numbered->number == poster->expected);
    poster->expected++;
    if (--*poster->remaining == 0)
        loop_stop(poster->loop);
}

static void *post_many(void *arg)
{
    struct poster *poster = arg;
    for (int i = 0; i < POSTS_PER_THREAD; i++) {
        poster->tasks[i] = (struct numbered_task){{.fn = count_task}, poster, i};
        loop_post(poster->loop, &poster->tasks[i].task);
    }
    return NULL;
}

static void no_task_of_many_threads_is_lost_or_overtaken(void **state)
{
    (void)state;
    static struct poster posters[POSTERS];
    struct loop *loop = loop_new(&(struct loop_options){0});
    int remaining = POSTERS * POSTS_PER_THREAD;
    for (size_t i = 0; i < POSTERS; i++) {
        posters[i].loop = loop;
        posters[i].remaining = &remaining;
        assert_int_equal(pthread_create(&posters[i].thread, NULL, post_many, &posters[i]), 0);
    }

    loop_run(loop);

    assert_int_equal(remaining, 0);
    loop_free(loop); /* waits for posters that are just leaving */
    for (size_t i = 0; i < POSTERS; i++)
        pthread_join(posters[i].thread, NULL);
}

static void stop_before_run_ends_the_run(void **state)
{
    (void)state;
    struct loop *loop = loop_new(&(struct loop_options){0});
    loop_stop(loop);
    loop_run(loop);
    loop_free(loop);
}

static struct loop *signalled_loop;

static void stop_on_signal(int number)
{
    (void)number;
    loop_stop(signalled_loop);
}

static void send_signal(struct loop_task *task)
{
    (void)task;
    raise(SIGUSR1);
}

static void a_signal_handler_may_stop_a_loop(void **state)
{
    (void)state;
    struct sigaction action = {.sa_handler = stop_on_signal}, before;
    assert_int_equal(sigaction(SIGUSR1, &action, &before), 0);
    signalled_loop = loop_new(&(struct loop_options){0});
    struct loop_task task = {.fn = send_signal};

    loop_post(signalled_loop, &task);
    loop_run(signalled_loop);

    loop_free(signalled_loop);
    sigaction(SIGUSR1, &before, NULL);
}

/* Deferred tasks */

static struct letter_task deferred_inner = {{.fn = note_task}, 'i'};

static void note_and_defer_inner(struct loop_task *task)
{
    note_task(task);
    loop_defer(loop_self(), &deferred_inner.task);
}

static void defer_some(struct ctx *cx, void *arg)
{
    (void)cx, (void)arg;
    struct letter_task first = {{.fn = note_and_defer_inner}, 'a'};
    struct letter_task second = {{.fn = note_task}, 'b'};
    loop_defer(loop_self(), &first.task);
    loop_defer(loop_self(), &second.task);
    note('f'); /* not before the turn ends */
    fiber_yield();
    note('g'); /* what a deferred task defers runs at the end of the turn after */
    fiber_yield();
    note('h');
}

static void deferred_tasks_run_once_at_the_end_of_the_turn(void **state)
{
    (void)state;
    on_loop(defer_some, NULL);
    assert_string_equal(journal, "fabgih");
}

/* Timers */

struct letter_timer {
    struct timer timer;
    char letter;
};

static void note_timer(struct timer *timer)
{
    REQUIRE(!timer->is_running);
    note(LIST_OWNER(timer, struct letter_timer, timer)->letter);
}

static void run_ordered_timers(struct ctx *cx, void *arg)
{
    (void)arg;
    int64_t now_us = loop_now_us();
    struct letter_timer timers[] = {{{.fire = note_timer}, 'a'},
                                    {{.fire = note_timer}, 'b'},
                                    {{.fire = note_timer}, 'c'},
                                    {{.fire = note_timer}, 'd'}};
    timer_start(loop_self(), &timers[2].timer, now_us + 3000);
    timer_start(loop_self(), &timers[0].timer, now_us + 1000);
    timer_start(loop_self(), &timers[3].timer, now_us + 500);
    timer_start(loop_self(), &timers[1].timer, now_us + 9000000);
    timer_start(loop_self(), &timers[1].timer, now_us + 2000); /* set anew */
    timer_stop(loop_self(), &timers[3].timer);
    timer_stop(loop_self(), &timers[3].timer); /* harmless */

    assert_null(fiber_sleep_until(cx, now_us + 4000));

    assert_true(loop_now_us() >= now_us + 4000);
    for (size_t i = 0; i < COUNT_OF(timers); i++)
        assert_false(timers[i].timer.is_running);
}

static void timers_fire_in_order_of_their_time_unless_stopped(void **state)
{
    (void)state;
    on_loop(run_ordered_timers, NULL);
    assert_string_equal(journal, "abc");
}

enum { CHURNING_TIMERS = 500, CHURN_ROUNDS = 20000 };

struct churning {
    struct timer timer;
    int64_t due_us;
    bool has_fired;
};

static int64_t last_fired_us;
static int fired_count;

static void churning_fired(struct timer *timer)
{
    struct churning *churning = LIST_OWNER(timer, struct churning, timer);
    REQUIRE(!churning->has_fired && loop_now_us() >= churning->due_us);
    churning->has_fired = true;
    last_fired_us = churning->due_us;
    fired_count++;
}

static void churn_timers(struct ctx *cx, void *arg)
{
    (void)arg;
    static struct churning churning[CHURNING_TIMERS];
    uint32_t random = 12345;
    int64_t latest_us = loop_now_us();
    int expected = 0;
    for (int round = 0; round < CHURN_ROUNDS; round++) {
        random = random * 1664525 + 1013904223;
        struct churning *one = &churning[(random >> 8) % CHURNING_TIMERS];
        if (one->timer.is_running && (random & 0x40000000) != 0) {
            timer_stop(loop_self(), &one->timer);
            expected--;
        } else {
            expected += !one->timer.is_running;
            one->due_us = loop_now_us() + 1 + (random >> 4) % 5000;
            one->timer.fire = churning_fired;
            one->has_fired = false;
            timer_start(loop_self(), &one->timer, one->due_us);
        }
        if (round % 64 == 0)
            fiber_yield();
        latest_us = one->due_us > latest_us ? one->due_us : latest_us;
    }
    assert_null(fiber_sleep_until(cx, latest_us + 1000));
    assert_int_equal(fired_count, expected);
    for (size_t i = 0; i < CHURNING_TIMERS; i++)
        assert_false(churning[i].timer.is_running);
}

static void timers_under_churn_fire_once_and_never_early(void **state)
{
    (void)state;
    fired_count = 0;
    on_loop(churn_timers, NULL);
}

static void note_and_start_again(struct timer *timer)
{
    note_timer(timer);
    if (strlen(journal) < 4)
        timer_start(loop_self(), timer, 0);
}

static void run_rearming_timer(struct ctx *cx, void *arg)
{
    (void)cx, (void)arg;
    struct letter_timer timer = {{.fire = note_and_start_again}, 't'};
    timer_start(loop_self(), &timer.timer, 0);
    for (int turn = 0; turn < 3; turn++) {
        fiber_yield();
        note('f');
    }
}

static void a_timer_that_is_always_due_leaves_turns_to_others(void **state)
{
    (void)state;
    on_loop(run_rearming_timer, NULL);
    assert_string_equal(journal, "tftftf");
}

static void compare_clocks(struct ctx *cx, void *arg)
{
    (void)cx, (void)arg;
    int64_t first_us = loop_now_us();
    struct timespec before, now;
    clock_gettime(CLOCK_MONOTONIC, &before);
    do {
        clock_gettime(CLOCK_MONOTONIC, &now);
    } while (now.tv_sec == before.tv_sec && now.tv_nsec - before.tv_nsec < 3000);
    assert_int_equal(loop_now_us(), first_us);
    fiber_yield();
    assert_true(loop_now_us() > first_us);
}

static void time_stands_still_within_a_turn(void **state)
{
    (void)state;
    on_loop(compare_clocks, NULL);
}

/* Readiness */

struct letter_watch {
    struct io_watch watch;
    char letter;
    struct letter_watch *victim; /* stopped by the callback */
};

static void note_ready(struct io_watch *watch, uint32_t events)
{
    struct letter_watch *letter_watch = LIST_OWNER(watch, struct letter_watch, watch);
    note((events & EPOLLIN) != 0 ? letter_watch->letter : '?');
    io_watch_stop(loop_self(), watch);
    if (letter_watch->victim != NULL) {
        io_watch_stop(loop_self(), &letter_watch->victim->watch);
        memset(letter_watch->victim, 0xff, sizeof(*letter_watch->victim)); /* any use would crash */
    }
}

static void open_readable_pair(int fds[2])
{
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds), 0);
    assert_int_equal(write(fds[1], "x", 1), 1);
}

static void stop_the_other(struct ctx *cx, void *arg)
{
    (void)cx, (void)arg;
    int pairs[2][2];
    struct letter_watch watches[2];
    for (size_t i = 0; i < 2; i++) {
        open_readable_pair(pairs[i]);
        watches[i] = (struct letter_watch){
            {.fd = pairs[i][0], .events = EPOLLIN, .ready = note_ready}, (char)('a' + i), &watches[1 - i]};
        io_watch_start(loop_self(), &watches[i].watch);
    }
    pass_turns(3);
    for (size_t i = 0; i < 2; i++) {
        close(pairs[i][0]);
        close(pairs[i][1]);
    }
}

static void readiness_collected_before_a_stop_is_dropped(void **state)
{
    (void)state;
    on_loop(stop_the_other, NULL);
    assert_int_equal(strlen(journal), 1); /* whichever came first silenced the other */
}

static void change_interest(struct ctx *cx, void *arg)
{
    (void)cx, (void)arg;
    int fds[2];
    open_readable_pair(fds);
    struct letter_watch watch = {{.fd = fds[0], .events = 0, .ready = note_ready}, 'r', NULL};
    io_watch_start(loop_self(), &watch.watch);
    pass_turns(2);
    assert_string_equal(journal, "");
    io_watch_change(loop_self(), &watch.watch, EPOLLIN);
    pass_turns(2);
    assert_string_equal(journal, "r");
    close(fds[0]);
    io_watch_stop(loop_self(), &watch.watch); /* closed and stopped already: harmless */
    close(fds[1]);
}

static void interest_can_be_changed(void **state)
{
    (void)state;
    on_loop(change_interest, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(tasks_posted_by_one_thread_run_in_order, clear_journal),
        cmocka_unit_test(no_task_of_many_threads_is_lost_or_overtaken),
        cmocka_unit_test(stop_before_run_ends_the_run),
        cmocka_unit_test(a_signal_handler_may_stop_a_loop),
        cmocka_unit_test_setup(deferred_tasks_run_once_at_the_end_of_the_turn, clear_journal),
        cmocka_unit_test_setup(timers_fire_in_order_of_their_time_unless_stopped, clear_journal),
        cmocka_unit_test(timers_under_churn_fire_once_and_never_early),
        cmocka_unit_test_setup(a_timer_that_is_always_due_leaves_turns_to_others, clear_journal),
        cmocka_unit_test(time_stands_still_within_a_turn),
        cmocka_unit_test_setup(readiness_collected_before_a_stop_is_dropped, clear_journal),
        cmocka_unit_test_setup(interest_can_be_changed, clear_journal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
