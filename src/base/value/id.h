/* SPDX-License-Identifier: AGPL-3.0-or-later
 * UUIDs. Ours are version 7 (RFC 9562): time-ordered, made from a given time and given random bytes. */
#ifndef BASE_VALUE_ID_H
#define BASE_VALUE_ID_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/require/require.h"
#include "base/text/str.h"
#include "base/value/instant.h"

struct id {
    uint8_t bytes[16];
};

#define ID_CHARS 36
#define ID_NONE  ((struct id){{0}})

/* random holds 10 bytes; the version and variant bits are set over them. */
struct id id_v7(struct instant now, const uint8_t random[10]);

/* The 36-character form, either case in, lower case out. format does not write a NUL. */
MUST_USE bool id_parse(struct str text, struct id *ret);
void id_format(struct id id, char ret_text[ID_CHARS]);
struct str id_str(struct arena *arena, struct id id);

static inline bool id_equal(struct id a, struct id b)
{
    return memcmp(a.bytes, b.bytes, sizeof(a.bytes)) == 0;
}

static inline bool id_is_none(struct id id)
{
    return id_equal(id, ID_NONE);
}

static inline int id_compare(struct id a, struct id b)
{
    return memcmp(a.bytes, b.bytes, sizeof(a.bytes));
}

#endif
