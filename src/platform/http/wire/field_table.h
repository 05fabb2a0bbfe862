/* SPDX-License-Identifier: AGPL-3.0-or-later
 * From a field name to its place in http_request.known, and what a second field of that name means. Pure. */
#ifndef PLATFORM_HTTP_WIRE_FIELD_TABLE_H
#define PLATFORM_HTTP_WIRE_FIELD_TABLE_H

#include "platform/http/http.h"

/* What to do with a field that comes again. */
enum field_repeat {
    FIELD_REPEAT_FIRST,  /* keep the first: nothing depends on it */
    FIELD_REPEAT_LIST,   /* one list, joined with ", " */
    FIELD_REPEAT_COOKIE, /* joined with "; " */
    FIELD_REPEAT_REFUSE  /* two meanings: 400 */
};

/* HTTP_FIELD_COUNT when we do not look at it. name is in lower case. */
enum http_field field_find(struct str name);
enum field_repeat field_repeat(enum http_field field);
struct str field_name(enum http_field field);

#endif
