/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Reads by key (`-- gather:`) that several fibers of a loop want at once, asked as one statement. They go in rounds, of all such
 * statements together with one sync; who comes while a round is under way goes with the next: the busier the loop, the fewer
 * statements, and nobody waits while it is idle. */
#ifndef PLATFORM_DB_POSTGRESQL_GATHER_H
#define PLATFORM_DB_POSTGRESQL_GATHER_H

#include "platform/db/postgresql/line.h"

/* MAX_KEYS bounds how long the first of them waits for the rows of the others; MAX_TOGETHER what one fiber asks at once. */
enum { GATHER_MAX_KEYS = 64, GATHER_MAX_TOGETHER = 4, GATHER_ROUNDS = 2 };

struct gathers {
    struct db *db;
    struct loop *loop;
    struct line *(*choose)(void *arg); /* a line that is up, or NULL */
    void *arg;
    struct list all; /* one for each statement and row descriptor; there are few */
    struct loop_task send_task;
    bool is_due;
    size_t waiting;                  /* seats of all */
    size_t under_way[GATHER_ROUNDS]; /* statements of each round */
};

void gathers_init(struct gathers *gathers, struct db *db, struct loop *loop,
                  struct line *(*choose)(void *arg), void *arg);
/* Nobody may wait. */
void gathers_fini(struct gathers *gathers);

/* Reads along with others, all requests (at most MAX_TOGETHER) in one round where there is room, none before the one in front of
 * it. ret_are_left[i]: that or one before failed, for whatever reason, and the request is still to be run, alone, where an error
 * is its own. Errors: those of the requests' own rows; timeout and
 * cancelled. */
MUST_USE struct error *gathers_run(struct gathers *gathers, struct db_request *requests, size_t count,
                                   bool *ret_are_left);

#endif
