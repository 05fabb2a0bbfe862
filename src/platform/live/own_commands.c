/* SPDX-License-Identifier: AGPL-3.0-or-later
 * The commands that every connection has: join, leave, ping. */
#include "base/json/json_write.h"

#include "platform/clock/clock.h"
#include "platform/live/census.h"
#include "platform/live/command.h"
#include "platform/live/join.h"

/* ---- join ---- */

struct join_body {
    struct str room;
    int64_t after_sequence;
};

struct join_reply {
    struct str room;
    int64_t sequence;
};

/* clang-format off */
static const struct json_field join_fields[] = {
    JSON_TEXT(struct join_body, room, .min = 1, .max = LIVE_ROOM_MAX, .flags = JSON_REQUIRED, .help = "As in the list of rooms: auction:{id}, me"),
    JSON_INTEGER(struct join_body, after_sequence, .min = -1, .max = INT64_MAX, .fallback = -1, .help = "The sequence of the last message of the room that the client has; -1 or absent: none"),
};
static const struct json_type join_body_type = JSON_TYPE("SocketJoin", struct join_body, join_fields);

static const struct json_field join_reply_fields[] = {
    JSON_TEXT(struct join_reply, room, .help = "The name that the room's messages carry"),
    JSON_INTEGER(struct join_reply, sequence, .help = "Of the state that follows; what is published later has higher ones"),
};
static const struct json_type join_reply_type = JSON_TYPE("SocketJoined", struct join_reply, join_reply_fields);
/* clang-format on */

void client_show(struct ctx *cx, struct client *client, struct joining *joining)
{
    const struct live_join *result = &joining->result;
    struct census *census = client->watcher.hub->live->census;
    if (result->snapshot.len != 0)
        client_send(client, packet_json(cx->arena, STR("snapshot"), result->room, result->sequence,
                                        result->snapshot));
    for (size_t i = 0; i < result->missed.count; i++) {
        const struct live_message *message = ARRAY_AT(struct live_message, result->missed, i);
        client_send(client,
                    packet_json(cx->arena, message->type, result->room, message->sequence, message->body));
    }
    member_activate(joining->member, result->sequence);
    struct str presence = census_describe(cx->arena, census, result->room, joining->kind);
    if (presence.ptr != NULL)
        client_send(client, packet_json(cx->arena, STR("presence"), result->room, -1, presence));
}

static struct error *join(struct ctx *cx, struct client *client, const struct envelope *envelope,
                          const void *body)
{
    const struct join_body *wanted = body;
    struct joining joining = {.watcher = &client->watcher};
    struct str key = STR_NONE;
    TRY(join_parse(cx, client->watcher.hub->live, wanted->room, &joining.kind, &key));
    TRY(join_room(cx, &joining, key, wanted->after_sequence));
    struct join_reply reply = {.room = joining.result.room, .sequence = joining.result.sequence};
    client_send(client, envelope_ok(cx->arena, envelope, json_encode(cx->arena, &join_reply_type, &reply)));
    client_show(cx, client, &joining);
    return NULL;
}

static const struct live_command join_row = {
    .type = "join",
    .help =
        "Watches a room. The answer is followed by the state, or by what was missed, and then by what is published.",
    .body = &join_body_type,
    .reply = &join_reply_type,
    .per_minute = 600,
    .burst = 120,
};

/* ---- leave ---- */

struct leave_body {
    struct str room;
};

/* clang-format off */
static const struct json_field leave_fields[] = {
    JSON_TEXT(struct leave_body, room, .min = 1, .max = LIVE_ROOM_MAX, .flags = JSON_REQUIRED, .help = "As it was joined, or as its messages say"),
};
static const struct json_type leave_body_type = JSON_TYPE("SocketLeave", struct leave_body, leave_fields);
/* clang-format on */

static struct error *leave(struct ctx *cx, struct client *client, const struct envelope *envelope,
                           const void *body)
{
    const struct leave_body *wanted = body;
    struct member *member = watcher_find(&client->watcher, wanted->room);
    if (member == NULL)
        return ERROR(cx, live_not_joined, "the room was not joined");
    member_leave(member);
    client_send(client, envelope_ok(cx->arena, envelope, STR_NONE));
    return NULL;
}

static const struct live_command leave_row = {
    .type = "leave",
    .help = "Watches the room no longer.",
    .body = &leave_body_type,
    .per_minute = 600,
    .burst = 120,
};

/* ---- ping ---- */

struct ping_reply {
    struct instant time;
};

/* clang-format off */
static const struct json_field ping_reply_fields[] = {
    JSON_INSTANT(struct ping_reply, time, .help = "The server's clock"),
};
static const struct json_type ping_reply_type = JSON_TYPE("SocketPong", struct ping_reply, ping_reply_fields);
/* clang-format on */

static struct error *ping(struct ctx *cx, struct client *client, const struct envelope *envelope,
                          const void *body)
{
    (void)body;
    struct ping_reply reply = {.time = clock_now(cx)};
    client_send(client, envelope_ok(cx->arena, envelope, json_encode(cx->arena, &ping_reply_type, &reply)));
    return NULL;
}

static const struct live_command ping_row = {
    .type = "ping",
    .help = "Answered with the server's time.",
    .reply = &ping_reply_type,
    .per_minute = 600,
    .burst = 120,
};

const struct own_command own_commands[] = {
    {&join_row, join},
    {&leave_row, leave},
    {&ping_row, ping},
    {NULL, NULL},
};
