/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Migrations: each in a transaction together with its row in schema_migration, under a lock that lets one process in at a
 * time. What was applied is read again inside the transaction, so several processes may start at once. */
#include "platform/clock/clock.h"
#include "platform/db/db_sql.h"
#include "platform/db/driver.h"

struct applied {
    struct str module;
    int32_t number;
    struct str name;
    struct str sha256;
};

static const struct db_column applied_columns[] = {
    DB_COLUMN_TEXT(struct applied, module),
    DB_COLUMN_I32(struct applied, number),
    DB_COLUMN_TEXT(struct applied, name),
    DB_COLUMN_TEXT(struct applied, sha256),
};
static const struct db_row applied_row = DB_ROW(struct applied, applied_columns);

struct flag_row {
    bool is_there;
};

static const struct db_column flag_columns[] = {DB_COLUMN_BOOL(struct flag_row, is_there)};
static const struct db_row flag_row = DB_ROW(struct flag_row, flag_columns);

static const struct applied *find_applied(const struct array *list, const char *module, int number)
{
    for (size_t i = 0; i < list->count; i++) {
        const struct applied *applied = ARRAY_AT(const struct applied, *list, i);
        if (applied->number == number && str_equal(applied->module, str_cstr(module)))
            return applied;
    }
    return NULL;
}

static struct error *check_unchanged(struct ctx *cx, const char *module, const struct db_migration *migration,
                                     const struct applied *applied)
{
    if (str_equal(applied->sha256, str_cstr(migration->sha256)))
        return NULL;
    return ERROR(
        cx, db_internal,
        "migration %04d_%s of module %s was applied with another text: a migration that was released must not be edited",
        migration->number, migration->name, module);
}

/* A database that a newer program has migrated is left alone. */
static struct error *check_not_newer(struct ctx *cx, const struct db_module_sql *module,
                                     const struct array *list)
{
    for (size_t i = 0; i < list->count; i++) {
        const struct applied *applied = ARRAY_AT(const struct applied, *list, i);
        if (str_equal(applied->module, str_cstr(module->module)) &&
            (size_t)applied->number > module->migration_count)
            return ERROR(cx, db_internal,
                         "the database is newer than this program: migration %04d_%" STR_FMT
                         " of module %s is applied",
                         applied->number, STR_ARG(applied->name), module->module);
    }
    return NULL;
}

/* One migration */

struct step {
    struct db *db;
    const struct db_module_sql *module;
    const struct db_migration *migration;
    bool was_applied; /* by this step */
};

static struct error *lock_and_list(struct ctx *cx, struct tx *tx, struct array *ret_list)
{
    TRY(db_exec(cx, tx, DB_LOCK_MIGRATIONS(), NULL));
    TRY(db_exec(cx, tx, DB_CREATE_MIGRATION_TABLE(), NULL));
    return db_list(cx, tx, DB_LIST_MIGRATIONS(), &applied_row, ret_list);
}

static struct error *apply(struct ctx *cx, struct tx *tx, void *arg)
{
    struct step *step = arg;
    const struct db_migration *migration = step->migration;
    struct array list = {0};
    step->was_applied = false;
    TRY(lock_and_list(cx, tx, &list));
    TRY(check_not_newer(cx, step->module, &list));
    const struct applied *applied = find_applied(&list, step->module->module, migration->number);
    if (applied != NULL)
        return check_unchanged(cx, step->module->module, migration, applied);
    TRY_CTX(cx->arena, step->db->driver->run_script(tx, migration->text[step->db->engine]),
            "migration %04d_%s of module %s failed", migration->number, migration->name,
            step->module->module);
    TRY(db_exec(cx, tx,
                DB_INSERT_MIGRATION(.module = str_cstr(step->module->module), .number = migration->number,
                                    .name = str_cstr(migration->name), .sha256 = str_cstr(migration->sha256),
                                    .applied_at = clock_now(cx)),
                NULL));
    step->was_applied = true;
    return NULL;
}

static struct error *apply_one(struct ctx *cx, struct step *step)
{
    struct tx_body body = {.fn = apply,
                           .arg = step,
                           .tx = {.cx = cx, .db = step->db, .mode = TX_WRITE},
                           .start = arena_mark(cx->arena)};
    TRY_CTX(cx->arena, step->db->driver->migrate(step->db, &body), "migration %04d_%s of module %s failed",
            step->migration->number, step->migration->name, step->module->module);
    return NULL;
}

/* What has to be done is found out without the lock; each step looks again under it. */

static struct error *list_applied(struct ctx *cx, struct db *db, struct array *ret_list)
{
    struct flag_row flag = {0};
    struct db_request has_table = {
        .cx = cx, .call = DB_HAS_TABLE(.table_name = STR("schema_migration")), .rows = {.row = &flag_row}};
    TRY(db->driver->run(db, &has_table));
    memcpy(&flag, has_table.rows.items, sizeof(flag));
    *ret_list = (struct array){0};
    if (!flag.is_there)
        return NULL;
    struct db_request list = {.cx = cx, .call = DB_LIST_MIGRATIONS(), .rows = {.row = &applied_row}};
    TRY(db->driver->run(db, &list));
    *ret_list = (struct array){.items = list.rows.items, .count = list.rows.count};
    return NULL;
}

struct error *db_migrate(struct ctx *cx, struct db *db, int *ret_applied)
{
    struct array list = {0};
    int count = 0;
    TRY(list_applied(cx, db, &list));
    for (const struct db_module_sql *const *module = db->modules; *module != NULL; module++) {
        TRY(check_not_newer(cx, *module, &list));
        for (size_t i = 0; i < (*module)->migration_count; i++) {
            struct step step = {.db = db, .module = *module, .migration = &(*module)->migrations[i]};
            const struct applied *applied = find_applied(&list, (*module)->module, step.migration->number);
            if (applied != NULL)
                TRY(check_unchanged(cx, (*module)->module, step.migration, applied));
            else
                TRY(apply_one(cx, &step));
            count += step.was_applied;
        }
    }
    *ret_applied = count;
    return NULL;
}

struct error *db_is_current(struct ctx *cx, struct db *db, bool *ret_current)
{
    struct array list = {0};
    TRY(list_applied(cx, db, &list));
    bool is_current = true;
    for (const struct db_module_sql *const *module = db->modules; *module != NULL; module++) {
        for (size_t i = 0; i < (*module)->migration_count; i++) {
            const struct db_migration *migration = &(*module)->migrations[i];
            is_current = is_current && find_applied(&list, (*module)->module, migration->number) != NULL;
        }
    }
    *ret_current = is_current;
    return NULL;
}
