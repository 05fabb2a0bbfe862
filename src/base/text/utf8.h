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

/* True for control characters (C0, DEL, C1), bidi overrides and isolates, U+FEFF; newline and tab too
 * unless UTF8_MULTI_LINE. */
enum utf8_lines { UTF8_ONE_LINE, UTF8_MULTI_LINE };
bool utf8_has_controls(struct str text, enum utf8_lines lines);

/* Writes 1–4 bytes; returns the count. */
size_t utf8_encode(uint32_t code_point, char *ret_bytes);

/* The longest prefix of at most max_len bytes that ends between code points. */
struct str utf8_truncate(struct str text, size_t max_len);

#endif
