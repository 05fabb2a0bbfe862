/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Which passwords guessing tries first: common words and what people make of them, keyboard walks, dates. Pure. */
#ifndef MODULES_IDENTITY_IDENTITY_PASSWORD_DOMAIN_H
#define MODULES_IDENTITY_IDENTITY_PASSWORD_DOMAIN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/mem/arena.h"
#include "base/require/require.h"
#include "base/text/str.h"

/* In ASCII order, small letters only. */
extern const char *const password_words[];
extern const size_t password_word_count;

/* Letters of either case, and digits and signs that stand for letters ("p@ssw0rd"), count as the letter. True for
 * - a word of the list, the same twice or more, or two of them together, with up to six digits and signs before and behind;
 * - what consists of walks over a keyboard, the alphabet or the figures, three keys or more each ("qwerty123", "147258369");
 * - a short piece again and again ("abababab"); a date in eight figures. */
bool password_is_common(struct str password);

/* The words that name a place, for password_is_of_place: those of the shop's name and of its host name (without its last label), of four
 * letters or more, and the whole name in one; small letters, a blank between two. */
struct str password_place_words(struct arena *arena, struct str shop_name, struct str host);
/* The same rule as for words of the list: a place's word, twice, two of them, or with a common one, with figures and signs around. */
bool password_is_of_place(struct str password, struct str place);

#endif
