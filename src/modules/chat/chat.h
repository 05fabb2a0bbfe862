/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Facade of chat: rooms, members, messages, moderation. Owns the tables chat_…. Knows identity; whose auction a room belongs to
 * it asks through a port. */
#ifndef MODULES_CHAT_CHAT_H
#define MODULES_CHAT_CHAT_H

#include "platform/ctx/ctx.h"

struct tx;

#define CHAT_REASONS(X)                                                                                      \
    X(chat_banned, "chat.banned", FORBIDDEN, "You are banned from this room")                                \
    X(chat_muted, "chat.muted", FORBIDDEN, "You may not write in this room for now")                         \
    X(chat_not_allowed, "chat.not_allowed", FORBIDDEN, "Your role in the room does not allow this")          \
    X(chat_outranked, "chat.outranked", FORBIDDEN, "Only people of a lower role can be dealt with")          \
    X(chat_blocked, "chat.blocked", FORBIDDEN, "One of the two has blocked the other")                       \
    X(chat_closed, "chat.closed", CONFLICT, "The room is closed")                                            \
    X(chat_owner_stays, "chat.owner_stays", CONFLICT, "Hand the room over before leaving it")                \
    X(chat_too_late, "chat.too_late", CONFLICT, "Messages can be edited for 15 minutes")                     \
    X(chat_deleted, "chat.deleted", GONE, "The message was deleted")                                         \
    X(chat_too_many_reactions, "chat.too_many_reactions", CONFLICT,                                          \
      "The message has as many different reactions as it may")                                               \
    X(chat_too_many_pins, "chat.too_many_pins", CONFLICT, "The room has as many pins as it may")             \
    X(chat_too_many_rooms, "chat.too_many_rooms", CONFLICT, "You are in as many rooms as you may")           \
    X(chat_room_full, "chat.room_full", CONFLICT, "The room has as many members as it may")                  \
    X(chat_not_emoji, "chat.not_emoji", INVALID, "A reaction is exactly one emoji")                          \
    X(chat_word_refused, "chat.word_refused", INVALID, "The text holds a word that is refused here")         \
    X(chat_oneself, "chat.oneself", INVALID, "This cannot be done to oneself")                               \
    X(chat_slow_mode, "chat.slow_mode", RATE_LIMITED, "The room is in slow mode; wait")                      \
    X(chat_too_fast, "chat.too_fast", RATE_LIMITED, "Too much in too short a time; wait")

REASONS_DECLARE(CHAT_REASONS);

extern const struct module chat_module;

/* Filled by app. */
struct chat_port {
    /* Errors: not_found. */
    struct error *(*find_auction)(struct ctx *cx, struct tx *tx, struct id auction_id,
                                  struct id *ret_seller_id, struct str *ret_title);
};
void chat_set_port(const struct ctx *cx, const struct chat_port *port);

/* In the transaction that renames somebody: copies of the name follow. */
MUST_USE struct error *chat_rename_account(struct ctx *cx, struct tx *tx, struct id account_id,
                                           struct str display_name);

/* For the account's export and erasure: its messages stay, without their author. */
MUST_USE struct error *chat_export_account(struct ctx *cx, struct id account_id, struct str *ret_json);
MUST_USE struct error *chat_erase_account(struct ctx *cx, struct tx *tx, struct id account_id);

/* Events: chat.message.mentioned (to each who was named as @username and may read it), chat.direct.received. Neither comes from
 * somebody whom the receiver has blocked. excerpt: the text's beginning in one line, at most 140 characters. */
struct chat_mention_event {
    struct id account_id; /* who was named */
    struct id author_id, room_id, message_id;
    struct id auction_id; /* none: not the room of an auction */
    struct str author_name, room_title, excerpt;
};
struct chat_direct_event {
    struct id account_id; /* who received it */
    struct id author_id, room_id, message_id;
    struct str author_name, excerpt;
};
extern const struct event_type chat_message_mentioned, chat_direct_received;

#endif
