/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Fuzz target: composing and emoji. What was composed or accepted stays as it is. */
#include "base/mem/arena.h"
#include "base/require/require.h"
#include "base/text/compose.h"
#include "base/text/utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new(0);
    struct str text = str_from((const char *)data, size);
    struct str emoji = {0}, again = {0};
    if (size < 4096 && utf8_is_valid(text)) {
        struct str composed = text_compose(arena, text);
        REQUIRE(utf8_is_valid(composed) && utf8_is_valid(text_trim(composed)));
        REQUIRE(str_equal(text_trim(text_trim(text)), text_trim(text)));
        REQUIRE(str_equal(text_compose(arena, composed), composed));
    }
    if (emoji_parse(arena, text, &emoji))
        REQUIRE(emoji_parse(arena, emoji, &again) && str_equal(emoji, again));
    arena_free(arena);
    return 0;
}
