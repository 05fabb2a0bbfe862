/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Arena: bump allocation over a list of chunks, newest first.
 *
 * Invariants: cursor and end lie in the newest chunk; end is cut short where the arena's limit lies
 * before the end of the chunk, so that the fast path checks both with one comparison. */
#include "base/mem/arena.h"

#include <assert.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

#include "base/mem/chunk.h"
#include "base/mem/poison.h"
#include "base/require/require.h"

#define DEFAULT_LIMIT_BYTES ((size_t)1 << 30)

/* Poisoned bytes between two allocations, so that ASan sees an overrun. */
#define GAP_BYTES (POISON_IS_ON ? (size_t)16 : 0)

struct arena_deferred {
    arena_defer_fn fn;
    void *arg;
    struct arena_deferred *before;
};

struct arena {
    char *cursor; /* first free byte */
    char *end;
    struct chunk *newest; /* NULL until the first allocation */
    struct arena_deferred *defers;
    size_t limit_bytes;
    size_t next_chunk_bytes;
    struct chunk *home; /* holds this struct */
};

static_assert(sizeof(struct chunk) + sizeof(struct arena) <= CHUNK_SMALL_BYTES,
              "an arena fits the smallest recycled block");

struct arena *arena_new(size_t limit_bytes)
{
    struct chunk *home = chunk_acquire(sizeof(struct arena), 0);
    unpoison_bytes(home->data, sizeof(struct arena));
    struct arena *arena = (struct arena *)(void *)home->data;
    *arena = (struct arena){
        .home = home,
        .limit_bytes = limit_bytes != 0 ? limit_bytes : DEFAULT_LIMIT_BYTES,
        .next_chunk_bytes = CHUNK_FIRST_BYTES,
    };
    return arena;
}

size_t arena_used_bytes(const struct arena *arena)
{
    if (arena->newest == NULL)
        return 0;
    return arena->newest->before_bytes + (size_t)(arena->cursor - arena->newest->data);
}

/* Makes the chunk the one to allocate from, its first used_bytes being taken. */
static void arena_enter_chunk(struct arena *arena, struct chunk *chunk, size_t used_bytes)
{
    size_t left_bytes = arena->limit_bytes - chunk->before_bytes;
    arena->newest = chunk;
    arena->cursor = chunk->data + used_bytes;
    arena->end = chunk->data + (chunk->size_bytes < left_bytes ? chunk->size_bytes : left_bytes);
}

static void arena_add_chunk(struct arena *arena, size_t needed_bytes)
{
    size_t used = arena_used_bytes(arena);
    bool is_within_arena_limit = needed_bytes <= arena->limit_bytes - used;
    REQUIRE(is_within_arena_limit);

    struct chunk *chunk = chunk_acquire(needed_bytes, arena->next_chunk_bytes);
    if (arena->next_chunk_bytes < CHUNK_GREATEST_BYTES)
        arena->next_chunk_bytes *= 2;
    chunk->previous = arena->newest;
    chunk->before_bytes = used;
    arena_enter_chunk(arena, chunk, 0);
}

/* alignment is a power of two, at most that of a chunk's data; size_bytes is not 0. */
static inline char *arena_take(struct arena *arena, size_t size_bytes, size_t alignment)
{
    size_t padding = (size_t)(-(uintptr_t)arena->cursor & (alignment - 1));
    size_t left = (size_t)(arena->end - arena->cursor);
    if (__builtin_expect(left < padding + GAP_BYTES || size_bytes > left - padding - GAP_BYTES, 0)) {
        REQUIRE(size_bytes < PTRDIFF_MAX);
        arena_add_chunk(arena, size_bytes + GAP_BYTES);
        padding = 0;
    }
    char *taken = arena->cursor + padding;
    arena->cursor = taken + size_bytes + GAP_BYTES;
    unpoison_bytes(taken, size_bytes);
    return taken;
}

void *arena_alloc_raw(struct arena *arena, size_t size_bytes)
{
    return arena_take(arena, size_bytes != 0 ? size_bytes : 1, alignof(max_align_t));
}

void *arena_alloc(struct arena *arena, size_t size_bytes)
{
    return memset(arena_alloc_raw(arena, size_bytes), 0, size_bytes);
}

void *arena_alloc_array(struct arena *arena, size_t count, size_t size_bytes)
{
    size_t total = 0;
    bool overflows = __builtin_mul_overflow(count, size_bytes, &total);
    REQUIRE(!overflows);
    return arena_alloc(arena, total);
}

bool arena_extend(struct arena *arena, const void *memory, size_t size_bytes, size_t new_size_bytes)
{
    REQUIRE(new_size_bytes >= size_bytes);
    const char *bytes = memory;
    if (bytes + size_bytes + GAP_BYTES != arena->cursor ||
        new_size_bytes - size_bytes > (size_t)(arena->end - arena->cursor))
        return false;
    arena->cursor += new_size_bytes - size_bytes;
    unpoison_bytes(bytes, new_size_bytes);
    return true;
}

void *arena_dup(struct arena *arena, const void *bytes, size_t size_bytes)
{
    void *copy = arena_alloc_raw(arena, size_bytes);
    if (size_bytes != 0)
        memcpy(copy, bytes, size_bytes);
    return copy;
}

char *arena_cstr(struct arena *arena, struct str text)
{
    REQUIRE(text.len < PTRDIFF_MAX);
    char *copy = arena_take(arena, text.len + 1, 1);
    if (text.len != 0)
        memcpy(copy, text.ptr, text.len);
    copy[text.len] = '\0';
    return copy;
}

struct str arena_str(struct arena *arena, struct str text)
{
    if (text.ptr == NULL)
        return STR_NONE;
    return str_from(arena_cstr(arena, text), text.len);
}

struct str arena_join(struct arena *arena, const struct str *parts, size_t count)
{
    size_t len = 0;
    for (size_t i = 0; i < count; i++)
        len += parts[i].len;
    char *text = arena_alloc_raw(arena, len + 1);
    char *at = text;
    for (size_t i = 0; i < count; i++) {
        if (parts[i].len != 0)
            memcpy(at, parts[i].ptr, parts[i].len);
        at += parts[i].len;
    }
    *at = '\0';
    return str_from(text, len);
}

struct str arena_printf(struct arena *arena, const char *format, ...)
{
    char start[256];
    va_list args;
    va_list again;
    va_start(args, format);
    va_copy(again, args);
    int len = vsnprintf(start, sizeof(start), format, args);
    REQUIRE(len >= 0);
    char *text = arena_take(arena, (size_t)len + 1, 1);
    if ((size_t)len < sizeof(start))
        memcpy(text, start, (size_t)len + 1);
    else
        (void)vsnprintf(text, (size_t)len + 1, format, again);
    va_end(again);
    va_end(args);
    return str_from(text, (size_t)len);
}

void arena_defer(struct arena *arena, arena_defer_fn fn, void *arg)
{
    struct arena_deferred *deferred = arena_alloc_raw(arena, sizeof(*deferred));
    *deferred = (struct arena_deferred){.fn = fn, .arg = arg, .before = arena->defers};
    arena->defers = deferred;
}

/* A deferred call may allocate and defer: what it adds is run as well. */
static void arena_run_defers(struct arena *arena, const struct arena_deferred *stop)
{
    while (arena->defers != stop) {
        struct arena_deferred *deferred = arena->defers;
        arena->defers = deferred->before;
        deferred->fn(deferred->arg);
    }
}

struct arena_mark arena_mark(struct arena *arena)
{
    return (struct arena_mark){
        .chunk = arena->newest,
        .used_bytes = arena_used_bytes(arena),
        .defers = arena->defers,
    };
}

static void arena_drop_newest(struct arena *arena)
{
    struct chunk *chunk = arena->newest;
    arena->newest = chunk->previous;
    chunk_release(chunk);
}

/* Empties the first chunk and keeps it, unless it was made for one great allocation. */
static void arena_reset(struct arena *arena)
{
    while (arena->newest != NULL && arena->newest->previous != NULL)
        arena_drop_newest(arena);
    arena->next_chunk_bytes = CHUNK_FIRST_BYTES;
    if (arena->newest == NULL)
        return;
    if (arena->newest->size_bytes > CHUNK_GREATEST_BYTES) {
        arena_drop_newest(arena);
        arena->cursor = NULL;
        arena->end = NULL;
        return;
    }
    poison_bytes(arena->newest->data, arena->newest->size_bytes);
    arena_enter_chunk(arena, arena->newest, 0);
}

void arena_rewind(struct arena *arena, struct arena_mark mark)
{
    arena_run_defers(arena, mark.defers);
    if (mark.chunk == NULL) {
        arena_reset(arena);
        return;
    }
    while (arena->newest != mark.chunk) {
        REQUIRE(arena->newest->previous != NULL); /* else the mark is of another arena, or was passed */
        arena_drop_newest(arena);
    }
    size_t used = mark.used_bytes - arena->newest->before_bytes;
    poison_bytes(arena->newest->data + used, arena->newest->size_bytes - used);
    arena_enter_chunk(arena, arena->newest, used);
}

void arena_clear(struct arena *arena)
{
    arena_run_defers(arena, NULL);
    arena_reset(arena);
}

void arena_free(struct arena *arena)
{
    if (arena == NULL)
        return;
    arena_run_defers(arena, NULL);
    while (arena->newest != NULL)
        arena_drop_newest(arena);
    chunk_release(arena->home);
}
