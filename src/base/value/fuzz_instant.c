/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Fuzz target: times from outside. What is accepted lies in range and survives being written. */
#include "base/value/instant.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str text = str_from((const char *)data, size);
    struct instant instant = INSTANT_NONE;
    struct instant back = INSTANT_NONE;
    if (instant_parse(text, &instant)) {
        char written[INSTANT_CHARS];
        instant_format(instant, written);
        REQUIRE(instant_parse(str_from(written, sizeof(written)), &back) && back.us == instant.us);
    }
    if (instant_parse_http(text, &instant)) {
        char written[INSTANT_HTTP_CHARS];
        instant_format_http(instant, written);
        REQUIRE(instant_parse_http(str_from(written, sizeof(written)), &back) && back.us == instant.us);
    }
    return 0;
}
