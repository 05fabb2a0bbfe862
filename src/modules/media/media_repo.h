/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Rows of media. One function per statement; tx may be NULL where it is not locked. */
#ifndef MODULES_MEDIA_MEDIA_REPO_H
#define MODULES_MEDIA_MEDIA_REPO_H

#include "base/data/vec.h"

#include "platform/ctx/ctx.h"
#include "platform/db/db.h"

#include "modules/media/media_domain.h"

/* --- uploads --- */

struct upload_row {
    struct id id, owner_id;
    int32_t purpose; /* enum media_purpose, or MEDIA_NO_PURPOSE */
    int32_t kind;    /* enum upload_kind */
    int32_t status;  /* enum upload_status */
    int64_t length, received;
    struct str hash_state; /* SHA256_STATE_BYTES */
    struct str sha256;     /* absent until complete */
    struct str file_name, file_type, metadata;
    struct id asset_id;
    struct instant expires_at;
};

MUST_USE struct error *media_repo_insert_upload(struct ctx *cx, struct tx *tx,
                                                const struct upload_row *upload, struct instant now);
MUST_USE struct error *media_repo_find_upload(struct ctx *cx, struct tx *tx, struct id id,
                                              struct upload_row *ret_upload, bool *ret_found);
MUST_USE struct error *media_repo_lock_upload(struct ctx *cx, struct tx *tx, struct id id,
                                              struct upload_row *ret_upload, bool *ret_found);
/* From `before` to upload->received; not moved when somebody else moved it, or it is gone. */
MUST_USE struct error *media_repo_update_upload_received(struct ctx *cx, struct tx *tx,
                                                         const struct upload_row *upload, int64_t before,
                                                         struct instant now, bool *ret_moved);
MUST_USE struct error *media_repo_complete_upload(struct ctx *cx, struct tx *tx,
                                                  const struct upload_row *upload, struct instant now,
                                                  bool *ret_completed);
MUST_USE struct error *media_repo_adopt_upload(struct ctx *cx, struct tx *tx, struct id id,
                                               struct id asset_id, struct instant now);
MUST_USE struct error *media_repo_delete_upload(struct ctx *cx, struct tx *tx, struct id id);
/* Array of struct db_id. */
MUST_USE struct error *media_repo_list_expired_uploads(struct ctx *cx, struct instant now, int64_t limit,
                                                       struct array *ret_ids);
MUST_USE struct error *media_repo_delete_expired_upload(struct ctx *cx, struct tx *tx, struct id id,
                                                        struct instant now, bool *ret_deleted);
MUST_USE struct error *media_repo_delete_adopted_uploads(struct ctx *cx, struct instant before);
/* Those of the ids that still take bytes; array of struct db_id. */
MUST_USE struct error *media_repo_list_open_uploads(struct ctx *cx, struct array ids, struct array *ret_ids);
MUST_USE struct error *media_repo_sum_usage(struct ctx *cx, struct tx *tx, struct id owner_id,
                                            int64_t *ret_used_bytes);

/* --- blobs --- */

enum blob_purpose { BLOB_OF_UPLOAD, BLOB_ORIGINAL, BLOB_MADE, BLOB_LICENSED };

struct blob_row {
    struct str sha256;
    int64_t size_bytes;
};

/* Its row is there and will not be doomed for a day; false while it is being deleted. */
MUST_USE struct error *media_repo_announce_blob(struct ctx *cx, struct tx *tx, const struct blob_key *key,
                                                int64_t size_bytes, struct instant now, bool *ret_announced);
/* The announced blob is alive from now on; false when it was doomed all the same. */
MUST_USE struct error *media_repo_revive_blob(struct ctx *cx, struct tx *tx, const struct blob_key *key,
                                              bool *ret_alive);
MUST_USE struct error *media_repo_insert_ref(struct ctx *cx, struct tx *tx, const struct blob_key *key,
                                             struct id holder_id, enum blob_purpose purpose);
/* Array of struct blob_row whose size is 0: what the holder refers to for that purpose. */
MUST_USE struct error *media_repo_list_refs(struct ctx *cx, struct tx *tx, struct id holder_id,
                                            enum blob_purpose purpose, struct array *ret_blobs);
MUST_USE struct error *media_repo_delete_refs(struct ctx *cx, struct tx *tx, struct id holder_id,
                                              enum blob_purpose purpose);
/* Dead since now, when nobody refers to it. */
MUST_USE struct error *media_repo_bury_blob(struct ctx *cx, struct tx *tx, struct str sha256,
                                            struct instant now);
/* At most limit of those dead since before then. */
MUST_USE struct error *media_repo_doom_blobs(struct ctx *cx, struct instant before, int64_t limit);
/* Array of struct blob_row. */
MUST_USE struct error *media_repo_list_doomed_blobs(struct ctx *cx, int64_t limit, struct array *ret_blobs);
MUST_USE struct error *media_repo_delete_doomed_blob(struct ctx *cx, struct str sha256);
/* The living ones after a key, in order; array of struct blob_row. */
MUST_USE struct error *media_repo_list_blobs(struct ctx *cx, struct str after, int64_t limit,
                                             struct array *ret_blobs);
MUST_USE struct error *media_repo_find_blob(struct ctx *cx, struct str sha256, struct blob_row *ret_blob,
                                            bool *ret_found);
/* Whether the holder holds that blob. */
MUST_USE struct error *media_repo_find_ref(struct ctx *cx, const struct blob_key *key, struct id holder_id,
                                           enum blob_purpose purpose, bool *ret_found);
/* Blobs that things made of assets name and nothing holds; array of struct blob_row. */
MUST_USE struct error *media_repo_list_unheld(struct ctx *cx, struct str after, int64_t limit,
                                              struct array *ret_blobs);

/* --- assets --- */

/* What processing asks of an asset. */
struct asset_row {
    struct id id, owner_id;
    int32_t purpose, status;
    struct str file_name;
    int64_t size_bytes;
    struct str original; /* SHA-256 */
    int64_t version;
};

struct audio_row {
    struct id asset_id;
    struct str container, codec;
    bool is_lossless;
    int64_t duration_ms, sample_rate, channels, bit_depth, bit_rate;
    double loudness_lufs, loudness_range_lu, true_peak_dbtp, bpm;
    struct str musical_key; /* absent: none found */
    struct str waveform;    /* JSON array of 64 bars */
    struct str waveform_fine, fingerprint, fingerprint_raw;
    struct str tags; /* JSON object */
};

struct rendition_row {
    struct id id, asset_id;
    struct str name, codecs;
    int64_t sample_rate, channels, bandwidth, average_bandwidth;
    struct str sha256;
    int64_t size_bytes;
    struct str segments;
};

struct file_row {
    int32_t kind; /* enum media_file_kind */
    struct str sha256;
    int64_t size_bytes;
    struct str content_type, extension;
};

struct variant_row {
    struct str name, sha256;
    int64_t size_bytes;
};

MUST_USE struct error *media_repo_insert_asset(struct ctx *cx, struct tx *tx, const struct asset_row *asset,
                                               struct instant now);
/* Released ones are not found by any of these. */
/* Empty when there is none. */
MUST_USE struct error *media_repo_find_fingerprint(struct ctx *cx, struct tx *tx, struct id asset_id,
                                                   struct str *ret_raw);
MUST_USE struct error *media_repo_find_asset(struct ctx *cx, struct tx *tx, struct id id,
                                             struct media_asset *ret_asset, bool *ret_found);
MUST_USE struct error *media_repo_lock_asset(struct ctx *cx, struct tx *tx, struct id id,
                                             struct asset_row *ret_asset, bool *ret_found);
/* The ends of processing happen once: not done when it is over already. */
MUST_USE struct error *media_repo_update_asset_progress(struct ctx *cx, struct id id, enum media_stage stage,
                                                        double progress, struct instant now, bool *ret_done);
MUST_USE struct error *media_repo_finish_asset(struct ctx *cx, struct tx *tx, struct id id,
                                               int64_t made_bytes, struct instant now, bool *ret_done);
struct asset_problem {
    struct str code, detail;
    int64_t stored_bytes; /* what is kept all the same, and counts */
};
MUST_USE struct error *media_repo_fail_asset(struct ctx *cx, struct tx *tx, struct id id,
                                             const struct asset_problem *problem, struct instant now,
                                             bool *ret_done);
MUST_USE struct error *media_repo_release_asset(struct ctx *cx, struct tx *tx, struct id id,
                                                struct instant now, bool *ret_done);

MUST_USE struct error *media_repo_insert_audio(struct ctx *cx, struct tx *tx, const struct audio_row *audio);
MUST_USE struct error *media_repo_insert_rendition(struct ctx *cx, struct tx *tx,
                                                   const struct rendition_row *rendition, int32_t position);
/* Array of struct rendition_row. */
MUST_USE struct error *media_repo_list_renditions(struct ctx *cx, struct id asset_id,
                                                  struct array *ret_renditions);
MUST_USE struct error *media_repo_find_rendition(struct ctx *cx, struct id id,
                                                 struct rendition_row *ret_rendition, bool *ret_found);
MUST_USE struct error *media_repo_insert_file(struct ctx *cx, struct tx *tx, struct id asset_id,
                                              const struct file_row *file);
/* Array of struct file_row. */
MUST_USE struct error *media_repo_list_files(struct ctx *cx, struct tx *tx, struct id asset_id,
                                             struct array *ret_files);
MUST_USE struct error *media_repo_find_file(struct ctx *cx, struct id asset_id, enum media_file_kind kind,
                                            struct file_row *ret_file, bool *ret_found);
struct variant_size {
    int32_t width, height;
};
MUST_USE struct error *media_repo_insert_variant(struct ctx *cx, struct tx *tx, struct id asset_id,
                                                 const struct variant_row *variant, struct variant_size size);
MUST_USE struct error *media_repo_find_variant(struct ctx *cx, struct id asset_id, struct str name,
                                               struct variant_row *ret_variant, bool *ret_found);

#endif
