/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Any bytes as an audio file: what the walkers let pass keeps to the limits. */
#include "base/mem/arena.h"

#include "media/format/audio_format.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new(0);
    struct reader reader;
    struct audio_facts facts = {0};
    reader_init_memory(&reader, str_from((const char *)data, size));
    if (audio_format_check(arena, &reader, &facts) == NULL) {
        REQUIRE(facts.container < AUDIO_CONTAINER_COUNT);
        REQUIRE(facts.channels <= AUDIO_CHANNELS_MAX && facts.sample_rate <= AUDIO_RATE_MAX);
        REQUIRE(!facts.is_exact || facts.samples > 0);
        bool is_raw = facts.container == AUDIO_WAV || facts.container == AUDIO_AIFF;
        REQUIRE(!is_raw || facts.samples * facts.channels * ((facts.bits + 7) / 8) <= (int64_t)size);
    }
    arena_free(arena);
    return 0;
}
