/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Rows of chat. tx may be NULL where a function takes one and reads. Lists live in cx->arena. */
#ifndef MODULES_CHAT_CHAT_REPO_H
#define MODULES_CHAT_CHAT_REPO_H

#include "base/data/vec.h"

#include "platform/ctx/ctx.h"
#include "platform/db/db.h"
#include "platform/db/page_key.h"

#include "modules/chat/chat_domain.h"

/* --- people, rooms, members, blocks (chat_repo.c) --- */

struct person_row {
    struct id account_id;
    struct str username, name;
    struct instant created_at; /* of a block */
};
MUST_USE struct error *chat_repo_insert_person(struct ctx *cx, struct tx *tx,
                                               const struct person_row *person);
MUST_USE struct error *chat_repo_find_person(struct ctx *cx, struct tx *tx, struct id account_id,
                                             struct person_row *ret_person, bool *ret_found);
/* Array of struct person_row, in no order. */
MUST_USE struct error *chat_repo_list_persons(struct ctx *cx, struct tx *tx, struct array account_ids,
                                              struct array *ret_persons);
MUST_USE struct error *chat_repo_update_person(struct ctx *cx, struct tx *tx, struct id account_id,
                                               struct str name);

struct room_row {
    struct id id;
    int32_t kind; /* enum chat_room_kind */
    struct str title, topic;
    struct id owner_id, auction_id, pair_low, pair_high;
    int64_t slow_us, last_sequence, message_count, member_count;
    struct instant active_at, created_at, closed_at;
    int64_t version;
    /* Of the reader, where the statement joins it. */
    int32_t state, role;
    struct instant muted_until;
    int64_t read_sequence, read_count;
};
/* ret_made: false when the auction or the pair has its room already. */
MUST_USE struct error *chat_repo_insert_room(struct ctx *cx, struct tx *tx, const struct room_row *room,
                                             bool *ret_made);
MUST_USE struct error *chat_repo_find_room(struct ctx *cx, struct tx *tx, struct id room_id,
                                           struct room_row *ret_room, bool *ret_found);
/* As above, and nobody else changes the room until the transaction ends. */
MUST_USE struct error *chat_repo_lock_room(struct ctx *cx, struct tx *tx, struct id room_id,
                                           struct room_row *ret_room, bool *ret_found);
/* None: not made yet. */
MUST_USE struct error *chat_repo_find_room_of_auction(struct ctx *cx, struct tx *tx, struct id auction_id,
                                                      struct id *ret_room_id);
MUST_USE struct error *chat_repo_find_room_of_pair(struct ctx *cx, struct tx *tx,
                                                   const struct chat_pair *pair, struct id *ret_room_id);
MUST_USE struct error *chat_repo_list_public_rooms(struct ctx *cx, const struct page_key *after,
                                                   int64_t limit, struct array *ret_rooms);
enum room_choice { ROOMS_ALL, ROOMS_DIRECT, ROOMS_GROUP };
MUST_USE struct error *chat_repo_list_rooms_of_account(struct ctx *cx, enum room_choice choice,
                                                       const struct page_key *after, int64_t limit,
                                                       struct array *ret_rooms);
/* sequence becomes the last of the stream; messages: how many more there are (0 or 1). */
MUST_USE struct error *chat_repo_advance_room(struct ctx *cx, struct tx *tx, struct id room_id,
                                              int64_t sequence, int64_t messages, struct instant now);
MUST_USE struct error *chat_repo_update_room(struct ctx *cx, struct tx *tx, const struct room_row *room);
MUST_USE struct error *chat_repo_update_room_owner(struct ctx *cx, struct tx *tx, struct id room_id,
                                                   struct id owner_id);
MUST_USE struct error *chat_repo_close_room(struct ctx *cx, struct tx *tx, struct id room_id,
                                            struct instant now);

struct member_row {
    struct id room_id, account_id;
    int32_t state, role; /* enums chat_state, chat_role */
    struct id invited_by;
    struct instant muted_until, banned_until;
    int64_t read_sequence, read_count;
    struct instant posted_at, created_at;
    struct str username, name; /* in lists */
};
MUST_USE struct error *chat_repo_find_member(struct ctx *cx, struct tx *tx, struct id room_id,
                                             struct id account_id, struct member_row *ret_member,
                                             bool *ret_found);
MUST_USE struct error *chat_repo_count_rooms(struct ctx *cx, struct tx *tx, struct id account_id,
                                             int64_t *ret_count);
/* Keeps what was decreed and read when the row is there. */
MUST_USE struct error *chat_repo_upsert_member(struct ctx *cx, struct tx *tx, const struct member_row *member,
                                               struct instant now);
MUST_USE struct error *chat_repo_update_member_state(struct ctx *cx, struct tx *tx,
                                                     const struct member_row *member);
MUST_USE struct error *chat_repo_update_member_limits(struct ctx *cx, struct tx *tx,
                                                      const struct member_row *member);
MUST_USE struct error *chat_repo_update_member_posted(struct ctx *cx, struct tx *tx,
                                                      const struct member_row *member);
/* ret_changed: false when as much was read before. */
MUST_USE struct error *chat_repo_update_member_read(struct ctx *cx, struct tx *tx,
                                                    const struct member_row *member, bool *ret_changed);
MUST_USE struct error *chat_repo_add_member_count(struct ctx *cx, struct tx *tx, struct id room_id,
                                                  int64_t by);
MUST_USE struct error *chat_repo_list_members(struct ctx *cx, struct tx *tx, struct id room_id,
                                              struct id after_id, int64_t limit, struct array *ret_members);

MUST_USE struct error *chat_repo_insert_block(struct ctx *cx, struct id blocked_id, struct instant now);
MUST_USE struct error *chat_repo_delete_block(struct ctx *cx, struct id blocked_id);
/* Array of struct person_row. */
MUST_USE struct error *chat_repo_list_blocks(struct ctx *cx, struct id after_id, int64_t limit,
                                             struct array *ret_persons);
/* Either way. */
MUST_USE struct error *chat_repo_is_blocked(struct ctx *cx, struct tx *tx, struct id one, struct id other,
                                            bool *ret_blocked);

struct member_room_row {
    struct id room_id;
    int32_t state;
};
MUST_USE struct error *chat_repo_list_member_rooms(struct ctx *cx, struct tx *tx, struct id account_id,
                                                   struct array *ret_rooms);
/* Everything in people, rooms, members and blocks that names the account. */
MUST_USE struct error *chat_repo_forget_person(struct ctx *cx, struct tx *tx, struct id account_id,
                                               struct instant now);

/* A room whose counters or owner are not what its rows say. */
struct room_finding_row {
    struct id id;
    int64_t member_count, last_sequence, message_count;
    int64_t members, top_sequence, messages;
};
MUST_USE struct error *chat_repo_list_wrong_counts(struct ctx *cx, struct array *ret_rows);
MUST_USE struct error *chat_repo_list_wrong_owners(struct ctx *cx, struct array *ret_rows);

/* --- messages (chat_message_repo.c) --- */

struct message_row {
    struct id id, room_id;
    int64_t sequence, number;
    struct id author_id; /* none: the account was deleted */
    int32_t author_role;
    struct str text;
    struct id reply_to, thread_id;
    int64_t reply_count;
    struct instant created_at, edited_at, deleted_at, pinned_at;
    struct str username, name;
    struct id client_id; /* inserted only */
};
MUST_USE struct error *chat_repo_insert_message(struct ctx *cx, struct tx *tx,
                                                const struct message_row *message);
MUST_USE struct error *chat_repo_find_message(struct ctx *cx, struct tx *tx, struct id message_id,
                                              struct message_row *ret_message, bool *ret_found);
/* What the caller has sent under this name; none: nothing. */
MUST_USE struct error *chat_repo_find_message_by_client(struct ctx *cx, struct tx *tx, struct id client_id,
                                                        struct id *ret_message_id, struct id *ret_room_id);

struct message_range {
    struct id room_id;
    int64_t before, after; /* sequences; 0, -1: no bound. One of them at most. */
    int64_t limit;
};
/* The newest first, with `after` the oldest first. */
MUST_USE struct error *chat_repo_list_messages(struct ctx *cx, struct tx *tx,
                                               const struct message_range *range, struct array *ret_messages);
MUST_USE struct error *chat_repo_list_messages_by_id(struct ctx *cx, struct tx *tx, struct array ids,
                                                     struct array *ret_messages);
MUST_USE struct error *chat_repo_list_thread(struct ctx *cx, struct id thread_id, int64_t after,
                                             int64_t limit, struct array *ret_messages);
MUST_USE struct error *chat_repo_list_pins(struct ctx *cx, struct tx *tx, struct id room_id,
                                           struct array *ret_messages);
MUST_USE struct error *chat_repo_count_pins(struct ctx *cx, struct tx *tx, struct id room_id,
                                            int64_t *ret_count);
/* Keeps the old text among the edits, and the search's words current. */
MUST_USE struct error *chat_repo_update_text(struct ctx *cx, struct tx *tx, const struct message_row *message,
                                             struct str text, struct instant now);
/* The text, its edits, words and reactions go; the row stays. */
MUST_USE struct error *chat_repo_bury_message(struct ctx *cx, struct tx *tx, struct id message_id,
                                              struct instant now);
MUST_USE struct error *chat_repo_update_pinned(struct ctx *cx, struct tx *tx, struct id message_id,
                                               struct instant pinned_at);

struct change_row {
    int64_t sequence;
    int32_t kind; /* enum chat_change_kind */
    struct id message_id, account_id;
    struct str detail;
};
MUST_USE struct error *chat_repo_insert_change(struct ctx *cx, struct tx *tx, struct id room_id,
                                               const struct change_row *change, struct instant now);
MUST_USE struct error *chat_repo_list_changes(struct ctx *cx, struct tx *tx, struct id room_id, int64_t after,
                                              int64_t limit, struct array *ret_changes);
MUST_USE struct error *chat_repo_delete_changes_before(struct ctx *cx, struct instant before);

struct edit_row {
    struct instant edited_at; /* when this was replaced */
    struct str text;
};
MUST_USE struct error *chat_repo_list_edits(struct ctx *cx, struct id message_id, struct array *ret_edits);

struct reaction_row {
    struct id message_id;
    struct str emoji;
    int64_t count;
};
/* ret_changed: false when it was so. */
MUST_USE struct error *chat_repo_insert_reaction(struct ctx *cx, struct tx *tx, struct id message_id,
                                                 struct str emoji, struct instant now, bool *ret_changed);
MUST_USE struct error *chat_repo_delete_reaction(struct ctx *cx, struct tx *tx, struct id message_id,
                                                 struct str emoji, struct instant now, bool *ret_changed);
/* Arrays of struct reaction_row, of one message side by side. */
MUST_USE struct error *chat_repo_list_reactions(struct ctx *cx, struct tx *tx, struct array message_ids,
                                                struct array *ret_reactions);
MUST_USE struct error *chat_repo_list_own_reactions(struct ctx *cx, struct tx *tx, struct array message_ids,
                                                    struct array *ret_reactions);

/* The newest first, those before the sequence (0: all). */
MUST_USE struct error *chat_repo_search(struct ctx *cx, const struct message_range *range, struct str query,
                                        struct array *ret_messages);

MUST_USE struct error *chat_repo_list_messages_of_account(struct ctx *cx, struct id account_id,
                                                          struct id after_id, int64_t limit,
                                                          struct array *ret_messages);
/* Messages stay without their author; its reactions, edits and marks go. */
MUST_USE struct error *chat_repo_forget_author(struct ctx *cx, struct tx *tx, struct id account_id);
/* Arrays of struct reaction_row. */
MUST_USE struct error *chat_repo_list_wrong_reactions(struct ctx *cx, struct array *ret_rows);
MUST_USE struct error *chat_repo_list_unsearchable(struct ctx *cx, struct array *ret_rows);

/* --- moderation (chat_moderation_repo.c) --- */

struct report_row {
    struct id id, message_id, room_id, author_id, reporter_id;
    int32_t reason; /* enum chat_report_reason */
    struct str note, text;
    struct instant created_at, decided_at;
    struct id decided_by;
    int32_t decision; /* enum chat_decision; while open meaningless */
};
/* Nothing when the reporter's report of the message is open already. */
MUST_USE struct error *chat_repo_insert_report(struct ctx *cx, struct tx *tx,
                                               const struct report_row *report);
MUST_USE struct error *chat_repo_lock_report(struct ctx *cx, struct tx *tx, struct id report_id,
                                             struct report_row *ret_report, bool *ret_found);
/* Oldest first. */
MUST_USE struct error *chat_repo_list_open_reports(struct ctx *cx, const struct page_key *after,
                                                   int64_t limit, struct array *ret_reports);
/* The last decided first. */
MUST_USE struct error *chat_repo_list_decided_reports(struct ctx *cx, const struct page_key *after,
                                                      int64_t limit, struct array *ret_reports);
MUST_USE struct error *chat_repo_decide_reports(struct ctx *cx, struct tx *tx, struct id message_id,
                                                enum chat_decision decision, struct instant now);

struct action_row {
    struct id id, room_id, actor_id, target_id, message_id;
    int32_t kind; /* enum chat_deed */
    struct instant until;
    struct str reason;
    struct instant created_at;
};
MUST_USE struct error *chat_repo_insert_action(struct ctx *cx, struct tx *tx,
                                               const struct action_row *action);
/* Newest first; of all rooms when room_id is none. */
MUST_USE struct error *chat_repo_list_actions(struct ctx *cx, struct id room_id, const struct page_key *after,
                                              int64_t limit, struct array *ret_actions);

struct word_row {
    struct str word;
    struct instant created_at;
};
MUST_USE struct error *chat_repo_insert_word(struct ctx *cx, struct tx *tx, struct str word,
                                             struct instant now);
MUST_USE struct error *chat_repo_delete_word(struct ctx *cx, struct tx *tx, struct str word,
                                             bool *ret_changed);
MUST_USE struct error *chat_repo_count_words(struct ctx *cx, struct tx *tx, int64_t *ret_count);
MUST_USE struct error *chat_repo_list_words(struct ctx *cx, struct array *ret_words);

/* Reports, log and words no longer name the account. */
MUST_USE struct error *chat_repo_forget_moderation(struct ctx *cx, struct tx *tx, struct id account_id);

#endif
