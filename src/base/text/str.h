/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Text by value: a pointer and a length, never owning. NULL with length 0 is the absent text; an empty
 * text may have any pointer. Not NUL-terminated unless the maker says so. */
#ifndef BASE_TEXT_STR_H
#define BASE_TEXT_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct str {
    const char *ptr;
    size_t len;
};

/* A literal as a value, and as an initialiser of static tables. */
#define STR(literal) ((struct str){(literal), sizeof(literal) - 1})
#define STR_INIT(literal)                                                                                    \
    {                                                                                                        \
        (literal), sizeof(literal) - 1                                                                       \
    }
#define STR_NONE ((struct str){NULL, 0})

/* printf("%" STR_FMT, STR_ARG(text)) */
#define STR_FMT       ".*s"
#define STR_ARG(text) (int)(text).len, ((text).ptr != NULL ? (text).ptr : "")

static inline struct str str_from(const char *ptr, size_t len)
{
    return (struct str){ptr, len};
}

/* NULL gives the absent text. */
static inline struct str str_cstr(const char *text)
{
    return (struct str){text, text != NULL ? strlen(text) : 0};
}

static inline bool str_is_empty(struct str text)
{
    return text.len == 0;
}

static inline bool str_equal(struct str a, struct str b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

/* Bytewise order, as memcmp with the shorter first. */
int str_compare(struct str a, struct str b);

/* ASCII letters only; other bytes must be equal. */
bool str_equal_nocase(struct str a, struct str b);

bool str_starts_with(struct str text, struct str prefix);
bool str_ends_with(struct str text, struct str suffix);

/* Byte offset of the first occurrence at or after `from`, or -1. */
ptrdiff_t str_find_byte(struct str text, char byte, size_t from);
/* As above, from the start; an empty needle is found at 0. */
ptrdiff_t str_find(struct str text, struct str needle);

/* The part [from, from + len), clipped to the text; a part of the absent text is absent. */
struct str str_slice(struct str text, size_t from, size_t len);

/* Without ASCII blanks and tabs at both ends. */
struct str str_trim(struct str text);

/* Cuts the part before the first separator off *rest and returns it; false when *rest is absent.
 * The last part leaves *rest absent: "a,,b" gives "a", "", "b". */
bool str_split(struct str *rest, char separator, struct str *ret_part);

/* With process-wide random secrets, for hash tables that outsiders fill: differs from run to run. */
uint64_t str_hash(struct str text);

#endif
