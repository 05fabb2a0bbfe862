/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Uploads: made, looked at, finished, given up. Their bytes are media_append_service.c's. */
#include "base/mem/cleanup.h"

#include "platform/clock/clock.h"
#include "platform/crypto/crypto.h"
#include "platform/module/module.h"

#include "modules/media/media_service.h"

struct media_state *media_state_of(const struct ctx *cx)
{
    return module_state(cx, &media_module);
}

int64_t media_max_bytes(const struct ctx *cx, int32_t purpose)
{
    const struct media_settings *settings = media_state_of(cx)->settings;
    const int64_t limits[MEDIA_PURPOSE_COUNT] = {
        [MEDIA_MASTER] = settings->max_master_bytes, [MEDIA_STEMS] = settings->max_stems_bytes,
        [MEDIA_COVER] = settings->max_image_bytes,   [MEDIA_AVATAR] = settings->max_image_bytes,
        [MEDIA_IMAGE] = settings->max_image_bytes,
    };
    if (purpose != MEDIA_NO_PURPOSE)
        return limits[purpose];
    return settings->max_master_bytes > settings->max_stems_bytes ? settings->max_master_bytes
                                                                  : settings->max_stems_bytes;
}

/* --- creation --- */

static struct error *choose_purpose(struct ctx *cx, const struct media_upload_request *request,
                                    int32_t *ret_purpose)
{
    struct str word = request->metadata.purpose;
    int purpose = MEDIA_NO_PURPOSE;
    bool is_optional = request->concat.kind == UPLOAD_PART && word.ptr == NULL;
    if (!is_optional && !enum_parse(&media_purpose_words, word, &purpose)) {
        struct error *error = ERROR_CODE(cx, INVALID, "the upload's metadata must name its purpose");
        error_add_violation(cx->arena, error, STR("/purpose"), "enum",
                            "must be one of master, stems, cover, avatar, image");
        return error;
    }
    *ret_purpose = purpose;
    return NULL;
}

struct error *media_check_upload_length(struct ctx *cx, const struct upload_row *upload)
{
    int64_t limit = media_max_bytes(cx, upload->purpose);
    if (upload->length <= limit)
        return NULL;
    return ERROR(cx, media_upload_too_large, "at most %lld bytes are taken for this", (long long)limit);
}

static struct str empty_hash_state(struct arena *arena)
{
    uint8_t *state = arena_alloc(arena, SHA256_STATE_BYTES);
    struct sha256_stream *stream = sha256_begin();
    sha256_save(stream, state);
    sha256_abandon(stream);
    return str_from((const char *)state, SHA256_STATE_BYTES);
}

/* Serializable, so that two at once cannot both take the last of the quota. */
static struct error *insert_within_quota(struct ctx *cx, struct tx *tx, void *arg)
{
    const struct upload_row *upload = arg;
    int64_t quota_bytes = media_state_of(cx)->settings->quota_bytes;
    int64_t used_bytes = 0;
    if (quota_bytes != 0)
        TRY(media_repo_sum_usage(cx, tx, upload->owner_id, &used_bytes));
    if (quota_bytes != 0 && upload->length > quota_bytes - used_bytes)
        return ERROR(cx, media_quota,
                     "this would pass the account's quota of %lld bytes, of which %lld are used",
                     (long long)quota_bytes, (long long)used_bytes);
    return media_repo_insert_upload(cx, tx, upload, clock_now(cx));
}

static struct error *insert_new(struct ctx *cx, struct upload_row *upload)
{
    TRY(media_check_upload_length(cx, upload));
    TRY(db_transact(cx, TX_SERIALIZABLE, insert_within_quota, upload));
    AUTO_FD fd = -1;
    int made_fd = -1;
    struct error *error = storage_stage_create(cx, upload->id, &made_fd);
    fd = made_fd;
    if (error == NULL && upload->length == 0)
        error = media_finish_upload(cx, fd, upload);
    if (error != NULL) /* a row without its file would only be in the way */
        error_ignore(media_repo_delete_upload(cx, NULL, upload->id));
    return error;
}

struct error *media_create_upload(struct ctx *cx, const struct media_upload_request *request,
                                  struct upload_row *ret_upload)
{
    struct upload_row upload = {
        .id = crypto_new_id(cx),
        .owner_id = cx->caller->account_id,
        .kind = (int32_t)request->concat.kind,
        .status = UPLOAD_OPEN,
        .length = request->length,
        .hash_state = empty_hash_state(cx->arena),
        .file_name = file_name_clean(cx->arena, request->metadata.file_name),
        .file_type = str_slice(request->metadata.file_type, 0, 100),
        .metadata = request->metadata_text,
        .expires_at = instant_add_us(clock_now(cx), media_state_of(cx)->settings->upload_lifetime_us),
    };
    if (upload.file_type.ptr == NULL)
        upload.file_type = STR("");
    if (upload.metadata.ptr == NULL)
        upload.metadata = STR("");
    TRY(choose_purpose(cx, request, &upload.purpose));
    if (request->concat.kind == UPLOAD_JOINED)
        TRY(media_join_uploads(cx, &request->concat.parts, &upload));
    else
        TRY(insert_new(cx, &upload));
    *ret_upload = upload;
    return NULL;
}

/* --- the end of an upload --- */

struct finishing {
    struct upload_row *upload;
    struct blob_key key;
};

static struct error *complete(struct ctx *cx, struct tx *tx, void *arg)
{
    struct finishing *finishing = arg;
    struct id id = finishing->upload->id;
    struct upload_row now;
    bool is_completed = false;
    bool is_found = false;
    TRY(media_repo_complete_upload(cx, tx, finishing->upload, clock_now(cx), &is_completed));
    if (is_completed)
        return media_hold_blob(cx, tx, &finishing->key, id, BLOB_OF_UPLOAD);
    TRY(media_repo_find_upload(cx, tx, id, &now, &is_found));
    return is_found ? NULL : ERROR_CODE(cx, NOT_FOUND, "the upload was given up meanwhile");
}

/* The hash was taken on the way; the row keeps its state. */
static struct error *finish_hash(struct ctx *cx, const struct upload_row *upload, struct blob_key *ret_key)
{
    struct sha256_stream *stream = NULL;
    if (upload->hash_state.len == SHA256_STATE_BYTES)
        stream = sha256_restore((const uint8_t *)upload->hash_state.ptr);
    if (stream == NULL)
        return ERROR_CODE(cx, INTERNAL, "the stored state of an upload's hash cannot be read");
    sha256_end(stream, ret_key->sha256);
    return NULL;
}

struct error *media_finish_upload(struct ctx *cx, int fd, struct upload_row *upload)
{
    struct finishing finishing = {.upload = upload};
    REQUIRE(upload->received == upload->length);
    if (upload->kind == UPLOAD_PART) /* stays a staging file until it is joined */
        return NULL;
    TRY(finish_hash(cx, upload, &finishing.key));
    TRY(media_store_blob(cx, fd, &finishing.key, upload->length));
    upload->sha256 = str_from(arena_dup(cx->arena, finishing.key.sha256, SHA256_BYTES), SHA256_BYTES);
    upload->expires_at = instant_add_us(clock_now(cx), media_state_of(cx)->settings->upload_lifetime_us);
    TRY(db_transact(cx, TX_WRITE, complete, &finishing));
    upload->status = UPLOAD_COMPLETE;
    return storage_stage_delete(cx, upload->id);
}

static struct error *finish_again(struct ctx *cx, struct upload_row *upload)
{
    AUTO_FD fd = -1;
    int opened_fd = -1;
    TRY(storage_stage_open(cx, upload->id, &opened_fd));
    fd = opened_fd;
    if (!storage_stage_lock(fd))
        return ERROR(cx, media_upload_busy, "the upload is just being finished");
    TRY(storage_stage_cut(cx, fd, upload->length));
    return media_finish_upload(cx, fd, upload);
}

struct error *media_load_upload(struct ctx *cx, struct id id, struct upload_row *ret_upload)
{
    struct upload_row upload;
    bool is_found = false;
    TRY(media_repo_find_upload(cx, NULL, id, &upload, &is_found));
    bool is_visible = is_found && caller_is(cx, upload.owner_id) && upload.expires_at.us > clock_now(cx).us;
    if (!is_visible)
        return ERROR_CODE(cx, NOT_FOUND, "no such upload");
    bool was_cut_off =
        upload.status == UPLOAD_OPEN && upload.received == upload.length && upload.kind != UPLOAD_PART;
    if (was_cut_off) /* by a crash between the last byte and the seal */
        TRY(finish_again(cx, &upload));
    *ret_upload = upload;
    return NULL;
}

/* --- giving up --- */

struct deletion {
    struct id id;
};

static struct error *delete_owned(struct ctx *cx, struct tx *tx, void *arg)
{
    const struct deletion *deletion = arg;
    struct upload_row upload;
    bool is_found = false;
    TRY(media_repo_lock_upload(cx, tx, deletion->id, &upload, &is_found));
    if (!is_found || !caller_is(cx, upload.owner_id))
        return ERROR_CODE(cx, NOT_FOUND, "no such upload");
    if (upload.status == UPLOAD_ADOPTED)
        return ERROR(cx, media_upload_used, "the upload is in use");
    TRY(media_drop_blobs(cx, tx, upload.id, BLOB_OF_UPLOAD, clock_now(cx)));
    return media_repo_delete_upload(cx, tx, upload.id);
}

struct error *media_delete_upload(struct ctx *cx, struct id id)
{
    struct deletion deletion = {id};
    TRY(db_transact(cx, TX_WRITE, delete_owned, &deletion));
    return storage_stage_delete(cx, id);
}
