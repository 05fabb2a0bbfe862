/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Chunk recycling: one short free list per size class and thread. */
#include "base/mem/chunk.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/mem/poison.h"
#include "base/require/require.h"

/* A thread keeps at most this much of each class. */
#define CACHED_BYTES_PER_CLASS ((size_t)256 * 1024)

static const size_t class_bytes[] = {
    CHUNK_SMALL_BYTES, CHUNK_FIRST_BYTES, CHUNK_FIRST_BYTES * 2, CHUNK_FIRST_BYTES * 4, CHUNK_GREATEST_BYTES,
};
#define CHUNK_CLASSES COUNT_OF(class_bytes)

struct chunk_cache {
    struct chunk *first[CHUNK_CLASSES];
    size_t count[CHUNK_CLASSES];
    bool is_registered;
};

static __thread struct chunk_cache cache;
static pthread_once_t cache_key_once = PTHREAD_ONCE_INIT;
static pthread_key_t cache_key;

/* The smallest class that holds total_bytes, or CHUNK_CLASSES. */
static size_t class_of(size_t total_bytes)
{
    size_t class = 0;
    while (class < CHUNK_CLASSES && class_bytes[class] < total_bytes)
        class ++;
    return class;
}

static void cache_drain(void *arg)
{
    struct chunk_cache *drained = arg;
    for (size_t class = 0; class < CHUNK_CLASSES; class ++) {
        while (drained->first[class] != NULL) {
            struct chunk *chunk = drained->first[class];
            drained->first[class] = chunk->previous;
            free(chunk);
        }
        drained->count[class] = 0;
    }
    drained->is_registered = false;
}

static void cache_key_create(void)
{
    REQUIRE(pthread_key_create(&cache_key, cache_drain) == 0);
}

/* Makes the end of the thread drain its cache. */
static void cache_register(void)
{
    REQUIRE(pthread_once(&cache_key_once, cache_key_create) == 0);
    REQUIRE(pthread_setspecific(cache_key, &cache) == 0);
    cache.is_registered = true;
}

static struct chunk *cache_take(size_t class)
{
    struct chunk *chunk = cache.first[class];
    if (chunk == NULL)
        return NULL;
    cache.first[class] = chunk->previous;
    cache.count[class]--;
    return chunk;
}

static bool cache_put(size_t class, struct chunk *chunk)
{
    /* Under ASan the chunk goes through free instead, so that its quarantine names the culprit. */
    if (POISON_IS_ON || cache.count[class] * class_bytes[class] >= CACHED_BYTES_PER_CLASS)
        return false;
    if (!cache.is_registered)
        cache_register();
    chunk->previous = cache.first[class];
    cache.first[class] = chunk;
    cache.count[class]++;
    return true;
}

struct chunk *chunk_acquire(size_t data_bytes, size_t total_bytes)
{
    REQUIRE(data_bytes < PTRDIFF_MAX - sizeof(struct chunk));
    size_t total = data_bytes + sizeof(struct chunk);
    if (total < total_bytes)
        total = total_bytes;

    struct chunk *chunk = NULL;
    size_t class = class_of(total);
    if (class < CHUNK_CLASSES) {
        total = class_bytes[class];
        chunk = cache_take(class);
    }
    if (chunk == NULL)
        chunk = malloc(total);
    REQUIRE(chunk != NULL);
    chunk->previous = NULL;
    chunk->size_bytes = total - sizeof(struct chunk);
    chunk->before_bytes = 0;
    poison_bytes(chunk->data, chunk->size_bytes);
    return chunk;
}

void chunk_release(struct chunk *chunk)
{
    size_t total = chunk->size_bytes + sizeof(struct chunk);
    size_t class = class_of(total);
    if (class < CHUNK_CLASSES && cache_put(class, chunk))
        return;
    unpoison_bytes(chunk->data, chunk->size_bytes);
    free(chunk);
}
