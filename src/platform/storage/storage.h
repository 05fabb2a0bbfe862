/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Content-addressed blobs, by SHA-256, in a local directory now and S3 later behind the same calls. A blob is written to a
 * staging file, flushed (file and directory) and only then given its name; what has a name is whole. Who references a blob,
 * and when it may go, is modules/media's matter. */
#ifndef PLATFORM_STORAGE_STORAGE_H
#define PLATFORM_STORAGE_STORAGE_H

#include "base/data/vec.h"

#include "platform/config/config.h"
#include "platform/crypto/crypto.h"
#include "platform/ctx/ctx.h"

struct blob_key {
    uint8_t sha256[SHA256_BYTES];
};

extern const struct setting_group
    storage_settings_group; /* LATHE_STORAGE_DIR (media below the data directory), free-space floor */

#define STORAGE_REASONS(X)                                                                                   \
    X(storage_full, "common.storage_full", FULL, "The storage has no room left")                             \
    X(storage_missing, "common.blob_missing", NOT_FOUND, "A file that should be there is missing")           \
    X(storage_failed, "common.storage_failed", UNAVAILABLE, "The storage cannot be read or written")

REASONS_DECLARE(STORAGE_REASONS);
extern const struct reason *const storage_reasons[];

MUST_USE struct error *storage_open(struct arena *arena, const struct config *config, struct str data_dir,
                                    struct storage **ret_storage);
void storage_close(struct storage *storage); /* accepts NULL */

/* A nameless scratch file (O_TMPFILE where possible) in the staging directory; the caller owns the descriptor. */
MUST_USE struct error *storage_scratch(struct ctx *cx, int *ret_fd);

/* A named staging file that survives restarts (uploads): created empty, or opened again for appending. name is ours: an id. */
MUST_USE struct error *storage_stage_create(struct ctx *cx, struct id name, int *ret_fd);
MUST_USE struct error *storage_stage_open(struct ctx *cx, struct id name, int *ret_fd);
MUST_USE struct error *storage_stage_delete(struct ctx *cx, struct id name); /* absent is fine */
/* Makes the open staging file exactly so long again as it was when that much was acknowledged. Errors: storage_missing when it
 * is shorter. */
MUST_USE struct error *storage_stage_cut(struct ctx *cx, int fd, int64_t size_bytes);
/* One writer at a time, over all processes: false when another descriptor of the file holds it. Ends with the descriptor. */
MUST_USE bool storage_stage_lock(int fd);
/* Names of all staging files with their time of last change, for expiry. */
struct storage_staged {
    struct id name;
    struct instant changed;
    int64_t size_bytes;
};
MUST_USE struct error *storage_stage_list(struct ctx *cx, struct array *ret_staged);

/* Writes everything at an offset, on the blocking pool. Errors: full (nothing half-kept is the caller's to truncate). */
MUST_USE struct error *storage_write(struct ctx *cx, int fd, int64_t offset, const void *bytes, size_t len);
/* fsync of the file, on the blocking pool. After an error nothing written since the last success may be trusted, even when a
 * later call succeeds (the kernel may have dropped those pages): it is written again. */
MUST_USE struct error *storage_sync(struct ctx *cx, int fd);
/* Whether the disk keeps a byte: written and flushed to a nameless file, at most once a second. Errors: storage_full, storage_failed. */
MUST_USE struct error *storage_probe(struct ctx *cx);

/* The key of what the descriptor holds from its start; its offset is not moved. */
MUST_USE struct error *storage_hash(struct ctx *cx, int fd, struct blob_key *ret_key,
                                    int64_t *ret_size_bytes);

/* Hashes the file, flushes it and makes it the blob of its hash (by link); the descriptor stays the caller's. known_key: skip
 * hashing when the caller hashed on the way (NULL: hash here). Idempotent. */
MUST_USE struct error *storage_seal(struct ctx *cx, int fd, const struct blob_key *known_key,
                                    struct blob_key *ret_key, int64_t *ret_size_bytes);
/* The same for small bytes in memory. */
MUST_USE struct error *storage_put(struct ctx *cx, struct str bytes, struct blob_key *ret_key);

/* A read-only descriptor, the caller's. Errors: storage_missing. */
MUST_USE struct error *storage_read(struct ctx *cx, const struct blob_key *key, int *ret_fd,
                                    int64_t *ret_size_bytes);
MUST_USE struct error *storage_delete(struct ctx *cx, const struct blob_key *key); /* absent is fine */
/* Reads it through and compares its hash; ret_whole false when it differs. */
MUST_USE struct error *storage_verify(struct ctx *cx, const struct blob_key *key, bool *ret_whole);
/* Keys of everything stored, for `lathe check` and backup; visits in key order. */
typedef struct error *(*storage_visit_fn)(struct ctx *cx, const struct blob_key *key, int64_t size_bytes,
                                          void *arg);
MUST_USE struct error *storage_each(struct ctx *cx, storage_visit_fn visit, void *arg);

struct str blob_key_str(struct arena *arena, const struct blob_key *key); /* 64 hex digits */
MUST_USE bool blob_key_parse(struct str text, struct blob_key *ret_key);

#endif
