/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Events that social publishes, and what it takes from the catalogue. */
#include "platform/bus/bus.h"

#include "modules/catalog/catalog.h"
#include "modules/social/social_service.h"

static const struct json_field event_fields[] = {
    JSON_ID(struct social_favorite_event, spec_id, .flags = JSON_REQUIRED),
    JSON_ID(struct social_favorite_event, account_id, .flags = JSON_REQUIRED),
};
static const struct json_type event_payload =
    JSON_TYPE("SocialFavoriteEvent", struct social_favorite_event, event_fields);

const struct event_type social_favorite_added = {
    .name = "social.favorite.added", .payload = &event_payload, .help = "Somebody marked a spec"};
const struct event_type social_favorite_removed = {
    .name = "social.favorite.removed", .payload = &event_payload, .help = "Somebody took the mark away"};

const struct event_type *const social_events[] = {&social_favorite_added, &social_favorite_removed, NULL};

static const struct event_type *const withdrawn_types[] = {&catalog_spec_withdrawn, NULL};

static struct error *take_withdrawn(struct ctx *cx, struct tx *tx, const struct event *event)
{
    struct catalog_event payload = {0};
    TRY(event_decode(cx, event, &catalog_spec_withdrawn, &payload));
    return social_forget_spec(cx, tx, payload.spec_id);
}

static const struct event_consumer withdrawn_consumer = {
    .name = "social.withdrawn", .types = withdrawn_types, .handle = take_withdrawn};

const struct event_consumer *const social_consumers[] = {&withdrawn_consumer, NULL};
