/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Runner and builders of the component tests. */
#include "modules/goods/tests/stall.h"

#include "platform/bus/bus_sql.h"
#include "platform/jobs/jobs_sql.h"

#include "lib/db_fixture_main.h"
#include "modules/goods/goods_sql.h"
#include "modules/goods/goods_test_sql.h"

static enum db_engine engine;
static const struct db_module_sql *const sql_modules[] = {&bus_sql, &jobs_sql, &goods_sql, &goods_test_sql,
                                                          NULL};

struct ctx stall_as(const struct ctx *cx, uint8_t account)
{
    struct ctx mine = *cx;
    struct caller *caller = ARENA_NEW(cx->arena, struct caller);
    *caller =
        (struct caller){.account_id = {{0x01, [15] = account}}, .permissions = PERMISSION_BIT(ITEM_PUBLISH)};
    mine.caller = caller;
    return mine;
}

void stall_assert_ok(struct arena *arena, const struct error *error, const char *file, int line)
{
    if (error != NULL)
        check_failed(file, line, "unexpected error: %s", error_describe(arena, error).ptr);
}

/* --- builders --- */

struct product_draft stall_draft(int64_t stock)
{
    return (struct product_draft){
        .title = STR("Test pressing"),
        .condition = GOODS_GOOD,
        .category = STR("vinyl"),
        .currency = STR("EUR"),
        .stock = stock,
    };
}

struct id stall_product(struct ctx *cx, int64_t stock)
{
    const struct product_draft draft = stall_draft(stock);
    struct id id = ID_NONE;
    assert_ok(cx, goods_create_product(cx, &draft, &id));
    return id;
}

static struct error *match_any(struct ctx *cx, void *arg, struct id id, int64_t version)
{
    (void)cx;
    (void)arg;
    (void)id;
    (void)version;
    return NULL;
}
const struct goods_match stall_any = {match_any, NULL};

struct str stall_key(struct ctx *cx, struct id id)
{
    return id_str(cx->arena, id);
}

struct product_row stall_load(struct ctx *cx, struct id id)
{
    struct product_row product = {.id = ID_NONE};
    bool is_found = false;
    assert_ok(cx, goods_repo_find(cx, NULL, id, &product, &is_found));
    assert_true(is_found);
    return product;
}

int64_t stall_count(struct ctx *cx, const struct db_call *call)
{
    struct count {
        int64_t count;
    } row = {0};
    static const struct db_column columns[] = {DB_COLUMN_I64(struct count, count)};
    static const struct db_row count_row = DB_ROW(struct count, columns);
    assert_ok(cx, db_load(cx, NULL, call, &count_row, &row));
    return row.count;
}

struct commanding {
    stall_command_fn command;
    struct id product_id, holder_id;
};

static struct error *command(struct ctx *cx, struct tx *tx, void *arg)
{
    const struct commanding *commanding = arg;
    return commanding->command(cx, tx, commanding->product_id, commanding->holder_id);
}

struct error *stall_do(struct ctx *cx, stall_command_fn what, struct id product_id, struct id holder_id)
{
    struct commanding commanding = {what, product_id, holder_id};
    return db_transact(cx, TX_WRITE, command, &commanding);
}

struct id stall_holder(size_t number)
{
    return (struct id){{0x0a, [14] = (uint8_t)(number >> 8), (uint8_t)number}};
}

/* --- running --- */

struct body {
    on_loop_fn fn;
};

static void run_body(struct ctx *cx, void *arg)
{
    const struct body *body = arg;
    struct ctx mine = stall_as(cx, 1);
    body->fn(&mine, NULL);
}

void stall_run(on_loop_fn fn)
{
    struct db_fixture *fixture =
        db_fixture_new(&(struct db_fixture_options){.engine = engine, .modules = sql_modules});
    struct body body = {fn};
    stall_forget();
    db_fixture_run(fixture, run_body, &body);
    db_fixture_free(fixture);
}

int stall_main(int argc, char **argv, const char *suite, const struct CMUnitTest *tests, size_t count)
{
    return db_fixture_main(argc, argv, suite, tests, count, &engine);
}
