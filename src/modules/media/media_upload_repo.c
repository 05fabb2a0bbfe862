/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Rows of uploads. See media_repo.h. */
#include "modules/media/media_repo.h"
#include "modules/media/media_sql.h"

/* clang-format off */
static const struct db_column upload_columns[] = {
    DB_COLUMN_ID(struct upload_row, id),
    DB_COLUMN_ID(struct upload_row, owner_id),
    DB_COLUMN_I32(struct upload_row, purpose),
    DB_COLUMN_I32(struct upload_row, kind),
    DB_COLUMN_I32(struct upload_row, status),
    DB_COLUMN_I64(struct upload_row, length),
    DB_COLUMN_I64(struct upload_row, received),
    DB_COLUMN_BYTES(struct upload_row, hash_state),
    DB_NULLABLE_BYTES(struct upload_row, sha256),
    DB_COLUMN_TEXT(struct upload_row, file_name),
    DB_COLUMN_TEXT(struct upload_row, file_type),
    DB_COLUMN_TEXT(struct upload_row, metadata),
    DB_NULLABLE_ID(struct upload_row, asset_id),
    DB_COLUMN_INSTANT(struct upload_row, expires_at),
};
static const struct db_row upload_row = DB_ROW(struct upload_row, upload_columns);

struct usage_row {
    int64_t used_bytes;
};
static const struct db_column usage_columns[] = {DB_COLUMN_I64(struct usage_row, used_bytes)};
static const struct db_row usage_row = DB_ROW(struct usage_row, usage_columns);
/* clang-format on */

struct error *media_repo_insert_upload(struct ctx *cx, struct tx *tx, const struct upload_row *upload,
                                       struct instant now)
{
    return db_exec(cx, tx,
                   MEDIA_INSERT_UPLOAD(.id = upload->id, .owner_id = upload->owner_id,
                                       .purpose = upload->purpose, .kind = upload->kind,
                                       .status = upload->status, .length = upload->length,
                                       .received = upload->received, .hash_state = upload->hash_state,
                                       .sha256 = upload->sha256, .file_name = upload->file_name,
                                       .file_type = upload->file_type, .metadata = upload->metadata,
                                       .now = now, .expires_at = upload->expires_at),
                   NULL);
}

struct error *media_repo_find_upload(struct ctx *cx, struct tx *tx, struct id id,
                                     struct upload_row *ret_upload, bool *ret_found)
{
    return db_find(cx, tx, MEDIA_FIND_UPLOAD(.id = id), &upload_row, ret_upload, ret_found);
}

struct error *media_repo_lock_upload(struct ctx *cx, struct tx *tx, struct id id,
                                     struct upload_row *ret_upload, bool *ret_found)
{
    return db_find(cx, tx, MEDIA_LOCK_UPLOAD(.id = id), &upload_row, ret_upload, ret_found);
}

struct error *media_repo_update_upload_received(struct ctx *cx, struct tx *tx,
                                                const struct upload_row *upload, int64_t before,
                                                struct instant now, bool *ret_moved)
{
    int64_t count = 0;
    TRY(db_exec(cx, tx,
                MEDIA_UPDATE_UPLOAD_RECEIVED(.id = upload->id, .before = before, .received = upload->received,
                                             .hash_state = upload->hash_state, .now = now,
                                             .expires_at = upload->expires_at),
                &count));
    *ret_moved = count == 1;
    return NULL;
}

struct error *media_repo_complete_upload(struct ctx *cx, struct tx *tx, const struct upload_row *upload,
                                         struct instant now, bool *ret_completed)
{
    int64_t count = 0;
    TRY(db_exec(cx, tx,
                MEDIA_COMPLETE_UPLOAD(.id = upload->id, .sha256 = upload->sha256, .now = now,
                                      .expires_at = upload->expires_at),
                &count));
    *ret_completed = count == 1;
    return NULL;
}

struct error *media_repo_adopt_upload(struct ctx *cx, struct tx *tx, struct id id, struct id asset_id,
                                      struct instant now)
{
    return db_exec(cx, tx, MEDIA_ADOPT_UPLOAD(.id = id, .asset_id = asset_id, .now = now), NULL);
}

struct error *media_repo_delete_upload(struct ctx *cx, struct tx *tx, struct id id)
{
    return db_exec(cx, tx, MEDIA_DELETE_UPLOAD(.id = id), NULL);
}

struct error *media_repo_list_expired_uploads(struct ctx *cx, struct instant now, int64_t limit,
                                              struct array *ret_ids)
{
    return db_list(cx, NULL, MEDIA_LIST_EXPIRED_UPLOADS(.now = now, .limit = limit), &db_id_row, ret_ids);
}

struct error *media_repo_delete_expired_upload(struct ctx *cx, struct tx *tx, struct id id,
                                               struct instant now, bool *ret_deleted)
{
    int64_t count = 0;
    TRY(db_exec(cx, tx, MEDIA_DELETE_EXPIRED_UPLOAD(.id = id, .now = now), &count));
    *ret_deleted = count == 1;
    return NULL;
}

struct error *media_repo_delete_adopted_uploads(struct ctx *cx, struct instant before)
{
    return db_exec(cx, NULL, MEDIA_DELETE_ADOPTED_UPLOADS(.before = before), NULL);
}

struct error *media_repo_list_open_uploads(struct ctx *cx, struct array ids, struct array *ret_ids)
{
    return db_list(cx, NULL, MEDIA_LIST_OPEN_UPLOADS(.ids = ids), &db_id_row, ret_ids);
}

struct error *media_repo_sum_usage(struct ctx *cx, struct tx *tx, struct id owner_id, int64_t *ret_used_bytes)
{
    struct usage_row usage = {0};
    TRY(db_load(cx, tx, MEDIA_SUM_USAGE(.owner_id = owner_id), &usage_row, &usage));
    *ret_used_bytes = usage.used_bytes;
    return NULL;
}
