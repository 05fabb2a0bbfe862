/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Runner and builders of the component tests. */
#include "modules/goods/tests/stall.h"

#include "platform/crypto/crypto.h"

#include "modules/goods/goods_sql.h"
#include "modules/goods/goods_test_sql.h"

static enum db_engine engine;
static const struct db_module_sql *const sql_modules[] = {&goods_sql, &goods_test_sql, NULL};

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

/* --- a catalogue in memory: it forgets no rollback, which no test here needs --- */

enum { MAX_ITEMS = 64 };
static struct catalog_item items[MAX_ITEMS];
static size_t item_count;

struct catalog_item *stall_item(struct id id)
{
    for (size_t i = 0; i < item_count; i++)
        if (id_equal(items[i].id, id))
            return &items[i];
    return NULL;
}

struct error *catalog_create_item(struct ctx *cx, struct tx *tx, enum catalog_kind kind, struct str title,
                                  struct catalog_item *ret_item)
{
    (void)tx;
    REQUIRE(item_count < MAX_ITEMS);
    items[item_count] = (struct catalog_item){
        .id = crypto_new_id(cx),
        .kind = (int32_t)kind,
        .owner_id = cx->caller->account_id,
        .owner_name = STR("Seller"),
        .title = title,
        .version = 1,
    };
    *ret_item = items[item_count++];
    return NULL;
}

struct error *catalog_find_item(struct ctx *cx, struct tx *tx, enum catalog_kind kind, struct id id,
                                struct catalog_item *ret_item, bool *ret_found)
{
    const struct catalog_item *item = stall_item(id);
    (void)cx;
    (void)tx;
    (void)kind;
    *ret_found = item != NULL;
    if (item != NULL)
        *ret_item = *item;
    return NULL;
}

struct error *catalog_lock_item(struct ctx *cx, struct tx *tx, enum catalog_kind kind, struct id id,
                                struct catalog_item *ret_item, bool *ret_found)
{
    return catalog_find_item(cx, tx, kind, id, ret_item, ret_found);
}

struct error *catalog_change_item(struct ctx *cx, struct tx *tx, struct catalog_item *item)
{
    (void)cx;
    (void)tx;
    item->version++;
    *stall_item(item->id) = *item;
    return NULL;
}

/* --- builders --- */

struct making {
    int64_t stock;
    struct id id;
};

static struct error *make(struct ctx *cx, struct tx *tx, void *arg)
{
    struct making *making = arg;
    struct catalog_item item = {.id = ID_NONE};
    struct stock_change change = {.kind = STOCK_IN, .quantity = making->stock};
    TRY(catalog_create_item(cx, tx, CATALOG_PRODUCT, STR("Test pressing"), &item));
    struct product_row product = {
        .id = item.id,
        .owner_id = item.owner_id,
        .description = STR(""),
        .specifications = STR("[]"),
        .shipping = STR("{}"),
        .currency = STR("EUR"),
        .video_url = STR(""),
    };
    making->id = item.id;
    TRY(goods_repo_insert(cx, tx, &product));
    return making->stock > 0 ? goods_move_stock(cx, tx, &product, &change) : NULL;
}

struct id stall_product(struct ctx *cx, int64_t stock)
{
    struct making making = {.stock = stock};
    assert_ok(cx, db_transact(cx, TX_WRITE, make, &making));
    return making.id;
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
    item_count = 0;
    db_fixture_run(fixture, run_body, &body);
    db_fixture_free(fixture);
}

int stall_main(int argc, char **argv, const char *suite, const struct CMUnitTest *tests, size_t count)
{
    engine = argc > 1 && strcmp(argv[1], "postgresql") == 0 ? DB_POSTGRESQL : DB_SQLITE;
    if (!db_fixture_has(engine)) {
        printf("SKIP: LATHE_TEST_POSTGRES_URL names no PostgreSQL; tools/with-postgres starts one\n");
        return 77;
    }
    if (argc > 2)
        cmocka_set_test_filter(argv[2]);
    return _cmocka_run_group_tests(suite, tests, count, NULL, NULL);
}
