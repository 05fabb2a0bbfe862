/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Rows of blobs and their references. See media_repo.h. */
#include "modules/media/media_repo.h"
#include "modules/media/media_sql.h"

/* clang-format off */
static const struct db_column blob_columns[] = {
    DB_COLUMN_BYTES(struct blob_row, sha256),
    DB_COLUMN_I64(struct blob_row, size_bytes),
};
static const struct db_row blob_row = DB_ROW(struct blob_row, blob_columns);
/* clang-format on */

static struct str bytes_of(const struct blob_key *key)
{
    return str_from((const char *)key->sha256, sizeof(key->sha256));
}

struct error *media_repo_announce_blob(struct ctx *cx, struct tx *tx, const struct blob_key *key,
                                       int64_t size_bytes, struct instant now, bool *ret_announced)
{
    int64_t count = 0;
    TRY(db_exec(cx, tx, MEDIA_ANNOUNCE_BLOB(.sha256 = bytes_of(key), .size_bytes = size_bytes, .now = now),
                &count));
    *ret_announced = count == 1;
    return NULL;
}

struct error *media_repo_revive_blob(struct ctx *cx, struct tx *tx, const struct blob_key *key,
                                     bool *ret_alive)
{
    int64_t count = 0;
    TRY(db_exec(cx, tx, MEDIA_REVIVE_BLOB(.sha256 = bytes_of(key)), &count));
    *ret_alive = count == 1;
    return NULL;
}

struct error *media_repo_insert_ref(struct ctx *cx, struct tx *tx, const struct blob_key *key,
                                    struct id holder_id, enum blob_purpose purpose)
{
    return db_exec(
        cx, tx,
        MEDIA_INSERT_REF(.sha256 = bytes_of(key), .holder_id = holder_id, .purpose = (int32_t)purpose), NULL);
}

struct error *media_repo_list_refs(struct ctx *cx, struct tx *tx, struct id holder_id,
                                   enum blob_purpose purpose, struct array *ret_blobs)
{
    return db_list(cx, tx, MEDIA_LIST_REFS(.holder_id = holder_id, .purpose = (int32_t)purpose), &blob_row,
                   ret_blobs);
}

struct error *media_repo_delete_refs(struct ctx *cx, struct tx *tx, struct id holder_id,
                                     enum blob_purpose purpose)
{
    return db_exec(cx, tx, MEDIA_DELETE_REFS(.holder_id = holder_id, .purpose = (int32_t)purpose), NULL);
}

struct error *media_repo_bury_blob(struct ctx *cx, struct tx *tx, struct str sha256, struct instant since)
{
    struct blob_row blob;
    bool is_found = false;
    TRY(db_find(cx, tx, MEDIA_LOCK_BLOB(.sha256 = sha256), &blob_row, &blob, &is_found));
    return db_exec(cx, tx, MEDIA_BURY_BLOB(.sha256 = sha256, .now = since), NULL);
}

struct error *media_repo_doom_blobs(struct ctx *cx, struct instant before, int64_t limit)
{
    return db_exec(cx, NULL, MEDIA_DOOM_BLOBS(.before = before, .limit = limit), NULL);
}

struct error *media_repo_list_doomed_blobs(struct ctx *cx, int64_t limit, struct array *ret_blobs)
{
    return db_list(cx, NULL, MEDIA_LIST_DOOMED_BLOBS(.limit = limit), &blob_row, ret_blobs);
}

struct error *media_repo_delete_doomed_blob(struct ctx *cx, struct str sha256)
{
    return db_exec(cx, NULL, MEDIA_DELETE_DOOMED_BLOB(.sha256 = sha256), NULL);
}

struct error *media_repo_list_blobs(struct ctx *cx, struct str after, int64_t limit, struct array *ret_blobs)
{
    return db_list(cx, NULL, MEDIA_LIST_BLOBS(.after = after, .limit = limit), &blob_row, ret_blobs);
}

struct error *media_repo_find_blob(struct ctx *cx, struct str sha256, struct blob_row *ret_blob,
                                   bool *ret_found)
{
    return db_find(cx, NULL, MEDIA_FIND_BLOB(.sha256 = sha256), &blob_row, ret_blob, ret_found);
}

struct error *media_repo_find_ref(struct ctx *cx, const struct blob_key *key, struct id holder_id,
                                  enum blob_purpose purpose, bool *ret_found)
{
    struct blob_row ref;
    return db_find(
        cx, NULL,
        MEDIA_FIND_REF(.sha256 = bytes_of(key), .holder_id = holder_id, .purpose = (int32_t)purpose),
        &blob_row, &ref, ret_found);
}

struct error *media_repo_list_unheld(struct ctx *cx, struct str after, int64_t limit, struct array *ret_blobs)
{
    return db_list(cx, NULL, MEDIA_LIST_UNHELD(.after = after, .limit = limit), &blob_row, ret_blobs);
}
