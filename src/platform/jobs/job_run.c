/* SPDX-License-Identifier: AGPL-3.0-or-later
 * One run of a job on its own fiber, and what becomes of its row. */
#include "base/mem/alloc.h"

#include "platform/clock/clock.h"
#include "platform/crypto/crypto.h"
#include "platform/fault/fault.h"
#include "platform/jobs/jobs_repo.h"
#include "platform/jobs/queue.h"
#include "platform/log/log.h"

enum { DEFAULT_ATTEMPTS = 8, MAX_DOUBLINGS = 16 };
static const int64_t default_backoff_us = 5 * US_PER_SECOND;
static const int64_t max_backoff_us = US_PER_HOUR;

static bool is_last_attempt(const struct job_run *run)
{
    int limit = run->lane->type->max_attempts != 0 ? run->lane->type->max_attempts : DEFAULT_ATTEMPTS;
    return run->job.attempt >= limit;
}

static bool may_run_again(const struct error *error)
{
    return error_code_may_retry(error->reason->code) || error->reason->code == ERROR_INTERNAL ||
           error->reason->code == ERROR_CANCELLED;
}

/* Doubled each time, with up to a quarter of jitter so that many failures do not come back together. */
static int64_t backoff_us(const struct job_run *run)
{
    int64_t wait_us = run->lane->type->backoff_us != 0 ? run->lane->type->backoff_us : default_backoff_us;
    for (int i = 1; i < run->job.attempt && i < MAX_DOUBLINGS && wait_us < max_backoff_us; i++)
        wait_us *= 2;
    if (wait_us > max_backoff_us)
        wait_us = max_backoff_us;
    uint32_t random;
    crypto_random(&random, sizeof(random));
    return wait_us + wait_us / 4 * (random % 1024) / 1024;
}

/* --- the ends of a run --- */

static struct error *finish(struct ctx *cx, struct tx *tx, void *arg)
{
    const struct job_run *run = arg;
    const struct job_type *type = run->lane->type;
    TRY(jobs_repo_finish(cx, tx, run->job.id, run->jobs->worker_id, clock_now(cx)));
    if (type->every_us == 0)
        return NULL;
    return job_enqueue(cx, tx, type, STR("periodic"), STR("{}"),
                       instant_add_us(clock_now(cx), type->every_us));
}

struct giving_up {
    const struct job_run *run;
    const struct error *error;
};

static struct error *give_up(struct ctx *cx, struct tx *tx, void *arg)
{
    const struct giving_up *giving_up = arg;
    const struct job_run *run = giving_up->run;
    const struct job_type *type = run->lane->type;
    TRY(jobs_repo_fail(cx, tx, run->job.id, run->jobs->worker_id, clock_now(cx),
                       error_describe(cx->arena, giving_up->error)));
    if (type->give_up != NULL)
        TRY(type->give_up(cx, tx, &run->job, giving_up->error));
    if (type->every_us == 0)
        return NULL;
    return job_enqueue(cx, tx, type, STR("periodic"), STR("{}"),
                       instant_add_us(clock_now(cx), type->every_us));
}

static struct error *settle(struct ctx *cx, struct job_run *run, const struct error *error)
{
    if (error == NULL)
        return db_transact(cx, TX_WRITE, finish, run);
    if (run->jobs->is_stopping && error->reason->code == ERROR_CANCELLED)
        return NULL; /* a cancelled fiber cannot wait for the database: jobs_stop hands it back */
    if (may_run_again(error) && !is_last_attempt(run))
        return jobs_repo_retry(cx, run->job.id, run->jobs->worker_id,
                               instant_add_us(clock_now(cx), backoff_us(run)),
                               error_describe(cx->arena, error));
    struct giving_up giving_up = {run, error};
    return db_transact(cx, TX_WRITE, give_up, &giving_up);
}

static struct error *run_type(struct ctx *cx, struct job_run *run)
{
    FAULT_POINT(cx, "jobs.run");
    return run->lane->type->run(cx, &run->job);
}

static void run_job(void *arg)
{
    struct job_run *run = arg;
    struct jobs *jobs = run->jobs;
    struct ctx cx = jobs_ctx(jobs, run->arena);
    cx.request_id = id_str(run->arena, run->job.id);
    struct error *error = run_type(&cx, run);
    if (error != NULL && !(jobs->is_stopping && error->reason->code == ERROR_CANCELLED))
        log_error(jobs->platform->log, &cx, run->lane->type->name, error);
    struct error *unsettled = settle(&cx, run, error);
    if (unsettled != NULL) /* the lease runs out and the job runs again */
        log_error(jobs->platform->log, &cx, "jobs.settle.failed", unsettled);
    run->lane->running--;
    list_remove(&run->node);
    jobs_wake_dispatcher(jobs);
    arena_free(run->arena);
}

void job_run_start(struct jobs *jobs, struct job_lane *lane, struct arena *arena, const struct job *job)
{
    struct job_run *run = ARENA_NEW(arena, struct job_run);
    *run = (struct job_run){.jobs = jobs, .lane = lane, .arena = arena, .job = *job};
    lane->running++;
    list_append(&jobs->running, &run->node);
    run->fiber = fiber_spawn("job", run_job, run);
    REQUIRE(run->fiber != NULL);
}
