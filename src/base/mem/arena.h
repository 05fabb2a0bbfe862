/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Arena: memory that is given back all at once.
 *
 * A request, a job or a test owns one arena; everything that lives as long as it comes from there and
 * is never freed singly. Things that are not memory are attached with arena_defer. An arena belongs to
 * one fiber at a time (a parked fiber may lend it to the thread it waits for). Nothing from an arena
 * may be stored where it outlives it: copy instead. In ASan builds released memory is poisoned. */
#ifndef BASE_MEM_ARENA_H
#define BASE_MEM_ARENA_H

#include <stdbool.h>
#include <stddef.h>

#include "base/text/str.h"

struct arena;

typedef void (*arena_defer_fn)(void *arg);

/* A point to which an arena can be rewound. */
struct arena_mark {
    void *chunk;
    size_t used_bytes;
    void *defers;
};

/* limit_bytes caps the sum of all allocations (0: 1 GiB); passing it aborts the process, because the
 * limits before it should have refused the input. Allocates its first chunk lazily. */
struct arena *arena_new(size_t limit_bytes);

/* Runs the deferred calls (last first) and releases everything. Accepts NULL. */
void arena_free(struct arena *arena);

/* As arena_free, but keeps the arena and its first chunk for the next use. */
void arena_clear(struct arena *arena);

/* Zeroed, aligned for any type; size 0 gives a valid pointer. */
void *arena_alloc(struct arena *arena, size_t size_bytes) __attribute__((malloc, returns_nonnull));

/* Indeterminate bytes, for buffers that are filled at once. */
void *arena_alloc_raw(struct arena *arena, size_t size_bytes) __attribute__((malloc, returns_nonnull));

/* Zeroed array; dies when count * size_bytes overflows. */
void *arena_alloc_array(struct arena *arena, size_t count, size_t size_bytes)
    __attribute__((malloc, returns_nonnull));

/* Makes memory of size_bytes grow in place; false, changing nothing, when it was not the last that was
 * allocated or there is no room. The new bytes are indeterminate. For builders. */
bool arena_extend(struct arena *arena, const void *memory, size_t size_bytes, size_t new_size_bytes);

void *arena_dup(struct arena *arena, const void *bytes, size_t size_bytes) __attribute__((returns_nonnull));

/* Copies of text; the copy is followed by a NUL that its length does not count. */
struct str arena_str(struct arena *arena, struct str text);
/* The parts in one. */
struct str arena_join(struct arena *arena, const struct str *parts, size_t count);
#define ARENA_JOIN(arena, ...)                                                                               \
    arena_join((arena), (const struct str[]){__VA_ARGS__}, COUNT_OF(((const struct str[]){__VA_ARGS__})))
struct str arena_printf(struct arena *arena, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The text as a C string in the arena (stops at nothing: the caller knows that it holds no NUL). */
char *arena_cstr(struct arena *arena, struct str text) __attribute__((returns_nonnull));

/* Calls fn(arg) when the arena is freed, cleared, or rewound past this point. */
void arena_defer(struct arena *arena, arena_defer_fn fn, void *arg);

struct arena_mark arena_mark(struct arena *arena);
void arena_rewind(struct arena *arena, struct arena_mark mark);

/* Sum of the bytes handed out since the last clear, with their alignment. */
size_t arena_used_bytes(const struct arena *arena);

#define ARENA_NEW(arena, type)          ((type *)arena_alloc((arena), sizeof(type)))
#define ARENA_ARRAY(arena, type, count) ((type *)arena_alloc_array((arena), (count), sizeof(type)))

#endif
