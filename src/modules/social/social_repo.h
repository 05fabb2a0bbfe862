/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Rows of favourites. */
#ifndef MODULES_SOCIAL_SOCIAL_REPO_H
#define MODULES_SOCIAL_SOCIAL_REPO_H

#include "base/data/vec.h"

#include "platform/ctx/ctx.h"
#include "platform/db/db.h"
#include "platform/db/page_key.h"

struct favorite_row {
    struct id spec_id;
    struct instant created_at;
};

/* ret_changed: false when it was so already. */
MUST_USE struct error *social_repo_insert(struct ctx *cx, struct tx *tx, struct id account_id,
                                          struct id spec_id, struct instant now, bool *ret_changed);
MUST_USE struct error *social_repo_delete(struct ctx *cx, struct tx *tx, struct id account_id,
                                          struct id spec_id, bool *ret_changed);
/* Newest first, those behind `after`; array of struct favorite_row. */
MUST_USE struct error *social_repo_list(struct ctx *cx, struct id account_id, const struct page_key *after,
                                        int64_t limit, struct array *ret_favorites);
/* Array of struct id. */
MUST_USE struct error *social_repo_list_specs(struct ctx *cx, struct tx *tx, struct id account_id,
                                              struct array *ret_spec_ids);
MUST_USE struct error *social_repo_delete_of_account(struct ctx *cx, struct tx *tx, struct id account_id);
MUST_USE struct error *social_repo_delete_of_spec(struct ctx *cx, struct tx *tx, struct id spec_id);

#endif
