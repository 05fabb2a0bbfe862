/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Sending on a line, and waiting for the answer. */
#include "platform/db/postgresql/line.h"

#include <poll.h>

#include "base/mem/alloc.h"

#include "platform/db/postgresql/line_queue.h"

/* Prepared statements take memory in the server, per connection. */
enum { CACHED_STATEMENTS = 300 };
enum { WEIGHT_LIGHT = 1, WEIGHT_HEAVY = 8 };
/* How often a pumping thread looks whether the line has stalled. */
enum { PUMP_MS = 250 };

void line_unprepare(struct statement_entry *entry)
{
    mem_free(entry->prepared);
    entry->prepared = NULL;
}

static void drop_statement(void *owner, struct statement_entry *entry)
{
    struct line *line = owner;
    if (entry->prepared != NULL && line->state == LINE_UP) {
        char text[64];
        (void)snprintf(text, sizeof(text), "DEALLOCATE %s", (const char *)entry->prepared);
        line_send_command(line, NULL, text, SYNC_SHARED);
    }
    line_unprepare(entry);
}

static void end_of_turn(struct loop_task *task);

void line_init(struct line *line, struct db *db, struct loop *loop)
{
    *line = (struct line){.db = db, .loop = loop, .state = LINE_DOWN};
    line->sync_task.fn = end_of_turn;
    line->watch.ready = line_ready;
    line->stall_timer.fire = line_stalled;
    list_init(&line->queue);
    statement_cache_init(&line->cache, DB_POSTGRESQL, CACHED_STATEMENTS, drop_statement, line);
}

void line_fini(struct line *line)
{
    if (line->state == LINE_UP)
        line_fail(line, "closed");
    statement_cache_fini(&line->cache);
}

/* Sending */

struct line_item *line_item_add(struct line *line, enum line_item_kind kind, struct statement_entry *entry,
                                struct line_call *call)
{
    struct line_item *item = MEM_NEW(struct line_item);
    *item = (struct line_item){.kind = kind, .entry = entry, .call = call};
    list_init(&item->link);
    if (list_is_empty(&line->queue))
        line->progress_us = measure_now_us();
    list_append(&line->queue, &item->link);
    if (entry != NULL) {
        entry->users++;
        item->weight = (entry->statement->flags & DB_HEAVY) != 0 ? WEIGHT_HEAVY : WEIGHT_LIGHT;
        line->load += item->weight;
    }
    if (call != NULL)
        call->item = item;
    return item;
}

/* The item is queued before it is sent, so that a failure to send finishes it with the others. */
static void check_sent(struct line *line, int is_sent)
{
    if (!is_sent)
        line_fail(line, PQerrorMessage(line->connection));
}

static void send_sync(struct line *line)
{
    if (line->state != LINE_UP)
        return;
    line->unsynced = 0;
    line_item_add(line, ITEM_SYNC, NULL, NULL);
    check_sent(line, PQpipelineSync(line->connection));
    if (line->state == LINE_UP)
        line_flush(line);
}

static void end_of_turn(struct loop_task *task)
{
    struct line *line = LIST_OWNER(task, struct line, sync_task);
    line->is_sync_due = false;
    line_sync(line);
}

static void share_sync(struct line *line)
{
    line->unsynced++;
    if (line->loop == NULL || line->is_sync_due)
        return;
    line->is_sync_due = true;
    loop_defer(line->loop, &line->sync_task);
}

static void send_prepare(struct line *line, struct statement_entry *entry)
{
    char *name = mem_alloc(16);
    (void)snprintf(name, 16, "l%u", line->names++);
    entry->prepared = name;
    Oid types[WIRE_MAX_PARAMETERS];
    int count = wire_types(entry->statement, types);
    line_item_add(line, ITEM_PREPARE, entry, NULL);
    check_sent(line, PQsendPrepare(line->connection, name, entry->sql, count, types));
}

static void send_statement(struct line *line, struct line_call *call, struct statement_entry *entry,
                           enum line_sync sync)
{
    struct wire_parameters p UNCLEARED;
    wire_fill(call->cx->arena, call->request->call, call->keys, &p);
    line_item_add(line, ITEM_STATEMENT, entry, call)->is_shared = sync != SYNC_OWN;
    if (entry->prepared != NULL)
        check_sent(line, PQsendQueryPrepared(line->connection, entry->prepared, p.count, p.values, p.lengths,
                                             p.formats, 1));
    else
        check_sent(line, PQsendQueryParams(line->connection, entry->sql, p.count, p.types, p.values,
                                           p.lengths, p.formats, 1));
}

static bool begin_call(struct line *line, struct line_call *call)
{
    call->fiber = line->loop != NULL ? fiber_self() : NULL;
    if (line->state == LINE_UP)
        return true;
    call->error = ERROR(call->cx, db_unavailable, "there is no connection to the database");
    call->is_done = true;
    return false;
}

static void set_plan_mode(struct line *line, const char *text)
{
    line_send_command(line, NULL, text, SYNC_SHARED);
}

/* With the plan made for these values; the same sync takes the mode back if the statement fails. */
static void send_planned(struct line *line, struct line_call *call, struct statement_entry *entry)
{
    set_plan_mode(line, "SET plan_cache_mode = force_custom_plan");
    if (!begin_call(line, call))
        return;
    send_statement(line, call, entry, SYNC_OWN);
    set_plan_mode(line, "SET plan_cache_mode = force_generic_plan");
}

void line_send(struct line *line, struct line_call *call, enum line_sync sync)
{
    if (!begin_call(line, call))
        return;
    struct statement_entry *entry = statement_cache_find(&line->cache, call->request->call);
    bool is_kept = !line->db->settings->has_pooler;
    bool must_prepare = entry->prepared == NULL && is_kept;
    bool is_planned_each = entry->is_planned_each && is_kept;
    if (must_prepare || is_planned_each)
        sync = SYNC_OWN; /* no read of others may fail with its preparation, or run in its mode */
    if (sync == SYNC_OWN && line->unsynced != 0)
        send_sync(line);
    if (must_prepare && line->state == LINE_UP)
        send_prepare(line, entry);
    if (!begin_call(line, call))
        return;
    if (is_planned_each)
        send_planned(line, call, entry);
    else
        send_statement(line, call, entry, sync);
    if (sync == SYNC_OWN)
        send_sync(line);
    else if (sync == SYNC_SHARED)
        share_sync(line);
    else
        line->unsynced++;
}

void line_sync(struct line *line)
{
    if (line->unsynced != 0)
        send_sync(line);
}

void line_send_command(struct line *line, struct line_call *call, const char *text, enum line_sync sync)
{
    if (call != NULL && !begin_call(line, call))
        return;
    if (line->state != LINE_UP)
        return;
    line_item_add(line, ITEM_COMMAND, NULL, call);
    check_sent(line, PQsendQueryParams(line->connection, text, 0, NULL, NULL, NULL, NULL, 1));
    if (sync == SYNC_OWN)
        send_sync(line);
}

/* Waiting */

struct error *line_give_up(struct ctx *cx, enum fiber_wakeup wakeup)
{
    return wakeup == FIBER_CANCELLED
               ? ERROR_CODE(cx, CANCELLED, "the work was cancelled")
               : ERROR(cx, db_timeout, "the deadline passed before the database answered");
}

static void abandon(struct line_call *call, enum fiber_wakeup wakeup)
{
    call->item->call = NULL;
    call->item = NULL;
    call->error = line_give_up(call->cx, wakeup);
}

void line_wait(struct line *line, struct line_call *call)
{
    REQUIRE(line->loop != NULL);
    while (!call->is_done) {
        call->is_waited_for = true;
        enum fiber_wakeup wakeup = fiber_park(call->cx->deadline_us);
        call->is_waited_for = false;
        if (!call->is_done && wakeup != FIBER_WOKEN) {
            abandon(call, wakeup);
            return;
        }
    }
}

/* Moves bytes both ways once. */
static void pump(struct line *line)
{
    bool has_more = PQflush(line->connection) == 1;
    struct pollfd fd = {.fd = PQsocket(line->connection),
                        .events = (short)(POLLIN | (has_more ? POLLOUT : 0))};
    (void)poll(&fd, 1, PUMP_MS);
    line_ready(&line->watch, 0);
    if (line->state == LINE_UP)
        line_stalled(&line->stall_timer);
}

void line_wait_firmly(struct line *line, struct line_call *call)
{
    while (!call->is_done) {
        if (line->loop == NULL) {
            pump(line);
        } else {
            call->is_waited_for = true;
            fiber_park_firmly();
            call->is_waited_for = false;
        }
    }
}
