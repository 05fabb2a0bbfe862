/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Hubs: rooms by name, and deliveries. A delivery visits the members of every room that was published to; what is published
 * within a tick of the last goes out with the next, in one write per connection. It is done in slices, so that the loop serves
 * others in between however many watch. */
#include "platform/live/hub.h"

#include "base/mem/alloc.h"
#include "base/require/require.h"

#include "platform/live/census.h"
#include "platform/live/client.h"
#include "platform/live/command.h"
#include "platform/live/relay.h"

/* Members visited in a row: about half a millisecond. */
enum { SLICE = 100, REST_SHARE = 3 };
#define BEAT_US US_PER_SECOND
/* How often a session is asked for without a reason. */
#define CHECK_US (5 * US_PER_MINUTE)
/* Longer than a session may be kept in memory by those who know it. */
#define KEPT_US (2 * US_PER_SECOND)

/* ---- rooms ---- */

struct room *hub_find_room(const struct hub *hub, struct str name)
{
    return map_find(hub->rooms, name);
}

void hub_add_room(struct hub *hub, struct room *room)
{
    REQUIRE(map_put(hub->rooms, room_name(room), room) == NULL);
    hub_count(hub, LIVE_METRIC_ROOMS, 1);
}

void hub_remove_room(struct hub *hub, struct room *room)
{
    REQUIRE(map_remove(hub->rooms, room_name(room)) == room);
    hub_count(hub, LIVE_METRIC_ROOMS, -1);
}

/* ---- deliveries ---- */

static void schedule(struct hub *hub)
{
    if (hub->is_delivery_due)
        return;
    hub->is_delivery_due = true;
    int64_t due_us = hub->round_us + hub->live->settings->tick_us;
    if (due_us < hub->rested_us)
        due_us = hub->rested_us;
    if (due_us <= loop_now_us())
        loop_defer(hub->loop, &hub->deliver_task);
    else
        timer_start(hub->loop, &hub->tick, due_us);
}

void hub_room_is_dirty(struct hub *hub, struct room *room)
{
    if (list_is_empty(&room->dirty))
        list_append(&hub->dirty, &room->dirty);
    schedule(hub);
}

static void begin_round(struct hub *hub)
{
    hub->round_us = loop_now_us();
    for (struct list *node; (node = list_take_first(&hub->dirty)) != NULL;)
        list_append(&hub->round, node);
}

/* After a long round the hub rests for a share of it. A loop that writes without a pause serves nobody else, and is late with
 * everything in the end; what is published while it rests goes out in the same write, so that the next round costs no more. */
static void end_round(struct hub *hub)
{
    int64_t now_us = loop_now_us();
    if (hub->live->settings->tick_us != 0)
        hub->rested_us = now_us + (now_us - hub->round_us) / REST_SHARE;
}

static void deliver(struct hub *hub)
{
    int budget = SLICE;
    hub->is_delivery_due = false;
    if (list_is_empty(&hub->round))
        begin_round(hub);
    while (!list_is_empty(&hub->round) && budget > 0) {
        struct room *room = LIST_OWNER(hub->round.next, struct room, dirty);
        bool is_done = room_deliver(room, &budget);
        if (is_done || budget > 0)
            list_remove(&room->dirty);
        if (!is_done && budget > 0)
            list_append(&hub->dirty, &room->dirty); /* published to in the meantime: in the next round */
    }
    if (!list_is_empty(&hub->round)) {
        hub->is_delivery_due = true;
        loop_defer(hub->loop, &hub->deliver_task);
        return;
    }
    end_round(hub);
    if (!list_is_empty(&hub->dirty))
        schedule(hub);
}

static void deliver_now(struct loop_task *task)
{
    deliver(LIST_OWNER(task, struct hub, deliver_task));
}

static void tick_fired(struct timer *timer)
{
    deliver(LIST_OWNER(timer, struct hub, tick));
}

/* ---- every second ---- */

bool hub_check_is_due(const struct hub *hub, int64_t *checked_us)
{
    int64_t now_us = loop_now_us();
    int64_t known_us = hub->lost_us + KEPT_US; /* from then on an answer tells of ends that were lost */
    bool has_lost = hub->lost_us != 0 && *checked_us < known_us && now_us >= known_us;
    bool is_due = has_lost || now_us - *checked_us >= CHECK_US;
    if (is_due)
        *checked_us = now_us;
    return is_due;
}

static void beat_fired(struct timer *timer)
{
    struct hub *hub = LIST_OWNER(timer, struct hub, beat);
    clients_look_after(hub);
    if (loop_index(hub->loop) == 0)
        census_announce(hub->live);
    timer_start(hub->loop, &hub->beat, loop_now_us() + BEAT_US);
}

/* ---- life ---- */

static void count_bytes(void *arg, int64_t received, int64_t sent)
{
    const struct hub *hub = arg;
    if (received != 0)
        hub_count(hub, LIVE_METRIC_RECEIVED, received);
    if (sent != 0)
        hub_count(hub, LIVE_METRIC_SENT, sent);
}

static struct hub *hub_new(struct live *live, struct loop *loop)
{
    struct hub *hub = MEM_NEW(struct hub);
    hub->live = live;
    hub->loop = loop;
    hub->rooms = map_new(NULL);
    hub->deliver_task.fn = deliver_now;
    hub->tick.fire = tick_fired;
    hub->beat.fire = beat_fired;
    list_init(&hub->dirty);
    list_init(&hub->round);
    list_init(&hub->clients);
    list_init(&hub->waiting);
    list_init(&hub->streams);
    ws_home_init(&hub->ws, loop, &client_events);
    hub->ws.max_message = (uint32_t)live->settings->max_message_bytes;
    hub->ws.frames_per_second =
        live->settings->has_limits ? live->settings->frames_per_second : US_PER_SECOND;
    hub->ws.frame_burst = 2 * hub->ws.frames_per_second;
    hub->ws.count = count_bytes;
    hub->ws.count_arg = hub;
    timer_start(loop, &hub->beat, loop_now_us() + BEAT_US);
    return hub;
}

void hub_free_unused(struct hub *hub)
{
    if (!hub->is_detached || !list_is_empty(&hub->streams) || !list_is_empty(&hub->clients))
        return;
    REQUIRE(map_count(hub->rooms) == 0);
    timer_stop(hub->loop, &hub->tick);
    map_free(hub->rooms);
    ws_home_fini(&hub->ws);
    mem_free(hub);
}

static void mail_has_ended(struct loop_task *task)
{
    struct hub *hub = LIST_OWNER(task, struct hub, free_task);
    hub->is_detached = true;
    hub_free_unused(hub);
}

void live_attach_loop(struct live *live, struct loop *loop)
{
    struct hub *hub = hub_new(live, loop);
    int index = loop_index(loop);
    REQUIRE(index >= 0 && index < LIVE_MAX_LOOPS && live->hubs[index] == NULL);
    pthread_mutex_lock(&live->lock);
    live->hubs[index] = hub;
    pthread_mutex_unlock(&live->lock);
    if (index == 0)
        relay_start(live->relay);
}

/* The hub goes after the mail that it has got so far, and its last watcher; no more is posted. */
void live_detach_loop(struct live *live, struct loop *loop)
{
    struct hub *hub = live->hubs[loop_index(loop)];
    if (hub == NULL)
        return;
    if (loop_index(loop) == 0)
        relay_stop(live->relay);
    pthread_mutex_lock(&live->lock);
    live->hubs[loop_index(loop)] = NULL;
    pthread_mutex_unlock(&live->lock);
    timer_stop(loop, &hub->beat);
    hub->free_task.fn = mail_has_ended;
    loop_post(loop, &hub->free_task);
}

struct live *live_new(const struct live_options *options)
{
    struct live *live = MEM_NEW(struct live);
    live->options = *options;
    live->platform = options->platform;
    live->settings = config_settings(options->config, &live_settings_group);
    REQUIRE(pthread_mutex_init(&live->lock, NULL) == 0);
    live->commands = command_table_new(options);
    live->census = census_new();
    live->relay = relay_new(live);
    return live;
}

void live_free(struct live *live)
{
    if (live == NULL)
        return;
    relay_free(live->relay);
    census_free(live->census);
    command_table_free(live->commands);
    pthread_mutex_destroy(&live->lock);
    mem_free(live);
}
