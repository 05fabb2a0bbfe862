/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Uploads that are put together from parts (tus: concatenation). The parts are gone afterwards. */
#include <errno.h>
#include <unistd.h>

#include "base/mem/alloc.h"
#include "base/mem/cleanup.h"
#include "base/text/number.h"

#include "platform/clock/clock.h"
#include "platform/fiber/pool.h"

#include "modules/media/media_service.h"

enum { COPY_BYTES = 1 << 20 };

struct joining {
    const struct array *parts;
    struct upload_row *upload;
    int fd;
    int64_t written;
    struct sha256_stream *hash;
    char *piece;
    struct blob_key key;
};

/* --- copying --- */

struct reading {
    struct joining *joining;
    int fd;
    int64_t offset;
    ssize_t got;
    int failure;
};

static void read_and_hash(void *arg)
{
    struct reading *reading = arg;
    do
        reading->got = pread(reading->fd, reading->joining->piece, COPY_BYTES, reading->offset);
    while (reading->got < 0 && errno == EINTR);
    reading->failure = reading->got < 0 ? errno : 0;
    if (reading->got > 0)
        sha256_feed(reading->joining->hash, reading->joining->piece, (size_t)reading->got);
}

static struct error *copy_part(struct ctx *cx, struct joining *joining, int fd, int64_t length)
{
    struct reading reading = {.joining = joining, .fd = fd};
    while (reading.offset < length) {
        TRY(pool_call(cx, cx->platform->blocking_pool, read_and_hash, &reading));
        if (reading.failure != 0 || reading.got == 0)
            return ERROR(cx, storage_failed, "a part cannot be read: %s",
                         reading.failure != 0 ? strerrordesc_np(reading.failure) : "too short");
        TRY(storage_write(cx, joining->fd, joining->written, joining->piece, (size_t)reading.got));
        reading.offset += reading.got;
        joining->written += reading.got;
    }
    return NULL;
}

static struct error *append_part(struct ctx *cx, struct joining *joining, struct id id)
{
    struct upload_row part;
    AUTO_FD fd = -1;
    int opened_fd = -1;
    TRY(media_load_upload(cx, id, &part));
    TRY(storage_stage_open(cx, id, &opened_fd));
    fd = opened_fd;
    if (!storage_stage_lock(fd))
        return ERROR(cx, media_upload_busy, "a request is writing to a part");
    TRY(storage_stage_cut(cx, fd, part.length));
    return copy_part(cx, joining, fd, part.length);
}

static struct error *append_parts(struct ctx *cx, struct joining *joining)
{
    for (size_t i = 0; i < joining->parts->count; i++)
        TRY(append_part(cx, joining, *ARRAY_AT(struct id, *joining->parts, i)));
    return storage_sync(cx, joining->fd);
}

/* --- checking --- */

static struct error *check_part(struct ctx *cx, struct id id, int64_t *length)
{
    struct upload_row part;
    struct error *error = media_load_upload(cx, id, &part);
    if (error_has_code(error, ERROR_NOT_FOUND))
        return ERROR(cx, media_upload_parts, "a part is not there");
    TRY(error);
    if (part.kind != UPLOAD_PART)
        return ERROR(cx, media_upload_parts, "an upload that is not a part");
    if (part.received != part.length)
        return ERROR(cx, media_upload_parts, "a part is not complete");
    if (!number_add(*length, part.length, length))
        return ERROR(cx, media_upload_too_large, "the parts are too large together");
    return NULL;
}

static struct error *check_parts(struct ctx *cx, const struct joining *joining)
{
    int64_t length = 0;
    for (size_t i = 0; i < joining->parts->count; i++)
        TRY(check_part(cx, *ARRAY_AT(struct id, *joining->parts, i), &length));
    joining->upload->length = length;
    return media_check_upload_length(cx, joining->upload);
}

/* --- the exchange of parts for the whole --- */

static struct error *exchange_parts(struct ctx *cx, struct tx *tx, void *arg)
{
    struct joining *joining = arg;
    for (size_t i = 0; i < joining->parts->count; i++) {
        struct upload_row part;
        bool is_found = false;
        struct id id = *ARRAY_AT(struct id, *joining->parts, i);
        TRY(media_repo_lock_upload(cx, tx, id, &part, &is_found));
        if (!is_found)
            return ERROR(cx, media_upload_parts, "a part was given up meanwhile");
        TRY(media_repo_delete_upload(cx, tx, id));
    }
    TRY(media_repo_insert_upload(cx, tx, joining->upload, clock_now(cx)));
    return media_hold_blob(cx, tx, &joining->key, joining->upload->id, BLOB_OF_UPLOAD);
}

static struct error *join(struct ctx *cx, struct joining *joining)
{
    struct upload_row *upload = joining->upload;
    TRY(append_parts(cx, joining));
    sha256_end(TAKE_PTR(joining->hash), joining->key.sha256);
    TRY(media_store_blob(cx, joining->fd, &joining->key, upload->length));
    upload->status = UPLOAD_COMPLETE;
    upload->received = upload->length;
    upload->sha256 = str_from(arena_dup(cx->arena, joining->key.sha256, SHA256_BYTES), SHA256_BYTES);
    /* Serializable, since two of these may name the same parts in another order. */
    return db_transact(cx, TX_SERIALIZABLE, exchange_parts, joining);
}

static void delete_staged(struct ctx *cx, const struct joining *joining)
{
    for (size_t i = 0; i < joining->parts->count; i++) /* what fails here is swept later */
        error_ignore(storage_stage_delete(cx, *ARRAY_AT(struct id, *joining->parts, i)));
}

struct error *media_join_uploads(struct ctx *cx, const struct array *parts, struct upload_row *upload)
{
    struct joining joining = {.parts = parts, .upload = upload, .fd = -1};
    TRY(check_parts(cx, &joining));
    TRY(storage_stage_create(cx, upload->id, &joining.fd));
    joining.hash = sha256_begin();
    joining.piece = mem_alloc(COPY_BYTES);
    struct error *error = join(cx, &joining);
    mem_free(joining.piece);
    sha256_abandon(joining.hash);
    cleanup_fd(&joining.fd);
    error_ignore(storage_stage_delete(cx, upload->id));
    if (error == NULL)
        delete_staged(cx, &joining);
    return error;
}
