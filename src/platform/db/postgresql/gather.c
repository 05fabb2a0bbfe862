/* SPDX-License-Identifier: AGPL-3.0-or-later
 * See gather.h. Seats stand on the stack of the fiber that waits; the statement under way belongs to nobody, so that
 * whoever gives up takes nobody along. */
#include "platform/db/postgresql/gather.h"

#include "base/mem/alloc.h"

/* So many seats are worth a round while another is under way. Fewer wait for its end: a statement for many is cheaper. */
enum { WORTH_A_ROUND = 8 };

/* What one fiber waits for. */
struct party {
    struct fiber *fiber;
    size_t awaited; /* seats that have not arrived */
};

enum seat_state { SEAT_WAITS, SEAT_RIDES, SEAT_ARRIVED };

struct seat {
    struct list link;
    struct db_request *request;
    struct id key;
    struct party *party;
    const struct seat *before; /* of the same party, not to be overtaken; or NULL */
    struct error *error;
    enum seat_state state;
    size_t round; /* in which it rides */
    bool is_left;
};

/* A statement under way. */
struct ride {
    struct gather *gather;
    size_t round;
    struct list seats;
    struct id ids[GATHER_MAX_KEYS];
    struct array keys;
    struct ctx cx;
    struct db_request request;
    struct line_call call;
    bool is_under_way;
};

struct gather {
    struct list link;
    struct gathers *home;
    const struct db_row *row;
    struct db_call statement_call;
    struct list waiting; /* seats for the next statement */
    struct ride rides[GATHER_ROUNDS];
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
    REQUIRE(!gathers->is_due && gathers->waiting == 0);
    while ((node = list_take_first(&gathers->all)) != NULL) {
        struct gather *gather = LIST_OWNER(node, struct gather, link);
        for (size_t i = 0; i < GATHER_ROUNDS; i++) {
            REQUIRE(!gather->rides[i].is_under_way);
            arena_free(gather->rides[i].cx.arena);
        }
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
    list_init(&gather->waiting);
    for (size_t i = 0; i < GATHER_ROUNDS; i++) {
        gather->rides[i] = (struct ride){.gather = gather, .round = i};
        gather->rides[i].cx = (struct ctx){
            .arena = arena_new(0),
            .platform = gathers->db->platform,
            .caller = &caller_anonymous,
            .deadline_us = INT64_MAX,
        };
        list_init(&gather->rides[i].seats);
    }
    /* In the order in which a party may ask for them. */
    struct list *behind = gathers->all.next;
    while (behind != &gathers->all &&
           LIST_OWNER(behind, struct gather, link)->statement_call.statement->index <= statement->index)
        behind = behind->next;
    list_append(behind, &gather->link);
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

/* GATHER_ROUNDS: none is free. */
static size_t free_round(const struct gathers *gathers)
{
    size_t round = 0;
    while (round < GATHER_ROUNDS && gathers->under_way[round] != 0)
        round++;
    return round;
}

static bool is_idle(const struct gathers *gathers)
{
    for (size_t i = 0; i < GATHER_ROUNDS; i++) {
        if (gathers->under_way[i] != 0)
            return false;
    }
    return true;
}

/* At the end of the turn, when all who came in it have sat down. Beside another round only one that is worth it. */
static void ask_for_round(struct gathers *gathers)
{
    bool is_worth_it = gathers->waiting >= WORTH_A_ROUND || is_idle(gathers);
    if (gathers->is_due || gathers->waiting == 0 || !is_worth_it || free_round(gathers) == GATHER_ROUNDS)
        return;
    gathers->is_due = true;
    loop_defer(gathers->loop, &gathers->send_task);
}

/* Each row to all who asked for its key. */
static struct error *deal_rows(struct line_call *call, struct statement_entry *entry, PGresult *result)
{
    struct ride *ride = LIST_OWNER(call, struct ride, call);
    wire_match(entry, ride->gather->row, result);
    for (int i = 0; i < PQntuples(result); i++) {
        struct id key = wire_key_of_row(entry, result, i);
        LIST_EACH (node, &ride->seats) {
            struct seat *seat = LIST_OWNER(node, struct seat, link);
            if (id_equal(seat->key, key) && seat->error == NULL)
                seat->error = wire_store_row(seat->request, entry, result, i);
        }
    }
    return NULL;
}

static void arrive(struct line_call *call)
{
    struct ride *ride = LIST_OWNER(call, struct ride, call);
    struct gathers *gathers = ride->gather->home;
    struct list *node;
    ride->is_under_way = false;
    gathers->under_way[ride->round]--;
    while ((node = list_take_first(&ride->seats)) != NULL) {
        struct seat *seat = LIST_OWNER(node, struct seat, link);
        seat->state = SEAT_ARRIVED;
        seat->is_left = call->error != NULL;
        if (--seat->party->awaited == 0)
            fiber_wake(seat->party->fiber);
    }
    arena_clear(ride->cx.arena);
    ask_for_round(gathers);
}

/* Rounds may go on different lines, where one overtakes the other. */
static bool may_ride(const struct seat *seat, size_t round)
{
    const struct seat *before = seat->before;
    return before == NULL || before->state == SEAT_ARRIVED ||
           (before->state == SEAT_RIDES && before->round == round);
}

static void take_seats(struct gather *gather, struct ride *ride)
{
    size_t count = 0;
    struct list *next;
    for (struct list *node = gather->waiting.next; node != &gather->waiting && count < GATHER_MAX_KEYS;
         node = next) {
        struct seat *seat = LIST_OWNER(node, struct seat, link);
        next = node->next;
        if (!may_ride(seat, ride->round))
            continue;
        list_remove(node);
        list_append(&ride->seats, node);
        seat->state = SEAT_RIDES;
        seat->round = ride->round;
        ride->ids[count++] = seat->key;
    }
    gather->home->waiting -= count;
    ride->keys = (struct array){.items = ride->ids, .count = count};
}

static void send_gathered(struct gather *gather, size_t round, struct line *line)
{
    struct ride *ride = &gather->rides[round];
    take_seats(gather, ride);
    if (ride->keys.count == 0)
        return;
    ride->request = (struct db_request){.cx = &ride->cx, .call = &gather->statement_call};
    ride->call = (struct line_call){
        .request = &ride->request, .cx = &ride->cx, .keys = &ride->keys, .store = deal_rows, .done = arrive};
    ride->is_under_way = true;
    gather->home->under_way[round]++;
    if (line != NULL)
        line_send(line, &ride->call, SYNC_LATER);
    else
        ride->call.error = ERROR(&ride->cx, db_unavailable, "there is no connection to the database");
    bool has_not_gone = ride->is_under_way && ride->call.error != NULL;
    if (has_not_gone)
        arrive(&ride->call);
}

static void send_round(struct loop_task *task)
{
    struct gathers *gathers = LIST_OWNER(task, struct gathers, send_task);
    struct line *line = gathers->choose(gathers->arg);
    size_t round = free_round(gathers);
    size_t waiting = gathers->waiting;
    gathers->is_due = false;
    if (round == GATHER_ROUNDS)
        return;
    gathers->under_way[round]++; /* the round itself, so that nobody asks for another before it is sent */
    LIST_EACH (node, &gathers->all)
        send_gathered(LIST_OWNER(node, struct gather, link), round, line);
    if (line != NULL)
        line_sync(line);
    gathers->under_way[round]--;
    if (gathers->waiting < waiting) /* else they wait for another round's end */
        ask_for_round(gathers);
}

static void sit_down(struct gathers *gathers, struct db_request *request, struct party *party,
                     const struct seat *before, struct seat *ret_seat)
{
    struct gather *gather = find_gather(gathers, request->call->statement, request->rows.row);
    *ret_seat = (struct seat){.request = request, .party = party, .before = before};
    struct str key = argument_of(request->call, 0).text;
    memcpy(&ret_seat->key, key.ptr, sizeof(ret_seat->key));
    list_append(&gather->waiting, &ret_seat->link);
    gathers->waiting++;
}

static void stand_up(struct gathers *gathers, struct seat *seat)
{
    list_remove(&seat->link);
    if (seat->state == SEAT_WAITS)
        gathers->waiting--;
}

struct error *gathers_run(struct gathers *gathers, struct db_request *requests, size_t count,
                          bool *ret_are_left)
{
    struct seat seats[GATHER_MAX_TOGETHER];
    struct party party = {.fiber = fiber_self(), .awaited = count};
    struct error *error = NULL;
    REQUIRE(count <= GATHER_MAX_TOGETHER);
    for (size_t i = 0; i < count; i++)
        sit_down(gathers, &requests[i], &party, i > 0 ? &seats[i - 1] : NULL, &seats[i]);
    ask_for_round(gathers);
    while (party.awaited != 0) {
        enum fiber_wakeup wakeup = fiber_park(requests[0].cx->deadline_us);
        if (party.awaited != 0 && wakeup != FIBER_WOKEN) {
            for (size_t i = 0; i < count; i++)
                stand_up(gathers, &seats[i]);
            return line_give_up(requests[0].cx, wakeup);
        }
    }
    for (size_t i = 0; i < count; i++) {
        ret_are_left[i] = seats[i].is_left || (i > 0 && ret_are_left[i - 1]);
        error = error != NULL ? error : seats[i].error;
    }
    return error;
}
