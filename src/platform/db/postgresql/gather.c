/* SPDX-License-Identifier: AGPL-3.0-or-later
 * See gather.h. A seat stands on the stack of the fiber that waits; the statement under way belongs to nobody, so that
 * whoever gives up takes nobody along. */
#include "platform/db/postgresql/gather.h"

#include "base/mem/alloc.h"

struct seat {
    struct list link;
    struct db_request *request;
    struct id key;
    struct fiber *fiber;
    struct error *error;
    bool is_done;
    bool is_left;
};

struct gather {
    struct list link;
    struct gathers *home;
    const struct db_row *row;
    struct list waiting; /* seats for the next statement */
    struct list riding;  /* those of the one under way */
    bool is_under_way;

    /* The statement under way. */
    struct id ids[GATHER_MAX_KEYS];
    struct array keys;
    struct ctx cx;
    struct db_call statement_call;
    struct db_request request;
    struct line_call call;
};

static void send_round(struct loop_task *task);

void gathers_init(struct gathers *gathers, struct db *db, struct loop *loop,
                  struct line *(*choose)(void *arg), void *arg)
{
    *gathers = (struct gathers){.db = db, .loop = loop, .choose = choose, .arg = arg};
    gathers->send_task.fn = send_round;
    list_init(&gathers->all);
}

void gathers_fini(struct gathers *gathers)
{
    struct list *node;
    REQUIRE(!gathers->is_due && gathers->under_way == 0);
    while ((node = list_take_first(&gathers->all)) != NULL) {
        struct gather *gather = LIST_OWNER(node, struct gather, link);
        REQUIRE(list_is_empty(&gather->waiting));
        arena_free(gather->cx.arena);
        mem_free(gather);
    }
}

static struct gather *add_gather(struct gathers *gathers, const struct db_statement *statement,
                                 const struct db_row *row)
{
    struct gather *gather = MEM_NEW(struct gather);
    gather->home = gathers;
    gather->row = row;
    gather->statement_call.statement = statement;
    gather->cx = (struct ctx){
        .arena = arena_new(0),
        .platform = gathers->db->platform,
        .caller = &caller_anonymous,
        .deadline_us = INT64_MAX,
    };
    list_init(&gather->waiting);
    list_init(&gather->riding);
    list_append(&gathers->all, &gather->link);
    return gather;
}

static struct gather *find_gather(struct gathers *gathers, const struct db_statement *statement,
                                  const struct db_row *row)
{
    LIST_EACH (node, &gathers->all) {
        struct gather *gather = LIST_OWNER(node, struct gather, link);
        if (gather->statement_call.statement == statement && gather->row == row)
            return gather;
    }
    return add_gather(gathers, statement, row);
}

/* At the end of the turn, when all who came in it have sat down. */
static void ask_for_round(struct gathers *gathers)
{
    if (gathers->is_due || gathers->under_way != 0)
        return;
    gathers->is_due = true;
    loop_defer(gathers->loop, &gathers->send_task);
}

static bool has_waiting(const struct gathers *gathers)
{
    LIST_EACH (node, &gathers->all) {
        if (!list_is_empty(&LIST_OWNER(node, struct gather, link)->waiting))
            return true;
    }
    return false;
}

/* Each row to all who asked for its key. */
static struct error *deal_rows(struct line_call *call, struct statement_entry *entry, PGresult *result)
{
    struct gather *gather = LIST_OWNER(call, struct gather, call);
    wire_match(entry, gather->row, result);
    for (int i = 0; i < PQntuples(result); i++) {
        struct id key = wire_key_of_row(entry, result, i);
        LIST_EACH (node, &gather->riding) {
            struct seat *seat = LIST_OWNER(node, struct seat, link);
            if (id_equal(seat->key, key) && seat->error == NULL)
                seat->error = wire_store_row(seat->request, entry, result, i);
        }
    }
    return NULL;
}

static void arrive(struct line_call *call)
{
    struct gather *gather = LIST_OWNER(call, struct gather, call);
    struct list *node;
    gather->is_under_way = false;
    gather->home->under_way--;
    while ((node = list_take_first(&gather->riding)) != NULL) {
        struct seat *seat = LIST_OWNER(node, struct seat, link);
        seat->is_done = true;
        seat->is_left = call->error != NULL;
        fiber_wake(seat->fiber);
    }
    arena_clear(gather->cx.arena);
    if (gather->home->under_way == 0 && has_waiting(gather->home))
        ask_for_round(gather->home);
}

static void take_seats(struct gather *gather)
{
    size_t count = 0;
    while (count < GATHER_MAX_KEYS && !list_is_empty(&gather->waiting)) {
        struct list *node = list_take_first(&gather->waiting);
        list_append(&gather->riding, node);
        gather->ids[count++] = LIST_OWNER(node, struct seat, link)->key;
    }
    gather->keys = (struct array){.items = gather->ids, .count = count};
}

static void send_gathered(struct gather *gather, struct line *line)
{
    take_seats(gather);
    if (gather->keys.count == 0)
        return;
    gather->request = (struct db_request){.cx = &gather->cx, .call = &gather->statement_call};
    gather->call = (struct line_call){.request = &gather->request,
                                      .cx = &gather->cx,
                                      .keys = &gather->keys,
                                      .store = deal_rows,
                                      .done = arrive};
    gather->is_under_way = true;
    gather->home->under_way++;
    if (line != NULL)
        line_send(line, &gather->call, SYNC_LATER);
    else
        gather->call.error = ERROR(&gather->cx, db_unavailable, "there is no connection to the database");
    bool has_not_gone = gather->is_under_way && gather->call.error != NULL;
    if (has_not_gone)
        arrive(&gather->call);
}

static void send_round(struct loop_task *task)
{
    struct gathers *gathers = LIST_OWNER(task, struct gathers, send_task);
    struct line *line = gathers->choose(gathers->arg);
    gathers->under_way++; /* the round itself, so that nobody asks for another before it is sent */
    gathers->is_due = false;
    LIST_EACH (node, &gathers->all)
        send_gathered(LIST_OWNER(node, struct gather, link), line);
    if (line != NULL)
        line_sync(line);
    gathers->under_way--;
    if (gathers->under_way == 0 && has_waiting(gathers))
        ask_for_round(gathers);
}

struct error *gathers_run(struct gathers *gathers, struct db_request *request, bool *ret_is_left)
{
    struct gather *gather = find_gather(gathers, request->call->statement, request->rows.row);
    struct seat seat = {.request = request, .fiber = fiber_self()};
    struct str key = argument_of(request->call, 0).text;
    memcpy(&seat.key, key.ptr, sizeof(seat.key));
    list_append(&gather->waiting, &seat.link);
    ask_for_round(gathers);
    while (!seat.is_done) {
        enum fiber_wakeup wakeup = fiber_park(request->cx->deadline_us);
        if (!seat.is_done && wakeup != FIBER_WOKEN) {
            list_remove(&seat.link);
            return line_give_up(request->cx, wakeup);
        }
    }
    *ret_is_left = seat.is_left;
    return seat.error;
}
