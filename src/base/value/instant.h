/* SPDX-License-Identifier: AGPL-3.0-or-later
 * A point in UTC time, in microseconds since 1970. 0 means "none" where a field may be absent. */
#ifndef BASE_VALUE_INSTANT_H
#define BASE_VALUE_INSTANT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/require/require.h"
#include "base/text/str.h"

struct arena;

struct instant {
    int64_t us;
};

#define INSTANT_NONE ((struct instant){0})
/* 9999-12-31T23:59:59.999999Z: what the formats below can say. */
#define INSTANT_MAX   ((struct instant){INT64_C(253402300799999999)})
#define US_PER_MS     INT64_C(1000)
#define US_PER_SECOND INT64_C(1000000)
#define US_PER_MINUTE (60 * US_PER_SECOND)
#define US_PER_HOUR   (60 * US_PER_MINUTE)
#define US_PER_DAY    (24 * US_PER_HOUR)

/* RFC 3339, years 1970–9999: "2026-11-20T07:41:35.000000Z". Offsets are read and converted; digits
 * below the microsecond are dropped; a leap second counts as the first second after it. Formatting
 * clamps to those years. */
MUST_USE bool instant_parse(struct str text, struct instant *ret);
#define INSTANT_CHARS 27
void instant_format(struct instant instant, char ret_text[INSTANT_CHARS]);
struct str instant_str(struct arena *arena, struct instant instant);

/* HTTP-date (RFC 9110 §5.6.7): "Fri, 20 Nov 2026 07:41:35 GMT"; parse takes all three forms;
 * two-digit years are 1970–2069. */
#define INSTANT_HTTP_CHARS 29
void instant_format_http(struct instant instant, char ret_text[INSTANT_HTTP_CHARS]);
MUST_USE bool instant_parse_http(struct str text, struct instant *ret);

/* "2026-11-20" of the UTC day; INSTANT_DAY_CHARS characters. */
#define INSTANT_DAY_CHARS 10
void instant_format_day(struct instant instant, char ret_text[INSTANT_DAY_CHARS]);

/* Saturating. */
struct instant instant_add_us(struct instant instant, int64_t us);

static inline bool instant_is_before(struct instant a, struct instant b)
{
    return a.us < b.us;
}

static inline bool instant_is_none(struct instant instant)
{
    return instant.us == 0;
}

#endif
