/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Plays, counters and series on a real database, with stand-ins for the modules that events come from. Spec n has the key "n"
 * and belongs to account 1. */
#include "modules/analytics/analytics_service.h"

#include "base/json/json_write.h"

#include "platform/bus/bus.h"
#include "platform/bus/bus_sql.h"
#include "platform/clock/clock.h"
#include "platform/crypto/crypto.h"

#include "lib/db_fixture.h"
#include "modules/analytics/analytics_sql.h"
#include "modules/catalog/catalog.h"
#include "modules/identity/identity.h"
#include "modules/orders/orders.h"
#include "modules/social/social.h"
#include "tests/lib/check.h"

/* --- stand-ins --- */

static const struct id owner = {{1}};
static const struct id stranger = {{2}};
static bool is_erased;
static struct tally projected; /* what the catalogue was told last */

static struct id spec_id(uint8_t number)
{
    return (struct id){{0x05, [15] = number}};
}

struct error *catalog_load_visible_spec(struct ctx *cx, struct str key, struct catalog_spec *ret_spec)
{
    (void)cx;
    *ret_spec = (struct catalog_spec){
        .id = spec_id((uint8_t)(key.ptr[0] - '0')), .owner_id = owner, .version = 1, .duration_ms = 180000};
    return NULL;
}

struct error *catalog_find_spec(struct ctx *cx, struct tx *tx, struct id id, struct catalog_spec *ret_spec,
                                bool *ret_found)
{
    (void)cx;
    (void)tx;
    *ret_spec = (struct catalog_spec){.id = id, .owner_id = owner};
    *ret_found = !is_erased;
    return NULL;
}

struct error *catalog_set_counters(struct ctx *cx, struct tx *tx, struct id id, int64_t plays,
                                   int64_t favorites, int64_t purchases)
{
    (void)cx;
    (void)tx;
    (void)id;
    projected = (struct tally){.plays = plays, .favorites = favorites, .purchases = purchases};
    return NULL;
}

struct error *catalog_list_briefs(struct ctx *cx, const struct id *ids, size_t count,
                                  struct array *ret_briefs)
{
    VEC(struct catalog_brief) briefs = {0};
    for (size_t i = 0; i < count; i++)
        if (ids[i].bytes[15] != 9) /* spec 9 is gone */
            *VEC_PUSH(cx->arena, &briefs) = (struct catalog_brief){
                .id = ids[i], .title = arena_printf(cx->arena, "Spec %d", ids[i].bytes[15])};
    *ret_briefs = (struct array){briefs.items, briefs.count};
    return NULL;
}

/* clang-format off */
#define PAYLOAD(name_, type_, ...)                                                                           \
    static const struct json_field name_##_fields[] = {__VA_ARGS__};                                         \
    static const struct json_type name_ = JSON_TYPE(#name_, type_, name_##_fields)
PAYLOAD(spec_payload, struct catalog_event, JSON_ID(struct catalog_event, spec_id), JSON_ID(struct catalog_event, owner_id));
PAYLOAD(download_payload, struct catalog_download_event, JSON_ID(struct catalog_download_event, spec_id), JSON_ID(struct catalog_download_event, owner_id), JSON_ID(struct catalog_download_event, account_id));
PAYLOAD(favorite_payload, struct social_favorite_event, JSON_ID(struct social_favorite_event, spec_id), JSON_ID(struct social_favorite_event, account_id));
PAYLOAD(line_payload, struct orders_line_event, JSON_ID(struct orders_line_event, order_id), JSON_ID(struct orders_line_event, line_id), JSON_ID(struct orders_line_event, spec_id), JSON_ID(struct orders_line_event, buyer_id), JSON_ID(struct orders_line_event, seller_id), JSON_MONEY(struct orders_line_event, price));
PAYLOAD(account_payload, struct identity_event, JSON_ID(struct identity_event, account_id));
/* clang-format on */

const struct event_type catalog_spec_withdrawn = {.name = "catalog.spec.withdrawn", .payload = &spec_payload};
const struct event_type catalog_spec_downloaded = {.name = "catalog.spec.downloaded",
                                                   .payload = &download_payload};
const struct event_type social_favorite_added = {.name = "social.favorite.added",
                                                 .payload = &favorite_payload};
const struct event_type social_favorite_removed = {.name = "social.favorite.removed",
                                                   .payload = &favorite_payload};
const struct event_type orders_line_paid = {.name = "orders.line.paid", .payload = &line_payload};
const struct event_type orders_line_refunded = {.name = "orders.line.refunded", .payload = &line_payload};
const struct event_type identity_account_deleted = {.name = "identity.account.deleted",
                                                    .payload = &account_payload};

/* --- running --- */

static enum db_engine engine;
static const struct db_module_sql *const modules[] = {&bus_sql, &analytics_sql, NULL};
static struct caller callers[] = {{.account_id = {{1}}}, {.account_id = {{2}}}};
static struct clock *fake_clock;

static void assert_ok(struct ctx *cx, const struct error *error)
{
    if (error != NULL)
        fail_msg("unexpected error: %s", error_describe(cx->arena, error).ptr);
}

static struct ctx as(const struct ctx *cx, size_t account)
{
    struct ctx mine = *cx;
    mine.caller = &callers[account];
    return mine;
}

static struct crypto *open_crypto(struct arena *arena, const char *folder, struct config **ret_config)
{
    static const struct setting_group *const groups[] = {&crypto_settings, NULL};
    static const char *const environment[] = {NULL};
    struct strbuf problems;
    struct crypto *crypto = NULL;
    strbuf_init(&problems, arena, 4096);
    *ret_config = config_load(groups, environment, "/dev/null", &problems);
    assert_non_null(*ret_config);
    assert_null(crypto_open(arena, *ret_config, str_cstr(folder), &crypto));
    return crypto;
}

static void run(on_loop_fn fn)
{
    struct db_fixture *fixture =
        db_fixture_new(&(struct db_fixture_options){.engine = engine, .modules = modules});
    struct platform *platform = db_fixture_platform(fixture);
    struct arena *arena = arena_new(0);
    struct config *config = NULL;
    struct clock *real_clock = platform->clock;
    platform->crypto = open_crypto(arena, db_fixture_folder(fixture), &config);
    fake_clock = platform->clock = clock_new_fake((struct instant){20000 * US_PER_DAY + 10 * US_PER_HOUR});
    is_erased = false;
    projected = (struct tally){0};
    db_fixture_run(fixture, fn, NULL);
    clock_free(fake_clock);
    platform->clock = real_clock;
    crypto_close(platform->crypto);
    config_free(config);
    arena_free(arena);
    db_fixture_free(fixture);
}

#define IN_TEST(name)                                                                                        \
    static void name##_body(struct ctx *cx, void *arg);                                                      \
    static void name(void **state)                                                                           \
    {                                                                                                        \
        (void)state;                                                                                         \
        run(name##_body);                                                                                    \
    }                                                                                                        \
    static void name##_body(struct ctx *cx, void *arg)

/* --- feeding --- */

struct feeding {
    struct event event;
};

static struct error *feed_one(struct ctx *cx, struct tx *tx, void *arg)
{
    return analytics_consumers[0]->handle(cx, tx, &((struct feeding *)arg)->event);
}

static void feed(struct ctx *cx, const struct event_type *type, int64_t day, const void *payload)
{
    struct feeding feeding = {.event = {.type = str_cstr(type->name),
                                        .at = {day * US_PER_DAY},
                                        .payload = json_encode(cx->arena, type->payload, payload)}};
    assert_ok(cx, db_transact(cx, TX_WRITE, feed_one, &feeding));
}

static void feed_play(struct ctx *cx, uint8_t spec, int64_t day)
{
    feed(cx, &analytics_play_counted, day,
         &(struct analytics_play_event){.spec_id = spec_id(spec), .owner_id = owner});
}

static void feed_line(struct ctx *cx, const struct event_type *type, uint8_t spec, int64_t day, int64_t minor,
                      const char *currency)
{
    struct orders_line_event line = {.order_id = {{7}},
                                     .line_id = {{8}},
                                     .spec_id = spec_id(spec),
                                     .buyer_id = stranger,
                                     .seller_id = owner,
                                     .price = {.minor = minor}};
    assert_true(currency_parse(str_cstr(currency), &line.price.currency));
    feed(cx, type, day, &line);
}

/* Two days of life of three specs. */
static void feed_life(struct ctx *cx)
{
    struct social_favorite_event favorite = {.spec_id = spec_id(1), .account_id = stranger};
    struct catalog_download_event download = {
        .spec_id = spec_id(2), .owner_id = owner, .account_id = stranger};
    feed_play(cx, 1, 19999);
    feed_play(cx, 1, 20000);
    feed_play(cx, 1, 20000);
    feed_play(cx, 2, 20000);
    feed(cx, &social_favorite_added, 19999, &favorite);
    feed(cx, &social_favorite_added, 20000, &favorite);
    feed(cx, &social_favorite_removed, 20000, &favorite);
    feed(cx, &catalog_spec_downloaded, 20000, &download);
    feed_line(cx, &orders_line_paid, 1, 19999, 3000, "USD");
    feed_line(cx, &orders_line_paid, 2, 20000, 5000, "USD");
    feed_line(cx, &orders_line_paid, 2, 20000, 1000, "EUR");
    feed_line(cx, &orders_line_refunded, 1, 20000, 3000, "USD");
    feed_line(cx, &orders_line_paid, 3, 20000, 100, "USD");
}

static void assert_tally(const struct tally *is, struct tally should)
{
    assert_int_equal(is->plays, should.plays);
    assert_int_equal(is->downloads, should.downloads);
    assert_int_equal(is->favorites, should.favorites);
    assert_int_equal(is->purchases, should.purchases);
}

/* --- plays --- */

static bool play(struct ctx *cx, const char *key, int64_t seconds)
{
    bool is_counted = false;
    assert_ok(cx, analytics_count_play(cx, str_cstr(key), seconds, &is_counted));
    return is_counted;
}

IN_TEST(a_play_counts_once_a_listener_and_hour)
{
    (void)arg;
    struct ctx one = as(cx, 0);
    struct ctx two = as(cx, 1);
    assert_false(play(&one, "1", 29));
    assert_true(play(&one, "1", 30));
    assert_false(play(&one, "1", 300));
    assert_true(play(&one, "2", 30));
    assert_true(play(&two, "1", 30));
    clock_advance(fake_clock, US_PER_HOUR);
    assert_true(play(&one, "1", 30));
}

IN_TEST(strangers_are_told_apart_by_address_and_agent)
{
    (void)arg;
    struct ctx one = *cx;
    struct ctx two = *cx;
    one.client_address = STR("192.0.2.1");
    two.client_address = STR("192.0.2.2");
    assert_true(play(&one, "1", 30));
    assert_false(play(&one, "1", 30));
    assert_true(play(&two, "1", 30));
    two.user_agent = STR("another");
    assert_true(play(&two, "1", 30));
}

/* --- counters --- */

IN_TEST(events_add_up_to_counters_series_and_revenue)
{
    (void)arg;
    struct ctx mine = as(cx, 0);
    struct analytics_view view = {0};
    feed_life(cx);
    assert_ok(cx, analytics_load_spec(&mine, STR("1"), 3, &view));
    assert_tally(&view.total, (struct tally){.plays = 3, .favorites = 1, .purchases = 0});
    assert_int_equal(view.series.count, 3);
    check_str(ARRAY_AT(struct day_view, view.series, 0)->date, "2024-10-02");
    assert_int_equal(ARRAY_AT(struct day_view, view.series, 0)->plays, 0);
    assert_int_equal(ARRAY_AT(struct day_view, view.series, 1)->plays, 1);
    assert_int_equal(ARRAY_AT(struct day_view, view.series, 2)->plays, 2);
    assert_int_equal(ARRAY_AT(struct day_view, view.series, 2)->purchases, -1);
    assert_int_equal(ARRAY_AT(struct money, view.revenue, 0)->minor, 0);

    assert_ok(cx, analytics_load_overview(&mine, 30, &view));
    assert_tally(&view.total, (struct tally){.plays = 4, .downloads = 1, .favorites = 1, .purchases = 3});
    assert_int_equal(view.revenue.count, 2);
    check_str(str_cstr(ARRAY_AT(struct money, view.revenue, 0)->currency.code), "EUR");
    assert_int_equal(ARRAY_AT(struct money, view.revenue, 1)->minor, 5100);
    assert_ok(cx, analytics_load_overview(&mine, 1, &view));
    assert_int_equal(view.total.plays, 3);
}

IN_TEST(the_catalogue_is_told_what_is_counted)
{
    (void)arg;
    feed_play(cx, 1, 20000);
    feed_play(cx, 1, 20000);
    feed_line(cx, &orders_line_paid, 1, 20000, 100, "USD");
    assert_tally(&projected, (struct tally){.plays = 2, .purchases = 1});
}

static struct error *reset(struct ctx *cx, struct tx *tx, void *arg)
{
    (void)arg;
    return analytics_consumers[0]->reset(cx, tx);
}

IN_TEST(building_again_gives_the_same)
{
    (void)arg;
    struct ctx mine = as(cx, 0);
    struct analytics_view before = {0};
    struct analytics_view after = {0};
    feed_life(cx);
    assert_ok(cx, analytics_load_spec(&mine, STR("2"), 30, &before));
    assert_ok(cx, db_transact(cx, TX_WRITE, reset, NULL));
    assert_ok(cx, analytics_load_spec(&mine, STR("2"), 30, &after));
    assert_tally(&after.total, (struct tally){0});
    feed_life(cx);
    assert_ok(cx, analytics_load_spec(&mine, STR("2"), 30, &after));
    assert_tally(&after.total, before.total);
    assert_int_equal(ARRAY_AT(struct money, after.revenue, 1)->minor, 5000);
}

IN_TEST(numbers_are_for_the_owner)
{
    (void)arg;
    struct ctx other = as(cx, 1);
    struct analytics_view view = {0};
    assert_true(error_has_code(analytics_load_spec(&other, STR("1"), 30, &view), ERROR_FORBIDDEN));
    feed_life(cx);
    assert_ok(cx, analytics_load_overview(&other, 30, &view));
    assert_tally(&view.total, (struct tally){0});
}

static struct str top(struct ctx *cx, enum analytics_sort sort, int64_t limit)
{
    struct array items = {0};
    struct str text = STR("");
    struct top_query query = {.days = 30, .limit = limit, .sort = (int32_t)sort, .currency = STR("USD")};
    assert_ok(cx, analytics_list_top(cx, &query, &items));
    for (size_t i = 0; i < items.count; i++)
        text = arena_printf(cx->arena, "%" STR_FMT "%d", STR_ARG(text),
                            ARRAY_AT(struct top_view, items, i)->spec_id.bytes[15]);
    return text;
}

IN_TEST(the_best_come_first_by_each_measure)
{
    (void)arg;
    struct ctx mine = as(cx, 0);
    feed_life(cx);
    check_str(top(&mine, TOP_PLAYS, 5), "123");
    check_str(top(&mine, TOP_DOWNLOADS, 5), "213");
    check_str(top(&mine, TOP_FAVORITES, 1), "1");
    check_str(top(&mine, TOP_PURCHASES, 5), "231");
    check_str(top(&mine, TOP_REVENUE, 5), "231");
    struct ctx other = as(cx, 1);
    check_str(top(&other, TOP_PLAYS, 5), "");
    struct array items = {0};
    struct top_query query = {.days = 30, .limit = 5, .sort = TOP_REVENUE};
    assert_true(error_has_code(analytics_list_top(&mine, &query, &items), ERROR_INVALID));
}

IN_TEST(titles_belong_to_their_specs_also_when_one_is_gone)
{
    (void)arg;
    struct ctx mine = as(cx, 0);
    struct array items = {0};
    feed_play(cx, 9, 20000);
    feed_play(cx, 9, 20000);
    feed_play(cx, 4, 20000);
    assert_ok(cx, analytics_list_top(&mine, &(struct top_query){.days = 1, .limit = 5}, &items));
    assert_int_equal(items.count, 2);
    assert_true(str_is_empty(ARRAY_AT(struct top_view, items, 0)->title));
    check_str(ARRAY_AT(struct top_view, items, 1)->title, "Spec 4");
}

IN_TEST(what_is_erased_is_forgotten)
{
    (void)arg;
    struct ctx mine = as(cx, 0);
    struct analytics_view view = {0};
    struct catalog_event withdrawn = {.spec_id = spec_id(1), .owner_id = owner};
    feed_life(cx);
    feed(cx, &catalog_spec_withdrawn, 20000, &withdrawn); /* withdrawn only */
    assert_ok(cx, analytics_load_spec(&mine, STR("1"), 30, &view));
    assert_int_equal(view.total.plays, 3);
    is_erased = true;
    feed(cx, &catalog_spec_withdrawn, 20000, &withdrawn);
    assert_ok(cx, analytics_load_spec(&mine, STR("1"), 30, &view));
    assert_int_equal(view.total.plays, 0);
    feed(cx, &identity_account_deleted, 20000, &(struct identity_event){.account_id = owner});
    assert_ok(cx, analytics_load_overview(&mine, 30, &view));
    assert_tally(&view.total, (struct tally){0});
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_play_counts_once_a_listener_and_hour),
        cmocka_unit_test(strangers_are_told_apart_by_address_and_agent),
        cmocka_unit_test(events_add_up_to_counters_series_and_revenue),
        cmocka_unit_test(the_catalogue_is_told_what_is_counted),
        cmocka_unit_test(building_again_gives_the_same),
        cmocka_unit_test(numbers_are_for_the_owner),
        cmocka_unit_test(the_best_come_first_by_each_measure),
        cmocka_unit_test(titles_belong_to_their_specs_also_when_one_is_gone),
        cmocka_unit_test(what_is_erased_is_forgotten),
    };
    engine = argc > 1 && strcmp(argv[1], "postgresql") == 0 ? DB_POSTGRESQL : DB_SQLITE;
    if (!db_fixture_has(engine))
        return 77;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
