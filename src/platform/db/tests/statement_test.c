/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Single statements on both engines: values, rows, filters, lists, constraints, mistakes. */
#include <inttypes.h>

#include "platform/db/tests/shelf.h"

#define IN_TEST(name)                                                                                        \
    static void name##_body(struct ctx *cx, void *arg);                                                      \
    static void name(void **state)                                                                           \
    {                                                                                                        \
        (void)state;                                                                                         \
        shelf_run(name##_body);                                                                              \
    }                                                                                                        \
    static void name##_body(struct ctx *cx, void *arg)

static struct error *add_book(struct ctx *cx, uint32_t number, const char *title, int64_t pages,
                              int32_t level)
{
    return db_exec(cx, NULL,
                   SHELF_INSERT_BOOK(.id = shelf_id(number), .title = str_cstr(title), .pages = pages,
                                     .level = level, .is_read = false, .price = 1),
                   NULL);
}

static void assert_same_bytes(struct str is, struct str should)
{
    assert_int_equal(is.len, should.len);
    if (is.len != 0)
        assert_memory_equal(is.ptr, should.ptr, is.len);
    assert_int_equal(is.ptr == NULL, should.ptr == NULL);
}

IN_TEST(values_come_back_as_they_were_sent)
{
    (void)arg;
    ASSERT_OK(cx,
              db_exec(cx, NULL, SHELF_INSERT_OWNER(.id = shelf_id(1), .name = STR("Ada"), .code = 7), NULL));
    static const struct book books[] = {
        {.title = STR_INIT("Zärtlichkeit 音楽 🎵"),
         .pages = INT64_MAX,
         .level = INT32_MIN,
         .is_read = true,
         .cover = STR_INIT("\0\xff\x01'"),
         .price = 0.1,
         .note = STR_INIT(""),
         .owner_id = {{0x01, 0x9a, [15] = 1}},
         .bought_at = {1795160495123456}},
        {.title = STR_INIT(""),
         .pages = INT64_MIN,
         .level = INT32_MAX,
         .cover = STR_INIT(""),
         .price = -1e300,
         .note = STR_INIT("'; --")},
        {.title = STR_INIT("nothing"), .pages = 0},
    };
    for (uint32_t i = 0; i < COUNT_OF(books); i++) {
        const struct book *book = &books[i];
        int64_t count = 0;
        ASSERT_OK(cx,
                  db_exec(cx, NULL,
                          SHELF_INSERT_BOOK(.id = shelf_id(i), .title = book->title, .pages = book->pages,
                                            .level = book->level, .is_read = book->is_read,
                                            .cover = book->cover, .price = book->price, .note = book->note,
                                            .owner_id = book->owner_id, .bought_at = book->bought_at),
                          &count));
        assert_int_equal(count, 1);
        struct book back;
        ASSERT_OK(cx, db_load(cx, NULL, SHELF_FIND_BOOK(.id = shelf_id(i)), &book_row, &back));
        assert_true(id_equal(back.id, shelf_id(i)));
        assert_same_bytes(back.title, book->title);
        assert_int_equal(back.pages, book->pages);
        assert_int_equal(back.level, book->level);
        assert_int_equal(back.is_read, book->is_read);
        assert_same_bytes(back.cover, book->cover);
        assert_memory_equal(&back.price, &book->price, sizeof(double));
        assert_same_bytes(back.note, book->note);
        assert_true(id_equal(back.owner_id, book->owner_id));
        assert_int_equal(back.bought_at.us, book->bought_at.us);
    }
}

IN_TEST(what_is_absent_is_not_found_and_not_loaded)
{
    (void)arg;
    struct book book = {.pages = 3};
    bool is_found = true;
    ASSERT_OK(cx, db_find(cx, NULL, SHELF_FIND_BOOK(.id = shelf_id(9)), &book_row, &book, &is_found));
    assert_false(is_found);
    assert_int_equal(book.pages, 0);
    ASSERT_REASON(db_load(cx, NULL, SHELF_FIND_BOOK(.id = shelf_id(9)), &book_row, &book), db_not_found);
}

IN_TEST(changed_rows_are_counted)
{
    (void)arg;
    for (uint32_t i = 0; i < 5; i++)
        ASSERT_OK(cx, add_book(cx, i, "a", 1, i < 3 ? 1 : 2));
    int64_t count = -1;
    ASSERT_OK(cx, db_exec(cx, NULL, SHELF_MARK_READ(.level = 1), &count));
    assert_int_equal(count, 3);
    ASSERT_OK(cx, db_exec(cx, NULL, SHELF_MARK_READ(.level = 9), &count));
    assert_int_equal(count, 0);
}

static void assert_titles(struct ctx *cx, const struct array *rows, const char *titles)
{
    struct str joined = STR("");
    for (size_t i = 0; i < rows->count; i++)
        joined = arena_printf(cx->arena, "%" STR_FMT "%" STR_FMT " ", STR_ARG(joined),
                              STR_ARG(ARRAY_AT(struct title_row, *rows, i)->title));
    check_str(joined, titles);
}

IN_TEST(filters_and_orders_compose)
{
    (void)arg;
    static const struct {
        uint32_t with, order;
        const char *titles;
    } cases[] = {
        {0, SHELF_LIST_BOOKS_ORDER_TITLE, "Bee ant bat cat "},
        {0, SHELF_LIST_BOOKS_ORDER_LONGEST, "cat bat ant Bee "},
        {SHELF_LIST_BOOKS_WITH_LEVEL, SHELF_LIST_BOOKS_ORDER_TITLE, "ant bat "},
        {SHELF_LIST_BOOKS_WITH_PREFIX, SHELF_LIST_BOOKS_ORDER_TITLE, "bat "},
        {SHELF_LIST_BOOKS_WITH_OWNER, SHELF_LIST_BOOKS_ORDER_LONGEST, "bat "},
        {SHELF_LIST_BOOKS_WITH_TAGGED, SHELF_LIST_BOOKS_ORDER_TITLE, "ant cat "},
        {SHELF_LIST_BOOKS_WITH_TAGGED | SHELF_LIST_BOOKS_WITH_LEVEL, SHELF_LIST_BOOKS_ORDER_TITLE, "ant "},
        {SHELF_LIST_BOOKS_WITH_LEVEL | SHELF_LIST_BOOKS_WITH_PREFIX | SHELF_LIST_BOOKS_WITH_OWNER, 0, "bat "},
    };
    ASSERT_OK(cx,
              db_exec(cx, NULL, SHELF_INSERT_OWNER(.id = shelf_id(1), .name = STR("Ada"), .code = 7), NULL));
    ASSERT_OK(cx, add_book(cx, 1, "ant", 10, 1));
    ASSERT_OK(cx, add_book(cx, 3, "cat", 30, 2));
    ASSERT_OK(cx, add_book(cx, 4, "Bee", 1, 3));
    ASSERT_OK(cx, db_exec(cx, NULL,
                          SHELF_INSERT_BOOK(.id = shelf_id(2), .title = STR("bat"), .pages = 20, .level = 1,
                                            .owner_id = shelf_id(1)),
                          NULL));
    ASSERT_OK(cx, db_exec(cx, NULL, SHELF_INSERT_TAG(.book_id = shelf_id(1), .tag = STR("good")), NULL));
    ASSERT_OK(cx, db_exec(cx, NULL, SHELF_INSERT_TAG(.book_id = shelf_id(3), .tag = STR("good")), NULL));
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct array rows = {0};
        ASSERT_OK(cx, db_list(cx, NULL,
                              SHELF_LIST_BOOKS(.owner_id = shelf_id(1), .level = 1, .title_prefix = STR("b%"),
                                               .limit = 10, .with = cases[i].with, .order = cases[i].order),
                              &title_row, &rows));
        assert_titles(cx, &rows, cases[i].titles);
    }
}

IN_TEST(more_variants_than_are_kept_all_work)
{
    (void)arg;
    for (int64_t i = 100; i < 110; i++) {
        struct str name = arena_printf(cx->arena, "v%" PRId64, i);
        ASSERT_OK(cx, db_exec(cx, NULL, SHELF_SET_COUNTER(.name = name, .value = i), NULL));
    }
    for (uint32_t round = 0; round < 2 * 512; round++) {
        uint32_t with = round % 512;
        struct value_row row;
        ASSERT_OK(cx, db_load(cx, NULL, SHELF_VARIED(.with = with), &value_row, &row));
        assert_int_equal(row.value, 10 - __builtin_popcount(with));
    }
}

IN_TEST(lists_are_parameters)
{
    (void)arg;
    for (uint32_t i = 0; i < 5; i++)
        ASSERT_OK(cx, add_book(cx, i, (const char *[]){"a", "b", "c", "d", "e"}[i], 1, 1));
    struct id ids[] = {shelf_id(4), shelf_id(1), shelf_id(77)};
    struct array rows = {0};
    ASSERT_OK(cx, db_list(cx, NULL, SHELF_LIST_BOOKS_BY_IDS(.ids = {ids, COUNT_OF(ids)}), &title_row, &rows));
    assert_titles(cx, &rows, "b e ");
    ASSERT_OK(cx, db_list(cx, NULL, SHELF_LIST_BOOKS_BY_IDS(.ids = {NULL, 0}), &title_row, &rows));
    assert_int_equal(rows.count, 0);

    struct str tags[] = {STR("good"), STR(""), STR("bad, or {so}"), STR("good")};
    int64_t count = 0;
    ASSERT_OK(cx, db_exec(cx, NULL, SHELF_INSERT_TAGS(.book_id = shelf_id(1), .tags = {tags, COUNT_OF(tags)}),
                          &count));
    assert_int_equal(count, 3);
    int64_t numbers[] = {INT64_C(1) << 62, 5, -(INT64_C(1) << 62)};
    struct value_row sum;
    ASSERT_OK(cx, db_load(cx, NULL, SHELF_SUM_NUMBERS(.numbers = {numbers, 3}), &value_row, &sum));
    assert_int_equal(sum.value, 5);
}

IN_TEST(returning_gives_rows)
{
    (void)arg;
    struct value_row value = {0};
    for (int64_t i = 1; i <= 3; i++) {
        ASSERT_OK(cx, db_load(cx, NULL, SHELF_BUMP_COUNTER(.name = STR("x")), &value_row, &value));
        assert_int_equal(value.value, i);
    }
    ASSERT_OK(cx, db_load(cx, NULL, SHELF_GREATEST_COUNTER(.floor = 2), &value_row, &value));
    assert_int_equal(value.value, 3);
}

IN_TEST(heavy_reads_give_the_same)
{
    (void)arg;
    struct owner_row owner = {0};
    ASSERT_OK(cx,
              db_exec(cx, NULL, SHELF_INSERT_OWNER(.id = shelf_id(1), .name = STR("Ada"), .code = 7), NULL));
    ASSERT_OK(cx, db_load(cx, NULL, SHELF_FIND_OWNER_HEAVY(.name = STR("Ada")), &owner_row, &owner));
    assert_true(id_equal(owner.id, shelf_id(1)));
    check_str(owner.name, "Ada");
}

/* Each violation, with the name that both engines must give it. */
static struct error *violate(struct ctx *cx, const char *name)
{
    const struct {
        const char *name;
        const struct db_call *call;
    } violations[] = {
        {"owner_name", SHELF_INSERT_OWNER(.id = shelf_id(2), .name = STR("Ada"), .code = 7)},
        {"owner_pkey", SHELF_INSERT_OWNER(.id = shelf_id(1), .name = STR("Bob"), .code = 7)},
        {"owner_code_positive", SHELF_INSERT_OWNER(.id = shelf_id(3), .name = STR("Eve"), .code = 0)},
        {"owner_name_not_null", SHELF_INSERT_OWNER_WITHOUT_NAME(.id = shelf_id(4))},
        {"shop_city_title_key",
         SHELF_INSERT_SHOP(.id = shelf_id(2), .city = STR("Bonn"), .title = STR("Books"))},
        {"book_owner_id_fkey", SHELF_INSERT_BOOK(.id = shelf_id(5), .title = STR("x"),
                                                 .owner_id = shelf_id(99), .shop_id = shelf_id(1))},
        {"book_shop_id_fkey", SHELF_INSERT_BOOK(.id = shelf_id(5), .title = STR("x"), .owner_id = shelf_id(1),
                                                .shop_id = shelf_id(99))},
        {"book_shop_id_fkey", SHELF_MOVE_BOOK(.id = shelf_id(1), .shop_id = shelf_id(99))},
        {"book_shop_id_fkey", SHELF_DELETE_SHOP(.id = shelf_id(1))},
        {"visit_owner_id_fkey", SHELF_INSERT_VISIT(.owner_id = shelf_id(9), .shop_id = shelf_id(1))},
        {"visit_shop_id_fkey", SHELF_INSERT_VISIT(.owner_id = shelf_id(1), .shop_id = shelf_id(9))},
        {"book_tag_pkey", SHELF_INSERT_TAG(.book_id = shelf_id(1), .tag = STR("good"))},
        {"book_tag_book_id_fkey", SHELF_INSERT_TAG(.book_id = shelf_id(99), .tag = STR("good"))},
    };
    struct error *last = NULL;
    for (size_t i = 0; i < COUNT_OF(violations); i++) {
        if (name != NULL && strcmp(name, violations[i].name) != 0)
            continue;
        last = db_exec(cx, NULL, violations[i].call, NULL);
        ASSERT_REASON(last, db_constraint);
        check_str(db_constraint_name(last), violations[i].name);
    }
    return last;
}

static void fill_for_violations(struct ctx *cx)
{
    ASSERT_OK(cx,
              db_exec(cx, NULL, SHELF_INSERT_OWNER(.id = shelf_id(1), .name = STR("Ada"), .code = 7), NULL));
    ASSERT_OK(cx, db_exec(cx, NULL,
                          SHELF_INSERT_SHOP(.id = shelf_id(1), .city = STR("Bonn"), .title = STR("Books")),
                          NULL));
    ASSERT_OK(cx,
              db_exec(cx, NULL,
                      SHELF_INSERT_BOOK(.id = shelf_id(1), .title = STR("x"), .shop_id = shelf_id(1)), NULL));
    ASSERT_OK(cx, db_exec(cx, NULL, SHELF_INSERT_TAG(.book_id = shelf_id(1), .tag = STR("good")), NULL));
}

IN_TEST(constraints_have_the_same_names_on_both_engines)
{
    (void)arg;
    fill_for_violations(cx);
    error_ignore(violate(cx, NULL));
    struct book book;
    ASSERT_OK(cx, db_load(cx, NULL, SHELF_FIND_BOOK(.id = shelf_id(1)), &book_row, &book));
}

IN_TEST(a_deletion_names_the_key_that_it_breaks)
{
    (void)arg;
    fill_for_violations(cx);
    /* two tables refer to an owner; one of them does so in fact */
    ASSERT_OK(cx,
              db_exec(cx, NULL, SHELF_INSERT_VISIT(.owner_id = shelf_id(1), .shop_id = shelf_id(1)), NULL));
    struct error *error = db_exec(cx, NULL, SHELF_DELETE_OWNER(.id = shelf_id(1)), NULL);
    check_str(db_constraint_name(error), "visit_owner_id_fkey");
}

static const struct reason name_taken = {.name = "shelf.name_taken", .code = ERROR_CONFLICT, .help = "taken"};

IN_TEST(violations_are_explained_by_a_table)
{
    (void)arg;
    static const struct db_constraint constraints[] = {{"owner_name", &name_taken, "the name is taken"},
                                                       {"owner_pkey", &name_taken, "the id is taken"},
                                                       {0}};
    fill_for_violations(cx);
    struct error *error = db_explain(cx, violate(cx, "owner_name"), constraints);
    ASSERT_REASON(error, name_taken);
    check_str(error->message, "the name is taken");
    ASSERT_REASON(db_explain(cx, violate(cx, "owner_code_positive"), constraints), db_constraint);
    assert_null(db_explain(cx, NULL, constraints));
    struct error *other = ERROR(cx, db_timeout, "late");
    assert_ptr_equal(db_explain(cx, other, constraints), other);
    assert_true(str_is_empty(db_constraint_name(other)));
}

IN_TEST(a_failed_statement_leaves_the_next_alone)
{
    (void)arg;
    for (int round = 0; round < 3; round++) {
        ASSERT_REASON(db_exec(cx, NULL, SHELF_INSERT_TAG(.book_id = shelf_id(99), .tag = STR("good")), NULL),
                      db_constraint);
        struct value_row value;
        ASSERT_OK(cx, db_load(cx, NULL, SHELF_COUNT_COUNTERS(), &value_row, &value));
    }
}

static void endless_body(struct ctx *cx, void *arg)
{
    (void)arg;
    struct value_row value;
    ASSERT_REASON(db_load(cx, NULL, SHELF_ENDLESS(), &value_row, &value), db_timeout);
    ASSERT_OK(cx, db_load(cx, NULL, SHELF_COUNT_COUNTERS(), &value_row, &value));
}

static void a_statement_that_takes_too_long_is_stopped(void **state)
{
    (void)state;
    shelf_run_with((const char *const[]){"LATHE_DATABASE_STATEMENT_TIMEOUT=50ms", NULL}, endless_body);
}

static const struct db_column absent_columns[] = {DB_COLUMN_I64(struct value_row, value),
                                                  {.name = "absent", .type = DB_I64, .offset = 0}};
static const struct db_row absent_row = DB_ROW(struct value_row, absent_columns);

static void ask_for_an_absent_column(struct ctx *cx, void *arg)
{
    (void)arg;
    struct value_row value;
    bool is_found;
    error_ignore(db_find(cx, NULL, SHELF_READ_COUNTER(.name = STR("x")), &absent_row, &value, &is_found));
}

static void ask_for_another_type(struct ctx *cx, void *arg)
{
    (void)arg;
    struct value_row value;
    bool is_found;
    error_ignore(db_find(cx, NULL, SHELF_WRONG_TYPE(), &value_row, &value, &is_found));
}

static void ask_for_many_as_one(struct ctx *cx, void *arg)
{
    (void)arg;
    struct title_row row;
    bool is_found;
    ASSERT_OK(cx, add_book(cx, 1, "a", 1, 1));
    ASSERT_OK(cx, add_book(cx, 2, "b", 1, 1));
    error_ignore(db_find(cx, NULL, SHELF_LIST_BOOKS(.limit = 10), &title_row, &row, &is_found));
}

static void ask_with_an_unknown_filter(struct ctx *cx, void *arg)
{
    (void)arg;
    struct array rows;
    error_ignore(db_list(cx, NULL, SHELF_LIST_BOOKS(.limit = 10, .with = 1U << 9), &title_row, &rows));
}

static void ask_rightly(struct ctx *cx, void *arg)
{
    (void)arg;
    struct value_row value;
    ASSERT_OK(cx, db_load(cx, NULL, SHELF_COUNT_COUNTERS(), &value_row, &value));
}

struct mistake {
    const struct db_fixture *fixture;
    on_loop_fn fn;
};

/* In a process of its own, with a connection of its own to the same database. */
static void make_mistake(void *arg)
{
    const struct mistake *mistake = arg;
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): the child process has this thread only */
    setenv("TMPDIR", db_fixture_folder(mistake->fixture), 1);
    struct db_fixture *fixture = db_fixture_new(&(struct db_fixture_options){
        .engine = shelf_engine, .modules = shelf_modules, .database_url = db_fixture_url(mistake->fixture)});
    db_fixture_run(fixture, mistake->fn, NULL);
}

static void rows_that_do_not_fit_their_statement_are_mistakes(void **state)
{
    (void)state;
    static const on_loop_fn mistakes[] = {ask_for_an_absent_column, ask_for_another_type, ask_for_many_as_one,
                                          ask_with_an_unknown_filter};
    struct db_fixture *fixture =
        db_fixture_new(&(struct db_fixture_options){.engine = shelf_engine, .modules = shelf_modules});
    for (size_t i = 0; i < COUNT_OF(mistakes); i++) {
        struct mistake mistake = {.fixture = fixture, .fn = mistakes[i]};
        check_that(check_aborts(make_mistake, &mistake), "mistake %zu was not noticed", i);
    }
    struct mistake none = {.fixture = fixture, .fn = ask_rightly};
    assert_false(check_aborts(make_mistake, &none));
    db_fixture_free(fixture);
}

IN_TEST(text_with_a_zero_character_is_refused)
{
    (void)arg;
    struct value_row value;
    struct error *error = db_load(cx, NULL, SHELF_READ_COUNTER(.name = STR("a\0b")), &value_row, &value);
    assert_true(error_has_code(error, ERROR_INVALID));
    struct str tags[] = {STR("a\0b")};
    error = db_exec(cx, NULL, SHELF_INSERT_TAGS(.book_id = shelf_id(1), .tags = {tags, 1}), NULL);
    assert_true(error_has_code(error, ERROR_INVALID));
}

IN_TEST(a_null_where_none_may_be_is_an_error)
{
    (void)arg;
    static const struct db_column columns[] = {DB_COLUMN_TEXT(struct book, note)};
    static const struct db_row strict_row = DB_ROW(struct book, columns);
    ASSERT_OK(cx, add_book(cx, 1, "a", 1, 1));
    struct book book;
    ASSERT_REASON(db_load(cx, NULL, SHELF_FIND_BOOK(.id = shelf_id(1)), &strict_row, &book), db_internal);
}

/* 1: the plan that is kept; 2: one for the values. */
static int64_t plan_mode(struct ctx *cx, struct tx *tx, uint32_t with)
{
    struct value_row mode = {0};
    ASSERT_OK(cx, db_load(cx, tx, SHELF_SHOW_PLAN_MODE(.one = 1, .with = with), &value_row, &mode));
    return mode.value;
}

static struct error *ask_plan_modes(struct ctx *cx, struct tx *tx, void *arg)
{
    (void)arg;
    assert_int_equal(plan_mode(cx, tx, SHELF_SHOW_PLAN_MODE_WITH_EACH), 2);
    assert_int_equal(plan_mode(cx, tx, 0), 1);
    return NULL;
}

IN_TEST(a_statement_that_says_so_is_planned_for_its_values)
{
    (void)arg;
    if (shelf_engine != DB_POSTGRESQL)
        return;
    for (int i = 0; i < 4; i++) { /* on both shared lines, prepared and again */
        assert_int_equal(plan_mode(cx, NULL, 0), 1);
        assert_int_equal(plan_mode(cx, NULL, SHELF_SHOW_PLAN_MODE_WITH_EACH), 2);
    }
    ASSERT_OK(cx, db_transact(cx, TX_WRITE, ask_plan_modes, NULL));
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_come_back_as_they_were_sent),
        cmocka_unit_test(what_is_absent_is_not_found_and_not_loaded),
        cmocka_unit_test(changed_rows_are_counted),
        cmocka_unit_test(filters_and_orders_compose),
        cmocka_unit_test(more_variants_than_are_kept_all_work),
        cmocka_unit_test(lists_are_parameters),
        cmocka_unit_test(returning_gives_rows),
        cmocka_unit_test(heavy_reads_give_the_same),
        cmocka_unit_test(constraints_have_the_same_names_on_both_engines),
        cmocka_unit_test(a_deletion_names_the_key_that_it_breaks),
        cmocka_unit_test(violations_are_explained_by_a_table),
        cmocka_unit_test(a_failed_statement_leaves_the_next_alone),
        cmocka_unit_test(a_statement_that_takes_too_long_is_stopped),
        cmocka_unit_test(rows_that_do_not_fit_their_statement_are_mistakes),
        cmocka_unit_test(text_with_a_zero_character_is_refused),
        cmocka_unit_test(a_null_where_none_may_be_is_an_error),
        cmocka_unit_test(a_statement_that_says_so_is_planned_for_its_values),
    };
    return shelf_main(argc, argv, "statements", tests, COUNT_OF(tests));
}
