/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Connections between their socket and their fiber: requests, budgets, heartbeats, the end. */
#include "platform/live/client.h"

#include <unistd.h>

#include "base/mem/alloc.h"
#include "base/mem/cleanup.h"
#include "base/require/require.h"

#include "platform/fiber/fiber.h"
#include "platform/live/census.h"
#include "platform/live/join.h"

/* Commands of all connections that run at once; the others wait. Most wait for the database, which has fewer lines than that. */
enum { MAX_FIBERS = 512 };
/* A connection with so much to do is not read from. */
enum { MANY_REQUESTS = 16, MANY_REQUEST_BYTES = 128 * 1024 };
/* So many commands beyond the budget, one after another, and the connection is closed. */
enum { MAX_REFUSED = 200 };
enum { MAX_UNANSWERED = 2 };
#define LOOK_US (5 * US_PER_SECOND)

static struct client *client_of_socket(struct ws_socket *socket)
{
    return LIST_OWNER(socket, struct client, socket);
}

static void watcher_ready(struct watcher *watcher)
{
    client_flush(client_of(watcher));
}

static void watcher_removed(struct watcher *watcher, struct str room, struct str code)
{
    struct client *client = client_of(watcher);
    struct arena *arena = arena_new(0);
    client_send(client, packet_json(arena, STR("left"), room, -1,
                                    arena_printf(arena, "{\"code\":\"%" STR_FMT "\"}", STR_ARG(code))));
    arena_free(arena);
    client_flush(client);
}

/* ---- requests ---- */

static void work(void *arg);

/* Before requests that wait for their beginning, as it may be a bid: what it is, it reads itself, and is one of the others again
 * if it is none (client_work). */
static bool start_command(struct client *client)
{
    struct fiber *fiber = fiber_spawn("live command", work, client);
    if (fiber != NULL)
        fiber_hurry(fiber);
    return fiber != NULL;
}

static void start_fiber(struct client *client)
{
    struct hub *hub = client->watcher.hub;
    if (client->has_fiber || !list_is_empty(&client->waiting))
        return;
    bool has_room = hub->fibers < MAX_FIBERS;
    if (has_room && start_command(client)) {
        client->has_fiber = true;
        hub->fibers++;
    } else {
        list_append(&hub->waiting, &client->waiting);
    }
}

static void start_waiting(struct hub *hub)
{
    struct list *node = hub->fibers < MAX_FIBERS ? list_take_first(&hub->waiting) : NULL;
    if (node != NULL)
        start_fiber(LIST_OWNER(node, struct client, waiting));
}

static bool has_much_to_do(const struct client *client)
{
    return client->request_count >= MANY_REQUESTS || client->request_bytes >= MANY_REQUEST_BYTES;
}

void client_request(struct client *client, enum request_kind kind, struct str text)
{
    struct request *request = mem_alloc(sizeof(*request) + text.len);
    request->kind = kind;
    request->len = text.len;
    memcpy(request->text, text.ptr, text.len);
    list_append(&client->requests, &request->link);
    client->request_count++;
    client->request_bytes += text.len;
    if (has_much_to_do(client))
        ws_socket_pause(&client->socket);
    start_fiber(client);
}

static struct request *take_request(struct client *client)
{
    struct list *node = list_take_first(&client->requests);
    if (node == NULL)
        return NULL;
    struct request *request = LIST_OWNER(node, struct request, link);
    client->request_count--;
    client->request_bytes -= request->len;
    if (client->socket.is_paused && !has_much_to_do(client))
        ws_socket_resume(&client->socket);
    return request;
}

static void release(struct client *client);

static void work(void *arg)
{
    struct client *client = arg;
    struct hub *hub = client->watcher.hub;
    struct request *request;
    while ((request = take_request(client)) != NULL) {
        if (!client->has_ended)
            client_work(client, request);
        mem_free(request);
        client_flush(client);
    }
    client->has_fiber = false;
    hub->fibers--;
    start_waiting(hub);
    if (client->has_ended && !client->is_release_due)
        release(client); /* and with its last client maybe the hub */
}

/* ---- budgets ---- */

/* Commands of one connection, evenly spread, with a burst of a tenth of a minute's. */
static bool spend_command(struct client *client)
{
    const struct live_settings *settings = client->watcher.hub->live->settings;
    int64_t now_us = loop_now_us();
    int64_t unit_us = US_PER_MINUTE / settings->commands_per_minute;
    int64_t burst = settings->commands_per_minute / 10 + 1;
    if (client->budget_us < now_us)
        client->budget_us = now_us;
    if (settings->has_limits && client->budget_us + unit_us - now_us > burst * unit_us)
        return false;
    client->budget_us += unit_us;
    return true;
}

static void take_message(struct ws_socket *socket, struct str text)
{
    struct client *client = client_of_socket(socket);
    struct hub *hub = client->watcher.hub;
    hub_count(hub, LIVE_METRIC_COMMANDS, 1);
    if (spend_command(client)) {
        client->refused = 0;
        client_request(client, REQUEST_COMMAND, text);
        return;
    }
    hub_count(hub, LIVE_METRIC_REFUSED, 1);
    if (++client->refused > MAX_REFUSED) {
        client_close(client, LIVE_END_FLOODING, WS_CLOSE_FLOODING, "too many commands");
        return;
    }
    client_refuse(client, text);
}

/* ---- heartbeats ---- */

static void heard(struct ws_socket *socket)
{
    struct client *client = client_of_socket(socket);
    client->heard_us = loop_now_us();
    client->pinged_us = 0;
    client->pings = 0;
}

static void count_end(struct client *client, enum live_end end)
{
    const struct platform *platform = client->watcher.hub->live->platform;
    client->is_end_counted = true;
    metric_add(platform->metrics, &live_metrics, LIVE_METRIC_CLOSED, end, 1);
}

static bool is_too_slow(const struct client *client, int64_t now_us)
{
    int64_t patience_us = client->watcher.hub->live->settings->patience_us;
    bool is_blocked = client->socket.blocked_us != 0 && now_us - client->socket.blocked_us > patience_us;
    return is_blocked || (client->behind_us != 0 && now_us - client->behind_us > patience_us);
}

static void look_after(struct client *client, int64_t now_us)
{
    int64_t ping_us = client->watcher.hub->live->settings->ping_us;
    int64_t silent_since_us = client->pinged_us != 0 ? client->pinged_us : client->heard_us;
    client->looked_us = now_us;
    if (is_too_slow(client, now_us)) {
        client_close(client, LIVE_END_SLOW, WS_CLOSE_TOO_SLOW, "too slow");
        return;
    }
    if (!id_is_none(client->caller.session_id) && hub_check_is_due(client->watcher.hub, &client->checked_us))
        client_request(client, REQUEST_CHECK, STR(""));
    if (now_us - silent_since_us < ping_us)
        return;
    if (client->pings == MAX_UNANSWERED) {
        count_end(client, LIVE_END_SILENT);
        ws_socket_abort(&client->socket);
        return;
    }
    client->pings++;
    client->pinged_us = now_us;
    ws_socket_ping(&client->socket);
}

static int64_t look_interval_us(const struct live_settings *settings)
{
    int64_t interval_us = LOOK_US;
    if (settings->ping_us / 4 < interval_us)
        interval_us = settings->ping_us / 4;
    return settings->patience_us / 4 < interval_us ? settings->patience_us / 4 : interval_us;
}

void clients_look_after(struct hub *hub)
{
    int64_t now_us = loop_now_us();
    int64_t interval_us = look_interval_us(hub->live->settings);
    for (int left = atomic_load(&hub->client_count); left > 0 && !list_is_empty(&hub->clients); left--) {
        struct client *client = LIST_OWNER(hub->clients.next, struct client, link);
        if (now_us - client->looked_us < interval_us)
            break;
        list_remove(&client->link);
        list_append(&hub->clients, &client->link);
        look_after(client, now_us);
    }
    start_waiting(hub); /* should a stack be free again */
}

/* ---- the end ---- */

static enum live_end end_of_code(int code)
{
    switch (code) {
    case WS_CLOSE_NORMAL:
    case WS_CLOSE_NO_STATUS:
    case WS_CLOSE_GOING_AWAY:
        return LIVE_END_NORMAL;
    case WS_CLOSE_PROTOCOL:
    case WS_CLOSE_UNSUPPORTED:
    case WS_CLOSE_BAD_TEXT:
        return LIVE_END_PROTOCOL;
    case WS_CLOSE_TOO_LARGE:
        return LIVE_END_TOO_LARGE;
    case WS_CLOSE_FLOODING:
        return LIVE_END_FLOODING;
    default:
        return LIVE_END_BROKEN;
    }
}

void client_close(struct client *client, enum live_end end, enum ws_close_code code, const char *why)
{
    if (!ws_socket_is_open(&client->socket))
        return;
    count_end(client, end);
    ws_socket_close(&client->socket, code, why);
}

static void release(struct client *client)
{
    struct hub *hub = client->watcher.hub;
    watcher_leave_all(&client->watcher);
    census_disconnect(hub->live->census, client->watcher.account_id);
    client_drop_out(client);
    for (struct list *node; (node = list_take_first(&client->requests)) != NULL;)
        mem_free(LIST_OWNER(node, struct request, link));
    list_remove(&client->waiting);
    list_remove(&client->link);
    atomic_fetch_sub(&hub->client_count, 1);
    mem_free(client);
    hub_free_unused(hub);
}

static void release_later(struct loop_task *task)
{
    struct client *client = LIST_OWNER(task, struct client, free_task);
    client->is_release_due = false;
    if (client->has_fiber)
        watcher_leave_all(&client->watcher);
    else
        release(client);
}

static void ended(struct ws_socket *socket, int code)
{
    struct client *client = client_of_socket(socket);
    struct hub *hub = client->watcher.hub;
    if (!client->is_end_counted)
        count_end(client, end_of_code(code));
    hub_count(hub, LIVE_METRIC_CONNECTIONS, -1);
    client->has_ended = true;
    client->is_release_due = true;
    client->free_task.fn = release_later;
    loop_defer(hub->loop, &client->free_task);
}

const struct ws_events client_events = {
    .message = take_message, .heard = heard, .pull = client_pull, .ended = ended};

static void end_where(struct hub *hub, bool (*is_meant)(const struct client *client, struct id id),
                      struct id id)
{
    LIST_EACH (node, &hub->clients) {
        struct client *client = LIST_OWNER(node, struct client, link);
        if (is_meant(client, id))
            client_close(client, LIVE_END_SESSION, WS_CLOSE_SESSION, "the session has ended");
    }
}

static bool is_of_session(const struct client *client, struct id session_id)
{
    return id_equal(client->caller.session_id, session_id);
}

static bool is_of_account(const struct client *client, struct id account_id)
{
    return id_equal(client->caller.account_id, account_id);
}

void clients_end_session(struct hub *hub, struct id session_id)
{
    if (!id_is_none(session_id))
        end_where(hub, is_of_session, session_id);
}

void clients_end_account(struct hub *hub, struct id account_id)
{
    if (!id_is_none(account_id))
        end_where(hub, is_of_account, account_id);
}

/* ---- draining ---- */

static struct hub *hub_of(const struct live *live, const struct loop *loop)
{
    return live->hubs[loop_index(loop)];
}

void live_drain(struct live *live, struct loop *loop)
{
    struct hub *hub = hub_of(live, loop);
    if (hub == NULL)
        return;
    hub->is_draining = true;
    LIST_EACH (node, &hub->clients)
        client_close(LIST_OWNER(node, struct client, link), LIVE_END_DRAINING, WS_CLOSE_GOING_AWAY,
                     "the server shuts down");
}

/* Asked by another thread, which must not see a hub that goes. */
bool live_is_drained(struct live *live, const struct loop *loop)
{
    pthread_mutex_lock(&live->lock);
    const struct hub *hub = hub_of(live, loop);
    bool is_drained = hub == NULL || atomic_load(&hub->client_count) == 0;
    pthread_mutex_unlock(&live->lock);
    return is_drained;
}

void live_abort(struct live *live, struct loop *loop)
{
    struct hub *hub = hub_of(live, loop);
    if (hub == NULL)
        return;
    hub->is_draining = true;
    LIST_EACH (node, &hub->clients)
        ws_socket_abort(&LIST_OWNER(node, struct client, link)->socket);
}

/* ---- the beginning ---- */

void client_open(void *arg, const struct http_socket *socket)
{
    struct opening *opening = arg;
    struct hub *hub = hub_of(opening->live, loop_self());
    if (socket == NULL || hub == NULL || hub->is_draining) {
        if (socket != NULL)
            close(socket->fd);
        mem_free(opening);
        return;
    }
    struct client *client = MEM_NEW(struct client);
    client->watcher = (struct watcher){.hub = hub,
                                       .account_id = opening->caller.account_id,
                                       .ready = watcher_ready,
                                       .removed = watcher_removed};
    client->caller = opening->caller;
    client->address_len = opening->address_len;
    memcpy(client->address, opening->address, opening->address_len);
    list_init(&client->watcher.members);
    list_init(&client->requests);
    list_init(&client->waiting);
    client->looked_us = client->checked_us = client->heard_us = loop_now_us();
    list_append(&hub->clients, &client->link);
    atomic_fetch_add(&hub->client_count, 1);
    hub_count(hub, LIVE_METRIC_CONNECTIONS, 1);
    census_connect(hub->live->census, client->watcher.account_id);
    bool is_deflating = opening->is_deflating;
    mem_free(opening);
    ws_socket_start(&client->socket, &hub->ws, socket, is_deflating);
}
