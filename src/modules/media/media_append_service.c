/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Bytes of an upload: read with back-pressure, hashed on the way, flushed before they are acknowledged. */
#include "base/mem/alloc.h"
#include "base/mem/cleanup.h"

#include "platform/clock/clock.h"
#include "platform/crypto/digest.h"
#include "platform/fault/fault.h"
#include "platform/fiber/fiber.h"
#include "platform/fiber/pool.h"

#include "modules/media/media_service.h"

enum { PIECE_BYTES = 256 << 10 };
/* A crash of the server loses at most so much of a long request. */
static const int64_t checkpoint_bytes = 32 << 20;

/* One request's writing. acknowledged: what the row says and the disk has; written: what the file has behind it. */
struct appending {
    const struct media_append *append;
    struct upload_row *upload; /* received is what is acknowledged */
    int fd;
    char *piece; /* owned */
    size_t piece_len;
    int64_t written;
    struct sha256_stream *hash;     /* of everything written; owned */
    struct digest_stream *checksum; /* of this request; owned; NULL: none was sent */
};

static void appending_fini(struct appending *appending)
{
    mem_free(appending->piece);
    sha256_abandon(appending->hash);
    digest_abandon(appending->checksum);
    cleanup_fd(&appending->fd);
}

/* --- on the way to the disk --- */

static void hash_piece(void *arg)
{
    struct appending *appending = arg;
    sha256_feed(appending->hash, appending->piece, appending->piece_len);
    if (appending->checksum != NULL)
        digest_feed(appending->checksum, appending->piece, appending->piece_len);
}

static struct error *write_piece(struct ctx *cx, struct appending *appending)
{
    if (appending->piece_len == 0)
        return NULL;
    TRY(storage_write(cx, appending->fd, appending->written, appending->piece, appending->piece_len));
    TRY(pool_call(cx, cx->platform->blocking_pool, hash_piece, appending));
    appending->written += (int64_t)appending->piece_len;
    appending->piece_len = 0;
    return NULL;
}

/* What is written becomes what is acknowledged: flushed, then told to the row. */
static struct error *acknowledge(struct ctx *cx, struct appending *appending)
{
    struct upload_row *upload = appending->upload;
    uint8_t state[SHA256_STATE_BYTES];
    int64_t before = upload->received;
    bool is_moved = false;
    if (appending->written == before)
        return NULL;
    TRY(storage_sync(cx, appending->fd));
    FAULT_POINT(cx, "media.upload.synced");
    sha256_save(appending->hash, state);
    struct upload_row moved = *upload;
    moved.received = appending->written;
    moved.hash_state = str_from((const char *)state, sizeof(state));
    moved.expires_at = instant_add_us(clock_now(cx), media_state_of(cx)->settings->upload_lifetime_us);
    TRY(media_repo_update_upload_received(cx, NULL, &moved, before, clock_now(cx), &is_moved));
    if (!is_moved)
        return ERROR_CODE(cx, NOT_FOUND, "the upload was given up meanwhile");
    moved.hash_state = str_from(arena_dup(cx->arena, state, sizeof(state)), sizeof(state));
    *upload = moved;
    return NULL;
}

/* A request with a checksum counts as a whole or not at all. */
static struct error *checkpoint(struct ctx *cx, struct appending *appending)
{
    bool is_due = appending->written - appending->upload->received >= checkpoint_bytes;
    return is_due && appending->checksum == NULL ? acknowledge(cx, appending) : NULL;
}

static struct error *take_all(struct ctx *cx, struct appending *appending)
{
    const struct upload_source *source = &appending->append->source;
    size_t got = 1;
    while (got != 0) {
        size_t room = PIECE_BYTES - appending->piece_len;
        TRY(source->read(source->arg, appending->piece + appending->piece_len, room, &got));
        appending->piece_len += got;
        int64_t reached = appending->written + (int64_t)appending->piece_len;
        if (reached > appending->upload->length)
            return ERROR_CODE(cx, TOO_LARGE, "more bytes than the upload's length of %lld",
                              (long long)appending->upload->length);
        if (appending->piece_len == PIECE_BYTES || got == 0)
            TRY(write_piece(cx, appending));
        TRY(checkpoint(cx, appending));
    }
    return NULL;
}

/* --- the end of a request --- */

static struct error *check_checksum(struct ctx *cx, struct appending *appending)
{
    if (appending->checksum == NULL)
        return NULL;
    uint8_t digest[DIGEST_MAX_BYTES];
    struct str sent = appending->append->checksum.digest;
    size_t len = digest_bytes(appending->checksum);
    digest_end(TAKE_PTR(appending->checksum), digest);
    if (sent.len == len && memcmp(sent.ptr, digest, len) == 0)
        return NULL;
    return ERROR(cx, media_upload_checksum,
                 "the bytes do not have the checksum that was sent; none were kept");
}

static struct error *keep_what_came(struct ctx *cx, void *arg)
{
    struct appending *appending = arg;
    TRY(write_piece(cx, appending));
    return acknowledge(cx, appending);
}

static struct error *drop_what_came(struct ctx *cx, void *arg)
{
    struct appending *appending = arg;
    return storage_stage_cut(cx, appending->fd, appending->upload->received);
}

/* The client went away or was too slow: its bytes are worth keeping. Everything else leaves what was acknowledged before. */
static void settle_failure(struct ctx *cx, struct appending *appending, const struct error *error)
{
    enum error_code code = error->reason->code;
    bool is_kept = (code == ERROR_CANCELLED || code == ERROR_TIMEOUT) && appending->checksum == NULL;
    struct error *failure = is_kept ? media_run_undisturbed(cx, keep_what_came, appending) : NULL;
    if (!is_kept ||
        failure !=
            NULL) /* what is behind the acknowledged offset is cut off at the next request at the latest */
        error_ignore(media_run_undisturbed(cx, drop_what_came, appending));
}

static struct error *append_all(struct ctx *cx, struct appending *appending)
{
    TRY(take_all(cx, appending));
    TRY(check_checksum(cx, appending));
    return acknowledge(cx, appending);
}

/* --- the beginning of a request --- */

static struct error *open_checksum(struct ctx *cx, const struct upload_checksum *checksum,
                                   struct digest_stream **ret_stream)
{
    int kind = 0;
    if (checksum->algorithm.ptr == NULL)
        return NULL;
    if (!enum_parse(&digest_kind_words, checksum->algorithm, &kind))
        return ERROR(cx, media_upload_header, "checksums are taken by sha1, sha256 and sha512");
    *ret_stream = digest_begin((enum digest_kind)kind);
    return NULL;
}

static struct error *check_offset(struct ctx *cx, const struct upload_row *upload, int64_t offset)
{
    if (upload->kind == UPLOAD_JOINED)
        return ERROR_CODE(cx, FORBIDDEN, "an upload that was put together takes no bytes of its own");
    if (offset == upload->received)
        return NULL;
    return ERROR(cx, media_upload_offset, "the upload is at offset %lld", (long long)upload->received);
}

/* The one writer, with the file as it was acknowledged. The row is read again: it may have moved before the lock was ours. */
static struct error *begin(struct ctx *cx, struct appending *appending)
{
    struct upload_row *upload = appending->upload;
    TRY(storage_stage_open(cx, upload->id, &appending->fd));
    if (!storage_stage_lock(appending->fd))
        return ERROR(cx, media_upload_busy, "another request is writing to this upload");
    TRY(media_load_upload(cx, upload->id, upload));
    TRY(check_offset(cx, upload, appending->append->offset));
    TRY(storage_stage_cut(cx, appending->fd, upload->received));
    appending->hash = sha256_restore((const uint8_t *)upload->hash_state.ptr);
    if (appending->hash == NULL)
        return ERROR_CODE(cx, INTERNAL, "the stored state of an upload's hash cannot be read");
    appending->written = upload->received;
    appending->piece = mem_alloc(PIECE_BYTES);
    return open_checksum(cx, &appending->append->checksum, &appending->checksum);
}

static struct error *run(struct ctx *cx, struct appending *appending)
{
    TRY(begin(cx, appending));
    struct error *error = append_all(cx, appending);
    if (error != NULL) {
        settle_failure(cx, appending, error);
        return error;
    }
    if (appending->upload->received < appending->upload->length)
        return NULL;
    return media_finish_upload(cx, appending->fd, appending->upload);
}

struct error *media_append_upload(struct ctx *cx, const struct media_append *append,
                                  struct upload_row *ret_upload)
{
    struct upload_row upload;
    TRY(media_load_upload(cx, append->upload_id, &upload));
    TRY(check_offset(cx, &upload, append->offset));
    if (upload.status == UPLOAD_OPEN) {
        struct appending appending = {.append = append, .upload = &upload, .fd = -1};
        struct error *error = run(cx, &appending);
        appending_fini(&appending);
        TRY(error);
    }
    *ret_upload = upload;
    return NULL;
}

/* --- out of reach of a cancel --- */

struct undisturbed {
    struct ctx cx;
    struct error *(*fn)(struct ctx *cx, void *arg);
    void *arg;
    struct error *error;
    struct fiber *waits_for_me;
    bool has_ended;
};

static void run_undisturbed(void *arg)
{
    struct undisturbed *work = arg;
    work->error = work->fn(&work->cx, work->arg);
    work->has_ended = true;
    fiber_wake(work->waits_for_me);
}

struct error *media_run_undisturbed(struct ctx *cx, struct error *(*fn)(struct ctx *cx, void *arg), void *arg)
{
    static const int64_t enough_us = 30 * US_PER_SECOND;
    struct undisturbed work = {.cx = *cx, .fn = fn, .arg = arg, .waits_for_me = fiber_self()};
    work.cx.deadline_us = loop_now_us() + enough_us;
    if (fiber_spawn("media undisturbed", run_undisturbed, &work) == NULL)
        return fn(cx, arg);
    while (!work.has_ended)
        fiber_park_firmly();
    return work.error;
}
