/* SPDX-License-Identifier: AGPL-3.0-or-later
 * The lexical ground of HTTP: which byte may stand where, and comma lists. Pure.
 * Source: RFC 9110 §5.6, RFC 9112 §2–§5, RFC 3986 §2–§3. */
#ifndef PLATFORM_HTTP_WIRE_SYNTAX_H
#define PLATFORM_HTTP_WIRE_SYNTAX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/require/require.h"
#include "base/text/str.h"

/* Bits of http_byte_classes[byte]. */
enum byte_class {
    BYTE_TOKEN = 1 << 0, /* tchar */
    BYTE_FIELD = 1 << 1, /* field value: blank, tab, visible, obs-text */
    BYTE_PATH = 1 << 2,  /* what we take in a path: visible ASCII without " # < > \ ^ ` { } */
    BYTE_QUERY = 1 << 3, /* visible ASCII without " # < >; browsers send the rest unescaped */
    BYTE_HOST = 1 << 4,  /* letters, digits, - . _ */
    BYTE_DIGIT = 1 << 5,
    BYTE_HEX = 1 << 6
};

extern const uint8_t http_byte_classes[256];

/* Lower-case form of a token byte; 0 for a byte that no token may hold. */
extern const char http_token_lower[256];

static inline bool byte_is(char byte, unsigned classes)
{
    return (http_byte_classes[(uint8_t)byte] & classes) != 0;
}

/* First index at or after `from` whose byte is in none of the classes; text.len when all are. */
size_t syntax_span(struct str text, size_t from, unsigned classes);

/* As syntax_span for BYTE_FIELD, eight bytes at a time. */
size_t syntax_span_field(struct str text, size_t from);

bool syntax_is_token(struct str text);

/* Cuts the next element off a comma list, trimmed, skipping empty ones and respecting quoted texts; false at the end.
 * An unterminated quote takes the rest. */
bool syntax_next_element(struct str *rest, struct str *ret_element);

/* True when the comma list has that token, in any case of letters. */
bool syntax_list_has(struct str list, struct str token);

/* The value of `name` in parameters such as `q=1; x="y"` (quotes removed, escapes kept); absent when missing. */
struct str syntax_parameter(struct str parameters, struct str name);

#endif
