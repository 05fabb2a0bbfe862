/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Range fields against small and large resources: a part lies inside the resource. */
#include "base/require/require.h"

#include "platform/http/wire/range.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const int64_t sizes[] = {0, 1, 10, 1000, INT64_MAX};
    struct str field = str_from((const char *)data, size);
    for (size_t i = 0; i < COUNT_OF(sizes); i++) {
        struct byte_range range;
        if (range_judge(field, sizes[i], &range) == RANGE_PART)
            REQUIRE(range.first >= 0 && range.first <= range.last && range.last < sizes[i]);
    }
    return 0;
}
