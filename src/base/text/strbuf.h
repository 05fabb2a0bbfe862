/* SPDX-License-Identifier: AGPL-3.0-or-later
 * The text builder.
 *
 * Invariants: ptr[len] is a NUL once anything was appended; len never passes max_len. Appending past
 * max_len sets `overflow` and drops the rest, with all that follows: what is there is a prefix of what
 * was meant, and a caller checks once, at the end. Memory comes from an
 * arena, or from the heap when the arena is NULL (then strbuf_fini releases it). */
#ifndef BASE_TEXT_STRBUF_H
#define BASE_TEXT_STRBUF_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text/str.h"

struct arena;

struct strbuf {
    char *ptr;
    size_t len;
    size_t capacity;
    size_t max_len;
    struct arena *arena; /* NULL: heap */
    bool overflow;
};

/* max_len is the size that it may never pass; arena may be NULL. */
void strbuf_init(struct strbuf *buf, struct arena *arena, size_t max_len);

/* Only needed for heap builders; harmless for others. */
void strbuf_fini(struct strbuf *buf);

/* Empties, keeping the memory and clearing the overflow mark. */
void strbuf_clear(struct strbuf *buf);

/* The rare cases of strbuf_append: no room yet, past max_len. */
void strbuf_append_slowly(struct strbuf *buf, struct str text);

static inline void strbuf_append(struct strbuf *buf, struct str text)
{
    if (buf->overflow || text.len == 0 || text.len >= buf->capacity - buf->len) {
        strbuf_append_slowly(buf, text);
        return;
    }
    memcpy(buf->ptr + buf->len, text.ptr, text.len);
    buf->len += text.len;
    buf->ptr[buf->len] = '\0';
}

static inline void strbuf_append_char(struct strbuf *buf, char c)
{
    strbuf_append(buf, str_from(&c, 1));
}

void strbuf_append_cstr(struct strbuf *buf, const char *text);
void strbuf_append_i64(struct strbuf *buf, int64_t value);
void strbuf_append_u64(struct strbuf *buf, uint64_t value);
void strbuf_printf(struct strbuf *buf, const char *format, ...) __attribute__((format(printf, 2, 3)));
void strbuf_vprintf(struct strbuf *buf, const char *format, va_list args)
    __attribute__((format(printf, 2, 0)));

/* Room for at least len more bytes, to be filled in place and counted with strbuf_commit.
 * NULL, setting `overflow`, when that would pass max_len. */
char *strbuf_reserve(struct strbuf *buf, size_t len);
void strbuf_commit(struct strbuf *buf, size_t len);

/* What was built; points into the builder's memory and is NUL-terminated. */
static inline struct str strbuf_str(const struct strbuf *buf)
{
    return (struct str){buf->len != 0 ? buf->ptr : "", buf->len};
}

#endif
