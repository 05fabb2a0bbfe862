/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Handlers of rooms and members, and the module's route table. */
#include "modules/chat/chat_http.h"

#include "modules/chat/chat_service.h"

enum { LIMIT_MAX = 100, LIMIT_USUAL = 20, EMOJI_CHARACTERS_MAX = 32, WORD_MAX = 100 };

/* clang-format off */

/* --- paths --- */

#define PATH_TYPE(symbol, name_, ...) \
    static const struct json_field symbol##_fields[] = {__VA_ARGS__}; \
    const struct json_type symbol = JSON_TYPE(name_, struct chat_path, symbol##_fields)
PATH_TYPE(chat_room_path, "ChatRoomPath", JSON_ID(struct chat_path, room_id, .flags = JSON_REQUIRED));
PATH_TYPE(chat_member_path, "ChatMemberPath", JSON_ID(struct chat_path, room_id, .flags = JSON_REQUIRED), JSON_ID(struct chat_path, account_id, .flags = JSON_REQUIRED));
PATH_TYPE(chat_message_path, "ChatMessagePath", JSON_ID(struct chat_path, message_id, .flags = JSON_REQUIRED));
PATH_TYPE(chat_reaction_path, "ChatReactionPath", JSON_ID(struct chat_path, message_id, .flags = JSON_REQUIRED),
          JSON_TEXT(struct chat_path, emoji, .flags = JSON_REQUIRED, .min = 1, .max = EMOJI_CHARACTERS_MAX, .help = "One emoji, percent-encoded"));
PATH_TYPE(chat_auction_path, "ChatAuctionPath", JSON_ID(struct chat_path, auction_id, .flags = JSON_REQUIRED));
PATH_TYPE(chat_account_path, "ChatAccountPath", JSON_ID(struct chat_path, account_id, .flags = JSON_REQUIRED));
PATH_TYPE(chat_report_path, "ChatReportPath", JSON_ID(struct chat_path, report_id, .flags = JSON_REQUIRED));
PATH_TYPE(chat_word_path, "ChatWordPath", JSON_TEXT(struct chat_path, word, .flags = JSON_REQUIRED, .min = 1, .max = WORD_MAX, .help = "A word or a phrase, in any case"));

static const struct json_field page_query_fields[] = {
    JSON_ID(struct chat_page_query, after, .help = "next_cursor of the page before"),
    JSON_INTEGER(struct chat_page_query, limit, .min = 1, .max = LIMIT_MAX, .fallback = LIMIT_USUAL),
};
const struct json_type chat_page_query = JSON_TYPE("ChatPageQuery", struct chat_page_query, page_query_fields);

/* --- rooms --- */

static const struct json_field room_page_fields[] = {
    JSON_OBJECTS(struct chat_room_page, items, &chat_room_type, .max = LIMIT_MAX),
    JSON_TEXT(struct chat_room_page, next_cursor, .flags = JSON_NULLABLE),
};
static const struct json_type room_page = JSON_TYPE("ChatRoomPage", struct chat_room_page, room_page_fields);

static const struct json_field room_query_fields[] = {
    JSON_TEXT(struct chat_room_query, cursor, .max = 64, .help = "next_cursor of the page before"),
    JSON_INTEGER(struct chat_room_query, limit, .min = 1, .max = LIMIT_MAX, .fallback = LIMIT_USUAL),
};
static const struct json_type room_query = JSON_TYPE("ChatRoomQuery", struct chat_room_query, room_query_fields);

static const struct json_field member_page_fields[] = {
    JSON_OBJECTS(struct chat_member_page, items, &chat_member_type, .max = LIMIT_MAX),
    JSON_ID(struct chat_member_page, next_cursor, .flags = JSON_NULLABLE),
};
static const struct json_type member_page = JSON_TYPE("ChatMemberPage", struct chat_member_page, member_page_fields);

struct person_body {
    struct id account_id;
    struct str username;
};
static const struct json_field person_body_fields[] = {
    JSON_ID(struct person_body, account_id, .help = "Or username"),
    JSON_TEXT(struct person_body, username, .max = 30),
};
static const struct json_type person_body = JSON_TYPE("ChatWhom", struct person_body, person_body_fields);

struct role_body {
    int32_t role;
};
static const struct json_field role_body_fields[] = {
    JSON_ENUM(struct role_body, role, &chat_role_words, .flags = JSON_REQUIRED, .help = "owner hands the room over; who owned it becomes a moderator"),
};
static const struct json_type role_body = JSON_TYPE("ChatRoleBody", struct role_body, role_body_fields);
/* clang-format on */

static struct error *reply_room(struct ctx *cx, struct call *call, struct id room_id)
{
    struct chat_room_view view;
    TRY(chat_load_room(cx, room_id, &view));
    return call_reply(cx, call, &view);
}

static struct error *reply_rooms(struct ctx *cx, struct call *call, enum room_choice choice)
{
    struct chat_room_query query = *QUERY(call, struct chat_room_query, room_query);
    struct chat_room_page page;
    query.kind = (int32_t)choice;
    TRY(chat_list_own_rooms(cx, &query, &page));
    return call_reply(cx, call, &page);
}

static struct error *list_rooms(struct ctx *cx, struct call *call)
{
    return reply_rooms(cx, call, ROOMS_GROUP);
}

static struct error *list_conversations(struct ctx *cx, struct call *call)
{
    return reply_rooms(cx, call, ROOMS_DIRECT);
}

static struct error *list_public(struct ctx *cx, struct call *call)
{
    struct chat_room_page page;
    TRY(chat_list_public_rooms(cx, QUERY(call, struct chat_room_query, room_query), &page));
    return call_reply(cx, call, &page);
}

static struct error *render_room(struct ctx *cx, struct call *call, struct id room_id)
{
    call_set_location(cx, call, "/api/v1/chat/rooms/%" STR_FMT, STR_ARG(id_str(cx->arena, room_id)));
    return reply_room(cx, call, room_id);
}

static struct error *create_room(struct ctx *cx, struct call *call)
{
    struct id room_id = ID_NONE;
    TRY(chat_create_room(cx, BODY(call, struct chat_room_draft, chat_room_draft_type), &room_id));
    return render_room(cx, call, room_id);
}

static struct error *read_room(struct ctx *cx, struct call *call)
{
    return reply_room(cx, call, PATH(call, struct chat_path, chat_room_path)->room_id);
}

static struct error *change_room(struct ctx *cx, struct call *call)
{
    struct id room_id = PATH(call, struct chat_path, chat_room_path)->room_id;
    TRY(chat_change_room(cx, room_id, BODY(call, struct chat_room_draft, chat_room_patch_type)));
    return reply_room(cx, call, room_id);
}

static struct error *close_room(struct ctx *cx, struct call *call)
{
    TRY(chat_close_room(cx, PATH(call, struct chat_path, chat_room_path)->room_id));
    return call_reply_empty(cx, call);
}

static struct error *open_auction(struct ctx *cx, struct call *call)
{
    struct id room_id = ID_NONE;
    TRY(chat_open_auction(cx, PATH(call, struct chat_path, chat_auction_path)->auction_id, &room_id));
    return reply_room(cx, call, room_id);
}

static struct error *open_conversation(struct ctx *cx, struct call *call)
{
    const struct person_body *body = BODY(call, struct person_body, person_body);
    struct id account_id = ID_NONE, room_id = ID_NONE;
    TRY(chat_find_account(cx, body->account_id, body->username, &account_id));
    TRY(chat_open_direct(cx, account_id, &room_id));
    return reply_room(cx, call, room_id);
}

/* --- members --- */

static struct error *join_room(struct ctx *cx, struct call *call)
{
    struct id room_id = PATH(call, struct chat_path, chat_room_path)->room_id;
    TRY(chat_join_room(cx, room_id));
    return reply_room(cx, call, room_id);
}

static struct error *leave_room(struct ctx *cx, struct call *call)
{
    TRY(chat_leave_room(cx, PATH(call, struct chat_path, chat_room_path)->room_id));
    return call_reply_empty(cx, call);
}

static struct error *list_members(struct ctx *cx, struct call *call)
{
    const struct chat_page_query *query = QUERY(call, struct chat_page_query, chat_page_query);
    struct chat_member_page page;
    TRY(chat_list_members(cx, PATH(call, struct chat_path, chat_room_path)->room_id, query->after,
                          query->limit, &page));
    return call_reply(cx, call, &page);
}

static struct error *invite(struct ctx *cx, struct call *call)
{
    const struct person_body *body = BODY(call, struct person_body, person_body);
    struct id account_id = ID_NONE;
    TRY(chat_find_account(cx, body->account_id, body->username, &account_id));
    TRY(chat_invite(cx, PATH(call, struct chat_path, chat_room_path)->room_id, account_id));
    return call_reply_empty(cx, call);
}

static struct error *set_role(struct ctx *cx, struct call *call)
{
    const struct chat_path *path = PATH(call, struct chat_path, chat_member_path);
    TRY(chat_set_role(cx, path->room_id, path->account_id,
                      (enum chat_role)BODY(call, struct role_body, role_body)->role));
    return call_reply_empty(cx, call);
}

/* clang-format off */
static const struct reason *const room_reasons[] = {&chat_banned, &chat_not_allowed, &chat_closed, NULL};
static const struct reason *const create_reasons[] = {&chat_too_fast, &chat_too_many_rooms, NULL};
static const struct reason *const direct_reasons[] = {&chat_oneself, &chat_blocked, &chat_too_fast, NULL};
static const struct reason *const join_reasons[] = {&chat_banned, &chat_closed, &chat_room_full, &chat_too_many_rooms, &chat_too_fast, NULL};
static const struct reason *const leave_reasons[] = {&chat_owner_stays, &chat_not_allowed, NULL};
static const struct reason *const invite_reasons[] = {&chat_not_allowed, &chat_blocked, &chat_closed, NULL};
static const struct reason *const role_reasons[] = {&chat_not_allowed, &chat_oneself, &chat_closed, NULL};
static const struct reason *const post_reasons[] = {&chat_banned, &chat_muted, &chat_not_allowed, &chat_closed, &chat_blocked, &chat_slow_mode, &chat_too_fast, &chat_word_refused, NULL};
static const struct reason *const edit_reasons[] = {&chat_too_late, &chat_deleted, &chat_muted, &chat_not_allowed, &chat_word_refused, NULL};
static const struct reason *const delete_reasons[] = {&chat_not_allowed, &chat_outranked, NULL};
static const struct reason *const react_reasons[] = {&chat_not_emoji, &chat_too_many_reactions, &chat_deleted, &chat_muted, &chat_too_fast, NULL};
static const struct reason *const pin_reasons[] = {&chat_not_allowed, &chat_too_many_pins, &chat_deleted, NULL};
static const struct reason *const sanction_reasons[] = {&chat_not_allowed, &chat_outranked, &chat_oneself, NULL};
static const struct reason *const report_reasons[] = {&chat_oneself, &chat_deleted, &chat_too_fast, NULL};
static const struct reason *const decide_reasons[] = {&chat_outranked, NULL};
static const struct reason *const block_reasons[] = {&chat_oneself, NULL};

#define ROOM "/api/v1/chat/rooms/{room_id}"
#define MESSAGE "/api/v1/chat/messages/{message_id}"
const struct route chat_routes[CHAT_ROUTES] = {
    ROUTE(GET,    "/api/v1/chat/rooms",               list_rooms,   ROUTE_MEMBER, .query = &room_query, .reply = &room_page, .cache = CACHE_NO_STORE, .summary = "Rooms that one is in or invited to, the most active first"),
    ROUTE(POST,   "/api/v1/chat/rooms",               create_room,  ROUTE_MAY(CHAT_WRITE), .body = &chat_room_draft_type, .reply = &chat_room_type, .status = 201, .idempotency = IDEMPOTENCY_OPTIONAL, .render = render_room, .cache = CACHE_NO_STORE, .reasons = create_reasons, .summary = "Make a room; its maker owns it"),
    ROUTE(GET,    "/api/v1/chat/rooms/public",        list_public,  ROUTE_ANYONE, .query = &room_query, .reply = &room_page, .summary = "Rooms open to all, newest first"),
    ROUTE(GET,    ROOM,                               read_room,    ROUTE_ANYONE, .path_type = &chat_room_path, .reply = &chat_room_type, .cache = CACHE_NO_STORE, .reasons = room_reasons, .summary = "One room, with the caller's part in it"),
    ROUTE(PATCH,  ROOM,                               change_room,  ROUTE_MEMBER, .path_type = &chat_room_path, .body = &chat_room_patch_type, .reply = &chat_room_type, .cache = CACHE_NO_STORE, .reasons = room_reasons, .summary = "Change title and topic as its owner, slow mode also as a moderator"),
    ROUTE(DELETE, ROOM,                               close_room,   ROUTE_MEMBER, .path_type = &chat_room_path, .reasons = room_reasons, .summary = "Close a room for good; it can still be read"),
    ROUTE(GET,    "/api/v1/chat/auctions/{auction_id}", open_auction, ROUTE_ANYONE, .path_type = &chat_auction_path, .reply = &chat_room_type, .cache = CACHE_NO_STORE, .reasons = room_reasons, .summary = "The room of an auction, which its seller owns"),
    ROUTE(GET,    "/api/v1/chat/direct",              list_conversations, ROUTE_MEMBER, .query = &room_query, .reply = &room_page, .cache = CACHE_NO_STORE, .summary = "Conversations of two, the most active first"),
    ROUTE(POST,   "/api/v1/chat/direct",              open_conversation, ROUTE_MAY(CHAT_WRITE), .body = &person_body, .reply = &chat_room_type, .cache = CACHE_NO_STORE, .reasons = direct_reasons, .summary = "The conversation with somebody, begun on first use"),
    ROUTE(POST,   ROOM "/join",                       join_room,    ROUTE_MAY(CHAT_WRITE), .path_type = &chat_room_path, .reply = &chat_room_type, .cache = CACHE_NO_STORE, .reasons = join_reasons, .summary = "Join, or accept an invitation; may be said again"),
    ROUTE(POST,   ROOM "/leave",                      leave_room,   ROUTE_MEMBER, .path_type = &chat_room_path, .reasons = leave_reasons, .summary = "Leave, or decline an invitation; may be said again"),
    ROUTE(GET,    ROOM "/members",                    list_members, ROUTE_ANYONE, .path_type = &chat_room_path, .query = &chat_page_query, .reply = &member_page, .cache = CACHE_NO_STORE, .reasons = room_reasons, .summary = "Who is in a room, was in it or is invited"),
    ROUTE(POST,   ROOM "/invitations",                invite,       ROUTE_MAY(CHAT_WRITE), .path_type = &chat_room_path, .body = &person_body, .reasons = invite_reasons, .summary = "Invite somebody, as owner or moderator; may be said again"),
    ROUTE(PUT,    ROOM "/members/{account_id}/role",  set_role,     ROUTE_MEMBER, .path_type = &chat_member_path, .body = &role_body, .reasons = role_reasons, .summary = "Set a member's role, as the owner"),
    ROUTE(POST,   ROOM "/sanctions",                  chat_call_sanction, ROUTE_MEMBER, .path_type = &chat_room_path, .body = &chat_sanction_body, .reasons = sanction_reasons, .summary = "Mute, kick or ban somebody, or take it back"),
    ROUTE(GET,    ROOM "/actions",                    chat_call_room_actions, ROUTE_MEMBER, .path_type = &chat_room_path, .query = &chat_action_query, .reply = &chat_action_page_type, .cache = CACHE_NO_STORE, .reasons = room_reasons, .summary = "What moderators did in a room, newest first"),
    ROUTE(GET,    ROOM "/messages",                   chat_call_history, ROUTE_ANYONE, .path_type = &chat_room_path, .query = &chat_history_query_type, .reply = &chat_message_page_type, .cache = CACHE_NO_STORE, .reasons = room_reasons, .summary = "History, the newest first"),
    ROUTE(POST,   ROOM "/messages",                   chat_call_post, ROUTE_MAY(CHAT_WRITE), .path_type = &chat_room_path, .body = &chat_post_body, .reply = &chat_message_type, .status = 201, .idempotency = IDEMPOTENCY_OPTIONAL, .render = chat_render_post, .cache = CACHE_NO_STORE, .reasons = post_reasons, .summary = "Write a message; a visitor of an open room joins by it"),
    ROUTE(GET,    ROOM "/search",                     chat_call_search, ROUTE_ANYONE, .path_type = &chat_room_path, .query = &chat_search_query_type, .reply = &chat_message_page_type, .cache = CACHE_NO_STORE, .reasons = room_reasons, .summary = "Messages of a room that hold all the words, newest first"),
    ROUTE(GET,    ROOM "/pins",                       chat_call_pins, ROUTE_ANYONE, .path_type = &chat_room_path, .reply = &chat_message_page_type, .cache = CACHE_NO_STORE, .reasons = room_reasons, .summary = "Pinned messages, the last pinned first"),
    ROUTE(PUT,    ROOM "/read",                       chat_call_read, ROUTE_MEMBER, .path_type = &chat_room_path, .body = &chat_read_body, .reasons = room_reasons, .summary = "Say how far one has read; never goes back"),
    ROUTE(POST,   ROOM "/typing",                     chat_call_typing, ROUTE_MAY(CHAT_WRITE), .path_type = &chat_room_path, .body = &chat_typing_body, .reasons = room_reasons, .summary = "Say that one is typing, or has stopped"),
    ROUTE(GET,    MESSAGE,                            chat_call_message, ROUTE_ANYONE, .path_type = &chat_message_path, .reply = &chat_message_type, .cache = CACHE_NO_STORE, .summary = "One message"),
    ROUTE(PATCH,  MESSAGE,                            chat_call_edit, ROUTE_MAY(CHAT_WRITE), .path_type = &chat_message_path, .body = &chat_edit_body, .reply = &chat_message_type, .cache = CACHE_NO_STORE, .reasons = edit_reasons, .summary = "Edit one's own message within 15 minutes"),
    ROUTE(DELETE, MESSAGE,                            chat_call_delete, ROUTE_MEMBER, .path_type = &chat_message_path, .reasons = delete_reasons, .summary = "Delete one's own message, or as a moderator; its place stays"),
    ROUTE(GET,    MESSAGE "/edits",                   chat_call_edits, ROUTE_ANYONE, .path_type = &chat_message_path, .reply = &chat_edit_list, .cache = CACHE_NO_STORE, .summary = "What a message said before, the last first"),
    ROUTE(GET,    MESSAGE "/replies",                 chat_call_replies, ROUTE_ANYONE, .path_type = &chat_message_path, .query = &chat_thread_query_type, .reply = &chat_message_page_type, .cache = CACHE_NO_STORE, .summary = "The thread of a message, oldest first"),
    ROUTE(PUT,    MESSAGE "/reactions/{emoji}",       chat_call_react, ROUTE_MAY(CHAT_WRITE), .path_type = &chat_reaction_path, .reasons = react_reasons, .summary = "React with an emoji; may be said again"),
    ROUTE(DELETE, MESSAGE "/reactions/{emoji}",       chat_call_unreact, ROUTE_MAY(CHAT_WRITE), .path_type = &chat_reaction_path, .reasons = react_reasons, .summary = "Take a reaction back; may be said again"),
    ROUTE(PUT,    MESSAGE "/pin",                     chat_call_pin, ROUTE_MEMBER, .path_type = &chat_message_path, .reasons = pin_reasons, .summary = "Pin a message, as owner or moderator"),
    ROUTE(DELETE, MESSAGE "/pin",                     chat_call_unpin, ROUTE_MEMBER, .path_type = &chat_message_path, .reasons = pin_reasons, .summary = "Take a pin away"),
    ROUTE(POST,   MESSAGE "/reports",                 chat_call_report, ROUTE_MAY(ITEM_REPORT), .path_type = &chat_message_path, .body = &chat_report_body, .reasons = report_reasons, .summary = "Report a message to the moderators of the instance"),
    ROUTE(GET,    "/api/v1/chat/reports",             chat_call_reports, ROUTE_MAY(REPORT_DECIDE), .query = &chat_report_query_type, .reply = &chat_report_page_type, .cache = CACHE_NO_STORE, .summary = "The moderators' queue"),
    ROUTE(POST,   "/api/v1/chat/reports/{report_id}/decision", chat_call_decide, ROUTE_MAY(REPORT_DECIDE), .path_type = &chat_report_path, .body = &chat_verdict_type, .reasons = decide_reasons, .summary = "Decide a report, and all others of its message"),
    ROUTE(GET,    "/api/v1/chat/actions",             chat_call_all_actions, ROUTE_MAY(REPORT_DECIDE), .query = &chat_action_query, .reply = &chat_action_page_type, .cache = CACHE_NO_STORE, .summary = "What moderators did in all rooms, newest first"),
    ROUTE(GET,    "/api/v1/chat/words",               chat_call_words, ROUTE_MAY(CHAT_ADMIN), .reply = &chat_word_list, .cache = CACHE_NO_STORE, .summary = "Words refused in all rooms"),
    ROUTE(PUT,    "/api/v1/chat/words/{word}",        chat_call_add_word, ROUTE_MAY(CHAT_ADMIN), .path_type = &chat_word_path, .summary = "Refuse a word or phrase from now on; may be said again"),
    ROUTE(DELETE, "/api/v1/chat/words/{word}",        chat_call_remove_word, ROUTE_MAY(CHAT_ADMIN), .path_type = &chat_word_path, .summary = "Allow a word again"),
    ROUTE(GET,    "/api/v1/chat/blocks",              chat_call_blocks, ROUTE_MEMBER, .query = &chat_page_query, .reply = &chat_block_page_type, .cache = CACHE_NO_STORE, .summary = "Whom one has blocked"),
    ROUTE(PUT,    "/api/v1/chat/blocks/{account_id}", chat_call_block, ROUTE_MEMBER, .path_type = &chat_account_path, .reasons = block_reasons, .summary = "Block somebody: no direct messages, invitations or mentions, either way"),
    ROUTE(DELETE, "/api/v1/chat/blocks/{account_id}", chat_call_unblock, ROUTE_MEMBER, .path_type = &chat_account_path, .summary = "Take a block away"),
};
/* clang-format on */
