/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Use cases of social, for its own HTTP file. */
#ifndef MODULES_SOCIAL_SOCIAL_SERVICE_H
#define MODULES_SOCIAL_SOCIAL_SERVICE_H

#include "base/data/vec.h"
#include "base/json/json_type.h"

#include "platform/ctx/ctx.h"

#include "modules/social/social.h"

/* NULL-terminated, for the module's description. */
extern const struct event_type *const social_events[];
extern const struct event_consumer *const social_consumers[];

/* Both may be said again. Errors: not_found. */
MUST_USE struct error *social_add_favorite(struct ctx *cx, struct str key);
MUST_USE struct error *social_remove_favorite(struct ctx *cx, struct str key);

struct favorite_query {
    struct str cursor;
    int64_t limit;
};
struct favorite_page {
    struct array items; /* cards of the catalogue */
    struct str next_cursor;
};
extern const struct json_type favorite_page_type;
/* The caller's, newest first; what is not public any more is left out. */
MUST_USE struct error *social_list_favorites(struct ctx *cx, const struct favorite_query *query,
                                             struct favorite_page *ret_page);

/* A spec that is gone for good takes its marks along, in a consumer's tx. */
MUST_USE struct error *social_forget_spec(struct ctx *cx, struct tx *tx, struct id spec_id);

#endif
