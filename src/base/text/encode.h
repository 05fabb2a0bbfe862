/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Text encodings of bytes: hex, base64 (with padding), base64url (without), percent, HTML. */
#ifndef BASE_TEXT_ENCODE_H
#define BASE_TEXT_ENCODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/require/require.h"
#include "base/text/str.h"

struct arena;

struct str hex_encode(struct arena *arena, const void *bytes, size_t len); /* lower case */
MUST_USE bool hex_decode(struct str text, void *ret_bytes, size_t len);    /* exactly len bytes, any case */

struct str base32_encode(struct arena *arena, const void *bytes, size_t len); /* RFC 4648, without padding */
struct str base64_encode(struct arena *arena, const void *bytes, size_t len);
struct str base64url_encode(struct arena *arena, const void *bytes, size_t len);
/* Canonical input only; the result lives in the arena. */
MUST_USE bool base64_decode(struct arena *arena, struct str text, struct str *ret_bytes);
MUST_USE bool base64url_decode(struct arena *arena, struct str text, struct str *ret_bytes);

/* %XX, and '+' as a space when form is FORM. Refuses bad escapes and %00. May return the input itself. */
enum percent_form { PERCENT_PATH, PERCENT_FORM };
MUST_USE bool percent_decode(struct arena *arena, struct str text, enum percent_form form, struct str *ret);
/* Unreserved bytes stay, the rest becomes %XX. */
struct str percent_encode(struct arena *arena, struct str text);

/* & < > " ' as entities. */
struct str html_escape(struct arena *arena, struct str text);

#endif
