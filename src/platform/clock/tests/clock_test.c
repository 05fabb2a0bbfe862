/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Tests of the real and the fake clock. */
#include "platform/clock/clock.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { READS = 20000, READERS = 2 };

struct reader {
    struct clock *clock;
    int64_t times[READS];
};

static void *read_many(void *arg)
{
    struct reader *reader = arg;
    for (size_t i = 0; i < READS; i++)
        reader->times[i] = clock_read(reader->clock).us;
    return NULL;
}

static void real_time_is_the_system_time(void **state)
{
    (void)state;
    struct clock *clock = clock_new_real();

    int64_t before_s = (int64_t)time(NULL) - 1; /* time() may lag the precise clock by a tick */
    struct instant now = clock_read(clock);
    int64_t after_s = (int64_t)time(NULL) + 1;

    assert_in_range(now.us / US_PER_SECOND, before_s, after_s);
    clock_free(clock);
}

static void no_two_threads_ever_see_the_same_real_time(void **state)
{
    (void)state;
    static struct reader readers[READERS];
    struct clock *clock = clock_new_real();
    pthread_t threads[READERS];
    for (size_t i = 0; i < READERS; i++) {
        readers[i].clock = clock;
        assert_int_equal(pthread_create(&threads[i], NULL, read_many, &readers[i]), 0);
    }
    for (size_t i = 0; i < READERS; i++)
        pthread_join(threads[i], NULL);

    size_t a = 0, b = 0;
    int64_t last_us = 0;
    while (a < READS || b < READS) { /* a merge: both rows and their union increase strictly */
        bool from_a = b == READS || (a < READS && readers[0].times[a] < readers[1].times[b]);
        int64_t next_us = from_a ? readers[0].times[a++] : readers[1].times[b++];
        assert_true(next_us > last_us);
        last_us = next_us;
    }
    clock_free(clock);
}

static void fake_time_moves_only_by_hand(void **state)
{
    (void)state;
    struct clock *clock = clock_new_fake((struct instant){1000});
    struct platform platform = {.clock = clock};
    struct ctx cx = {.platform = &platform, .caller = &caller_anonymous};

    assert_int_equal(clock_now(&cx).us, 1000);
    assert_int_equal(clock_now(&cx).us, 1000);
    clock_advance(clock, 2 * US_PER_SECOND);
    assert_int_equal(clock_now(&cx).us, 1000 + 2 * US_PER_SECOND);
    clock_set(clock, (struct instant){5});
    assert_int_equal(clock_now(&cx).us, 5);
    clock_free(clock);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(real_time_is_the_system_time),
        cmocka_unit_test(no_two_threads_ever_see_the_same_real_time),
        cmocka_unit_test(fake_time_moves_only_by_hand),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
