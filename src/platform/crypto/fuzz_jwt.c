/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Fuzz target: tokens. No input is a token of ours; what we sign is read back; one changed character is found. */
#include <stddef.h>
#include <stdint.h>

#include "platform/crypto/crypto.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const uint8_t key[32] = {7};

static void check_round_trip(struct arena *arena, struct str payload)
{
    struct str read_back;
    struct str token = jwt_sign(arena, key, payload);
    bool is_good = jwt_verify(arena, key, token, &read_back);
    REQUIRE(is_good == (payload.len > 0 && token.len <= 4096));
    REQUIRE(!is_good || str_equal(read_back, payload));
    char *changed = arena_cstr(arena, token);
    size_t at = payload.len > 0 ? (unsigned char)payload.ptr[0] % token.len : 0;
    changed[at] = changed[at] == 'A' ? 'B' : 'A';
    REQUIRE(!jwt_verify(arena, key, str_from(changed, token.len), &read_back));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new(0);
    struct str payload;
    REQUIRE(!jwt_verify(arena, key, str_from((const char *)data, size), &payload));
    check_round_trip(arena, str_from((const char *)data, size));
    arena_free(arena);
    return 0;
}
