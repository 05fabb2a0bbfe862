/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Handlers of messages. */
#include "modules/chat/chat_http.h"
#include "modules/chat/chat_service.h"

enum { LIMIT_MAX = 100, LIMIT_USUAL = 50, QUERY_MAX = 100 };

/* clang-format off */
static const struct json_field message_page_fields[] = {
    JSON_OBJECTS(struct chat_message_page, items, &chat_message_type, .max = LIMIT_MAX),
    JSON_ID(struct chat_message_page, next_cursor, .flags = JSON_NULLABLE, .help = "The message to go on from: as after where that was asked for, else as before"),
};
const struct json_type chat_message_page_type = JSON_TYPE("ChatMessagePage", struct chat_message_page, message_page_fields);

static const struct json_field history_fields[] = {
    JSON_ID(struct chat_history_query, before, .help = "A message: what was written before it, the newest first"),
    JSON_ID(struct chat_history_query, after, .help = "A message: what was written after it, the oldest first"),
    JSON_INTEGER(struct chat_history_query, limit, .min = 1, .max = LIMIT_MAX, .fallback = LIMIT_USUAL),
};
const struct json_type chat_history_query_type = JSON_TYPE("ChatHistoryQuery", struct chat_history_query, history_fields);

static const struct json_field thread_fields[] = {
    JSON_ID(struct chat_history_query, after, .help = "A message of the thread: what was written after it"),
    JSON_INTEGER(struct chat_history_query, limit, .min = 1, .max = LIMIT_MAX, .fallback = LIMIT_USUAL),
};
const struct json_type chat_thread_query_type = JSON_TYPE("ChatThreadQuery", struct chat_history_query, thread_fields);

static const struct json_field search_fields[] = {
    JSON_TEXT(struct chat_history_query, q, .flags = JSON_REQUIRED | JSON_TRIMMED, .min = 1, .max = QUERY_MAX, .help = "Words; the last one may be a beginning"),
    JSON_ID(struct chat_history_query, before, .help = "next_cursor of the page before"),
    JSON_INTEGER(struct chat_history_query, limit, .min = 1, .max = LIMIT_MAX, .fallback = LIMIT_USUAL),
};
const struct json_type chat_search_query_type = JSON_TYPE("ChatSearchQuery", struct chat_history_query, search_fields);

static const struct json_field post_fields[] = {
    JSON_TEXT(struct chat_draft, text, .flags = JSON_REQUIRED | JSON_MULTILINE, .min = 1, .max = CHAT_TEXT_MAX),
    JSON_ID(struct chat_draft, reply_to, .help = "A message of the room"),
    JSON_ID(struct chat_draft, client_id, .help = "The sender's own name for it: sent again, it is the same message"),
};
const struct json_type chat_post_body = JSON_TYPE("ChatPost", struct chat_draft, post_fields);

struct edit_body {
    struct str text;
};
static const struct json_field edit_fields[] = {
    JSON_TEXT(struct edit_body, text, .flags = JSON_REQUIRED | JSON_MULTILINE, .min = 1, .max = CHAT_TEXT_MAX),
};
const struct json_type chat_edit_body = JSON_TYPE("ChatEdit", struct edit_body, edit_fields);

static const struct json_field edit_row_fields[] = {
    JSON_INSTANT(struct edit_row, edited_at, .help = "When it was replaced"),
    JSON_TEXT(struct edit_row, text, .max = CHAT_TEXT_MAX, .flags = JSON_MULTILINE),
};
static const struct json_type edit_row_type = JSON_TYPE("ChatFormerText", struct edit_row, edit_row_fields);
struct edit_list {
    struct array items;
};
static const struct json_field edit_list_fields[] = {JSON_OBJECTS(struct edit_list, items, &edit_row_type)};
const struct json_type chat_edit_list = JSON_TYPE("ChatFormerTexts", struct edit_list, edit_list_fields);

struct read_body {
    struct id message_id;
};
static const struct json_field read_fields[] = {JSON_ID(struct read_body, message_id, .flags = JSON_REQUIRED, .help = "The last one read")};
const struct json_type chat_read_body = JSON_TYPE("ChatRead", struct read_body, read_fields);

struct typing_body {
    bool is_typing;
};
static const struct json_field typing_fields[] = {JSON_BOOLEAN(struct typing_body, is_typing, .fallback = true)};
const struct json_type chat_typing_body = JSON_TYPE("ChatTypingState", struct typing_body, typing_fields);
/* clang-format on */

static struct error *reply_page(struct ctx *cx, struct call *call, const struct chat_message_page *page)
{
    return call_reply(cx, call, page);
}

struct error *chat_call_history(struct ctx *cx, struct call *call)
{
    struct chat_message_page page;
    TRY(chat_list_history(cx, PATH(call, struct chat_path, chat_room_path)->room_id,
                          QUERY(call, struct chat_history_query, chat_history_query_type), &page));
    return reply_page(cx, call, &page);
}

struct error *chat_call_search(struct ctx *cx, struct call *call)
{
    struct chat_message_page page;
    TRY(chat_search(cx, PATH(call, struct chat_path, chat_room_path)->room_id,
                    QUERY(call, struct chat_history_query, chat_search_query_type), &page));
    return reply_page(cx, call, &page);
}

struct error *chat_call_replies(struct ctx *cx, struct call *call)
{
    struct chat_message_page page;
    TRY(chat_list_replies(cx, PATH(call, struct chat_path, chat_message_path)->message_id,
                          QUERY(call, struct chat_history_query, chat_thread_query_type), &page));
    return reply_page(cx, call, &page);
}

struct error *chat_call_pins(struct ctx *cx, struct call *call)
{
    struct chat_message_page page;
    TRY(chat_list_pins(cx, PATH(call, struct chat_path, chat_room_path)->room_id, &page));
    return reply_page(cx, call, &page);
}

struct error *chat_call_post(struct ctx *cx, struct call *call)
{
    struct chat_draft draft = *BODY(call, struct chat_draft, chat_post_body);
    struct chat_message_view view;
    draft.room_id = PATH(call, struct chat_path, chat_room_path)->room_id;
    TRY(chat_post(cx, &draft, &view));
    return call_reply(cx, call, &view);
}

struct error *chat_render_post(struct ctx *cx, struct call *call, struct id message_id)
{
    struct chat_message_view view;
    TRY(chat_load_message(cx, message_id, &view));
    return call_reply(cx, call, &view);
}

struct error *chat_call_message(struct ctx *cx, struct call *call)
{
    return chat_render_post(cx, call, PATH(call, struct chat_path, chat_message_path)->message_id);
}

struct error *chat_call_edit(struct ctx *cx, struct call *call)
{
    struct chat_message_view view;
    TRY(chat_edit(cx, PATH(call, struct chat_path, chat_message_path)->message_id,
                  BODY(call, struct edit_body, chat_edit_body)->text, &view));
    return call_reply(cx, call, &view);
}

struct error *chat_call_delete(struct ctx *cx, struct call *call)
{
    TRY(chat_delete(cx, PATH(call, struct chat_path, chat_message_path)->message_id));
    return call_reply_empty(cx, call);
}

struct error *chat_call_edits(struct ctx *cx, struct call *call)
{
    struct edit_list list = {0};
    TRY(chat_list_edits(cx, PATH(call, struct chat_path, chat_message_path)->message_id, &list.items));
    return call_reply(cx, call, &list);
}

struct error *chat_call_react(struct ctx *cx, struct call *call)
{
    const struct chat_path *path = PATH(call, struct chat_path, chat_reaction_path);
    TRY(chat_react(cx, path->message_id, path->emoji));
    return call_reply_empty(cx, call);
}

struct error *chat_call_unreact(struct ctx *cx, struct call *call)
{
    const struct chat_path *path = PATH(call, struct chat_path, chat_reaction_path);
    TRY(chat_unreact(cx, path->message_id, path->emoji));
    return call_reply_empty(cx, call);
}

struct error *chat_call_pin(struct ctx *cx, struct call *call)
{
    TRY(chat_pin(cx, PATH(call, struct chat_path, chat_message_path)->message_id));
    return call_reply_empty(cx, call);
}

struct error *chat_call_unpin(struct ctx *cx, struct call *call)
{
    TRY(chat_unpin(cx, PATH(call, struct chat_path, chat_message_path)->message_id));
    return call_reply_empty(cx, call);
}

struct error *chat_call_read(struct ctx *cx, struct call *call)
{
    TRY(chat_mark_read(cx, PATH(call, struct chat_path, chat_room_path)->room_id,
                       BODY(call, struct read_body, chat_read_body)->message_id));
    return call_reply_empty(cx, call);
}

struct error *chat_call_typing(struct ctx *cx, struct call *call)
{
    TRY(chat_show_typing(cx, PATH(call, struct chat_path, chat_room_path)->room_id,
                         BODY(call, struct typing_body, chat_typing_body)->is_typing));
    return call_reply_empty(cx, call);
}
