/* SPDX-License-Identifier: AGPL-3.0-or-later
 * What a backup directory holds:
 *     manifest.json   written last: a directory without it is not a backup
 *     database        a SQLite file, or a pg_dump archive
 *     secret.key      the instance's root secret
 *     blobs/          one file per blob, named by its SHA-256 */
#ifndef APP_BACKUP_H
#define APP_BACKUP_H

#include "base/json/json_type.h"

struct backup_manifest {
    int64_t format; /* BACKUP_FORMAT */
    struct str engine;
    struct instant created_at;
    int64_t blobs, blob_bytes;
    bool has_secret;
};
extern const struct json_type backup_manifest_type;

#define BACKUP_FORMAT   1
#define BACKUP_MANIFEST "manifest.json"
#define BACKUP_DATABASE "database"
#define BACKUP_SECRET   "secret.key"
#define BACKUP_BLOBS    "blobs"

#endif
