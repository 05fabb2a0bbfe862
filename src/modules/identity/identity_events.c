/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Events that identity publishes. */
#include "platform/bus/bus.h"

#include "modules/identity/identity.h"

static const struct json_field event_fields[] = {
    JSON_ID(struct identity_event, account_id, .flags = JSON_REQUIRED),
};
static const struct json_type event_payload = JSON_TYPE("IdentityEvent", struct identity_event, event_fields);

const struct event_type identity_account_registered = {
    .name = "identity.account.registered", .payload = &event_payload, .help = "An account was made"};
const struct event_type identity_account_deleted = {
    .name = "identity.account.deleted",
    .payload = &event_payload,
    .help = "An account was deleted and what named the person erased"};
