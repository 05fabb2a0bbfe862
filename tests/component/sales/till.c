/* SPDX-License-Identifier: AGPL-3.0-or-later
 * The till itself: buying, judging, running. */
#include "tests/component/sales/till.h"

#include "base/mem/alloc.h"

#include "platform/bus/bus_sql.h"
#include "platform/cache/cache.h"
#include "platform/fiber/fiber.h"
#include "platform/fiber/loop.h"
#include "platform/jobs/jobs_sql.h"
#include "platform/mail/mail.h"
#include "platform/storage/storage.h"

#include "lib/db_fixture_main.h"
#include "modules/catalog/catalog_sql.h"
#include "modules/goods/goods_sql.h"
#include "modules/licensing/licensing_sql.h"
#include "modules/orders/orders_sql.h"
#include "modules/payments/payments_sql.h"

static const struct catalog_port catalog_port = {.has_licenses = licensing_spec_has_licenses};
static enum db_engine engine;
static const struct db_module_sql *const sql_modules[] = {
    &bus_sql, &jobs_sql, &catalog_sql, &goods_sql, &licensing_sql, &payments_sql, &orders_sql, NULL};
static const struct module *const modules[] = {&catalog_module, &licensing_module, &payments_module,
                                               &orders_module, NULL};
static const struct setting_group *const groups[] = {&licensing_settings_group,
                                                     &payments_settings_group,
                                                     &orders_settings_group,
                                                     &crypto_settings,
                                                     &storage_settings_group,
                                                     &jobs_settings_group,
                                                     NULL};
static const char *const settings[] = {"LATHE_STRIPE_SECRET_KEY=sk_till",
                                       "LATHE_STRIPE_PUBLISHABLE_KEY=pk_till",
                                       "LATHE_STRIPE_WEBHOOK_SECRET=whsec_till",
                                       "LATHE_STRIPE_API_URL=http://stripe.test",
                                       "LATHE_STRIPE_SCRIPT_URL=http://stripe.test/v3/",
                                       "LATHE_MAX_DOWNLOADS=2",
                                       "LATHE_JOBS_POLL=50ms",
                                       NULL};
static const struct job_type *job_types[] = {NULL /* the catalogue's */, &payments_event_job,
                                             &payments_finish_job, &orders_refund_job, NULL};

/* --- mail, instead of the program's own --- */

enum { MAX_MAILS = 256 };
static char subjects[MAX_MAILS][64];
static size_t mail_count;

struct error *mail_enqueue(struct ctx *cx, struct tx *tx, const struct mail_message *message)
{
    (void)cx;
    (void)tx;
    REQUIRE(mail_count < MAX_MAILS && message->subject.len < sizeof(subjects[0]));
    memset(subjects[mail_count], 0, sizeof(subjects[0]));
    memcpy(subjects[mail_count++], message->subject.ptr, message->subject.len);
    return NULL;
}

size_t till_mails(const char *subject)
{
    size_t count = 0;
    for (size_t i = 0; i < mail_count; i++)
        count += strcmp(subjects[i], subject) == 0;
    return count;
}

/* --- asserting --- */

void till_assert_ok(struct arena *arena, const struct error *error, const char *file, int line)
{
    if (error == NULL)
        return;
    print_error("unexpected error: %s\n", error_describe(arena, error).ptr);
    _fail(file, line);
}

void till_assert_reason(const struct error *error, const struct reason *reason, const char *file, int line)
{
    if (error_is(error, reason))
        return;
    print_error("is %s, not %s\n", error != NULL ? error->reason->name : "no error", reason->name);
    _fail(file, line);
}

static void run_checks(struct ctx *cx, const struct module_check *checks)
{
    for (; checks->name != NULL; checks++) {
        struct strbuf findings;
        strbuf_init(&findings, NULL, 65536);
        ASSERT_OK(cx, checks->run(cx, &findings));
        check_that(findings.len == 0, "%s:\n%.*s", checks->name, (int)findings.len, findings.ptr);
        strbuf_fini(&findings);
    }
}

void till_assert_sound(struct ctx *cx)
{
    run_checks(cx, orders_checks);
    run_checks(cx, payments_checks);
    run_checks(cx, licensing_checks);
}

int64_t till_balance(const struct ctx *cx, uint32_t account)
{
    struct ctx owner = till_as(cx, account);
    struct array balances = {0};
    ASSERT_OK(cx, ledger_load_balances(&owner, &balances));
    assert_true(balances.count <= 1);
    return balances.count == 0 ? 0 : ARRAY_AT(struct ledger_balance, balances, 0)->balance.minor;
}

/* --- buying --- */

struct error *till_place(struct ctx *buyer, enum payments_provider provider, const struct till_item *items,
                         size_t count, struct id *ret_order_id)
{
    struct order_request_item *wanted = ARENA_ARRAY(buyer->arena, struct order_request_item, count);
    for (size_t i = 0; i < count; i++)
        wanted[i] = (struct order_request_item){
            .spec_id = items[i].spec_id,
            .license_option_id = till_option_of(buyer, items[i].spec_id, items[i].type),
        };
    struct order_request request = {
        .items = {wanted, count}, .provider = (int32_t)provider, .terms_accepted = true};
    return orders_place(buyer, &request, ret_order_id);
}

struct id till_order(struct ctx *buyer, enum payments_provider provider, const struct till_item *items,
                     size_t count)
{
    struct id order_id = ID_NONE;
    ASSERT_OK(buyer, till_place(buyer, provider, items, count, &order_id));
    ASSERT_OK(buyer, orders_begin_payment(buyer, order_id));
    return order_id;
}

struct error *till_pay(struct ctx *buyer, struct id order_id)
{
    return orders_verify_payment(buyer,
                                 &(struct payments_proof){.order_id = order_id, .outcome = STR("succeed")});
}

struct id till_buy(struct ctx *buyer, struct id spec_id, enum catalog_license_type type)
{
    struct id order_id = ORDER(buyer, PAYMENTS_TEST, {spec_id, type});
    ASSERT_OK(buyer, till_pay(buyer, order_id));
    return order_id;
}

struct order_view till_read(struct ctx *cx, struct id order_id)
{
    struct order_view view;
    ASSERT_OK(cx, orders_load(cx, order_id, &view));
    return view;
}

const struct order_item_view *till_item_of(const struct order_view *view, size_t index)
{
    assert_true(index < view->items.count);
    return ARRAY_AT(struct order_item_view, view->items, index);
}

struct error *till_refund_line(struct ctx *cx, struct id order_id, struct id line_id)
{
    struct orders_refund_request request = {.order_id = order_id, .lines = {&line_id, 1}};
    return orders_refund(cx, &request);
}

/* --- time and work --- */

void till_work(struct ctx *cx)
{
    ASSERT_OK(cx, jobs_drain(cx, cx->platform->jobs));
}

void till_advance(struct ctx *cx, int64_t us)
{
    clock_advance(cx->platform->clock, us);
}

void till_run_job(struct ctx *cx, const struct job_type *type)
{
    struct job job = {.type = str_cstr(type->name), .attempt = 1, .payload = STR("{}")};
    ASSERT_OK(cx, type->run(cx, &job));
}

/* --- many at once --- */

struct crowd {
    struct ctx *cx;
    till_fn fn;
    void *arg;
    const struct reason **reasons;
    size_t next, left;
    struct fiber *waiting;
};

static void run_one(void *arg)
{
    struct crowd *crowd = arg;
    size_t index = crowd->next++;
    struct ctx mine = *crowd->cx;
    mine.arena = arena_new(0); /* a transaction may use it on another thread */
    struct error *error = crowd->fn(&mine, index, crowd->arg);
    crowd->reasons[index] = error != NULL ? error->reason : NULL;
    arena_free(mine.arena);
    if (--crowd->left == 0)
        fiber_wake(crowd->waiting);
}

void till_together(struct ctx *cx, till_fn fn, void *arg, size_t count, const struct reason **ret_reasons)
{
    struct crowd crowd = {
        .cx = cx, .fn = fn, .arg = arg, .reasons = ret_reasons, .left = count, .waiting = fiber_self()};
    for (size_t i = 0; i < count; i++)
        assert_non_null(fiber_spawn("buyer", run_one, &crowd));
    while (crowd.left != 0)
        fiber_park_firmly();
}

/* --- running --- */

struct body {
    on_loop_fn fn;
    const struct config *config;
    void **states;
};

static void start_modules(struct ctx *cx, const struct body *body)
{
    for (size_t i = 1; modules[i] != NULL; i++)
        ASSERT_OK(
            cx, modules[i]->start(cx, config_settings(body->config, modules[i]->settings), &body->states[i]));
    payments_set_port(cx, &orders_payments_port);
}

static void run_body(struct ctx *cx, void *arg)
{
    const struct body *body = arg;
    start_modules(cx, body);
    jobs_start(cx->platform->jobs);
    body->fn(cx, NULL);
    jobs_stop(cx, cx->platform->jobs);
    for (size_t i = 1; modules[i] != NULL; i++)
        modules[i]->stop(body->states[i]);
}

static void open_parts(struct db_fixture *fixture, struct platform *platform)
{
    const struct config *config = db_fixture_config(fixture);
    struct arena *arena = arena_new(0);
    struct str folder = str_cstr(db_fixture_folder(fixture));
    struct instant now = clock_read(platform->clock);
    clock_free(platform->clock);
    platform->clock = clock_new_fake(now);
    platform->public_url = STR("http://lathe.test");
    platform->cache = cache_new(platform, till_spaces, 8);
    assert_null(crypto_open(arena, config, folder, &platform->crypto));
    assert_null(storage_open(arena, config, folder, &platform->storage));
    arena_free(arena);
}

void till_run(on_loop_fn fn)
{
    void *states[COUNT_OF(modules)] = {NULL};
    struct db_fixture *fixture = db_fixture_new(&(struct db_fixture_options){
        .engine = engine, .modules = sql_modules, .settings = settings, .groups = groups});
    struct platform *platform = db_fixture_platform(fixture);
    struct body body = {fn, db_fixture_config(fixture), states};
    platform->modules = modules;
    platform->module_states = states;
    open_parts(fixture, platform);
    till_catalog_open(&catalog_port, &states[0]);
    job_types[0] = till_catalog_job;
    platform->jobs = jobs_new(platform, body.config, job_types);
    till_stripe_forget();
    mail_count = 0;
    db_fixture_run(fixture, run_body, &body);
    jobs_free(platform->jobs);
    storage_close(platform->storage);
    crypto_close(platform->crypto);
    cache_free(platform->cache);
    db_fixture_free(fixture);
}

int till_main(int argc, char **argv, const char *suite, const struct CMUnitTest *tests, size_t count)
{
    return db_fixture_main(argc, argv, suite, tests, count, &engine);
}
