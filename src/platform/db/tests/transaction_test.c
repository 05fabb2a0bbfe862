/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Transactions on both engines: what is kept, what is undone, who sees what, what happens to those who meet. */
#include <pthread.h>
#include <sched.h>

#include "platform/db/claim.h"
#include "platform/db/tests/crowd.h"
#include "platform/db/tests/shelf.h"
#include "platform/fault/fault.h"
#include "platform/fiber/fiber.h"

#define IN_TEST(name)                                                                                        \
    static void name##_body(struct ctx *cx, void *arg);                                                      \
    static void name(void **state)                                                                           \
    {                                                                                                        \
        (void)state;                                                                                         \
        shelf_run(name##_body);                                                                              \
    }                                                                                                        \
    static void name##_body(struct ctx *cx, void *arg)

static const struct reason not_today = {.name = "shelf.not_today", .code = ERROR_CONFLICT, .help = "no"};

static int64_t read_counter(struct ctx *cx, struct tx *tx, const char *name)
{
    struct value_row row = {0};
    bool is_found = false;
    struct error *error =
        db_find(cx, tx, SHELF_READ_COUNTER(.name = str_cstr(name)), &value_row, &row, &is_found);
    return error != NULL ? -1 : row.value;
}

static struct error *set_counter(struct ctx *cx, struct tx *tx, const char *name, int64_t value)
{
    return db_exec(cx, tx, SHELF_SET_COUNTER(.name = str_cstr(name), .value = value), NULL);
}

/* Two counters, and an outcome that the test chooses. */
struct pair {
    const struct reason *refusal; /* NULL: commit */
    int64_t seen;                 /* of the first counter, inside */
    int runs;
    int after_calls;
    int end_calls;
};

static void count_call(struct ctx *cx, void *arg)
{
    (void)cx;
    struct pair *pair = arg;
    pair->after_calls++;
}

static void count_end(struct ctx *cx, void *arg)
{
    (void)cx;
    struct pair *pair = arg;
    pair->end_calls++;
}

static struct error *write_pair(struct ctx *cx, struct tx *tx, void *arg)
{
    struct pair *pair = arg;
    pair->runs++;
    tx_after_commit(tx, count_call, pair);
    tx_after_end(tx, count_end, pair);
    TRY(set_counter(cx, tx, "left", 1));
    pair->seen = read_counter(cx, tx, "left");
    TRY(set_counter(cx, tx, "right", 1));
    return pair->refusal != NULL ? error_new(cx->arena, pair->refusal, __FILE__, __LINE__, "refused") : NULL;
}

IN_TEST(a_transaction_keeps_everything_or_nothing)
{
    (void)arg;
    struct pair pair = {.refusal = &not_today};
    ASSERT_REASON(db_transact(cx, TX_WRITE, write_pair, &pair), not_today);
    assert_int_equal(pair.seen, 1);
    assert_int_equal(pair.after_calls, 0);
    assert_int_equal(pair.end_calls, pair.runs);
    assert_int_equal(read_counter(cx, NULL, "left") + read_counter(cx, NULL, "right"), 0);

    pair = (struct pair){0};
    ASSERT_OK(cx, db_transact(cx, TX_SERIALIZABLE, write_pair, &pair));
    assert_int_equal(pair.after_calls, 1);
    assert_int_equal(pair.end_calls, pair.runs);
    assert_int_equal(read_counter(cx, NULL, "left") + read_counter(cx, NULL, "right"), 2);
}

static struct error *do_nothing(struct ctx *cx, struct tx *tx, void *arg)
{
    (void)cx;
    (void)tx;
    (void)arg;
    return NULL;
}

IN_TEST(a_transaction_may_be_empty)
{
    (void)arg;
    for (int mode = TX_READ; mode <= TX_SERIALIZABLE; mode++)
        ASSERT_OK(cx, db_transact(cx, (enum tx_mode)mode, do_nothing, NULL));
}

struct calls {
    char order[8];
};

static void call_a(struct ctx *cx, void *arg)
{
    (void)cx;
    struct calls *calls = arg;
    calls->order[strlen(calls->order)] = 'a';
}

static void call_b(struct ctx *cx, void *arg)
{
    (void)cx;
    struct calls *calls = arg;
    calls->order[strlen(calls->order)] = 'b';
}

static struct error *ask_for_calls(struct ctx *cx, struct tx *tx, void *arg)
{
    tx_after_commit(tx, call_a, arg);
    tx_after_commit(tx, call_b, arg);
    return set_counter(cx, tx, "x", 1);
}

IN_TEST(calls_after_the_commit_come_in_order)
{
    (void)arg;
    struct calls calls = {{0}};
    ASSERT_OK(cx, db_transact(cx, TX_WRITE, ask_for_calls, &calls));
    assert_string_equal(calls.order, "ab");
}

static struct error *overlook_a_failure(struct ctx *cx, struct tx *tx, void *arg)
{
    bool *goes_on = arg;
    TRY(set_counter(cx, tx, "x", 5));
    error_ignore(db_exec(cx, tx, SHELF_INSERT_TAG(.book_id = shelf_id(9), .tag = STR("t")), NULL));
    return *goes_on ? set_counter(cx, tx, "y", 5) : NULL;
}

IN_TEST(a_failed_statement_ends_its_transaction)
{
    (void)arg;
    for (int goes_on = 0; goes_on < 2; goes_on++) {
        bool flag = goes_on != 0;
        ASSERT_REASON(db_transact(cx, TX_WRITE, overlook_a_failure, &flag), db_internal);
        assert_int_equal(read_counter(cx, NULL, "x"), 0);
        assert_int_equal(read_counter(cx, NULL, "y"), 0);
    }
}

static struct error *violate_in_transaction(struct ctx *cx, struct tx *tx, void *arg)
{
    (void)arg;
    TRY(set_counter(cx, tx, "x", 5));
    return db_exec(cx, tx, SHELF_INSERT_VISIT(.owner_id = shelf_id(9), .shop_id = shelf_id(8)), NULL);
}

IN_TEST(a_violation_in_a_transaction_has_its_name)
{
    (void)arg;
    struct error *error = db_transact(cx, TX_WRITE, violate_in_transaction, NULL);
    ASSERT_REASON(error, db_constraint);
    assert_true(str_starts_with(db_constraint_name(error), STR("visit_")));
    assert_int_equal(read_counter(cx, NULL, "x"), 0);
}

/* What is posted: on PostgreSQL it is only sent. */

struct posting {
    bool fails_first, fails_last, waits_between;
    int64_t seen;
};

static struct error *post_counter(struct ctx *cx, struct tx *tx, const char *name, int64_t value)
{
    return db_post(cx, tx, SHELF_SET_COUNTER(.name = str_cstr(name), .value = value));
}

static struct error *post_violation(struct ctx *cx, struct tx *tx)
{
    return db_post(cx, tx, SHELF_INSERT_VISIT(.owner_id = shelf_id(9), .shop_id = shelf_id(8)));
}

static struct error *post_several(struct ctx *cx, struct tx *tx, void *arg)
{
    struct posting *posting = arg;
    posting->seen = -1;
    TRY(post_counter(cx, tx, "x", 5));
    if (posting->fails_first)
        TRY(post_violation(cx, tx));
    TRY(post_counter(cx, tx, "y", 6));
    if (posting->waits_between)
        posting->seen = read_counter(cx, tx, "x");
    TRY(post_counter(cx, tx, "z", 7));
    return posting->fails_last ? post_violation(cx, tx) : NULL;
}

static int64_t counters_after(struct ctx *cx)
{
    return read_counter(cx, NULL, "x") + read_counter(cx, NULL, "y") + read_counter(cx, NULL, "z");
}

IN_TEST(what_is_posted_is_there_for_what_follows_and_after_the_commit)
{
    (void)arg;
    struct posting posting = {.waits_between = true};
    ASSERT_OK(cx, db_transact(cx, TX_WRITE, post_several, &posting));
    assert_int_equal(posting.seen, 5);
    assert_int_equal(counters_after(cx), 18);
}

IN_TEST(what_is_posted_and_fails_undoes_its_transaction_alone)
{
    (void)arg;
    for (int i = 0; i < 8; i++) { /* the connection is used again */
        struct posting posting = {
            .fails_first = i % 2 == 0, .fails_last = i % 2 != 0, .waits_between = i / 2 % 2 != 0};
        struct error *error = db_transact(cx, TX_WRITE, post_several, &posting);
        if (posting.fails_first &&
            posting.waits_between) { /* the read's failure, which was overlooked, is not told */
            assert_non_null(error);
        } else {
            ASSERT_REASON(error, db_constraint);
            assert_true(str_starts_with(db_constraint_name(error), STR("visit_")));
        }
        assert_int_equal(counters_after(cx), 0);
    }
    struct posting posting = {0};
    ASSERT_OK(cx, db_transact(cx, TX_WRITE, post_several, &posting));
    assert_int_equal(counters_after(cx), 18);
}

static struct error *list_in_tx(struct ctx *cx, struct tx *tx, void *arg)
{
    struct db_reading readings[] = {
        {.call = SHELF_READ_COUNTER(.name = STR("x")), .row = &value_row},
        {.call = SHELF_READ_COUNTER(.name = STR("nobody")), .row = &value_row},
        {.call = SHELF_READ_COUNTER(.name = STR("y")), .row = &value_row},
    };
    int64_t *sum = arg;
    TRY(set_counter(cx, tx, "x", 5));
    TRY(post_counter(cx, tx, "y", 6));
    TRY(db_list_together(cx, tx, readings, COUNT_OF(readings)));
    assert_int_equal(readings[0].rows.count, 1);
    assert_int_equal(readings[1].rows.count, 0);
    assert_int_equal(readings[2].rows.count, 1);
    *sum = ARRAY_AT(struct value_row, readings[0].rows, 0)->value +
           ARRAY_AT(struct value_row, readings[2].rows, 0)->value;
    return NULL;
}

IN_TEST(several_reads_of_a_transaction_see_what_it_wrote)
{
    (void)arg;
    int64_t sum = 0;
    ASSERT_OK(cx, db_transact(cx, TX_WRITE, list_in_tx, &sum));
    assert_int_equal(sum, 11);
}

/* Snapshots */

struct snapshot {
    struct fiber *writer;
    bool has_read;
    bool has_written;
    int64_t first, second;
};

static struct error *read_twice(struct ctx *cx, struct tx *tx, void *arg)
{
    struct snapshot *snapshot = arg;
    snapshot->first = read_counter(cx, tx, "x");
    __atomic_store_n(&snapshot->has_read, true, __ATOMIC_RELEASE);
    while (!__atomic_load_n(&snapshot->has_written, __ATOMIC_ACQUIRE)) {
        if (fiber_self() != NULL)
            fiber_yield();
    }
    snapshot->second = read_counter(cx, tx, "x");
    return NULL;
}

static void write_meanwhile(struct ctx *cx, size_t number, void *arg)
{
    struct snapshot *snapshot = arg;
    if (number == 0) {
        error_ignore(db_transact(cx, TX_READ, read_twice, snapshot));
        return;
    }
    while (!__atomic_load_n(&snapshot->has_read, __ATOMIC_ACQUIRE))
        fiber_yield();
    error_ignore(set_counter(cx, NULL, "x", 2));
    __atomic_store_n(&snapshot->has_written, true, __ATOMIC_RELEASE);
}

IN_TEST(a_read_transaction_sees_one_moment)
{
    (void)arg;
    struct snapshot snapshot = {0};
    ASSERT_OK(cx, set_counter(cx, NULL, "x", 1));
    crowd_run(cx, 2, write_meanwhile, &snapshot);
    assert_int_equal(snapshot.first, 1);
    assert_int_equal(snapshot.second, 1);
    assert_int_equal(read_counter(cx, NULL, "x"), 2);
}

static struct error *write_in_a_read(struct ctx *cx, struct tx *tx, void *arg)
{
    (void)arg;
    return set_counter(cx, tx, "x", 1);
}

IN_TEST(a_read_transaction_cannot_write)
{
    (void)arg;
    assert_non_null(db_transact(cx, TX_READ, write_in_a_read, NULL));
    assert_int_equal(read_counter(cx, NULL, "x"), 0);
}

/* Many at once */

struct tally {
    size_t failures;
    size_t unseen; /* own writes that were not read afterwards */
    enum tx_mode mode;
};

static struct error *add_one(struct ctx *cx, struct tx *tx, void *arg)
{
    (void)arg;
    struct value_row row = {0};
    bool is_found = false;
    TRY(db_find(cx, tx, SHELF_LOCK_COUNTER(.name = STR("x")), &value_row, &row, &is_found));
    return set_counter(cx, tx, "x", row.value + 1);
}

static void add_in_transaction(struct ctx *cx, size_t number, void *arg)
{
    (void)number;
    struct tally *tally = arg;
    if (db_transact(cx, tally->mode, add_one, NULL) != NULL)
        tally->failures++;
}

IN_TEST(those_who_meet_lose_no_update)
{
    (void)arg;
    ASSERT_OK(cx, set_counter(cx, NULL, "x", 0));
    struct tally locking = {.mode = TX_WRITE};
    crowd_run(cx, 200, add_in_transaction, &locking);
    assert_int_equal(locking.failures, 0);
    assert_int_equal(read_counter(cx, NULL, "x"), 200);
    struct tally serializable = {.mode = TX_SERIALIZABLE};
    crowd_run(cx, 20, add_in_transaction, &serializable);
    assert_int_equal(serializable.failures, 0);
    assert_int_equal(read_counter(cx, NULL, "x"), 220);
}

#ifdef __SANITIZE_THREAD__
enum { MANY_WRITERS = 1000 }; /* each takes many mappings there */
#else
enum { MANY_WRITERS = 10000 };
#endif

static void write_and_read(struct ctx *cx, size_t number, void *arg)
{
    struct tally *tally = arg;
    char name[24];
    (void)snprintf(name, sizeof(name), "n%zu", number);
    if (set_counter(cx, NULL, name, (int64_t)number + 1) != NULL)
        tally->failures++;
    else if (read_counter(cx, NULL, name) != (int64_t)number + 1)
        tally->unseen++;
}

IN_TEST(ten_thousand_writers_read_what_they_wrote)
{
    (void)arg;
    struct tally tally = {0};
    crowd_run(cx, MANY_WRITERS, write_and_read, &tally);
    assert_int_equal(tally.failures, 0);
    assert_int_equal(tally.unseen, 0);
    struct value_row count;
    ASSERT_OK(cx, db_load(cx, NULL, SHELF_COUNT_COUNTERS(), &value_row, &count));
    assert_int_equal(count.value, MANY_WRITERS);
}

/* Two loops: what one was told is committed the other reads at once, though it may have a snapshot open. */

struct second_loop {
    struct loop *loop;
    pthread_t thread;
    const struct ctx *cx;
    struct fiber *first; /* waits for the answer */
    char name[24];
    int64_t wanted;
    size_t stale;
};

static void *run_second(void *arg)
{
    struct second_loop *second = arg;
    loop_run(second->loop);
    return NULL;
}

static void attach_second(void *arg)
{
    struct second_loop *second = arg;
    db_attach_loop(second->cx->platform->db, second->loop);
    fiber_wake_from_thread(second->first);
}

static void read_on_second(void *arg)
{
    struct second_loop *second = arg;
    struct ctx cx = *second->cx;
    cx.arena = arena_new(0);
    if (read_counter(&cx, NULL, second->name) != second->wanted)
        second->stale++;
    if (second->wanted % 2 == 0)
        (void)read_counter(&cx, NULL, second->name);
    arena_free(cx.arena);
    fiber_wake_from_thread(second->first);
}

static void detach_second(void *arg)
{
    struct second_loop *second = arg;
    db_detach_loop(second->cx->platform->db, second->loop);
    loop_stop(second->loop);
}

IN_TEST(loops_read_what_others_were_told_is_committed)
{
    (void)arg;
    struct second_loop second = {.loop = loop_new(&(struct loop_options){.index = 1}),
                                 .cx = cx,
                                 .first = fiber_self(),
                                 .name = "shared"};
    assert_int_equal(pthread_create(&second.thread, NULL, run_second, &second), 0);
    fiber_spawn_on(second.loop, "attach", attach_second, &second);
    fiber_park_firmly();
    size_t failures = 0;
    for (second.wanted = 1; second.wanted <= 500; second.wanted++) {
        failures += set_counter(cx, NULL, second.name, second.wanted) != NULL;
        fiber_spawn_on(second.loop, "read", read_on_second, &second);
        fiber_park_firmly();
    }
    fiber_spawn_on(second.loop, "detach", detach_second, &second);
    pthread_join(second.thread, NULL);
    loop_free(second.loop);
    assert_int_equal(failures, 0);
    assert_int_equal(second.stale, 0);
}

/* One in three fails, alone or with what it wrote. */
static struct error *write_or_refuse(struct ctx *cx, struct tx *tx, void *arg)
{
    size_t number = *(const size_t *)arg;
    char name[24];
    (void)snprintf(name, sizeof(name), "m%zu", number);
    TRY(set_counter(cx, tx, name, 1));
    if (number % 3 == 1)
        return ERROR(cx, not_today, "refused");
    if (number % 3 == 2)
        return db_exec(cx, tx, SHELF_INSERT_TAG(.book_id = shelf_id(9), .tag = STR("t")), NULL);
    return NULL;
}

static void write_in_company(struct ctx *cx, size_t number, void *arg)
{
    struct tally *tally = arg;
    struct error *error = db_transact(cx, TX_WRITE, write_or_refuse, &number);
    char name[24];
    (void)snprintf(name, sizeof(name), "m%zu", number);
    static const struct reason *const expected[] = {NULL, &not_today, &db_constraint};
    const struct reason *reason = error != NULL ? error->reason : NULL;
    if (reason != expected[number % 3])
        tally->failures++;
    if (read_counter(cx, NULL, name) != (number % 3 == 0))
        tally->unseen++;
}

IN_TEST(one_that_fails_takes_nobody_along)
{
    (void)arg;
    struct tally tally = {0};
    crowd_run(cx, 300, write_in_company, &tally);
    assert_int_equal(tally.failures, 0);
    assert_int_equal(tally.unseen, 0);
}

/* Deadlocks: two counters, taken in both orders. On SQLite nobody meets. */
static struct error *take_both(struct ctx *cx, struct tx *tx, void *arg)
{
    static const char *const names[] = {"left", "right"};
    size_t number = *(const size_t *)arg;
    for (size_t i = 0; i < 2; i++) {
        struct value_row row = {0};
        const char *name = names[(number + i) % 2];
        TRY(db_load(cx, tx, SHELF_LOCK_COUNTER(.name = str_cstr(name)), &value_row, &row));
        TRY(set_counter(cx, tx, name, row.value + 1));
    }
    return NULL;
}

/* Each run, also one that the deadlock ended, is told of its end. */
struct meeting {
    size_t number;
    int runs_in_progress;
};

static void leave(struct ctx *cx, void *arg)
{
    (void)cx;
    struct meeting *meeting = arg;
    meeting->runs_in_progress--;
}

static struct error *meet_once(struct ctx *cx, struct tx *tx, void *arg)
{
    struct meeting *meeting = arg;
    meeting->runs_in_progress++;
    tx_after_end(tx, leave, meeting);
    return take_both(cx, tx, &meeting->number);
}

static void meet(struct ctx *cx, size_t number, void *arg)
{
    struct tally *tally = arg;
    struct meeting meeting = {.number = number};
    if (db_transact(cx, TX_WRITE, meet_once, &meeting) != NULL || meeting.runs_in_progress != 0)
        tally->failures++;
}

IN_TEST(a_deadlock_is_run_again)
{
    (void)arg;
    struct tally tally = {0};
    ASSERT_OK(cx, set_counter(cx, NULL, "left", 0));
    ASSERT_OK(cx, set_counter(cx, NULL, "right", 0));
    crowd_run(cx, 4, meet, &tally);
    assert_int_equal(tally.failures, 0);
    assert_int_equal(read_counter(cx, NULL, "left"), 4);
    assert_int_equal(read_counter(cx, NULL, "right"), 4);
}

/* Deadlines and cancels */

IN_TEST(a_deadline_that_has_passed_writes_nothing)
{
    (void)arg;
    int64_t deadline_us = cx->deadline_us;
    cx->deadline_us = 1;
    struct pair pair = {0};
    struct error *error = db_transact(cx, TX_WRITE, write_pair, &pair);
    assert_true(error_has_code(error, ERROR_TIMEOUT));
    cx->deadline_us = deadline_us;
    assert_int_equal(read_counter(cx, NULL, "left"), 0);
}

#ifdef LATHE_FAULTS

/* What is acknowledged is committed: nobody goes on, and nobody else sees the row, before. */

struct order {
    size_t acknowledged;
    size_t failures;
};

static void write_slowly(struct ctx *cx, size_t number, void *arg)
{
    struct order *order = arg;
    struct pair pair = {0};
    if (number < 10) {
        if (db_transact(cx, TX_WRITE, write_pair, &pair) != NULL)
            order->failures++;
        order->acknowledged++;
        return;
    }
    while (fault_waiting("db.commit.before") == 0)
        fiber_yield();
    if (order->acknowledged != 0 || read_counter(cx, NULL, "left") != 0)
        order->failures++;
    fault_disarm_all();
    fault_release("db.commit.before");
}

IN_TEST(nobody_is_told_before_the_commit)
{
    (void)arg;
    fault_arm(&(struct fault_rule){.point = "db.commit.before", .action = FAULT_WAIT});
    struct order order = {0};
    crowd_run(cx, 11, write_slowly, &order);
    assert_int_equal(order.failures, 0);
    assert_int_equal(order.acknowledged, 10);
    assert_int_equal(read_counter(cx, NULL, "left"), 1);
}

IN_TEST(a_lost_acknowledgement_is_an_error_and_leaves_the_rows)
{
    (void)arg;
    fault_arm(&(struct fault_rule){
        .point = "db.commit.after", .action = FAULT_FAIL, .code = ERROR_UNAVAILABLE, .times = 1});
    struct pair pair = {0};
    assert_true(error_has_code(db_transact(cx, TX_WRITE, write_pair, &pair), ERROR_UNAVAILABLE));
    fault_disarm_all();
    assert_int_equal(pair.runs, 1);
    assert_int_equal(pair.after_calls, 1); /* caches must not keep what may be gone */
    assert_int_equal(read_counter(cx, NULL, "left"), 1);
}

IN_TEST(a_statement_that_is_made_to_fail_undoes_the_transaction)
{
    (void)arg;
    fault_arm(&(struct fault_rule){
        .point = "db.statement", .action = FAULT_FAIL, .code = ERROR_UNAVAILABLE, .after = 3, .times = 1});
    struct pair pair = {0};
    assert_true(error_has_code(db_transact(cx, TX_WRITE, write_pair, &pair), ERROR_UNAVAILABLE));
    fault_disarm_all();
    assert_int_equal(read_counter(cx, NULL, "left"), 0);
}

#endif

/* A loop is detached while fibers use the database: each gets an answer. */

struct leaving {
    atomic_size_t started;
    size_t answered;
};

static struct error *bump_often(struct ctx *cx, struct tx *tx, void *arg)
{
    struct leaving *leaving = arg;
    atomic_fetch_add(&leaving->started, 1);
    for (int i = 0; i < 20; i++)
        TRY(db_exec(cx, tx, SHELF_BUMP_COUNTER(.name = STR("x")), NULL));
    return NULL;
}

static void use_until_detached(struct ctx *cx, size_t number, void *arg)
{
    struct leaving *leaving = arg;
    if (number == 30) {
        crowd_wait_until(&leaving->started, 1);
        db_detach_loop(cx->platform->db, loop_self());
        return;
    }
    for (int i = 0; i < 10; i++) {
        if (number % 2 == 0)
            error_ignore(db_transact(cx, TX_WRITE, bump_often, leaving));
        else
            (void)read_counter(cx, NULL, "x");
    }
    leaving->answered++;
}

IN_TEST(a_loop_may_be_detached_while_it_is_used)
{
    (void)arg;
    struct leaving leaving = {0};
    crowd_run(cx, 31, use_until_detached, &leaving);
    assert_int_equal(leaving.answered, 30);
}

/* Claims */

static struct error *note_result(struct ctx *cx, struct tx *tx, const struct claim *claim,
                                 struct id result_id)
{
    assert_true(id_equal(claim->id, shelf_id(7)));
    return set_counter(cx, tx, "claim", result_id.bytes[15]);
}

static struct error *record(struct ctx *cx, struct tx *tx, void *arg)
{
    (void)arg;
    return claim_record(cx, tx, shelf_id(3));
}

IN_TEST(a_claim_is_recorded_in_the_transaction)
{
    (void)arg;
    ASSERT_OK(cx, db_transact(cx, TX_WRITE, record, NULL));
    assert_int_equal(read_counter(cx, NULL, "claim"), 0);
    struct claim claim = {.id = shelf_id(7), .record = note_result};
    cx->claim = &claim;
    ASSERT_OK(cx, db_transact(cx, TX_WRITE, record, NULL));
    assert_int_equal(read_counter(cx, NULL, "claim"), 3);
}

/* A crowd at the database: holders have all that is not kept for the vital, others wait behind them, the vital one comes last. */
enum { OTHERS = 3, UNKEPT_LINES = 6 };

struct rush {
    size_t holders;
    atomic_size_t begun, served;
    atomic_bool may_go;
    size_t order[OTHERS + 1];
};

static struct error *hold_on(struct ctx *cx, struct tx *tx, void *arg)
{
    const struct rush *rush = arg;
    TRY(set_counter(cx, tx, "held", 1)); /* on PostgreSQL it begins with the first statement */
    while (!atomic_load(&rush->may_go)) {
        if (fiber_self() != NULL)
            fiber_yield();
        else
            sched_yield();
    }
    return NULL;
}

static struct error *look(struct ctx *cx, struct tx *tx, void *arg)
{
    (void)arg;
    return set_counter(cx, tx, "looked", 1);
}

/* On SQLite there is one writer, so the vital one waits for who has it; on PostgreSQL for nobody. */
static void let_them_go(struct rush *rush)
{
    crowd_wait_until(&rush->begun, rush->holders + OTHERS + 1);
    if (shelf_engine == DB_POSTGRESQL)
        crowd_wait_until(&rush->served, 1);
    atomic_store(&rush->may_go, true);
}

static void take_part(struct ctx *cx, size_t number, void *arg)
{
    struct rush *rush = arg;
    size_t vital = rush->holders + OTHERS;
    if (number > vital) {
        let_them_go(rush);
        return;
    }
    cx->is_vital = number == vital;
    atomic_fetch_add(&rush->begun, 1);
    struct error *error = db_transact(cx, TX_WRITE, number < rush->holders ? hold_on : look, rush);
    if (error == NULL && number >= rush->holders)
        rush->order[atomic_fetch_add(&rush->served, 1)] = number;
}

IN_TEST(the_vital_do_not_wait_behind_the_others)
{
    (void)arg;
    struct rush rush = {.holders = shelf_engine == DB_POSTGRESQL ? UNKEPT_LINES : 1};
    crowd_run(cx, rush.holders + OTHERS + 2, take_part, &rush);
    assert_int_equal(rush.served, OTHERS + 1);
    assert_int_equal(rush.order[0], rush.holders + OTHERS);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_transaction_keeps_everything_or_nothing),
        cmocka_unit_test(a_transaction_may_be_empty),
        cmocka_unit_test(calls_after_the_commit_come_in_order),
        cmocka_unit_test(a_failed_statement_ends_its_transaction),
        cmocka_unit_test(a_violation_in_a_transaction_has_its_name),
        cmocka_unit_test(what_is_posted_is_there_for_what_follows_and_after_the_commit),
        cmocka_unit_test(what_is_posted_and_fails_undoes_its_transaction_alone),
        cmocka_unit_test(several_reads_of_a_transaction_see_what_it_wrote),
        cmocka_unit_test(a_read_transaction_sees_one_moment),
        cmocka_unit_test(a_read_transaction_cannot_write),
        cmocka_unit_test(those_who_meet_lose_no_update),
        cmocka_unit_test(ten_thousand_writers_read_what_they_wrote),
        cmocka_unit_test(loops_read_what_others_were_told_is_committed),
        cmocka_unit_test(one_that_fails_takes_nobody_along),
        cmocka_unit_test(a_deadlock_is_run_again),
        cmocka_unit_test(a_deadline_that_has_passed_writes_nothing),
        cmocka_unit_test(the_vital_do_not_wait_behind_the_others),
#ifdef LATHE_FAULTS
        cmocka_unit_test(nobody_is_told_before_the_commit),
        cmocka_unit_test(a_lost_acknowledgement_is_an_error_and_leaves_the_rows),
        cmocka_unit_test(a_statement_that_is_made_to_fail_undoes_the_transaction),
#endif
        cmocka_unit_test(a_loop_may_be_detached_while_it_is_used),
        cmocka_unit_test(a_claim_is_recorded_in_the_transaction),
    };
    return shelf_main(argc, argv, "transactions", tests, COUNT_OF(tests));
}
