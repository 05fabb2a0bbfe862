/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Members: joining, leaving, inviting, roles, what was read, who is typing. */
#include "base/json/json_write.h"

#include "platform/clock/clock.h"

#include "modules/chat/chat_service.h"

/* --- joining --- */

static struct error *check_limits(struct ctx *cx, struct tx *tx, const struct chat_access *access)
{
    const struct chat_settings *settings = chat_state_of(cx)->settings;
    int64_t count = 0;
    if (access->room.kind == CHAT_AUCTION)
        return NULL;
    if (access->room.kind == CHAT_PRIVATE && access->room.member_count >= settings->members_max)
        return ERROR(cx, chat_room_full, "the room is full");
    TRY(chat_repo_count_rooms(cx, tx, cx->caller->account_id, &count));
    if (count >= settings->rooms_max)
        return ERROR(cx, chat_too_many_rooms, "you are in as many rooms as you may");
    return NULL;
}

/* Who comes back as a reader stays one; a moderator who left is a member. */
static int32_t role_on_return(const struct chat_access *access)
{
    bool is_reader = access->standing.is_known && access->member.role == CHAT_READ_ONLY;
    return is_reader ? CHAT_READ_ONLY : CHAT_MEMBER;
}

struct error *chat_settle(struct ctx *cx, struct tx *tx, struct chat_access *access)
{
    struct person_row person = {0};
    if (access->standing.is_known && access->member.state == CHAT_JOINED)
        return NULL;
    TRY(check_limits(cx, tx, access));
    TRY(chat_load_person(cx, tx, cx->caller->account_id, &person));
    access->member.role = role_on_return(access);
    access->member.room_id = access->room.id;
    access->member.account_id = cx->caller->account_id;
    access->member.state = CHAT_JOINED;
    access->member.read_sequence = access->room.last_sequence;
    access->member.read_count = access->room.message_count;
    access->standing.is_known = true;
    access->standing.state = CHAT_JOINED;
    access->standing.role = (enum chat_role)access->member.role;
    TRY(chat_repo_upsert_member(cx, tx, &access->member, clock_now(cx)));
    return chat_repo_add_member_count(cx, tx, access->room.id, 1);
}

static struct error *find_view(struct ctx *cx, struct tx *tx, const struct member_row *member,
                               struct chat_member_view *ret_view)
{
    struct member_row named = *member;
    struct person_row person = {0};
    TRY(chat_load_person(cx, tx, member->account_id, &person));
    named.username = person.username;
    named.name = person.name;
    *ret_view = chat_view_member(&named);
    return NULL;
}

/* One who moves in or out, or whose role changes: told to the room unless it is open to all, where many come and go. */
struct moving {
    struct id room_id, account_id;
    enum chat_role role;
    struct chat_access access;
    struct chat_member_view view;
    int64_t sequence; /* 0: nothing to tell */
};

static struct error *tell(struct ctx *cx, struct tx *tx, struct moving *moving,
                          const struct member_row *member)
{
    struct change_row change = {.kind = CHAT_CHANGE_MEMBER, .detail = id_str(cx->arena, member->account_id)};
    TRY(find_view(cx, tx, member, &moving->view));
    TRY(chat_add_change(cx, tx, &moving->access, &change));
    moving->sequence = change.sequence;
    return NULL;
}

static void publish_moved(struct ctx *cx, const struct moving *moving)
{
    if (moving->sequence != 0)
        chat_publish_member(cx, &moving->access.room, moving->sequence, &moving->view);
}

static struct error *join(struct ctx *cx, struct tx *tx, void *arg)
{
    struct moving *moving = arg;
    moving->sequence = 0;
    TRY(chat_enter_locked(cx, tx, moving->room_id, CHAT_ACT_JOIN, &moving->access));
    if (moving->access.standing.is_known && moving->access.member.state == CHAT_JOINED)
        return NULL;
    TRY(chat_settle(cx, tx, &moving->access));
    return moving->access.room.kind == CHAT_PRIVATE ? tell(cx, tx, moving, &moving->access.member) : NULL;
}

struct error *chat_join_room(struct ctx *cx, struct id room_id)
{
    enum { WINDOWS_PER_HOUR = 12 };
    int64_t per_hour = chat_state_of(cx)->settings->joins_per_hour;
    struct moving moving = {.room_id = room_id};
    TRY(chat_spend(cx, &(struct chat_budget){"joining", per_hour, per_hour / WINDOWS_PER_HOUR}));
    TRY(db_transact(cx, TX_WRITE, join, &moving));
    publish_moved(cx, &moving);
    return NULL;
}

/* --- leaving --- */

static struct error *leave(struct ctx *cx, struct tx *tx, void *arg)
{
    struct moving *moving = arg;
    struct chat_access *access = &moving->access;
    moving->sequence = 0;
    TRY(chat_enter_locked(cx, tx, moving->room_id, CHAT_ACT_SEE, access));
    bool is_inside = access->standing.is_known && access->member.state == CHAT_JOINED;
    if (is_inside && access->member.role == CHAT_OWNER)
        return ERROR(cx, chat_owner_stays, "hand the room over before leaving it");
    if (access->room.kind == CHAT_DIRECT)
        return ERROR(cx, chat_not_allowed, "a conversation of two is not left; block the other");
    if (!access->standing.is_known || access->member.state == CHAT_LEFT)
        return NULL;
    access->member.state = CHAT_LEFT;
    TRY(chat_repo_update_member_state(cx, tx, &access->member));
    if (!is_inside)
        return NULL;
    TRY(chat_repo_add_member_count(cx, tx, moving->room_id, -1));
    return access->room.kind == CHAT_PRIVATE ? tell(cx, tx, moving, &access->member) : NULL;
}

struct error *chat_leave_room(struct ctx *cx, struct id room_id)
{
    struct moving moving = {.room_id = room_id};
    TRY(db_transact(cx, TX_WRITE, leave, &moving));
    publish_moved(cx, &moving);
    if (moving.access.room.kind == CHAT_PRIVATE)
        live_expel(cx->platform, chat_live_name(cx, &moving.access.room), cx->caller->account_id,
                   &chat_not_allowed);
    return NULL;
}

/* --- inviting --- */

static struct error *invite(struct ctx *cx, struct tx *tx, void *arg)
{
    struct moving *moving = arg;
    struct person_row person = {0};
    struct member_row member;
    enum chat_rank rank = CHAT_RANK_OUTSIDER;
    bool is_blocked = false;
    TRY(chat_enter_locked(cx, tx, moving->room_id, CHAT_ACT_INVITE, &moving->access));
    TRY(chat_repo_is_blocked(cx, tx, cx->caller->account_id, moving->account_id, &is_blocked));
    if (is_blocked)
        return ERROR(cx, chat_blocked, "one of you has blocked the other");
    TRY(chat_find_target(cx, tx, &moving->access, moving->account_id, &member, &rank));
    if (member.state != CHAT_LEFT)
        return NULL;
    TRY(chat_load_person(cx, tx, moving->account_id, &person));
    member.state = CHAT_INVITED;
    member.role = member.role == CHAT_READ_ONLY ? CHAT_READ_ONLY : CHAT_MEMBER;
    member.invited_by = cx->caller->account_id;
    member.read_sequence = moving->access.room.last_sequence;
    member.read_count = moving->access.room.message_count;
    return chat_repo_upsert_member(cx, tx, &member, clock_now(cx));
}

struct error *chat_invite(struct ctx *cx, struct id room_id, struct id account_id)
{
    struct moving moving = {.room_id = room_id, .account_id = account_id};
    return db_transact(cx, TX_WRITE, invite, &moving);
}

/* --- roles --- */

/* The owner that was becomes a moderator. */
static struct error *hand_over(struct ctx *cx, struct tx *tx, struct moving *moving)
{
    struct member_row *owner = &moving->access.member;
    owner->role = CHAT_MODERATOR;
    TRY(chat_repo_update_member_state(cx, tx, owner));
    return chat_repo_update_room_owner(cx, tx, moving->room_id, moving->account_id);
}

static struct error *set_role(struct ctx *cx, struct tx *tx, void *arg)
{
    struct moving *moving = arg;
    struct member_row member;
    enum chat_rank rank = CHAT_RANK_OUTSIDER;
    moving->sequence = 0;
    TRY(chat_enter_locked(cx, tx, moving->room_id, CHAT_ACT_SET_ROLE, &moving->access));
    if (caller_is(cx, moving->account_id))
        return ERROR(cx, chat_oneself, "nobody sets one's own role");
    if (moving->role == CHAT_OWNER && moving->access.room.kind == CHAT_AUCTION)
        return ERROR(cx, chat_not_allowed, "the room of an auction is its seller's");
    TRY(chat_find_target(cx, tx, &moving->access, moving->account_id, &member, &rank));
    if (member.state != CHAT_JOINED)
        return ERROR_CODE(cx, NOT_FOUND, "no such member");
    if (member.role == (int32_t)moving->role)
        return NULL;
    member.role = (int32_t)moving->role;
    if (moving->role == CHAT_OWNER)
        TRY(hand_over(cx, tx, moving));
    TRY(chat_repo_update_member_state(cx, tx, &member));
    TRY(chat_log_deed(cx, tx, moving->room_id,
                      &(struct chat_deed_log){.deed = CHAT_DEED_ROLE,
                                              .target_id = moving->account_id,
                                              .reason = enum_word(&chat_role_words, (int)moving->role)}));
    return tell(cx, tx, moving, &member);
}

struct error *chat_set_role(struct ctx *cx, struct id room_id, struct id account_id, enum chat_role role)
{
    struct moving moving = {.room_id = room_id, .account_id = account_id, .role = role};
    TRY(db_transact(cx, TX_WRITE, set_role, &moving));
    publish_moved(cx, &moving);
    return NULL;
}

/* --- who is there --- */

struct error *chat_list_members(struct ctx *cx, struct id room_id, struct id after, int64_t limit,
                                struct chat_member_page *ret_page)
{
    struct chat_access access;
    struct array rows = {0};
    TRY(chat_enter(cx, NULL, room_id, CHAT_ACT_READ, &access));
    TRY(chat_repo_list_members(cx, NULL, room_id, after, limit + 1, &rows));
    bool has_more = rows.count > (size_t)limit;
    size_t count = has_more ? (size_t)limit : rows.count;
    struct chat_member_view *views = ARENA_ARRAY(cx->arena, struct chat_member_view, count);
    for (size_t i = 0; i < count; i++)
        views[i] = chat_view_member(ARRAY_AT(struct member_row, rows, i));
    *ret_page = (struct chat_member_page){.items = {views, count}};
    if (has_more)
        ret_page->next_cursor = views[count - 1].person.account_id;
    return NULL;
}

/* --- of the moment --- */

struct receipt {
    struct id account_id, message_id;
    int64_t read_sequence;
};
struct typing {
    struct id account_id;
    struct str username;
    bool is_typing;
};
/* clang-format off */
static const struct json_field receipt_fields[] = {
    JSON_ID(struct receipt, account_id),
    JSON_ID(struct receipt, message_id),
    JSON_INTEGER(struct receipt, read_sequence),
};
static const struct json_type receipt_type = JSON_TYPE("ChatReceipt", struct receipt, receipt_fields);

static const struct json_field typing_fields[] = {
    JSON_ID(struct typing, account_id),
    JSON_TEXT(struct typing, username),
    JSON_BOOLEAN(struct typing, is_typing),
};
static const struct json_type typing_type = JSON_TYPE("ChatTyping", struct typing, typing_fields);
/* clang-format on */

struct error *chat_mark_read(struct ctx *cx, struct id room_id, struct id message_id)
{
    struct chat_access access;
    struct message_row message = {0};
    bool is_changed = false;
    TRY(chat_enter_by_message(cx, NULL, message_id, CHAT_ACT_READ, &message, &access));
    TRY(chat_require(cx, &access, CHAT_ACT_MARK_READ));
    if (!id_equal(message.room_id, room_id))
        return ERROR_CODE(cx, NOT_FOUND, "no such message in the room");
    struct member_row member = access.member;
    member.read_sequence = message.sequence;
    member.read_count = message.number;
    TRY(chat_repo_update_member_read(cx, NULL, &member, &is_changed));
    if (!is_changed || (access.room.kind != CHAT_DIRECT && access.room.kind != CHAT_PRIVATE))
        return NULL;
    struct receipt receipt = {cx->caller->account_id, message_id, message.sequence};
    chat_publish_moment(cx, &access.room, "read", json_encode(cx->arena, &receipt_type, &receipt));
    return NULL;
}

struct error *chat_show_typing(struct ctx *cx, struct id room_id, bool is_typing)
{
    struct chat_access access;
    struct person_row person = {0};
    TRY(chat_enter(cx, NULL, room_id, CHAT_ACT_WRITE, &access));
    TRY(chat_load_person(cx, NULL, cx->caller->account_id, &person));
    struct typing typing = {cx->caller->account_id, person.username, is_typing};
    chat_publish_moment(cx, &access.room, "typing", json_encode(cx->arena, &typing_type, &typing));
    return NULL;
}
