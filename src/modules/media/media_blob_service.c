/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Blobs and who holds them.
 *
 * A blob is announced (its row is dead since now), sealed, and only then held. The sweep dooms rows that were dead for long,
 * deletes their files and then the rows. A file that is announced while its old row is doomed waits until that is over, so
 * nothing that was sealed after its announcement is ever deleted under its holder. */
#include "platform/clock/clock.h"
#include "platform/fiber/fiber.h"

#include "modules/media/media_service.h"

enum { ANNOUNCE_TRIES = 50 };
static const int64_t announce_pause_us = 100 * US_PER_MS;

static struct error *announce(struct ctx *cx, const struct blob_key *key, int64_t size_bytes)
{
    for (int i = 0; i < ANNOUNCE_TRIES; i++) {
        bool is_announced = false;
        TRY(media_repo_announce_blob(cx, NULL, key, size_bytes, clock_now(cx), &is_announced));
        if (is_announced)
            return NULL;
        TRY(fiber_sleep_until(cx, loop_now_us() + announce_pause_us));
    }
    return ERROR_CODE(cx, UNAVAILABLE, "an earlier file of the same content is just being deleted");
}

struct error *media_store_blob(struct ctx *cx, int fd, const struct blob_key *key, int64_t size_bytes)
{
    struct blob_key sealed;
    int64_t sealed_bytes = 0;
    TRY(announce(cx, key, size_bytes));
    TRY(storage_seal(cx, fd, key, &sealed, &sealed_bytes));
    if (sealed_bytes == size_bytes)
        return NULL;
    return ERROR_CODE(cx, INTERNAL, "a file of %lld bytes was sealed as one of %lld", (long long)sealed_bytes,
                      (long long)size_bytes);
}

struct error *media_hold_blob(struct ctx *cx, struct tx *tx, const struct blob_key *key, struct id holder_id,
                              enum blob_purpose purpose)
{
    bool is_alive = false;
    TRY(media_repo_revive_blob(cx, tx, key, &is_alive));
    if (!is_alive)
        return ERROR_CODE(cx, UNAVAILABLE, "a stored file is being deleted");
    return media_repo_insert_ref(cx, tx, key, holder_id, purpose);
}

struct blob_key media_blob_key(struct str sha256)
{
    struct blob_key key;
    REQUIRE(sha256.len == sizeof(key.sha256));
    memcpy(key.sha256, sha256.ptr, sizeof(key.sha256));
    return key;
}

struct error *media_drop_blobs(struct ctx *cx, struct tx *tx, struct id holder_id, enum blob_purpose purpose,
                               struct instant dead_since)
{
    struct array blobs = {0};
    TRY(media_repo_list_refs(cx, tx, holder_id, purpose, &blobs));
    TRY(media_repo_delete_refs(cx, tx, holder_id, purpose));
    for (size_t i = 0; i < blobs.count; i++) /* in key order, as everybody locks them */
        TRY(media_repo_bury_blob(cx, tx, ARRAY_AT(struct blob_row, blobs, i)->sha256, dead_since));
    return NULL;
}
