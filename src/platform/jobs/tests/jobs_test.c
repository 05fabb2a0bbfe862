/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Jobs on both engines: run once, retried, given up, handed back, unique by key. */
#include "platform/jobs/jobs.h"

#include <stdatomic.h>

#include "platform/clock/clock.h"
#include "platform/crypto/crypto.h"
#include "platform/fiber/fiber.h"
#include "platform/jobs/jobs_repo.h"
#include "platform/jobs/jobs_sql.h"

#include "lib/check.h"
#include "lib/db_fixture.h"

static enum db_engine engine;
static const struct db_module_sql *const modules[] = {&jobs_sql, NULL};
static const struct setting_group *const groups[] = {&jobs_settings_group, NULL};

/* What the job types below count. */
static struct {
    int plain_runs, failing_runs, slow_started;
    atomic_int given_up; /* counted on the writer's thread */
    char last_payload[64];
} seen;

static struct error *run_plain(struct ctx *cx, const struct job *job)
{
    (void)cx;
    seen.plain_runs++;
    memcpy(seen.last_payload, job->payload.ptr,
           job->payload.len < sizeof(seen.last_payload) ? job->payload.len : 0);
    return NULL;
}

static struct error *run_failing(struct ctx *cx, const struct job *job)
{
    (void)job;
    seen.failing_runs++;
    return ERROR_CODE(cx, UNAVAILABLE, "not now");
}

static struct error *note_given_up(struct ctx *cx, struct tx *tx, const struct job *job,
                                   const struct error *error)
{
    (void)cx;
    (void)tx;
    (void)job;
    (void)error;
    seen.given_up++;
    return NULL;
}

static struct error *run_slow(struct ctx *cx, const struct job *job)
{
    (void)job;
    seen.slow_started++;
    return fiber_sleep_until(cx, loop_now_us() + US_PER_HOUR);
}

static struct error *run_refused(struct ctx *cx, const struct job *job)
{
    (void)job;
    seen.failing_runs++;
    return ERROR_CODE(cx, INVALID, "never");
}

static const struct job_type plain = {.name = "test.plain", .run = run_plain};
static const struct job_type failing = {.name = "test.failing",
                                        .run = run_failing,
                                        .give_up = note_given_up,
                                        .max_attempts = 3,
                                        .backoff_us = US_PER_MS};
static const struct job_type refused = {.name = "test.refused", .run = run_refused, .give_up = note_given_up};
static const struct job_type slow = {.name = "test.slow", .run = run_slow};
static const struct job_type *const types[] = {&plain, &failing, &refused, &slow, NULL};

struct enqueueing {
    const struct job_type *type;
    const char *key;
    struct instant due;
    int times;
    bool is_refused; /* the transaction rolls back */
};

static struct error *enqueue(struct ctx *cx, struct tx *tx, void *arg)
{
    const struct enqueueing *enqueueing = arg;
    for (int i = 0; i < enqueueing->times; i++)
        TRY(job_enqueue(cx, tx, enqueueing->type, str_cstr(enqueueing->key), STR("{\"n\":1}"),
                        enqueueing->due));
    return enqueueing->is_refused ? ERROR_CODE(cx, CONFLICT, "rolled back") : NULL;
}

static void with_queue(on_loop_fn fn)
{
    memset(&seen, 0, sizeof(seen));
    struct db_fixture *fixture = db_fixture_new(
        &(struct db_fixture_options){.engine = engine,
                                     .modules = modules,
                                     .groups = groups,
                                     .settings = (const char *const[]){"LATHE_JOBS_POLL=20ms", NULL}});
    struct jobs *jobs = jobs_new(db_fixture_platform(fixture), db_fixture_config(fixture), types);
    db_fixture_platform(fixture)->jobs = jobs;
    db_fixture_run(fixture, fn, jobs);
    jobs_free(jobs);
    db_fixture_free(fixture);
}

#define IN_TEST(name)                                                                                        \
    static void name##_body(struct ctx *cx, void *arg);                                                      \
    static void name(void **state)                                                                           \
    {                                                                                                        \
        (void)state;                                                                                         \
        with_queue(name##_body);                                                                             \
    }                                                                                                        \
    static void name##_body(struct ctx *cx, void *arg)

IN_TEST(a_committed_job_runs_once)
{
    struct jobs *jobs = arg;
    struct enqueueing one = {.type = &plain, .times = 1};
    jobs_start(jobs);
    assert_null(db_transact(cx, TX_WRITE, enqueue, &one));
    assert_null(jobs_drain(cx, jobs));
    assert_int_equal(seen.plain_runs, 1);
    assert_string_equal(seen.last_payload, "{\"n\":1}");
    jobs_stop(cx, jobs);
}

IN_TEST(a_rolled_back_job_never_runs)
{
    struct jobs *jobs = arg;
    struct enqueueing one = {.type = &plain, .times = 1, .is_refused = true};
    jobs_start(jobs);
    assert_non_null(db_transact(cx, TX_WRITE, enqueue, &one));
    assert_null(jobs_drain(cx, jobs));
    assert_int_equal(seen.plain_runs, 0);
    jobs_stop(cx, jobs);
}

IN_TEST(a_key_is_unique_among_unfinished_jobs)
{
    struct jobs *jobs = arg;
    struct enqueueing three = {.type = &plain, .key = "same", .times = 3};
    assert_null(db_transact(cx, TX_WRITE, enqueue, &three));
    jobs_start(jobs);
    assert_null(jobs_drain(cx, jobs));
    assert_int_equal(seen.plain_runs, 1);
    assert_null(db_transact(cx, TX_WRITE, enqueue, &three)); /* the first is finished: once more */
    assert_null(jobs_drain(cx, jobs));
    assert_int_equal(seen.plain_runs, 2);
    jobs_stop(cx, jobs);
}

static void wait_until(struct ctx *cx, const int *counter, int value)
{
    while (*counter < value)
        assert_null(fiber_sleep_until(cx, loop_now_us() + 2 * US_PER_MS));
}

static void wait_given_up(struct ctx *cx)
{
    while (atomic_load(&seen.given_up) < 1)
        assert_null(fiber_sleep_until(cx, loop_now_us() + 2 * US_PER_MS));
}

IN_TEST(a_failing_job_is_tried_again_and_given_up)
{
    struct jobs *jobs = arg;
    struct enqueueing one = {.type = &failing, .times = 1};
    jobs_start(jobs);
    assert_null(db_transact(cx, TX_WRITE, enqueue, &one));
    wait_given_up(cx);
    assert_int_equal(seen.failing_runs, 3);
    assert_null(jobs_drain(cx, jobs));
    assert_int_equal(seen.given_up, 1);
    jobs_stop(cx, jobs);
}

IN_TEST(what_cannot_get_better_is_given_up_at_once)
{
    struct jobs *jobs = arg;
    struct enqueueing one = {.type = &refused, .times = 1};
    jobs_start(jobs);
    assert_null(db_transact(cx, TX_WRITE, enqueue, &one));
    wait_given_up(cx);
    assert_int_equal(seen.failing_runs, 1);
    jobs_stop(cx, jobs);
}

IN_TEST(a_later_job_waits_for_its_time)
{
    struct jobs *jobs = arg;
    struct enqueueing later = {.type = &plain, .times = 1, .due = instant_add_us(clock_now(cx), US_PER_HOUR)};
    struct enqueueing now = {.type = &plain, .key = "now", .times = 1};
    jobs_start(jobs);
    assert_null(db_transact(cx, TX_WRITE, enqueue, &later));
    assert_null(db_transact(cx, TX_WRITE, enqueue, &now));
    assert_null(jobs_drain(cx, jobs));
    assert_int_equal(seen.plain_runs, 1);
    jobs_stop(cx, jobs);
}

IN_TEST(a_stopped_job_is_handed_back_and_runs_again)
{
    struct jobs *jobs = arg;
    struct enqueueing one = {.type = &slow, .times = 1};
    jobs_start(jobs);
    assert_null(db_transact(cx, TX_WRITE, enqueue, &one));
    wait_until(cx, &seen.slow_started, 1);
    jobs_stop(cx, jobs);
    jobs_start(jobs);
    wait_until(cx, &seen.slow_started, 2);
    jobs_stop(cx, jobs);
}

/* A worker takes the job and is never heard of again. */
static void die_with_the_job(struct ctx *cx, const struct job_type *type)
{
    struct job_row job = {0};
    bool is_found = false;
    int64_t requeued = 0;
    struct instant now = clock_now(cx);
    const struct job_claim claim = {.type = str_cstr(type->name),
                                    .worker = crypto_new_id(cx),
                                    .now = now,
                                    .lease_until = instant_add_us(now, -1)};
    assert_null(jobs_repo_take(cx, &claim, &job, &is_found));
    assert_true(is_found);
    assert_int_equal(job.attempt, 1);
    assert_null(jobs_repo_requeue_expired(cx, now, &requeued));
    assert_int_equal(requeued, 1);
}

IN_TEST(deaths_of_workers_are_no_attempts)
{
    struct jobs *jobs = arg;
    struct enqueueing one = {.type = &failing, .times = 1};
    assert_null(db_transact(cx, TX_WRITE, enqueue, &one));
    for (int i = 0; i < 5; i++)
        die_with_the_job(cx, &failing);
    jobs_start(jobs);
    wait_given_up(cx);
    assert_int_equal(seen.failing_runs, failing.max_attempts);
    jobs_stop(cx, jobs);
}

IN_TEST(two_hundred_jobs_all_run)
{
    struct jobs *jobs = arg;
    struct enqueueing many = {.type = &plain, .times = 200};
    jobs_start(jobs);
    assert_null(db_transact(cx, TX_WRITE, enqueue, &many));
    assert_null(jobs_drain(cx, jobs));
    assert_int_equal(seen.plain_runs, 200);
    jobs_stop(cx, jobs);
}

int main(int argc, char **argv)
{
    engine = argc > 1 && strcmp(argv[1], "postgresql") == 0 ? DB_POSTGRESQL : DB_SQLITE;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_committed_job_runs_once),
        cmocka_unit_test(a_rolled_back_job_never_runs),
        cmocka_unit_test(a_key_is_unique_among_unfinished_jobs),
        cmocka_unit_test(a_failing_job_is_tried_again_and_given_up),
        cmocka_unit_test(what_cannot_get_better_is_given_up_at_once),
        cmocka_unit_test(a_later_job_waits_for_its_time),
        cmocka_unit_test(a_stopped_job_is_handed_back_and_runs_again),
        cmocka_unit_test(deaths_of_workers_are_no_attempts),
        cmocka_unit_test(two_hundred_jobs_all_run),
    };
    if (!db_fixture_has(engine)) {
        puts("SKIP: there is no PostgreSQL here");
        return 77;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
