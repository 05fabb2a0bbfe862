/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Copying a running database into a new file with the online backup interface. The copy is one snapshot; writers go on
 * meanwhile, for a reader of the write-ahead log blocks nobody. */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/mem/cleanup.h"

#include "platform/db/sqlite/connection.h"
#include "platform/fiber/pool.h"

struct copy {
    struct ctx *cx;
    struct db *db;
    const char *path;
    struct error *error;
};

static struct error *sync_path(struct ctx *cx, const char *path, int flags)
{
    AUTO_FD fd = open(path, flags | O_CLOEXEC);
    if (fd < 0 || fsync(fd) != 0)
        return ERROR(cx, db_unavailable, "%s cannot be flushed: %s", path, strerrordesc_np(errno));
    return NULL;
}

static struct error *claim_path(struct ctx *cx, const char *path)
{
    AUTO_FD fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return ERROR(cx, db_unavailable, "%s cannot be made: %s", path, strerrordesc_np(errno));
    return NULL;
}

static struct error *copy_pages(struct ctx *cx, sqlite3 *source, sqlite3 *target, const char *path)
{
    sqlite3_backup *backup = sqlite3_backup_init(target, "main", source, "main");
    if (backup != NULL) {
        (void)sqlite3_backup_step(backup, -1);
        (void)sqlite3_backup_finish(backup);
    }
    if (sqlite3_errcode(target) == SQLITE_OK)
        return NULL;
    return ERROR(cx, db_unavailable, "the copy to %s failed: %s", path, sqlite3_errmsg(target));
}

static struct error *copy_into(struct copy *copy, struct sqlite_connection *source)
{
    sqlite3 *target = NULL;
    struct error *error = NULL;
    if (sqlite3_open_v2(copy->path, &target, SQLITE_OPEN_READWRITE, NULL) == SQLITE_OK)
        error = copy_pages(copy->cx, source->handle, target, copy->path);
    else
        error =
            ERROR(copy->cx, db_unavailable, "%s cannot be opened: %s", copy->path, sqlite3_errmsg(target));
    sqlite3_close(target);
    return error;
}

static struct error *fill_claimed(struct copy *copy)
{
    struct ctx *cx = copy->cx;
    struct sqlite_connection source;
    TRY(sqlite_connection_open(cx->arena, copy->db, CONNECTION_READS, &source));
    struct error *error = copy_into(copy, &source);
    sqlite_connection_close(&source);
    TRY(error);
    TRY(sync_path(cx, copy->path, O_RDONLY));
    const char *slash = strrchr(copy->path, '/');
    size_t len = slash != NULL ? (size_t)(slash - copy->path) : 0;
    const char *folder = len != 0        ? arena_cstr(cx->arena, str_from(copy->path, len))
                         : slash != NULL ? "/"
                                         : ".";
    return sync_path(cx, folder, O_RDONLY | O_DIRECTORY);
}

static void run_copy(void *arg)
{
    struct copy *copy = arg;
    copy->error = claim_path(copy->cx, copy->path);
    if (copy->error != NULL)
        return;
    copy->error = fill_claimed(copy);
    if (copy->error != NULL)
        (void)unlink(copy->path);
}

struct error *db_copy_sqlite(struct ctx *cx, struct db *db, const char *path)
{
    REQUIRE(db->engine == DB_SQLITE);
    struct copy copy = {.cx = cx, .db = db, .path = path};
    TRY(pool_call(cx, cx->platform->blocking_pool, run_copy, &copy));
    return copy.error;
}
