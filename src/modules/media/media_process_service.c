/* SPDX-License-Identifier: AGPL-3.0-or-later
 * The job that turns an original into everything that is served of it. It may be repeated at any point: what it stores is
 * unreferenced until its one transaction. */
#include "base/json/json_read.h"
#include "base/json/json_write.h"
#include "base/mem/cleanup.h"

#include "platform/bus/bus.h"
#include "platform/clock/clock.h"
#include "platform/fault/fault.h"
#include "platform/jobs/jobs.h"
#include "platform/log/log.h"

#include "modules/media/media_service.h"

/* clang-format off */
struct process_payload {
    struct id asset_id;
};
static const struct json_field payload_fields[] = {JSON_ID(struct process_payload, asset_id, .flags = JSON_REQUIRED)};
static const struct json_type payload_type = JSON_TYPE("MediaProcessPayload", struct process_payload, payload_fields);

struct progress_view {
    int32_t status, stage;
    double progress;
    struct str problem_code, problem_detail;
};
static const struct json_field view_fields[] = {
    JSON_ENUM(struct progress_view, status, &media_status_words),
    JSON_ENUM(struct progress_view, stage, &media_stage_words),
    JSON_NUMBER(struct progress_view, progress, .min = 0, .max = 1),
    JSON_TEXT(struct progress_view, problem_code, .flags = JSON_NULLABLE),
    JSON_TEXT(struct progress_view, problem_detail, .flags = JSON_NULLABLE, .max = 2000),
};
static const struct json_type view_type = JSON_TYPE("MediaProgress", struct progress_view, view_fields);
/* clang-format on */

/* --- who watches --- */

static void tell(struct ctx *cx, struct id asset_id, const struct progress_view *view)
{
    if (cx->platform->bus == NULL)
        return;
    struct str topic = arena_printf(cx->arena, "asset:%" STR_FMT, STR_ARG(id_str(cx->arena, asset_id)));
    bus_signal(cx->platform->bus, topic, json_encode(cx->arena, &view_type, view));
}

struct error *media_report_progress(struct ctx *cx, struct id asset_id, enum media_stage stage,
                                    double progress)
{
    const struct progress_view view = {
        .status = MEDIA_RUNNING, .stage = (int32_t)stage, .progress = progress};
    bool is_done = false;
    TRY(media_repo_update_asset_progress(cx, asset_id, stage, progress, clock_now(cx), &is_done));
    if (!is_done)
        return ERROR_CODE(cx, GONE, "the asset was released, or is over already");
    tell(cx, asset_id, &view);
    return NULL;
}

/* --- the job --- */

static struct error *load_asset(struct ctx *cx, struct id id, struct asset_row *ret_asset, bool *ret_wanted)
{
    struct media_asset asset;
    bool is_found = false;
    TRY(media_find_asset(cx, NULL, id, &asset, &is_found));
    *ret_wanted = is_found && asset.status != MEDIA_READY && asset.status != MEDIA_FAILED;
    *ret_asset = (struct asset_row){
        .id = id,
        .owner_id = asset.owner_id,
        .purpose = asset.purpose,
        .status = asset.status,
        .file_name = asset.file_name,
        .size_bytes = asset.size_bytes,
        .original = str_from(arena_dup(cx->arena, asset.original.sha256, SHA256_BYTES), SHA256_BYTES),
        .version = asset.version,
    };
    return NULL;
}

static struct error *make_all(struct ctx *cx, const struct asset_row *asset, int fd)
{
    struct media_outcome outcome = {0};
    struct error *error = media_run_child(cx, asset, fd, &outcome);
    if (error == NULL)
        error = media_report_progress(cx, asset->id, MEDIA_AT_PUBLISH, 0.9);
    if (error == NULL)
        error = media_publish(cx, asset, &outcome);
    media_outcome_fini(&outcome);
    return error;
}

static struct error *process(struct ctx *cx, const struct asset_row *asset)
{
    AUTO_FD fd = -1;
    int opened_fd = -1;
    int64_t size_bytes = 0;
    struct blob_key key = media_blob_key(asset->original);
    TRY(media_report_progress(cx, asset->id, MEDIA_AT_SCAN, 0));
    TRY(storage_read(cx, &key, &opened_fd, &size_bytes));
    fd = opened_fd;
    TRY(media_scan(cx, fd));
    FAULT_POINT(cx, "media.process.scanned");
    TRY(media_report_progress(cx, asset->id, MEDIA_AT_PROBE, 0.05));
    return make_all(cx, asset, fd);
}

static struct error *run(struct ctx *cx, const struct job *job)
{
    struct process_payload payload = {0};
    struct asset_row asset = {0};
    bool is_wanted = false;
    TRY(json_decode(cx->arena, &payload_type, job->payload, &payload));
    TRY(load_asset(cx, payload.asset_id, &asset, &is_wanted));
    if (!is_wanted)
        return NULL;
    struct error *error = process(cx, &asset);
    if (error_has_code(error, ERROR_GONE)) /* nobody wants it any more */
        return NULL;
    TRY(error);
    tell(cx, asset.id,
         &(struct progress_view){.status = MEDIA_READY, .stage = MEDIA_AT_PUBLISH, .progress = 1});
    return NULL;
}

/* --- the end without a result --- */

struct failure {
    struct id asset_id;
    struct progress_view view;
};

static void tell_failure(struct ctx *cx, void *arg)
{
    const struct failure *failure = arg;
    tell(cx, failure->asset_id, &failure->view);
}

static bool is_our_fault(const struct error *error)
{
    enum error_code code = error->reason->code;
    return code == ERROR_INTERNAL || code == ERROR_UNAVAILABLE || code == ERROR_TIMEOUT || code == ERROR_FULL;
}

/* What is our fault is the log's matter; the owner reads what that means for them. */
static struct str detail_for_owner(const struct error *error)
{
    return is_our_fault(error) ? str_cstr(error->reason->help) : error->message;
}

/* A file that was refused leaves its reason alone: it is not kept for a day, and counts in no quota. */
static struct error *destroy_original(struct ctx *cx, struct tx *tx, struct id asset_id)
{
    static const struct instant long_ago = {1};
    TRY(media_drop_blobs(cx, tx, asset_id, BLOB_ORIGINAL, long_ago));
    return job_enqueue(cx, tx, &media_sweep_job, id_str(cx->arena, asset_id), STR("{}"), INSTANT_NONE);
}

static struct error *give_up(struct ctx *cx, struct tx *tx, const struct job *job, const struct error *error)
{
    struct process_payload payload = {0};
    struct asset_row asset;
    bool is_found = false;
    bool is_done = false;
    TRY(json_decode(cx->arena, &payload_type, job->payload, &payload));
    TRY(media_repo_lock_asset(cx, tx, payload.asset_id, &asset, &is_found));
    if (!is_found)
        return NULL;
    const struct asset_problem problem = {
        .code = str_cstr(error->reason->name),
        .detail = detail_for_owner(error),
        .stored_bytes = is_our_fault(error) ? asset.size_bytes : 0,
    };
    TRY(media_repo_fail_asset(cx, tx, asset.id, &problem, clock_now(cx), &is_done));
    if (!is_done)
        return NULL;
    if (!is_our_fault(error))
        TRY(destroy_original(cx, tx, asset.id));
    struct failure *failure = ARENA_NEW(cx->arena, struct failure);
    *failure = (struct failure){
        asset.id, {.status = MEDIA_FAILED, .problem_code = problem.code, .problem_detail = problem.detail}};
    tx_after_commit(tx, tell_failure, failure);
    const struct media_asset_event event = {asset.id, asset.owner_id};
    return outbox_write(cx, tx, &media_asset_failed, asset.id, asset.version + 1, &event);
}

const struct job_type media_process_job = {
    .name = "media.process",
    .help = "Scans, analyses and encodes an uploaded file",
    .run = run,
    .give_up = give_up,
    .max_attempts = 6,
    .concurrency = 8, /* the sandbox bounds how many decode at a time */
};
