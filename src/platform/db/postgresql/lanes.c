/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Choosing, connecting and lending lines. */
#include "platform/db/postgresql/lanes.h"

#include "base/mem/alloc.h"

#include "platform/log/log.h"

/* The shared lines */

struct line_waiter {
    struct list link;
    struct fiber *fiber;
    bool is_woken;
};

static struct line *least_loaded(void *arg);

void shared_lines_init(struct shared_lines *lines, struct db *db, struct loop *loop,
                       const struct shared_lines_options *options)
{
    REQUIRE(options->count <= SHARED_LINES);
    *lines = (struct shared_lines){
        .count = options->count, .connected = options->connected, .owner = options->owner};
    for (size_t i = 0; i < lines->count; i++)
        line_init(&lines->lines[i], db, loop);
    list_init(&lines->waiters);
    gathers_init(&lines->gathers, db, loop, least_loaded, lines);
}

void shared_lines_fini(struct shared_lines *lines)
{
    for (size_t i = 0; i < lines->count; i++)
        line_fini(&lines->lines[i]);
    gathers_fini(&lines->gathers);
}

bool shared_lines_are_busy(const struct shared_lines *lines)
{
    bool is_up = false;
    for (size_t i = 0; i < lines->count; i++) {
        const struct line *line = &lines->lines[i];
        if (line->state == LINE_UP && line->load == 0)
            return false;
        is_up = is_up || line->state == LINE_UP;
    }
    return is_up;
}

static void wake_waiters(struct shared_lines *lines)
{
    struct list *node;
    while ((node = list_take_first(&lines->waiters)) != NULL) {
        struct line_waiter *waiter = LIST_OWNER(node, struct line_waiter, link);
        waiter->is_woken = true;
        fiber_wake(waiter->fiber);
    }
}

void shared_lines_stop(struct shared_lines *lines)
{
    lines->is_stopped = true;
    for (size_t i = 0; i < lines->count; i++) {
        if (lines->lines[i].state == LINE_UP)
            line_fail(&lines->lines[i], "the program is stopping");
    }
    wake_waiters(lines);
}

struct connector {
    struct shared_lines *lines;
    struct line *line;
};

static void connect_on_fiber(void *arg)
{
    struct connector *connector = arg;
    struct ctx cx = {
        .arena = arena_new(0),
        .platform = connector->line->db->platform,
        .caller = &caller_anonymous,
        .deadline_us = INT64_MAX,
    };
    /* Those who wait find out by the line's state; the reason is for who runs the instance. */
    struct error *error = line_connect(&cx, connector->line);
    if (error != NULL)
        LOG(&cx, WARN, "db.connect.failed", log_text("problem", error->message));
    struct shared_lines *lines = connector->lines;
    wake_waiters(lines);
    arena_free(cx.arena);
    mem_free(connector);
    lines->connecting--;
    lines->connected(lines->owner);
}

static bool start_connecting(struct shared_lines *lines, struct line *line)
{
    struct connector *connector = MEM_NEW(struct connector);
    *connector = (struct connector){.lines = lines, .line = line};
    if (fiber_spawn("db connect", connect_on_fiber, connector) == NULL) {
        mem_free(connector);
        return false;
    }
    lines->connecting++;
    line->state = LINE_CONNECTING; /* already, so that nobody else starts */
    return true;
}

/* NULL: none is up. */
static struct line *least_loaded(void *arg)
{
    struct shared_lines *lines = arg;
    struct line *best = NULL;
    for (size_t i = 0; i < lines->count; i++) {
        struct line *line = &lines->lines[i];
        if (line->state == LINE_UP && (best == NULL || line->load < best->load))
            best = line;
    }
    return best;
}

/* True when one is being connected. */
static bool connect_another(struct shared_lines *lines)
{
    int64_t now_us = loop_now_us();
    for (size_t i = 0; i < lines->count; i++) {
        struct line *line = &lines->lines[i];
        if (line->state == LINE_CONNECTING)
            return true;
        if (line->state == LINE_DOWN && line->retry_us <= now_us)
            return start_connecting(lines, line);
    }
    return false;
}

bool shared_lines_stand_ready(struct shared_lines *lines)
{
    if (least_loaded(lines) != NULL)
        return true;
    if (!lines->is_stopped)
        (void)connect_another(lines); /* for the next one */
    return false;
}

static void wait_for_line(struct ctx *cx, struct shared_lines *lines)
{
    struct line_waiter waiter = {.fiber = fiber_self()};
    list_init(&waiter.link);
    list_append(&lines->waiters, &waiter.link);
    enum fiber_wakeup wakeup;
    do {
        wakeup = fiber_park(cx->deadline_us);
    } while (wakeup == FIBER_WOKEN && !waiter.is_woken);
    list_remove(&waiter.link);
}

static struct error *choose(struct ctx *cx, struct shared_lines *lines, struct line **ret_line)
{
    struct line *line = least_loaded(lines);
    if (!lines->is_stopped && (line == NULL || line->load != 0)) {
        bool is_connecting = connect_another(lines);
        if (line == NULL && is_connecting) {
            wait_for_line(cx, lines);
            line = least_loaded(lines);
        }
    }
    if (line == NULL)
        return ERROR(cx, db_unavailable, "the database cannot be reached");
    *ret_line = line;
    return NULL;
}

static struct error *run_once(struct shared_lines *lines, struct db_request *request, enum line_sync sync,
                              bool *ret_again)
{
    struct line *line = NULL;
    TRY(choose(request->cx, lines, &line));
    struct line_call call = {.request = request, .cx = request->cx};
    line_send(line, &call, sync);
    line_wait(line, &call);
    *ret_again = call.is_done && call.error != NULL && (call.is_aborted || wire_may_rerun(call.state));
    return call.error;
}

static struct error *run_alone(struct shared_lines *lines, struct db_request *request)
{
    bool is_read = (request->call->statement->flags & DB_READ) != 0;
    bool again = false;
    struct error *error = run_once(lines, request, is_read ? SYNC_SHARED : SYNC_OWN, &again);
    if (!again)
        return error;
    request->rows = (struct rows){.row = request->rows.row};
    return run_once(lines, request, SYNC_OWN, &again);
}

static bool can_gather(const struct db_request *request)
{
    return request->call->statement->gather_key != NULL && request->rows.row != NULL;
}

/* Together with others; what that does not do is done alone. */
static struct error *run_gathered(struct shared_lines *lines, struct db_request *requests, size_t count)
{
    struct line *line = NULL;
    bool are_left[GATHER_MAX_TOGETHER] = {false};
    TRY(choose(requests[0].cx, lines, &line)); /* connects */
    TRY(gathers_run(&lines->gathers, requests, count, are_left));
    for (size_t i = 0; i < count; i++) {
        if (!are_left[i])
            continue;
        requests[i].rows = (struct rows){.row = requests[i].rows.row};
        TRY(run_alone(lines, &requests[i]));
    }
    return NULL;
}

struct error *shared_lines_run(struct shared_lines *lines, struct db_request *request)
{
    return can_gather(request) ? run_gathered(lines, request, 1) : run_alone(lines, request);
}

struct error *shared_lines_run_together(struct shared_lines *lines, struct db_request *requests, size_t count)
{
    bool is_one_way = count <= GATHER_MAX_TOGETHER;
    for (size_t i = 0; i < count; i++)
        is_one_way = is_one_way && can_gather(&requests[i]);
    if (is_one_way)
        return run_gathered(lines, requests, count);
    for (size_t i = 0; i < count; i++)
        TRY(shared_lines_run(lines, &requests[i]));
    return NULL;
}

/* The pool */

void line_pool_init(struct line_pool *pool, struct db *db, struct loop *loop)
{
    size_t count = (size_t)db->settings->pool_size;
    *pool = (struct line_pool){.db = db, .count = count};
    pool->lines = mem_alloc_array(count, sizeof(struct line));
    pool->idle = mem_alloc_array(count, sizeof(struct line *));
    for (size_t i = 0; i < count; i++) {
        line_init(&pool->lines[i], db, loop);
        pool->idle[count - 1 - i] = &pool->lines[i];
    }
    pool->idle_count = count;
    fiber_gate_init(&pool->gate, (int)count, (int)count / 4);
}

void line_pool_fini(struct line_pool *pool)
{
    REQUIRE(pool->idle_count == pool->count);
    for (size_t i = 0; i < pool->count; i++)
        line_fini(&pool->lines[i]);
    mem_free(pool->idle);
    mem_free(pool->lines);
}

struct error *line_pool_take(struct ctx *cx, struct line_pool *pool, struct line **ret_line)
{
    int64_t started_us = measure_now_us();
    TRY(fiber_gate_enter(cx, &pool->gate, cx->deadline_us));
    measure_wait(cx, WAIT_POOL, started_us);
    REQUIRE(pool->idle_count != 0);
    struct line *line = pool->idle[--pool->idle_count];
    struct error *error = line->state == LINE_UP ? NULL : line_connect(cx, line);
    if (error != NULL) {
        line_pool_give(pool, line);
        return error;
    }
    *ret_line = line;
    return NULL;
}

void line_pool_give(struct line_pool *pool, struct line *line)
{
    pool->idle[pool->idle_count++] = line;
    fiber_gate_leave(&pool->gate);
}
