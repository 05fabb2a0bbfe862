/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Random bytes by the hundred: OpenSSL's generator of this thread (seeded by the kernel) fills a buffer, calls take
 * from it. The kernel alone would cost about 60 ns for 16 bytes; this costs about 15. */
#include "platform/crypto/random.h"

#include <openssl/rand.h>
#include <pthread.h>
#include <stdatomic.h>

#include "platform/crypto/crypto.h"

#define BUFFER_BYTES 1024

struct generator {
    uint8_t bytes[BUFFER_BYTES];
    size_t left; /* at the end of bytes; what was given out is wiped */
    unsigned fork_count;
    uint64_t seed; /* 0: random */
    uint64_t block;
};

/* Used within one call only, so a fiber switch never comes between. */
static _Thread_local struct generator mine;

/* A child must not give out what its parent will. */
static atomic_uint fork_count;

static void note_fork(void)
{
    atomic_fetch_add_explicit(&fork_count, 1, memory_order_relaxed);
}

static void watch_forks(void)
{
    REQUIRE(pthread_atfork(NULL, NULL, note_fork) == 0);
}

static void fill_by_seed(struct generator *generator)
{
    for (size_t at = 0; at < BUFFER_BYTES; at += SHA256_BYTES) {
        const uint64_t input[] = {generator->seed, generator->block++};
        sha256(input, sizeof(input), generator->bytes + at);
    }
}

static void refill(struct generator *generator)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    (void)pthread_once(&once, watch_forks);
    if (generator->seed != 0)
        fill_by_seed(generator);
    else
        REQUIRE(RAND_priv_bytes(generator->bytes, BUFFER_BYTES) == 1);
    generator->left = BUFFER_BYTES;
    generator->fork_count = atomic_load_explicit(&fork_count, memory_order_relaxed);
}

void crypto_random(void *ret_bytes, size_t len)
{
    struct generator *generator = &mine;
    uint8_t *to = ret_bytes;
    if (generator->fork_count != atomic_load_explicit(&fork_count, memory_order_relaxed))
        generator->left = 0;
    while (len > 0) {
        if (generator->left == 0)
            refill(generator);
        size_t part = len < generator->left ? len : generator->left;
        uint8_t *from = generator->bytes + BUFFER_BYTES - generator->left;
        memcpy(to, from, part);
        memset(from, 0, part);
        generator->left -= part;
        to += part;
        len -= part;
    }
}

void crypto_random_seed(uint64_t seed)
{
    mine.seed = seed;
    mine.block = 0;
    mine.left = 0;
}
