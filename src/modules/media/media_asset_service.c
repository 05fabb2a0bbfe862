/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Assets: adopted from uploads, looked at, released; what licences hold. Processing is media_process_service.c's. */
#include "platform/clock/clock.h"
#include "platform/crypto/crypto.h"
#include "platform/jobs/jobs.h"

#include "modules/media/media_service.h"

/* --- adoption --- */

static struct error *judge_upload(struct ctx *cx, const struct upload_row *upload, enum media_purpose purpose)
{
    switch ((enum upload_status)upload->status) {
    case UPLOAD_OPEN:
        return ERROR(cx, media_upload_unfinished, "the upload is at %lld of %lld bytes",
                     (long long)upload->received, (long long)upload->length);
    case UPLOAD_ADOPTED:
        return ERROR(cx, media_upload_used, "the upload is already used elsewhere");
    case UPLOAD_COMPLETE:
        break;
    }
    if (upload->purpose == (int32_t)purpose)
        return NULL;
    return ERROR(cx, media_upload_purpose, "the upload was declared as %" STR_FMT,
                 STR_ARG(enum_word(&media_purpose_words, upload->purpose)));
}

static struct error *queue_processing(struct ctx *cx, struct tx *tx, struct id asset_id)
{
    struct str key = id_str(cx->arena, asset_id);
    struct str payload = arena_printf(cx->arena, "{\"asset_id\":\"%" STR_FMT "\"}", STR_ARG(key));
    return job_enqueue(cx, tx, &media_process_job, key, payload, INSTANT_NONE);
}

struct error *media_adopt_upload(struct ctx *cx, struct tx *tx, struct id upload_id,
                                 enum media_purpose purpose, struct id *ret_asset_id)
{
    struct upload_row upload;
    bool is_found = false;
    TRY(media_repo_lock_upload(cx, tx, upload_id, &upload, &is_found));
    if (!is_found || !caller_is(cx, upload.owner_id))
        return ERROR_CODE(cx, NOT_FOUND, "no such upload");
    TRY(judge_upload(cx, &upload, purpose));
    struct blob_key key = media_blob_key(upload.sha256);
    struct asset_row asset = {
        .id = crypto_new_id(cx),
        .owner_id = upload.owner_id,
        .purpose = (int32_t)purpose,
        .file_name = upload.file_name,
        .size_bytes = upload.length,
        .original = upload.sha256,
    };
    TRY(media_repo_insert_asset(cx, tx, &asset, clock_now(cx)));
    TRY(media_hold_blob(cx, tx, &key, asset.id, BLOB_ORIGINAL));
    TRY(media_drop_blobs(cx, tx, upload.id, BLOB_OF_UPLOAD, clock_now(cx)));
    TRY(media_repo_adopt_upload(cx, tx, upload.id, asset.id, clock_now(cx)));
    TRY(queue_processing(cx, tx, asset.id));
    *ret_asset_id = asset.id;
    return NULL;
}

struct error *media_find_adopted(struct ctx *cx, struct tx *tx, struct id upload_id, struct id *ret_asset_id,
                                 bool *ret_found)
{
    struct upload_row upload;
    bool is_found = false;
    TRY(media_repo_find_upload(cx, tx, upload_id, &upload, &is_found));
    *ret_found = is_found && caller_is(cx, upload.owner_id) && upload.status == UPLOAD_ADOPTED;
    if (*ret_found)
        *ret_asset_id = upload.asset_id;
    return NULL;
}

/* --- looking --- */

struct error *media_find_asset(struct ctx *cx, struct tx *tx, struct id asset_id,
                               struct media_asset *ret_asset, bool *ret_found)
{
    return media_repo_find_asset(cx, tx, asset_id, ret_asset, ret_found);
}

struct error *media_find_fingerprint(struct ctx *cx, struct tx *tx, struct id asset_id, struct str *ret_raw)
{
    return media_repo_find_fingerprint(cx, tx, asset_id, ret_raw);
}

struct error *media_list_files(struct ctx *cx, struct tx *tx, struct id asset_id, struct array *ret_files)
{
    struct array rows = {0};
    TRY(media_repo_list_files(cx, tx, asset_id, &rows));
    struct media_file *files = ARENA_ARRAY(cx->arena, struct media_file, rows.count);
    for (size_t i = 0; i < rows.count; i++) {
        const struct file_row *row = ARRAY_AT(struct file_row, rows, i);
        files[i] = (struct media_file){row->kind, media_blob_key(row->sha256), row->size_bytes,
                                       row->content_type, row->extension};
    }
    *ret_files = (struct array){files, rows.count};
    return NULL;
}

static struct media_rendition rendition_of(const struct rendition_row *row)
{
    return (struct media_rendition){
        .id = row->id,
        .asset_id = row->asset_id,
        .name = row->name,
        .codecs = row->codecs,
        .bandwidth = row->bandwidth,
        .average_bandwidth = row->average_bandwidth,
        .key = media_blob_key(row->sha256),
        .segments = row->segments,
    };
}

struct error *media_list_renditions(struct ctx *cx, struct id asset_id, struct array *ret_renditions)
{
    struct array rows = {0};
    TRY(media_repo_list_renditions(cx, asset_id, &rows));
    struct media_rendition *renditions = ARENA_ARRAY(cx->arena, struct media_rendition, rows.count);
    for (size_t i = 0; i < rows.count; i++)
        renditions[i] = rendition_of(ARRAY_AT(struct rendition_row, rows, i));
    *ret_renditions = (struct array){renditions, rows.count};
    return NULL;
}

struct error *media_find_rendition(struct ctx *cx, struct id rendition_id,
                                   struct media_rendition *ret_rendition, bool *ret_found)
{
    struct rendition_row row;
    TRY(media_repo_find_rendition(cx, rendition_id, &row, ret_found));
    if (*ret_found)
        *ret_rendition = rendition_of(&row);
    return NULL;
}

/* --- the end --- */

struct error *media_release_asset(struct ctx *cx, struct tx *tx, struct id asset_id)
{
    bool is_done = false;
    TRY(media_repo_release_asset(cx, tx, asset_id, clock_now(cx), &is_done));
    if (!is_done)
        return NULL;
    TRY(media_drop_blobs(cx, tx, asset_id, BLOB_MADE, clock_now(cx)));
    return media_drop_blobs(cx, tx, asset_id, BLOB_ORIGINAL, clock_now(cx));
}

/* --- licences --- */

struct error *media_hold(struct ctx *cx, struct tx *tx, struct id holder_id, const struct blob_key *key)
{
    return media_hold_blob(cx, tx, key, holder_id, BLOB_LICENSED);
}

struct error *media_unhold(struct ctx *cx, struct tx *tx, struct id holder_id)
{
    return media_drop_blobs(cx, tx, holder_id, BLOB_LICENSED, clock_now(cx));
}
