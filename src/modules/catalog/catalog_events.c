/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Events that the catalogue publishes, and what it does when media is done with a file. */
#include "platform/bus/bus.h"

#include "modules/catalog/catalog_service.h"
#include "modules/media/media.h"

/* clang-format off */
static const struct json_field event_fields[] = {
    JSON_ID(struct catalog_event, spec_id, .flags = JSON_REQUIRED),
    JSON_ID(struct catalog_event, owner_id, .flags = JSON_REQUIRED),
};
static const struct json_type event_payload = JSON_TYPE("CatalogEvent", struct catalog_event, event_fields);

static const struct json_field download_fields[] = {
    JSON_ID(struct catalog_download_event, spec_id, .flags = JSON_REQUIRED),
    JSON_ID(struct catalog_download_event, owner_id, .flags = JSON_REQUIRED),
    JSON_ID(struct catalog_download_event, account_id, .flags = JSON_REQUIRED),
};
static const struct json_type download_payload = JSON_TYPE("CatalogDownloadEvent", struct catalog_download_event, download_fields);
/* clang-format on */

const struct event_type catalog_spec_published = {
    .name = "catalog.spec.published", .payload = &event_payload, .help = "A spec became public"};
const struct event_type catalog_spec_changed = {.name = "catalog.spec.changed",
                                                .payload = &event_payload,
                                                .help = "A spec, its files or its offers changed"};
const struct event_type catalog_spec_withdrawn = {.name = "catalog.spec.withdrawn",
                                                  .payload = &event_payload,
                                                  .help = "A spec is not public any more, or gone"};
const struct event_type catalog_spec_downloaded = {.name = "catalog.spec.downloaded",
                                                   .payload = &download_payload,
                                                   .help = "Somebody asked for the free MP3"};

const struct event_type *const catalog_events[] = {&catalog_spec_published, &catalog_spec_changed,
                                                   &catalog_spec_withdrawn, &catalog_spec_downloaded, NULL};

static const struct event_type *const media_types[] = {&media_asset_ready, &media_asset_failed, NULL};

/* The rows say what happened; an event that comes late or twice changes nothing. */
static struct error *take_media_event(struct ctx *cx, struct tx *tx, const struct event *event)
{
    bool is_ready = str_equal(event->type, str_cstr(media_asset_ready.name));
    struct media_asset_event payload = {0};
    TRY(event_decode(cx, event, is_ready ? &media_asset_ready : &media_asset_failed, &payload));
    return catalog_take_asset(cx, tx, payload.asset_id);
}

static const struct event_consumer media_consumer = {
    .name = "catalog.media", .types = media_types, .handle = take_media_event};

const struct event_consumer *const catalog_consumers[] = {&media_consumer, NULL};
