/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Fuzz target: the .env parser. What it accepts has a name, no byte of a line break from a bare value, and a line. */
#include <stddef.h>
#include <stdint.h>

#include "base/require/require.h"

#include "platform/config/env_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > ENV_FILE_MAX_BYTES)
        return 0;
    struct arena *arena = arena_new(0);
    struct strbuf problems;
    strbuf_init(&problems, arena, 64 * 1024);
    struct env_entries entries = {0};
    env_file_parse(arena, STR(".env"), str_from((const char *)data, size), &entries, &problems);
    size_t last_line = 0;
    for (size_t i = 0; i < entries.list.count; i++) {
        const struct env_entry *entry = &entries.list.items[i];
        REQUIRE(entry->name.len > 0 && entry->name.len <= size && entry->value.len <= size);
        REQUIRE(entry->line > last_line);
        REQUIRE(entry->value.len == 0 || memchr(entry->value.ptr, '\0', entry->value.len) == NULL);
        last_line = entry->line;
    }
    arena_free(arena);
    return 0;
}
