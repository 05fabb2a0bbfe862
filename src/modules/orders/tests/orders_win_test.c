/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Orders for wins on a real database: paid or lapsed, told to the auction in the same transaction, sent, received, refunded. */
#include "platform/bus/bus_sql.h"
#include "platform/clock/clock.h"
#include "platform/jobs/jobs_sql.h"

#include "lib/db_fixture.h"
#include "modules/goods/goods.h"
#include "modules/orders/orders_sql.h"
#include "modules/orders/tests/neighbours.h"
#include "tests/lib/check.h"

/* --- the auction --- */

struct auction {
    int paid, lapsed;
    bool refuses;
};
static struct auction auction;
static const uint8_t auction_number = 30;

static struct error *answer(struct ctx *cx, struct id auction_id, int *count)
{
    assert_true(id_equal(auction_id, neighbour(auction_number)));
    if (auction.refuses)
        return ERROR_CODE(cx, CONFLICT, "the auction refuses");
    ++*count;
    return NULL;
}

static struct error *win_paid(struct ctx *cx, struct tx *tx, struct id auction_id, struct id order_id)
{
    (void)tx;
    (void)order_id;
    return answer(cx, auction_id, &auction.paid);
}

static struct error *win_lapsed(struct ctx *cx, struct tx *tx, struct id auction_id, struct id order_id)
{
    (void)tx;
    (void)order_id;
    return answer(cx, auction_id, &auction.lapsed);
}

static const struct orders_port port = {.win_paid = win_paid, .win_lapsed = win_lapsed};

/* --- running --- */

static enum db_engine engine;
static const struct db_module_sql *const sql_modules[] = {&bus_sql, &jobs_sql, &orders_sql, NULL};
static const struct module *const modules[] = {&orders_module, NULL};
static const struct orders_settings settings = {.expiry_us = 30 * US_PER_MINUTE};

static void assert_ok(struct ctx *cx, const struct error *error)
{
    if (error != NULL)
        fail_msg("unexpected error: %s", error_describe(cx->arena, error).ptr);
}

static struct caller callers[STRANGER + 1];

static struct ctx as(const struct ctx *cx, uint8_t account)
{
    struct ctx mine = *cx;
    callers[account] = (struct caller){.account_id = neighbour(account)};
    mine.caller = &callers[account];
    return mine;
}

static void run(on_loop_fn fn)
{
    struct db_fixture *fixture =
        db_fixture_new(&(struct db_fixture_options){.engine = engine, .modules = sql_modules});
    struct platform *platform = db_fixture_platform(fixture);
    struct orders_state state = {.settings = &settings, .port = &port};
    void *states[] = {&state, NULL};
    platform->modules = modules;
    platform->module_states = states;
    neighbours = (struct neighbours){.is_held = true, .is_offered = true};
    auction = (struct auction){.paid = 0};
    db_fixture_run(fixture, fn, NULL);
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

/* --- builders --- */

enum win_kind { PRODUCT, LICENSE };
struct winning {
    struct orders_win win;
    struct id order_id;
};

static struct error *create(struct ctx *cx, struct tx *tx, void *arg)
{
    struct winning *winning = arg;
    return orders_create_for_win(cx, tx, &winning->win, &winning->order_id);
}

static struct id win(struct ctx *cx, enum win_kind kind, int64_t pay_within_us)
{
    struct winning winning = {
        .win = {.auction_id = neighbour(auction_number),
                .item_id = neighbour(40),
                .option_id = kind == LICENSE ? neighbour(50) : ID_NONE,
                .winner_id = neighbour(BUYER),
                .price = {.minor = 12300},
                .pay_by = instant_add_us(clock_now(cx), pay_within_us)},
    };
    assert_true(currency_parse(STR("EUR"), &winning.win.price.currency));
    assert_ok(cx, db_transact(cx, TX_WRITE, create, &winning));
    return winning.order_id;
}

static const struct order_address home = {.name = STR_INIT("Lena Marsh"),
                                          .line1 = STR_INIT("Hafen 1"),
                                          .city = STR_INIT("Leipzig"),
                                          .country = STR_INIT("DE")};

struct deciding {
    struct id order_id;
    enum payments_decision decision;
};

static struct error *decide(struct ctx *cx, struct tx *tx, void *arg)
{
    struct deciding *deciding = arg;
    return orders_payments_port.decide(cx, tx, deciding->order_id, &deciding->decision);
}

/* What payments does when the provider has authorised. */
static enum payments_decision pay(struct ctx *cx, struct id order_id)
{
    struct deciding deciding = {.order_id = order_id};
    assert_ok(cx, db_transact(cx, TX_WRITE, decide, &deciding));
    return deciding.decision;
}

static struct order_view load(const struct ctx *cx, uint8_t account, struct id order_id)
{
    struct ctx mine = as(cx, account);
    struct order_view view = {.id = ID_NONE};
    assert_ok(&mine, orders_load(&mine, order_id, &view));
    return view;
}

static struct order_item_view item_of(const struct order_view *view)
{
    assert_int_equal(view->items.count, 1);
    return *ARRAY_AT(struct order_item_view, view->items, 0);
}

static struct id paid_product(struct ctx *cx)
{
    struct id order_id = win(cx, PRODUCT, US_PER_HOUR);
    struct ctx buyer = as(cx, BUYER);
    assert_ok(cx, orders_put_address(&buyer, order_id, &home));
    assert_int_equal(pay(cx, order_id), PAYMENTS_CAPTURE);
    return order_id;
}

static struct error *move(const struct ctx *cx, uint8_t account, struct id order_id, enum orders_status to)
{
    struct ctx mine = as(cx, account);
    struct order_view view = load(cx, BUYER, order_id);
    return orders_move_goods(&mine, &(struct order_shipping){
                                        .order_id = order_id,
                                        .line_id = item_of(&view).id,
                                        .to = to,
                                        .carrier = STR("DHL"),
                                        .tracking_number = STR("JJD 01"),
                                        .tracking_url = STR(""),
                                    });
}

/* --- paid --- */

IN_TEST(a_won_product_waits_for_its_own_deadline)
{
    (void)arg;
    struct instant now = clock_now(cx);
    struct order_view view = load(cx, BUYER, win(cx, PRODUCT, 48 * US_PER_HOUR));
    assert_int_equal(view.status, ORDERS_PENDING);
    assert_true(view.expires_at.us - now.us >= 48 * US_PER_HOUR);
    assert_true(id_equal(view.auction_id, neighbour(auction_number)));
    assert_int_equal(view.total.minor, 12300);
    assert_int_equal(item_of(&view).kind, ORDER_LINE_PRODUCT_WIN);
    assert_true(id_equal(item_of(&view).product_id, neighbour(40)));
    assert_true(id_is_none(item_of(&view).spec_id));
}

IN_TEST(a_paid_win_sells_the_held_piece_and_tells_the_auction)
{
    (void)arg;
    struct id order_id = paid_product(cx);
    assert_int_equal(load(cx, BUYER, order_id).status, ORDERS_PAID);
    assert_int_equal(neighbours.pieces_sold, 1);
    assert_int_equal(neighbours.licenses, 0);
    assert_int_equal(neighbours.posted, 1);
    assert_int_equal(auction.paid, 1);
    assert_int_equal(pay(cx, order_id), PAYMENTS_CAPTURE); /* said twice */
    assert_int_equal(neighbours.pieces_sold, 1);
    assert_int_equal(auction.paid, 1);
}

IN_TEST(a_paid_licence_win_is_an_exclusive_sale)
{
    (void)arg;
    struct id order_id = win(cx, LICENSE, US_PER_HOUR);
    assert_int_equal(pay(cx, order_id), PAYMENTS_CAPTURE);
    struct order_view view = load(cx, BUYER, order_id);
    assert_int_equal(item_of(&view).kind, ORDER_LINE_LICENSE_WIN);
    assert_int_equal(item_of(&view).price.minor, 12300);
    assert_int_equal(neighbours.licenses, 1);
    assert_int_equal(neighbours.closed_offerings, 1);
    assert_int_equal(auction.paid, 1);
}

static struct error *fall_through(struct ctx *cx, struct tx *tx, void *arg)
{
    return orders_payments_port.failed(cx, tx, *(struct id *)arg, STR("the provider let it go"));
}

IN_TEST(a_payment_that_falls_through_is_told_to_the_auction)
{
    (void)arg;
    struct id order_ids[] = {paid_product(cx), win(cx, LICENSE, US_PER_HOUR)};
    assert_int_equal(pay(cx, order_ids[1]), PAYMENTS_CAPTURE);
    for (size_t i = 0; i < COUNT_OF(order_ids); i++) {
        for (int said = 0; said < 2; said++)
            assert_ok(cx, db_transact(cx, TX_WRITE, fall_through, &order_ids[i]));
        assert_int_equal(load(cx, BUYER, order_ids[i]).status, ORDERS_FAILED);
        assert_int_equal(auction.lapsed, i + 1);
    }
    assert_int_equal(neighbours.closed_offerings, 0);
}

IN_TEST(a_commit_that_the_auction_refuses_sells_nothing)
{
    (void)arg;
    struct id order_id = win(cx, PRODUCT, US_PER_HOUR);
    struct deciding deciding = {.order_id = order_id};
    auction.refuses = true;
    assert_true(error_has_code(db_transact(cx, TX_WRITE, decide, &deciding), ERROR_CONFLICT));
    assert_int_equal(load(cx, BUYER, order_id).status, ORDERS_PENDING);
}

IN_TEST(what_cannot_be_sold_any_more_fails_and_lapses)
{
    (void)arg;
    struct id product = win(cx, PRODUCT, US_PER_HOUR), spec = win(cx, LICENSE, US_PER_HOUR);
    neighbours.is_held = neighbours.is_offered = false;
    assert_int_equal(pay(cx, product), PAYMENTS_VOID);
    assert_int_equal(pay(cx, spec), PAYMENTS_VOID);
    check_str(load(cx, BUYER, product).failure.code, "goods.out_of_stock");
    check_str(load(cx, BUYER, spec).failure.code, "licensing.exclusive_sold");
    assert_int_equal(auction.lapsed, 2);
    assert_int_equal(neighbours.pieces_sold + neighbours.licenses, 0);
}

/* --- not paid --- */

IN_TEST(a_win_that_nobody_pays_lapses_with_its_order)
{
    (void)arg;
    struct id late = win(cx, PRODUCT, -1), waiting = win(cx, PRODUCT, US_PER_HOUR);
    auction.refuses = true; /* both or neither */
    assert_non_null(orders_expire_job.run(cx, NULL));
    assert_int_equal(load(cx, BUYER, late).status, ORDERS_PENDING);
    auction.refuses = false;
    for (int i = 0; i < 2; i++)
        assert_ok(cx, orders_expire_job.run(cx, NULL));
    assert_int_equal(load(cx, BUYER, late).status, ORDERS_CANCELLED);
    check_str(load(cx, BUYER, late).failure.code, "orders.expired");
    assert_int_equal(load(cx, BUYER, waiting).status, ORDERS_PENDING);
    assert_int_equal(auction.lapsed, 1);
    assert_int_equal(neighbours.abandoned, 1);
}

IN_TEST(a_payment_after_the_deadline_is_voided)
{
    (void)arg;
    struct id order_id = win(cx, PRODUCT, -1);
    assert_int_equal(pay(cx, order_id), PAYMENTS_VOID);
    assert_int_equal(load(cx, BUYER, order_id).status, ORDERS_CANCELLED);
    assert_int_equal(auction.lapsed, 1);
}

IN_TEST(a_winner_who_gives_up_lapses_too)
{
    (void)arg;
    struct id order_id = win(cx, PRODUCT, US_PER_HOUR);
    struct ctx buyer = as(cx, BUYER);
    assert_ok(cx, orders_cancel(&buyer, order_id));
    assert_int_equal(auction.lapsed, 1);
}

struct voiding {
    struct id order_id;
};

static struct error *void_win(struct ctx *cx, struct tx *tx, void *arg)
{
    return orders_cancel_win(cx, tx, ((struct voiding *)arg)->order_id, STR("the auction was voided"));
}

IN_TEST(a_voided_auction_cancels_its_order_without_hearing_of_it)
{
    (void)arg;
    struct voiding open = {win(cx, PRODUCT, US_PER_HOUR)}, paid = {paid_product(cx)};
    for (int i = 0; i < 2; i++)
        assert_ok(cx, db_transact(cx, TX_WRITE, void_win, &open));
    assert_int_equal(load(cx, BUYER, open.order_id).status, ORDERS_CANCELLED);
    assert_int_equal(auction.lapsed, 0);
    assert_true(error_is(db_transact(cx, TX_WRITE, void_win, &paid), &orders_wrong_state));
}

/* --- paying --- */

IN_TEST(goods_need_an_address_before_they_are_paid)
{
    (void)arg;
    struct id order_id = win(cx, PRODUCT, US_PER_HOUR);
    struct ctx buyer = as(cx, BUYER), stranger = as(cx, STRANGER), seller = as(cx, SELLER);
    const struct order_payment_request request = {.provider = -1, .terms_accepted = true};
    const struct order_payment_request elsewhere = {.provider = PAYMENTS_STRIPE, .terms_accepted = true};
    assert_true(error_is(orders_choose_payment(&buyer, order_id, &request), &orders_address_missing));
    assert_true(error_is(orders_verify_payment(&buyer, &(struct payments_proof){.order_id = order_id}),
                         &orders_address_missing));
    assert_true(error_has_code(orders_put_address(&stranger, order_id, &home), ERROR_NOT_FOUND));
    assert_true(error_has_code(orders_put_address(&seller, order_id, &home), ERROR_NOT_FOUND));
    assert_ok(cx, orders_put_address(&buyer, order_id, &home));
    assert_true(
        error_is(orders_choose_payment(&buyer, order_id, &(struct order_payment_request){.provider = -1}),
                 &orders_terms));
    assert_true(error_has_code(orders_choose_payment(&stranger, order_id, &request), ERROR_NOT_FOUND));
    for (int i = 0; i < 2; i++)
        assert_ok(cx, orders_choose_payment(&buyer, order_id, &request));
    assert_true(neighbours.is_begun);
    assert_true(error_is(orders_choose_payment(&buyer, order_id, &elsewhere), &orders_wrong_state));
    assert_true(error_is(orders_choose_payment(&buyer, win(cx, LICENSE, -1), &request), &orders_expired));
    assert_true(
        error_is(orders_put_address(&buyer, win(cx, LICENSE, US_PER_HOUR), &home), &orders_wrong_state));
}

IN_TEST(an_address_is_seen_by_the_two_parties_alone)
{
    (void)arg;
    struct id order_id = win(cx, PRODUCT, US_PER_HOUR);
    struct ctx buyer = as(cx, BUYER), admin = as(cx, STRANGER);
    struct order_view view = {.id = ID_NONE};
    callers[STRANGER].permissions = PERMISSION_BIT(ORDER_ADMIN);
    assert_ok(cx, orders_put_address(&buyer, order_id, &home));
    check_str(load(cx, BUYER, order_id).address.city, "Leipzig");
    struct ctx seller = as(cx, SELLER);
    assert_true(error_has_code(orders_load(&seller, order_id, &view), ERROR_NOT_FOUND)); /* not paid yet */
    assert_int_equal(pay(cx, order_id), PAYMENTS_CAPTURE);
    check_str(load(cx, SELLER, order_id).address.city, "Leipzig");
    assert_ok(cx, orders_load(&admin, order_id, &view));
    assert_null(view.address.city.ptr);
}

/* --- on their way --- */

IN_TEST(goods_are_sent_received_and_accepted)
{
    (void)arg;
    struct id order_id = paid_product(cx);
    struct ctx buyer = as(cx, BUYER);
    assert_true(error_has_code(move(cx, BUYER, order_id, ORDERS_SHIPPED), ERROR_FORBIDDEN));
    assert_true(error_has_code(move(cx, STRANGER, order_id, ORDERS_SHIPPED), ERROR_NOT_FOUND));
    assert_true(error_is(move(cx, BUYER, order_id, ORDERS_DELIVERED), &orders_wrong_state));
    int mails = neighbours.mails;
    for (int i = 0; i < 2; i++)
        assert_ok(cx, move(cx, SELLER, order_id, ORDERS_SHIPPED));
    assert_int_equal(neighbours.mails, mails + 1);
    struct order_view view = load(cx, BUYER, order_id);
    assert_int_equal(view.status, ORDERS_SHIPPED);
    check_str(item_of(&view).shipment.tracking_number, "JJD 01");
    assert_true(error_is(orders_put_address(&buyer, order_id, &home), &orders_wrong_state));
    assert_true(error_has_code(move(cx, SELLER, order_id, ORDERS_COMPLETED), ERROR_FORBIDDEN));
    assert_ok(cx, move(cx, BUYER, order_id, ORDERS_DELIVERED));
    assert_ok(cx, move(cx, BUYER, order_id, ORDERS_COMPLETED));
    view = load(cx, SELLER, order_id);
    assert_int_equal(view.status, ORDERS_COMPLETED);
    assert_false(instant_is_none(item_of(&view).shipment.completed_at));
}

IN_TEST(a_product_is_refunded_wherever_it_is)
{
    (void)arg;
    struct id order_id = paid_product(cx);
    struct ctx seller = as(cx, SELLER);
    assert_ok(cx, move(cx, SELLER, order_id, ORDERS_SHIPPED));
    assert_ok(&seller, orders_refund(&seller, &(struct orders_refund_request){.order_id = order_id}));
    assert_int_equal(load(cx, BUYER, order_id).status, ORDERS_REFUNDED);
    assert_int_equal(neighbours.refunded_minor, 12300);
    assert_int_equal(neighbours.withdrawn, 0);
    assert_true(error_is(move(cx, BUYER, order_id, ORDERS_DELIVERED), &orders_wrong_state));
}

static struct error *erase(struct ctx *cx, struct tx *tx, void *arg)
{
    (void)arg;
    return orders_erase_account(cx, tx, neighbour(BUYER));
}

IN_TEST(an_erased_account_keeps_the_address_of_what_is_on_its_way)
{
    (void)arg;
    struct id sent = paid_product(cx), open = win(cx, PRODUCT, US_PER_HOUR);
    struct ctx buyer = as(cx, BUYER);
    struct str json = STR_NONE;
    assert_ok(cx, orders_put_address(&buyer, open, &home));
    assert_ok(cx, orders_export_account(cx, neighbour(BUYER), &json));
    assert_true(str_find(json, STR("Hafen 1")) >= 0);
    assert_ok(cx, db_transact(cx, TX_WRITE, erase, NULL));
    check_str(load(cx, BUYER, sent).address.city, "Leipzig");
    assert_null(load(cx, BUYER, open).address.city.ptr);
}

IN_TEST(what_was_won_satisfies_the_checks)
{
    (void)arg;
    struct strbuf findings;
    (void)paid_product(cx);
    (void)win(cx, LICENSE, US_PER_HOUR);
    assert_ok(cx, move(cx, SELLER, paid_product(cx), ORDERS_SHIPPED));
    strbuf_init(&findings, cx->arena, 4096);
    for (const struct module_check *check = orders_checks; check->name != NULL; check++)
        assert_ok(cx, check->run(cx, &findings));
    check_str(strbuf_str(&findings), "");
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_won_product_waits_for_its_own_deadline),
        cmocka_unit_test(a_paid_win_sells_the_held_piece_and_tells_the_auction),
        cmocka_unit_test(a_paid_licence_win_is_an_exclusive_sale),
        cmocka_unit_test(a_payment_that_falls_through_is_told_to_the_auction),
        cmocka_unit_test(a_commit_that_the_auction_refuses_sells_nothing),
        cmocka_unit_test(what_cannot_be_sold_any_more_fails_and_lapses),
        cmocka_unit_test(a_win_that_nobody_pays_lapses_with_its_order),
        cmocka_unit_test(a_payment_after_the_deadline_is_voided),
        cmocka_unit_test(a_winner_who_gives_up_lapses_too),
        cmocka_unit_test(a_voided_auction_cancels_its_order_without_hearing_of_it),
        cmocka_unit_test(goods_need_an_address_before_they_are_paid),
        cmocka_unit_test(an_address_is_seen_by_the_two_parties_alone),
        cmocka_unit_test(goods_are_sent_received_and_accepted),
        cmocka_unit_test(a_product_is_refunded_wherever_it_is),
        cmocka_unit_test(an_erased_account_keeps_the_address_of_what_is_on_its_way),
        cmocka_unit_test(what_was_won_satisfies_the_checks),
    };
    engine = argc > 1 && strcmp(argv[1], "postgresql") == 0 ? DB_POSTGRESQL : DB_SQLITE;
    if (!db_fixture_has(engine))
        return 77;
    if (argc > 2)
        cmocka_set_test_filter(argv[2]);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
