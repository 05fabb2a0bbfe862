/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Who may: rooms entered, budgets spent, names copied. */
#include "platform/clock/clock.h"

#include "modules/chat/chat_service.h"
#include "modules/identity/identity.h"

struct chat_module_state *chat_state_of(const struct ctx *cx)
{
    return module_state(cx, &chat_module);
}

void chat_set_port(const struct ctx *cx, const struct chat_port *port)
{
    chat_state_of(cx)->port = port;
}

struct str chat_live_name(struct ctx *cx, const struct room_row *room)
{
    bool is_of_auction = room->kind == CHAT_AUCTION;
    return arena_printf(cx->arena, "%s:%" STR_FMT, is_of_auction ? "chat" : "room",
                        STR_ARG(id_str(cx->arena, is_of_auction ? room->auction_id : room->id)));
}

/* --- rooms --- */

static struct chat_standing standing_of(const struct room_row *room, const struct member_row *member,
                                        bool is_known)
{
    return (struct chat_standing){
        .kind = (enum chat_room_kind)room->kind,
        .is_closed = !instant_is_none(room->closed_at),
        .is_known = is_known,
        .state = (enum chat_state)member->state,
        .role = (enum chat_role)member->role,
        .muted_until = member->muted_until,
        .banned_until = member->banned_until,
    };
}

static struct error *until_error(struct ctx *cx, const struct reason *reason, struct instant until)
{
    struct error *error = ERROR(cx, *reason, "%s", reason->help);
    error->extra_json =
        arena_printf(cx->arena, "\"until\":\"%" STR_FMT "\"", STR_ARG(instant_str(cx->arena, until)));
    return error;
}

struct error *chat_require(struct ctx *cx, const struct chat_access *access, enum chat_act act)
{
    switch (chat_judge(&access->standing, act, clock_now(cx))) {
    case CHAT_OK:
        return NULL;
    case CHAT_IS_HIDDEN:
        return ERROR_CODE(cx, NOT_FOUND, "no such room");
    case CHAT_IS_BANNED:
        return until_error(cx, &chat_banned, access->standing.banned_until);
    case CHAT_IS_MUTED:
        return until_error(cx, &chat_muted, access->standing.muted_until);
    case CHAT_IS_CLOSED:
        return ERROR(cx, chat_closed, "the room is closed");
    case CHAT_IS_FORBIDDEN:
        return ERROR(cx, chat_not_allowed, "your role in the room does not allow this");
    }
    REQUIRE(false);
    return NULL;
}

static struct error *fill_access(struct ctx *cx, struct tx *tx, bool has_room, struct chat_access *access)
{
    bool is_known = false;
    if (!has_room)
        return ERROR_CODE(cx, NOT_FOUND, "no such room");
    if (!caller_is_anonymous(cx))
        TRY(chat_repo_find_member(cx, tx, access->room.id, cx->caller->account_id, &access->member,
                                  &is_known));
    access->standing = standing_of(&access->room, &access->member, is_known);
    access->standing.is_staff = caller_may(cx, PERMISSION_REPORT_DECIDE);
    access->rank = chat_rank_of(&access->standing);
    return NULL;
}

struct error *chat_open_locked(struct ctx *cx, struct tx *tx, struct id room_id,
                               struct chat_access *ret_access)
{
    bool is_found = false;
    *ret_access = (struct chat_access){0};
    TRY(chat_repo_lock_room(cx, tx, room_id, &ret_access->room, &is_found));
    return fill_access(cx, tx, is_found, ret_access);
}

struct error *chat_enter_locked(struct ctx *cx, struct tx *tx, struct id room_id, enum chat_act act,
                                struct chat_access *ret_access)
{
    TRY(chat_open_locked(cx, tx, room_id, ret_access));
    return chat_require(cx, ret_access, act);
}

struct error *chat_enter(struct ctx *cx, struct tx *tx, struct id room_id, enum chat_act act,
                         struct chat_access *ret_access)
{
    bool is_found = false;
    *ret_access = (struct chat_access){0};
    TRY(chat_repo_find_room(cx, tx, room_id, &ret_access->room, &is_found));
    TRY(fill_access(cx, tx, is_found, ret_access));
    return chat_require(cx, ret_access, act);
}

struct error *chat_find_target(struct ctx *cx, struct tx *tx, const struct chat_access *access,
                               struct id account_id, struct member_row *ret_member, enum chat_rank *ret_rank)
{
    bool is_known = false;
    *ret_member = (struct member_row){0};
    TRY(chat_repo_find_member(cx, tx, access->room.id, account_id, ret_member, &is_known));
    struct chat_standing standing = standing_of(&access->room, ret_member, is_known);
    ret_member->room_id = access->room.id;
    ret_member->account_id = account_id;
    if (!is_known) {
        ret_member->state = CHAT_LEFT;
        ret_member->role = CHAT_MEMBER;
    }
    *ret_rank = chat_rank_of(&standing);
    return NULL;
}

/* --- budgets --- */

struct error *chat_spend(struct ctx *cx, const struct chat_budget *budget)
{
    int64_t remaining = 0, wait_us = 0;
    struct cache_budget bucket = {budget->per_hour, US_PER_HOUR, budget->burst > 0 ? budget->burst : 1};
    if (budget->per_hour == 0)
        return NULL;
    struct str key = arena_printf(cx->arena, "chat.%s:%" STR_FMT, budget->name,
                                  STR_ARG(id_str(cx->arena, cx->caller->account_id)));
    if (cache_spend(cx, &bucket, key, 1, &remaining, &wait_us))
        return NULL;
    struct error *error = ERROR(cx, chat_too_fast, "too many %ss; wait", budget->name);
    error->retry_after_ms = wait_us / US_PER_MS + 1;
    return error;
}

/* --- names --- */

struct error *chat_load_person(struct ctx *cx, struct tx *tx, struct id account_id,
                               struct person_row *ret_person)
{
    struct identity_account account = {0};
    bool is_found = false;
    TRY(chat_repo_find_person(cx, tx, account_id, ret_person, &is_found));
    if (is_found)
        return NULL;
    TRY(identity_find_account(cx, tx, account_id, &account, &is_found));
    if (!is_found)
        return ERROR_CODE(cx, NOT_FOUND, "there is nobody of this id");
    *ret_person = (struct person_row){
        .account_id = account_id, .username = account.username, .name = account.display_name};
    return chat_repo_insert_person(cx, tx, ret_person);
}

struct error *chat_find_account(struct ctx *cx, struct id account_id, struct str username,
                                struct id *ret_account_id)
{
    struct identity_account account = {0};
    bool is_found = false;
    if (id_is_none(account_id) == str_is_empty(username)) {
        struct error *error = ERROR_CODE(cx, INVALID, "say whom");
        error_add_violation(cx->arena, error, STR("/account_id"), "required",
                            "or username is needed, not both");
        return error;
    }
    if (str_is_empty(username))
        TRY(identity_find_account(cx, NULL, account_id, &account, &is_found));
    else
        TRY(identity_find_account_by_name(cx, username, &account, &is_found));
    if (!is_found)
        return ERROR_CODE(cx, NOT_FOUND, "there is nobody of this name");
    *ret_account_id = account.id;
    return NULL;
}
