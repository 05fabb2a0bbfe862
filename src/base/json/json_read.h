/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Decoding by descriptor. Strict RFC 8259: UTF-8 only, no duplicate names, no trailing bytes, depth at
 * most 32. Text that is not JSON gives json_malformed (400) with line and column in the message; JSON
 * that breaks the descriptor gives json_invalid (422) with every violation and its JSON pointer. */
#ifndef BASE_JSON_JSON_READ_H
#define BASE_JSON_JSON_READ_H

#include "base/json/json_type.h"

#define JSON_REASONS(X)                                                                                      \
    X(json_malformed, "common.malformed_json", MALFORMED, "The body is not JSON; line and column are given") \
    X(json_invalid, "common.invalid", INVALID, "Members broke the rules that `violations` names")

REASONS_DECLARE(JSON_REASONS);
extern const struct reason *const json_reasons[];

#define JSON_MAX_DEPTH 32

/* Violations that one error carries at most. Rule words: required, unknown, type, min, max, min_length,
 * max_length, min_items, max_items, unique, enum, characters, uuid, date-time, and the names of formats.
 * A repeated name is json_malformed and carries one violation, duplicate. */
#define JSON_MAX_VIOLATIONS 100

/* Fills ret_object (type->size bytes, zeroed first). Texts and arrays live in the arena or point into
 * `text`, which must live as long. On error ret_object is unspecified. */
MUST_USE struct error *json_decode(struct arena *arena, const struct json_type *type, struct str text,
                                   void *ret_object);

/* Name and value pairs of a query string or of path parameters, already percent-decoded. Arrays are
 * repeated names. Pointers of violations are "/name" or, for items of arrays, "/name/0". The type has
 * scalars and arrays of scalars only. A scalar that is given twice is json_malformed. */
struct json_pair {
    struct str name;
    struct str value;
};
MUST_USE struct error *json_decode_pairs(struct arena *arena, const struct json_type *type,
                                         const struct json_pair *pairs, size_t count, void *ret_object);

/* Checks that text is one JSON value within the limits above. */
MUST_USE struct error *json_check(struct arena *arena, struct str text);

#endif
