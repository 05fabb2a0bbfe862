/* SPDX-License-Identifier: AGPL-3.0-or-later
 * The ring: nothing is lost below its size, what is lost above it is counted, nobody waits for a full pipe. */
#include "platform/log/log_ring.h"

#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/require/require.h"

#define THREADS 4
#define LINES   2000

struct calls {
    _Atomic uint64_t dropped;
    atomic_int count;
};

static bool note_call(void *arg, uint64_t dropped)
{
    struct calls *calls = arg;
    atomic_fetch_add(&calls->dropped, dropped);
    atomic_fetch_add(&calls->count, 1);
    return false;
}

struct fixture {
    struct calls calls;
    int read_fd;
    int write_fd;
    size_t count; /* lines that came out of the pipe */
};

static int set_up(void **state)
{
    static struct fixture fixture;
    fixture = (struct fixture){.read_fd = -1};
    int fds[2];
    assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
    fixture.read_fd = fds[0];
    fixture.write_fd = fds[1];
    *state = &fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;
    close(fixture->read_fd);
    return 0;
}

static struct log_ring *new_ring(struct fixture *fixture, size_t half_bytes)
{
    return log_ring_new(&(const struct log_ring_options){
        .fd = fixture->write_fd, .half_bytes = half_bytes, .after_write = note_call, .arg = &fixture->calls});
}

static void *append_lines(void *arg)
{
    for (int i = 0; i < LINES; i++)
        log_ring_append(arg, STR("0123456789"), i % 100 == 0 ? LOG_AT_ONCE : LOG_GATHER);
    return NULL;
}

/* Reads to the end into fixture->count; dies when a line is not whole. */
static void *count_lines(void *arg)
{
    struct fixture *fixture = arg;
    FILE *stream = fdopen(dup(fixture->read_fd), "re");
    REQUIRE(stream != NULL);
    char line[64];
    for (; fgets(line, sizeof(line), stream) != NULL; fixture->count++)
        REQUIRE(strcmp(line, "0123456789\n") == 0);
    fclose(stream);
    return NULL;
}

static void lines_of_many_threads_arrive_whole(void **state)
{
    struct fixture *fixture = *state;
    pthread_t reader;
    pthread_t writers[THREADS];
    assert_int_equal(pthread_create(&reader, NULL, count_lines, fixture), 0);
    struct log_ring *ring = new_ring(fixture, (size_t)THREADS * LINES * 11);
    for (size_t i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&writers[i], NULL, append_lines, ring), 0);
    for (size_t i = 0; i < THREADS; i++)
        pthread_join(writers[i], NULL);
    log_ring_free(ring);
    close(fixture->write_fd);
    pthread_join(reader, NULL);
    assert_int_equal(fixture->count, THREADS * LINES);
    assert_int_equal(fixture->calls.dropped, 0);
}

static void a_full_ring_drops_and_counts(void **state)
{
    struct fixture *fixture = *state;
    /* The pipe is full, so the writer is stuck with at most one half while the other fills up. */
    static char filler[4096];
    memset(filler, '-', sizeof(filler));
    int flags = fcntl(fixture->write_fd, F_GETFL);
    assert_int_equal(fcntl(fixture->write_fd, F_SETFL, flags | O_NONBLOCK), 0);
    size_t filled = 0;
    for (ssize_t done = 0; done >= 0; done = write(fixture->write_fd, filler, sizeof(filler)))
        filled += (size_t)done;

    struct log_ring *ring = new_ring(fixture, 110);
    for (int i = 0; i < 100; i++)
        log_ring_append(ring, STR("0123456789"), LOG_AT_ONCE);

    while (filled > 0) {
        ssize_t got = read(fixture->read_fd, filler, filled < sizeof(filler) ? filled : sizeof(filler));
        assert_true(got > 0);
        filled -= (size_t)got;
    }
    log_ring_free(ring);
    close(fixture->write_fd);
    (void)count_lines(fixture);
    assert_in_range(fixture->count, 10, 20);
    assert_int_equal(fixture->count + fixture->calls.dropped, 100);
}

static void a_flush_waits_for_what_was_appended(void **state)
{
    struct fixture *fixture = *state;
    struct log_ring *ring = new_ring(fixture, 0);
    char bytes[64];
    for (int i = 0; i < 20; i++) {
        log_ring_append(ring, STR("abc"), LOG_GATHER);
        log_ring_flush(ring);
        assert_int_equal(read(fixture->read_fd, bytes, sizeof(bytes)), 4);
    }
    log_ring_free(ring);
    close(fixture->write_fd);
}

static void a_call_needs_no_line(void **state)
{
    struct fixture *fixture = *state;
    struct log_ring *ring = new_ring(fixture, 0);
    log_ring_call(ring);
    while (atomic_load(&fixture->calls.count) == 0)
        usleep(100);
    log_ring_free(ring);
    close(fixture->write_fd);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(lines_of_many_threads_arrive_whole),
        TEST(a_full_ring_drops_and_counts),
        TEST(a_flush_waits_for_what_was_appended),
        TEST(a_call_needs_no_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
