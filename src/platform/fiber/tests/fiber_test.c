/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Tests of fibers: order, park and wake, deadlines, cancel, waits, remote wakes, limits, stacks, shuffle. */
#include "platform/fiber/fiber.h"

#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#ifdef LATHE_VALGRIND
#include <valgrind/valgrind.h>
#endif

#include "base/require/require.h"

#include "lib/on_loop.h"

static char journal[256];

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

static struct fiber *spawn(fiber_fn fn, void *arg)
{
    struct fiber *fiber = fiber_spawn("child", fn, arg);
    assert_non_null(fiber);
    return fiber;
}

static char letters[] = "abcdefghijklmnopqrstuvwxyz";

static void note_letter(void *arg)
{
    note(*(char *)arg);
}

static const char wakeup_letters[] = {[FIBER_WOKEN] = 'w', [FIBER_TIMED_OUT] = 't', [FIBER_CANCELLED] = 'c'};

static void note_park(int64_t deadline_us)
{
    note(wakeup_letters[fiber_park(deadline_us)]);
}

static void park_once(void *arg)
{
    (void)arg;
    note_park(INT64_MAX);
}

/* Order */

static void spawn_three(struct ctx *cx, void *arg)
{
    (void)cx, (void)arg;
    for (size_t i = 0; i < 3; i++)
        spawn(note_letter, &letters[i]);
    note('.'); /* nobody runs inside fiber_spawn */
    fiber_yield();
}

static void fibers_start_later_and_in_order(void **state)
{
    (void)state;
    on_loop(spawn_three, NULL);
    assert_string_equal(journal, ".abc");
}

static void spawn_behind_woken(struct ctx *cx, void *arg)
{
    (void)cx, (void)arg;
    struct fiber *parked = spawn(park_once, NULL);
    fiber_yield();
    spawn(note_letter, &letters[0]);
    struct fiber *hurried = spawn(note_letter, &letters[1]);
    assert_true(fiber_waits_behind_others(hurried));
    fiber_wake(parked);
    fiber_hurry(hurried);
    fiber_yield();
}

static void what_was_hurried_goes_before_what_has_begun_before_what_has_not(void **state)
{
    (void)state;
    on_loop(spawn_behind_woken, NULL);
    assert_string_equal(journal, "bwa");
}

static void note_yielding(void *arg)
{
    for (int i = 0; i < 3; i++) {
        note(*(char *)arg);
        fiber_yield();
    }
}

static void spawn_yielding(struct ctx *cx, void *arg)
{
    (void)cx, (void)arg;
    spawn(note_yielding, &letters[0]);
    spawn(note_yielding, &letters[1]);
    for (int i = 0; i < 4; i++)
        fiber_yield();
}

static void yielding_fibers_take_turns(void **state)
{
    (void)state;
    on_loop(spawn_yielding, NULL);
    assert_string_equal(journal, "ababab");
}

/* Park and wake */

static void wake_parked(struct ctx *cx, void *arg)
{
    (void)cx, (void)arg;
    struct fiber *child = spawn(park_once, NULL);
    fiber_yield();
    note('1');
    fiber_wake(child);
    fiber_wake(child); /* two wakes before it runs are one */
    note('2');
    fiber_yield();
}

static void a_wake_makes_a_parked_fiber_run_later(void **state)
{
    (void)state;
    on_loop(wake_parked, NULL);
    assert_string_equal(journal, "12w");
}

static void wake_before_park(struct ctx *cx, void *arg)
{
    (void)cx, (void)arg;
    fiber_wake(fiber_self());
    note_park(INT64_MAX);
    note_park(loop_now_us()); /* the wake was used up */
    struct fiber *child = spawn(park_once, NULL);
    fiber_wake(child); /* before it even started */
    fiber_yield();
}

static void a_wake_before_the_park_ends_that_park_only(void **state)
{
    (void)state;
    on_loop(wake_before_park, NULL);
    assert_string_equal(journal, "wtw");
}

static void park_with_deadlines(struct ctx *cx, void *arg)
{
    (void)cx, (void)arg;
    int64_t start_us = loop_now_us();
    note_park(start_us + 3000);
    assert_true(loop_now_us() >= start_us + 3000);
    note_park(start_us); /* long past */
    int64_t middle_us = loop_now_us();
    note_park(middle_us + 2000);
    assert_true(loop_now_us() >= middle_us + 2000);
}

static void a_park_ends_at_its_deadline_and_not_before(void **state)
{
    (void)state;
    on_loop(park_with_deadlines, NULL);
    assert_string_equal(journal, "ttt");
}

/* Parks twice; the first park is ended by a wake and leaves its timer behind. */
struct two_deadlines {
    int64_t first_us;
    int64_t second_us;
    struct fiber *waiting; /* woken when both parks are over */
};

static void park_twice(void *arg)
{
    const struct two_deadlines *deadlines = arg;
    note_park(deadlines->first_us);
    note_park(deadlines->second_us);
    REQUIRE(loop_now_us() >= deadlines->second_us);
    fiber_wake(deadlines->waiting);
}

static void wake_first_of_two_parks(struct two_deadlines deadlines)
{
    deadlines.waiting = fiber_self();
    struct fiber *child = spawn(park_twice, &deadlines);
    fiber_yield();
    fiber_wake(child);
    assert_int_equal(fiber_park(INT64_MAX), FIBER_WOKEN);
}

static void park_long_then_short(struct ctx *cx, void *arg)
{
    (void)cx, (void)arg;
    wake_first_of_two_parks(
        (struct two_deadlines){.first_us = loop_now_us() + US_PER_HOUR, .second_us = loop_now_us() + 3000});
}

static void a_short_deadline_after_a_long_one_holds(void **state)
{
    (void)state;
    on_loop(park_long_then_short, NULL);
    assert_string_equal(journal, "wt");
}

static void park_short_then_longer(struct ctx *cx, void *arg)
{
    (void)cx, (void)arg;
    wake_first_of_two_parks(
        (struct two_deadlines){.first_us = loop_now_us() + 100000, .second_us = loop_now_us() + 200000});
}

static void a_later_deadline_is_not_cut_short_by_an_earlier_one(void **state)
{
    (void)state;
    on_loop(park_short_then_longer, NULL);
    assert_string_equal(journal, "wt");
}

/* A wake that comes after the deadline made the fiber runnable, but before it runs. */
struct racer {
    struct timer timer;
    struct fiber *fiber;
};

static void wake_racer(struct timer *timer)
{
    fiber_wake(LIST_OWNER(timer, struct racer, timer)->fiber);
}

static void hold_loop_until(void *arg)
{
    const struct timer *timer = arg;
    struct timespec now;
    do {
        clock_gettime(CLOCK_MONOTONIC, &now);
    } while (now.tv_sec * US_PER_SECOND + now.tv_nsec / 1000 <= timer->node.key);
}

static void race_wake_and_deadline(struct ctx *cx, void *arg)
{
    (void)cx, (void)arg;
    int64_t due_us = loop_now_us() + 1000;
    struct racer racer = {.timer.fire = wake_racer, .fiber = fiber_self()};
    timer_start(loop_self(), &racer.timer, due_us + 1);
    spawn(hold_loop_until, &racer.timer); /* both are due when the loop looks again, the deadline first */
    note_park(due_us);
    note_park(loop_now_us()); /* the wake was used up */
}

static void a_wake_beats_a_deadline_of_the_same_turn(void **state)
{
    (void)state;
    on_loop(race_wake_and_deadline, NULL);
    assert_string_equal(journal, "wt");
}

/* Cancel */

static void cancel_parked(struct ctx *cx, void *arg)
{
    (void)cx, (void)arg;
    struct fiber *child = spawn(park_once, NULL);
    fiber_yield();
    assert_false(fiber_is_cancelled(child));
    fiber_cancel(child);
    assert_true(fiber_is_cancelled(child));
    fiber_yield();
    child = spawn(park_once, NULL);
    fiber_cancel(child); /* before its park */
    fiber_yield();
}

static void cancel_ends_the_present_or_next_park(void **state)
{
    (void)state;
    on_loop(cancel_parked, NULL);
    assert_string_equal(journal, "cc");
}

static void park_firmly_then_softly(void *arg)
{
    (void)arg;
    fiber_park_firmly();
    note('f');
    note_park(INT64_MAX);
    note_park(INT64_MAX); /* cancelled for good */
}

static void cancel_firm(struct ctx *cx, void *arg)
{
    (void)cx, (void)arg;
    struct fiber *child = spawn(park_firmly_then_softly, NULL);
    fiber_yield();
    fiber_cancel(child);
    fiber_yield();
    note('.'); /* still there */
    fiber_wake(child);
    fiber_yield();
}

static void a_firm_park_is_deaf_to_cancel(void **state)
{
    (void)state;
    on_loop(cancel_firm, NULL);
    assert_string_equal(journal, ".fcc");
}

static void sleep_long(void *arg)
{
    struct ctx *cx = arg;
    struct error *error = fiber_sleep_until(cx, loop_now_us() + US_PER_HOUR);
    note(error_has_code(error, ERROR_CANCELLED) ? 'c' : '?');
}

static void leave_sleepers_behind(struct ctx *cx, void *arg)
{
    (void)arg;
    for (int i = 0; i < 3; i++)
        spawn(sleep_long, cx);
    fiber_yield();
    note('.');
}

static void stopping_a_loop_cancels_what_is_parked_and_runs_it_to_the_end(void **state)
{
    (void)state;
    on_loop(leave_sleepers_behind, NULL);
    assert_string_equal(journal, ".ccc");
}

static void spawn_while_cancelled(void *arg)
{
    note_park(INT64_MAX);
    spawn(sleep_long, arg);
}

static void leave_spawner_behind(struct ctx *cx, void *arg)
{
    (void)arg;
    spawn(spawn_while_cancelled, cx);
    fiber_yield();
}

static void fibers_born_while_the_loop_stops_are_cancelled(void **state)
{
    (void)state;
    on_loop(leave_spawner_behind, NULL);
    assert_string_equal(journal, "cc");
}

/* Waits */

static void sleep_through_wakes(struct ctx *cx, void *arg)
{
    (void)arg;
    int64_t due_us = loop_now_us() + 2000;
    fiber_wake(fiber_self());
    assert_null(fiber_sleep_until(cx, due_us));
    assert_true(loop_now_us() >= due_us);
}

static void sleep_outlasts_stray_wakes(void **state)
{
    (void)state;
    on_loop(sleep_through_wakes, NULL);
}

static void write_a_byte(void *arg)
{
    REQUIRE(write(*(int *)arg, "x", 1) == 1);
}

static void wait_for_descriptors(struct ctx *cx, void *arg)
{
    (void)arg;
    int fds[2];
    uint32_t events = 0;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds), 0);

    struct error *error = fiber_wait_fd(cx, fds[0], EPOLLIN, loop_now_us() + 1000, &events);
    assert_true(error_has_code(error, ERROR_TIMEOUT));
    assert_int_equal(events, 0);

    spawn(write_a_byte, &fds[1]);
    fiber_wake(fiber_self()); /* a stray wake is no readiness */
    assert_null(fiber_wait_fd(cx, fds[0], EPOLLIN, INT64_MAX, &events));
    assert_int_equal(events, EPOLLIN);

    close(fds[1]);
    assert_null(fiber_wait_fd(cx, fds[0], EPOLLIN, INT64_MAX, &events));
    assert_true((events & EPOLLHUP) != 0);

    fiber_cancel(fiber_self());
    int unready[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, unready), 0);
    error = fiber_wait_fd(cx, unready[0], EPOLLIN, INT64_MAX, &events);
    assert_true(error_has_code(error, ERROR_CANCELLED));
    close(unready[0]);
    close(unready[1]);
    close(fds[0]);
}

static void waiting_for_a_descriptor_ends_by_readiness_deadline_or_cancel(void **state)
{
    (void)state;
    on_loop(wait_for_descriptors, NULL);
}

/* Remote wakes */

enum { REMOTE_WAKES = 100000 };

struct ball {
    struct fiber *fiber;
    atomic_int served; /* by the fiber: a wake is wanted */
    int returned;      /* plain: the wake itself must order it */
};

static void *return_balls(void *arg)
{
    struct ball *ball = arg;
    for (int i = 1; i <= REMOTE_WAKES; i++) {
        while (atomic_load(&ball->served) != i)
            sched_yield();
        ball->returned = i;
        fiber_wake_from_thread(ball->fiber);
    }
    return NULL;
}

static void play(struct ctx *cx, void *arg)
{
    (void)cx, (void)arg;
    struct ball ball = {.fiber = fiber_self()};
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, return_balls, &ball), 0);
    for (int i = 1; i <= REMOTE_WAKES; i++) {
        atomic_store(&ball.served, i);
        fiber_park_firmly();
        REQUIRE(ball.returned == i);
    }
    pthread_join(thread, NULL);
}

static void every_wake_from_a_thread_arrives(void **state)
{
    (void)state;
    on_loop(play, NULL);
}

enum { WAKERS = 3, WAKES_PER_WAKER = 20000 };

struct crowd {
    struct fiber *fiber;
    atomic_int given;
    atomic_int leaving;
};

static void *wake_often(void *arg)
{
    struct crowd *crowd = arg;
    for (int i = 0; i < WAKES_PER_WAKER; i++) {
        atomic_fetch_add(&crowd->given, 1);
        fiber_wake_from_thread(crowd->fiber);
    }
    return NULL;
}

static void meet_crowd(struct ctx *cx, void *arg)
{
    (void)cx, (void)arg;
    struct crowd crowd = {.fiber = fiber_self()};
    pthread_t threads[WAKERS];
    for (size_t i = 0; i < WAKERS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, wake_often, &crowd), 0);
    while (atomic_load(&crowd.given) < WAKERS * WAKES_PER_WAKER) /* no hang: the last wake is never lost */
        fiber_park_firmly();
    for (size_t i = 0; i < WAKERS; i++)
        pthread_join(threads[i], NULL);
    fiber_yield(); /* takes a wake that may still be in the mailbox */
    fiber_yield();
}

static void wakes_from_many_threads_coalesce_but_are_never_lost(void **state)
{
    (void)state;
    on_loop(meet_crowd, NULL);
}

static void *run_loop(void *arg)
{
    loop_run(arg);
    return NULL;
}

struct traveller {
    struct loop *home;
    struct loop *abroad;
    struct fiber *waiting;
    struct loop *seen;
};

static void visit(void *arg)
{
    struct traveller *traveller = arg;
    traveller->seen = loop_self();
    fiber_wake_from_thread(traveller->waiting);
}

static void send_abroad(struct ctx *cx, void *arg)
{
    (void)cx;
    struct traveller *traveller = arg;
    traveller->waiting = fiber_self();
    fiber_spawn_on(traveller->abroad, "visit", visit, traveller);
    fiber_park_firmly();
    assert_ptr_equal(traveller->seen, traveller->abroad);
}

static void fibers_can_be_started_on_another_loop(void **state)
{
    (void)state;
    struct traveller traveller = {.abroad = loop_new(&(struct loop_options){.index = 1})};
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, run_loop, traveller.abroad), 0);
    on_loop(send_abroad, &traveller);
    loop_stop(traveller.abroad);
    pthread_join(thread, NULL);
    loop_free(traveller.abroad);
}

/* Limits and stacks */

static void exceed_max_fibers(struct ctx *cx, void *arg)
{
    (void)cx, (void)arg;
    for (int i = 1; i < 5; i++)
        spawn(park_once, NULL);
    assert_null(fiber_spawn("one too many", park_once, NULL));
}

static void spawn_refuses_more_than_max_fibers(void **state)
{
    (void)state;
    on_loop_with(&(struct on_loop_options){.max_fibers = 5}, exceed_max_fibers, NULL);
    assert_string_equal(journal, "cccc");
}

#ifdef __SANITIZE_THREAD__
enum { MANY = 1000 }; /* each fiber costs TSan a megabyte */
#else
enum { MANY = 10000 };
#endif

struct one_of_many {
    struct fiber *fiber;
    int wakes;
};

static void be_one_of_many(void *arg)
{
    struct one_of_many *one = arg;
    for (int i = 0; i < 2; i++) {
        fiber_park_firmly();
        one->wakes++;
    }
}

static void run_many(struct ctx *cx, void *arg)
{
    (void)arg;
    struct one_of_many *many = ARENA_ARRAY(cx->arena, struct one_of_many, MANY);
    for (size_t i = 0; i < MANY; i++)
        many[i].fiber = spawn(be_one_of_many, &many[i]);
    for (int round = 0; round < 2; round++) {
        for (size_t i = 0; i < MANY; i++)
            fiber_wake(many[i].fiber);
        while (many[MANY - 1].wakes == round)
            fiber_yield();
    }
    for (size_t i = 0; i < MANY; i++)
        assert_int_equal(many[i].wakes, 2);
}

static void ten_thousand_fibers_live_at_once(void **state)
{
    (void)state;
    on_loop(run_many, NULL);
}

static void do_nothing(void *arg)
{
    (void)arg;
}

/* NOLINTNEXTLINE(misc-no-recursion): an endless recursion is what the guard page is for */
static int recurse(int depth)
{
    volatile char frame[1024] = {0};
    frame[depth % 1024] = (char)depth;
    return depth > 0 ? recurse(depth - 1) + frame[depth % 1024] : 0;
}

static void overflow_the_stack(struct ctx *cx, void *arg)
{
    (void)cx, (void)arg;
    recurse(1 << 20);
}

static void a_stack_overflow_hits_the_guard_page(void **state)
{
    (void)state;
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        const struct rlimit no_core = {0};
        setrlimit(RLIMIT_CORE, &no_core);
        struct sigaction plain = {.sa_handler = SIG_DFL};
        sigaction(SIGSEGV, &plain, NULL); /* cmocka and sanitizers would explain at length */
        on_loop(overflow_the_stack, NULL);
        _exit(0);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGSEGV);
}

/* Sanitizers have larger stacks and shadow them; valgrind cannot count so many mappings. */
static bool can_exhaust_stacks(void)
{
#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
    return false;
#elif defined(LATHE_VALGRIND)
    return !RUNNING_ON_VALGRIND;
#else
    return true;
#endif
}

static void exhaust_the_stacks(struct ctx *cx, void *arg)
{
    (void)cx, (void)arg;
    int count = 0;
    while (fiber_spawn("one of very many", do_nothing, NULL) != NULL)
        count++;
    assert_in_range(count, 20000, 40000);
    char *block = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_ptr_not_equal(block, MAP_FAILED); /* mappings are left for others */
    munmap(block, 4096);
    fiber_yield();
    assert_non_null(fiber_spawn("after the crowd", do_nothing, NULL));
}

static void running_out_of_stacks_refuses_fibers_and_nothing_else(void **state)
{
    (void)state;
    if (!can_exhaust_stacks())
        skip();
    on_loop_with(&(struct on_loop_options){.max_fibers = 1000000}, exhaust_the_stacks, NULL);
}

static void use_most_of_the_stack(struct ctx *cx, void *arg)
{
    (void)cx, (void)arg;
    volatile char frame[48 * 1024];
    for (size_t i = 0; i < sizeof(frame); i += 512)
        frame[i] = 1;
    assert_int_equal(frame[sizeof(frame) - 512], 1);
}

static void fibers_have_nearly_64_kib_to_use(void **state)
{
    (void)state;
    on_loop(use_most_of_the_stack, NULL);
}

static long count_mappings(void)
{
    FILE *maps = fopen("/proc/self/maps", "re");
    assert_non_null(maps);
    long count = 0;
    for (int c = fgetc(maps); c != EOF; c = fgetc(maps))
        count += c == '\n';
    fclose(maps);
    return count;
}

static void burst_and_rest(struct ctx *cx, void *arg)
{
    (void)arg;
    long before = count_mappings();
    for (int i = 0; i < 300; i++)
        spawn(do_nothing, NULL);
    assert_true(count_mappings() >= before + 300);
    fiber_yield();
    int64_t give_up_us = loop_now_us() + 20 * US_PER_SECOND;
    while (count_mappings() > before + 60 && loop_now_us() < give_up_us)
        assert_null(fiber_sleep_until(cx, loop_now_us() + 50 * US_PER_MS));
    assert_true(count_mappings() <= before + 60);
}

static void a_burst_gives_its_stacks_back(void **state)
{
    (void)state;
    on_loop(burst_and_rest, NULL);
}

/* Shuffle */

static void spawn_alphabet(struct ctx *cx, void *arg)
{
    (void)cx, (void)arg;
    for (size_t i = 0; i < 26; i++)
        spawn(note_letter, &letters[i]);
    fiber_yield();
}

static void shuffled_journal(uint64_t seed, char ret_journal[32])
{
    journal[0] = '\0';
    on_loop_with(&(struct on_loop_options){.shuffle_seed = seed}, spawn_alphabet, NULL);
    assert_int_equal(strlen(journal), 26);
    memcpy(ret_journal, journal, 27);
}

static void shuffle_is_another_order_for_each_seed_and_the_same_for_one(void **state)
{
    (void)state;
    char plain[32], one[32], again[32], other[32];
    shuffled_journal(0, plain);
    shuffled_journal(1, one);
    shuffled_journal(1, again);
    shuffled_journal(2, other);
    assert_string_equal(plain, letters);
    assert_string_equal(one, again);
    assert_string_not_equal(one, plain);
    assert_string_not_equal(one, other);
    for (size_t i = 0; i < 26; i++)
        assert_non_null(strchr(one, letters[i]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(fibers_start_later_and_in_order, clear_journal),
        cmocka_unit_test_setup(what_was_hurried_goes_before_what_has_begun_before_what_has_not,
                               clear_journal),
        cmocka_unit_test_setup(yielding_fibers_take_turns, clear_journal),
        cmocka_unit_test_setup(a_wake_makes_a_parked_fiber_run_later, clear_journal),
        cmocka_unit_test_setup(a_wake_before_the_park_ends_that_park_only, clear_journal),
        cmocka_unit_test_setup(a_park_ends_at_its_deadline_and_not_before, clear_journal),
        cmocka_unit_test_setup(a_short_deadline_after_a_long_one_holds, clear_journal),
        cmocka_unit_test_setup(a_later_deadline_is_not_cut_short_by_an_earlier_one, clear_journal),
        cmocka_unit_test_setup(a_wake_beats_a_deadline_of_the_same_turn, clear_journal),
        cmocka_unit_test_setup(cancel_ends_the_present_or_next_park, clear_journal),
        cmocka_unit_test_setup(a_firm_park_is_deaf_to_cancel, clear_journal),
        cmocka_unit_test_setup(stopping_a_loop_cancels_what_is_parked_and_runs_it_to_the_end, clear_journal),
        cmocka_unit_test_setup(fibers_born_while_the_loop_stops_are_cancelled, clear_journal),
        cmocka_unit_test(sleep_outlasts_stray_wakes),
        cmocka_unit_test(waiting_for_a_descriptor_ends_by_readiness_deadline_or_cancel),
        cmocka_unit_test(every_wake_from_a_thread_arrives),
        cmocka_unit_test(wakes_from_many_threads_coalesce_but_are_never_lost),
        cmocka_unit_test(fibers_can_be_started_on_another_loop),
        cmocka_unit_test_setup(spawn_refuses_more_than_max_fibers, clear_journal),
        cmocka_unit_test(ten_thousand_fibers_live_at_once),
        cmocka_unit_test(a_stack_overflow_hits_the_guard_page),
        cmocka_unit_test(running_out_of_stacks_refuses_fibers_and_nothing_else),
        cmocka_unit_test(fibers_have_nearly_64_kib_to_use),
        cmocka_unit_test(a_burst_gives_its_stacks_back),
        cmocka_unit_test(shuffle_is_another_order_for_each_seed_and_the_same_for_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
