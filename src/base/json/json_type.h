/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Descriptors: one table per message says what its JSON is. The same table decodes, validates, encodes
 * and yields the OpenAPI schema; it also decodes query strings and path parameters.
 *
 * A message is a C struct; a row ties a wire name to a member, whose C type is checked at compile time:
 *
 *     struct login { struct str login; struct str password; };
 *     static const struct json_field login_fields[] = {
 *         JSON_TEXT(struct login, login, .min = 1, .max = 254, .flags = JSON_REQUIRED, .help = "…"),
 *         JSON_TEXT(struct login, password, .min = 1, .max = 1024, .flags = JSON_REQUIRED),
 *     };
 *     const struct json_type login_body = JSON_TYPE("Login", struct login, login_fields);
 *
 * Member types: bool, int64_t, int32_t (ENUM), double, struct str, struct id, struct instant,
 * struct money, nested structs, struct array. */
#ifndef BASE_JSON_JSON_TYPE_H
#define BASE_JSON_JSON_TYPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/data/vec.h"
#include "base/error/error.h"
#include "base/require/require.h"
#include "base/text/enum_table.h"
#include "base/text/str.h"
#include "base/value/id.h"
#include "base/value/instant.h"
#include "base/value/money.h"

struct json_type;

enum json_kind {
    JSON_KIND_BOOL,    /* bool */
    JSON_KIND_I64,     /* int64_t; exact, no fraction or exponent */
    JSON_KIND_F64,     /* double, finite */
    JSON_KIND_TEXT,    /* struct str: valid UTF-8 without control characters */
    JSON_KIND_ENUM,    /* int32_t, by an enum table */
    JSON_KIND_ID,      /* struct id as UUID text */
    JSON_KIND_INSTANT, /* struct instant as RFC 3339 text */
    JSON_KIND_MONEY,   /* struct money as {"amount", "currency"} */
    JSON_KIND_OBJECT,  /* nested struct, by its own json_type */
    JSON_KIND_ARRAY,   /* struct array of `element` */
    JSON_KIND_RAW,     /* struct str holding complete JSON text; kept as it is, checked on decoding */
    JSON_KIND_COUNT
};

/* Rows that one type may have; with JSON_PRESENCE at most 64. */
#define JSON_MAX_FIELDS     128
#define JSON_MAX_NAME_BYTES 64

/* What is empty: an absent text or raw, a zero id or instant, money without currency, a negative enum, an
 * I64 or F64 whose value 0 lies outside its stated limits, an omitted I64 of -1 whose least value is 0, an object all of whose members are zero, an
 * array without items (for JSON_NULLABLE: whose `items` is NULL). A bool never is. Decoding null gives the
 * empty value (0 for a number, -1 for an enum), an absent member its fallback. */

enum json_flag {
    JSON_REQUIRED = 1 << 0,  /* must be present on decoding */
    JSON_NULLABLE = 1 << 1,  /* null is accepted, and written for an empty value */
    JSON_OMITTED = 1 << 2,   /* an empty value is left out on encoding */
    JSON_MULTILINE = 1 << 3, /* text may hold newlines and tabs */
    JSON_TRIMMED = 1 << 4,   /* blanks at both ends are removed before the checks */
    JSON_SECRET = 1 << 5,    /* writeOnly; never logged; byte-exact: control characters allowed, except NUL */
    JSON_UNIQUE = 1 << 6     /* array items, which are not objects or raw, must differ */
};

/* An extra check of a text, with the JSON Schema "format" or "pattern" that states it. */
struct json_format {
    const char *name;    /* rule word in violations and schema format: "email", "slug", "uri" */
    const char *pattern; /* ECMA-262 pattern for the schema, or NULL */
    const char *message; /* "must be an e-mail address" */
    bool (*is_valid)(struct str text);
};

extern const struct json_format json_format_email;
extern const struct json_format json_format_slug;
extern const struct json_format json_format_http_url; /* http or https with a host, no user info */
extern const struct json_format json_format_currency;
/* 3–30 of a–z A–Z 0–9 _ . -, starts with a letter or digit */
extern const struct json_format json_format_username;

struct json_field {
    const char *name;
    size_t name_len; /* set by the macros; 0: counted when needed */
    enum json_kind kind;
    enum json_kind element; /* ARRAY */
    unsigned flags;
    size_t offset;
    /* I64, F64: the value. MONEY: the amount. TEXT: code points. ARRAY: items. RAW: bytes. Both 0: TEXT at
     * most 255, ARRAY at most 100, others unbounded. */
    int64_t min, max;
    int64_t item_min, item_max; /* ARRAY of TEXT or I64: limits of each item */
    int64_t fallback;           /* I64, ENUM, BOOL: value when absent */
    const struct json_format *format;
    const struct enum_table *values; /* ENUM, ARRAY of ENUM */
    const struct json_type *type;    /* OBJECT, ARRAY of OBJECT */
    const struct json_field
        *holds; /* RAW: the list of scalars that its text is, for the schema; NULL: anything */
    const char *help;
    const char *example; /* JSON text for the documentation, or NULL */
    char end;            /* unused; lets the macros below close with an initialiser */
};

struct json_type {
    const char *name; /* schema name in /openapi.json; unique */
    const char *help;
    size_t size;
    const struct json_field *fields;
    size_t count;
    /* Offset + 1 of a `uint64_t present` member in which bit i says that row i was there; 0: none. */
    size_t presence_offset_plus_1;
    bool ignore_unknown; /* for replies that we read from others; requests refuse unknown members */
    char end;            /* as above */
};

/* clang-format off */
/* Each public macro passes on at least one trailing initialiser, because C17 wants `...` filled. */
#define JSON_BOOLEAN(type_, ...) JSON_FIELD_(type_, bool, JSON_KIND_BOOL, __VA_ARGS__, .end = 0)
#define JSON_INTEGER(type_, ...) JSON_FIELD_(type_, int64_t, JSON_KIND_I64, __VA_ARGS__, .end = 0)
#define JSON_NUMBER(type_, ...)  JSON_FIELD_(type_, double, JSON_KIND_F64, __VA_ARGS__, .end = 0)
#define JSON_TEXT(type_, ...)    JSON_FIELD_(type_, struct str, JSON_KIND_TEXT, __VA_ARGS__, .end = 0)
#define JSON_ID(type_, ...)      JSON_FIELD_(type_, struct id, JSON_KIND_ID, __VA_ARGS__, .end = 0)
#define JSON_INSTANT(type_, ...) JSON_FIELD_(type_, struct instant, JSON_KIND_INSTANT, __VA_ARGS__, .end = 0)
#define JSON_MONEY(type_, ...)   JSON_FIELD_(type_, struct money, JSON_KIND_MONEY, __VA_ARGS__, .end = 0)
#define JSON_RAW(type_, ...)     JSON_FIELD_(type_, struct str, JSON_KIND_RAW, __VA_ARGS__, .end = 0)
/* (struct type, member, &enum_table, …) */
#define JSON_ENUM(type_, member_, ...)   JSON_ENUM_(type_, member_, __VA_ARGS__, .end = 0)
/* (struct type, member, struct inner, &inner_type, …) */
#define JSON_OBJECT(type_, member_, inner_, ...) JSON_OBJECT_(type_, member_, inner_, __VA_ARGS__, .end = 0)
/* (struct type, member, JSON_KIND_TEXT, …): array of scalars */
#define JSON_ARRAY(type_, member_, ...)  JSON_ARRAY_(type_, member_, __VA_ARGS__, .end = 0)
/* (struct type, member, &inner_type, …): array of objects */
#define JSON_OBJECTS(type_, member_, ...) JSON_OBJECTS_(type_, member_, __VA_ARGS__, .end = 0)
/* (name, struct type, fields, …) */
#define JSON_TYPE(name_, type_, ...)     JSON_TYPE_(name_, type_, __VA_ARGS__, .end = 0)

#define JSON_FIELD_(type_, c_type_, kind_, member_, ...) {.name = #member_, .name_len = sizeof(#member_) - 1, .kind = (kind_), .offset = OFFSET_OF(type_, member_, c_type_), __VA_ARGS__}
#define JSON_ENUM_(type_, member_, table_, ...) {.name = #member_, .name_len = sizeof(#member_) - 1, .kind = JSON_KIND_ENUM, .offset = OFFSET_OF(type_, member_, int32_t), .values = (table_), __VA_ARGS__}
#define JSON_OBJECT_(type_, member_, inner_, inner_type_, ...) {.name = #member_, .name_len = sizeof(#member_) - 1, .kind = JSON_KIND_OBJECT, .offset = OFFSET_OF(type_, member_, inner_), .type = (inner_type_), __VA_ARGS__}
#define JSON_ARRAY_(type_, member_, element_, ...) {.name = #member_, .name_len = sizeof(#member_) - 1, .kind = JSON_KIND_ARRAY, .element = (element_), .offset = OFFSET_OF(type_, member_, struct array), __VA_ARGS__}
#define JSON_OBJECTS_(type_, member_, inner_type_, ...) {.name = #member_, .name_len = sizeof(#member_) - 1, .kind = JSON_KIND_ARRAY, .element = JSON_KIND_OBJECT, .offset = OFFSET_OF(type_, member_, struct array), .type = (inner_type_), __VA_ARGS__}
#define JSON_TYPE_(name_, type_, fields_, ...) {.name = (name_), .size = sizeof(type_), .fields = (fields_), .count = COUNT_OF(fields_), __VA_ARGS__}
#define JSON_PRESENCE(type_) .presence_offset_plus_1 = OFFSET_OF(type_, present, uint64_t) + 1
/* clang-format on */

/* The wire form of money, {"amount": minor units, "currency": "USD"}, for the list of schemas. */
extern const struct json_type json_money_type;

/* Was the member at this offset in the input (null counts)? The type must carry JSON_PRESENCE. */
bool json_was_present(const struct json_type *type, const void *object, size_t member_offset);
#define JSON_HAS(type, object, struct_type, member)                                                          \
    json_was_present((type), (object), offsetof(struct_type, member))

#endif
