/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Fuzz target: ids, slugs and e-mail addresses from outside, and slugs made from any title. */
#include "base/mem/arena.h"
#include "base/value/email.h"
#include "base/value/id.h"
#include "base/value/slug.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str text = str_from((const char *)data, size);
    struct arena *arena = arena_new(0);
    struct id id = ID_NONE;
    if (id_parse(text, &id))
        REQUIRE(str_equal_nocase(id_str(arena, id), text));
    if (email_is_valid(text))
        REQUIRE(email_is_valid(email_fold(arena, text)));
    if (slug_is_valid(text))
        REQUIRE(str_equal(slug_from_title(arena, text), text));
    REQUIRE(slug_is_valid(slug_from_title(arena, text)));
    arena_free(arena);
    return 0;
}
