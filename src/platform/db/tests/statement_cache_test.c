/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Composing statements, and what a connection keeps of them. */
#include "platform/db/statement_cache.h"

#include "platform/db/tests/shelf_sql.h"

#include "tests/lib/check.h"

struct owner {
    int dropped;
};

static void count_drop(void *arg, struct statement_entry *entry)
{
    struct owner *owner = arg;
    owner->dropped++;
    entry->prepared = NULL;
}

static struct statement_entry *find(struct statement_cache *cache, uint32_t with, uint32_t order)
{
    return statement_cache_find(cache, SHELF_LIST_BOOKS(.with = with, .order = order));
}

static void options_choose_the_text(void **state)
{
    (void)state;
    struct owner owner = {0};
    struct statement_cache cache;
    statement_cache_init(&cache, DB_POSTGRESQL, 10, count_drop, &owner);
    assert_string_equal(find(&cache, 0, SHELF_LIST_BOOKS_ORDER_TITLE)->sql,
                        "select b.id, b.title from book b\nwhere true\norder by b.title, b.id\nlimit $4");
    assert_string_equal(
        find(&cache, SHELF_LIST_BOOKS_WITH_LEVEL | SHELF_LIST_BOOKS_WITH_OWNER,
             SHELF_LIST_BOOKS_ORDER_LONGEST)
            ->sql,
        "select b.id, b.title from book b\nwhere true\nand b.owner_id = $1\nand b.level = $2\n"
        "order by b.pages desc, b.id\nlimit $4");
    statement_cache_fini(&cache);
    assert_int_equal(owner.dropped, 2);
}

static void each_variant_is_made_once(void **state)
{
    (void)state;
    struct owner owner = {0};
    struct statement_cache cache;
    statement_cache_init(&cache, DB_SQLITE, 10, count_drop, &owner);
    const struct statement_entry *plain = find(&cache, 0, 0);
    const struct statement_entry *filtered = find(&cache, 1, 0);
    assert_ptr_not_equal(plain, filtered);
    assert_ptr_equal(find(&cache, 0, 0), plain);
    assert_ptr_equal(find(&cache, 1, 0), filtered);
    assert_int_equal(cache.count, 2);
    statement_cache_fini(&cache);
}

static void what_was_used_longest_ago_goes_first(void **state)
{
    (void)state;
    struct owner owner = {0};
    struct statement_cache cache;
    statement_cache_init(&cache, DB_SQLITE, 3, count_drop, &owner);
    struct statement_entry *pinned = find(&cache, 0, 0);
    pinned->users = 1;
    const struct statement_entry *kept = find(&cache, 1, 0);
    find(&cache, 2, 0);
    find(&cache, 1, 0);
    find(&cache, 3, 0); /* drops 2: 0 is in use, 1 was used since */
    assert_int_equal(owner.dropped, 1);
    assert_ptr_equal(find(&cache, 0, 0), pinned);
    assert_ptr_equal(find(&cache, 1, 0), kept);
    statement_cache_clear(&cache);
    assert_int_equal(cache.count, 1);
    pinned->users = 0;
    statement_cache_fini(&cache);
    assert_int_equal(owner.dropped, 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(options_choose_the_text),
        cmocka_unit_test(each_variant_is_made_once),
        cmocka_unit_test(what_was_used_longest_ago_goes_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
