/* SPDX-License-Identifier: AGPL-3.0-or-later
 * What the files of storage share. Private to storage. */
#ifndef PLATFORM_STORAGE_STORE_H
#define PLATFORM_STORAGE_STORE_H

#include <stdatomic.h>

#include "platform/storage/storage.h"

enum { BLOB_FOLDERS = 1 << 16, BLOB_FOLDER_BITS = 32 };

/* blobs/ab/cd/abcd…: two levels, so that no folder grows large. staging/: uploads by id, and scratch files without a name.
 * Both are on one file system, because a blob gets its name by link(2). */
struct storage {
    int blobs_fd;
    int staging_fd;
    int64_t min_free_bytes;
    /* When the disk was last asked whether it keeps a byte, and what it said; see storage_probe. */
    _Atomic int64_t probed_us;
    atomic_int probe_failure;
    /* Folders of blobs that are known to be there and flushed, one bit each: makes are repeated after a start, never trusted
     * before they are durable. */
    atomic_uint made[BLOB_FOLDERS / BLOB_FOLDER_BITS];
};

/* Room for "ab/cd/" and 64 digits. */
#define BLOB_PATH_SIZE 72
void blob_path(const struct blob_key *key, char ret_path[BLOB_PATH_SIZE]);

/* The error of a system call that failed; failure is its errno. */
struct error *storage_error(struct ctx *cx, int failure, const char *what);

/* ENOSPC when writing so many bytes would pass the floor of free space, else 0. Blocks. */
int storage_check_room(const struct storage *storage, size_t bytes);

/* Writes everything at the offset; 0 or an errno. Blocks. */
int storage_write_now(const struct storage *storage, int fd, int64_t offset, const void *bytes, size_t len);
/* fsync; 0 or an errno. Blocks. */
int storage_sync_now(int fd);
/* A fresh name in staging: what a crash leaves behind there looks like an upload that nobody knows, and is swept with those. */
void storage_name(char ret_name[ID_CHARS + 1]);
/* A scratch file; 0 or an errno. Blocks. */
int storage_scratch_now(const struct storage *storage, int *ret_fd);

/* In storage_list.c: the names in a folder, in the arena, sorted; 0 or an errno. Blocks. */
int storage_read_folder(struct arena *arena, int parent_fd, const char *path, struct array *ret_names);

#endif
