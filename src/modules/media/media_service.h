/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Use cases of media, for its own HTTP files. Others use media.h. */
#ifndef MODULES_MEDIA_MEDIA_SERVICE_H
#define MODULES_MEDIA_MEDIA_SERVICE_H

#include "platform/config/config.h"

#include "modules/media/media.h"
#include "modules/media/media_domain.h"
#include "modules/media/media_repo.h"

struct media_settings {
    int64_t max_master_bytes, max_stems_bytes, max_image_bytes;
    int64_t quota_bytes;        /* per account; 0: none */
    int64_t upload_lifetime_us; /* of an upload without progress */
    int64_t blob_grace_us;      /* from the last reference to deletion */
    struct str clamd;           /* "host:port" or "unix:/path"; empty: no scan */
};
extern const struct setting_group media_settings_group;

struct media_state {
    const struct media_settings *settings;
};
struct media_state *media_state_of(const struct ctx *cx);

/* Most bytes of an upload for the purpose; MEDIA_NO_PURPOSE: of any. */
int64_t media_max_bytes(const struct ctx *cx, int32_t purpose);

/* --- uploads --- */

struct media_upload_request {
    struct upload_concat concat;
    int64_t length; /* of UPLOAD_JOINED: not given */
    struct upload_metadata metadata;
    struct str metadata_text; /* as sent */
};
/* Errors: invalid (purpose), media_upload_too_large, media_quota, media_upload_parts, storage_full. A joined upload is complete
 * when this returns. */
MUST_USE struct error *media_create_upload(struct ctx *cx, const struct media_upload_request *request,
                                           struct upload_row *ret_upload);

/* The caller's own; one that has received everything is finished before it is shown. Errors: not_found. */
MUST_USE struct error *media_load_upload(struct ctx *cx, struct id id, struct upload_row *ret_upload);

/* Where the bytes come from: as exchange_read. */
struct upload_source {
    struct error *(*read)(void *arg, void *buf, size_t capacity, size_t *ret_len);
    void *arg;
};
struct media_append {
    struct id upload_id;
    int64_t offset;
    struct upload_checksum checksum; /* of these bytes */
    struct upload_source source;
};
/* Appends what the source gives. What returns success is durable. When the client goes away, what came is flushed and kept
 * (unless it has a checksum); any other failure leaves the upload at the offset acknowledged last.
 * Errors: not_found, media_upload_offset, media_upload_busy, media_upload_checksum, too_large, storage_full. */
MUST_USE struct error *media_append_upload(struct ctx *cx, const struct media_append *append,
                                           struct upload_row *ret_upload);

/* Errors: not_found, media_upload_used. */
MUST_USE struct error *media_delete_upload(struct ctx *cx, struct id id);

/* --- within the module --- */

MUST_USE struct error *media_check_upload_length(struct ctx *cx, const struct upload_row *upload);

/* Seals the staging file of an upload that has received everything, as often as asked; upload becomes the complete row. */
MUST_USE struct error *media_finish_upload(struct ctx *cx, int fd, struct upload_row *upload);
/* Puts an upload together from parts of the caller. */
MUST_USE struct error *media_join_uploads(struct ctx *cx, const struct array *parts,
                                          struct upload_row *upload);
/* Runs fn(cx, arg) on a fiber of its own, which a cancel of this one does not reach, and waits for it. */
struct error *media_run_undisturbed(struct ctx *cx, struct error *(*fn)(struct ctx *cx, void *arg),
                                    void *arg);

/* A file becomes a blob: announced, so that nothing deletes it, then sealed under its key. */
MUST_USE struct error *media_store_blob(struct ctx *cx, int fd, const struct blob_key *key,
                                        int64_t size_bytes);
/* The stored blob is held by the holder from this transaction on. */
MUST_USE struct error *media_hold_blob(struct ctx *cx, struct tx *tx, const struct blob_key *key,
                                       struct id holder_id, enum blob_purpose purpose);
/* The holder lets go of all it holds for that purpose. */
MUST_USE struct error *media_drop_blobs(struct ctx *cx, struct tx *tx, struct id holder_id,
                                        enum blob_purpose purpose);

/* Deletes expired uploads, staging files that nobody knows, and blobs that were dead long enough. */
MUST_USE struct error *media_sweep(struct ctx *cx);

#endif
