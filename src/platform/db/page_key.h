/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Where a page of a list ends: the row's time and id. Its text is the `next_cursor` that clients send back. */
#ifndef PLATFORM_DB_PAGE_KEY_H
#define PLATFORM_DB_PAGE_KEY_H

#include "platform/db/db.h"

struct page_key {
    bool is_set; /* false: the first page */
    struct instant at;
    struct id id;
};

struct str page_key_format(struct arena *arena, struct instant at, struct id id);

/* Empty text: not set. Errors: invalid, with a violation at /cursor. */
MUST_USE struct error *page_key_parse(struct ctx *cx, struct str text, struct page_key *ret_key);

#endif
