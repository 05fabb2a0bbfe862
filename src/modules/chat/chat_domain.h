/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Rules of chat: who may do what in a room, times, names in texts, refused words. Pure. */
#ifndef MODULES_CHAT_CHAT_DOMAIN_H
#define MODULES_CHAT_CHAT_DOMAIN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/data/vec.h"
#include "base/text/enum_table.h"
#include "base/text/str.h"
#include "base/value/id.h"
#include "base/value/instant.h"

enum chat_room_kind { CHAT_PUBLIC, CHAT_PRIVATE, CHAT_DIRECT, CHAT_AUCTION, CHAT_ROOM_KIND_COUNT };
enum chat_role { CHAT_READ_ONLY, CHAT_MEMBER, CHAT_MODERATOR, CHAT_OWNER };
enum chat_state { CHAT_INVITED, CHAT_JOINED, CHAT_LEFT };

/* What moderators do, and the log of it. */
enum chat_deed {
    CHAT_DEED_MUTE,
    CHAT_DEED_KICK,
    CHAT_DEED_BAN,
    CHAT_DEED_UNMUTE,
    CHAT_DEED_UNBAN,
    CHAT_DEED_DELETE,
    CHAT_DEED_ROLE,
    CHAT_DEED_CLOSE,
    CHAT_DEED_DISMISS,
    CHAT_DEED_COUNT
};
enum chat_duration { CHAT_HOUR, CHAT_DAY, CHAT_WEEK, CHAT_FOR_GOOD };

enum chat_report_reason {
    CHAT_SPAM,
    CHAT_ABUSE,
    CHAT_FRAUD,
    CHAT_ILLEGAL,
    CHAT_OTHER,
    CHAT_REPORT_REASON_COUNT
};
enum chat_decision { CHAT_DISMISS, CHAT_DELETE, CHAT_DELETE_AND_MUTE, CHAT_DELETE_AND_BAN };

/* An entry of the room's stream that is no new message. */
enum chat_change_kind {
    CHAT_CHANGE_EDITED,
    CHAT_CHANGE_DELETED,
    CHAT_CHANGE_PINNED,
    CHAT_CHANGE_UNPINNED,
    CHAT_CHANGE_REACTION,
    CHAT_CHANGE_MEMBER,
    CHAT_CHANGE_ROOM
};

/* The words of those that metrics are labelled by. */
extern const char *const chat_room_kind_list[CHAT_ROOM_KIND_COUNT];
extern const char *const chat_deed_list[CHAT_DEED_COUNT];
extern const char *const chat_report_reason_list[CHAT_REPORT_REASON_COUNT];
extern const struct enum_table chat_room_kind_words, chat_role_words, chat_state_words, chat_deed_words,
    chat_sanction_words, chat_duration_words, chat_report_reason_words, chat_decision_words;

enum {
    CHAT_TEXT_MAX = 4000, /* characters */
    CHAT_TITLE_MAX = 100,
    CHAT_TOPIC_MAX = 500,
    CHAT_EXCERPT_MAX = 140, /* characters */
    CHAT_MENTIONS_MAX = 10,
    CHAT_REACTIONS_MAX = 20, /* different ones of a message */
    CHAT_PINS_MAX = 50,
    CHAT_WORDS_MAX = 800, /* of a message that the search knows */
    CHAT_SNAPSHOT_MAX = 50,
    CHAT_FILTER_MAX = 500 /* refused words of the instance */
};
extern const int64_t chat_edit_window_us;

/* --- who may do what --- */

enum chat_rank {
    CHAT_RANK_OUTSIDER, /* may not know that the room exists */
    CHAT_RANK_INVITED,
    CHAT_RANK_VISITOR, /* of a public room, logged in or not */
    CHAT_RANK_READ_ONLY,
    CHAT_RANK_MEMBER,
    CHAT_RANK_MODERATOR,
    CHAT_RANK_OWNER,
    CHAT_RANK_STAFF, /* a moderator of the instance, in rooms that are open to all */
    CHAT_RANK_COUNT
};

enum chat_act {
    CHAT_ACT_SEE, /* title and state */
    CHAT_ACT_READ,
    CHAT_ACT_JOIN,
    CHAT_ACT_WRITE, /* and react, type, edit; a visitor joins by it */
    CHAT_ACT_DELETE_OWN,
    CHAT_ACT_MARK_READ,
    CHAT_ACT_REPORT,
    CHAT_ACT_PIN,
    CHAT_ACT_MODERATE, /* delete others' messages, mute, kick, ban, pace, see the log */
    CHAT_ACT_INVITE,
    CHAT_ACT_CHANGE, /* title, topic, closing */
    CHAT_ACT_SET_ROLE,
    CHAT_ACT_COUNT
};

/* How somebody stands to a room. */
struct chat_standing {
    enum chat_room_kind kind;
    bool is_closed;
    bool is_known; /* there is a member row */
    enum chat_state state;
    enum chat_role role;
    struct instant muted_until, banned_until; /* none: not */
    bool is_staff;
};

enum chat_verdict {
    CHAT_OK,
    CHAT_IS_HIDDEN, /* to be answered as not found */
    CHAT_IS_BANNED,
    CHAT_IS_MUTED,
    CHAT_IS_CLOSED,
    CHAT_IS_FORBIDDEN
};

enum chat_rank chat_rank_of(const struct chat_standing *standing);
enum chat_verdict chat_judge(const struct chat_standing *standing, enum chat_act act, struct instant now);
/* Whether one may mute, kick, ban or delete what the other wrote: only downwards. */
bool chat_outranks(enum chat_rank actor, enum chat_rank target);

/* --- times --- */

/* INSTANT_MAX for good. */
struct instant chat_until(enum chat_duration duration, struct instant now);
/* How long somebody who wrote at posted_at has to wait in slow mode; 0: not. Moderators and above never. */
int64_t chat_slow_wait_us(int64_t slow_us, enum chat_rank rank, struct instant posted_at, struct instant now);
bool chat_may_edit(struct instant created_at, struct instant now);

/* --- texts --- */

struct arena;

/* The user names after '@' (3–30 of a–z A–Z 0–9 _ . -, not inside a word), each once in any case, in their order, without closing
 * punctuation; at most CHAT_MENTIONS_MAX. Array of struct str into the text. */
struct array chat_find_mentions(struct arena *arena, struct str text);
/* Beginning of the text in one line, at most CHAT_EXCERPT_MAX characters. */
struct str chat_excerpt(struct arena *arena, struct str text);
/* The first of the phrases (array of struct str) that is in words, both folded; absent: none. */
struct str chat_find_refused(struct str words, const struct array *phrases);

/* What a message is found by: the words of its text, before each the mark of its room. */
struct str chat_search_words(struct arena *arena, struct id room_id, struct str text);
/* A search in the language of an engine; absent when the query holds no word. The last word matches as a prefix when it has two or
 * more characters. */
struct str chat_match_sqlite(struct arena *arena, struct id room_id, struct str query);
struct str chat_match_postgresql(struct arena *arena, struct id room_id, struct str query);

/* --- conversations of two --- */

struct chat_pair {
    struct id low, high;
};
struct chat_pair chat_pair_of(struct id one, struct id other);

#endif
