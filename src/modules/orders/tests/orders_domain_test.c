/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Rules of orders: every move of a line, every refusal of an item, payments, refunds. */
#include "modules/orders/orders_domain.h"

#include "tests/lib/check.h"

/* --- moves --- */

struct move {
    enum orders_status from, to;
};
#define FIRST_MOVES                                                                                          \
    {ORDERS_PENDING, ORDERS_PAID}, {ORDERS_PENDING, ORDERS_FAILED},                                          \
    {                                                                                                        \
        ORDERS_PENDING, ORDERS_CANCELLED                                                                     \
    }
static const struct move license_moves[] = {
    FIRST_MOVES,
    {ORDERS_PAID, ORDERS_REFUNDED},
    {ORDERS_PAID, ORDERS_FAILED},
};
static const struct move product_moves[] = {
    FIRST_MOVES,
    {ORDERS_PAID, ORDERS_SHIPPED},
    {ORDERS_PAID, ORDERS_REFUNDED},
    {ORDERS_PAID, ORDERS_FAILED},
    {ORDERS_SHIPPED, ORDERS_DELIVERED},
    {ORDERS_SHIPPED, ORDERS_REFUNDED},
    {ORDERS_DELIVERED, ORDERS_COMPLETED},
    {ORDERS_DELIVERED, ORDERS_REFUNDED},
    {ORDERS_COMPLETED, ORDERS_REFUNDED},
};
static const struct {
    const struct move *moves;
    size_t count;
} expected[ORDER_LINE_KINDS] = {
    [ORDER_LINE_LICENSE] = {license_moves, COUNT_OF(license_moves)},
    [ORDER_LINE_LICENSE_WIN] = {license_moves, COUNT_OF(license_moves)},
    [ORDER_LINE_PRODUCT_WIN] = {product_moves, COUNT_OF(product_moves)},
};

static bool is_expected(int kind, enum orders_status from, enum orders_status to)
{
    for (size_t i = 0; i < expected[kind].count; i++)
        if (expected[kind].moves[i].from == from && expected[kind].moves[i].to == to)
            return true;
    return false;
}

static void a_line_makes_the_moves_of_its_kind_and_no_other(void **state)
{
    (void)state;
    for (int kind = 0; kind < ORDER_LINE_KINDS; kind++)
        for (int from = 0; from < ORDERS_STATUS_COUNT; from++)
            for (int to = 0; to < ORDERS_STATUS_COUNT; to++)
                check_that(order_line_may_move((enum order_line_kind)kind, (enum orders_status)from,
                                               (enum orders_status)to) ==
                               is_expected(kind, (enum orders_status)from, (enum orders_status)to),
                           "%s: %s to %s", order_line_kind_words.words[kind], orders_status_words.words[from],
                           orders_status_words.words[to]);
}

static void goods_are_moved_on_by_those_whose_word_it_is(void **state)
{
    (void)state;
    static const struct {
        enum orders_status from, to;
        enum shipping_verdict seller, buyer;
    } rows[] = {
        {ORDERS_PAID, ORDERS_SHIPPED, SHIPPING_OK, SHIPPING_NOT_YOURS},
        {ORDERS_SHIPPED, ORDERS_SHIPPED, SHIPPING_SAID, SHIPPING_NOT_YOURS},
        {ORDERS_PENDING, ORDERS_SHIPPED, SHIPPING_WRONG_STATE, SHIPPING_NOT_YOURS},
        {ORDERS_REFUNDED, ORDERS_SHIPPED, SHIPPING_WRONG_STATE, SHIPPING_NOT_YOURS},
        {ORDERS_SHIPPED, ORDERS_DELIVERED, SHIPPING_OK, SHIPPING_OK},
        {ORDERS_PAID, ORDERS_DELIVERED, SHIPPING_WRONG_STATE, SHIPPING_WRONG_STATE},
        {ORDERS_DELIVERED, ORDERS_COMPLETED, SHIPPING_NOT_YOURS, SHIPPING_OK},
        {ORDERS_SHIPPED, ORDERS_COMPLETED, SHIPPING_NOT_YOURS, SHIPPING_WRONG_STATE},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        check_that(order_judge_shipping(ORDER_LINE_PRODUCT_WIN, rows[i].from, rows[i].to, true, false) ==
                       rows[i].seller,
                   "row %zu, seller", i);
        check_that(order_judge_shipping(ORDER_LINE_PRODUCT_WIN, rows[i].from, rows[i].to, false, true) ==
                       rows[i].buyer,
                   "row %zu, buyer", i);
        check_that(order_judge_shipping(ORDER_LINE_PRODUCT_WIN, rows[i].from, rows[i].to, false, false) ==
                       SHIPPING_NOT_YOURS,
                   "row %zu, a stranger", i);
    }
    assert_int_equal(order_judge_shipping(ORDER_LINE_LICENSE, ORDERS_PAID, ORDERS_SHIPPED, true, false),
                     SHIPPING_WRONG_STATE);
}

static void what_is_over_stays_over(void **state)
{
    (void)state;
    static const enum orders_status over[] = {ORDERS_FAILED, ORDERS_CANCELLED, ORDERS_REFUNDED};
    for (size_t i = 0; i < COUNT_OF(over); i++)
        for (int to = 0; to < ORDERS_STATUS_COUNT; to++)
            for (int kind = 0; kind < ORDER_LINE_KINDS; kind++)
                assert_false(
                    order_line_may_move((enum order_line_kind)kind, over[i], (enum orders_status)to));
}

/* --- items --- */

static struct id id_of(uint8_t number)
{
    struct id id = ID_NONE;
    id.bytes[15] = number;
    return id;
}

static struct order_item_facts item(uint8_t spec, const char *currency, int64_t minor)
{
    struct order_item_facts facts = {
        .spec_id = id_of(spec),
        .option_spec_id = id_of(spec),
        .seller_id = id_of(100),
        .price = {.minor = minor},
        .is_open = true,
    };
    assert_true(currency_parse(str_cstr(currency), &facts.price.currency));
    return facts;
}

static const uint8_t buyer = 200;

static void items_that_fit_are_taken(void **state)
{
    (void)state;
    struct order_item_facts items[] = {item(1, "USD", 100), item(2, "USD", 0), item(3, "USD", 5)};
    struct money total;
    items[1].seller_id = id_of(101);
    items[2].shown_price = items[2].price;
    for (size_t i = 0; i < COUNT_OF(items); i++)
        assert_int_equal(order_judge_item(items, i, id_of(buyer)), ITEM_OK);
    assert_true(order_total(items, COUNT_OF(items), &total));
    assert_int_equal(total.minor, 105);
    assert_string_equal(total.currency.code, "USD");
}

static void items_that_do_not_fit_are_refused(void **state)
{
    (void)state;
    struct order_item_facts pair[] = {item(1, "USD", 100), item(2, "USD", 100)};
    pair[1].option_spec_id = id_of(9);
    assert_int_equal(order_judge_item(pair, 1, id_of(buyer)), ITEM_OTHER_SPEC);
    pair[1] = item(2, "USD", 100);
    pair[1].is_open = false;
    assert_int_equal(order_judge_item(pair, 1, id_of(buyer)), ITEM_CLOSED);
    pair[1] = item(2, "USD", 100);
    assert_int_equal(order_judge_item(pair, 1, id_of(100)), ITEM_OWN);
    pair[1] = item(1, "USD", 100);
    assert_int_equal(order_judge_item(pair, 1, id_of(buyer)), ITEM_DUPLICATE);
    assert_int_equal(order_judge_item(pair, 0, id_of(buyer)), ITEM_OK);
    pair[1] = item(2, "EUR", 100);
    assert_int_equal(order_judge_item(pair, 1, id_of(buyer)), ITEM_OTHER_CURRENCY);
}

static void a_price_is_the_one_that_was_shown(void **state)
{
    (void)state;
    struct order_item_facts one = item(1, "USD", 100);
    one.shown_price = (struct money){.minor = 99, .currency = one.price.currency};
    assert_int_equal(order_judge_item(&one, 0, id_of(buyer)), ITEM_PRICE_CHANGED);
    one.shown_price = item(1, "EUR", 100).price;
    assert_int_equal(order_judge_item(&one, 0, id_of(buyer)), ITEM_PRICE_CHANGED);
    one.shown_price = (struct money){.minor = 0};
    assert_int_equal(order_judge_item(&one, 0, id_of(buyer)), ITEM_OK);
}

static void a_total_past_all_bounds_is_refused(void **state)
{
    (void)state;
    struct order_item_facts items[] = {item(1, "USD", INT64_MAX), item(2, "USD", 1)};
    struct money total;
    assert_false(order_total(items, COUNT_OF(items), &total));
}

/* --- payments and refunds --- */

static void a_payment_sells_once_and_in_time(void **state)
{
    (void)state;
    const struct instant expiry = {1000};
    assert_int_equal(order_judge_payment(ORDERS_PENDING, expiry, (struct instant){999}), PAYMENT_SELLS);
    assert_int_equal(order_judge_payment(ORDERS_PENDING, expiry, (struct instant){1000}), PAYMENT_LATE);
    for (int status = ORDERS_PROCESSING; status < ORDERS_STATUS_COUNT; status++) {
        bool is_over = status == ORDERS_FAILED || status == ORDERS_CANCELLED;
        for (int64_t now = 999; now <= 1000; now++)
            assert_int_equal(order_judge_payment((enum orders_status)status, expiry, (struct instant){now}),
                             is_over ? PAYMENT_UNWANTED : PAYMENT_SOLD_BEFORE);
    }
}

static void an_order_is_refunded_with_its_last_line(void **state)
{
    (void)state;
    const enum orders_status some[] = {ORDERS_REFUNDED, ORDERS_PAID},
                             all[] = {ORDERS_REFUNDED, ORDERS_REFUNDED};
    assert_int_equal(order_status_of_lines(some, 2), ORDERS_PAID);
    assert_int_equal(order_status_of_lines(all, 2), ORDERS_REFUNDED);
    const enum orders_status sent[] = {ORDERS_DELIVERED, ORDERS_SHIPPED, ORDERS_REFUNDED};
    assert_int_equal(order_status_of_lines(sent, 3), ORDERS_SHIPPED);
}

static void refunds_are_judged(void **state)
{
    (void)state;
    for (int status = 0; status < ORDERS_STATUS_COUNT; status++) {
        enum orders_status line = (enum orders_status)status;
        assert_int_equal(order_judge_refund(line, false, false), REFUND_NOT_YOURS);
        assert_int_equal(order_judge_refund(line, false, true),
                         order_line_is_sold(line) ? REFUND_OK : REFUND_NOTHING);
        assert_int_equal(order_judge_refund(line, true, true),
                         order_line_is_sold(line) ? REFUND_UNDER_WAY : REFUND_NOTHING);
    }
}

/* --- money that went back at the provider --- */

struct share_case {
    const char *what;
    int64_t minor;
    size_t count;
    struct order_share before[3];
    int64_t parts[3], fees[3];
    bool is_over[3];
    int64_t credit;
};
/* clang-format off */
#define LINE(price, refunded, fee, fee_back)  {price, refunded, fee, fee_back, false, 0, 0, false}
#define NAMED(price, refunded, fee, fee_back) {price, refunded, fee, fee_back, true, 0, 0, false}
static const struct share_case share_cases[] = {
    {"one line, all of it", 2000, 1, {LINE(2000, 0, 200, 0)}, {2000}, {200}, {true}, 0},
    {"one line, a part", 999, 1, {LINE(2000, 0, 200, 0)}, {999}, {99}, {false}, 0},
    {"the rest of a part takes the rest of the fee", 1001, 1, {LINE(2000, 999, 200, 99)}, {1001}, {101}, {true}, 0},
    {"more than is left", 2500, 1, {LINE(2000, 0, 200, 0)}, {2000}, {200}, {true}, 500},
    {"all of two lines, and what cost nothing", 2700, 3, {LINE(2000, 0, 200, 0), LINE(700, 0, 70, 0), LINE(0, 0, 0, 0)}, {2000, 700, 0}, {200, 70, 0}, {true, true, true}, 0},
    {"exactly one line", 700, 2, {LINE(2000, 0, 200, 0), LINE(700, 0, 70, 0)}, {0, 700}, {0, 70}, {false, true}, 0},
    {"exactly what is left of one", 700, 2, {LINE(2000, 1300, 200, 130), LINE(900, 0, 90, 0)}, {700, 0}, {70, 0}, {true, false}, 0},
    {"two that cost the same", 1000, 2, {LINE(1000, 0, 100, 0), LINE(1000, 0, 100, 0)}, {500, 500}, {50, 50}, {false, false}, 0},
    {"two that cost the same, one named", 1000, 2, {LINE(1000, 0, 100, 0), NAMED(1000, 0, 100, 0)}, {0, 1000}, {0, 100}, {false, true}, 0},
    {"a part of a line that is named", 300, 2, {LINE(1000, 0, 100, 0), NAMED(1000, 0, 100, 0)}, {0, 300}, {0, 30}, {false, false}, 0},
    {"more than the named line has", 1500, 2, {LINE(1000, 0, 100, 0), NAMED(1000, 0, 100, 0)}, {750, 750}, {75, 75}, {false, false}, 0},
    {"units that do not divide go to the first", 2, 3, {LINE(1000, 0, 100, 0), LINE(1000, 0, 100, 0), LINE(1000, 0, 100, 0)}, {1, 1, 0}, {0, 0, 0}, {false, false, false}, 0},
    {"without a fee", 500, 2, {LINE(1000, 0, 0, 0), LINE(1000, 0, 0, 0)}, {250, 250}, {0, 0}, {false, false}, 0},
    {"nothing is left, what is free stays", 500, 2, {LINE(1000, 1000, 100, 100), LINE(0, 0, 0, 0)}, {0, 0}, {0, 0}, {false, false}, 500},
    {"the largest amounts", INT64_MAX / 2, 1, {LINE(INT64_MAX - 1, 0, INT64_MAX - 1, 0)}, {INT64_MAX / 2}, {INT64_MAX / 2}, {false}, 0},
};
/* clang-format on */

static void what_goes_back_is_shared_over_the_lines(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(share_cases); i++) {
        const struct share_case *row = &share_cases[i];
        struct order_share shares[3];
        memcpy(shares, row->before, sizeof(shares));
        int64_t credit = order_share_return(shares, row->count, row->minor), sum = credit;
        check_that(credit == row->credit, "%s: credit %lld", row->what, (long long)credit);
        for (size_t k = 0; k < row->count; k++) {
            sum += shares[k].minor;
            check_that(shares[k].minor == row->parts[k] && shares[k].fee_back_minor == row->fees[k] &&
                           shares[k].is_over == row->is_over[k],
                       "%s: line %zu bears %lld with a fee of %lld", row->what, k, (long long)shares[k].minor,
                       (long long)shares[k].fee_back_minor);
        }
        check_that(sum == row->minor, "%s: all of it is shared", row->what);
    }
}

static void without_a_line_all_of_it_is_credit(void **state)
{
    (void)state;
    assert_int_equal(order_share_return(NULL, 0, 700), 700);
}

static void parts_end_where_the_whole_ends(void **state)
{
    (void)state;
    struct order_share lines[] = {{.price_minor = 1999, .fee_minor = 200},
                                  {.price_minor = 701, .fee_minor = 70},
                                  {.price_minor = 3, .fee_minor = 1}};
    for (int64_t given = 0, part = 1; given < 2703; given += part, part = part * 3 % 97 + 1) {
        part = part < 2703 - given ? part : 2703 - given;
        for (size_t i = 0; i < COUNT_OF(lines); i++)
            lines[i].minor = lines[i].fee_back_minor = 0;
        assert_int_equal(order_share_return(lines, COUNT_OF(lines), part), 0);
        for (size_t i = 0; i < COUNT_OF(lines); i++) {
            lines[i].refunded_minor += lines[i].minor;
            lines[i].fee_refunded_minor += lines[i].fee_back_minor;
            check_that(lines[i].fee_back_minor >= 0 && lines[i].refunded_minor <= lines[i].price_minor,
                       "line %zu at %lld", i, (long long)given);
        }
    }
    for (size_t i = 0; i < COUNT_OF(lines); i++)
        check_that(lines[i].refunded_minor == lines[i].price_minor &&
                       lines[i].fee_refunded_minor == lines[i].fee_minor,
                   "line %zu", i);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_makes_the_moves_of_its_kind_and_no_other),
        cmocka_unit_test(goods_are_moved_on_by_those_whose_word_it_is),
        cmocka_unit_test(what_is_over_stays_over),
        cmocka_unit_test(items_that_fit_are_taken),
        cmocka_unit_test(items_that_do_not_fit_are_refused),
        cmocka_unit_test(a_price_is_the_one_that_was_shown),
        cmocka_unit_test(a_total_past_all_bounds_is_refused),
        cmocka_unit_test(a_payment_sells_once_and_in_time),
        cmocka_unit_test(an_order_is_refunded_with_its_last_line),
        cmocka_unit_test(refunds_are_judged),
        cmocka_unit_test(what_goes_back_is_shared_over_the_lines),
        cmocka_unit_test(without_a_line_all_of_it_is_credit),
        cmocka_unit_test(parts_end_where_the_whole_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
