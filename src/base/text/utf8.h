/* SPDX-License-Identifier: AGPL-3.0-or-later
 * UTF-8 checks. Case folding and search normalisation need tables and live above base. */
#ifndef BASE_TEXT_UTF8_H
#define BASE_TEXT_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text/str.h"

/* Strict: no surrogates, no overlong forms, at most U+10FFFF. */
bool utf8_is_valid(struct str text);

/* Code points of valid UTF-8. */
size_t utf8_length(struct str text);

#define UTF8_REPLACEMENT UINT32_C(0xFFFD)

/* The first code point and its length in bytes; U+FFFD and 1 when the bytes are not valid there, and
 * U+FFFD and 0 at the end. */
uint32_t utf8_decode(struct str text, size_t *ret_len);

/* True for control characters (C0, DEL, C1), bidi overrides and isolates, U+FEFF; unless
 * UTF8_MULTI_LINE also for newline (LF, CR LF, U+2028, U+2029) and tab. A bare CR always counts.
 * text is valid UTF-8. */
enum utf8_lines { UTF8_ONE_LINE, UTF8_MULTI_LINE };
bool utf8_has_controls(struct str text, enum utf8_lines lines);

/* Writes 1–4 bytes; returns the count. code_point is no surrogate. */
size_t utf8_encode(uint32_t code_point, char *ret_bytes);

/* text is valid UTF-8. The longest prefix of at most max_len bytes that ends between code points. */
struct str utf8_truncate(struct str text, size_t max_len);

#endif
