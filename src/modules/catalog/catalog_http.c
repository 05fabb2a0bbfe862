/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Routes of the catalogue. */
#include "modules/catalog/catalog_http.h"

/* clang-format off */
static const struct reason *const publish_reasons[] = {&catalog_not_publishable, &catalog_duplicate_recording, NULL};
static const struct reason *const license_reasons[] = {&catalog_not_publishable, &catalog_option_closed, NULL};
static const struct reason *const free_reasons[] = {&catalog_not_free, NULL};

enum { DRAFT_BYTES = 256 << 10 };

const struct route catalog_routes[CATALOG_ROUTES] = {
    ROUTE(GET,    "/api/v1/specs",                          spec_list,         ROUTE_ANYONE, .query = &spec_list_query, .reply = &spec_page_type, .cache = CACHE_PUBLIC, .summary = "Search and list specs"),
    ROUTE(POST,   "/api/v1/specs",                          spec_create,       ROUTE_MAY(ITEM_PUBLISH), .body = &spec_create_body, .reply = &spec_view_type, .status = 201, .max_body_len = DRAFT_BYTES, .idempotency = IDEMPOTENCY_OPTIONAL, .render = spec_render, .summary = "Make a draft"),
    ROUTE(GET,    "/api/v1/specs/{key}",                    spec_read,         ROUTE_ANYONE, .path_type = &spec_path, .reply = &spec_view_type, .cache = CACHE_PUBLIC, .summary = "One spec, by id, short code or slug"),
    ROUTE(PATCH,  "/api/v1/specs/{key}",                    spec_patch,        ROUTE_MAY(ITEM_PUBLISH), .path_type = &spec_path, .body = &spec_patch_body, .reply = &spec_view_type, .reasons = license_reasons, .summary = "Change an own spec"),
    ROUTE(DELETE, "/api/v1/specs/{key}",                    spec_delete,       ROUTE_MAY(ITEM_PUBLISH), .path_type = &spec_path, .summary = "Delete an own spec; buyers keep what they bought"),
    ROUTE(PUT,    "/api/v1/specs/{key}/licenses",           spec_put_licenses, ROUTE_MAY(ITEM_PUBLISH), .path_type = &spec_path, .body = &license_set_body, .reply = &spec_view_type, .max_body_len = DRAFT_BYTES, .reasons = license_reasons, .summary = "Replace the licence options"),
    ROUTE(PUT,    "/api/v1/specs/{key}/assets/{slot}",      spec_put_asset,    ROUTE_MAY(ITEM_PUBLISH), .path_type = &asset_path, .body = &asset_body, .reply = &processing_view_type, .status = 202, .summary = "Use an upload as master, stems or cover"),
    ROUTE(GET,    "/api/v1/specs/{key}/processing",         spec_read_processing, ROUTE_MEMBER, .path_type = &spec_path, .reply = &processing_view_type, .summary = "How far the files are"),
    ROUTE(GET,    "/api/v1/specs/{key}/processing/events",  spec_follow_processing, ROUTE_MEMBER, .path_type = &spec_path, .raw_reply_type = "text/event-stream", .timeout_us = -1, .cache = CACHE_NO_STORE, .summary = "The same as it happens; event: processing"),
    ROUTE(POST,   "/api/v1/specs/{key}/publish",            spec_publish,      ROUTE_MAY(ITEM_PUBLISH), .path_type = &spec_path, .reply = &spec_view_type, .reasons = publish_reasons, .summary = "Make it public; 409 lists all that is missing"),
    ROUTE(POST,   "/api/v1/specs/{key}/unpublish",          spec_unpublish,    ROUTE_MAY(ITEM_PUBLISH), .path_type = &spec_path, .reply = &spec_view_type, .summary = "Make it a draft again"),
    ROUTE(POST,   "/api/v1/specs/{key}/download-free",      spec_download_free, ROUTE_MEMBER, .path_type = &spec_path, .reply = &free_download_type, .cache = CACHE_NO_STORE, .reasons = free_reasons, .summary = "A link to the free MP3"),
    ROUTE(POST,   "/api/v1/specs/{key}/reports",            spec_report,       ROUTE_MAY(ITEM_REPORT), .path_type = &spec_path, .body = &catalog_report_body, .summary = "Report it to the moderators"),
    ROUTE(GET,    "/api/v1/tracks",                         track_list,        ROUTE_ANYONE, .query = &spec_list_query, .reply = &track_page_type, .cache = CACHE_PUBLIC, .summary = "The same recordings as tracks"),
    ROUTE(GET,    "/api/v1/tracks/{key}",                   track_read,        ROUTE_ANYONE, .path_type = &spec_path, .reply = &track_view_type, .cache = CACHE_PUBLIC, .summary = "One recording as a track"),
    ROUTE(GET,    "/api/v1/users/{user}/specs",             spec_list_of_user, ROUTE_ANYONE, .path_type = &user_specs_path, .query = &user_list_query, .reply = &spec_page_type, .cache = CACHE_PUBLIC, .summary = "Specs of one producer"),
    ROUTE(GET,    "/api/v1/me/specs",                       spec_list_own,     ROUTE_MEMBER, .query = &own_list_query, .reply = &spec_page_type, .summary = "Own specs, drafts too, newest first"),
    ROUTE(GET,    "/api/v1/genres",                         genre_list,        ROUTE_ANYONE, .reply = &genre_list_type, .cache = CACHE_PUBLIC, .summary = "The genres"),
    ROUTE(GET,    "/api/v1/moods",                          mood_list,         ROUTE_ANYONE, .reply = &word_list_type, .cache = CACHE_PUBLIC, .summary = "The moods"),
    ROUTE(GET,    "/api/v1/instruments",                    instrument_list,   ROUTE_ANYONE, .reply = &word_list_type, .cache = CACHE_PUBLIC, .summary = "The instruments"),
    ROUTE(GET,    "/api/v1/keys",                           key_list,          ROUTE_ANYONE, .reply = &word_list_type, .cache = CACHE_PUBLIC, .summary = "The musical keys"),
    ROUTE(GET,    "/api/v1/moderation/reports",             report_list,       ROUTE_MAY(REPORT_DECIDE), .query = &report_list_query, .reply = &report_page_type, .summary = "Open reports, oldest first"),
    ROUTE(POST,   "/api/v1/moderation/items/{key}/takedown", item_take_down,   ROUTE_MAY(REPORT_DECIDE), .path_type = &spec_path, .body = &reason_body, .summary = "Take an item down, with a reason for its owner"),
    ROUTE(POST,   "/api/v1/moderation/items/{key}/restore", item_restore,      ROUTE_MAY(REPORT_DECIDE), .path_type = &spec_path, .summary = "Put it back, or dismiss the reports"),
};
/* clang-format on */
