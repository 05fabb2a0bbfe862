/* SPDX-License-Identifier: AGPL-3.0-or-later
 * What the files of jobs share: the queue's state and one running job. */
#ifndef PLATFORM_JOBS_QUEUE_H
#define PLATFORM_JOBS_QUEUE_H

#include <stdatomic.h>

#include "base/data/list.h"

#include "platform/fiber/fiber.h"
#include "platform/jobs/jobs.h"

enum { JOBS_MAX_TYPES = 64 };

/* A job type with its counts in this process. */
struct job_lane {
    const struct job_type *type;
    size_t index;
    int running;
};

struct jobs {
    const struct platform *platform;
    struct job_lane lanes[JOBS_MAX_TYPES];
    size_t lane_count;
    struct id worker_id;
    int64_t poll_us;
    int64_t keep_us;

    /* Owned by the loop that jobs_start ran on. */
    struct loop *loop;
    struct fiber *dispatcher; /* NULL: not running */
    struct fiber *keeper;
    struct list running; /* struct job_run */
    bool is_stopping;
    bool is_dispatcher_parked;
    _Atomic bool is_nudged;
    struct loop_task nudge;
};

/* One job in progress, on its own fiber. */
struct job_run {
    struct list node; /* in jobs->running */
    struct jobs *jobs;
    struct job_lane *lane;
    struct arena *arena;
    struct fiber *fiber;
    struct job job;
};

/* A context for work of the queue itself, in that arena. */
struct ctx jobs_ctx(struct jobs *jobs, struct arena *arena);

/* Starts the job on a fiber of its own. Takes the arena that the job lives in. */
void job_run_start(struct jobs *jobs, struct job_lane *lane, struct arena *arena, const struct job *job);

/* Makes the dispatcher look again. Loop thread of the queue only. */
void jobs_wake_dispatcher(struct jobs *jobs);

#endif
