/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Rooms and commands on the socket: the use cases of HTTP, without its paths. */
#include "modules/chat/chat_live.h"

#include "modules/chat/chat_service.h"

enum { EMOJI_CHARACTERS_MAX = 32, TYPING_PER_MINUTE = 60, TYPING_BURST = 20 };

/* --- rooms --- */

static struct error *join_as(struct ctx *cx, struct live_join *join, const char *prefix, bool is_of_auction)
{
    struct id room_id = ID_NONE;
    struct str name = arena_printf(cx->arena, "%s:%" STR_FMT, prefix, STR_ARG(join->key));
    TRY(chat_resolve_room(cx, name, &room_id));
    return chat_join_stream(cx, room_id, is_of_auction, join);
}

static struct error *join_room(struct ctx *cx, struct live_join *join)
{
    return join_as(cx, join, "room", false);
}

static struct error *join_direct(struct ctx *cx, struct live_join *join)
{
    return join_as(cx, join, "direct", false);
}

static struct error *join_auction(struct ctx *cx, struct live_join *join)
{
    return join_as(cx, join, "chat", true);
}

/* Conversations are published as rooms, so both kinds count and name alike. Beside an auction thousands come and go: only their number
 * is told. */
const struct live_room_kind chat_live_rooms[] = {
    {.prefix = "room",
     .help = "A public or private room of chat, by its id",
     .counts_viewers = true,
     .names_members = true,
     .join = join_room},
    {.prefix = "direct",
     .help = "The conversation with an account; begun on first use",
     .needs_login = true,
     .counts_viewers = true,
     .names_members = true,
     .join = join_direct},
    {.prefix = "chat",
     .help = "The chat of an auction, by the auction's id; made on first use",
     .counts_viewers = true,
     .join = join_auction},
    {.prefix = NULL},
};

/* --- commands --- */

struct say {
    struct str room, text;
    struct id reply_to, client_id;
};
struct said {
    struct chat_message_view message;
};
struct revise {
    struct id message_id;
    struct str text;
};
struct point {
    struct id message_id;
};
struct feel {
    struct id message_id;
    struct str emoji;
};
struct type {
    struct str room;
    bool is_typing;
};
struct seen {
    struct str room;
    struct id message_id;
};

/* clang-format off */
static const struct json_field say_fields[] = {
    JSON_TEXT(struct say, room, .flags = JSON_REQUIRED, .max = LIVE_ROOM_MAX),
    JSON_TEXT(struct say, text, .flags = JSON_REQUIRED | JSON_MULTILINE, .min = 1, .max = CHAT_TEXT_MAX),
    JSON_ID(struct say, reply_to, .help = "A message of the room"),
    JSON_ID(struct say, client_id, .help = "The sender's own name for it: sent again, it is the same message"),
};
static const struct json_type say_type = JSON_TYPE("SocketChatMessage", struct say, say_fields);

static const struct json_field said_fields[] = {JSON_OBJECT(struct said, message, struct chat_message_view, &chat_message_type)};
static const struct json_type said_type = JSON_TYPE("SocketChatMessageReply", struct said, said_fields);

static const struct json_field revise_fields[] = {
    JSON_ID(struct revise, message_id, .flags = JSON_REQUIRED),
    JSON_TEXT(struct revise, text, .flags = JSON_REQUIRED | JSON_MULTILINE, .min = 1, .max = CHAT_TEXT_MAX),
};
static const struct json_type revise_type = JSON_TYPE("SocketChatEdit", struct revise, revise_fields);

static const struct json_field point_fields[] = {JSON_ID(struct point, message_id, .flags = JSON_REQUIRED)};
static const struct json_type point_type = JSON_TYPE("SocketChatDelete", struct point, point_fields);

static const struct json_field feel_fields[] = {
    JSON_ID(struct feel, message_id, .flags = JSON_REQUIRED),
    JSON_TEXT(struct feel, emoji, .flags = JSON_REQUIRED, .min = 1, .max = EMOJI_CHARACTERS_MAX),
};
static const struct json_type feel_type = JSON_TYPE("SocketChatReaction", struct feel, feel_fields);

static const struct json_field type_fields[] = {
    JSON_TEXT(struct type, room, .flags = JSON_REQUIRED, .max = LIVE_ROOM_MAX),
    JSON_BOOLEAN(struct type, is_typing, .fallback = true),
};
static const struct json_type typing_type = JSON_TYPE("SocketChatTyping", struct type, type_fields);

static const struct json_field seen_fields[] = {
    JSON_TEXT(struct seen, room, .flags = JSON_REQUIRED, .max = LIVE_ROOM_MAX),
    JSON_ID(struct seen, message_id, .flags = JSON_REQUIRED, .help = "The last one read"),
};
static const struct json_type seen_type = JSON_TYPE("SocketChatRead", struct seen, seen_fields);
/* clang-format on */

/* As the routes' rows say over HTTP. */
static struct error *require_writer(struct ctx *cx)
{
    return caller_may(cx, PERMISSION_CHAT_WRITE) ? NULL
                                                 : ERROR_CODE(cx, FORBIDDEN, "the account may not write");
}

static struct error *run_message(struct ctx *cx, struct live_call *call)
{
    const struct say *say = call->body;
    struct said *said = call->reply;
    struct chat_draft draft = {.text = say->text, .reply_to = say->reply_to, .client_id = say->client_id};
    TRY(require_writer(cx));
    TRY(chat_resolve_room(cx, say->room, &draft.room_id));
    return chat_post(cx, &draft, &said->message);
}

static struct error *run_edit(struct ctx *cx, struct live_call *call)
{
    const struct revise *revise = call->body;
    struct said *said = call->reply;
    TRY(require_writer(cx));
    return chat_edit(cx, revise->message_id, revise->text, &said->message);
}

static struct error *run_delete(struct ctx *cx, struct live_call *call)
{
    const struct point *point = call->body;
    return chat_delete(cx, point->message_id);
}

static struct error *run_react(struct ctx *cx, struct live_call *call)
{
    const struct feel *feel = call->body;
    TRY(require_writer(cx));
    return chat_react(cx, feel->message_id, feel->emoji);
}

static struct error *run_unreact(struct ctx *cx, struct live_call *call)
{
    const struct feel *feel = call->body;
    TRY(require_writer(cx));
    return chat_unreact(cx, feel->message_id, feel->emoji);
}

static struct error *run_typing(struct ctx *cx, struct live_call *call)
{
    const struct type *type = call->body;
    struct id room_id = ID_NONE;
    TRY(require_writer(cx));
    TRY(chat_resolve_room(cx, type->room, &room_id));
    return chat_show_typing(cx, room_id, type->is_typing);
}

static struct error *run_read(struct ctx *cx, struct live_call *call)
{
    const struct seen *seen = call->body;
    struct id room_id = ID_NONE;
    TRY(chat_resolve_room(cx, seen->room, &room_id));
    return chat_mark_read(cx, room_id, seen->message_id);
}

/* clang-format off */
const struct live_command chat_live_commands[] = {
    {.type = "message", .help = "Write in a room; answered once it is stored", .body = &say_type, .reply = &said_type, .needs_login = true, .run = run_message},
    {.type = "edit",    .help = "Edit one's own message within 15 minutes", .body = &revise_type, .reply = &said_type, .needs_login = true, .run = run_edit},
    {.type = "delete",  .help = "Delete one's own message, or as a moderator", .body = &point_type, .needs_login = true, .run = run_delete},
    {.type = "react",   .help = "React with one emoji", .body = &feel_type, .needs_login = true, .run = run_react},
    {.type = "unreact", .help = "Take a reaction back", .body = &feel_type, .needs_login = true, .run = run_unreact},
    {.type = "typing",  .help = "Say that one is typing, or has stopped", .body = &typing_type, .needs_login = true, .per_minute = TYPING_PER_MINUTE, .burst = TYPING_BURST, .run = run_typing},
    {.type = "read",    .help = "Say how far one has read", .body = &seen_type, .needs_login = true, .run = run_read},
    {.type = NULL},
};
/* clang-format on */
