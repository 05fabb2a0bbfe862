/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Internal to base/json: a value of the right JSON type against its row. Shared by documents and by
 * pairs, so that a rule means the same in a body and in a query. Each stores the value, or notes one
 * violation and leaves the slot alone. */
#ifndef BASE_JSON_JSON_ACCEPT_H
#define BASE_JSON_JSON_ACCEPT_H

#include "base/json/json_kind.h"
#include "base/json/json_report.h"
#include "base/json/json_scan.h"

/* I64, F64. */
void json_accept_number(struct json_report *report, const struct json_path *path,
                        const struct json_field *field, const struct json_number *number, void *slot);

/* TEXT, ENUM, ID, INSTANT. marks: JSON_MARK_… that may hold. text is valid UTF-8. */
void json_accept_text(struct json_report *report, const struct json_path *path,
                      const struct json_field *field, struct str text, unsigned marks, void *slot);

/* RAW: its size. */
void json_accept_raw(struct json_report *report, const struct json_path *path, const struct json_field *field,
                     struct str text);

/* MONEY whose members are right by themselves. */
void json_accept_money(struct json_report *report, const struct json_path *path,
                       const struct json_field *field, const struct json_money *money, struct money *slot);

/* min_items, max_items: `count` is what was given, of which `stored` were kept. With JSON_UNIQUE and no
 * violation among the items, that they differ. */
void json_accept_count(struct json_report *report, const struct json_path *path,
                       const struct json_field *field, size_t count);
void json_accept_unique(struct json_report *report, const struct json_path *path,
                        const struct json_field *field, const struct array *stored);

/* The members of a row that was not given: required, or its fallback. */
void json_accept_absent(struct json_report *report, const struct json_path *path,
                        const struct json_field *field, void *slot);

/* The row of that name, looking from `hint` on first, or type->count. */
size_t json_find_row(const struct json_type *type, struct str name, size_t hint);

#endif
