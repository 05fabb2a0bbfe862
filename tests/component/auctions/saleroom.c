/* SPDX-License-Identifier: AGPL-3.0-or-later
 * The saleroom: running, building, judging. */
#include "tests/component/auctions/saleroom.h"

#include "base/json/json_read.h"

#include "platform/bus/bus_sql.h"
#include "platform/clock/clock.h"
#include "platform/crypto/crypto.h"
#include "platform/jobs/jobs_sql.h"
#include "platform/mail/mail.h"
#include "platform/storage/storage.h"

#include "lib/db_fixture_main.h"
#include "modules/auctions/auctions_sql.h"
#include "modules/catalog/catalog_sql.h"
#include "modules/goods/goods_sql.h"
#include "modules/licensing/licensing_service.h"
#include "modules/licensing/licensing_sql.h"
#include "modules/orders/orders_sql.h"
#include "modules/payments/payments_sql.h"

static enum db_engine engine;
static const struct db_module_sql *const sql_modules[] = {&bus_sql,    &jobs_sql,      &catalog_sql,
                                                          &goods_sql,  &licensing_sql, &payments_sql,
                                                          &orders_sql, &auctions_sql,  NULL};
static const struct module *const modules[] = {&catalog_module, &licensing_module, &payments_module,
                                               &orders_module,  &auctions_module,  NULL};
static const struct setting_group *const groups[] = {&licensing_settings_group,
                                                     &payments_settings_group,
                                                     &orders_settings_group,
                                                     &auctions_setting_group,
                                                     &crypto_settings,
                                                     &storage_settings_group,
                                                     NULL};
static const struct catalog_port catalog_port = {.has_licenses = licensing_spec_has_licenses};
static const struct orders_port orders_port = {.win_paid = auctions_win_paid,
                                               .win_lapsed = auctions_win_lapsed};

struct error *mail_enqueue(struct ctx *cx, struct tx *tx, const struct mail_message *message)
{
    (void)cx;
    (void)tx;
    (void)message;
    return NULL;
}

/* --- asserting --- */

void saleroom_assert_ok(struct arena *arena, const struct error *error, const char *file, int line)
{
    if (error != NULL)
        check_failed(file, line, "unexpected error: %s", error_describe(arena, error).ptr);
}

void saleroom_assert_reason(const struct error *error, const struct reason *reason, const char *file,
                            int line)
{
    if (!error_is(error, reason))
        check_failed(file, line, "is %s, not %s", error != NULL ? error->reason->name : "no error",
                     reason->name);
}

static void run_checks(struct ctx *cx, const struct module_check *checks, struct strbuf *findings)
{
    for (; checks->name != NULL; checks++)
        ASSERT_OK(cx, checks->run(cx, findings));
}

static struct str find_all(struct ctx *cx)
{
    struct strbuf findings;
    strbuf_init(&findings, cx->arena, 65536);
    run_checks(cx, auctions_checks, &findings);
    run_checks(cx, goods_checks, &findings);
    run_checks(cx, orders_checks, &findings);
    return strbuf_str(&findings);
}

bool is_sound(struct ctx *cx)
{
    return str_is_empty(find_all(cx));
}

void assert_sound(struct ctx *cx)
{
    check_str(find_all(cx), "");
}

/* --- lots --- */

static struct id publish_product(struct ctx *seller)
{
    const struct product_draft draft = {
        .title = STR("Drum machine"),
        .condition = GOODS_GOOD,
        .category = STR("vinyl"),
        .currency = STR("USD"),
        .stock = 1,
    };
    struct id id = ID_NONE;
    ASSERT_OK(seller, goods_create_product(seller, &draft, &id));
    ASSERT_OK(seller, goods_publish_product(seller, id_str(seller->arena, id)));
    return id;
}

struct id open_lot(struct ctx *cx, const char *terms)
{
    struct ctx seller = as(cx, SELLER);
    struct auctions_state *state = auctions_state_of(cx);
    struct instant end = instant_add_us(auctions_clock_read(&state->clock), US_PER_HOUR);
    struct auction_request request;
    struct id id = ID_NONE;
    const char *sudden = strstr(terms, "soft_close_ms") == NULL ? ",\"soft_close_ms\":0,\"extend_ms\":0" : "";
    struct str body = arena_printf(
        cx->arena,
        "{\"item_id\":\"%" STR_FMT "\",\"starting_price\":1000,\"ends_at\":\"%" STR_FMT "\"%s%s%s}",
        STR_ARG(id_str(cx->arena, publish_product(&seller))), STR_ARG(instant_str(cx->arena, end)), sudden,
        *terms != '\0' ? "," : "", terms);
    ASSERT_OK(cx, json_decode(cx->arena, &auction_request_type, body, &request));
    ASSERT_OK(cx, auctions_create(&seller, &request, &id));
    look_at(cx, id);
    assert_int_equal(row_of(cx, id).status, AUCTIONS_LIVE);
    return id;
}

struct error *bid(struct ctx *cx, uint32_t account, struct id lot, int64_t amount, int64_t maximum,
                  struct auction_bid_reply *ret_reply)
{
    struct ctx bidder = as(cx, account);
    struct auction_bid_reply reply;
    const struct auction_bid_request request = {.amount = amount, .max_amount = maximum};
    return auctions_bid(&bidder, lot, &request, ret_reply != NULL ? ret_reply : &reply);
}

void wait_for(struct ctx *cx, int64_t us)
{
    clock_advance(cx->platform->clock, us);
    atomic_fetch_add(&auctions_state_of(cx)->clock.offset_us, us);
}

void look_at(struct ctx *cx, struct id lot)
{
    struct lot_ticket ticket = {.command = LOT_LOOK};
    ASSERT_OK(cx, auctions_submit(cx, lot, &ticket));
}

void end_lot(struct ctx *cx, struct id lot)
{
    wait_for(cx, US_PER_HOUR);
    look_at(cx, lot);
    assert_int_equal(row_of(cx, lot).status, AUCTIONS_ENDED);
}

struct auction_row row_of(struct ctx *cx, struct id lot)
{
    struct auction_row row = {0};
    bool is_found = false;
    ASSERT_OK(cx, auctions_repo_find(cx, NULL, lot, &row, &is_found));
    assert_true(is_found);
    return row;
}

size_t count_events(struct ctx *cx, struct id lot, enum auction_event_kind kind)
{
    struct array events = {0};
    size_t count = 0;
    ASSERT_OK(cx, auctions_repo_list_events(cx, NULL, lot, 0, INT64_MAX, &events));
    for (size_t i = 0; i < events.count; i++)
        count += ARRAY_AT(struct auction_event_row, events, i)->kind == (int32_t)kind;
    return count;
}

struct product_row product_of(struct ctx *cx, struct id lot)
{
    struct product_row product = {.id = ID_NONE};
    bool is_found = false;
    ASSERT_OK(cx, goods_repo_find(cx, NULL, row_of(cx, lot).item_id, &product, &is_found));
    assert_true(is_found);
    return product;
}

/* --- paying --- */

struct deciding {
    struct id order_id;
    enum payments_decision decision;
};

static struct error *decide(struct ctx *cx, struct tx *tx, void *arg)
{
    struct deciding *deciding = arg;
    return orders_payments_port.decide(cx, tx, deciding->order_id, &deciding->decision);
}

enum payments_decision pay_win(struct ctx *cx, uint32_t account, struct id lot)
{
    static const struct order_address home = {.name = STR_INIT("A. Winner"),
                                              .line1 = STR_INIT("Lot 7"),
                                              .city = STR_INIT("Jena"),
                                              .country = STR_INIT("DE")};
    struct ctx winner = as(cx, account);
    struct deciding deciding = {.order_id = row_of(cx, lot).order_id};
    ASSERT_OK(cx, orders_put_address(&winner, deciding.order_id, &home));
    ASSERT_OK(cx, db_transact(cx, TX_WRITE, decide, &deciding));
    return deciding.decision;
}

/* --- running --- */

struct body {
    on_loop_fn fn;
    const struct config *config;
    void **states;
};

static void run_body(struct ctx *cx, void *arg)
{
    const struct body *body = arg;
    for (size_t i = 1; modules[i] != NULL; i++)
        ASSERT_OK(
            cx, modules[i]->start(cx, config_settings(body->config, modules[i]->settings), &body->states[i]));
    payments_set_port(cx, &orders_payments_port);
    orders_set_port(cx, &orders_port);
    body->fn(cx, NULL);
    auctions_engine_end(cx, auctions_state_of(cx));
    for (size_t i = 1; modules[i] != NULL; i++)
        modules[i]->stop(body->states[i]);
}

static void open_parts(struct db_fixture *fixture, struct platform *platform)
{
    struct arena *arena = arena_new(0);
    struct str folder = str_cstr(db_fixture_folder(fixture));
    struct instant now = clock_read(platform->clock);
    clock_free(platform->clock);
    platform->clock = clock_new_fake(now);
    platform->public_url = STR("http://lathe.test");
    platform->cache = cache_new(platform, saleroom_spaces, 8);
    assert_null(crypto_open(arena, db_fixture_config(fixture), folder, &platform->crypto));
    assert_null(storage_open(arena, db_fixture_config(fixture), folder, &platform->storage));
    arena_free(arena);
}

void saleroom_run(on_loop_fn fn)
{
    void *states[COUNT_OF(modules)] = {saleroom_open_catalog(&catalog_port)};
    struct db_fixture *fixture = db_fixture_new(
        &(struct db_fixture_options){.engine = engine, .modules = sql_modules, .groups = groups});
    struct platform *platform = db_fixture_platform(fixture);
    struct body body = {fn, db_fixture_config(fixture), states};
    platform->modules = modules;
    platform->module_states = states;
    open_parts(fixture, platform);
    db_fixture_run(fixture, run_body, &body);
    storage_close(platform->storage);
    crypto_close(platform->crypto);
    cache_free(platform->cache);
    db_fixture_free(fixture);
}

int saleroom_main(int argc, char **argv, const char *suite, const struct CMUnitTest *tests, size_t count)
{
    return db_fixture_main(argc, argv, suite, tests, count, &engine);
}
