/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Blobs that are being streamed, kept open for a while: one table per loop, least recently used go first, a file that is in use
 * stays. Opening costs a hop to the blocking pool, a look-up does not. */
#ifndef MODULES_STREAMING_STREAMING_FILES_SERVICE_H
#define MODULES_STREAMING_STREAMING_FILES_SERVICE_H

#include "platform/ctx/ctx.h"
#include "platform/storage/storage.h"

struct open_files;

struct open_file {
    struct blob_key key;
    int fd;
    int64_t size_bytes;
    int users;
    int64_t used_us;
    bool is_kept; /* in the table; else it is closed by its last user */
};

struct open_files *open_files_new(void);
void open_files_free(struct open_files *files); /* nobody uses any; accepts NULL */

/* Same loop for both. Errors: storage_missing. */
MUST_USE struct error *open_files_take(struct ctx *cx, struct open_files *files, const struct blob_key *key,
                                       struct open_file **ret_file);
void open_files_give_back(struct open_file *file);

#endif
