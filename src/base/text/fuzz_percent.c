/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Fuzz target: percent escapes and HTML. Escaping again gives what means the same. */
#include "base/mem/arena.h"
#include "base/text/encode.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str text = str_from((const char *)data, size);
    struct arena *arena = arena_new(0);
    struct str decoded = STR_NONE;
    struct str again = STR_NONE;
    if (percent_decode(arena, text, PERCENT_FORM, &decoded))
        REQUIRE(str_find_byte(decoded, '\0', 0) < 0 || str_find_byte(text, '\0', 0) >= 0);
    if (percent_decode(arena, text, PERCENT_PATH, &decoded) && str_find_byte(decoded, '\0', 0) < 0) {
        REQUIRE(percent_decode(arena, percent_encode(arena, decoded), PERCENT_FORM, &again));
        REQUIRE(str_equal(again, decoded));
    }
    struct str escaped = html_escape(arena, text);
    REQUIRE(str_find_byte(escaped, '<', 0) < 0 && str_find_byte(escaped, '"', 0) < 0);
    arena_free(arena);
    return 0;
}
