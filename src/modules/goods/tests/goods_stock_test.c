/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Stock on a real database: what is free, held and sold, whoever comes in between. */
#include "platform/db/tests/crowd.h"

#include "modules/goods/goods_test_sql.h"
#include "modules/goods/tests/stall.h"

static void assert_stock(struct ctx *cx, struct id id, int64_t stock, int64_t held, int64_t sold)
{
    struct product_row product = stall_load(cx, id);
    assert_int_equal(product.stock, stock);
    assert_int_equal(product.held, held);
    assert_int_equal(product.sold, sold);
    assert_int_equal(stall_count(cx, GOODS_TEST_SUM_MOVEMENTS(.product_id = id)), stock);
    assert_int_equal(stall_count(cx, GOODS_TEST_COUNT_HOLDERS(.product_id = id)), held);
}

IN_STALL(a_piece_is_held_once_for_its_holder)
{
    (void)arg;
    struct id id = stall_product(cx, 2);
    for (int i = 0; i < 3; i++)
        assert_ok(cx, stall_do(cx, goods_hold, id, stall_holder(1)));
    assert_stock(cx, id, 1, 1, 0);
    assert_int_equal(stall_count(cx, GOODS_TEST_COUNT_MOVEMENTS(.product_id = id)), 2);
}

IN_STALL(nothing_is_held_of_what_is_not_there)
{
    (void)arg;
    struct id id = stall_product(cx, 1);
    assert_ok(cx, stall_do(cx, goods_hold, id, stall_holder(1)));
    assert_reason(stall_do(cx, goods_hold, id, stall_holder(2)), goods_out_of_stock);
    assert_true(error_has_code(stall_do(cx, goods_hold, stall_holder(9), stall_holder(1)), ERROR_NOT_FOUND));
    assert_stock(cx, id, 0, 1, 0);
}

IN_STALL(a_released_piece_is_free_again_and_may_be_held_again)
{
    (void)arg;
    struct id id = stall_product(cx, 1);
    assert_ok(cx, stall_do(cx, goods_release, id, stall_holder(1))); /* never held */
    assert_ok(cx, stall_do(cx, goods_hold, id, stall_holder(1)));
    for (int i = 0; i < 2; i++)
        assert_ok(cx, stall_do(cx, goods_release, id, stall_holder(1)));
    assert_stock(cx, id, 1, 0, 0);
    assert_ok(cx, stall_do(cx, goods_hold, id, stall_holder(1)));
    assert_stock(cx, id, 0, 1, 0);
}

IN_STALL(what_is_held_is_sold_once_and_the_last_one_ends_the_product)
{
    (void)arg;
    struct id id = stall_product(cx, 2);
    assert_ok(cx, stall_do(cx, goods_hold, id, stall_holder(1)));
    assert_ok(cx, stall_do(cx, goods_hold, id, stall_holder(2)));
    for (int i = 0; i < 2; i++)
        assert_ok(cx, stall_do(cx, goods_sell_held, id, stall_holder(1)));
    assert_stock(cx, id, 0, 1, 1);
    assert_int_equal(stall_load(cx, id).status, GOODS_DRAFT);
    assert_ok(cx, stall_do(cx, goods_release, id, stall_holder(1))); /* sold: it stays so */
    assert_ok(cx, stall_do(cx, goods_sell_held, id, stall_holder(2)));
    assert_stock(cx, id, 0, 0, 2);
    assert_int_equal(stall_load(cx, id).status, GOODS_SOLD);
}

IN_STALL(what_nobody_holds_is_not_sold)
{
    (void)arg;
    struct id id = stall_product(cx, 5);
    assert_reason(stall_do(cx, goods_sell_held, id, stall_holder(1)), goods_out_of_stock);
    assert_stock(cx, id, 5, 0, 0);
}

IN_STALL(others_learn_what_they_need_of_a_product)
{
    (void)arg;
    struct id id = stall_product(cx, 3);
    struct goods_product product = {.id = ID_NONE};
    bool is_found = false;
    assert_ok(cx, goods_find_product(cx, NULL, id, &product, &is_found));
    assert_true(is_found);
    check_str(product.title, "Test pressing");
    check_str(product.owner_name, "Seller");
    check_str(product.currency, "EUR");
    assert_int_equal(product.stock, 3);
    assert_ok(cx, goods_find_product(cx, NULL, stall_holder(1), &product, &is_found));
    assert_false(is_found);
}

enum { HOLDERS = 64, PIECES = 10 };
struct rush {
    struct id product_id;
    size_t got, refused, failed;
};

static void hold_one(struct ctx *cx, size_t number, void *arg)
{
    struct rush *rush = arg;
    struct error *error = stall_do(cx, goods_hold, rush->product_id, stall_holder(number));
    if (error == NULL)
        rush->got++;
    else if (error_is(error, &goods_out_of_stock))
        rush->refused++;
    else
        rush->failed++;
}

IN_STALL(of_many_holders_at_once_as_many_get_a_piece_as_there_are)
{
    (void)arg;
    struct rush rush = {.product_id = stall_product(cx, PIECES)};
    crowd_run(cx, HOLDERS, hold_one, &rush);
    assert_int_equal(rush.got, PIECES);
    assert_int_equal(rush.refused, HOLDERS - PIECES);
    assert_int_equal(rush.failed, 0);
    assert_stock(cx, rush.product_id, 0, PIECES, 0);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_piece_is_held_once_for_its_holder),
        cmocka_unit_test(nothing_is_held_of_what_is_not_there),
        cmocka_unit_test(a_released_piece_is_free_again_and_may_be_held_again),
        cmocka_unit_test(what_is_held_is_sold_once_and_the_last_one_ends_the_product),
        cmocka_unit_test(what_nobody_holds_is_not_sold),
        cmocka_unit_test(others_learn_what_they_need_of_a_product),
        cmocka_unit_test(of_many_holders_at_once_as_many_get_a_piece_as_there_are),
    };
    return stall_main(argc, argv, "goods stock", tests, COUNT_OF(tests));
}
