/* SPDX-License-Identifier: AGPL-3.0-or-later
 * A line: one PostgreSQL connection in pipeline mode, on a loop's epoll or (without a loop) pumped by the thread that waits.
 *
 * Invariants
 * - queue holds what was sent and not answered yet, oldest first; answers come in that order.
 * - Statements up to a sync are one transaction of the server's: after an error the rest of them is aborted. Statements share a
 *   sync only when all of them are reads; one that was aborted by another's failure is run again with a sync of its own.
 * - A line that fails (connection lost, no answer) finishes everything in its queue with an error and is down until the next
 *   connect. */
#ifndef PLATFORM_DB_POSTGRESQL_LINE_H
#define PLATFORM_DB_POSTGRESQL_LINE_H

#include "platform/db/postgresql/wire.h"
#include "platform/fiber/fiber.h"

enum line_state { LINE_DOWN, LINE_CONNECTING, LINE_UP };

/* One execution, on the stack of whoever waits for it. */
struct line_call {
    struct db_request *request; /* NULL: a command, whose rows nobody wants */
    struct ctx *cx;
    /* Of a gathered statement; else NULL: the request's own key, its rows go to the request, a fiber waits. */
    const struct array *keys;
    struct error *(*store)(struct line_call *call, struct statement_entry *entry, PGresult *result);
    void (*done)(struct line_call *call); /* in loop context; the call may be used anew */
    struct error *error;
    char state[WIRE_STATE_CHARS + 1]; /* SQLSTATE of the error */
    bool is_done;
    bool
        is_aborted; /* it did not run, because another before the same sync failed, or must be prepared anew */
    bool is_waited_for;
    struct fiber *fiber;
    struct line_item *item;
};

struct line {
    struct db *db;
    struct loop *loop; /* NULL: pumped */
    PGconn *connection;
    enum line_state state;
    struct statement_cache cache;
    unsigned names; /* of prepared statements, so far */

    struct list queue;
    size_t load;                            /* what the queue weighs: heavy statements count for many */
    bool has_result;                        /* of the first in the queue; its end is still to come */
    char abort_state[WIRE_STATE_CHARS + 1]; /* the first failure since the last sync */
    char abort_text[200];

    struct io_watch watch;
    struct timer stall_timer;
    int64_t progress_us; /* when something was last heard, or first sent */
    bool is_patient;     /* no limit to how long an answer may take */

    struct loop_task sync_task; /* at the end of the turn, for reads that share a sync */
    bool is_sync_due;
    size_t unsynced;

    int failures;     /* to connect, in a row */
    int64_t retry_us; /* no attempt before */
};

/* SYNC_LATER: by the caller, with line_sync, before it goes back to the loop. */
enum line_sync { SYNC_OWN, SYNC_SHARED, SYNC_LATER };

void line_init(struct line *line, struct db *db, struct loop *loop);
/* Closes; nobody may wait. */
void line_fini(struct line *line);

/* Connects on the blocking pool while the fiber is parked. Errors: unavailable, at once while a back-off lasts. */
MUST_USE struct error *line_connect(struct ctx *cx, struct line *line);

/* Sends a statement. A line that is not up, or fails, finishes the call at once. */
void line_send(struct line *line, struct line_call *call, enum line_sync sync);
void line_sync(struct line *line);
/* Sends text without parameters or rows. Without a call its failure shows in what follows up to the sync; without `sync` it
 * goes along with what is sent next. */
void line_send_command(struct line *line, struct line_call *call, const char *text, enum line_sync sync);

/* Waits for the end of the call, whatever comes. */
void line_wait_firmly(struct line *line, struct line_call *call);
/* The same until the context's deadline or a cancel, which leave the call behind with an error. Loops only. */
void line_wait(struct line *line, struct line_call *call);

/* The error of a wait that ended otherwise than by being woken. */
struct error *line_give_up(struct ctx *cx, enum fiber_wakeup wakeup);

/* Several statements in one text, outside of pipeline mode; nothing may be under way. */
MUST_USE struct error *line_run_script(struct ctx *cx, struct line *line, const char *text);

/* Gives the connection up. */
void line_fail(struct line *line, const char *why);

#endif
