/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Rows of profiles. */
#ifndef MODULES_PROFILES_PROFILES_REPO_H
#define MODULES_PROFILES_PROFILES_REPO_H

#include "platform/ctx/ctx.h"
#include "platform/db/db.h"

struct profile_row {
    struct id account_id;
    struct str bio, first_name, last_name, phone;
    struct str website, instagram, twitter, youtube, spotify, soundcloud;
    struct str store_currency; /* "" : none chosen */
    struct id avatar_asset_id; /* none: no avatar */
    struct instant updated_at;
    int64_t version;
};

/* An account that never edited its profile has an empty one, of version 0. */
MUST_USE struct error *profiles_repo_find(struct ctx *cx, struct tx *tx, struct id account_id,
                                          struct profile_row *ret_profile);
MUST_USE struct error *profiles_repo_lock(struct ctx *cx, struct tx *tx, struct id account_id,
                                          struct profile_row *ret_profile);
MUST_USE struct error *profiles_repo_upsert(struct ctx *cx, struct tx *tx, const struct profile_row *profile,
                                            struct instant now);
MUST_USE struct error *profiles_repo_delete(struct ctx *cx, struct tx *tx, struct id account_id);

#endif
