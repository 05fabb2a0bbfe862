/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Use cases of profiles, for its own HTTP file. */
#ifndef MODULES_PROFILES_PROFILES_SERVICE_H
#define MODULES_PROFILES_PROFILES_SERVICE_H

#include "modules/profiles/profiles.h"
#include "modules/profiles/profiles_repo.h"

struct profiles_state {
    const struct profiles_port *port;
};

/* A profile as its readers see it; the private fields are for its owner. */
struct profile_view {
    struct id id;
    struct str username, display_name;
    struct str bio, website, instagram, twitter, youtube, spotify, soundcloud, store_currency;
    struct str avatar_url; /* absent: none, or still being processed */
    struct instant created_at;
    struct str email, first_name, last_name, phone; /* own profile only */
    int64_t completion; /* own profile only: per cent of the fields that are filled */
    int64_t version;
};

/* key: an id or a user name. Errors: not_found. */
MUST_USE struct error *profiles_load_public(struct ctx *cx, struct str key, struct profile_view *ret_view);
MUST_USE struct error *profiles_load_own(struct ctx *cx, struct profile_view *ret_view);

/* Members that are absent stay. */
struct profile_patch {
    struct str display_name, bio, first_name, last_name, phone;
    struct str website, instagram, twitter, youtube, spotify, soundcloud, store_currency;
    uint64_t present;
};
extern const struct json_type profile_patch_body;
MUST_USE struct error *profiles_patch_own(struct ctx *cx, const struct profile_patch *patch);

MUST_USE struct error *profiles_set_avatar(struct ctx *cx, struct id upload_id);
MUST_USE struct error *profiles_remove_avatar(struct ctx *cx);

#endif
