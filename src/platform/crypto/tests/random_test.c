/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Random bytes: never twice, not in a child either; by seed the same. */
#include "platform/crypto/random.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "platform/crypto/crypto.h"

#define DRAWS 1000

struct draws {
    uint8_t values[DRAWS][16];
};

static void *draw(void *arg)
{
    struct draws *draws = arg;
    for (size_t i = 0; i < DRAWS; i++)
        crypto_random(draws->values[i], sizeof(draws->values[i]));
    return NULL;
}

static int compare(const void *a, const void *b)
{
    return memcmp(a, b, 16);
}

static void assert_all_differ(struct draws *draws, size_t count)
{
    qsort(draws, count * DRAWS, 16, compare);
    for (size_t i = 1; i < count * DRAWS; i++)
        assert_memory_not_equal(draws->values[0] + 16 * i, draws->values[0] + 16 * (i - 1), 16);
}

static void no_value_comes_twice_over_threads(void **state)
{
    (void)state;
    static struct draws draws[4];
    pthread_t threads[COUNT_OF(draws)];
    for (size_t i = 0; i < COUNT_OF(draws); i++)
        assert_int_equal(pthread_create(&threads[i], NULL, draw, &draws[i]), 0);
    for (size_t i = 0; i < COUNT_OF(draws); i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    assert_all_differ(draws, COUNT_OF(draws));
}

static void a_child_draws_other_values(void **state)
{
    (void)state;
    struct draws *draws =
        mmap(NULL, 2 * sizeof(*draws), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_true(draws != MAP_FAILED);
    uint8_t first;
    crypto_random(&first, 1); /* there is a filled buffer to inherit */
    pid_t child = fork();
    assert_true(child >= 0);
    draw(&draws[child == 0 ? 0 : 1]);
    if (child == 0)
        _exit(0);
    int status = 1;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_all_differ(draws, 2);
    munmap(draws, 2 * sizeof(*draws));
}

static void every_length_is_filled(void **state)
{
    (void)state;
    static uint8_t bytes[5000];
    for (size_t len = 0; len < sizeof(bytes); len += 613) {
        memset(bytes, 0, sizeof(bytes));
        crypto_random(bytes, len);
        size_t zeros = 0;
        for (size_t i = 0; i < len; i++)
            zeros += bytes[i] == 0;
        assert_true(zeros < 16 + len / 64);
        for (size_t i = len; i < sizeof(bytes); i++)
            assert_int_equal(bytes[i], 0);
    }
}

static void a_seed_gives_the_same_bytes_however_they_are_taken(void **state)
{
    (void)state;
    uint8_t whole[3000];
    uint8_t parts[3000];
    uint8_t other[3000];
    crypto_random_seed(42);
    crypto_random(whole, sizeof(whole));
    crypto_random_seed(42);
    for (size_t at = 0; at < sizeof(parts); at += 7)
        crypto_random(parts + at, at + 7 < sizeof(parts) ? 7 : sizeof(parts) - at);
    assert_memory_equal(whole, parts, sizeof(whole));
    crypto_random_seed(43);
    crypto_random(other, sizeof(other));
    assert_memory_not_equal(whole, other, sizeof(whole));
    crypto_random_seed(0);
    crypto_random(other, sizeof(other));
    assert_memory_not_equal(whole, other, sizeof(whole));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_value_comes_twice_over_threads),
        cmocka_unit_test(a_child_draws_other_values),
        cmocka_unit_test(every_length_is_filled),
        cmocka_unit_test(a_seed_gives_the_same_bytes_however_they_are_taken),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
