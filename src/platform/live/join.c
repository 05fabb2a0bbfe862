/* SPDX-License-Identifier: AGPL-3.0-or-later
 * The way into a room and out of it. */
#include "platform/live/join.h"

#include "base/require/require.h"

#include "platform/live/census.h"

/* A state is read again when the log passed by meanwhile, or when it was older than what was published before. */
enum { MAX_READS = 5 };

struct error *join_parse(struct ctx *cx, struct live *live, struct str name,
                         const struct live_room_kind **ret_kind, struct str *ret_key)
{
    struct str key = name, prefix = STR_NONE;
    (void)str_split(&key, ':', &prefix);
    for (size_t i = 0; live->options.rooms[i] != NULL; i++) {
        const struct live_room_kind *kind = live->options.rooms[i];
        if (!str_equal(str_cstr(kind->prefix), prefix))
            continue;
        if (kind->needs_login && caller_is_anonymous(cx))
            return ERROR(cx, live_login_needed, "the room %s needs a log-in", kind->prefix);
        *ret_kind = kind;
        *ret_key = key.ptr != NULL ? key : STR("");
        return NULL;
    }
    return ERROR(cx, live_no_room, "there is no such room");
}

/* Most rooms are published under the name that clients use, and those without a key under the account's. */
static struct str guess_name(struct ctx *cx, const struct live_room_kind *kind, struct str key)
{
    if (!str_is_empty(key))
        return arena_printf(cx->arena, "%s:%" STR_FMT, kind->prefix, STR_ARG(key));
    if (caller_is_anonymous(cx))
        return str_cstr(kind->prefix);
    return arena_printf(cx->arena, "account:%" STR_FMT, STR_ARG(id_str(cx->arena, cx->caller->account_id)));
}

static struct str member_key(const struct member *member)
{
    return str_from(member->key, member->key_len);
}

static bool is_called(const struct member *member, struct str name)
{
    struct str key = name, prefix = STR_NONE;
    (void)str_split(&key, ':', &prefix);
    return str_equal(room_name(member->room), name) ||
           (str_equal(str_cstr(member->kind->prefix), prefix) && str_equal(member_key(member), key));
}

struct member *watcher_find(const struct watcher *watcher, struct str name)
{
    LIST_EACH (node, &watcher->members) {
        struct member *member = LIST_OWNER(node, struct member, of_watcher);
        if (is_called(member, name))
            return member;
    }
    return NULL;
}

static size_t count_members(const struct watcher *watcher)
{
    size_t count = 0;
    LIST_EACH (node, &watcher->members)
        count++;
    return count;
}

static struct member *find_in_room(const struct watcher *watcher, struct str name)
{
    LIST_EACH (node, &watcher->members) {
        struct member *member = LIST_OWNER(node, struct member, of_watcher);
        if (str_equal(room_name(member->room), name))
            return member;
    }
    return NULL;
}

static struct member *subscribe(struct joining *joining, struct str name, struct str key)
{
    struct watcher *watcher = joining->watcher;
    struct member *member = find_in_room(watcher, name);
    if (member == NULL)
        return room_add_member(watcher->hub, name, watcher, joining->kind, key);
    member->state = MEMBER_JOINING;
    member->cursor = member->room->end;
    member->must_rejoin = false;
    return member;
}

/* ---- leaving ---- */

static void remove_member(struct member *member)
{
    struct hub *hub = member->watcher->hub;
    if (member->is_counted)
        census_leave(hub->live->census, room_name(member->room), member->watcher->account_id);
    room_remove_member(member);
}

void member_leave(struct member *member)
{
    if (member->state == MEMBER_JOINING)
        member->is_removed = true;
    else
        remove_member(member);
}

void watcher_leave_all(struct watcher *watcher)
{
    struct list *next;
    for (struct list *node = watcher->members.next; node != &watcher->members; node = next) {
        next = node->next;
        member_leave(LIST_OWNER(node, struct member, of_watcher));
    }
}

/* ---- joining ---- */

enum read_outcome { READ_GOOD, READ_AGAIN, READ_ELSEWHERE };

static enum read_outcome judge(const struct member *member, const struct live_join *result, int64_t published)
{
    const struct room *room = member->room;
    if (!str_equal(result->room, room_name(room)))
        return READ_ELSEWHERE;
    bool is_too_old = member->must_rejoin || member->cursor < room->first || result->sequence < published;
    return is_too_old ? READ_AGAIN : READ_GOOD;
}

static struct error *read_state(struct ctx *cx, struct joining *joining, struct str key,
                                int64_t after_sequence)
{
    joining->result =
        (struct live_join){.key = key, .after_sequence = after_sequence, .missed = {.items = NULL}};
    TRY(joining->kind->join(cx, &joining->result));
    REQUIRE(joining->result.room.len != 0 && joining->result.missed.count <= LIVE_MISSED_MAX);
    return NULL;
}

struct error *join_room(struct ctx *cx, struct joining *joining, struct str key, int64_t after_sequence)
{
    struct str name = guess_name(cx, joining->kind, key);
    if (name.len > LIVE_ROOM_MAX || key.len > LIVE_ROOM_MAX)
        return ERROR(cx, live_no_room, "there is no such room");
    if (find_in_room(joining->watcher, name) == NULL && count_members(joining->watcher) >= LIVE_MAX_ROOMS)
        return ERROR(cx, live_too_many_rooms, "at most %d rooms can be watched at once", LIVE_MAX_ROOMS);
    for (int i = 0; i < MAX_READS; i++) {
        struct member *member = subscribe(joining, name, key);
        int64_t published = member->room->sequence;
        struct error *error = read_state(cx, joining, key, after_sequence);
        if (error == NULL && member->is_removed)
            error = ERROR(cx, live_left, "the room was left");
        enum read_outcome outcome = error == NULL ? judge(member, &joining->result, published) : READ_AGAIN;
        joining->member = member;
        if (error == NULL && outcome == READ_GOOD)
            return NULL;
        if (outcome == READ_ELSEWHERE)
            name = joining->result.room;
        if (error != NULL || outcome == READ_ELSEWHERE || i == MAX_READS - 1)
            remove_member(member);
        TRY(error);
    }
    return ERROR_CODE(cx, UNAVAILABLE, "the room changes too fast to be read");
}

void member_activate(struct member *member, int64_t sequence)
{
    struct hub *hub = member->watcher->hub;
    member->sequence = sequence;
    member->state = MEMBER_WATCHING;
    member->was_told = false;
    member->is_rejoining = false;
    room_settle(member->room, sequence);
    if (!member->is_counted) {
        member->is_counted = true;
        census_enter(hub->live->census, room_name(member->room), member->kind, member->watcher->account_id);
    }
    if (member_has_next(member))
        hub_room_is_dirty(hub, member->room);
}
