/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Reads by key that many fibers want at once: each gets its own rows, and its own failure, on both engines. */
#include "platform/db/tests/crowd.h"
#include "platform/db/tests/shelf.h"
#include "platform/fiber/loop.h"

enum { BOOKS = 30, KEYS = 40, READERS = 300, STATEMENTS_AT_MOST = 20, PAGES = 60, GROWTH_READERS = 200 };

struct tag_row {
    struct str tag;
};
static const struct db_column tag_columns[] = {DB_COLUMN_TEXT(struct tag_row, tag)};
static const struct db_row tag_row = DB_ROW(struct tag_row, tag_columns);

/* The note may not be absent here, and is in all books but those whose number divides by three. */
static const struct db_column note_columns[] = {DB_COLUMN_TEXT(struct book, note)};
static const struct db_row note_row = DB_ROW(struct book, note_columns);

static struct str title_of(struct ctx *cx, uint32_t number)
{
    return arena_printf(cx->arena, "book %u", number);
}

static void fill(struct ctx *cx)
{
    for (uint32_t i = 0; i < BOOKS; i++) {
        struct str note = i % 3 == 0 ? STR("noted") : STR_NONE;
        ASSERT_OK(cx, db_exec(cx, NULL,
                              SHELF_INSERT_BOOK(.id = shelf_id(i), .title = title_of(cx, i), .price = 1,
                                                .note = note),
                              NULL));
        for (uint32_t tag = 0; tag < i % 4; tag++)
            ASSERT_OK(cx, db_exec(cx, NULL,
                                  SHELF_INSERT_TAG(.book_id = shelf_id(i),
                                                   .tag = arena_printf(cx->arena, "tag %u", 9 - tag)),
                                  NULL));
    }
}

struct outcome {
    size_t right;
    size_t late;
    size_t failed;
};

/* Whether the tags are those of the book, in the statement's order. */
static bool tags_are_right(const struct array *tags, uint32_t number)
{
    bool is_right = tags->count == (number < BOOKS ? number % 4 : 0);
    for (size_t i = 0; i < tags->count; i++) {
        struct str tag = ARRAY_AT(struct tag_row, *tags, i)->tag;
        char digit = (char)('0' + 10 - (int)tags->count + (int)i);
        is_right = is_right && tag.len == 5 && tag.ptr[4] == digit;
    }
    return is_right;
}

static struct error *read_one(struct ctx *cx, struct tx *tx, uint32_t number, bool *ret_right)
{
    struct book book;
    struct title_row title;
    bool is_found = false;
    struct str found;
    struct array tags = {0};
    if (number % 2 == 0) {
        TRY(db_find(cx, tx, SHELF_FIND_BOOK(.id = shelf_id(number)), &book_row, &book, &is_found));
        found = book.title;
    } else {
        TRY(db_find(cx, tx, SHELF_FIND_BOOK(.id = shelf_id(number)), &title_row, &title, &is_found));
        found = title.title;
    }
    TRY(db_list(cx, tx, SHELF_LIST_BOOK_TAGS(.book_id = shelf_id(number)), &tag_row, &tags));
    *ret_right = is_found == (number < BOOKS) && (!is_found || str_equal(found, title_of(cx, number))) &&
                 tags_are_right(&tags, number);
    return NULL;
}

static struct error *read_at_once(struct ctx *cx, uint32_t number, bool *ret_right)
{
    struct db_reading readings[] = {
        {.call = SHELF_FIND_BOOK(.id = shelf_id(number)), .row = number % 2 == 0 ? &book_row : &title_row},
        {.call = SHELF_LIST_BOOK_TAGS(.book_id = shelf_id(number)), .row = &tag_row},
    };
    TRY(db_list_together(cx, NULL, readings, COUNT_OF(readings)));
    const struct array *books = &readings[0].rows;
    if (number >= BOOKS) {
        *ret_right = books->count == 0 && readings[1].rows.count == 0;
        return NULL;
    }
    struct str title = STR_NONE;
    if (books->count == 1 && number % 2 == 0)
        title = ARRAY_AT(struct book, *books, 0)->title;
    else if (books->count == 1)
        title = ARRAY_AT(struct title_row, *books, 0)->title;
    *ret_right = str_equal(title, title_of(cx, number)) && tags_are_right(&readings[1].rows, number);
    return NULL;
}

static void read_along(struct ctx *cx, size_t number, void *arg)
{
    struct outcome *outcome = arg;
    bool is_right = false;
    outcome->failed += read_one(cx, NULL, (uint32_t)number % KEYS, &is_right) != NULL;
    outcome->right += is_right;
}

static void read_together(struct ctx *cx, void *arg)
{
    (void)arg;
    struct outcome outcome = {0};
    fill(cx);
    crowd_run(cx, READERS, read_along, &outcome);
    assert_int_equal(outcome.failed, 0);
    assert_int_equal(outcome.right, READERS);
    if (shelf_engine != DB_POSTGRESQL)
        return;
    struct value_row uses;
    ASSERT_OK(cx, db_load(cx, NULL, SHELF_COUNT_TAG_READS(), &value_row, &uses));
    check_that(uses.value >= 1 && uses.value <= STATEMENTS_AT_MOST, "%d reads took %d statements", READERS,
               (int)uses.value);
}

static void each_gets_its_own_rows(void **state)
{
    (void)state;
    shelf_run(read_together);
}

/* Every fifth is in too much haste to wait. */
static void read_pair(struct ctx *cx, size_t number, void *arg)
{
    struct outcome *outcome = arg;
    bool is_right = false;
    bool is_hasty = number % 5 == 0;
    if (is_hasty)
        cx->deadline_us = loop_now_us();
    struct error *error = read_at_once(cx, (uint32_t)number % KEYS, &is_right);
    outcome->late += error_has_code(error, ERROR_TIMEOUT);
    outcome->failed += error != NULL && !error_has_code(error, ERROR_TIMEOUT);
    outcome->right += !is_hasty && is_right;
}

static void read_pairs(struct ctx *cx, void *arg)
{
    (void)arg;
    struct outcome outcome = {0};
    fill(cx);
    crowd_run(cx, READERS, read_pair, &outcome);
    assert_int_equal(outcome.failed, 0);
    assert_int_equal(outcome.right, READERS - READERS / 5);
    if (shelf_engine == DB_POSTGRESQL)
        assert_int_equal(outcome.late, READERS / 5);
}

static void several_reads_at_once_get_their_own_rows(void **state)
{
    (void)state;
    shelf_run(read_pairs);
}

static void a_pair_behind_a_pooler(void **state)
{
    (void)state;
    if (shelf_engine == DB_POSTGRESQL)
        shelf_run_with((const char *const[]){"LATHE_DATABASE_POOLER=true", NULL}, read_pairs);
}

struct growth {
    size_t writers_done;
    size_t reads;
    size_t backward; /* tags that were older than their book */
    size_t failed;
};

static struct error *grow(struct ctx *cx, struct tx *tx, void *arg)
{
    const int64_t *pages = arg;
    struct str tag = arena_printf(cx->arena, "page %lld", (long long)*pages);
    TRY(db_exec(cx, tx, SHELF_SET_PAGES(.id = shelf_id(0), .pages = *pages), NULL));
    return db_exec(cx, tx, SHELF_INSERT_TAG(.book_id = shelf_id(0), .tag = tag), NULL);
}

/* Every other reads the book alone: then more wait for books than a round takes, and their tags could go first. */
static struct error *read_growing(struct ctx *cx, struct growth *growth, bool is_book_alone)
{
    struct book book;
    if (is_book_alone)
        return db_load(cx, NULL, SHELF_FIND_BOOK(.id = shelf_id(0)), &book_row, &book);
    struct db_reading readings[] = {
        {.call = SHELF_FIND_BOOK(.id = shelf_id(0)), .row = &book_row},
        {.call = SHELF_LIST_BOOK_TAGS(.book_id = shelf_id(0)), .row = &tag_row},
    };
    TRY(db_list_together(cx, NULL, readings, COUNT_OF(readings)));
    growth->reads++;
    growth->backward += (int64_t)readings[1].rows.count < ARRAY_AT(struct book, readings[0].rows, 0)->pages;
    return NULL;
}

/* The first writes; the others read until it has done, more than a round takes. */
static void grow_or_read(struct ctx *cx, size_t number, void *arg)
{
    struct growth *growth = arg;
    for (int64_t pages = 1; number == 0 && pages <= PAGES; pages++)
        growth->failed += db_transact(cx, TX_WRITE, grow, &pages) != NULL;
    growth->writers_done += number == 0;
    while (number != 0 && growth->writers_done == 0)
        growth->failed += read_growing(cx, growth, number % 2 == 0) != NULL;
}

static void read_while_it_grows(struct ctx *cx, void *arg)
{
    (void)arg;
    struct growth growth = {0};
    fill(cx);
    ASSERT_OK(cx, db_exec(cx, NULL, SHELF_SET_PAGES(.id = shelf_id(0), .pages = 0), NULL));
    crowd_run(cx, GROWTH_READERS, grow_or_read, &growth);
    assert_int_equal(growth.failed, 0);
    assert_int_equal(growth.backward, 0);
    check_that(growth.reads >= GROWTH_READERS / 2, "only %zu reads", growth.reads);
}

static void a_later_read_is_never_of_an_older_state(void **state)
{
    (void)state;
    if (shelf_engine == DB_POSTGRESQL) /* SQLite reads both in one turn of the loop, of one snapshot */
        shelf_run(read_while_it_grows);
}

static void read_unprepared(struct ctx *cx, void *arg)
{
    (void)arg;
    struct outcome outcome = {0};
    fill(cx);
    crowd_run(cx, READERS, read_along, &outcome);
    assert_int_equal(outcome.right, READERS);
}

static void behind_a_pooler_too(void **state)
{
    (void)state;
    if (shelf_engine == DB_SQLITE)
        return;
    shelf_run_with((const char *const[]){"LATHE_DATABASE_POOLER=true", NULL}, read_unprepared);
}

static struct error *read_in_transaction(struct ctx *cx, struct tx *tx, void *arg)
{
    struct outcome *outcome = arg;
    *outcome = (struct outcome){0};
    for (uint32_t i = 0; i < KEYS; i++) {
        bool is_right = false;
        TRY(read_one(cx, tx, i, &is_right));
        outcome->right += is_right;
    }
    return NULL;
}

static void read_in_a_transaction(struct ctx *cx, void *arg)
{
    (void)arg;
    struct outcome outcome = {0};
    fill(cx);
    ASSERT_OK(cx, db_transact(cx, TX_READ, read_in_transaction, &outcome));
    assert_int_equal(outcome.right, KEYS);
}

static void a_transaction_reads_by_itself(void **state)
{
    (void)state;
    shelf_run(read_in_a_transaction);
}

static void read_note(struct ctx *cx, size_t number, void *arg)
{
    struct outcome *outcome = arg;
    struct book book;
    struct error *error =
        db_load(cx, NULL, SHELF_FIND_BOOK(.id = shelf_id((uint32_t)number % BOOKS)), &note_row, &book);
    outcome->failed += error_is(error, &db_internal);
    outcome->right += error == NULL && number % BOOKS % 3 == 0;
}

static void read_notes(struct ctx *cx, void *arg)
{
    (void)arg;
    struct outcome outcome = {0};
    fill(cx);
    crowd_run(cx, READERS, read_note, &outcome);
    assert_int_equal(outcome.right, READERS / 3);
    assert_int_equal(outcome.failed, READERS - READERS / 3);
}

static void a_row_that_does_not_fit_is_the_failure_of_who_asked(void **state)
{
    (void)state;
    shelf_run(read_notes);
}

static void read_or_give_up(struct ctx *cx, size_t number, void *arg)
{
    struct outcome *outcome = arg;
    bool is_right = false;
    bool is_hasty = number % 5 == 0;
    if (is_hasty)
        cx->deadline_us = loop_now_us();
    struct error *error = read_one(cx, NULL, (uint32_t)number % KEYS, &is_right);
    outcome->late += is_hasty && error_has_code(error, ERROR_TIMEOUT);
    outcome->right += !is_hasty && is_right;
}

static void read_with_the_hasty(struct ctx *cx, void *arg)
{
    (void)arg;
    struct outcome outcome = {0};
    fill(cx);
    crowd_run(cx, READERS, read_or_give_up, &outcome);
    assert_int_equal(outcome.right, READERS - READERS / 5);
    if (shelf_engine == DB_POSTGRESQL) /* SQLite answers before anybody could give up */
        assert_int_equal(outcome.late, READERS / 5);
}

static void who_gives_up_takes_nobody_along(void **state)
{
    (void)state;
    shelf_run(read_with_the_hasty);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_gets_its_own_rows),
        cmocka_unit_test(behind_a_pooler_too),
        cmocka_unit_test(several_reads_at_once_get_their_own_rows),
        cmocka_unit_test(a_pair_behind_a_pooler),
        cmocka_unit_test(a_later_read_is_never_of_an_older_state),
        cmocka_unit_test(a_transaction_reads_by_itself),
        cmocka_unit_test(a_row_that_does_not_fit_is_the_failure_of_who_asked),
        cmocka_unit_test(who_gives_up_takes_nobody_along),
    };
    return shelf_main(argc, argv, "gathered reads", tests, COUNT_OF(tests));
}
