/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Fuzz target: words for searching. Folding what was folded changes nothing; the result keeps its limits. */
#include "base/mem/arena.h"
#include "base/require/require.h"
#include "base/text/fold.h"
#include "base/text/utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_words(struct str words)
{
    struct str rest = words;
    struct str word;
    while (words.len != 0 && str_split(&rest, ' ', &word))
        REQUIRE(word.len > 0 && word.len <= FOLD_WORD_MAX_BYTES);
    for (size_t i = 0; i < words.len; i++) {
        unsigned char c = (unsigned char)words.ptr[i];
        REQUIRE(c == ' ' || c >= 0x80 || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z'));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new(0);
    struct str words = fold_words(arena, str_from((const char *)data, size), 64);
    REQUIRE(utf8_is_valid(words));
    check_words(words);
    REQUIRE(str_equal(fold_words(arena, words, 64), words));
    arena_free(arena);
    return 0;
}
