/* SPDX-License-Identifier: AGPL-3.0-or-later
 * The append writer. It knows what is open, places commas and escapes text, so that it cannot produce
 * invalid JSON; misuse is a REQUIRE failure. Compact output, keys in the order written. */
#ifndef BASE_JSON_JSON_WRITE_H
#define BASE_JSON_JSON_WRITE_H

#include "base/json/json_type.h"
#include "base/text/strbuf.h"

struct json_writer {
    struct strbuf *out;
    uint64_t has_items; /* one bit per open level */
    uint64_t is_object;
    int depth;
    bool after_name;
};

void json_writer_init(struct json_writer *writer, struct strbuf *out);

void json_begin_object(struct json_writer *writer);
void json_end_object(struct json_writer *writer);
void json_begin_array(struct json_writer *writer);
void json_end_array(struct json_writer *writer);
void json_name(struct json_writer *writer, struct str name);
/* A name of our own that is known to need no escape. */
void json_plain_name(struct json_writer *writer, struct str name);

void json_put_text(struct json_writer *writer, struct str text); /* invalid UTF-8 becomes U+FFFD */
void json_put_i64(struct json_writer *writer, int64_t value);
void json_put_f64(struct json_writer *writer, double value); /* not finite: null */
void json_put_bool(struct json_writer *writer, bool value);
void json_put_null(struct json_writer *writer);
void json_put_id(struct json_writer *writer, struct id id);
void json_put_instant(struct json_writer *writer, struct instant instant);
void json_put_money(struct json_writer *writer, struct money amount);
/* One complete JSON value made elsewhere by this writer. */
void json_put_raw(struct json_writer *writer, struct str json);

/* The object that the descriptor describes. */
void json_put_object(struct json_writer *writer, const struct json_type *type, const void *object);

/* The whole message as text in the arena. */
struct str json_encode(struct arena *arena, const struct json_type *type, const void *object);

/* The JSON Schema (2020-12) of a type, nested types as {"$ref": "#/components/schemas/Name"}.
 * `direction` decides about readOnly/writeOnly and `required`: a reply always has what is not
 * omitted (null where a nullable member is empty). Limits that a row does not state are shown for requests only. */
enum json_direction { JSON_REQUEST, JSON_REPLY };
void json_put_schema(struct json_writer *writer, const struct json_type *type, enum json_direction direction);

/* The schema of one field, for parameters. */
void json_put_field_schema(struct json_writer *writer, const struct json_field *field,
                           enum json_direction direction);

/* Aborts when a table is inconsistent: duplicate names, a missing enum table or type, over 64 rows with
 * presence, min above max. Run for every registered type at start. */
void json_type_check(const struct json_type *type);

/* As above, and that json_decode_pairs can fill it: scalars and arrays of scalars. Run for every registered
 * type of a query or a path at start. */
void json_type_check_pairs(const struct json_type *type);

#endif
