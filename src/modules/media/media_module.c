/* SPDX-License-Identifier: AGPL-3.0-or-later
 * What media is to the rest of the program. */
#include "base/mem/alloc.h"

#include "platform/config/local_host.h"
#include "platform/module/module.h"

#include "modules/media/media_http.h"
#include "modules/media/media_service.h"
#include "modules/media/media_sql.h"

/* Descriptors that a loop keeps, and for how long: so long a withdrawn picture may still be seen. */
enum { OPEN_IMAGES = 256 };
static const int64_t keep_open_us = 30 * US_PER_SECOND;

REASONS_DEFINE(media_reasons, MEDIA_REASONS);

/* Why the media program refuses a file is told by this module. */
static const struct reason *const all_reasons[] = {
    MEDIA_REASONS(REASON_ROW_) MEDIA_JOB_REASONS(REASON_ROW_) NULL,
};

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
    SETTING_BOOL(struct media_settings, is_clamd_line_private, "CLAMD_PRIVATE_LINE", .fallback = "off",
                 .help = "Production takes a ClamAV daemon on this machine alone, as its protocol has neither encryption nor log-in; on: something else protects the line, such as a VPN."),
    SETTING_STR(struct media_settings, media_url, "MEDIA_URL", .fallback = "", .max = 500,
                .help = "Put before the addresses of pictures, previews and segments, for a CDN before this server. Empty: none."),
};
/* clang-format on */
static void check(const void *all, bool is_production, struct strbuf *problems)
{
    const struct media_settings *settings = all;
    struct str clamd = settings->clamd;
    bool is_here =
        str_is_empty(clamd) || str_starts_with(clamd, STR("unix:")) || local_host_is(local_host_of(clamd));
    if (is_production && !is_here && !settings->is_clamd_line_private)
        strbuf_append_cstr(
            problems,
            "LATHE_CLAMD: must be on this machine in production, as nothing protects what is said to it; "
            "LATHE_CLAMD_PRIVATE_LINE=on says that something does\n");
}

const struct setting_group media_settings_group = SETTING_GROUP("media", struct media_settings, rows, check);

static struct error *sweep(struct ctx *cx, const struct job *job)
{
    (void)job;
    return media_sweep(cx);
}

const struct job_type media_sweep_job = {
    .name = "media.sweep",
    .help = "Deletes expired uploads and files that nothing refers to any more",
    .run = sweep,
    .concurrency = 1,
    .every_us = 10 * US_PER_MINUTE,
};

static const struct event_type *const events[] = {&media_asset_ready, &media_asset_failed, NULL};
static const struct job_type *const jobs[] = {&media_process_job, &media_sweep_job, NULL};

static struct error *start(struct ctx *cx, const void *settings, void **ret_state)
{
    (void)cx;
    struct media_state *state = MEM_NEW(struct media_state);
    state->settings = settings;
    state->images = open_files_new(OPEN_IMAGES, keep_open_us);
    *ret_state = state;
    return NULL;
}

static void stop(void *arg)
{
    struct media_state *state = arg;
    open_files_free(state->images);
    mem_free(state);
}

const struct module media_module = {
    .name = "media",
    .routes = media_routes,
    .route_count = MEDIA_ROUTES,
    .settings = &media_settings_group,
    .sql = &media_sql,
    .events = events,
    .jobs = jobs,
    .reasons = all_reasons,
    .checks = media_checks,
    .start = start,
    .stop = stop,
};
