/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Facade of social: favourites. Owns favorite. */
#ifndef MODULES_SOCIAL_SOCIAL_H
#define MODULES_SOCIAL_SOCIAL_H

#include "platform/ctx/ctx.h"

struct tx;

extern const struct module social_module;

/* For the account's export and erasure (identity_export_port). */
MUST_USE struct error *social_export_account(struct ctx *cx, struct id account_id, struct str *ret_json);
MUST_USE struct error *social_erase_account(struct ctx *cx, struct tx *tx, struct id account_id);

/* Events (payload struct social_favorite_event): social.favorite.added, social.favorite.removed. */
struct social_favorite_event {
    struct id spec_id;
    struct id account_id;
};
extern const struct event_type social_favorite_added, social_favorite_removed;

#endif
