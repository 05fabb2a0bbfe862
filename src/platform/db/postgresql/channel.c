/* SPDX-License-Identifier: AGPL-3.0-or-later
 * The channel's fiber: connects, listens, sends what waits in one pipelined batch of bundles at a time, passes on what arrives, and
 * begins anew when the connection is lost. */
#include <libpq-fe.h>
#include <pthread.h>
#include <sys/epoll.h>

#include "base/mem/alloc.h"
#include "base/mem/cleanup.h"

#include "platform/db/db_channel.h"
#include "platform/db/db_sql.h"
#include "platform/db/driver.h"
#include "platform/db/postgresql/bundle.h"
#include "platform/fiber/fiber.h"
#include "platform/fiber/pool.h"

/* What may wait to be sent, and what goes along in one batch, which costs the server one commit. */
enum { MAX_WAITING = 4096, MAX_BATCH = 1024, NAME_MAX_CHARS = 40 };
/* From one batch to the next: a batch costs the server the same, however few texts it has. */
#define PACE_US          (5 * US_PER_MS)
#define FIRST_PAUSE_US   (100 * US_PER_MS)
#define LONGEST_PAUSE_US (5 * US_PER_SECOND)
/* An answer that takes longer never comes. */
#define SILENCE_US (20 * US_PER_SECOND)

static const struct db_statement *const tell = &db_tell_statement;

struct outgoing {
    struct list link;
    size_t len;
    char text[]; /* and a NUL */
};

struct db_channel {
    struct db *db;
    char name[NAME_MAX_CHARS + 1];
    const struct db_channel_events *events;
    void *arg;
    struct loop *loop;
    struct fiber *fiber;
    struct io_watch watch;
    PGconn *connection;
    bool is_parked;
    bool is_closing;
    bool is_sending; /* a batch is under way */
    int64_t next_us; /* no batch before */
    bool is_broken;
    bool has_run;               /* the fiber has ended, with the loop */
    struct loop_task wake_task; /* something waits to be sent */
    struct loop_task free_task;

    pthread_mutex_t lock; /* over what follows */
    struct list waiting;  /* struct outgoing */
    size_t waiting_count;
    bool is_up;
    bool is_wake_posted;
};

static void wake(struct db_channel *channel)
{
    if (!channel->is_parked)
        return;
    channel->is_parked = false;
    fiber_wake(channel->fiber);
}

/* ---- sending: any thread ---- */

bool db_channel_send(struct db_channel *channel, struct str text)
{
    REQUIRE(text.len <= DB_CHANNEL_MAX);
    struct outgoing *outgoing = mem_alloc(sizeof(*outgoing) + text.len + 1);
    outgoing->len = text.len;
    memcpy(outgoing->text, text.ptr, text.len);
    pthread_mutex_lock(&channel->lock);
    bool is_taken = channel->is_up && channel->waiting_count < MAX_WAITING;
    if (is_taken) {
        list_append(&channel->waiting, &outgoing->link);
        channel->waiting_count++;
    }
    bool must_wake = is_taken && !channel->is_wake_posted;
    if (must_wake)
        channel->is_wake_posted = true;
    pthread_mutex_unlock(&channel->lock);
    if (must_wake)
        loop_post(channel->loop, &channel->wake_task);
    if (!is_taken)
        mem_free(outgoing);
    return is_taken;
}

static void wake_arrived(struct loop_task *task)
{
    struct db_channel *channel = LIST_OWNER(task, struct db_channel, wake_task);
    pthread_mutex_lock(&channel->lock);
    channel->is_wake_posted = false;
    pthread_mutex_unlock(&channel->lock);
    wake(channel);
}

static void set_up(struct db_channel *channel, bool is_up)
{
    struct list lost;
    list_init(&lost);
    pthread_mutex_lock(&channel->lock);
    channel->is_up = is_up;
    for (struct list *node; !is_up && (node = list_take_first(&channel->waiting)) != NULL;)
        list_append(&lost, node);
    if (!is_up)
        channel->waiting_count = 0;
    pthread_mutex_unlock(&channel->lock);
    for (struct list *node; (node = list_take_first(&lost)) != NULL;)
        mem_free(LIST_OWNER(node, struct outgoing, link));
}

/* What goes along in one batch. */
static void take_outgoing(struct db_channel *channel, struct list *ret_taken)
{
    pthread_mutex_lock(&channel->lock);
    struct list *node = NULL;
    for (size_t i = 0; i < MAX_BATCH && (node = list_take_first(&channel->waiting)) != NULL; i++) {
        channel->waiting_count--;
        list_append(ret_taken, node);
    }
    pthread_mutex_unlock(&channel->lock);
}

/* ---- connecting ---- */

static void keep_quiet(void *arg, const char *message)
{
    (void)arg;
    (void)message;
}

/* The name is checked by db_channel_open. */
static bool listen_on(PGconn *connection, const char *name)
{
    char command[NAME_MAX_CHARS + 16];
    (void)snprintf(command, sizeof(command), "LISTEN %s", name);
    PGresult *result = PQexec(connection, command);
    bool is_done = PQresultStatus(result) == PGRES_COMMAND_OK;
    PQclear(result);
    result = PQprepare(connection, tell->name, tell->text[DB_POSTGRESQL][0].text, 2, NULL);
    is_done = is_done && PQresultStatus(result) == PGRES_COMMAND_OK;
    PQclear(result);
    return is_done && PQsetnonblocking(connection, 1) == 0 && PQenterPipelineMode(connection) == 1;
}

/* On the blocking pool. What is told here need not survive a crash, so nobody waits for the disk. */
static void connect_blocking(void *arg)
{
    struct db_channel *channel = arg;
    const char *names[] = {"dbname",           "connect_timeout", "fallback_application_name",
                           "client_encoding",  "keepalives_idle", "keepalives_interval",
                           "keepalives_count", "options",         NULL};
    const char *values[] = {channel->db->target,
                            "5",
                            "lathe live",
                            "UTF8",
                            "15",
                            "5",
                            "3",
                            "-c synchronous_commit=off -c client_min_messages=error",
                            NULL};
    if (channel->db->settings->has_pooler)
        names[7] = NULL; /* a pooler refuses them */
    PGconn *connection = PQconnectdbParams(names, values, 1);
    PQsetNoticeProcessor(connection, keep_quiet, NULL);
    if (PQstatus(connection) == CONNECTION_OK && listen_on(connection, channel->name))
        channel->connection = connection;
    else
        PQfinish(connection);
}

static void socket_ready(struct io_watch *watch, uint32_t events)
{
    (void)events;
    wake(LIST_OWNER(watch, struct db_channel, watch));
}

static bool connect_channel(struct ctx *cx, struct db_channel *channel)
{
    struct pool *pool = channel->db->platform->blocking_pool;
    if (pool_call(cx, pool, connect_blocking, channel) != NULL || channel->connection == NULL)
        return false;
    channel->watch = (struct io_watch){
        .fd = PQsocket(channel->connection), .events = EPOLLIN | EPOLLRDHUP, .ready = socket_ready};
    io_watch_start(channel->loop, &channel->watch);
    channel->is_broken = false;
    channel->is_sending = false;
    set_up(channel, true);
    return true;
}

static void disconnect(struct db_channel *channel)
{
    set_up(channel, false);
    io_watch_stop(channel->loop, &channel->watch);
    PQfinish(TAKE_PTR(channel->connection));
}

/* ---- a connection in use ---- */

static bool send_bundle(struct db_channel *channel, const struct strbuf *bundle)
{
    const char *const values[] = {channel->name, strbuf_str(bundle).ptr};
    return PQsendQueryPrepared(channel->connection, tell->name, 2, values, NULL, NULL, 1) == 1;
}

/* In as few bundles as they fit into; frees them. */
static void send_bundles(struct db_channel *channel, struct list *taken)
{
    struct strbuf bundle;
    struct list *node = NULL;
    bundle_init(&bundle);
    while ((node = list_take_first(taken)) != NULL) {
        struct outgoing *outgoing = LIST_OWNER(node, struct outgoing, link);
        struct str text = str_from(outgoing->text, outgoing->len);
        if (!bundle_add(&bundle, text)) {
            channel->is_broken = !send_bundle(channel, &bundle) || channel->is_broken;
            strbuf_clear(&bundle);
            REQUIRE(bundle_add(&bundle, text));
        }
        mem_free(outgoing);
    }
    channel->is_broken = !send_bundle(channel, &bundle) || channel->is_broken;
    strbuf_fini(&bundle);
}

static bool may_send(const struct db_channel *channel)
{
    return !channel->is_sending && channel->next_us <= loop_now_us();
}

/* One batch at a time: what comes while it is under way makes the next. */
static void send_batch(struct db_channel *channel)
{
    struct list taken;
    list_init(&taken);
    if (may_send(channel))
        take_outgoing(channel, &taken);
    if (list_is_empty(&taken))
        return;
    send_bundles(channel, &taken);
    channel->is_sending = true;
    channel->next_us = loop_now_us() + PACE_US;
    if (PQpipelineSync(channel->connection) != 1)
        channel->is_broken = true;
}

static void take_results(struct db_channel *channel)
{
    while (channel->is_sending && PQisBusy(channel->connection) == 0) {
        PGresult *result = PQgetResult(channel->connection);
        ExecStatusType status = PQresultStatus(result);
        bool is_end_of_one = result == NULL;
        PQclear(result);
        if (status == PGRES_PIPELINE_SYNC)
            channel->is_sending = false;
        else if (!is_end_of_one && status != PGRES_TUPLES_OK)
            channel->is_broken = true; /* its queue is full, say: begin anew, and tell */
        if (channel->is_broken)
            return;
    }
}

static void take_notices(struct db_channel *channel)
{
    PGnotify *notice;
    int own_pid = PQbackendPID(channel->connection);
    while ((notice = PQnotifies(channel->connection)) != NULL) {
        struct str rest = str_cstr(notice->extra), text = STR_NONE;
        while (notice->be_pid != own_pid && !channel->is_closing && bundle_take(&rest, &text))
            channel->events->received(channel->arg, text);
        PQfreemem(notice);
    }
}

static bool has_waiting(struct db_channel *channel)
{
    pthread_mutex_lock(&channel->lock);
    bool is_there = channel->waiting_count != 0;
    pthread_mutex_unlock(&channel->lock);
    return is_there;
}

/* Until something happens; false when the answer to a batch never comes, or the loop stops. */
static bool wait_for_more(struct db_channel *channel, bool has_unsent)
{
    uint32_t events = EPOLLIN | EPOLLRDHUP | (has_unsent ? EPOLLOUT : 0);
    if (events != channel->watch.events)
        io_watch_change(channel->loop, &channel->watch, events);
    int64_t until_us = has_waiting(channel) ? channel->next_us : INT64_MAX;
    if (channel->is_sending)
        until_us = loop_now_us() + SILENCE_US;
    channel->is_parked = true;
    enum fiber_wakeup wakeup = fiber_park(until_us);
    channel->is_parked = false;
    return wakeup == FIBER_WOKEN || (wakeup == FIBER_TIMED_OUT && !channel->is_sending);
}

static void serve(struct db_channel *channel)
{
    while (!channel->is_closing) {
        send_batch(channel);
        int unsent = PQflush(channel->connection);
        if (unsent < 0 || PQconsumeInput(channel->connection) == 0)
            return;
        take_results(channel);
        take_notices(channel);
        if (channel->is_broken)
            return;
        if (may_send(channel) && has_waiting(channel))
            continue;
        if (!wait_for_more(channel, unsent == 1))
            return;
    }
}

/* ---- life ---- */

static void free_channel(struct loop_task *task)
{
    struct db_channel *channel = LIST_OWNER(task, struct db_channel, free_task);
    pthread_mutex_destroy(&channel->lock);
    mem_free(channel);
}

/* Longer after each failure, up to a bound. */
static void pause_before(struct ctx *cx, int failures)
{
    int64_t pause_us = failures < 6 ? FIRST_PAUSE_US << failures : LONGEST_PAUSE_US;
    error_ignore(
        fiber_sleep_until(cx, loop_now_us() + (pause_us < LONGEST_PAUSE_US ? pause_us : LONGEST_PAUSE_US)));
}

static void run(void *arg)
{
    struct db_channel *channel = arg;
    struct arena *arena = arena_new(0);
    struct ctx cx = {.arena = arena,
                     .platform = channel->db->platform,
                     .caller = &caller_anonymous,
                     .deadline_us = INT64_MAX,
                     .request_id = STR("channel")};
    for (int failures = 0; !channel->is_closing && !fiber_is_cancelled(fiber_self());) {
        if (connect_channel(&cx, channel)) {
            failures = 0;
            if (!channel->is_closing)
                channel->events->connected(channel->arg);
            serve(channel);
            disconnect(channel);
        }
        if (!channel->is_closing)
            pause_before(&cx, failures++);
        arena_clear(arena);
    }
    arena_free(arena);
    channel->fiber = NULL;
    channel->has_run = true;
    if (channel->is_closing)
        loop_post(channel->loop, &channel->free_task); /* behind a wake that is on its way */
}

struct db_channel *db_channel_open(struct db *db, const char *name, const struct db_channel_events *events,
                                   void *arg)
{
    if (db->engine != DB_POSTGRESQL)
        return NULL;
    struct db_channel *channel = MEM_NEW(struct db_channel);
    size_t len = strspn(name, "abcdefghijklmnopqrstuvwxyz_");
    REQUIRE(name[len] == '\0' && len != 0 && len <= NAME_MAX_CHARS);
    memcpy(channel->name, name, len);
    channel->db = db;
    channel->events = events;
    channel->arg = arg;
    channel->loop = loop_self();
    channel->wake_task.fn = wake_arrived;
    channel->free_task.fn = free_channel;
    list_init(&channel->waiting);
    REQUIRE(pthread_mutex_init(&channel->lock, NULL) == 0);
    channel->fiber = fiber_spawn("db channel", run, channel);
    REQUIRE(channel->fiber != NULL); /* at the start there are stacks */
    return channel;
}

void db_channel_close(struct db_channel *channel)
{
    if (channel == NULL)
        return;
    channel->is_closing = true;
    if (channel->has_run)
        loop_post(channel->loop, &channel->free_task);
    else
        fiber_cancel(channel->fiber); /* out of whatever wait it is in */
}
