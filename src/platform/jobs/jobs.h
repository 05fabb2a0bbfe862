/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Jobs are rows (queued, running, done, failed) with a lease and a heartbeat, so they survive a crash and any worker can take
 * them. A job may run more than once: run is written to be repeated. */
#ifndef PLATFORM_JOBS_JOBS_H
#define PLATFORM_JOBS_JOBS_H

#include "platform/config/config.h"
#include "platform/ctx/ctx.h"
#include "platform/db/db.h"

struct job {
    struct id id;
    struct str type;
    struct str payload; /* JSON */
    int32_t attempt;    /* 1 the first time; runs cut off by a shutdown or a death are not counted */
    struct instant queued_at;
};

struct job_type {
    const char *name; /* "media.process" */
    const char *help;
    /* On a fiber, with a context of its own. An error with a code that may be retried, or INTERNAL, is retried with
     * back-off until max_attempts; others fail the job at once. */
    struct error *(*run)(struct ctx *cx, const struct job *job);
    /* The last failure of the job, in a transaction with its row's move to `failed`. May be NULL. */
    struct error *(*give_up)(struct ctx *cx, struct tx *tx, const struct job *job, const struct error *error);
    int max_attempts;   /* that failed; 0: 8 */
    int64_t lease_us;   /* 0: 60 s; renewed by a heartbeat while run works */
    int64_t backoff_us; /* 0: 5 s; doubled each time, up to 1 h, with jitter */
    int concurrency;    /* per process; 0: 4 */
    int64_t every_us;   /* > 0: runs by itself, about so often, once over all processes */
};

extern const struct setting_group jobs_settings_group;

/* In the caller's transaction. key (may be absent) makes it unique among unfinished jobs of the type: a second enqueue is
 * nothing. due none: now. */
MUST_USE struct error *job_enqueue(struct ctx *cx, struct tx *tx, const struct job_type *type, struct str key,
                                   struct str payload_json, struct instant due);

/* Several of a type at once, each with its key, all due at once. */
struct job_entry {
    struct str key, payload_json;
};
MUST_USE struct error *job_enqueue_all(struct ctx *cx, struct tx *tx, const struct job_type *type,
                                       const struct job_entry *entries, size_t count, struct instant due);

/* types is NULL-terminated and outlives it. */
struct jobs *jobs_new(const struct platform *platform, const struct config *config,
                      const struct job_type *const *types);
void jobs_free(struct jobs *jobs); /* accepts NULL */

/* Starts workers as fibers of the calling loop. stop asks running jobs to end (their fibers are cancelled), hands leases back
 * and returns when none runs. */
void jobs_start(struct jobs *jobs);
void jobs_stop(struct ctx *cx, struct jobs *jobs);

/* Wakes a worker now; any loop. Done by job_enqueue after its commit. */
void jobs_nudge(struct jobs *jobs);

/* Waits until no job is queued for now or running; for tests and `lathe demo`. */
MUST_USE struct error *jobs_drain(struct ctx *cx, struct jobs *jobs);

#endif
