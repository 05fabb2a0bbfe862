/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Rules of chat. See chat_domain.h. */
#include "modules/chat/chat_domain.h"

const int64_t chat_edit_window_us = 15 * US_PER_MINUTE;

/* clang-format off */
const char *const chat_room_kind_list[CHAT_ROOM_KIND_COUNT] = {
    [CHAT_PUBLIC] = "public", [CHAT_PRIVATE] = "private", [CHAT_DIRECT] = "direct", [CHAT_AUCTION] = "auction",
};
const struct enum_table chat_room_kind_words = ENUM_TABLE("chat_room_kind", chat_room_kind_list);

static const char *const roles[] = {
    [CHAT_READ_ONLY] = "read_only", [CHAT_MEMBER] = "member", [CHAT_MODERATOR] = "moderator", [CHAT_OWNER] = "owner",
};
const struct enum_table chat_role_words = ENUM_TABLE("chat_role", roles);

static const char *const states[] = {[CHAT_INVITED] = "invited", [CHAT_JOINED] = "joined", [CHAT_LEFT] = "left"};
const struct enum_table chat_state_words = ENUM_TABLE("chat_state", states);

const char *const chat_deed_list[CHAT_DEED_COUNT] = {
    [CHAT_DEED_MUTE] = "mute", [CHAT_DEED_KICK] = "kick", [CHAT_DEED_BAN] = "ban", [CHAT_DEED_UNMUTE] = "unmute",
    [CHAT_DEED_UNBAN] = "unban", [CHAT_DEED_DELETE] = "delete", [CHAT_DEED_ROLE] = "role", [CHAT_DEED_CLOSE] = "close",
    [CHAT_DEED_DISMISS] = "dismiss",
};
const struct enum_table chat_deed_words = ENUM_TABLE("chat_deed", chat_deed_list);

static const char *const sanctions[] = {
    [CHAT_DEED_MUTE] = "mute", [CHAT_DEED_KICK] = "kick", [CHAT_DEED_BAN] = "ban", [CHAT_DEED_UNMUTE] = "unmute",
    [CHAT_DEED_UNBAN] = "unban",
};
const struct enum_table chat_sanction_words = ENUM_TABLE("chat_sanction", sanctions);

static const char *const durations[] = {
    [CHAT_HOUR] = "1h", [CHAT_DAY] = "24h", [CHAT_WEEK] = "7d", [CHAT_FOR_GOOD] = "for_good",
};
const struct enum_table chat_duration_words = ENUM_TABLE("chat_duration", durations);

const char *const chat_report_reason_list[CHAT_REPORT_REASON_COUNT] = {
    [CHAT_SPAM] = "spam", [CHAT_ABUSE] = "abuse", [CHAT_FRAUD] = "fraud", [CHAT_ILLEGAL] = "illegal", [CHAT_OTHER] = "other",
};
const struct enum_table chat_report_reason_words = ENUM_TABLE("chat_report_reason", chat_report_reason_list);

static const char *const decisions[] = {
    [CHAT_DISMISS] = "dismiss", [CHAT_DELETE] = "delete", [CHAT_DELETE_AND_MUTE] = "delete_and_mute",
    [CHAT_DELETE_AND_BAN] = "delete_and_ban",
};
const struct enum_table chat_decision_words = ENUM_TABLE("chat_decision", decisions);

/* --- who may do what --- */

#define RANK(symbol) (1U << CHAT_RANK_##symbol)
#define ABOVE_MEMBER (RANK(MODERATOR) | RANK(OWNER) | RANK(STAFF))
#define ALL_INSIDE   (RANK(READ_ONLY) | RANK(MEMBER) | ABOVE_MEMBER)
#define ALL_READERS  (RANK(VISITOR) | ALL_INSIDE)

struct act_rule {
    unsigned ranks;
    bool is_refused_when_muted;
    bool is_refused_when_closed;
};

static const struct act_rule rules[CHAT_ACT_COUNT] = {
    [CHAT_ACT_SEE]        = {.ranks = ALL_READERS | RANK(INVITED)},
    [CHAT_ACT_READ]       = {.ranks = ALL_READERS},
    [CHAT_ACT_JOIN]       = {.ranks = ALL_READERS | RANK(INVITED), .is_refused_when_closed = true},
    [CHAT_ACT_WRITE]      = {.ranks = RANK(VISITOR) | RANK(MEMBER) | ABOVE_MEMBER, .is_refused_when_muted = true, .is_refused_when_closed = true},
    [CHAT_ACT_DELETE_OWN] = {.ranks = ALL_READERS},
    [CHAT_ACT_MARK_READ]  = {.ranks = ALL_INSIDE},
    [CHAT_ACT_REPORT]     = {.ranks = ALL_READERS},
    [CHAT_ACT_PIN]        = {.ranks = ABOVE_MEMBER, .is_refused_when_closed = true},
    [CHAT_ACT_MODERATE]   = {.ranks = ABOVE_MEMBER},
    [CHAT_ACT_INVITE]     = {.ranks = RANK(MODERATOR) | RANK(OWNER), .is_refused_when_closed = true},
    [CHAT_ACT_CHANGE]     = {.ranks = RANK(OWNER) | RANK(STAFF), .is_refused_when_closed = true},
    [CHAT_ACT_SET_ROLE]   = {.ranks = RANK(OWNER), .is_refused_when_closed = true},
};

static const enum chat_rank rank_of_role[] = {
    [CHAT_READ_ONLY] = CHAT_RANK_READ_ONLY, [CHAT_MEMBER] = CHAT_RANK_MEMBER, [CHAT_MODERATOR] = CHAT_RANK_MODERATOR, [CHAT_OWNER] = CHAT_RANK_OWNER,
};

static const bool is_open_to_all[] = {[CHAT_PUBLIC] = true, [CHAT_PRIVATE] = false, [CHAT_DIRECT] = false, [CHAT_AUCTION] = true};

static const int64_t duration_us[] = {[CHAT_HOUR] = US_PER_HOUR, [CHAT_DAY] = US_PER_DAY, [CHAT_WEEK] = 7 * US_PER_DAY};
/* clang-format on */

enum chat_rank chat_rank_of(const struct chat_standing *standing)
{
    bool is_inside = standing->is_known && standing->state == CHAT_JOINED;
    if (is_open_to_all[standing->kind]) {
        if (standing->is_staff)
            return CHAT_RANK_STAFF;
        return is_inside ? rank_of_role[standing->role] : CHAT_RANK_VISITOR;
    }
    if (is_inside)
        return rank_of_role[standing->role];
    return standing->is_known && standing->state == CHAT_INVITED ? CHAT_RANK_INVITED : CHAT_RANK_OUTSIDER;
}

enum chat_verdict chat_judge(const struct chat_standing *standing, enum chat_act act, struct instant now)
{
    const struct act_rule *rule = &rules[act];
    enum chat_rank rank = chat_rank_of(standing);
    if (rank == CHAT_RANK_OUTSIDER)
        return CHAT_IS_HIDDEN;
    if (rank != CHAT_RANK_STAFF && instant_is_before(now, standing->banned_until))
        return CHAT_IS_BANNED;
    if ((rule->ranks >> rank & 1) == 0)
        return CHAT_IS_FORBIDDEN;
    if (rule->is_refused_when_closed && standing->is_closed)
        return CHAT_IS_CLOSED;
    if (rule->is_refused_when_muted && rank != CHAT_RANK_STAFF &&
        instant_is_before(now, standing->muted_until))
        return CHAT_IS_MUTED;
    return CHAT_OK;
}

bool chat_outranks(enum chat_rank actor, enum chat_rank target)
{
    return actor > target;
}

/* --- times --- */

struct instant chat_until(enum chat_duration duration, struct instant now)
{
    return duration == CHAT_FOR_GOOD ? INSTANT_MAX : instant_add_us(now, duration_us[duration]);
}

int64_t chat_slow_wait_us(int64_t slow_us, enum chat_rank rank, struct instant posted_at, struct instant now)
{
    if (slow_us == 0 || rank >= CHAT_RANK_MODERATOR || instant_is_none(posted_at))
        return 0;
    int64_t wait_us = instant_add_us(posted_at, slow_us).us - now.us;
    return wait_us > 0 ? wait_us : 0;
}

bool chat_may_edit(struct instant created_at, struct instant now)
{
    return !instant_is_before(instant_add_us(created_at, chat_edit_window_us), now);
}

/* --- conversations of two --- */

struct chat_pair chat_pair_of(struct id one, struct id other)
{
    return id_compare(one, other) < 0 ? (struct chat_pair){one, other} : (struct chat_pair){other, one};
}
