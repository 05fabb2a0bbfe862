/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Favourites on a real database, with a stand-in for the catalogue: spec n has the key "n". */
#include "modules/social/social_service.h"

#include "platform/bus/bus.h"
#include "platform/bus/bus_sql.h"

#include "lib/db_fixture.h"
#include "modules/catalog/catalog.h"
#include "modules/social/social_repo.h"
#include "modules/social/social_sql.h"
#include "modules/social/social_test_sql.h"
#include "tests/lib/check.h"

/* --- stand-ins --- */

enum { SPECS = 30 };
static bool is_hidden[SPECS], is_erased[SPECS];

static struct id spec_id(uint8_t number)
{
    return (struct id){{0x05, [15] = number}};
}

struct error *catalog_load_visible_spec(struct ctx *cx, struct str key, struct catalog_spec *ret_spec)
{
    uint8_t number = (uint8_t)(key.ptr[0] - '0');
    if (is_hidden[number])
        return ERROR_CODE(cx, NOT_FOUND, "hidden");
    *ret_spec = (struct catalog_spec){.id = spec_id(number), .version = 1};
    return NULL;
}

struct error *catalog_find_spec(struct ctx *cx, struct tx *tx, struct id id, struct catalog_spec *ret_spec,
                                bool *ret_found)
{
    (void)cx;
    (void)tx;
    *ret_spec = (struct catalog_spec){.id = id};
    *ret_found = !is_erased[id.bytes[15]];
    return NULL;
}

struct card {
    struct id id;
};
static const struct json_field card_fields[] = {JSON_ID(struct card, id)};
const struct json_type catalog_card_type = JSON_TYPE("SpecCard", struct card, card_fields);

struct error *catalog_list_cards(struct ctx *cx, const struct id *ids, size_t count, struct array *ret_cards)
{
    VEC(struct card) cards = {0};
    for (size_t i = 0; i < count; i++)
        if (!is_hidden[ids[i].bytes[15]])
            VEC_PUSH(cx->arena, &cards)->id = ids[i];
    *ret_cards = (struct array){cards.items, cards.count};
    return NULL;
}

static const struct json_type no_payload = {.name = "CatalogEvent"};
const struct event_type catalog_spec_withdrawn = {.name = "catalog.spec.withdrawn", .payload = &no_payload};

/* --- running --- */

static enum db_engine engine;
static const struct db_module_sql *const modules[] = {&bus_sql, &social_sql, &social_test_sql, NULL};

static void assert_ok(struct ctx *cx, const struct error *error)
{
    if (error != NULL)
        fail_msg("unexpected error: %s", error_describe(cx->arena, error).ptr);
}

static struct caller callers[] = {{.account_id = {{1}}}, {.account_id = {{2}}}};

static struct ctx as(const struct ctx *cx, size_t account)
{
    struct ctx mine = *cx;
    mine.caller = &callers[account];
    return mine;
}

static void run(on_loop_fn fn)
{
    struct db_fixture *fixture =
        db_fixture_new(&(struct db_fixture_options){.engine = engine, .modules = modules});
    memset(is_hidden, 0, sizeof(is_hidden));
    memset(is_erased, 0, sizeof(is_erased));
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

static struct str numbers(struct ctx *cx, const struct favorite_page *page)
{
    struct str text = STR("");
    for (size_t i = 0; i < page->items.count; i++)
        text = arena_printf(cx->arena, "%" STR_FMT "%d", STR_ARG(text),
                            ARRAY_AT(struct card, page->items, i)->id.bytes[15]);
    return text;
}

static struct str list(struct ctx *cx)
{
    struct favorite_page page = {0};
    assert_ok(cx, social_list_favorites(cx, &(struct favorite_query){.limit = 20}, &page));
    return numbers(cx, &page);
}

static int64_t count_events(struct ctx *cx, const char *type)
{
    struct count {
        int64_t count;
    } row = {0};
    static const struct db_column columns[] = {DB_COLUMN_I64(struct count, count)};
    static const struct db_row count_row = DB_ROW(struct count, columns);
    assert_ok(cx, db_load(cx, NULL, SOCIAL_TEST_COUNT_EVENTS(.type = str_cstr(type)), &count_row, &row));
    return row.count;
}

/* --- tests --- */

IN_TEST(marks_are_listed_newest_first_and_belong_to_their_account)
{
    (void)arg;
    struct ctx one = as(cx, 0);
    struct ctx two = as(cx, 1);
    assert_ok(cx, social_add_favorite(&one, STR("3")));
    assert_ok(cx, social_add_favorite(&one, STR("1")));
    assert_ok(cx, social_add_favorite(&two, STR("2")));
    check_str(list(&one), "13");
    check_str(list(&two), "2");
}

IN_TEST(saying_it_again_changes_nothing)
{
    (void)arg;
    struct ctx one = as(cx, 0);
    for (int i = 0; i < 3; i++)
        assert_ok(cx, social_add_favorite(&one, STR("3")));
    check_str(list(&one), "3");
    assert_int_equal(count_events(cx, "social.favorite.added"), 1);
    for (int i = 0; i < 3; i++)
        assert_ok(cx, social_remove_favorite(&one, STR("3")));
    check_str(list(&one), "");
    assert_int_equal(count_events(cx, "social.favorite.removed"), 1);
}

IN_TEST(what_is_not_public_cannot_be_marked_and_is_not_shown)
{
    (void)arg;
    struct ctx one = as(cx, 0);
    assert_ok(cx, social_add_favorite(&one, STR("3")));
    assert_ok(cx, social_add_favorite(&one, STR("4")));
    is_hidden[3] = true;
    assert_true(error_has_code(social_add_favorite(&one, STR("3")), ERROR_NOT_FOUND));
    check_str(list(&one), "4");
    is_hidden[3] = false;
    check_str(list(&one), "43");
}

IN_TEST(cursors_walk_the_list)
{
    (void)arg;
    struct ctx one = as(cx, 0);
    struct str whole = STR("");
    for (int i = 1; i <= 7; i++)
        assert_ok(cx, social_add_favorite(&one, arena_printf(cx->arena, "%d", i)));
    struct favorite_query query = {.limit = 3};
    do {
        struct favorite_page page = {0};
        assert_ok(cx, social_list_favorites(&one, &query, &page));
        whole =
            arena_printf(cx->arena, "%" STR_FMT "%" STR_FMT " ", STR_ARG(whole), STR_ARG(numbers(cx, &page)));
        query.cursor = page.next_cursor;
    } while (!str_is_empty(query.cursor));
    check_str(whole, "765 432 1 ");
    query.cursor = STR("nonsense");
    struct favorite_page page = {0};
    assert_true(error_has_code(social_list_favorites(&one, &query, &page), ERROR_INVALID));
}

static struct error *forget(struct ctx *cx, struct tx *tx, void *arg)
{
    return social_forget_spec(cx, tx, *(const struct id *)arg);
}

IN_TEST(a_spec_that_is_gone_takes_its_marks_along)
{
    (void)arg;
    struct ctx one = as(cx, 0);
    struct id id = spec_id(3);
    assert_ok(cx, social_add_favorite(&one, STR("3")));
    assert_ok(cx, db_transact(cx, TX_WRITE, forget, &id)); /* withdrawn only */
    check_str(list(&one), "3");
    is_erased[3] = true;
    assert_ok(cx, db_transact(cx, TX_WRITE, forget, &id));
    check_str(list(&one), "");
}

static struct error *erase(struct ctx *cx, struct tx *tx, void *arg)
{
    (void)arg;
    return social_erase_account(cx, tx, cx->caller->account_id);
}

IN_TEST(an_erased_account_takes_its_marks_along)
{
    (void)arg;
    struct ctx one = as(cx, 0);
    struct str json = STR_NONE;
    assert_ok(cx, social_add_favorite(&one, STR("3")));
    assert_ok(cx, social_export_account(cx, one.caller->account_id, &json));
    assert_true(str_starts_with(json, STR("{\"favorites\":[\"05")));
    assert_ok(cx, db_transact(&one, TX_WRITE, erase, NULL));
    check_str(list(&one), "");
    assert_int_equal(count_events(cx, "social.favorite.removed"), 1);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(marks_are_listed_newest_first_and_belong_to_their_account),
        cmocka_unit_test(saying_it_again_changes_nothing),
        cmocka_unit_test(what_is_not_public_cannot_be_marked_and_is_not_shown),
        cmocka_unit_test(cursors_walk_the_list),
        cmocka_unit_test(a_spec_that_is_gone_takes_its_marks_along),
        cmocka_unit_test(an_erased_account_takes_its_marks_along),
    };
    engine = argc > 1 && strcmp(argv[1], "postgresql") == 0 ? DB_POSTGRESQL : DB_SQLITE;
    if (!db_fixture_has(engine))
        return 77;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
