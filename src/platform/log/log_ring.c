/* SPDX-License-Identifier: AGPL-3.0-or-later
 * The ring's halves and its writer thread. A semaphore wakes the writer, because sem_post is what a signal handler
 * may call. */
#include "platform/log/log_ring.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <time.h>
#include <unistd.h>

#include "base/mem/alloc.h"
#include "base/require/require.h"

#define HALF_BYTES_DEFAULT (256 * 1024)
#define GATHER_MS          5
#define TICK_MS            1000
#define CRASH_STEPS        50
#define CRASH_STEP_MS      5

struct half {
    char *bytes;
    size_t len;
};

struct log_ring {
    struct log_ring_options options;
    pthread_t thread;
    sem_t wake;
    pthread_mutex_t lock; /* guards the filling half, dropped, is_asleep */
    struct half filling;
    struct half emptying; /* the writer's own */
    uint64_t dropped;
    bool is_asleep;         /* the writer waits for a first line */
    atomic_bool is_hurried; /* do not gather */
    atomic_bool is_stopping;
    _Atomic uint64_t appended; /* bytes, ever */
    _Atomic uint64_t written;  /* bytes that left, ever; those that the descriptor refused count too */
};

static void ring_up(struct log_ring *ring)
{
    (void)sem_post(&ring->wake);
}

/* Until rung, or for that long; below 0: until rung. */
static void sleep_until_rung(struct log_ring *ring, int64_t wait_ms)
{
    struct timespec until;
    if (wait_ms < 0) {
        (void)sem_wait(&ring->wake);
        return;
    }
    (void)clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += wait_ms % 1000 * 1000000;
    until.tv_sec += wait_ms / 1000 + until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    (void)sem_clockwait(&ring->wake, CLOCK_MONOTONIC, &until);
}

/* What the descriptor refuses for good is lost: there is nowhere to complain. */
static void write_out(int fd, const char *bytes, size_t len)
{
    while (len > 0) {
        ssize_t done = write(fd, bytes, len);
        if (done >= 0) {
            bytes += done;
            len -= (size_t)done;
        } else if (errno == EAGAIN) {
            struct pollfd ready = {.fd = fd, .events = POLLOUT};
            (void)poll(&ready, 1, -1);
        } else if (errno != EINTR) {
            return;
        }
    }
}

static void swap_halves(struct log_ring *ring)
{
    pthread_mutex_lock(&ring->lock);
    struct half full = ring->filling;
    ring->filling = ring->emptying;
    ring->filling.len = 0;
    ring->emptying = full;
    pthread_mutex_unlock(&ring->lock);
}

static uint64_t take_dropped(struct log_ring *ring)
{
    pthread_mutex_lock(&ring->lock);
    uint64_t dropped = ring->dropped;
    ring->dropped = 0;
    pthread_mutex_unlock(&ring->lock);
    return dropped;
}

/* Rings that this write answers; what they announced is seen below. */
static void forget_rings(struct log_ring *ring)
{
    while (sem_trywait(&ring->wake) == 0)
        continue;
}

/* True when after_write wants to be called again without a line. */
static bool write_half(struct log_ring *ring)
{
    forget_rings(ring);
    atomic_store(&ring->is_hurried, false);
    swap_halves(ring);
    write_out(ring->options.fd, ring->emptying.bytes, ring->emptying.len);
    atomic_fetch_add(&ring->written, ring->emptying.len);
    return ring->options.after_write(ring->options.arg, take_dropped(ring));
}

static bool is_done(struct log_ring *ring)
{
    pthread_mutex_lock(&ring->lock);
    bool is_empty = ring->filling.len == 0 && ring->dropped == 0;
    pthread_mutex_unlock(&ring->lock);
    return is_empty && atomic_load(&ring->is_stopping);
}

/* True when there is nothing to write; the next append will ring then. */
static bool fall_asleep(struct log_ring *ring)
{
    pthread_mutex_lock(&ring->lock);
    ring->is_asleep = ring->filling.len == 0 && ring->dropped == 0 && !atomic_load(&ring->is_stopping);
    bool is_asleep = ring->is_asleep;
    pthread_mutex_unlock(&ring->lock);
    return is_asleep;
}

static void *run_writer(void *arg)
{
    struct log_ring *ring = arg;
    bool wants_tick = false;
    while (!is_done(ring)) {
        if (fall_asleep(ring))
            sleep_until_rung(ring, wants_tick ? TICK_MS : -1);
        if (!atomic_load(&ring->is_hurried) && !atomic_load(&ring->is_stopping))
            sleep_until_rung(ring, GATHER_MS);
        wants_tick = write_half(ring);
    }
    return NULL;
}

/* The writer takes no signals: they belong to the program's own threads. */
static void start_writer(struct log_ring *ring)
{
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    REQUIRE(pthread_sigmask(SIG_SETMASK, &all, &before) == 0);
    REQUIRE(pthread_create(&ring->thread, NULL, run_writer, ring) == 0);
    REQUIRE(pthread_sigmask(SIG_SETMASK, &before, NULL) == 0);
    (void)pthread_setname_np(ring->thread, "log");
}

struct log_ring *log_ring_new(const struct log_ring_options *options)
{
    struct log_ring *ring = MEM_NEW(struct log_ring);
    ring->options = *options;
    if (ring->options.half_bytes == 0)
        ring->options.half_bytes = HALF_BYTES_DEFAULT;
    ring->filling.bytes = mem_alloc(ring->options.half_bytes);
    ring->emptying.bytes = mem_alloc(ring->options.half_bytes);
    REQUIRE(pthread_mutex_init(&ring->lock, NULL) == 0);
    REQUIRE(sem_init(&ring->wake, 0, 0) == 0);
    start_writer(ring);
    return ring;
}

void log_ring_free(struct log_ring *ring)
{
    if (ring == NULL)
        return;
    atomic_store(&ring->is_stopping, true);
    ring_up(ring);
    pthread_join(ring->thread, NULL);
    sem_destroy(&ring->wake);
    pthread_mutex_destroy(&ring->lock);
    mem_free(ring->filling.bytes);
    mem_free(ring->emptying.bytes);
    mem_free(ring);
}

/* The lock is held. */
static void put_line(struct log_ring *ring, struct str line)
{
    struct half *half = &ring->filling;
    if (line.len + 1 > ring->options.half_bytes - half->len) {
        ring->dropped++;
        return;
    }
    memcpy(half->bytes + half->len, line.ptr, line.len);
    half->bytes[half->len + line.len] = '\n';
    half->len += line.len + 1;
    atomic_fetch_add_explicit(&ring->appended, line.len + 1, memory_order_relaxed);
}

void log_ring_append(struct log_ring *ring, struct str line, enum log_hurry hurry)
{
    pthread_mutex_lock(&ring->lock);
    put_line(ring, line);
    bool is_asleep = ring->is_asleep;
    ring->is_asleep = false;
    pthread_mutex_unlock(&ring->lock);
    bool is_first_hurry = hurry == LOG_AT_ONCE && !atomic_exchange(&ring->is_hurried, true);
    if (is_asleep || is_first_hurry)
        ring_up(ring);
}

void log_ring_call(struct log_ring *ring)
{
    atomic_store(&ring->is_hurried, true);
    ring_up(ring);
}

void log_ring_flush(struct log_ring *ring)
{
    uint64_t wanted = atomic_load(&ring->appended);
    while (atomic_load(&ring->written) < wanted) {
        atomic_store(&ring->is_hurried, true);
        ring_up(ring);
        (void)poll(NULL, 0, 1); /* rare, and on threads that may block: no need for a condition */
    }
}

void log_ring_flush_in_crash(struct log_ring *ring)
{
    if (pthread_equal(pthread_self(), ring->thread))
        return;
    uint64_t wanted = atomic_load(&ring->appended);
    for (int i = 0; i < CRASH_STEPS && atomic_load(&ring->written) < wanted; i++) {
        atomic_store(&ring->is_hurried, true);
        ring_up(ring);
        (void)poll(NULL, 0, CRASH_STEP_MS);
    }
}
