/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Numbers in text: full match, range-checked, no locale. False leaves *ret alone. */
#ifndef BASE_TEXT_NUMBER_H
#define BASE_TEXT_NUMBER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/require/require.h"
#include "base/text/str.h"

/* Optional '-', then digits without leading zeros; within [min, max]. */
MUST_USE bool number_parse_i64(struct str text, int64_t min, int64_t max, int64_t *ret);
/* Digits only (leading zeros allowed, as in HTTP); at most max. */
MUST_USE bool number_parse_u64(struct str text, uint64_t max, uint64_t *ret);
MUST_USE bool number_parse_hex_u64(struct str text, uint64_t max, uint64_t *ret);
/* JSON number grammar; finite. */
MUST_USE bool number_parse_f64(struct str text, double *ret);

/* "00" to "99", two characters each. */
extern const char number_digit_pairs[200];

/* Writes a value below 100 with exactly two digits. */
static inline void number_put_pair(char *buf, unsigned value)
{
    memcpy(buf, &number_digit_pairs[(size_t)value * 2], 2);
}

/* Writes decimal digits without a NUL; returns the count. buf holds NUMBER_I64_CHARS. */
#define NUMBER_I64_CHARS 20
size_t number_format_i64(char *buf, int64_t value);
size_t number_format_u64(char *buf, uint64_t value);
/* Shortest text that reads back as the same double; buf holds NUMBER_F64_CHARS. value is finite. */
#define NUMBER_F64_CHARS 32
size_t number_format_f64(char *buf, double value);

/* Checked arithmetic: false on overflow. */
static inline bool number_add(int64_t a, int64_t b, int64_t *ret)
{
    return !__builtin_add_overflow(a, b, ret);
}

static inline bool number_mul(int64_t a, int64_t b, int64_t *ret)
{
    return !__builtin_mul_overflow(a, b, ret);
}

#endif
