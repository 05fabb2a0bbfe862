/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Deflated messages of clients and their offers: never more than the limit, and the codec works on afterwards. */
#include "base/mem/arena.h"
#include "base/require/require.h"

#include "platform/ws/deflate.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { LIMIT = 4096 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str input = str_from((const char *)data, size);
    struct ws_deflate *codec = ws_deflate_new();
    struct arena *arena = arena_new(0);
    struct strbuf plain, packed, again;
    strbuf_init(&plain, arena, LIMIT);
    strbuf_init(&packed, arena, LIMIT);
    strbuf_init(&again, arena, LIMIT);
    (void)ws_deflate_agree(input);
    bool is_unpacked = ws_deflate_unpack(codec, input, &plain) == WS_UNPACKED;
    REQUIRE(plain.len <= LIMIT);
    if (is_unpacked && plain.len != 0 && ws_deflate_pack(codec, strbuf_str(&plain), &packed)) {
        REQUIRE(ws_deflate_unpack(codec, strbuf_str(&packed), &again) == WS_UNPACKED);
        REQUIRE(str_equal(strbuf_str(&again), strbuf_str(&plain)));
    }
    arena_free(arena);
    ws_deflate_free(codec);
    return 0;
}
