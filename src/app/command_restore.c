/* SPDX-License-Identifier: AGPL-3.0-or-later
 * `lathe restore`: puts a backup into an empty data directory and database, hashing every blob on the way. */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

#include "base/json/json_read.h"
#include "base/mem/cleanup.h"

#include "platform/storage/storage.h"

#include "app/backup.h"
#include "app/commands.h"
#include "app/files.h"
#include "app/instance.h"
#include "app/pg_tool.h"

enum { MAX_MANIFEST = 64 << 10 };

struct restoring {
    const char *directory;
    struct backup_manifest manifest;
    int64_t blobs;
};

static const char *path_in(struct arena *arena, const struct restoring *restore, const char *name)
{
    return arena_printf(arena, "%s/%s", restore->directory, name).ptr;
}

static bool is_sqlite_url(struct str url)
{
    return str_starts_with(url, STR("sqlite:"));
}

static struct str engine_of_url(struct str url)
{
    return is_sqlite_url(url) ? STR("sqlite") : STR("postgresql");
}

static const char *sqlite_path(struct arena *arena, const struct core_settings *core)
{
    struct str name = str_slice(core->database_url, 7, core->database_url.len);
    if (str_starts_with(name, STR("/")))
        return arena_cstr(arena, name);
    return arena_printf(arena, "%" STR_FMT "/%" STR_FMT, STR_ARG(core->data_dir), STR_ARG(name)).ptr;
}

static struct error *read_manifest(struct ctx *cx, const struct core_settings *core,
                                   struct restoring *restore)
{
    struct str text = {0};
    TRY(file_read(cx, path_in(cx->arena, restore, BACKUP_MANIFEST), MAX_MANIFEST, &text));
    TRY(json_decode(cx->arena, &backup_manifest_type, text, &restore->manifest));
    if (restore->manifest.format != BACKUP_FORMAT)
        return ERROR_CODE(cx, INVALID, "the backup has another format than this program knows");
    if (!str_equal(restore->manifest.engine, engine_of_url(core->database_url)))
        return ERROR_CODE(cx, CONFLICT,
                          "the backup is of %" STR_FMT ", LATHE_DATABASE_URL names another engine",
                          STR_ARG(restore->manifest.engine));
    return NULL;
}

static struct error *place_secret(struct ctx *cx, const struct core_settings *core, struct restoring *restore)
{
    const char *target = arena_printf(cx->arena, "%" STR_FMT "/secret.key", STR_ARG(core->data_dir)).ptr;
    if (!restore->manifest.has_secret)
        return NULL;
    return file_copy(cx, path_in(cx->arena, restore, BACKUP_SECRET), target);
}

static struct error *place_database(struct ctx *cx, const struct core_settings *core,
                                    struct restoring *restore)
{
    const char *source = path_in(cx->arena, restore, BACKUP_DATABASE);
    if (!is_sqlite_url(core->database_url))
        return pg_tool_restore(cx, core->database_url, source);
    return file_copy(cx, source, sqlite_path(cx->arena, core));
}

/* Before anything is opened: afterwards the instance would have made a database and a secret of its own. */
static struct error *place_files(struct ctx *cx, const struct core_settings *core, struct restoring *restore)
{
    TRY(read_manifest(cx, core, restore));
    TRY(directory_make_empty(cx, arena_cstr(cx->arena, core->data_dir)));
    TRY(place_secret(cx, core, restore));
    return place_database(cx, core, restore);
}

static struct error *place_blob(struct ctx *cx, struct restoring *restore, const char *name)
{
    struct blob_key named, sealed;
    int64_t size_bytes = 0;
    if (!blob_key_parse(str_cstr(name), &named))
        return ERROR_CODE(cx, INVALID, "%s is no name of a blob", name);
    AUTO_FD fd = open(arena_printf(cx->arena, "%s/" BACKUP_BLOBS "/%s", restore->directory, name).ptr,
                      O_RDONLY | O_CLOEXEC);
    AUTO_FD copy = -1;
    if (fd < 0)
        return ERROR_CODE(cx, INTERNAL, "%s cannot be read", name);
    TRY(storage_scratch(cx, &copy));
    char *buf = arena_alloc_raw(cx->arena, 1 << 20);
    int64_t offset = 0;
    ssize_t got = 0;
    while ((got = pread(fd, buf, 1 << 20, offset)) > 0) {
        TRY(storage_write(cx, copy, offset, buf, (size_t)got));
        offset += got;
    }
    TRY(storage_seal(cx, copy, NULL, &sealed, &size_bytes));
    if (memcmp(&named, &sealed, sizeof(named)) != 0)
        return ERROR_CODE(cx, INVALID, "the blob %s of the backup is damaged", name);
    restore->blobs++;
    return NULL;
}

static struct error *place_blobs(struct ctx *cx, struct instance *instance, void *arg)
{
    (void)instance;
    struct restoring *restore = arg;
    DIR *directory = opendir(path_in(cx->arena, restore, BACKUP_BLOBS));
    if (directory == NULL)
        return ERROR_CODE(cx, NOT_FOUND, "the backup has no blobs directory");
    struct error *error = NULL;
    const struct dirent *entry = NULL;
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): no other thread has this stream */
    while (error == NULL && (entry = readdir(directory)) != NULL) {
        struct arena_mark mark = arena_mark(cx->arena);
        if (entry->d_name[0] != '.')
            error = place_blob(cx, restore, entry->d_name);
        if (error == NULL)
            arena_rewind(cx->arena, mark);
    }
    closedir(directory);
    TRY(error);
    if (restore->blobs != restore->manifest.blobs)
        return ERROR_CODE(cx, INVALID, "the backup names %lld blobs and holds %lld",
                          (long long)restore->manifest.blobs, (long long)restore->blobs);
    printf("restored from %s: database (%" STR_FMT "), %lld blobs; `lathe check` looks at what they mean\n",
           restore->directory, STR_ARG(restore->manifest.engine), (long long)restore->blobs);
    return NULL;
}

int command_restore(int argc, char **argv)
{
    if (argc != 2) {
        fputs("usage: lathe restore DIRECTORY\n", stderr);
        return 2;
    }
    struct config *config = instance_read_config();
    if (config == NULL)
        return 2;
    struct restoring restore = {.directory = argv[1]};
    struct platform none = {0};
    struct ctx cx = {
        .arena = arena_new(0), .platform = &none, .caller = &caller_anonymous, .deadline_us = INT64_MAX};
    struct error *error = place_files(&cx, config_settings(config, &core_settings_group), &restore);
    if (error != NULL)
        fprintf(stderr, "lathe: %" STR_FMT "\n", STR_ARG(error_describe(cx.arena, error)));
    int status = error == NULL ? instance_run(INSTANCE_BY_SETTING, place_blobs, &restore) : 1;
    config_free(config);
    arena_free(cx.arena);
    return status;
}
