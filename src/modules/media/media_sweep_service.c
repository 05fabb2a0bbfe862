/* SPDX-License-Identifier: AGPL-3.0-or-later
 * What time takes away: expired uploads, staging files that nobody knows, blobs without a holder. */
#include "platform/clock/clock.h"
#include "platform/fault/fault.h"
#include "platform/log/log.h"

#include "modules/media/media_service.h"

enum { BATCH = 200 };
/* A finished upload's row is kept so long, so that its client still finds it. */
static const int64_t keep_adopted_us = 7 * US_PER_DAY;

/* --- uploads --- */

struct expiry {
    struct id id;
    bool is_deleted;
};

static struct error *delete_expired(struct ctx *cx, struct tx *tx, void *arg)
{
    struct expiry *expiry = arg;
    TRY(media_repo_delete_expired_upload(cx, tx, expiry->id, clock_now(cx), &expiry->is_deleted));
    return expiry->is_deleted ? media_drop_blobs(cx, tx, expiry->id, BLOB_OF_UPLOAD, clock_now(cx)) : NULL;
}

static struct error *sweep_uploads(struct ctx *cx)
{
    struct array ids = {0};
    TRY(media_repo_list_expired_uploads(cx, clock_now(cx), BATCH, &ids));
    for (size_t i = 0; i < ids.count; i++) {
        struct expiry expiry = {.id = ARRAY_AT(struct db_id, ids, i)->id};
        TRY(db_transact(cx, TX_WRITE, delete_expired, &expiry));
        if (expiry.is_deleted)
            TRY(storage_stage_delete(cx, expiry.id));
    }
    return media_repo_delete_adopted_uploads(cx, instant_add_us(clock_now(cx), -keep_adopted_us));
}

/* --- staging files --- */

static bool is_listed(struct array ids, struct id id)
{
    for (size_t i = 0; i < ids.count; i++)
        if (id_equal(ARRAY_AT(struct db_id, ids, i)->id, id))
            return true;
    return false;
}

/* Older than any upload without progress: only a crash can have left it, unless its upload still takes bytes. */
static void find_old(struct ctx *cx, struct array staged, struct array *ret_names)
{
    struct id *names = ARENA_ARRAY(cx->arena, struct id, BATCH);
    struct instant before = instant_add_us(clock_now(cx), -media_state_of(cx)->settings->upload_lifetime_us);
    size_t count = 0;
    for (size_t i = 0; i < staged.count && count < BATCH; i++) {
        const struct storage_staged *file = ARRAY_AT(struct storage_staged, staged, i);
        if (instant_is_before(file->changed, before))
            names[count++] = file->name;
    }
    *ret_names = (struct array){names, count};
}

static struct error *sweep_staging(struct ctx *cx)
{
    struct array staged = {0}, names = {0}, open = {0};
    TRY(storage_stage_list(cx, &staged));
    find_old(cx, staged, &names);
    TRY(media_repo_list_open_uploads(cx, names, &open));
    for (size_t i = 0; i < names.count; i++)
        if (!is_listed(open, *ARRAY_AT(struct id, names, i)))
            TRY(storage_stage_delete(cx, *ARRAY_AT(struct id, names, i)));
    return NULL;
}

/* --- blobs --- */

static struct error *delete_doomed(struct ctx *cx, const struct blob_row *blob)
{
    struct blob_key key = media_blob_key(blob->sha256);
    TRY(storage_delete(cx, &key));
    FAULT_POINT(cx, "media.blob.deleted");
    return media_repo_delete_doomed_blob(cx, blob->sha256);
}

static struct error *sweep_blobs(struct ctx *cx)
{
    struct array doomed = {0};
    struct instant before = instant_add_us(clock_now(cx), -media_state_of(cx)->settings->blob_grace_us);
    TRY(media_repo_doom_blobs(cx, before, BATCH));
    TRY(media_repo_list_doomed_blobs(cx, BATCH, &doomed)); /* those of an earlier, broken sweep too */
    for (size_t i = 0; i < doomed.count; i++)
        TRY(delete_doomed(cx, ARRAY_AT(struct blob_row, doomed, i)));
    if (doomed.count != 0)
        LOG(cx, INFO, "media.blobs.deleted", log_i64("blobs", (int64_t)doomed.count));
    return NULL;
}

struct error *media_sweep(struct ctx *cx)
{
    TRY(sweep_uploads(cx));
    TRY(sweep_staging(cx));
    return sweep_blobs(cx);
}
