/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Within the module: its route tables, by what they are about. */
#ifndef MODULES_CHAT_CHAT_HTTP_H
#define MODULES_CHAT_CHAT_HTTP_H

#include "platform/http/route.h"

/* The one table that the app sees: gathered from the handlers of chat_http.c, chat_message_http.c and chat_moderation_http.c. */
enum { CHAT_ROUTES = 41 };
extern const struct route chat_routes[CHAT_ROUTES];

/* Paths and queries that several handlers share. */
struct chat_path {
    struct id room_id, account_id, message_id, auction_id, report_id;
    struct str emoji, word;
};
extern const struct json_type chat_room_path, chat_member_path, chat_message_path, chat_reaction_path,
    chat_auction_path, chat_account_path, chat_report_path, chat_word_path;

struct chat_page_query {
    struct id after;
    int64_t limit;
};
extern const struct json_type chat_page_query;

/* --- messages (chat_message_http.c) --- */
extern const struct json_type chat_message_page_type, chat_history_query_type, chat_thread_query_type,
    chat_search_query_type, chat_post_body, chat_edit_body, chat_edit_list, chat_read_body, chat_typing_body;
struct error *chat_call_history(struct ctx *cx, struct call *call);
struct error *chat_call_post(struct ctx *cx, struct call *call);
struct error *chat_render_post(struct ctx *cx, struct call *call, struct id message_id);
struct error *chat_call_search(struct ctx *cx, struct call *call);
struct error *chat_call_read(struct ctx *cx, struct call *call);
struct error *chat_call_typing(struct ctx *cx, struct call *call);
struct error *chat_call_pins(struct ctx *cx, struct call *call);
struct error *chat_call_pin(struct ctx *cx, struct call *call);
struct error *chat_call_unpin(struct ctx *cx, struct call *call);
struct error *chat_call_message(struct ctx *cx, struct call *call);
struct error *chat_call_edit(struct ctx *cx, struct call *call);
struct error *chat_call_delete(struct ctx *cx, struct call *call);
struct error *chat_call_edits(struct ctx *cx, struct call *call);
struct error *chat_call_replies(struct ctx *cx, struct call *call);
struct error *chat_call_react(struct ctx *cx, struct call *call);
struct error *chat_call_unreact(struct ctx *cx, struct call *call);

/* --- moderation (chat_moderation_http.c) --- */
extern const struct json_type chat_sanction_body, chat_action_page_type, chat_action_query, chat_report_body,
    chat_report_query_type, chat_report_page_type, chat_verdict_type, chat_word_list, chat_block_page_type;
struct error *chat_call_sanction(struct ctx *cx, struct call *call);
struct error *chat_call_room_actions(struct ctx *cx, struct call *call);
struct error *chat_call_all_actions(struct ctx *cx, struct call *call);
struct error *chat_call_report(struct ctx *cx, struct call *call);
struct error *chat_call_reports(struct ctx *cx, struct call *call);
struct error *chat_call_decide(struct ctx *cx, struct call *call);
struct error *chat_call_words(struct ctx *cx, struct call *call);
struct error *chat_call_add_word(struct ctx *cx, struct call *call);
struct error *chat_call_remove_word(struct ctx *cx, struct call *call);
struct error *chat_call_blocks(struct ctx *cx, struct call *call);
struct error *chat_call_block(struct ctx *cx, struct call *call);
struct error *chat_call_unblock(struct ctx *cx, struct call *call);

#endif
