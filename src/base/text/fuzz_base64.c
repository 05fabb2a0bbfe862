/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Fuzz target: base64 and hex. There is one text for each value, so what is accepted comes back. */
#include "base/mem/arena.h"
#include "base/text/encode.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str text = str_from((const char *)data, size);
    struct arena *arena = arena_new(0);
    struct str bytes = STR_NONE;
    if (base64_decode(arena, text, &bytes))
        REQUIRE(str_equal(base64_encode(arena, bytes.ptr, bytes.len), text));
    if (base64url_decode(arena, text, &bytes))
        REQUIRE(str_equal(base64url_encode(arena, bytes.ptr, bytes.len), text));
    REQUIRE(base64_decode(arena, base64_encode(arena, data, size), &bytes) && str_equal(bytes, text));

    char *raw = arena_alloc(arena, size);
    if (hex_decode(text, raw, size / 2))
        REQUIRE(str_equal_nocase(hex_encode(arena, raw, size / 2), text));
    arena_free(arena);
    return 0;
}
