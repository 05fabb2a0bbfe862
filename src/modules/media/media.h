/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Facade of media: uploads, blobs and their references, assets and what processing makes of them. Owns upload, blob, blob_ref,
 * asset, rendition, image_variant. An asset is one uploaded thing in one role for one owner: a master recording, a stems
 * archive, a cover, an avatar. It knows nothing of specs: who uses an asset holds its id. */
#ifndef MODULES_MEDIA_MEDIA_H
#define MODULES_MEDIA_MEDIA_H

#include "base/data/vec.h"
#include "base/text/enum_table.h"

#include "platform/ctx/ctx.h"
#include "platform/storage/storage.h"

struct tx;

enum media_purpose { MEDIA_MASTER, MEDIA_STEMS, MEDIA_COVER, MEDIA_AVATAR, MEDIA_IMAGE };
enum media_status { MEDIA_QUEUED, MEDIA_RUNNING, MEDIA_READY, MEDIA_FAILED };
/* Where processing is. Not MEDIA_STAGE_…: those are the media program's. */
enum media_stage { MEDIA_AT_SCAN, MEDIA_AT_PROBE, MEDIA_AT_ANALYSE, MEDIA_AT_ENCODE, MEDIA_AT_PUBLISH };
extern const struct enum_table media_purpose_words, media_status_words, media_stage_words;

struct media_asset {
    struct id id;
    struct id owner_id;
    int32_t purpose, status, stage;
    double progress;           /* 0–1 */
    struct str problem_code;   /* failed: "media.truncated", … */
    struct str problem_detail; /* failed: a sentence for the owner */
    struct str file_name;      /* as uploaded, sanitised */
    int64_t size_bytes;
    struct blob_key original; /* delivered byte for byte */
    int64_t version;
    /* What analysis found; zero or absent until ready, and for assets that are not audio. */
    int64_t duration_ms;
    struct str codec; /* "flac", "pcm_s24le", "mp3" */
    int64_t sample_rate, channels, bit_depth;
    bool is_lossless;
    double bpm;             /* 0: not found */
    struct str musical_key; /* "a_minor"; absent: not found */
    double loudness_lufs, true_peak_dbtp, loudness_range_lu;
    struct str waveform;    /* JSON array of 64 bars, 0–100 */
    struct str fingerprint; /* Chromaprint, compressed, base64url */
};

#define MEDIA_REASONS(X)                                                                                     \
    X(media_tus_version, "media.tus_version", PRECONDITION, "Uploads speak tus 1.0.0: send Tus-Resumable")   \
    X(media_upload_header, "media.upload_header", MALFORMED,                                                 \
      "A header of the upload protocol is missing or malformed")                                             \
    X(media_upload_type, "media.upload_type", MEDIA_TYPE,                                                    \
      "Bytes of uploads are application/offset+octet-stream")                                                \
    X(media_upload_offset, "media.upload_offset", CONFLICT, "The upload is at another offset")               \
    X(media_upload_busy, "media.upload_busy", CONFLICT, "Another request is writing to this upload")         \
    X(media_upload_checksum, "media.upload_checksum", CHECKSUM,                                              \
      "The bytes do not have the checksum that was sent")                                                    \
    X(media_upload_parts, "media.upload_parts", CONFLICT, "The parts cannot be put together")                \
    X(media_upload_too_large, "media.upload_too_large", TOO_LARGE, "Larger than the limit of its purpose")   \
    X(media_upload_unfinished, "media.upload_unfinished", CONFLICT, "The upload is not complete yet")        \
    X(media_upload_purpose, "media.upload_purpose", INVALID, "The upload was declared for another purpose")  \
    X(media_upload_used, "media.upload_used", CONFLICT, "The upload is already used elsewhere")              \
    X(media_quota, "media.quota_exceeded", TOO_LARGE, "The account's storage quota is used up")              \
    X(media_infected, "media.infected", INVALID, "The virus scanner refused the file")                       \
    X(media_scan_unavailable, "media.scan_unavailable", UNAVAILABLE, "The virus scanner does not answer")    \
    X(media_not_ready, "media.not_ready", CONFLICT, "The file is still being processed")                     \
    X(media_link_invalid, "media.link_invalid", FORBIDDEN, "The link's signature is wrong")                  \
    X(media_link_expired, "media.link_expired", GONE, "The link has expired")

REASONS_DECLARE(MEDIA_REASONS);
extern const struct reason *const media_reasons[]; /* NULL-terminated */

extern const struct module media_module;

/* Turns a finished upload of the caller into an asset and queues its processing, in tx. Errors: not_found, media_upload_unfinished, media_upload_purpose, media_upload_used. */
MUST_USE struct error *media_adopt_upload(struct ctx *cx, struct tx *tx, struct id upload_id,
                                          enum media_purpose purpose, struct id *ret_asset_id);

/* What an upload of the caller has become; not found: nothing yet. For callers that may be asked twice. */
MUST_USE struct error *media_find_adopted(struct ctx *cx, struct tx *tx, struct id upload_id,
                                          struct id *ret_asset_id, bool *ret_found);

MUST_USE struct error *media_find_asset(struct ctx *cx, struct tx *tx, struct id asset_id,
                                        struct media_asset *ret_asset, bool *ret_found);

/* The fingerprint of a ready master for media_fingerprint_parse; empty when there is none. */
MUST_USE struct error *media_find_fingerprint(struct ctx *cx, struct tx *tx, struct id asset_id,
                                              struct str *ret_raw);

/* Drops the user's hold on an asset (replaced, deleted): its blobs go when nobody else refers to them. A sold file is held by
 * its licence: see media_hold. In tx. */
MUST_USE struct error *media_release_asset(struct ctx *cx, struct tx *tx, struct id asset_id);

/* A licence's hold on one file of an asset, for ever: survives release and replacement. In tx. */
MUST_USE struct error *media_hold(struct ctx *cx, struct tx *tx, struct id holder_id,
                                  const struct blob_key *key);
MUST_USE struct error *media_unhold(struct ctx *cx, struct tx *tx, struct id holder_id);

/* The files that can be delivered of a ready asset. */
enum media_file_kind {
    MEDIA_FILE_ORIGINAL,
    MEDIA_FILE_MP3,
    MEDIA_FILE_WAV,
    MEDIA_FILE_STEMS,
    MEDIA_FILE_PREVIEW
};
extern const struct enum_table media_file_kind_words;
struct media_file {
    int32_t kind;
    struct blob_key key;
    int64_t size_bytes;
    struct str content_type;
    struct str extension; /* "mp3" */
};
/* Array of struct media_file. WAV is there only for lossless masters. */
MUST_USE struct error *media_list_files(struct ctx *cx, struct tx *tx, struct id asset_id,
                                        struct array *ret_files);

/* HLS renditions of a ready master. */
struct media_rendition {
    struct id id;
    struct id asset_id;
    struct str name;                      /* "aac-96", "aac-160", "aac-256", "flac" */
    struct str codecs;                    /* RFC 6381: "mp4a.40.2", "fLaC" */
    int64_t bandwidth, average_bandwidth; /* bit/s */
    struct blob_key key;
    struct str
        segments; /* JSON [[offset, size, duration_us], …]; the first is the init segment with duration 0 */
};
MUST_USE struct error *media_list_renditions(struct ctx *cx, struct id asset_id,
                                             struct array *ret_renditions);
/* Renditions never change, so what is opened by one may be kept for a while. */
MUST_USE struct error *media_find_rendition(struct ctx *cx, struct id rendition_id,
                                            struct media_rendition *ret_rendition, bool *ret_found);

/* The public address of an image asset at a size (side in pixels: 64, 128, 512, 1024), for ever the same; nothing is there until the
 * asset is ready. Starts with a slash, or with LATHE_MEDIA_URL where a CDN stands before it. The same with .webp is there too. */
struct str media_image_url(struct ctx *cx, struct id asset_id, int side);

/* What stands before public addresses below /media: empty, or LATHE_MEDIA_URL. */
struct str media_public_prefix(const struct ctx *cx);

/* A signed link to a blob that works without login until it expires: GET /media/files/{sha256}?…; name is offered to the
 * browser. Counted and checked by whoever made it (licensing). With purpose "license" it works only while the holder holds the
 * file (media_hold), so a withdrawn licence ends its links at once. */
struct str media_file_url(struct ctx *cx, const struct media_file *file, struct str download_name,
                          struct str purpose, struct id holder_id, struct instant expires_at);

/* Progress for the owner, on the bus topic "asset:{id}": JSON of status, stage, progress, problem_code, problem_detail. Encoding and
 * analysis run together; what is left of the analysis comes after. */
/* Events (payload struct media_asset_event): media.asset.ready, media.asset.failed. */
struct media_asset_event {
    struct id asset_id;
    struct id owner_id;
};
extern const struct event_type media_asset_ready, media_asset_failed;

#endif
