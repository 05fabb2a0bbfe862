/* SPDX-License-Identifier: AGPL-3.0-or-later
 * One form for texts that look alike, and what counts as one emoji. Unicode tables come from utf8proc. */
#ifndef BASE_TEXT_COMPOSE_H
#define BASE_TEXT_COMPOSE_H

#include <stdbool.h>

#include "base/text/str.h"

struct arena;

/* Normalisation form C (UAX #15): "e" and a combining acute are "é". text is valid UTF-8; the result lives in the arena and has at
 * most three times its bytes. */
struct str text_compose(struct arena *arena, struct str text);

/* Without what is not to be seen at both ends: blanks, line ends, format characters and fillers. text is valid UTF-8. */
struct str text_trim(struct str text);

/* Bytes of one emoji; longer sequences are none. */
enum { EMOJI_MAX_BYTES = 64 };

/* Whether text is exactly one emoji (UTS #51: a pictograph with its skin tone, a joined sequence, a flag, a keycap). ret_emoji is its
 * form with the presentation selectors that it needs and no others, so that equal emoji are equal bytes; it lives in the arena. */
bool emoji_parse(struct arena *arena, struct str text, struct str *ret_emoji);

#endif
