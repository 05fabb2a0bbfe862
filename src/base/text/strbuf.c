/* SPDX-License-Identifier: AGPL-3.0-or-later
 * The text builder: growth and the appenders that are not one copy. */
#include "base/text/strbuf.h"

#include <stdio.h>

#include "base/mem/alloc.h"
#include "base/mem/arena.h"
#include "base/require/require.h"
#include "base/text/number.h"

#define FIRST_CAPACITY ((size_t)128)

void strbuf_init(struct strbuf *buf, struct arena *arena, size_t max_len)
{
    REQUIRE(max_len < PTRDIFF_MAX);
    *buf = (struct strbuf){.arena = arena, .max_len = max_len};
}

void strbuf_fini(struct strbuf *buf)
{
    if (buf->arena == NULL)
        mem_free(buf->ptr);
    *buf = (struct strbuf){.arena = buf->arena, .max_len = buf->max_len};
}

void strbuf_clear(struct strbuf *buf)
{
    buf->len = 0;
    buf->overflow = false;
    if (buf->ptr != NULL)
        buf->ptr[0] = '\0';
}

static void strbuf_set_capacity(struct strbuf *buf, size_t capacity)
{
    if (buf->arena == NULL) {
        buf->ptr = mem_realloc(buf->ptr, capacity);
    } else if (buf->ptr == NULL || !arena_extend(buf->arena, buf->ptr, buf->capacity, capacity)) {
        char *moved = arena_alloc_raw(buf->arena, capacity);
        if (buf->ptr != NULL)
            memcpy(moved, buf->ptr, buf->len);
        buf->ptr = moved;
    }
    buf->capacity = capacity;
    buf->ptr[buf->len] = '\0';
}

/* Room for len more bytes and the NUL; len fits below max_len. */
static void strbuf_grow(struct strbuf *buf, size_t len)
{
    size_t needed = buf->len + len + 1;
    if (needed <= buf->capacity)
        return;
    size_t capacity = buf->capacity < FIRST_CAPACITY / 2 ? FIRST_CAPACITY : buf->capacity * 2;
    if (capacity > buf->max_len + 1)
        capacity = buf->max_len + 1;
    strbuf_set_capacity(buf, capacity < needed ? needed : capacity);
}

static size_t strbuf_left(const struct strbuf *buf)
{
    return buf->overflow ? 0 : buf->max_len - buf->len;
}

char *strbuf_reserve(struct strbuf *buf, size_t len)
{
    if (buf->overflow || len > strbuf_left(buf)) {
        buf->overflow = true;
        return NULL;
    }
    strbuf_grow(buf, len);
    return buf->ptr + buf->len;
}

void strbuf_commit(struct strbuf *buf, size_t len)
{
    REQUIRE(len < buf->capacity - buf->len || len == 0);
    buf->len += len;
    if (buf->ptr != NULL)
        buf->ptr[buf->len] = '\0';
}

void strbuf_append_slowly(struct strbuf *buf, struct str text)
{
    if (text.len == 0)
        return;
    size_t len = text.len;
    size_t left = strbuf_left(buf);
    if (len > left) {
        buf->overflow = true;
        len = left;
    }
    if (len == 0)
        return;
    strbuf_grow(buf, len);
    memcpy(buf->ptr + buf->len, text.ptr, len);
    buf->len += len;
    buf->ptr[buf->len] = '\0';
}

void strbuf_append_cstr(struct strbuf *buf, const char *text)
{
    strbuf_append(buf, str_cstr(text));
}

void strbuf_append_i64(struct strbuf *buf, int64_t value)
{
    char digits[NUMBER_I64_CHARS];
    strbuf_append(buf, str_from(digits, number_format_i64(digits, value)));
}

void strbuf_append_u64(struct strbuf *buf, uint64_t value)
{
    char digits[NUMBER_I64_CHARS];
    strbuf_append(buf, str_from(digits, number_format_u64(digits, value)));
}

void strbuf_printf(struct strbuf *buf, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    strbuf_vprintf(buf, format, args);
    va_end(args);
}

void strbuf_vprintf(struct strbuf *buf, const char *format, va_list args)
{
    if (buf->overflow)
        return;
    va_list again;
    va_copy(again, args);
    size_t room = buf->capacity - buf->len;
    int printed = vsnprintf(room != 0 ? buf->ptr + buf->len : NULL, room, format, args);
    REQUIRE(printed >= 0);
    size_t len = (size_t)printed;
    if (len > strbuf_left(buf)) {
        buf->overflow = true;
        len = buf->max_len - buf->len;
    }
    if (len >= room) {
        strbuf_grow(buf, len);
        (void)vsnprintf(buf->ptr + buf->len, len + 1, format, again);
    }
    va_end(again);
    buf->len += len;
    buf->ptr[buf->len] = '\0';
}
