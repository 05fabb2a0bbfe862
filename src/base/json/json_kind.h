/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Internal to base/json: what decoder, encoder and schema must agree on about a row. */
#ifndef BASE_JSON_JSON_KIND_H
#define BASE_JSON_JSON_KIND_H

#include "base/json/json_type.h"

struct json_kind_row {
    size_t size;             /* of the member; 0: the type's */
    const char *schema_type; /* NULL: a reference or anything */
    const char *must_be;     /* message of the rule "type" */
};

/* Indexed by enum json_kind. */
extern const struct json_kind_row json_kinds[JSON_KIND_COUNT];

/* The wire form of money. */
struct json_money {
    int64_t amount;
    struct str currency;
};

struct json_limits {
    int64_t min, max;
};

/* The row's limits, with those that it does not state. INT64_MIN and INT64_MAX mean none. */
struct json_limits json_field_limits(const struct json_field *field);
bool json_field_has_limits(const struct json_field *field);

/* The row that describes the items of an ARRAY row; it has no name. */
struct json_field json_item_field(const struct json_field *field);

/* Bytes of one value. */
size_t json_field_size(const struct json_field *field);

/* Is the value empty, so that the row's flags have it written as null, or left out? */
bool json_field_is_empty(const struct json_field *field, const void *slot);

/* May values of the type come from names and values: scalars and arrays of scalars only? */
bool json_fits_pairs(const struct json_type *type);

/* Rule word of an invalid text of that kind, and the schema's format: "uuid", "date-time"; NULL: none. */
const char *json_kind_format(enum json_kind kind);

static inline struct str json_field_name(const struct json_field *field)
{
    return str_from(field->name, field->name_len != 0 ? field->name_len : strlen(field->name));
}

#endif
