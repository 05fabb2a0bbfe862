/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Hash of a text: folded 64 × 64 → 128 bit products of the text with secret random words. An outsider
 * who does not know the words cannot choose texts that collide. Not for signatures. */
#include <pthread.h>
#include <stdatomic.h>
#include <sys/random.h>

#include "base/require/require.h"
#include "base/text/str.h"

__extension__ typedef unsigned __int128 product;

static uint64_t secret[4];
static atomic_bool secret_is_set;
static pthread_once_t secret_once = PTHREAD_ONCE_INIT;

static void secret_draw(void)
{
    ssize_t drawn = getrandom(secret, sizeof(secret), 0);
    REQUIRE(drawn == (ssize_t)sizeof(secret)); /* this few bytes come whole */
    atomic_store_explicit(&secret_is_set, true, memory_order_release);
}

static inline uint64_t read_u64(const char *bytes)
{
    uint64_t word;
    memcpy(&word, bytes, sizeof(word));
    return word;
}

/* 0 to 8 bytes, without reading past them. */
static inline uint64_t read_part(const char *bytes, size_t len)
{
    uint64_t word = 0;
    if (len >= 4) {
        uint32_t low;
        uint32_t high;
        memcpy(&low, bytes, sizeof(low));
        memcpy(&high, bytes + len - sizeof(high), sizeof(high));
        return (uint64_t)high << 32 | low;
    }
    for (size_t i = 0; i < len; i++)
        word = word << 8 | (unsigned char)bytes[i];
    return word;
}

static inline uint64_t fold(uint64_t a, uint64_t b)
{
    product whole = (product)a * b;
    return (uint64_t)whole ^ (uint64_t)(whole >> 64);
}

uint64_t str_hash(struct str text)
{
    if (!atomic_load_explicit(&secret_is_set, memory_order_acquire))
        REQUIRE(pthread_once(&secret_once, secret_draw) == 0);

    const char *at = text.ptr;
    size_t left = text.len;
    uint64_t hash = secret[0];
    while (left > 16) {
        hash = fold(read_u64(at) ^ secret[1], read_u64(at + 8) ^ hash);
        at += 16;
        left -= 16;
    }
    size_t first = left < 8 ? left : 8;
    hash = fold(read_part(at, first) ^ secret[2], read_part(at + first, left - first) ^ hash);
    return fold(hash ^ secret[3], text.len ^ secret[1]);
}
