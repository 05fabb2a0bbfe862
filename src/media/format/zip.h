/* SPDX-License-Identifier: AGPL-3.0-or-later
 * The directory of a zip archive, read so strictly that every unpacker sees the same files: the central
 * directory, the local headers and the bytes between must agree, without gaps and overlaps. */
#ifndef MEDIA_FORMAT_ZIP_H
#define MEDIA_FORMAT_ZIP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error/error.h"

#include "media/format/reader.h"

enum zip_method { ZIP_STORED = 0, ZIP_DEFLATED = 8 };

#define ZIP_NAME_MAX 512

struct zip_entry {
    struct str name; /* as in the file, in the arena: any bytes but controls */
    enum zip_method method;
    bool is_directory;
    bool has_descriptor; /* 12 or 16 bytes follow the data */
    uint32_t crc;
    int64_t packed_size;
    int64_t size;
    int64_t local_at; /* of the local header */
    int64_t data_at;
};

struct zip_limits {
    int64_t max_entries;
    int64_t max_total_bytes; /* unpacked, by the stated sizes */
};

struct zip_directory {
    struct zip_entry *entries; /* in the order of their data */
    size_t count;
    int64_t total_bytes;
};

/* Is it a zip archive by its first bytes? */
bool zip_sniff(struct reader *reader);

/* Errors: media.not_zip, .truncated, .unsupported (parts, zip64), .polyglot (anything before the first
 * entry), .zip_encrypted, .zip_method, .zip_path, .zip_duplicate, .zip_bomb, .zip_damaged, .empty. */
MUST_USE struct error *zip_read_directory(struct arena *arena, struct reader *reader,
                                          const struct zip_limits *limits,
                                          struct zip_directory *ret_directory);

/* Is the name a plain relative path: no absolute path, drive, backslash, "." or "..", empty part or control? */
bool zip_name_is_safe(struct str name);

#endif
