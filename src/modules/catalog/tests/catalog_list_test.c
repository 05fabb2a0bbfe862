/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Public lists on a real database: filters, sorts, cursors, search. The expected orders are the same for both engines. */
#include "base/json/json_read.h"

#include "modules/catalog/tests/studio.h"

static const struct spec_query anything = {.category = -1,
                                           .key = -1,
                                           .price_min = -1,
                                           .price_max = -1,
                                           .duration_min = -1,
                                           .duration_max = -1,
                                           .limit = 20};

/* What a test reads of a page. */
struct slug_item {
    struct str slug;
};
struct slug_page {
    struct array items;
    struct str next_cursor;
    int64_t total;
};
static const struct json_field slug_fields[] = {JSON_TEXT(struct slug_item, slug)};
static const struct json_type slug_type =
    JSON_TYPE("Slug", struct slug_item, slug_fields, .ignore_unknown = true);
static const struct json_field slug_page_fields[] = {
    JSON_OBJECTS(struct slug_page, items, &slug_type),
    JSON_TEXT(struct slug_page, next_cursor, .flags = JSON_NULLABLE),
    JSON_INTEGER(struct slug_page, total, .fallback = -1),
};
static const struct json_type slug_page_type =
    JSON_TYPE("SlugPage", struct slug_page, slug_page_fields, .ignore_unknown = true);

static struct slug_page ask(struct ctx *cx, const struct spec_query *query)
{
    struct str json = STR_NONE;
    struct slug_page page = {0};
    ASSERT_OK(cx, catalog_read_list(cx, query, &spec_page_type, &json));
    ASSERT_OK(cx, json_decode(cx->arena, &slug_page_type, json, &page));
    return page;
}

static struct str joined(struct ctx *cx, const struct slug_page *page)
{
    struct str text = STR("");
    for (size_t i = 0; i < page->items.count; i++)
        text = arena_printf(cx->arena, "%" STR_FMT "%s%" STR_FMT, STR_ARG(text), i > 0 ? " " : "",
                            STR_ARG(ARRAY_AT(struct slug_item, page->items, i)->slug));
    return text;
}

static void assert_list(struct ctx *cx, const struct spec_query *query, const char *slugs, size_t row)
{
    struct slug_page page = ask(cx, query);
    struct str text = joined(cx, &page);
    check_that(str_equal(text, str_cstr(slugs)), "row %zu gives '%" STR_FMT "', not '%s'", row, STR_ARG(text),
               slugs);
}

/* Five specs of two producers, and what must never be seen: a draft. */
static void fill(struct ctx *cx)
{
    struct ctx one = studio_as(cx, 1, PRODUCER);
    struct ctx two = studio_as(cx, 2, PRODUCER);
    (void)PUBLISH(&one, .title = "Alpha", .genre = "trap", .tag = "Night Drive", .bpm = 140, .key = 22,
                  .mood = 2, .instrument = 8, .price = 1000);
    (void)PUBLISH(&one, .title = "Bravo", .genre = "drill", .tag = "Rain", .bpm = 90, .key = 1, .mood = 2,
                  .instrument = 1, .price = 3000, .exclusive_price = 90000);
    (void)PUBLISH(&two, .title = "Charlie Café", .genre = "trap", .tag = "rain", .bpm = 92.5, .key = 22,
                  .mood = 1, .instrument = 8, .price = 2000, .is_free = true);
    (void)PUBLISH(&two, .title = "Delta", .category = CATALOG_SAMPLE, .genre = "lo-fi", .bpm = 120, .key = 3,
                  .price = 1500, .currency = "EUR");
    (void)PUBLISH(&two, .title = "Echo", .genre = "lo-fi", .tag = "夜の音", .bpm = 200, .key = 5, .mood = 4,
                  .price = 2000);
    (void)CREATE(&one, .title = "Draft", .genre = "trap", .price = 1);
}

static struct array texts(struct ctx *cx, const char *first, const char *second)
{
    struct str *items = ARENA_ARRAY(cx->arena, struct str, 2);
    items[0] = str_cstr(first);
    items[1] = str_cstr(second);
    return (struct array){items, second != NULL ? 2 : 1};
}

static struct array values(struct ctx *cx, int32_t first, int32_t second)
{
    int32_t *items = ARENA_ARRAY(cx->arena, int32_t, 2);
    items[0] = first;
    items[1] = second;
    return (struct array){items, second >= 0 ? 2 : 1};
}

/* Zero is "not asked" for every member, and enums are given plus 1. */
static struct spec_query query_of(struct spec_query wish)
{
    int64_t *const numbers[] = {&wish.price_min, &wish.price_max, &wish.duration_min, &wish.duration_max};
    wish.category--;
    wish.key--;
    for (size_t i = 0; i < COUNT_OF(numbers); i++)
        *numbers[i] = *numbers[i] == 0 ? -1 : *numbers[i];
    wish.limit = wish.limit == 0 ? 20 : wish.limit;
    return wish;
}
#define QUERY_WITH(...) query_of((struct spec_query){__VA_ARGS__})

IN_STUDIO(filters_find_what_they_say)
{
    (void)arg;
    fill(cx);
    const struct {
        struct spec_query query;
        const char *slugs;
    } rows[] = {
        {anything, "echo delta charlie-cafe bravo alpha"},
        {QUERY_WITH(.genre = texts(cx, "trap", NULL)), "charlie-cafe alpha"},
        {QUERY_WITH(.genre = texts(cx, "trap", "drill")), "charlie-cafe bravo alpha"},
        {QUERY_WITH(.genre = texts(cx, "lo_fi", NULL)), "echo delta"},
        {QUERY_WITH(.genre = texts(cx, "nothing", NULL)), ""},
        {QUERY_WITH(.tag = texts(cx, "RAIN", NULL)), "charlie-cafe bravo"},
        {QUERY_WITH(.tag = texts(cx, "night-drive", NULL)), "alpha"},
        {QUERY_WITH(.tag = texts(cx, "rain", "night drive")), ""},
        {QUERY_WITH(.mood = values(cx, 1, -1)), "bravo alpha"},
        {QUERY_WITH(.mood = values(cx, 0, 3)), "echo charlie-cafe"},
        {QUERY_WITH(.instrument = values(cx, 7, -1)), "charlie-cafe alpha"},
        {QUERY_WITH(.instrument = values(cx, 0, 7), .tag = texts(cx, "rain", NULL)), "charlie-cafe bravo"},
        {QUERY_WITH(.key = 22), "charlie-cafe alpha"},
        {QUERY_WITH(.category = CATALOG_SAMPLE + 1), "delta"},
        {QUERY_WITH(.bpm_min = 92.5, .bpm_max = 140), "delta charlie-cafe alpha"},
        {QUERY_WITH(.bpm_max = 90), "bravo"},
        {QUERY_WITH(.price_min = 2000, .currency = STR("USD")), "echo charlie-cafe bravo"},
        {QUERY_WITH(.price_max = 1500, .currency = STR("EUR")), "delta"},
        {QUERY_WITH(.price_max = 1500, .currency = STR("USD")), "alpha"},
        {QUERY_WITH(.currency = STR("EUR")), "delta"},
        {QUERY_WITH(.duration_min = INT64_C(1) << 30), ""},
        {QUERY_WITH(.duration_max = INT64_C(1) << 30), "echo delta charlie-cafe bravo alpha"},
        {QUERY_WITH(.producer = STR("user2")), "echo delta charlie-cafe"},
        {QUERY_WITH(.producer = id_str(cx->arena, studio_account(1))), "bravo alpha"},
        {QUERY_WITH(.producer = STR("nobody")), ""},
        {QUERY_WITH(.free = true), "charlie-cafe"},
        {QUERY_WITH(.has_stems = true), ""},
        {QUERY_WITH(.genre = texts(cx, "trap", NULL), .mood = values(cx, 1, -1), .key = 22, .bpm_min = 100,
                    .producer = STR("user1"), .category = CATALOG_BEAT + 1, .currency = STR("USD"),
                    .price_min = 1, .instrument = values(cx, 7, -1)),
         "alpha"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        assert_list(cx, &rows[i].query, rows[i].slugs, i);
}

IN_STUDIO(search_forgives_case_accents_width_and_unfinished_words)
{
    (void)arg;
    fill(cx);
    static const struct {
        const char *words, *slugs;
    } rows[] = {
        {"alpha", "alpha"},
        {"ALPHA", "alpha"},
        {"ａｌｐｈａ", "alpha"},
        {"cafe", "charlie-cafe"},
        {"CAFÉ", "charlie-cafe"},
        {"charl", "charlie-cafe"},
        {"char cafe", ""},
        {"cafe char", "charlie-cafe"},
        {"night", "alpha"},
        {"rain", "charlie-cafe bravo"},
        {"lo-fi", "echo delta"},
        {"user 2", "echo delta charlie-cafe"},
        {"user2", "echo delta charlie-cafe"},
        {"夜", "echo"},
        {"の夜", "echo"},
        {"dark", "bravo alpha"},
        {"808", "charlie-cafe alpha"},
        {"nothing like it", ""},
        {"!!!", ""},
        {"\"alpha\" OR *", ""},
        {"a'b & c | d:*", ""},
        {"draft", ""},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct spec_query query = anything;
        query.q = str_cstr(rows[i].words);
        assert_list(cx, &query, rows[i].slugs, i);
    }
    struct spec_query both = QUERY_WITH(.q = STR("rain"), .producer = STR("user1"), .sort = SORT_PRICE_ASC,
                                        .currency = STR("USD"));
    assert_list(cx, &both, "bravo", 100);
}

/* The slugs of all pages of this query, put together. */
static struct str walk(struct ctx *cx, struct spec_query *query)
{
    struct str whole = STR("");
    do {
        struct slug_page page = ask(cx, query);
        assert_true((int64_t)page.items.count <= query->limit);
        whole = arena_printf(cx->arena, "%" STR_FMT "%s%" STR_FMT, STR_ARG(whole), whole.len > 0 ? " " : "",
                             STR_ARG(joined(cx, &page)));
        query->cursor = page.next_cursor;
    } while (!str_is_empty(query->cursor));
    return whole;
}

/* Sorts, each walked with pages of every size: the pages put together are the whole. */
enum { MANY = 130 }; /* more than are few among so many (match_few) */

static void fill_many(struct ctx *cx)
{
    struct ctx one = studio_as(cx, 1, PRODUCER);
    for (int i = 0; i < MANY; i++) {
        const char *title = arena_printf(cx->arena, "Beacon %d", i).ptr;
        (void)PUBLISH(&one, .title = title, .genre = i % 2 == 0 ? "trap" : "drill",
                      .tag = i % 3 == 0 ? "third" : "other", .bpm = 60 + (i * 37) % 100, .key = 1,
                      .price = 1000 + (i * 53) % 700);
    }
}

/* Both lists, page by page, say the same. */
static void assert_same_walk(struct ctx *cx, struct spec_query one, struct spec_query other, int64_t total)
{
    int64_t seen = 0;
    one.with_total = other.with_total = true;
    do {
        struct slug_page first = ask(cx, &one);
        struct slug_page second = ask(cx, &other);
        struct str ours = joined(cx, &first);
        struct str theirs = joined(cx, &second);
        check_that(str_equal(ours, theirs), "'%" STR_FMT "', not '%" STR_FMT "'", STR_ARG(ours),
                   STR_ARG(theirs));
        assert_int_equal(first.total, total);
        assert_int_equal(second.total, total);
        seen += (int64_t)first.items.count;
        one.cursor = first.next_cursor;
        other.cursor = second.next_cursor;
    } while (!str_is_empty(one.cursor));
    assert_int_equal(seen, total);
}

IN_STUDIO(words_that_many_have_are_walked_and_those_of_few_sorted_to_the_same_end)
{
    (void)arg;
    fill_many(cx);
    for (int32_t sort = 0; sort < SORT_COUNT; sort++) {
        const struct spec_query all = QUERY_WITH(.sort = sort, .currency = STR("USD"), .limit = 50);
        struct spec_query asked = all, other = all;
        asked.q = STR("beacon");
        assert_same_walk(cx, asked, all, MANY);
        asked.q = STR("beac");
        assert_same_walk(cx, asked, all, MANY);
        asked.q = STR("beacon third");
        other.tag = texts(cx, "third", NULL);
        assert_same_walk(cx, asked, other, (MANY + 2) / 3);
        asked.genre = other.genre = texts(cx, "trap", NULL);
        assert_same_walk(cx, asked, other, (MANY + 5) / 6);
        asked.q = STR("beacon"), asked.bpm_max = 100, asked.price_min = 1200;
        other.tag = (struct array){0}, other.bpm_max = 100, other.price_min = 1200;
        struct slug_page page = ask(cx, &other);
        assert_same_walk(cx, asked, other, (int64_t)page.items.count);
    }
}

IN_STUDIO(cursors_walk_every_sort_without_gap_or_repeat)
{
    (void)arg;
    fill(cx);
    static const char *const orders[SORT_COUNT] = {
        [SORT_NEWEST] = "echo delta charlie-cafe bravo alpha",
        [SORT_OLDEST] = "alpha bravo charlie-cafe delta echo",
        [SORT_PRICE_ASC] = "alpha charlie-cafe echo bravo",
        [SORT_PRICE_DESC] = "bravo echo charlie-cafe alpha",
        [SORT_BPM_ASC] = "bravo charlie-cafe delta alpha echo",
        [SORT_BPM_DESC] = "echo alpha delta charlie-cafe bravo",
        [SORT_PLAYS] = "echo delta charlie-cafe bravo alpha",
    };
    for (int filtered = 0; filtered < 2; filtered++)
        for (int sort = 0; sort < SORT_COUNT; sort++)
            for (int64_t limit = 1; limit <= 5; limit++) {
                struct spec_query query = QUERY_WITH(.sort = sort, .limit = limit);
                if (sort == SORT_PRICE_ASC || sort == SORT_PRICE_DESC)
                    query.currency = STR("USD");
                query.duration_max = filtered ? INT64_C(1) << 30 : -1; /* asks the other statement the same */
                struct str whole = walk(cx, &query);
                check_that(str_equal(whole, str_cstr(orders[sort])), "sort %d by %d gives '%" STR_FMT "'",
                           sort, (int)limit, STR_ARG(whole));
            }
}

IN_STUDIO(pages_and_totals_count)
{
    (void)arg;
    fill(cx);
    struct spec_query second = QUERY_WITH(.limit = 2, .page = 2);
    struct slug_page page = ask(cx, &second);
    check_str(joined(cx, &page), "charlie-cafe bravo");
    assert_int_equal(page.total, 5);
    struct spec_query total = QUERY_WITH(.limit = 1, .with_total = true, .q = STR("rain"));
    assert_int_equal(ask(cx, &total).total, 2);
    struct spec_query none = QUERY_WITH(.with_total = true, .q = STR("!!!"));
    assert_int_equal(ask(cx, &none).total, 0);
    assert_int_equal(ask(cx, &anything).total, -1);
}

IN_STUDIO(what_cannot_be_asked_is_refused)
{
    (void)arg;
    struct str json = STR_NONE;
    const struct {
        struct spec_query query;
        const char *pointer;
    } rows[] = {
        {QUERY_WITH(.sort = SORT_PRICE_ASC), "/currency"},     {QUERY_WITH(.price_max = 5), "/currency"},
        {QUERY_WITH(.page = 2, .cursor = STR("AA")), "/page"}, {QUERY_WITH(.page = 600), "/page"},
        {QUERY_WITH(.cursor = STR("nonsense")), "/cursor"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct error *error = catalog_read_list(cx, &rows[i].query, &spec_page_type, &json);
        assert_true(error_has_code(error, ERROR_INVALID));
        studio_assert_violation(error, rows[i].pointer);
    }
}

IN_STUDIO(a_list_that_was_kept_shows_changes_at_once)
{
    (void)arg;
    struct ctx owner = studio_as(cx, 1, PRODUCER);
    assert_list(cx, &anything, "", 0);
    struct id id = PUBLISH(&owner, .title = "Fresh", .price = 100);
    assert_list(cx, &anything, "fresh", 1);
    ASSERT_OK(cx, catalog_unpublish_spec(&owner, studio_key(cx, id)));
    assert_list(cx, &anything, "", 2);
    ASSERT_OK(cx, catalog_publish_spec(&owner, studio_key(cx, id)));
    assert_list(cx, &anything, "fresh", 3);
    ASSERT_OK(cx, catalog_delete_spec(&owner, studio_key(cx, id), studio_any));
    assert_list(cx, &anything, "", 4);
}

IN_STUDIO(owners_list_their_drafts_too)
{
    (void)arg;
    struct ctx one = studio_as(cx, 1, PRODUCER);
    fill(cx);
    struct spec_query query = QUERY_WITH(.limit = 2, .with_total = true);
    struct spec_page page = {0};
    ASSERT_OK(cx, catalog_list_own(&one, &query, &page));
    assert_int_equal(page.items.count, 2);
    check_str(page.total, "3");
    check_str(ARRAY_AT(struct spec_view, page.items, 0)->slug, "draft");
    query.cursor = page.next_cursor;
    ASSERT_OK(cx, catalog_list_own(&one, &query, &page));
    check_str(ARRAY_AT(struct spec_view, page.items, 0)->slug, "alpha");
    assert_true(str_is_empty(page.next_cursor));
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(filters_find_what_they_say),
        cmocka_unit_test(search_forgives_case_accents_width_and_unfinished_words),
        cmocka_unit_test(words_that_many_have_are_walked_and_those_of_few_sorted_to_the_same_end),
        cmocka_unit_test(cursors_walk_every_sort_without_gap_or_repeat),
        cmocka_unit_test(pages_and_totals_count),
        cmocka_unit_test(what_cannot_be_asked_is_refused),
        cmocka_unit_test(a_list_that_was_kept_shows_changes_at_once),
        cmocka_unit_test(owners_list_their_drafts_too),
    };
    return studio_main(argc, argv, "catalog list", tests, COUNT_OF(tests));
}
