/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Words for searching: text reduced to what people mean by it, so that "Lo-Fi Beyoncé" and "ＬＯ fi beyonce" are the same
 * words. Unicode tables come from utf8proc. */
#ifndef BASE_TEXT_FOLD_H
#define BASE_TEXT_FOLD_H

#include <stddef.h>

#include "base/text/str.h"

struct arena;

/* Bytes of one word; longer ones are cut between characters. */
#define FOLD_WORD_MAX_BYTES 96

/* The words of text, joined by one blank: without case, accents, width and compatibility differences, apostrophes dropped,
 * everything else that is no letter or digit taken as a separator. Han, Hiragana and Katakana, which are written without
 * blanks, give a word per character. At most max_words are kept. text is valid UTF-8, else the result is empty. ASCII
 * bytes of the result are a–z, 0–9 and the blank. The result lives in the arena. */
struct str fold_words(struct arena *arena, struct str text, size_t max_words);

#endif
