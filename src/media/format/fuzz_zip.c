/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Any bytes as a zip archive: what passes lies within the file, one entry behind the other, under names
 * that stay inside. */
#include "base/mem/arena.h"

#include "media/format/zip.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct zip_directory *directory, int64_t size)
{
    int64_t end = 0;
    for (size_t i = 0; i < directory->count; i++) {
        const struct zip_entry *entry = &directory->entries[i];
        REQUIRE(zip_name_is_safe(entry->name));
        REQUIRE(entry->local_at >= end && entry->data_at > entry->local_at);
        end = entry->data_at + entry->packed_size;
        REQUIRE(end <= size);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct zip_limits limits = {.max_entries = 1000, .max_total_bytes = 1 << 30};
    struct arena *arena = arena_new(0);
    struct reader reader;
    struct zip_directory directory = {0};
    reader_init_memory(&reader, str_from((const char *)data, size));
    if (zip_read_directory(arena, &reader, &limits, &directory) == NULL)
        check(&directory, (int64_t)size);
    arena_free(arena);
    return 0;
}
