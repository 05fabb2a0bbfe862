/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Handlers of moderation: sanctions, the log, reports, refused words, blocks. */
#include "modules/chat/chat_http.h"
#include "modules/chat/chat_service.h"

enum { LIMIT_MAX = 100, LIMIT_USUAL = 20, REASON_MAX = 500 };

/* clang-format off */
static const struct json_field sanction_fields[] = {
    JSON_ID(struct chat_sanction, account_id, .help = "Or username"),
    JSON_TEXT(struct chat_sanction, username, .max = 30),
    JSON_ENUM(struct chat_sanction, kind, &chat_sanction_words, .flags = JSON_REQUIRED),
    JSON_ENUM(struct chat_sanction, duration, &chat_duration_words, .fallback = CHAT_HOUR, .help = "Of mute and ban"),
    JSON_TEXT(struct chat_sanction, reason, .flags = JSON_TRIMMED, .max = REASON_MAX, .help = "For the log"),
};
const struct json_type chat_sanction_body = JSON_TYPE("ChatSanction", struct chat_sanction, sanction_fields);

static const struct json_field action_fields[] = {
    JSON_ID(struct action_row, id),
    JSON_ID(struct action_row, room_id),
    JSON_ID(struct action_row, actor_id, .flags = JSON_NULLABLE, .help = "null: the account was deleted"),
    JSON_ID(struct action_row, target_id, .flags = JSON_NULLABLE),
    JSON_ID(struct action_row, message_id, .flags = JSON_NULLABLE),
    JSON_ENUM(struct action_row, kind, &chat_deed_words),
    JSON_INSTANT(struct action_row, until, .flags = JSON_NULLABLE),
    JSON_TEXT(struct action_row, reason, .max = REASON_MAX),
    JSON_INSTANT(struct action_row, created_at),
};
static const struct json_type action_type = JSON_TYPE("ChatAction", struct action_row, action_fields);
static const struct json_field action_page_fields[] = {
    JSON_OBJECTS(struct chat_action_page, items, &action_type, .max = LIMIT_MAX),
    JSON_TEXT(struct chat_action_page, next_cursor, .flags = JSON_NULLABLE),
};
const struct json_type chat_action_page_type = JSON_TYPE("ChatActionPage", struct chat_action_page, action_page_fields);

static const struct json_field action_query_fields[] = {
    JSON_TEXT(struct chat_room_query, cursor, .max = 64, .help = "next_cursor of the page before"),
    JSON_INTEGER(struct chat_room_query, limit, .min = 1, .max = LIMIT_MAX, .fallback = LIMIT_USUAL),
};
const struct json_type chat_action_query = JSON_TYPE("ChatActionQuery", struct chat_room_query, action_query_fields);

struct report_body {
    int32_t reason;
    struct str note;
};
static const struct json_field report_body_fields[] = {
    JSON_ENUM(struct report_body, reason, &chat_report_reason_words, .flags = JSON_REQUIRED),
    JSON_TEXT(struct report_body, note, .flags = JSON_TRIMMED | JSON_MULTILINE, .max = REASON_MAX),
};
const struct json_type chat_report_body = JSON_TYPE("ChatReportBody", struct report_body, report_body_fields);

struct report_view {
    struct id id, message_id, room_id, author_id, reporter_id;
    int32_t reason;
    struct str note, text;
    struct instant created_at, decided_at;
    struct id decided_by;
    int32_t decision;
};
static const struct json_field report_fields[] = {
    JSON_ID(struct report_view, id),
    JSON_ID(struct report_view, message_id),
    JSON_ID(struct report_view, room_id),
    JSON_ID(struct report_view, author_id, .flags = JSON_NULLABLE, .help = "null: the account was deleted"),
    JSON_ID(struct report_view, reporter_id, .flags = JSON_NULLABLE, .help = "null: the account was deleted"),
    JSON_ENUM(struct report_view, reason, &chat_report_reason_words),
    JSON_TEXT(struct report_view, note, .max = REASON_MAX, .flags = JSON_MULTILINE),
    JSON_TEXT(struct report_view, text, .max = CHAT_TEXT_MAX, .flags = JSON_MULTILINE, .help = "As it was when reported"),
    JSON_INSTANT(struct report_view, created_at),
    JSON_INSTANT(struct report_view, decided_at, .flags = JSON_NULLABLE),
    JSON_ID(struct report_view, decided_by, .flags = JSON_NULLABLE),
    JSON_ENUM(struct report_view, decision, &chat_decision_words, .flags = JSON_NULLABLE),
};
static const struct json_type report_type = JSON_TYPE("ChatReport", struct report_view, report_fields);
static const struct json_field report_page_fields[] = {
    JSON_OBJECTS(struct chat_report_page, items, &report_type, .max = LIMIT_MAX),
    JSON_TEXT(struct chat_report_page, next_cursor, .flags = JSON_NULLABLE),
};
const struct json_type chat_report_page_type = JSON_TYPE("ChatReportPage", struct chat_report_page, report_page_fields);

static const struct json_field report_query_fields[] = {
    JSON_BOOLEAN(struct chat_report_query, is_decided, .help = "Those that were decided, the last first; else the open ones, oldest first"),
    JSON_TEXT(struct chat_report_query, cursor, .max = 64, .help = "next_cursor of the page before"),
    JSON_INTEGER(struct chat_report_query, limit, .min = 1, .max = LIMIT_MAX, .fallback = LIMIT_USUAL),
};
const struct json_type chat_report_query_type = JSON_TYPE("ChatReportQuery", struct chat_report_query, report_query_fields);

static const struct json_field verdict_fields[] = {
    JSON_ENUM(struct chat_verdict_body, decision, &chat_decision_words, .flags = JSON_REQUIRED),
    JSON_ENUM(struct chat_verdict_body, duration, &chat_duration_words, .fallback = CHAT_DAY, .help = "Of what mutes or bans"),
    JSON_TEXT(struct chat_verdict_body, reason, .flags = JSON_TRIMMED, .max = REASON_MAX, .help = "For the log"),
};
const struct json_type chat_verdict_type = JSON_TYPE("ChatVerdict", struct chat_verdict_body, verdict_fields);

static const struct json_field word_fields[] = {
    JSON_TEXT(struct word_row, word, .help = "Folded: without case and accents"),
    JSON_INSTANT(struct word_row, created_at),
};
static const struct json_type word_type = JSON_TYPE("ChatWord", struct word_row, word_fields);
struct word_list {
    struct array items;
};
static const struct json_field word_list_fields[] = {JSON_OBJECTS(struct word_list, items, &word_type, .max = CHAT_FILTER_MAX)};
const struct json_type chat_word_list = JSON_TYPE("ChatWordList", struct word_list, word_list_fields);

static const struct json_field blocked_fields[] = {
    JSON_ID(struct person_row, account_id),
    JSON_TEXT(struct person_row, username),
    JSON_TEXT(struct person_row, name),
    JSON_INSTANT(struct person_row, created_at),
};
static const struct json_type blocked_type = JSON_TYPE("ChatBlock", struct person_row, blocked_fields);
static const struct json_field block_page_fields[] = {
    JSON_OBJECTS(struct chat_block_page, items, &blocked_type, .max = LIMIT_MAX),
    JSON_ID(struct chat_block_page, next_cursor, .flags = JSON_NULLABLE),
};
const struct json_type chat_block_page_type = JSON_TYPE("ChatBlockPage", struct chat_block_page, block_page_fields);
/* clang-format on */

/* --- rooms --- */

struct error *chat_call_sanction(struct ctx *cx, struct call *call)
{
    TRY(chat_apply_sanction(cx, PATH(call, struct chat_path, chat_room_path)->room_id,
                            BODY(call, struct chat_sanction, chat_sanction_body)));
    return call_reply_empty(cx, call);
}

static struct error *reply_actions(struct ctx *cx, struct call *call, struct id room_id)
{
    struct chat_action_page page;
    TRY(chat_list_actions(cx, room_id, QUERY(call, struct chat_room_query, chat_action_query), &page));
    return call_reply(cx, call, &page);
}

struct error *chat_call_room_actions(struct ctx *cx, struct call *call)
{
    return reply_actions(cx, call, PATH(call, struct chat_path, chat_room_path)->room_id);
}

struct error *chat_call_all_actions(struct ctx *cx, struct call *call)
{
    return reply_actions(cx, call, ID_NONE);
}

/* --- reports --- */

struct error *chat_call_report(struct ctx *cx, struct call *call)
{
    const struct report_body *body = BODY(call, struct report_body, chat_report_body);
    TRY(chat_report(cx, PATH(call, struct chat_path, chat_message_path)->message_id,
                    (enum chat_report_reason)body->reason, body->note));
    return call_reply_empty(cx, call);
}

static struct report_view report_view(const struct report_row *row)
{
    bool is_open = instant_is_none(row->decided_at);
    return (struct report_view){
        .id = row->id,
        .message_id = row->message_id,
        .room_id = row->room_id,
        .author_id = row->author_id,
        .reporter_id = row->reporter_id,
        .reason = row->reason,
        .note = row->note,
        .text = row->text,
        .created_at = row->created_at,
        .decided_at = row->decided_at,
        .decided_by = row->decided_by,
        .decision = is_open ? -1 : row->decision,
    };
}

struct error *chat_call_reports(struct ctx *cx, struct call *call)
{
    struct chat_report_page page;
    TRY(chat_list_reports(cx, QUERY(call, struct chat_report_query, chat_report_query_type), &page));
    struct report_view *views = ARENA_ARRAY(cx->arena, struct report_view, page.items.count);
    for (size_t i = 0; i < page.items.count; i++)
        views[i] = report_view(ARRAY_AT(struct report_row, page.items, i));
    page.items.items = views;
    return call_reply(cx, call, &page);
}

struct error *chat_call_decide(struct ctx *cx, struct call *call)
{
    TRY(chat_decide_report(cx, PATH(call, struct chat_path, chat_report_path)->report_id,
                           BODY(call, struct chat_verdict_body, chat_verdict_type)));
    return call_reply_empty(cx, call);
}

/* --- refused words --- */

struct error *chat_call_words(struct ctx *cx, struct call *call)
{
    struct word_list list = {0};
    TRY(chat_list_refused(cx, &list.items));
    return call_reply(cx, call, &list);
}

struct error *chat_call_add_word(struct ctx *cx, struct call *call)
{
    TRY(chat_add_word(cx, PATH(call, struct chat_path, chat_word_path)->word));
    return call_reply_empty(cx, call);
}

struct error *chat_call_remove_word(struct ctx *cx, struct call *call)
{
    TRY(chat_remove_word(cx, PATH(call, struct chat_path, chat_word_path)->word));
    return call_reply_empty(cx, call);
}

/* --- blocks --- */

struct error *chat_call_blocks(struct ctx *cx, struct call *call)
{
    const struct chat_page_query *query = QUERY(call, struct chat_page_query, chat_page_query);
    struct chat_block_page page;
    TRY(chat_list_blocks(cx, query->after, query->limit, &page));
    return call_reply(cx, call, &page);
}

struct error *chat_call_block(struct ctx *cx, struct call *call)
{
    TRY(chat_block(cx, PATH(call, struct chat_path, chat_account_path)->account_id));
    return call_reply_empty(cx, call);
}

struct error *chat_call_unblock(struct ctx *cx, struct call *call)
{
    TRY(chat_unblock(cx, PATH(call, struct chat_path, chat_account_path)->account_id));
    return call_reply_empty(cx, call);
}
