/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Use cases of media, for its own HTTP files. Others use media.h. */
#ifndef MODULES_MEDIA_MEDIA_SERVICE_H
#define MODULES_MEDIA_MEDIA_SERVICE_H

#include "platform/config/config.h"
#include "platform/module/module.h"
#include "platform/storage/open_files.h"

#include "media/protocol.h"
#include "modules/media/media.h"
#include "modules/media/media_domain.h"
#include "modules/media/media_repo.h"

struct media_settings {
    int64_t max_master_bytes, max_stems_bytes, max_image_bytes;
    int64_t quota_bytes;        /* per account; 0: none */
    int64_t upload_lifetime_us; /* of an upload without progress */
    int64_t blob_grace_us;      /* from the last reference to deletion */
    struct str clamd;           /* "host:port" or "unix:/path"; empty: no scan */
    bool is_clamd_line_private; /* something else protects what is said to it */
    struct str media_url;       /* before public addresses, without a trailing slash; empty: none */
};
extern const struct setting_group media_settings_group;

struct media_state {
    const struct media_settings *settings;
    struct open_files *images;
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

/* --- processing --- */

extern const struct job_type media_process_job, media_sweep_job;
extern const struct module_check media_checks[];

/* --- delivery --- */

struct media_link {
    struct blob_key key;
    struct str name, content_type, purpose;
    struct id holder_id;
    int64_t expires; /* microseconds since 1970 */
    struct str signature;
};
/* A file that is open for one reply; the caller closes it. */
struct media_open_file {
    int fd;
    int64_t size_bytes;
};
/* Errors: media_link_invalid, media_link_expired, storage_missing. */
MUST_USE struct error *media_open_link(struct ctx *cx, const struct media_link *link,
                                       struct media_open_file *ret_file);

/* A variant of a picture ("512.jpg"), pinned; its facts are its key in hex. Errors: not_found. */
MUST_USE struct error *media_open_image(struct ctx *cx, struct id asset_id, struct str name,
                                        const struct open_file **ret_file);

/* --- within the module --- */

/* Where processing is, for the row and for whoever watches. Errors: gone, when the asset was released or is over. */
MUST_USE struct error *media_report_progress(struct ctx *cx, struct id asset_id, enum media_stage stage,
                                             double progress);

/* A file that the media program made: what it says of it, and the bytes. */
struct media_made {
    struct media_job_rendition facts;
    int fd; /* -1 once closed */
    struct blob_key key;
};
struct media_outcome {
    struct media_made made[MEDIA_JOB_OUTPUTS_MAX];
    size_t made_count;
    struct media_job_event last; /* audio, image or stems */
};
void media_outcome_fini(struct media_outcome *outcome); /* closes what is open */
/* Runs the media program over the original. ret_outcome is the caller's to empty, also after an error. Errors: the media program's
 * reasons, sandbox_…, storage_…, and those of media_report_progress. */
MUST_USE struct error *media_run_child(struct ctx *cx, const struct asset_row *asset, int input_fd,
                                       struct media_outcome *ret_outcome);
/* Stores what was made and makes the asset ready, in one transaction. */
MUST_USE struct error *media_publish(struct ctx *cx, const struct asset_row *asset,
                                     struct media_outcome *outcome);

/* Asks the scanner, if there is one. Errors: media_infected, media_scan_unavailable. */
MUST_USE struct error *media_scan(struct ctx *cx, int fd);

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
/* The holder lets go of all it holds for that purpose; what nobody else holds counts as dead since then. */
MUST_USE struct error *media_drop_blobs(struct ctx *cx, struct tx *tx, struct id holder_id,
                                        enum blob_purpose purpose, struct instant dead_since);
struct blob_key media_blob_key(struct str sha256);

/* Deletes expired uploads, staging files that nobody knows, and blobs that were dead long enough. */
MUST_USE struct error *media_sweep(struct ctx *cx);

#endif
