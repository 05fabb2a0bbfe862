/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Internal to base/json: the tokens of RFC 8259. Nothing is copied; every byte is checked, so that a
 * scanned string is valid UTF-8 with valid escapes. A failure is noted once, with its place. */
#ifndef BASE_JSON_JSON_SCAN_H
#define BASE_JSON_JSON_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/text/str.h"

struct arena;

struct json_scan {
    const char *at;
    const char *end;
    const char *start;
    const char *failed_at;
    const char *failure; /* NULL: none so far */
};

enum json_mark {
    JSON_MARK_ESCAPED = 1 << 0,
    JSON_MARK_WIDE = 1 << 1,   /* may hold code points above ASCII */
    JSON_MARK_LINES = 1 << 2,  /* holds newlines or tabs */
    JSON_MARK_SUSPECT = 1 << 3 /* may hold other control characters; no mark: it surely does not */
};

/* A string between its quotes, as it stands in the text. */
struct json_span {
    struct str raw;
    unsigned marks; /* enum json_mark */
};

struct json_number {
    struct str text;
    uint64_t magnitude; /* of the integer part; meaningless with is_huge */
    bool is_negative;
    bool is_integer; /* no fraction, no exponent */
    bool is_huge;    /* the integer part passes 64 bits */
};

void json_scan_init(struct json_scan *scan, struct str text);

/* Always false, for `return json_scan_fail(…)`. */
bool json_scan_fail(struct json_scan *scan, const char *at, const char *why);

/* Where the failure is; both from 1, columns in code points. */
void json_scan_place(const struct json_scan *scan, size_t *ret_line, size_t *ret_column);

/* At the opening quote; leaves it behind the closing one. */
bool json_scan_string(struct json_scan *scan, struct json_span *ret);

/* At '-' or a digit. */
bool json_scan_number(struct json_scan *scan, struct json_number *ret);

/* The given word, which starts as the text does. */
bool json_scan_word(struct json_scan *scan, struct str word);

/* The string's value: the text itself, or a copy without the escapes. */
struct str json_span_text(struct arena *arena, struct json_span span);

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "the first special byte is the lowest");

#define JSON_BYTES(byte) (UINT64_C(0x0101010101010101) * (byte))

/* Bit 7 of the first byte that a string cannot hold as plain ASCII text (quote, backslash, control,
 * DEL, above ASCII); bits above it may be wrong. 0: all eight are plain. */
static inline uint64_t json_special_bits(uint64_t word)
{
    uint64_t quote = (word ^ JSON_BYTES('"')) - JSON_BYTES(1);
    uint64_t backslash = (word ^ JSON_BYTES('\\')) - JSON_BYTES(1);
    uint64_t control = word - JSON_BYTES(0x20);
    return (quote | backslash | control | word | (word + JSON_BYTES(1))) & JSON_BYTES(0x80);
}

static inline bool json_is_special(unsigned char c)
{
    return c < 0x20 || c == '"' || c == '\\' || c >= 0x7f;
}

/* The first byte from `at` that is special, or `end`. */
static inline const char *json_skip_plain(const char *at, const char *end)
{
    while (end - at >= 8) {
        uint64_t word;
        memcpy(&word, at, sizeof(word));
        uint64_t special = json_special_bits(word);
        if (special != 0)
            return at + (__builtin_ctzll(special) >> 3);
        at += 8;
    }
    while (at < end && !json_is_special((unsigned char)*at))
        at++;
    return at;
}

static inline void json_scan_blanks(struct json_scan *scan)
{
    const char *at = scan->at;
    while (at < scan->end && (*at == ' ' || *at == '\n' || *at == '\t' || *at == '\r'))
        at++;
    scan->at = at;
}

static inline bool json_scan_is(const struct json_scan *scan, char c)
{
    return scan->at < scan->end && *scan->at == c;
}

#endif
