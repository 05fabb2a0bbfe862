/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Rows of jobs. One function per statement. */
#ifndef PLATFORM_JOBS_JOBS_REPO_H
#define PLATFORM_JOBS_JOBS_REPO_H

#include "platform/jobs/jobs.h"

struct job_row {
    struct id id;
    struct str type;
    struct str payload;
    int32_t attempt;
    struct instant queued_at;
};

/* Types (struct str in struct type_row) that have a job due. */
struct job_type_row {
    struct str type;
};
MUST_USE struct error *jobs_repo_list_due_types(struct ctx *cx, struct instant now, struct array *ret_types);
/* none: nothing is queued. */
MUST_USE struct error *jobs_repo_next_due(struct ctx *cx, struct instant *ret_due);
MUST_USE struct error *jobs_repo_requeue_expired(struct ctx *cx, struct instant now, int64_t *ret_count);
struct job_claim {
    struct str type;
    struct id worker;
    struct instant now;
    struct instant lease_until;
};
MUST_USE struct error *jobs_repo_take(struct ctx *cx, const struct job_claim *claim, struct job_row *ret_job,
                                      bool *ret_found);
MUST_USE struct error *jobs_repo_renew(struct ctx *cx, struct array ids, struct id worker,
                                       struct instant lease_until);
MUST_USE struct error *jobs_repo_finish(struct ctx *cx, struct tx *tx, struct id id, struct id worker,
                                        struct instant now);
MUST_USE struct error *jobs_repo_retry(struct ctx *cx, struct id id, struct id worker, struct instant due,
                                       struct str problem);
MUST_USE struct error *jobs_repo_hand_back(struct ctx *cx, struct id worker);
MUST_USE struct error *jobs_repo_fail(struct ctx *cx, struct tx *tx, struct id id, struct id worker,
                                      struct instant now, struct str problem);
MUST_USE struct error *jobs_repo_count_unfinished(struct ctx *cx, struct instant now, int64_t *ret_count);
MUST_USE struct error *jobs_repo_sweep(struct ctx *cx, struct instant before, int64_t *ret_count);

#endif
