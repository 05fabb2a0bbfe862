/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Use cases of streaming, for its own HTTP file. */
#ifndef MODULES_STREAMING_STREAMING_SERVICE_H
#define MODULES_STREAMING_STREAMING_SERVICE_H

#include "platform/ctx/ctx.h"

#include "modules/streaming/streaming.h"
#include "modules/streaming/streaming_domain.h"

struct streaming_state;
MUST_USE struct error *streaming_start(struct ctx *cx, const void *settings, void **ret_state);
void streaming_stop(void *arg);

#define STREAMING_REASONS(X)                                                                                 \
    X(streaming_not_entitled, "streaming.not_entitled", FORBIDDEN,                                           \
      "The whole recording is for its owner and for those who bought a licence")                             \
    X(streaming_token_invalid, "streaming.token_invalid", FORBIDDEN,                                         \
      "The playlist's token is wrong or has expired: ask for the stream again")                              \
    X(streaming_segment_expired, "streaming.segment_expired", FORBIDDEN,                                     \
      "The segment's address has expired: fetch the playlist again")                                         \
    X(streaming_not_ready, "streaming.not_ready", CONFLICT, "The recording is still being processed")

REASONS_DECLARE(STREAMING_REASONS);

struct streaming_offer {
    struct str hls_url;     /* absent: not entitled */
    struct str preview_url; /* absent: not ready */
    struct instant expires_at;
};
/* key: id, short code or slug of a spec that the caller may see. */
MUST_USE struct error *streaming_offer(struct ctx *cx, struct str key, struct streaming_offer *ret_offer);

/* Playlists ask the entitlement each time: of the caller, or of the account that the token names. */
MUST_USE struct error *streaming_master_playlist(struct ctx *cx, struct id spec_id, struct str token,
                                                 struct str *ret_playlist);
MUST_USE struct error *streaming_media_playlist(struct ctx *cx, struct id spec_id, struct str rendition_name,
                                                struct str token, struct str *ret_playlist);

/* A part of an open file. Give the file back with streaming_close_part. */
struct streaming_part {
    int fd;
    int64_t offset, size;
    uint64_t identity; /* of the file's bytes */
    const struct open_file *file;
};
/* Public, immutable, the same for everybody: no database, no hashing on this path. Errors: streaming_segment_expired, not_found. */
MUST_USE struct error *streaming_open_segment(struct ctx *cx, struct id rendition_id, int64_t window,
                                              struct str signature, int64_t number,
                                              struct streaming_part *ret_part);
MUST_USE struct error *streaming_open_preview(struct ctx *cx, struct id asset_id,
                                              struct streaming_part *ret_part);
void streaming_close_part(struct streaming_part *part);

#endif
