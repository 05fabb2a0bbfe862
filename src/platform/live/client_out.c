/* SPDX-License-Identifier: AGPL-3.0-or-later
 * What a connection is to be told: answers and snapshots in a queue of its own, then what its rooms have. */
#include "base/mem/alloc.h"
#include "base/mem/cleanup.h"
#include "base/require/require.h"

#include "platform/live/client.h"

/* Who falls behind so often within a minute is closed. */
enum { MAX_FALLS = 3, FIRST_OUT = 4 };
#define FALLS_US (60 * US_PER_SECOND)

/* ---- the queue ---- */

static void out_grow(struct client *client)
{
    REQUIRE(client->out_count <= client->out_capacity);
    uint32_t capacity = client->out_capacity != 0 ? 2 * client->out_capacity : FIRST_OUT;
    struct ws_frame **out = (struct ws_frame **)mem_alloc_array(capacity, sizeof(struct ws_frame *));
    for (uint32_t i = 0; i < client->out_count; i++)
        out[i] = client->out[(client->out_first + i) % client->out_capacity];
    mem_free(client->out);
    client->out = out;
    client->out_first = 0;
    client->out_capacity = capacity;
}

static void out_append(struct client *client, struct ws_frame *frame)
{
    if (client->out_count == client->out_capacity)
        out_grow(client);
    client->out[(client->out_first + client->out_count++) % client->out_capacity] = frame;
    client->out_bytes += frame->len;
}

/* NULL when there is none. An empty queue holds no memory. */
static struct ws_frame *out_take(struct client *client)
{
    if (client->out_count == 0)
        return NULL;
    struct ws_frame *frame = client->out[client->out_first];
    client->out_first = (client->out_first + 1) % client->out_capacity;
    client->out_bytes -= frame->len;
    if (--client->out_count == 0) {
        mem_free(TAKE_PTR(client->out));
        client->out_capacity = 0;
        client->out_first = 0;
    }
    return frame;
}

void client_drop_out(struct client *client)
{
    struct ws_frame *frame;
    while ((frame = out_take(client)) != NULL)
        ws_frame_unref(frame);
}

/* Answers are compressed like everything else, but for this connection alone. */
static struct ws_frame *make_frame(struct client *client, struct str text)
{
    struct ws_deflate *codec = client->socket.is_deflating ? client->watcher.hub->ws.deflate : NULL;
    return packet_pack(ws_frame_new(WS_TEXT, text, WS_PLAIN), codec);
}

void client_send(struct client *client, struct str text)
{
    if (!ws_socket_is_open(&client->socket))
        return;
    out_append(client, make_frame(client, text));
}

void client_flush(struct client *client)
{
    ws_socket_flush(&client->socket);
}

/* ---- what the rooms have ---- */

static void ask_for_rejoins(struct client *client)
{
    client->behind_us = 0;
    LIST_EACH (node, &client->watcher.members) {
        struct member *member = LIST_OWNER(node, struct member, of_watcher);
        if (member->state != MEMBER_BEHIND || member->is_rejoining)
            continue;
        member->is_rejoining = true;
        client_request(client, REQUEST_REJOIN, room_name(member->room));
    }
}

/* The member missed something. It is told, and gets the state once it has taken what is on its way. */
static void fell_behind(struct client *client, struct member *member)
{
    int64_t now_us = loop_now_us();
    member->was_told = true;
    if (member->cursor >= member->room->first)
        return; /* what was lost was lost on our side */
    hub_count(client->watcher.hub, LIVE_METRIC_BEHIND, 1);
    if (client->behind_us == 0)
        client->behind_us = now_us;
    if (client->falls == 0 || now_us - client->fell_us > FALLS_US) {
        client->falls = 0;
        client->fell_us = now_us;
    }
    struct arena *arena = arena_new(0);
    client_send(client, packet_json(arena, STR("slow_down"), room_name(member->room), -1, STR_NONE));
    arena_free(arena);
    if (++client->falls > MAX_FALLS)
        client_close(client, LIVE_END_SLOW, WS_CLOSE_TOO_SLOW, "too slow");
}

static size_t take_from_rooms(struct client *client, struct ws_frame **frames, size_t count, size_t max)
{
    struct hub *hub = client->watcher.hub;
    struct ws_deflate *codec = client->socket.is_deflating ? hub->ws.deflate : NULL;
    size_t before = count;
    LIST_EACH (node, &client->watcher.members) {
        struct member *member = LIST_OWNER(node, struct member, of_watcher);
        struct packet *packet;
        while (count < max && (packet = member_next(member)) != NULL)
            frames[count++] = packet_frame(packet, codec);
        if (member->state == MEMBER_BEHIND && !member->was_told)
            fell_behind(client, member);
    }
    if (count != before)
        hub_count(hub, LIVE_METRIC_DELIVERIES, (int64_t)(count - before));
    if (count == 0 && client->out_count != 0)
        frames[count++] = out_take(client); /* a word about falling behind */
    return count;
}

size_t client_pull(struct ws_socket *socket, struct ws_frame **ret_frames, size_t max)
{
    struct client *client = LIST_OWNER(socket, struct client, socket);
    size_t count = 0;
    if (client->watcher.hub->live->settings->tick_us == 0)
        max = 1; /* nothing is put together */
    while (count < max && client->out_count != 0)
        ret_frames[count++] = out_take(client);
    count = take_from_rooms(client, ret_frames, count, max);
    if (count == 0)
        ask_for_rejoins(client);
    return count;
}
