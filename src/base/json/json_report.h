/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Internal to base/json: where we are in the input, and the violations found there. A path costs
 * nothing until a violation needs its pointer (RFC 6901). */
#ifndef BASE_JSON_JSON_REPORT_H
#define BASE_JSON_JSON_REPORT_H

#include "base/error/error.h"

/* One step into a member (name present) or an item (name absent). NULL is the whole. */
struct json_path {
    const struct json_path *parent;
    struct str name;
    size_t index;
};

struct json_report {
    struct arena *arena;
    struct error *error; /* NULL: no violation so far */
    size_t count;        /* of all found; the error carries JSON_MAX_VIOLATIONS at most */
};

struct str json_path_pointer(struct arena *arena, const struct json_path *path);

/* Notes a violation. The message continues the sentence that the pointer begins: "must be …". It never
 * quotes the value. */
void json_violate(struct json_report *report, const struct json_path *path, const char *rule,
                  const char *format, ...) __attribute__((format(printf, 4, 5)));

/* The error with all violations, or NULL. */
struct error *json_report_finish(const struct json_report *report);

#endif
