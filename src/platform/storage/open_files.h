/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Stored files that are served again and again stay open, per loop: neither the database nor open(2) is on the way of a
 * segment. What an entry knows is immutable; age and number bound what is kept. */
#ifndef PLATFORM_STORAGE_OPEN_FILES_H
#define PLATFORM_STORAGE_OPEN_FILES_H

#include <stddef.h>
#include <stdint.h>

#include "base/text/str.h"

struct open_files;

/* Pinned until open_files_release: it stays open and in place even when the entry gives way. */
struct open_file {
    int fd;
    int64_t size_bytes;
    struct str facts; /* what the caller stored with it; aligned for any type */
};

/* So many files per loop, none kept for longer. One for all loops; each touches its own part only. */
struct open_files *open_files_new(size_t max_files, int64_t max_age_us);
void open_files_free(struct open_files *files); /* nothing may be pinned; accepts NULL */

/* NULL when there is none, or it is too old. */
const struct open_file *open_files_find(struct open_files *files, struct str key);
/* Takes the descriptor over and copies key and facts; replaces an entry of that key. */
const struct open_file *open_files_put(struct open_files *files, struct str key, int fd, int64_t size_bytes,
                                       struct str facts);
/* On the same loop. Accepts NULL. */
void open_files_release(const struct open_file *file);

#endif
