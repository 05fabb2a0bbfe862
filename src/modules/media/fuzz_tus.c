/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Any header text: the readers of tus headers neither crash nor give what they promise not to. */
#include <stddef.h>
#include <stdint.h>

#include "base/text/utf8.h"

#include "modules/media/media_domain.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new(0);
    struct str text = arena_str(arena, str_from((const char *)data, size));
    struct upload_metadata metadata = {0};
    struct upload_checksum checksum = {0};
    struct upload_concat concat = {0};
    if (upload_metadata_parse(arena, text, &metadata))
        REQUIRE(utf8_is_valid(metadata.file_name) && !utf8_has_controls(metadata.file_name, UTF8_ONE_LINE));
    if (upload_checksum_parse(arena, text, &checksum))
        REQUIRE(checksum.algorithm.len > 0 && checksum.digest.len <= 96);
    if (upload_concat_parse(arena, text, &concat))
        REQUIRE(concat.parts.count <= UPLOAD_MAX_PARTS);
    struct str disposition = file_disposition(arena, text);
    REQUIRE(str_find_byte(disposition, '\n', 0) < 0 && str_find_byte(disposition, '\r', 0) < 0);
    arena_free(arena);
    return 0;
}
