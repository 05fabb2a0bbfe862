/* SPDX-License-Identifier: AGPL-3.0-or-later
 * The lines that all fibers of a loop share for single statements (two, and one more for what is vital while those are busy), and the lines
 * that transactions have to themselves, a quarter of them kept for the vital. */
#ifndef PLATFORM_DB_POSTGRESQL_LANES_H
#define PLATFORM_DB_POSTGRESQL_LANES_H

#include "platform/db/postgresql/gather.h"

enum { SHARED_LINES = 2, VITAL_LINES = 1 };

struct shared_lines {
    struct line lines[SHARED_LINES];
    size_t count;        /* of them in use */
    struct list waiters; /* for one of them to be up */
    struct gathers gathers;
    int connecting; /* fibers that connect one */
    bool is_stopped;
    void (*connected)(void *owner); /* a fiber has done with connecting */
    void *owner;
};

/* connected(owner) is called when a fiber has done with connecting. */
struct shared_lines_options {
    size_t count;
    void (*connected)(void *owner);
    void *owner;
};

void shared_lines_init(struct shared_lines *lines, struct db *db, struct loop *loop,
                       const struct shared_lines_options *options);
/* True when a statement sent now would wait for another to end. */
bool shared_lines_are_busy(const struct shared_lines *lines);
/* Whether one is up; if not it starts to connect. */
bool shared_lines_stand_ready(struct shared_lines *lines);
/* Ends what is under way with an error, and takes no more. */
void shared_lines_stop(struct shared_lines *lines);
/* Nobody may wait or connect. */
void shared_lines_fini(struct shared_lines *lines);
/* One statement. Errors: what it failed with; unavailable; timeout and cancelled leave it running. */
MUST_USE struct error *shared_lines_run(struct shared_lines *lines, struct db_request *request);
/* Several reads, on one way there and back where all can be gathered. */
MUST_USE struct error *shared_lines_run_together(struct shared_lines *lines, struct db_request *requests,
                                                 size_t count);

struct line_pool {
    struct db *db;
    struct line *lines;
    size_t count;
    struct line **idle; /* a stack: the one used last is taken first */
    size_t idle_count;
    struct fiber_gate gate;
};

void line_pool_init(struct line_pool *pool, struct db *db, struct loop *loop);
void line_pool_fini(struct line_pool *pool);
/* Waits for a line of one's own, connected. Errors: unavailable, timeout, cancelled. */
MUST_USE struct error *line_pool_take(struct ctx *cx, struct line_pool *pool, struct line **ret_line);
void line_pool_give(struct line_pool *pool, struct line *line);

#endif
