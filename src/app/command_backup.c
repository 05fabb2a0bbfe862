/* SPDX-License-Identifier: AGPL-3.0-or-later
 * `lathe backup`: database first, then blobs. A blob that the database's copy names is still there then: what loses its last
 * reference stays for a day. Runs beside a serving process. */
#include <stdio.h>
#include <sys/stat.h>

#include "base/json/json_write.h"
#include "base/mem/cleanup.h"

#include "platform/clock/clock.h"
#include "platform/db/db.h"
#include "platform/storage/storage.h"

#include "app/backup.h"
#include "app/commands.h"
#include "app/files.h"
#include "app/instance.h"
#include "app/pg_tool.h"

static const struct json_field manifest_fields[] = {
    JSON_INTEGER(struct backup_manifest, format, .flags = JSON_REQUIRED),
    JSON_TEXT(struct backup_manifest, engine, .flags = JSON_REQUIRED),
    JSON_INSTANT(struct backup_manifest, created_at, .flags = JSON_REQUIRED),
    JSON_INTEGER(struct backup_manifest, blobs, .flags = JSON_REQUIRED, .max = INT64_MAX),
    JSON_INTEGER(struct backup_manifest, blob_bytes, .flags = JSON_REQUIRED, .max = INT64_MAX),
    JSON_BOOLEAN(struct backup_manifest, has_secret, .flags = JSON_REQUIRED),
};
const struct json_type backup_manifest_type =
    JSON_TYPE("BackupManifest", struct backup_manifest, manifest_fields);

struct backing_up {
    const char *directory;
    struct backup_manifest manifest;
};

static const char *path_in(struct ctx *cx, const struct backing_up *backup, const char *name)
{
    return arena_printf(cx->arena, "%s/%s", backup->directory, name).ptr;
}

static struct error *copy_database(struct ctx *cx, struct instance *instance, struct backing_up *backup)
{
    const char *target = path_in(cx, backup, BACKUP_DATABASE);
    bool is_sqlite = db_engine_of(instance->platform.db) == DB_SQLITE;
    backup->manifest.engine = is_sqlite ? STR("sqlite") : STR("postgresql");
    if (is_sqlite)
        return db_copy_sqlite(cx, instance->platform.db, target);
    return pg_tool_dump(cx, instance->core.database_url, target);
}

static struct error *copy_blob(struct ctx *cx, const struct blob_key *key, int64_t size_bytes, void *arg)
{
    struct backing_up *backup = arg;
    struct arena_mark mark = arena_mark(cx->arena);
    int64_t size = 0;
    AUTO_FD fd = -1;
    TRY(storage_read(cx, key, &fd, &size));
    const char *target = arena_printf(cx->arena, "%s/" BACKUP_BLOBS "/%" STR_FMT, backup->directory,
                                      STR_ARG(blob_key_str(cx->arena, key)))
                             .ptr;
    TRY(file_copy_fd(cx, fd, target));
    backup->manifest.blobs++;
    backup->manifest.blob_bytes += size_bytes;
    arena_rewind(cx->arena, mark);
    return NULL;
}

static struct error *copy_secret(struct ctx *cx, struct instance *instance, struct backing_up *backup)
{
    const char *source =
        arena_printf(cx->arena, "%" STR_FMT "/secret.key", STR_ARG(instance->core.data_dir)).ptr;
    backup->manifest.has_secret =
        file_exists(source); /* else it comes from LATHE_SECRET and is kept elsewhere */
    return backup->manifest.has_secret ? file_copy(cx, source, path_in(cx, backup, BACKUP_SECRET)) : NULL;
}

/* The manifest comes last: a backup that was cut off has none. */
static struct error *write_manifest(struct ctx *cx, const struct backing_up *backup)
{
    TRY(directory_sync(cx, path_in(cx, backup, BACKUP_BLOBS)));
    TRY(file_write(cx, path_in(cx, backup, BACKUP_MANIFEST),
                   json_encode(cx->arena, &backup_manifest_type, &backup->manifest)));
    return directory_sync(cx, backup->directory);
}

static struct error *back_up(struct ctx *cx, struct instance *instance, void *arg)
{
    struct backing_up *backup = arg;
    TRY(directory_make_empty(cx, backup->directory));
    TRY(directory_make_empty(cx, path_in(cx, backup, BACKUP_BLOBS)));
    backup->manifest.format = BACKUP_FORMAT;
    backup->manifest.created_at = clock_now(cx);
    TRY(copy_database(cx, instance, backup));
    TRY(storage_each(cx, copy_blob, backup));
    TRY(copy_secret(cx, instance, backup));
    TRY(write_manifest(cx, backup));
    printf("backed up to %s: database (%" STR_FMT "), %lld blobs, %lld bytes\n", backup->directory,
           STR_ARG(backup->manifest.engine), (long long)backup->manifest.blobs,
           (long long)backup->manifest.blob_bytes);
    return NULL;
}

int command_backup(int argc, char **argv)
{
    if (argc != 2) {
        fputs("usage: lathe backup DIRECTORY\n", stderr);
        return 2;
    }
    struct backing_up backup = {.directory = argv[1]};
    return instance_run(INSTANCE_BY_SETTING, back_up, &backup);
}
