/* SPDX-License-Identifier: AGPL-3.0-or-later
 * What media is to the rest of the program. */
#include "base/mem/alloc.h"

#include "platform/module/module.h"

#include "modules/media/media_http.h"
#include "modules/media/media_service.h"
#include "modules/media/media_sql.h"

REASONS_DEFINE(media_reasons, MEDIA_REASONS);

/* clang-format off */
static const struct setting rows[] = {
    SETTING_BYTES(struct media_settings, max_master_bytes, "UPLOAD_MAX_MASTER", .fallback = "2G", .min = 1, .max = INT64_C(1) << 40,
                  .help = "Largest recording that may be uploaded."),
    SETTING_BYTES(struct media_settings, max_stems_bytes, "UPLOAD_MAX_STEMS", .fallback = "4G", .min = 1, .max = INT64_C(1) << 40,
                  .help = "Largest archive of stems that may be uploaded."),
    SETTING_BYTES(struct media_settings, max_image_bytes, "UPLOAD_MAX_IMAGE", .fallback = "20M", .min = 1, .max = INT64_C(1) << 30,
                  .help = "Largest picture that may be uploaded."),
    SETTING_BYTES(struct media_settings, quota_bytes, "UPLOAD_QUOTA", .fallback = "50G", .min = 0, .max = INT64_C(1) << 50,
                  .help = "What one account may store, with what is made of it. 0: no limit."),
    SETTING_TIME(struct media_settings, upload_lifetime_us, "UPLOAD_LIFETIME", .fallback = "24h", .min = US_PER_MINUTE, .max = 30 * US_PER_DAY,
                 .help = "An upload that makes no progress for so long, or is not used, is deleted."),
    SETTING_TIME(struct media_settings, blob_grace_us, "BLOB_GRACE", .fallback = "24h", .min = US_PER_HOUR, .max = 365 * US_PER_DAY,
                 .help = "A stored file that nothing refers to any more is deleted after this time."),
    SETTING_STR(struct media_settings, clamd, "CLAMD", .fallback = "", .max = 200,
                .help = "Where a ClamAV daemon scans uploads: host:port, or unix:/path. Empty: no scan."),
};
/* clang-format on */
const struct setting_group media_settings_group = SETTING_GROUP("media", struct media_settings, rows, NULL);

static struct error *sweep(struct ctx *cx, const struct job *job)
{
    (void)job;
    return media_sweep(cx);
}

static const struct job_type sweep_job = {
    .name = "media.sweep",
    .help = "Deletes expired uploads and files that nothing refers to any more",
    .run = sweep,
    .concurrency = 1,
    .every_us = 10 * US_PER_MINUTE,
};

static const struct job_type *const jobs[] = {&sweep_job, NULL};

static struct error *start(struct ctx *cx, const void *settings, void **ret_state)
{
    (void)cx;
    struct media_state *state = MEM_NEW(struct media_state);
    state->settings = settings;
    *ret_state = state;
    return NULL;
}

const struct module media_module = {
    .name = "media",
    .routes = media_routes,
    .route_count = MEDIA_ROUTES,
    .settings = &media_settings_group,
    .sql = &media_sql,
    .jobs = jobs,
    .reasons = media_reasons,
    .start = start,
    .stop = mem_free,
};
