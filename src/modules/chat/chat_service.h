/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Use cases of chat, for its HTTP and socket files. Each judges the caller by the room's rules. Errors besides those named:
 * not_found (also for what one may not see), chat_banned, chat_muted, chat_closed, chat_not_allowed. */
#ifndef MODULES_CHAT_CHAT_SERVICE_H
#define MODULES_CHAT_CHAT_SERVICE_H

#include "base/data/vec.h"
#include "base/json/json_type.h"

#include "platform/cache/cache.h"
#include "platform/config/config.h"
#include "platform/live/live.h"
#include "platform/metrics/metrics.h"
#include "platform/module/module.h"

#include "modules/chat/chat.h"
#include "modules/chat/chat_domain.h"
#include "modules/chat/chat_repo.h"

/* Budgets of one account; 0: none. */
struct chat_settings {
    int64_t messages_per_minute, message_burst;
    int64_t reactions_per_minute;
    int64_t joins_per_hour, directs_per_hour; /* a twelfth of it at once */
    int64_t rooms_per_hour;
    int64_t reports_per_hour;
    int64_t rooms_max;   /* that one is in, besides auctions and conversations */
    int64_t members_max; /* of a private room */
};
extern const struct setting_group chat_settings_group;

struct chat_module_state {
    const struct chat_settings *settings;
    const struct chat_port *port;
};
struct chat_module_state *chat_state_of(const struct ctx *cx);

enum { CHAT_METRIC_MESSAGES, CHAT_METRIC_ACTIONS, CHAT_METRIC_REPORTS, CHAT_METRIC_COUNT };
extern const struct metric_table chat_metrics;
extern const struct cache_space chat_word_space;
extern const struct event_type *const chat_events[];
extern const struct job_type chat_sweep_job;
extern const struct module_check chat_checks[];

/* --- views (chat_view_service.c) --- */

struct chat_person {
    struct id account_id;
    struct str username, name;
};
struct chat_reaction_count {
    struct str emoji;
    int64_t count;
};
struct chat_message_view {
    struct id id, room_id;
    int64_t sequence;
    struct chat_person author; /* zero: the account was deleted */
    int32_t author_role;
    struct str text; /* empty once deleted */
    struct id reply_to, thread_id;
    int64_t reply_count;
    struct array reactions;     /* of struct chat_reaction_count */
    struct array own_reactions; /* of struct str; the reader's */
    bool is_pinned;
    struct instant created_at, edited_at, deleted_at;
};
struct chat_membership {
    int32_t state, role; /* enums chat_state, chat_role */
    struct instant muted_until;
    int64_t read_sequence, unread;
};
struct chat_room_view {
    struct id id;
    struct str live_room; /* "room:{id}": its name on the socket */
    int32_t kind;
    struct str title, topic;
    struct id owner_id, auction_id;
    struct chat_person partner; /* of a direct room */
    int64_t slow_seconds, member_count, last_sequence;
    struct instant active_at, created_at, closed_at;
    struct chat_membership membership; /* zero: none */
    int64_t version;
};
struct chat_member_view {
    struct chat_person person;
    int32_t state, role;
    struct instant muted_until, banned_until;
    int64_t read_sequence;
};
extern const struct json_type chat_person_type, chat_message_type, chat_room_type, chat_member_type;

enum chat_viewer { CHAT_FOR_CALLER, CHAT_FOR_ALL };
/* rows: array of struct message_row; ret_views: of struct chat_message_view, in their order. */
MUST_USE struct error *chat_view_messages(struct ctx *cx, struct tx *tx, struct array rows,
                                          enum chat_viewer viewer, struct array *ret_views);
MUST_USE struct error *chat_view_message(struct ctx *cx, struct tx *tx, const struct message_row *row,
                                         enum chat_viewer viewer, struct chat_message_view *ret_view);
MUST_USE struct error *chat_view_room(struct ctx *cx, struct tx *tx, const struct room_row *room,
                                      const struct member_row *member, struct chat_room_view *ret_view);
struct chat_member_view chat_view_member(const struct member_row *row);

/* --- who may (chat_access_service.c) --- */

/* A room and how the caller stands to it. */
struct chat_access {
    struct room_row room;
    struct member_row member; /* zero when not known */
    struct chat_standing standing;
    enum chat_rank rank;
};
/* Judges the act; tx may be NULL. */
MUST_USE struct error *chat_enter(struct ctx *cx, struct tx *tx, struct id room_id, enum chat_act act,
                                  struct chat_access *ret_access);
/* As above, with the room locked: for what changes it. */
MUST_USE struct error *chat_enter_locked(struct ctx *cx, struct tx *tx, struct id room_id, enum chat_act act,
                                         struct chat_access *ret_access);
/* Locks the room without judging: for moderators of the instance who decide a report. */
MUST_USE struct error *chat_open_locked(struct ctx *cx, struct tx *tx, struct id room_id,
                                        struct chat_access *ret_access);
/* Judges another act in a room that was entered. */
MUST_USE struct error *chat_require(struct ctx *cx, const struct chat_access *access, enum chat_act act);
/* How somebody else stands to the entered room; ret_member is zero but for its ids when unknown. */
MUST_USE struct error *chat_find_target(struct ctx *cx, struct tx *tx, const struct chat_access *access,
                                        struct id account_id, struct member_row *ret_member,
                                        enum chat_rank *ret_rank);
/* Spends the account's budget: chat_too_fast when it is empty; per_hour 0 is no limit. */
struct chat_budget {
    const char *name;
    int64_t per_hour, burst;
};
MUST_USE struct error *chat_spend(struct ctx *cx, const struct chat_budget *budget);
/* The copy of the account's names, made when there is none. Errors: not_found. */
MUST_USE struct error *chat_load_person(struct ctx *cx, struct tx *tx, struct id account_id,
                                        struct person_row *ret_person);
/* Whom a user name or id in a body means; one of them is given. Errors: invalid, not_found. */
MUST_USE struct error *chat_find_account(struct ctx *cx, struct id account_id, struct str username,
                                         struct id *ret_account_id);
/* Under which the room is published: "room:{id}", of an auction "chat:{auction}". */
struct str chat_live_name(struct ctx *cx, const struct room_row *room);

/* --- the stream (chat_stream_service.c) --- */

/* Takes the next place in the room's stream for a change; the room is locked. */
MUST_USE struct error *chat_add_change(struct ctx *cx, struct tx *tx, struct chat_access *access,
                                       struct change_row *change);
/* After the commit: what the change looks like, to all who watch. */
void chat_publish_message(struct ctx *cx, const struct room_row *room, const char *type, int64_t sequence,
                          const struct chat_message_view *view);
void chat_publish_member(struct ctx *cx, const struct room_row *room, int64_t sequence,
                         const struct chat_member_view *view);
void chat_publish_room(struct ctx *cx, const struct room_row *room, int64_t sequence,
                       const struct chat_room_view *view);
/* Of the moment, without a place in the stream: body is a JSON object. */
void chat_publish_moment(struct ctx *cx, const struct room_row *room, const char *type, struct str body);

struct chat_reaction {
    struct id message_id, account_id;
    struct str emoji;
    int64_t count;
    bool is_added;
};
void chat_publish_reaction(struct ctx *cx, const struct room_row *room, int64_t sequence,
                           const struct chat_reaction *reaction);
/* Fills the live hub's answer to a join. Rooms of auctions and others have kinds of their own on the socket: one is not found by the
 * other's. Errors: not_found, chat_banned. */
MUST_USE struct error *chat_join_stream(struct ctx *cx, struct id room_id, bool is_of_auction,
                                        struct live_join *join);
/* "room:{id}", "direct:{account}", "chat:{auction}" as a client writes it; makes the room on first use. */
MUST_USE struct error *chat_resolve_room(struct ctx *cx, struct str name, struct id *ret_room_id);

/* --- rooms (chat_room_service.c) --- */

struct chat_room_draft {
    int32_t kind; /* CHAT_PUBLIC or CHAT_PRIVATE */
    struct str title, topic;
    int64_t slow_seconds;
    uint64_t present;
};
extern const struct json_type chat_room_draft_type, chat_room_patch_type;

/* Errors: chat_too_fast, chat_too_many_rooms. */
MUST_USE struct error *chat_create_room(struct ctx *cx, const struct chat_room_draft *draft,
                                        struct id *ret_room_id);
MUST_USE struct error *chat_load_room(struct ctx *cx, struct id room_id, struct chat_room_view *ret_view);
struct chat_room_query {
    int32_t kind; /* enum room_choice */
    struct str cursor;
    int64_t limit;
};
struct chat_room_page {
    struct array items; /* of struct chat_room_view */
    struct str next_cursor;
};
MUST_USE struct error *chat_list_own_rooms(struct ctx *cx, const struct chat_room_query *query,
                                           struct chat_room_page *ret_page);
MUST_USE struct error *chat_list_public_rooms(struct ctx *cx, const struct chat_room_query *query,
                                              struct chat_room_page *ret_page);
/* Members of the draft that are present. slow_seconds alone takes a moderator, the rest the owner. */
MUST_USE struct error *chat_change_room(struct ctx *cx, struct id room_id,
                                        const struct chat_room_draft *patch);
MUST_USE struct error *chat_close_room(struct ctx *cx, struct id room_id);
/* The room of an auction, made on first use; its seller owns it. */
MUST_USE struct error *chat_open_auction(struct ctx *cx, struct id auction_id, struct id *ret_room_id);
/* The conversation with somebody, made on first use. Errors: chat_oneself, chat_blocked, chat_too_fast. */
MUST_USE struct error *chat_open_direct(struct ctx *cx, struct id account_id, struct id *ret_room_id);

/* --- members (chat_member_service.c) --- */

/* Both may be said again. Errors: chat_room_full, chat_too_many_rooms, chat_too_fast; chat_owner_stays. */
MUST_USE struct error *chat_join_room(struct ctx *cx, struct id room_id);
MUST_USE struct error *chat_leave_room(struct ctx *cx, struct id room_id);
MUST_USE struct error *chat_invite(struct ctx *cx, struct id room_id, struct id account_id);
/* The role owner hands the room over. */
MUST_USE struct error *chat_set_role(struct ctx *cx, struct id room_id, struct id account_id,
                                     enum chat_role role);
struct chat_member_page {
    struct array items; /* of struct chat_member_view */
    struct id next_cursor;
};
MUST_USE struct error *chat_list_members(struct ctx *cx, struct id room_id, struct id after, int64_t limit,
                                         struct chat_member_page *ret_page);
/* In tx, the room locked: the caller becomes a member if it is none. */
MUST_USE struct error *chat_settle(struct ctx *cx, struct tx *tx, struct chat_access *access);
MUST_USE struct error *chat_mark_read(struct ctx *cx, struct id room_id, struct id message_id);
MUST_USE struct error *chat_show_typing(struct ctx *cx, struct id room_id, bool is_typing);

/* --- messages (chat_message_service.c) --- */

struct chat_draft {
    struct id room_id;
    struct str text;
    struct id reply_to;
    struct id client_id; /* the sender's own name for it: sent again, it is the same message */
};
/* Errors: chat_slow_mode, chat_too_fast, chat_blocked, chat_word_refused, invalid. */
MUST_USE struct error *chat_post(struct ctx *cx, const struct chat_draft *draft,
                                 struct chat_message_view *ret_view);
/* Errors: chat_too_late, chat_deleted, chat_word_refused. */
MUST_USE struct error *chat_edit(struct ctx *cx, struct id message_id, struct str text,
                                 struct chat_message_view *ret_view);
/* One's own, or as a moderator; may be said again. */
MUST_USE struct error *chat_delete(struct ctx *cx, struct id message_id);
/* In tx, the room locked. */
MUST_USE struct error *chat_bury(struct ctx *cx, struct tx *tx, struct chat_access *access,
                                 struct message_row *message, int64_t *ret_sequence);
/* Both may be said again. Errors: chat_too_many_pins, chat_deleted. */
MUST_USE struct error *chat_pin(struct ctx *cx, struct id message_id);
MUST_USE struct error *chat_unpin(struct ctx *cx, struct id message_id);
/* Both may be said again. Errors: chat_not_emoji, chat_too_many_reactions, chat_too_fast, chat_deleted. */
MUST_USE struct error *chat_react(struct ctx *cx, struct id message_id, struct str emoji);
MUST_USE struct error *chat_unreact(struct ctx *cx, struct id message_id, struct str emoji);
/* Text in its one form. Errors: invalid (nothing to see), chat_word_refused. */
MUST_USE struct error *chat_check_text(struct ctx *cx, struct str text, struct str *ret_text);

/* --- reading (chat_read_service.c) --- */

struct chat_history_query {
    struct id before, after; /* messages; one of them at most */
    struct str q;            /* search */
    int64_t limit;
};
struct chat_message_page {
    struct array items;    /* of struct chat_message_view */
    struct id next_cursor; /* for the parameter that was used, or before */
};
/* The newest first, with `after` the oldest first. */
MUST_USE struct error *chat_list_history(struct ctx *cx, struct id room_id,
                                         const struct chat_history_query *query,
                                         struct chat_message_page *ret_page);
/* Oldest first. */
MUST_USE struct error *chat_list_replies(struct ctx *cx, struct id message_id,
                                         const struct chat_history_query *query,
                                         struct chat_message_page *ret_page);
MUST_USE struct error *chat_search(struct ctx *cx, struct id room_id, const struct chat_history_query *query,
                                   struct chat_message_page *ret_page);
MUST_USE struct error *chat_list_pins(struct ctx *cx, struct id room_id, struct chat_message_page *ret_page);
MUST_USE struct error *chat_load_message(struct ctx *cx, struct id message_id,
                                         struct chat_message_view *ret_view);
/* What it said before, the last first; array of struct edit_row. */
MUST_USE struct error *chat_list_edits(struct ctx *cx, struct id message_id, struct array *ret_edits);
/* The message, and the room entered for the act. */
MUST_USE struct error *chat_enter_by_message(struct ctx *cx, struct tx *tx, struct id message_id,
                                             enum chat_act act, struct message_row *ret_message,
                                             struct chat_access *ret_access);
/* The same with the room locked. */
MUST_USE struct error *chat_lock_by_message(struct ctx *cx, struct tx *tx, struct id message_id,
                                            enum chat_act act, struct message_row *ret_message,
                                            struct chat_access *ret_access);

/* --- moderation (chat_moderation_service.c, chat_report_service.c) --- */

struct chat_sanction {
    struct id account_id;
    struct str username; /* instead of account_id */
    int32_t kind;        /* CHAT_DEED_MUTE … CHAT_DEED_UNBAN */
    int32_t duration;    /* enum chat_duration; mute and ban */
    struct str reason;
};
/* Errors: chat_outranked, chat_oneself. */
MUST_USE struct error *chat_apply_sanction(struct ctx *cx, struct id room_id,
                                           const struct chat_sanction *sanction);
struct chat_deed_log {
    struct id target_id, message_id;
    enum chat_deed deed;
    struct instant until;
    struct str reason;
};
MUST_USE struct error *chat_log_deed(struct ctx *cx, struct tx *tx, struct id room_id,
                                     const struct chat_deed_log *log);
/* In tx, the room locked: what a sanction does to a member; ret_sequence is its place in the stream. */
MUST_USE struct error *chat_punish(struct ctx *cx, struct tx *tx, struct chat_access *access,
                                   struct member_row *member, const struct chat_deed_log *log,
                                   int64_t *ret_sequence);
/* After its commit. */
void chat_publish_punished(struct ctx *cx, const struct room_row *room, const struct member_row *member,
                           enum chat_deed deed, int64_t sequence);

struct chat_action_page {
    struct array items; /* of struct action_row */
    struct str next_cursor;
};
/* Of a room, for its moderators; none: of all rooms. */
MUST_USE struct error *chat_list_actions(struct ctx *cx, struct id room_id,
                                         const struct chat_room_query *query,
                                         struct chat_action_page *ret_page);

MUST_USE struct error *chat_report(struct ctx *cx, struct id message_id, enum chat_report_reason reason,
                                   struct str note);
struct chat_report_query {
    bool is_decided;
    struct str cursor;
    int64_t limit;
};
struct chat_report_page {
    struct array items; /* of struct report_row */
    struct str next_cursor;
};
MUST_USE struct error *chat_list_reports(struct ctx *cx, const struct chat_report_query *query,
                                         struct chat_report_page *ret_page);
struct chat_verdict_body {
    int32_t decision; /* enum chat_decision */
    int32_t duration; /* enum chat_duration, for what mutes or bans */
    struct str reason;
};
/* Decides all open reports of the same message. Errors: conflict (decided already). */
MUST_USE struct error *chat_decide_report(struct ctx *cx, struct id report_id,
                                          const struct chat_verdict_body *verdict);

/* Refused words of the instance. Errors: invalid. */
MUST_USE struct error *chat_add_word(struct ctx *cx, struct str word);
MUST_USE struct error *chat_remove_word(struct ctx *cx, struct str word);
MUST_USE struct error *chat_list_refused(struct ctx *cx, struct array *ret_words); /* of struct word_row */

/* Blocks. Both may be said again. Errors: chat_oneself. */
MUST_USE struct error *chat_block(struct ctx *cx, struct id account_id);
MUST_USE struct error *chat_unblock(struct ctx *cx, struct id account_id);
struct chat_block_page {
    struct array items; /* of struct person_row */
    struct id next_cursor;
};
MUST_USE struct error *chat_list_blocks(struct ctx *cx, struct id after, int64_t limit,
                                        struct chat_block_page *ret_page);

#endif
