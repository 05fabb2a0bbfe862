/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Answers on a line, in the order of what was sent; and its end, when none come. */
#include <sys/epoll.h>

#include "base/mem/alloc.h"

#include "platform/db/postgresql/line_queue.h"

/* Beyond the statement timeout, which the server keeps: how long the line may be silent while something is due. */
#define STALL_GRACE_US (3 * US_PER_SECOND)
#define PATIENT_US     US_PER_HOUR

void line_item_finish(struct line *line, struct line_item *item)
{
    list_remove(&item->link);
    line->load -= item->weight;
    if (item->entry != NULL)
        item->entry->users--;
    struct line_call *call = item->call;
    mem_free(item);
    if (call == NULL)
        return;
    call->item = NULL;
    call->is_done = true;
    if (call->done != NULL)
        call->done(call);
    else if (call->is_waited_for && call->fiber != NULL)
        fiber_wake(call->fiber);
}

static struct line_item *first_item(struct line *line)
{
    REQUIRE(!list_is_empty(&line->queue));
    return LIST_OWNER(line->queue.next, struct line_item, link);
}

static void copy_text(char *target, size_t size, const char *source)
{
    (void)snprintf(target, size, "%s", source != NULL ? source : "");
}

static const char *name_of(const struct line_item *item)
{
    return item->entry != NULL ? item->entry->statement->name : "transaction";
}

static void take_failure(struct line *line, struct line_item *item, PGresult *result)
{
    char state[WIRE_STATE_CHARS + 1];
    copy_text(state, sizeof(state), PQresultErrorField(result, PG_DIAG_SQLSTATE));
    const char *text = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
    if (text == NULL)
        text = PQresultErrorMessage(result);
    copy_text(line->abort_state, sizeof(line->abort_state), state);
    copy_text(line->abort_text, sizeof(line->abort_text), text);
    bool must_prepare = item->entry != NULL && (item->kind == ITEM_PREPARE || wire_must_prepare(state));
    if (must_prepare)
        line_unprepare(item->entry);
    if (item->call == NULL)
        return;
    memcpy(item->call->state, state, sizeof(state));
    item->call->is_aborted = must_prepare;
    item->call->error = wire_failure(item->call->cx, name_of(item), state, text, result);
}

static void take_abort(struct line *line, struct line_item *item)
{
    if (item->kind == ITEM_PREPARE)
        line_unprepare(item->entry);
    if (item->call == NULL)
        return;
    memcpy(item->call->state, line->abort_state, sizeof(line->abort_state));
    item->call->is_aborted = item->is_shared;
    item->call->error =
        wire_failure(item->call->cx, name_of(item), line->abort_state, line->abort_text, NULL);
}

static struct error *store(struct line_call *call, struct statement_entry *entry, PGresult *result)
{
    return call->store != NULL ? call->store(call, entry, result) : wire_store(call->request, entry, result);
}

static void take_result(struct line *line, struct line_item *item, PGresult *result)
{
    ExecStatusType status = PQresultStatus(result);
    if (item->kind == ITEM_SYNC) {
        REQUIRE(status == PGRES_PIPELINE_SYNC || PQstatus(line->connection) == CONNECTION_BAD);
        line->abort_state[0] = '\0';
        line_item_finish(line, item);
        return;
    }
    line->has_result = true;
    if (status == PGRES_PIPELINE_ABORTED)
        take_abort(line, item);
    else if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK)
        take_failure(line, item, result);
    else if (item->kind == ITEM_STATEMENT && item->call != NULL)
        item->call->error = store(item->call, item->entry, result);
}

void line_receive(struct line *line)
{
    /* A NULL ends the results of one item; libpq may give one more between two. */
    for (int idle = 0; line->state == LINE_UP && idle < 2 && !PQisBusy(line->connection);) {
        PGresult *result = PQgetResult(line->connection);
        if (result != NULL && list_is_empty(&line->queue)) {
            PQclear(result); /* the server's farewell */
            line_fail(line, PQerrorMessage(line->connection));
        } else if (result != NULL) {
            take_result(line, first_item(line), result);
            PQclear(result);
            idle = 0;
        } else if (line->has_result) {
            line->has_result = false;
            line_item_finish(line, first_item(line));
        } else {
            idle++;
        }
    }
}

void line_flush(struct line *line)
{
    int left = PQflush(line->connection);
    if (left < 0) {
        line_fail(line, PQerrorMessage(line->connection));
        return;
    }
    if (line->loop == NULL)
        return;
    uint32_t events = EPOLLIN | (left != 0 ? (uint32_t)EPOLLOUT : 0);
    if (events != line->watch.events)
        io_watch_change(line->loop, &line->watch, events);
    if (!line->stall_timer.is_running)
        timer_start(line->loop, &line->stall_timer, loop_now_us() + STALL_GRACE_US);
}

void line_ready(struct io_watch *watch, uint32_t events)
{
    (void)events;
    struct line *line = LIST_OWNER(watch, struct line, watch);
    bool is_alive = PQconsumeInput(line->connection) != 0;
    line->progress_us = measure_now_us();
    line_receive(line);
    if (line->state != LINE_UP)
        return;
    if (!is_alive || PQstatus(line->connection) == CONNECTION_BAD)
        line_fail(line, PQerrorMessage(line->connection));
    else
        line_flush(line);
}

void line_stalled(struct timer *timer)
{
    struct line *line = LIST_OWNER(timer, struct line, stall_timer);
    if (list_is_empty(&line->queue))
        return;
    int64_t limit_us =
        line->is_patient ? PATIENT_US : line->db->settings->statement_timeout_us + STALL_GRACE_US;
    if (measure_now_us() - line->progress_us > limit_us)
        line_fail(line, "no answer from the server");
    else if (line->loop != NULL)
        timer_start(line->loop, &line->stall_timer, line->progress_us + limit_us + 1);
}

void line_watch_start(struct line *line)
{
    if (line->loop == NULL)
        return;
    line->watch.fd = PQsocket(line->connection);
    line->watch.events = EPOLLIN;
    io_watch_start(line->loop, &line->watch);
}

void line_watch_stop(struct line *line)
{
    if (line->loop == NULL)
        return;
    io_watch_stop(line->loop, &line->watch);
    timer_stop(line->loop, &line->stall_timer);
}

void line_fail(struct line *line, const char *why)
{
    char text[sizeof(line->abort_text)];
    copy_text(text, sizeof(text), why);
    line_watch_stop(line);
    PQfinish(line->connection);
    line->connection = NULL;
    line->state = LINE_DOWN;
    line->has_result = false;
    line->unsynced = 0;
    while (!list_is_empty(&line->queue)) {
        struct line_item *item = first_item(line);
        struct line_call *call = item->call;
        if (call != NULL) {
            call->state[0] = '\0';
            call->is_aborted = false;
            call->error = wire_failure(call->cx, name_of(item), "", text, NULL);
        }
        line_item_finish(line, item);
    }
    statement_cache_clear(&line->cache);
}
