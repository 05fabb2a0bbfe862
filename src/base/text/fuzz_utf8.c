/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Fuzz target: UTF-8. Valid text is what can be taken apart and put together again. */
#include "base/require/require.h"
#include "base/text/utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* True when each code point is encoded as it stands in the text. */
static bool is_rebuilt(struct str text, size_t *ret_count)
{
    for (*ret_count = 0; text.len != 0; (*ret_count)++) {
        char bytes[4];
        size_t taken = 0;
        size_t len = utf8_encode(utf8_decode(text, &taken), bytes);
        if (!str_equal(str_from(bytes, len), str_slice(text, 0, taken)))
            return false;
        text = str_slice(text, taken, SIZE_MAX);
    }
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str text = str_from((const char *)data, size);
    size_t count = 0;
    REQUIRE(is_rebuilt(text, &count) == utf8_is_valid(text));
    if (!utf8_is_valid(text))
        return 0;
    REQUIRE(utf8_length(text) == count);
    REQUIRE(utf8_is_valid(utf8_truncate(text, size / 2)));
    REQUIRE(utf8_has_controls(text, UTF8_ONE_LINE) || !utf8_has_controls(text, UTF8_MULTI_LINE));
    return 0;
}
