/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Events that media publishes. */
#include "platform/bus/bus.h"

#include "modules/media/media.h"

static const struct json_field event_fields[] = {
    JSON_ID(struct media_asset_event, asset_id, .flags = JSON_REQUIRED),
    JSON_ID(struct media_asset_event, owner_id, .flags = JSON_REQUIRED),
};
static const struct json_type event_payload =
    JSON_TYPE("MediaAssetEvent", struct media_asset_event, event_fields);

const struct event_type media_asset_ready = {.name = "media.asset.ready",
                                             .payload = &event_payload,
                                             .help = "Everything was made of an uploaded file"};
const struct event_type media_asset_failed = {.name = "media.asset.failed",
                                              .payload = &event_payload,
                                              .help = "An uploaded file was refused in processing"};
