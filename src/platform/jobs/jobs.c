/* SPDX-License-Identifier: AGPL-3.0-or-later
 * The job queue: enqueueing, settings, and the dispatcher that takes what is due. Runs are in job_run.c. */
#include "platform/jobs/jobs.h"

#include "base/mem/alloc.h"

#include "platform/clock/clock.h"
#include "platform/crypto/crypto.h"
#include "platform/db/lists.h"
#include "platform/jobs/jobs_repo.h"
#include "platform/jobs/jobs_sql.h"
#include "platform/jobs/queue.h"
#include "platform/log/log.h"

struct jobs_settings {
    int64_t poll_us;
    int64_t keep_us;
};

/* clang-format off */
static const struct setting rows[] = {
    SETTING_TIME(struct jobs_settings, poll_us, "JOBS_POLL", .fallback = "1s", .min = 10 * US_PER_MS, .max = US_PER_MINUTE,
                 .help = "How often idle workers look for jobs that another process queued."),
    SETTING_TIME(struct jobs_settings, keep_us, "JOBS_KEEP", .fallback = "24h", .min = US_PER_MINUTE, .max = 365 * US_PER_DAY,
                 .help = "How long finished jobs are kept before they are swept."),
};
/* clang-format on */
const struct setting_group jobs_settings_group = SETTING_GROUP("jobs", struct jobs_settings, rows, NULL);

enum { DEFAULT_CONCURRENCY = 4 };
static const int64_t default_lease_us = US_PER_MINUTE;
static const int64_t sweep_every_us = US_PER_MINUTE;

static void nudged(struct loop_task *task);

struct jobs *jobs_new(const struct platform *platform, const struct config *config,
                      const struct job_type *const *types)
{
    const struct jobs_settings *settings = config_settings(config, &jobs_settings_group);
    struct jobs *jobs = MEM_NEW(struct jobs);
    jobs->platform = platform;
    jobs->poll_us = settings->poll_us;
    jobs->keep_us = settings->keep_us;
    jobs->nudge.fn = nudged;
    list_init(&jobs->running);
    while (types[jobs->lane_count] != NULL) {
        REQUIRE(jobs->lane_count < JOBS_MAX_TYPES);
        jobs->lanes[jobs->lane_count] =
            (struct job_lane){.type = types[jobs->lane_count], .index = jobs->lane_count};
        jobs->lane_count++;
    }
    return jobs;
}

void jobs_free(struct jobs *jobs)
{
    if (jobs == NULL)
        return;
    REQUIRE(list_is_empty(&jobs->running));
    mem_free(jobs);
}

struct ctx jobs_ctx(struct jobs *jobs, struct arena *arena)
{
    return (struct ctx){
        .arena = arena,
        .platform = jobs->platform,
        .caller = &caller_anonymous,
        .deadline_us = INT64_MAX,
        .request_id = STR("jobs"),
        .client_address = STR(""),
    };
}

/* --- enqueueing --- */

static void nudge_after_commit(struct ctx *cx, void *arg)
{
    (void)arg;
    if (cx->platform->jobs != NULL)
        jobs_nudge(cx->platform->jobs);
}

struct error *job_enqueue(struct ctx *cx, struct tx *tx, const struct job_type *type, struct str key,
                          struct str payload_json, struct instant due)
{
    struct instant now = clock_now(cx);
    TRY(db_exec(cx, tx,
                JOBS_ENQUEUE(.id = crypto_new_id(cx), .type = str_cstr(type->name), .key = key,
                             .payload = payload_json, .due_at = instant_is_none(due) ? now : due, .now = now),
                NULL));
    tx_after_commit(tx, nudge_after_commit, NULL);
    return NULL;
}

static struct error *enqueue_list(struct ctx *cx, struct tx *tx, const struct job_type *type,
                                  const struct db_rows_in *entries, struct instant due)
{
    struct instant now = clock_now(cx);
    struct array ids = {ARENA_ARRAY(cx->arena, struct id, entries->count), entries->count};
    for (size_t i = 0; i < ids.count; i++)
        *ARRAY_AT(struct id, ids, i) = crypto_new_id(cx);
    TRY(db_exec(cx, tx,
                JOBS_ENQUEUE_ALL(.ids = ids, .type = str_cstr(type->name),
                                 .keys = DB_LIST_OF(entries, struct job_entry, key, struct str),
                                 .payloads = DB_LIST_OF(entries, struct job_entry, payload_json, struct str),
                                 .due_at = instant_is_none(due) ? now : due, .now = now),
                NULL));
    tx_after_commit(tx, nudge_after_commit, NULL);
    return NULL;
}

struct error *job_enqueue_all(struct ctx *cx, struct tx *tx, const struct job_type *type,
                              const struct job_entry *entries, size_t count, struct instant due)
{
    struct db_rows_in all = DB_ROWS_IN(cx->arena, entries, count);
    if (count > 1 && db_takes_lists(cx))
        return enqueue_list(cx, tx, type, &all, due);
    for (size_t i = 0; i < count; i++)
        TRY(job_enqueue(cx, tx, type, entries[i].key, entries[i].payload_json, due));
    return NULL;
}

/* --- waking the dispatcher --- */

void jobs_wake_dispatcher(struct jobs *jobs)
{
    if (jobs->dispatcher != NULL && jobs->is_dispatcher_parked)
        fiber_wake(jobs->dispatcher);
}

static void nudged(struct loop_task *task)
{
    struct jobs *jobs = LIST_OWNER(task, struct jobs, nudge);
    atomic_store(&jobs->is_nudged, false);
    jobs_wake_dispatcher(jobs);
}

void jobs_nudge(struct jobs *jobs)
{
    if (jobs->loop != NULL && !atomic_exchange(&jobs->is_nudged, true))
        loop_post(jobs->loop, &jobs->nudge);
}

/* --- the dispatcher --- */

static bool has_room(const struct job_lane *lane)
{
    int limit = lane->type->concurrency != 0 ? lane->type->concurrency : DEFAULT_CONCURRENCY;
    return lane->running < limit;
}

static struct job_lane *find_lane(struct jobs *jobs, struct str type)
{
    for (size_t i = 0; i < jobs->lane_count; i++)
        if (str_equal(str_cstr(jobs->lanes[i].type->name), type))
            return &jobs->lanes[i];
    return NULL; /* a type of a newer or older program: left for it */
}

/* Takes one job of the lane; false when there is none. */
static struct error *take_one(struct jobs *jobs, struct job_lane *lane, bool *ret_taken)
{
    struct arena *arena = arena_new(0);
    struct ctx cx = jobs_ctx(jobs, arena);
    struct instant now = clock_now(&cx);
    int64_t lease_us = lane->type->lease_us != 0 ? lane->type->lease_us : default_lease_us;
    struct job_row row = {0};
    *ret_taken = false;
    const struct job_claim claim = {.type = str_cstr(lane->type->name),
                                    .worker = jobs->worker_id,
                                    .now = now,
                                    .lease_until = instant_add_us(now, lease_us)};
    struct error *error = jobs_repo_take(&cx, &claim, &row, ret_taken);
    if (error == NULL && *ret_taken) {
        struct job job = {row.id, row.type, row.payload, row.attempt, row.queued_at};
        job_run_start(jobs, lane, arena, &job);
        return NULL;
    }
    if (error != NULL)
        log_error(jobs->platform->log, &cx, "jobs.take.failed", error);
    arena_free(arena);
    return NULL;
}

static void fill_lane(struct jobs *jobs, struct job_lane *lane)
{
    bool is_taken = true;
    while (is_taken && has_room(lane) && !jobs->is_stopping)
        error_ignore(take_one(jobs, lane, &is_taken));
}

static struct error *dispatch(struct ctx *cx, struct jobs *jobs, int64_t *ret_sleep_us)
{
    struct array types = {0};
    struct instant due = {0};
    TRY(jobs_repo_list_due_types(cx, clock_now(cx), &types));
    for (size_t i = 0; i < types.count; i++) {
        struct job_lane *lane = find_lane(jobs, ARRAY_AT(struct job_type_row, types, i)->type);
        if (lane != NULL)
            fill_lane(jobs, lane);
    }
    TRY(jobs_repo_next_due(cx, &due));
    int64_t until_due_us = due.us - clock_now(cx).us;
    *ret_sleep_us = jobs->poll_us;
    if (due.us != 0 && until_due_us > 0 && until_due_us < jobs->poll_us)
        *ret_sleep_us = until_due_us;
    return NULL;
}

static void rest(struct jobs *jobs, int64_t sleep_us)
{
    jobs->is_dispatcher_parked = true;
    enum fiber_wakeup wakeup = fiber_park(loop_now_us() + sleep_us);
    jobs->is_dispatcher_parked = false;
    if (wakeup == FIBER_CANCELLED)
        jobs->is_stopping = true;
}

static void run_dispatcher(void *arg)
{
    struct jobs *jobs = arg;
    struct arena *arena = arena_new(0);
    while (!jobs->is_stopping) {
        struct ctx cx = jobs_ctx(jobs, arena);
        int64_t sleep_us = jobs->poll_us;
        struct error *error = dispatch(&cx, jobs, &sleep_us);
        if (error != NULL)
            log_error(jobs->platform->log, &cx, "jobs.dispatch.failed", error);
        arena_clear(arena);
        if (!jobs->is_stopping)
            rest(jobs, sleep_us);
    }
    arena_free(arena);
    jobs->dispatcher = NULL;
}

/* --- the keeper: heartbeats, expired leases, sweeping --- */

static struct error *renew_leases(struct ctx *cx, struct jobs *jobs)
{
    VEC(struct id) ids = {0};
    LIST_EACH (node, &jobs->running)
        *VEC_PUSH(cx->arena, &ids) = LIST_OWNER(node, struct job_run, node)->job.id;
    if (ids.count == 0)
        return NULL;
    struct array items = {ids.items, ids.count};
    return jobs_repo_renew(cx, items, jobs->worker_id, instant_add_us(clock_now(cx), default_lease_us));
}

static struct error *keep(struct ctx *cx, struct jobs *jobs, bool is_sweep_due)
{
    int64_t requeued = 0, swept = 0;
    TRY(renew_leases(cx, jobs));
    TRY(jobs_repo_requeue_expired(cx, clock_now(cx), &requeued));
    if (requeued != 0) {
        LOG(cx, WARN, "jobs.lease.expired", log_i64("jobs", requeued));
        jobs_wake_dispatcher(jobs);
    }
    return is_sweep_due ? jobs_repo_sweep(cx, instant_add_us(clock_now(cx), -jobs->keep_us), &swept) : NULL;
}

static void run_keeper(void *arg)
{
    struct jobs *jobs = arg;
    struct arena *arena = arena_new(0);
    int64_t next_sweep_us = loop_now_us() + sweep_every_us;
    while (!jobs->is_stopping) {
        struct ctx cx = jobs_ctx(jobs, arena);
        bool is_sweep_due = loop_now_us() >= next_sweep_us;
        if (is_sweep_due)
            next_sweep_us = loop_now_us() + sweep_every_us;
        struct error *error = keep(&cx, jobs, is_sweep_due);
        if (error != NULL)
            log_error(jobs->platform->log, &cx, "jobs.keep.failed", error);
        error = fiber_sleep_until(&cx, loop_now_us() + default_lease_us / 4);
        arena_clear(arena);
        if (error != NULL)
            break;
    }
    arena_free(arena);
    jobs->keeper = NULL;
}

/* --- periodic types --- */

static struct error *enqueue_periodic(struct ctx *cx, struct tx *tx, void *arg)
{
    struct jobs *jobs = arg;
    for (size_t i = 0; i < jobs->lane_count; i++) {
        const struct job_type *type = jobs->lanes[i].type;
        if (type->every_us > 0)
            TRY(job_enqueue(cx, tx, type, STR("periodic"), STR("{}"),
                            instant_add_us(clock_now(cx), type->every_us)));
    }
    return NULL;
}

static void start_periodic(void *arg)
{
    struct jobs *jobs = arg;
    struct arena *arena = arena_new(0);
    struct ctx cx = jobs_ctx(jobs, arena);
    struct error *error = db_transact(&cx, TX_WRITE, enqueue_periodic, jobs);
    if (error != NULL)
        log_error(jobs->platform->log, &cx, "jobs.periodic.failed", error);
    arena_free(arena);
}

void jobs_start(struct jobs *jobs)
{
    struct arena *arena = arena_new(0);
    struct ctx cx = jobs_ctx(jobs, arena);
    jobs->worker_id = crypto_new_id(&cx);
    arena_free(arena);
    jobs->loop = loop_self();
    jobs->is_stopping = false;
    REQUIRE(fiber_spawn("jobs.periodic", start_periodic, jobs) != NULL);
    jobs->dispatcher = fiber_spawn("jobs.dispatcher", run_dispatcher, jobs);
    jobs->keeper = fiber_spawn("jobs.keeper", run_keeper, jobs);
    REQUIRE(jobs->dispatcher != NULL && jobs->keeper != NULL);
}

void jobs_stop(struct ctx *cx, struct jobs *jobs)
{
    jobs->is_stopping = true;
    if (jobs->dispatcher != NULL)
        fiber_cancel(jobs->dispatcher);
    if (jobs->keeper != NULL)
        fiber_cancel(jobs->keeper);
    LIST_EACH (node, &jobs->running)
        fiber_cancel(LIST_OWNER(node, struct job_run, node)->fiber);
    while (jobs->dispatcher != NULL || jobs->keeper != NULL || !list_is_empty(&jobs->running))
        if (fiber_sleep_until(cx, loop_now_us() + 5 * US_PER_MS) != NULL)
            fiber_yield();
    struct error *error = jobs_repo_hand_back(cx, jobs->worker_id);
    if (error != NULL) /* the leases run out by themselves */
        log_error(jobs->platform->log, cx, "jobs.hand_back.failed", error);
    jobs->loop = NULL;
}

struct error *jobs_drain(struct ctx *cx, struct jobs *jobs)
{
    int64_t unfinished = 1;
    while (unfinished != 0) {
        jobs_nudge(jobs);
        TRY(jobs_repo_count_unfinished(cx, clock_now(cx), &unfinished));
        if (unfinished != 0)
            TRY(fiber_sleep_until(cx, loop_now_us() + 20 * US_PER_MS));
    }
    return NULL;
}
