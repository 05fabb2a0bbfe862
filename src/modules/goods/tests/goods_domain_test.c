/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Rules of goods: stock, publishing, changes, the tree of categories. */
#include "modules/goods/goods_domain.h"

#include "tests/lib/check.h"

/* --- stock --- */

static void each_kind_moves_its_own_pieces(void **state)
{
    (void)state;
    static const struct {
        enum stock_kind kind;
        int64_t quantity;
        struct stock_level after; /* of 5 free, 2 held, 1 sold */
        bool fits;
    } rows[] = {
        {STOCK_IN, 3, {8, 2, 1}, true},
        {STOCK_OUT, 5, {0, 2, 1}, true},
        {STOCK_OUT, 6, {5, 2, 1}, false},
        {STOCK_ADJUSTMENT, -5, {0, 2, 1}, true},
        {STOCK_ADJUSTMENT, -6, {5, 2, 1}, false},
        {STOCK_ADJUSTMENT, 4, {9, 2, 1}, true},
        {STOCK_HOLD, 1, {4, 3, 1}, true},
        {STOCK_HOLD, 6, {5, 2, 1}, false},
        {STOCK_RELEASE, 2, {7, 0, 1}, true},
        {STOCK_RELEASE, 3, {5, 2, 1}, false},
        {STOCK_SALE, 2, {5, 0, 3}, true},
        {STOCK_SALE, 3, {5, 2, 1}, false},
        {STOCK_UNSALE, 1, {5, 3, 0}, true},
        {STOCK_UNSALE, 2, {5, 2, 1}, false},
        {STOCK_IN, STOCK_MAX, {5, 2, 1}, false},
        {STOCK_IN, INT64_MAX, {5, 2, 1}, false},
        {STOCK_ADJUSTMENT, INT64_MIN, {5, 2, 1}, false},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct stock_level level = {5, 2, 1};
        struct stock_effect effect = {0};
        check_that(stock_move(rows[i].kind, rows[i].quantity, &level, &effect) == rows[i].fits, "row %zu", i);
        check_that(level.stock == rows[i].after.stock && level.held == rows[i].after.held &&
                       level.sold == rows[i].after.sold,
                   "row %zu: %lld free, %lld held", i, (long long)level.stock, (long long)level.held);
        check_that(effect.free_delta == level.stock - 5 && effect.held_delta == level.held - 2, "row %zu", i);
    }
}

static void the_last_piece_ends_a_product(void **state)
{
    (void)state;
    assert_true(stock_is_sold_out(&(struct stock_level){0, 0, 1}));
    assert_false(stock_is_sold_out(&(struct stock_level){0, 1, 1}));
    assert_false(stock_is_sold_out(&(struct stock_level){1, 0, 1}));
    assert_false(stock_is_sold_out(&(struct stock_level){0, 0, 0})); /* never had any */
}

/* --- products --- */

static void every_gap_is_named(void **state)
{
    (void)state;
    const struct product_facts complete = {.has_category = true, .has_stock = true};
    const struct product_facts bare = {.has_unready_image = true, .has_refused_image = true};
    assert_int_equal(product_judge(&complete), 0);
    assert_int_equal(product_judge(&bare), (1 << PRODUCT_GAPS) - 1);
    for (int gap = 0; gap < PRODUCT_GAPS; gap++)
        assert_non_null(product_gap_text((enum product_gap)gap)->message);
}

static void what_is_sold_or_auctioned_stays(void **state)
{
    (void)state;
    assert_int_equal(product_judge_change(GOODS_DRAFT, 0), PRODUCT_OK);
    assert_int_equal(product_judge_change(GOODS_ACTIVE, 0), PRODUCT_OK);
    assert_int_equal(product_judge_change(GOODS_CANCELLED, 0), PRODUCT_OK);
    assert_int_equal(product_judge_change(GOODS_ACTIVE, 1), PRODUCT_IN_AUCTION);
    assert_int_equal(product_judge_change(GOODS_SOLD, 0), PRODUCT_SOLD);
    assert_true(product_is_public(GOODS_ACTIVE) && product_is_public(GOODS_SOLD));
    assert_false(product_is_public(GOODS_DRAFT) || product_is_public(GOODS_CANCELLED) ||
                 product_is_public(GOODS_TAKEN_DOWN));
}

static void what_is_put_back_is_what_it_was(void **state)
{
    static const struct {
        bool was_public, was_ever_public;
        struct stock_level level;
        enum goods_status status;
    } rows[] = {
        {true, true, {1, 0, 0}, GOODS_ACTIVE},  {true, true, {0, 1, 3}, GOODS_ACTIVE},
        {true, true, {0, 0, 1}, GOODS_SOLD},    {false, true, {1, 0, 0}, GOODS_CANCELLED},
        {false, false, {0, 0, 0}, GOODS_DRAFT}, {false, false, {5, 0, 0}, GOODS_DRAFT},
        {true, true, {0, 0, 0}, GOODS_ACTIVE}, /* its stock was counted down: it has run out, it was not sold */
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        assert_int_equal(product_restored(rows[i].was_public, rows[i].was_ever_public, &rows[i].level),
                         rows[i].status);
}

/* --- categories: 1 over 2 over 3, 4 alone, 11 … 18 a chain as deep as may be --- */

static struct id id_of(uint8_t number)
{
    return (struct id){{[15] = number}};
}

enum { NODES = 12 };
static struct category_node nodes[NODES];

static int make_tree(void **state)
{
    static const uint8_t rows[NODES][2] = {{1, 0},   {2, 1},   {3, 2},   {4, 0},   {11, 0},  {12, 11},
                                           {13, 12}, {14, 13}, {15, 14}, {16, 15}, {17, 16}, {18, 17}};
    (void)state;
    for (size_t i = 0; i < NODES; i++)
        nodes[i] = (struct category_node){id_of(rows[i][0]), id_of(rows[i][1])};
    return 0;
}

static void a_category_has_its_place(void **state)
{
    (void)state;
    static const struct {
        uint8_t id, parent; /* 0: a new one; the top */
        enum category_verdict verdict;
    } rows[] = {
        {0, 0, CATEGORY_OK},        {0, 3, CATEGORY_OK},         {0, 17, CATEGORY_OK},
        {0, 18, CATEGORY_TOO_DEEP}, {0, 99, CATEGORY_NO_PARENT}, {3, 0, CATEGORY_OK},
        {3, 1, CATEGORY_OK},        {4, 3, CATEGORY_OK},         {1, 4, CATEGORY_OK},
        {1, 1, CATEGORY_CIRCLE},    {1, 2, CATEGORY_CIRCLE},     {1, 3, CATEGORY_CIRCLE},
        {2, 3, CATEGORY_CIRCLE},    {1, 15, CATEGORY_OK},        {1, 16, CATEGORY_TOO_DEEP},
        {11, 4, CATEGORY_TOO_DEEP}, {4, 99, CATEGORY_NO_PARENT},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        check_that(category_judge_place(nodes, NODES, id_of(rows[i].id), id_of(rows[i].parent)) ==
                       rows[i].verdict,
                   "%d below %d", rows[i].id, rows[i].parent);
    assert_int_equal(category_judge_place(NULL, 0, ID_NONE, ID_NONE), CATEGORY_OK);
}

static void what_lies_below_is_known(void **state)
{
    (void)state;
    assert_true(category_is_within(nodes, NODES, id_of(3), id_of(1)));
    assert_true(category_is_within(nodes, NODES, id_of(1), id_of(1)));
    assert_false(category_is_within(nodes, NODES, id_of(1), id_of(3)));
    assert_false(category_is_within(nodes, NODES, id_of(4), id_of(1)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_kind_moves_its_own_pieces),
        cmocka_unit_test(the_last_piece_ends_a_product),
        cmocka_unit_test(every_gap_is_named),
        cmocka_unit_test(what_is_sold_or_auctioned_stays),
        cmocka_unit_test(what_is_put_back_is_what_it_was),
        cmocka_unit_test_setup(a_category_has_its_place, make_tree),
        cmocka_unit_test_setup(what_lies_below_is_known, make_tree),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
