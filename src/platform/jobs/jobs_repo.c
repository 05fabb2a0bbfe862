/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Rows of jobs. See jobs_repo.h. */
#include "platform/jobs/jobs_repo.h"

#include "platform/jobs/jobs_sql.h"

static const struct db_column job_columns[] = {
    DB_COLUMN_ID(struct job_row, id),
    DB_COLUMN_TEXT(struct job_row, type),
    DB_COLUMN_TEXT(struct job_row, payload),
    DB_COLUMN_I32(struct job_row, attempt),
    DB_COLUMN_INSTANT(struct job_row, queued_at),
};
static const struct db_row job_row = DB_ROW(struct job_row, job_columns);

static const struct db_column type_columns[] = {DB_COLUMN_TEXT(struct job_type_row, type)};
static const struct db_row type_row = DB_ROW(struct job_type_row, type_columns);

struct due_row {
    struct instant due_at;
};
static const struct db_column due_columns[] = {DB_NULLABLE_INSTANT(struct due_row, due_at)};
static const struct db_row due_row = DB_ROW(struct due_row, due_columns);

struct error *jobs_repo_list_due_types(struct ctx *cx, struct instant now, struct array *ret_types)
{
    return db_list(cx, NULL, JOBS_LIST_DUE_TYPES(.now = now), &type_row, ret_types);
}

struct error *jobs_repo_next_due(struct ctx *cx, struct instant *ret_due)
{
    struct due_row row = {0};
    TRY(db_load(cx, NULL, JOBS_NEXT_DUE(), &due_row, &row));
    *ret_due = row.due_at;
    return NULL;
}

struct error *jobs_repo_requeue_expired(struct ctx *cx, struct instant now, int64_t *ret_count)
{
    struct db_count expired = {0};
    TRY(db_load(cx, NULL, JOBS_COUNT_EXPIRED(.now = now), &db_count_row, &expired));
    *ret_count = 0;
    return expired.count == 0 ? NULL : db_exec(cx, NULL, JOBS_REQUEUE_EXPIRED(.now = now), ret_count);
}

struct error *jobs_repo_take(struct ctx *cx, const struct job_claim *claim, struct job_row *ret_job,
                             bool *ret_found)
{
    return db_find(cx, NULL,
                   JOBS_TAKE(.type = claim->type, .now = claim->now, .lease_until = claim->lease_until,
                             .worker_id = claim->worker),
                   &job_row, ret_job, ret_found);
}

struct error *jobs_repo_renew(struct ctx *cx, struct array ids, struct id worker, struct instant lease_until)
{
    return db_exec(cx, NULL, JOBS_RENEW(.ids = ids, .worker_id = worker, .lease_until = lease_until), NULL);
}

struct error *jobs_repo_finish(struct ctx *cx, struct tx *tx, struct id id, struct id worker,
                               struct instant now)
{
    return db_exec(cx, tx, JOBS_FINISH(.id = id, .worker_id = worker, .now = now), NULL);
}

struct error *jobs_repo_retry(struct ctx *cx, struct id id, struct id worker, struct instant due,
                              struct str problem)
{
    return db_exec(cx, NULL, JOBS_RETRY(.id = id, .worker_id = worker, .due_at = due, .problem = problem),
                   NULL);
}

struct error *jobs_repo_hand_back(struct ctx *cx, struct id worker)
{
    return db_exec(cx, NULL, JOBS_HAND_BACK(.worker_id = worker), NULL);
}

struct error *jobs_repo_fail(struct ctx *cx, struct tx *tx, struct id id, struct id worker,
                             struct instant now, struct str problem)
{
    return db_exec(cx, tx, JOBS_FAIL(.id = id, .worker_id = worker, .now = now, .problem = problem), NULL);
}

struct error *jobs_repo_count_unfinished(struct ctx *cx, struct instant now, int64_t *ret_count)
{
    struct db_count row = {0};
    TRY(db_load(cx, NULL, JOBS_COUNT_UNFINISHED(.now = now), &db_count_row, &row));
    *ret_count = row.count;
    return NULL;
}

struct error *jobs_repo_sweep(struct ctx *cx, struct instant before, int64_t *ret_count)
{
    return db_exec(cx, NULL, JOBS_SWEEP(.before = before), ret_count);
}
