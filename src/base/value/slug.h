/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Slugs ("night-drive-2") and short codes (8 characters without look-alikes). */
#ifndef BASE_VALUE_SLUG_H
#define BASE_VALUE_SLUG_H

#include <stdbool.h>
#include <stdint.h>

#include "base/require/require.h"
#include "base/text/str.h"

struct arena;

#define SLUG_MAX_CHARS   80
#define SHORT_CODE_CHARS 8

/* a–z, 0–9 and single inner hyphens, 1 to SLUG_MAX_CHARS. */
MUST_USE bool slug_is_valid(struct str text);

/* From any title: ASCII letters lowered, Latin letters with accents reduced, apostrophes dropped, the
 * rest to hyphens; cut at SLUG_MAX_CHARS. "untitled" when nothing is left. */
struct str slug_from_title(struct arena *arena, struct str title);

/* Crockford-like alphabet without i, l, o, u; from 5 random bytes. ret_text gets no NUL. */
void short_code_make(const uint8_t random[5], char ret_text[SHORT_CODE_CHARS]);
MUST_USE bool short_code_is_valid(struct str text);

#endif
