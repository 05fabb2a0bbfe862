/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Facade of social: favourites. Owns favorite. */
#ifndef MODULES_SOCIAL_SOCIAL_H
#define MODULES_SOCIAL_SOCIAL_H

#include "platform/ctx/ctx.h"

extern const struct module social_module;

/* Events (payload struct social_favorite_event): social.favorite.added, social.favorite.removed. */
struct social_favorite_event {
    struct id spec_id;
    struct id account_id;
};
extern const struct event_type social_favorite_added, social_favorite_removed;

#endif
