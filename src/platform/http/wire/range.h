/* SPDX-License-Identifier: AGPL-3.0-or-later
 * The Range field against a resource's length. Pure. Source: RFC 9110 §14. */
#ifndef PLATFORM_HTTP_WIRE_RANGE_H
#define PLATFORM_HTTP_WIRE_RANGE_H

#include <stdint.h>

#include "base/text/str.h"

enum range_verdict {
    RANGE_WHOLE,        /* absent, another unit, malformed or several ranges: the field is ignored */
    RANGE_PART,         /* 206 */
    RANGE_UNSATISFIABLE /* 416 */
};

struct byte_range {
    int64_t first, last; /* both inclusive */
};

/* size ≥ 0 is the resource's length. ret_range is set for RANGE_PART. */
enum range_verdict range_judge(struct str field, int64_t size, struct byte_range *ret_range);

#endif
