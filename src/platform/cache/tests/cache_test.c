/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Shelves and budgets: pure parts; and what is found while a transaction changes it. */
#include "platform/cache/cache.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "base/value/instant.h"

#include "platform/cache/budget.h"
#include "platform/cache/shelf.h"
#include "platform/db/driver.h"
#include "platform/fiber/loop.h"

static void least_recently_used_entries_go_first(void **state)
{
    (void)state;
    struct shelf *shelf = shelf_new(1024);
    char value[100] = {0};
    for (uint64_t i = 0; i < 4; i++)
        shelf_put(shelf, i, str_from((const char *)&i, sizeof(i)), str_from(value, sizeof(value)), 1, 0);
    uint64_t kept = 0;
    assert_non_null(shelf_find(shelf, kept, str_from((const char *)&kept, sizeof(kept))));
    for (uint64_t i = 4; i < 8; i++)
        shelf_put(shelf, i, str_from((const char *)&i, sizeof(i)), str_from(value, sizeof(value)), 1, 0);
    uint64_t gone = 1;
    assert_null(shelf_find(shelf, gone, str_from((const char *)&gone, sizeof(gone))));
    assert_true(shelf_bytes(shelf) <= 1024);
    shelf_free(shelf);
}

static void a_put_replaces_the_value(void **state)
{
    (void)state;
    struct shelf *shelf = shelf_new(4096);
    shelf_put(shelf, 7, STR("key"), STR("old"), 1, 0);
    shelf_put(shelf, 7, STR("key"), STR("newer"), 2, 5);
    struct shelf_entry *entry = shelf_find(shelf, 7, STR("key"));
    assert_non_null(entry);
    assert_true(str_equal(shelf_value(entry), STR("newer")));
    assert_int_equal(entry->generation, 2);
    shelf_free(shelf);
}

static void many_entries_are_all_found(void **state)
{
    (void)state;
    struct shelf *shelf = shelf_new(1 << 22);
    for (uint64_t i = 0; i < 10000; i++)
        shelf_put(shelf, i * 31, str_from((const char *)&i, sizeof(i)), STR("v"), i, 0);
    for (uint64_t i = 0; i < 10000; i++) {
        struct shelf_entry *entry = shelf_find(shelf, i * 31, str_from((const char *)&i, sizeof(i)));
        assert_non_null(entry);
        assert_int_equal(entry->generation, i);
    }
    shelf_free(shelf);
}

static void a_budget_allows_its_burst_and_refills(void **state)
{
    (void)state;
    static const struct cache_budget budget = {.per_period = 60, .period_us = US_PER_MINUTE, .burst = 5};
    struct budgets *budgets = budgets_new();
    int64_t now_us = US_PER_DAY, remaining = 0, wait_us = 0;
    for (int i = 0; i < 5; i++) {
        assert_true(budgets_spend(budgets, &(const struct budget_draw){&budget, 42, 1, now_us}, &remaining,
                                  &wait_us));
        assert_int_equal(remaining, 4 - i);
    }
    assert_false(
        budgets_spend(budgets, &(const struct budget_draw){&budget, 42, 1, now_us}, &remaining, &wait_us));
    assert_int_equal(remaining, 0);
    assert_int_equal(wait_us, US_PER_SECOND);
    assert_true(
        budgets_spend(budgets, &(const struct budget_draw){&budget, 43, 1, now_us}, &remaining, &wait_us));
    assert_true(budgets_spend(budgets, &(const struct budget_draw){&budget, 42, 1, now_us + US_PER_SECOND},
                              &remaining, &wait_us));
    assert_false(budgets_spend(budgets, &(const struct budget_draw){&budget, 42, 1, now_us + US_PER_SECOND},
                               &remaining, &wait_us));
    assert_true(budgets_spend(budgets, &(const struct budget_draw){&budget, 42, 5, now_us + US_PER_HOUR},
                              &remaining, &wait_us));
    budgets_free(budgets);
}

static const struct cache_space shop_space = {.name = "test.shop", .max_bytes = 4096};
static const struct cache_space *const spaces[] = {&shop_space, NULL};

static bool is_found(struct ctx *cx, struct cache_ticket *ret_ticket)
{
    struct str value = {0};
    return cache_find(cx, &shop_space, STR("key"), &value, ret_ticket);
}

static void end_transaction(struct tx *tx)
{
    for (struct tx_hook *hook = tx->hook_first; hook != NULL; hook = hook->next)
        hook->fn(tx->cx, hook->arg);
    *tx = (struct tx){.cx = tx->cx};
}

/* Between a commit and the bump after it, others may have read the new rows already. */
static void watch_a_change(struct ctx *cx, struct tx *tx)
{
    struct cache_ticket early = {0};
    struct cache_ticket during = {0};
    struct cache_ticket late = {0};
    assert_false(is_found(cx, &early));
    cache_put(cx, &shop_space, STR("key"), early, STR("old"));
    assert_true(is_found(cx, &late));

    cache_bump_on_commit(cx, tx, &shop_space, STR("key"));
    assert_false(is_found(cx, &during));
    cache_put(cx, &shop_space, STR("key"), during, STR("old"));
    cache_put(cx, &shop_space, STR("key"), early, STR("old"));
    assert_false(is_found(cx, &late));

    end_transaction(tx);
    assert_false(is_found(cx, &late));
    cache_put(cx, &shop_space, STR("key"), during, STR("old"));
    assert_false(is_found(cx, &late));
    cache_put(cx, &shop_space, STR("key"), late, STR("new"));
    assert_true(is_found(cx, &late));
}

static void watch_changes(struct loop_task *task)
{
    (void)task;
    struct platform platform = {0};
    struct ctx cx = {.arena = arena_new(0), .platform = &platform, .caller = &caller_anonymous};
    struct tx tx = {.cx = &cx};
    platform.cache = cache_new(&platform, spaces, 1);
    watch_a_change(&cx, &tx);

    struct cache_ticket ticket = {0};
    cache_bump_all_on_commit(&cx, &tx, &shop_space);
    cache_bump_on_commit(&cx, &tx, &shop_space, STR("another"));
    assert_false(is_found(&cx, &ticket));
    end_transaction(&tx);
    assert_false(is_found(&cx, &ticket));
    cache_free(platform.cache);
    arena_free(cx.arena);
    loop_stop(loop_self());
}

static void what_is_being_changed_is_not_found(void **state)
{
    (void)state;
    struct loop *loop = loop_new(&(struct loop_options){0});
    struct loop_task task = {.fn = watch_changes};
    loop_post(loop, &task);
    loop_run(loop);
    loop_free(loop);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(least_recently_used_entries_go_first),
        cmocka_unit_test(a_put_replaces_the_value),
        cmocka_unit_test(many_entries_are_all_found),
        cmocka_unit_test(a_budget_allows_its_burst_and_refills),
        cmocka_unit_test(what_is_being_changed_is_not_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
