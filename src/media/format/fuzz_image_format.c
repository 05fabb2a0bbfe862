/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Any bytes as an image: what the walkers let pass keeps to the limits. */
#include "base/mem/arena.h"

#include "media/format/image_format.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new(0);
    struct reader reader;
    struct image_facts facts = {0};
    reader_init_memory(&reader, str_from((const char *)data, size));
    if (image_format_check(arena, &reader, &facts) == NULL) {
        REQUIRE(facts.width >= 1 && facts.width <= IMAGE_SIDE_MAX);
        REQUIRE(facts.height >= 1 && facts.height <= IMAGE_SIDE_MAX);
        REQUIRE(facts.width * facts.height <= IMAGE_PIXELS_MAX);
        REQUIRE(facts.orientation >= 1 && facts.orientation <= 8);
    }
    arena_free(arena);
    return 0;
}
