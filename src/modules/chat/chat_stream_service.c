/* SPDX-License-Identifier: AGPL-3.0-or-later
 * The stream of a room: what is published after a commit, and what a socket that joins is told. Messages and changes share one
 * numbering without gaps, so what came after a sequence is known from the rows alone. */
#include "base/json/json_write.h"

#include "platform/clock/clock.h"

#include "modules/chat/chat_service.h"

/* clang-format off */
struct message_news {
    struct chat_message_view message;
};
static const struct json_field message_news_fields[] = {
    JSON_OBJECT(struct message_news, message, struct chat_message_view, &chat_message_type),
};
static const struct json_type message_news = JSON_TYPE("ChatMessageNews", struct message_news, message_news_fields);

struct member_news {
    struct chat_member_view member;
};
static const struct json_field member_news_fields[] = {
    JSON_OBJECT(struct member_news, member, struct chat_member_view, &chat_member_type),
};
static const struct json_type member_news = JSON_TYPE("ChatMemberNews", struct member_news, member_news_fields);

struct room_news {
    struct chat_room_view details;
};
static const struct json_field room_news_fields[] = {
    JSON_OBJECT(struct room_news, details, struct chat_room_view, &chat_room_type),
};
static const struct json_type room_news = JSON_TYPE("ChatRoomNews", struct room_news, room_news_fields);

static const struct json_field reaction_fields[] = {
    JSON_ID(struct chat_reaction, message_id),
    JSON_ID(struct chat_reaction, account_id, .flags = JSON_NULLABLE),
    JSON_TEXT(struct chat_reaction, emoji),
    JSON_INTEGER(struct chat_reaction, count, .help = "Of this emoji, with this change"),
    JSON_BOOLEAN(struct chat_reaction, is_added),
};
static const struct json_type reaction_news = JSON_TYPE("ChatReactionNews", struct chat_reaction, reaction_fields);

struct snapshot {
    struct chat_room_view details;
    struct array messages; /* of struct chat_message_view, oldest first */
    struct array pins;
};
static const struct json_field snapshot_fields[] = {
    JSON_OBJECT(struct snapshot, details, struct chat_room_view, &chat_room_type),
    JSON_OBJECTS(struct snapshot, messages, &chat_message_type, .max = CHAT_SNAPSHOT_MAX),
    JSON_OBJECTS(struct snapshot, pins, &chat_message_type, .max = CHAT_PINS_MAX),
};
static const struct json_type snapshot_type = JSON_TYPE("ChatSnapshot", struct snapshot, snapshot_fields);

/* The types of messages on the socket. */
static const char *const change_types[] = {
    [CHAT_CHANGE_EDITED] = "edited", [CHAT_CHANGE_DELETED] = "deleted", [CHAT_CHANGE_PINNED] = "pinned",
    [CHAT_CHANGE_UNPINNED] = "unpinned", [CHAT_CHANGE_REACTION] = "reaction", [CHAT_CHANGE_MEMBER] = "member",
    [CHAT_CHANGE_ROOM] = "room",
};
/* clang-format on */

/* --- writing --- */

struct error *chat_add_change(struct ctx *cx, struct tx *tx, struct chat_access *access,
                              struct change_row *change)
{
    change->sequence = ++access->room.last_sequence;
    change->account_id = cx->caller->account_id;
    if (change->detail.ptr == NULL)
        change->detail = STR("");
    TRY(chat_repo_insert_change(cx, tx, access->room.id, change, clock_now(cx)));
    return chat_repo_advance_room(cx, tx, access->room.id, change->sequence, 0, clock_now(cx));
}

/* --- publishing --- */

static void publish(struct ctx *cx, const struct room_row *room, const char *type, int64_t sequence,
                    struct str body)
{
    struct live_message message = {
        .room = chat_live_name(cx, room), .type = str_cstr(type), .sequence = sequence, .body = body};
    live_publish(cx->platform, &message);
}

void chat_publish_message(struct ctx *cx, const struct room_row *room, const char *type, int64_t sequence,
                          const struct chat_message_view *view)
{
    struct message_news news = {*view};
    publish(cx, room, type, sequence, json_encode(cx->arena, &message_news, &news));
}

void chat_publish_member(struct ctx *cx, const struct room_row *room, int64_t sequence,
                         const struct chat_member_view *view)
{
    struct member_news news = {*view};
    publish(cx, room, change_types[CHAT_CHANGE_MEMBER], sequence,
            json_encode(cx->arena, &member_news, &news));
}

void chat_publish_room(struct ctx *cx, const struct room_row *room, int64_t sequence,
                       const struct chat_room_view *view)
{
    struct room_news news = {*view};
    news.details.membership = (struct chat_membership){0};
    news.details.partner = (struct chat_person){0};
    publish(cx, room, change_types[CHAT_CHANGE_ROOM], sequence, json_encode(cx->arena, &room_news, &news));
}

void chat_publish_reaction(struct ctx *cx, const struct room_row *room, int64_t sequence,
                           const struct chat_reaction *reaction)
{
    publish(cx, room, change_types[CHAT_CHANGE_REACTION], sequence,
            json_encode(cx->arena, &reaction_news, reaction));
}

void chat_publish_moment(struct ctx *cx, const struct room_row *room, const char *type, struct str body)
{
    publish(cx, room, type, 0, body);
}

/* --- what was missed --- */

struct joining {
    struct id room_id;
    bool is_of_auction;
    struct live_join *join;
    struct chat_access access;
    struct array messages; /* rows after the sequence, oldest first */
    struct array changes;
    struct array views;   /* of messages */
    struct array changed; /* views of the messages that changes are about */
};

static const struct chat_message_view *find_view(const struct array *views, struct id message_id)
{
    for (size_t i = 0; i < views->count; i++)
        if (id_equal(ARRAY_AT(struct chat_message_view, *views, i)->id, message_id))
            return ARRAY_AT(struct chat_message_view, *views, i);
    return NULL;
}

static struct error *load_changed(struct ctx *cx, struct tx *tx, struct joining *joining)
{
    struct array ids = {ARENA_ARRAY(cx->arena, struct id, joining->changes.count), 0}, rows = {0};
    for (size_t i = 0; i < joining->changes.count; i++) {
        struct id id = ARRAY_AT(struct change_row, joining->changes, i)->message_id;
        if (!id_is_none(id))
            *ARRAY_AT(struct id, ids, ids.count++) = id;
    }
    if (ids.count > 0)
        TRY(chat_repo_list_messages_by_id(cx, tx, ids, &rows));
    return chat_view_messages(cx, tx, rows, CHAT_FOR_ALL, &joining->changed);
}

static int64_t count_of(const struct chat_message_view *view, struct str emoji)
{
    for (size_t i = 0; i < view->reactions.count; i++)
        if (str_equal(ARRAY_AT(struct chat_reaction_count, view->reactions, i)->emoji, emoji))
            return ARRAY_AT(struct chat_reaction_count, view->reactions, i)->count;
    return 0;
}

/* The detail of a reaction is its emoji behind '+' or '-'. */
static struct str reaction_body(struct ctx *cx, const struct change_row *change,
                                const struct chat_message_view *view)
{
    struct str emoji = str_slice(change->detail, 1, change->detail.len);
    struct chat_reaction reaction = {
        .message_id = change->message_id,
        .account_id = change->account_id,
        .emoji = emoji,
        .count = count_of(view, emoji),
        .is_added = str_starts_with(change->detail, STR("+")),
    };
    return json_encode(cx->arena, &reaction_news, &reaction);
}

static struct error *member_body(struct ctx *cx, struct tx *tx, struct joining *joining,
                                 const struct change_row *change, struct str *ret_body)
{
    struct id account_id = ID_NONE;
    struct member_row member = {0};
    struct person_row person = {0};
    bool is_found = false;
    enum chat_rank rank = CHAT_RANK_OUTSIDER;
    if (!id_parse(change->detail, &account_id))
        account_id = ID_NONE;
    TRY(chat_find_target(cx, tx, &joining->access, account_id, &member, &rank));
    TRY(chat_repo_find_person(cx, tx, account_id, &person, &is_found));
    member.username = person.username;
    member.name = person.name;
    struct member_news news = {chat_view_member(&member)};
    *ret_body = json_encode(cx->arena, &member_news, &news);
    return NULL;
}

static struct error *room_body(struct ctx *cx, struct tx *tx, struct joining *joining, struct str *ret_body)
{
    struct room_news news = {0};
    TRY(chat_view_room(cx, tx, &joining->access.room, NULL, &news.details));
    *ret_body = json_encode(cx->arena, &room_news, &news);
    return NULL;
}

static struct error *change_body(struct ctx *cx, struct tx *tx, struct joining *joining,
                                 const struct change_row *change, struct str *ret_body)
{
    const struct chat_message_view *view = find_view(&joining->changed, change->message_id);
    if (change->kind == CHAT_CHANGE_MEMBER)
        return member_body(cx, tx, joining, change, ret_body);
    if (change->kind == CHAT_CHANGE_ROOM)
        return room_body(cx, tx, joining, ret_body);
    REQUIRE(view != NULL);
    if (change->kind == CHAT_CHANGE_REACTION) {
        *ret_body = reaction_body(cx, change, view);
        return NULL;
    }
    struct message_news news = {*view};
    *ret_body = json_encode(cx->arena, &message_news, &news);
    return NULL;
}

/* Both lists are in order: they are merged by their sequences. */
static struct error *merge(struct ctx *cx, struct tx *tx, struct joining *joining)
{
    size_t count = joining->messages.count + joining->changes.count, m = 0, c = 0;
    struct live_message *missed = ARENA_ARRAY(cx->arena, struct live_message, count);
    for (size_t i = 0; i < count; i++) {
        const struct change_row *change =
            c < joining->changes.count ? ARRAY_AT(struct change_row, joining->changes, c) : NULL;
        const struct chat_message_view *view =
            m < joining->views.count ? ARRAY_AT(struct chat_message_view, joining->views, m) : NULL;
        missed[i].room = joining->join->room;
        if (change != NULL && (view == NULL || change->sequence < view->sequence)) {
            missed[i].type = str_cstr(change_types[change->kind]);
            missed[i].sequence = change->sequence;
            TRY(change_body(cx, tx, joining, change, &missed[i].body));
            c++;
        } else {
            REQUIRE(view != NULL); /* each message has its view */
            struct message_news news = {*view};
            missed[i].type = STR("message");
            missed[i].sequence = view->sequence;
            missed[i].body = json_encode(cx->arena, &message_news, &news);
            m++;
        }
    }
    joining->join->missed = (struct array){missed, count};
    return NULL;
}

/* Whether everything after the sequence is there: old changes are swept away, and not more than a page is told. */
static struct error *load_missed(struct ctx *cx, struct tx *tx, struct joining *joining, bool *ret_complete)
{
    int64_t after = joining->join->after_sequence, last = joining->access.room.last_sequence;
    *ret_complete = false;
    if (after < 0 || after > last || last - after > LIVE_MISSED_MAX)
        return NULL;
    struct message_range range = {.room_id = joining->room_id, .after = after, .limit = LIVE_MISSED_MAX + 1};
    TRY(chat_repo_list_messages(cx, tx, &range, &joining->messages));
    TRY(chat_repo_list_changes(cx, tx, joining->room_id, after, LIVE_MISSED_MAX + 1, &joining->changes));
    *ret_complete = (int64_t)(joining->messages.count + joining->changes.count) == last - after;
    return NULL;
}

static void reverse(struct array rows)
{
    for (size_t i = 0; i < rows.count / 2; i++) {
        struct message_row kept = *ARRAY_AT(struct message_row, rows, i);
        *ARRAY_AT(struct message_row, rows, i) = *ARRAY_AT(struct message_row, rows, rows.count - 1 - i);
        *ARRAY_AT(struct message_row, rows, rows.count - 1 - i) = kept;
    }
}

static struct error *fill_snapshot(struct ctx *cx, struct tx *tx, struct joining *joining)
{
    struct snapshot snapshot = {0};
    struct array rows = {0}, pins = {0};
    struct message_range range = {.room_id = joining->room_id, .after = -1, .limit = CHAT_SNAPSHOT_MAX};
    TRY(chat_repo_list_messages(cx, tx, &range, &rows));
    TRY(chat_repo_list_pins(cx, tx, joining->room_id, &pins));
    reverse(rows);
    TRY(chat_view_messages(cx, tx, rows, CHAT_FOR_CALLER, &snapshot.messages));
    TRY(chat_view_messages(cx, tx, pins, CHAT_FOR_CALLER, &snapshot.pins));
    TRY(chat_view_room(cx, tx, &joining->access.room, &joining->access.member, &snapshot.details));
    joining->join->snapshot = json_encode(cx->arena, &snapshot_type, &snapshot);
    return NULL;
}

static struct error *join_in_tx(struct ctx *cx, struct tx *tx, void *arg)
{
    struct joining *joining = arg;
    bool is_complete = false;
    joining->join->missed = (struct array){0};
    joining->join->snapshot = STR_NONE;
    TRY(chat_enter(cx, tx, joining->room_id, CHAT_ACT_READ, &joining->access));
    if ((joining->access.room.kind == CHAT_AUCTION) != joining->is_of_auction)
        return ERROR_CODE(cx, NOT_FOUND, "the room has another name here");
    joining->join->room = chat_live_name(cx, &joining->access.room);
    joining->join->sequence = joining->access.room.last_sequence;
    TRY(load_missed(cx, tx, joining, &is_complete));
    if (!is_complete)
        return fill_snapshot(cx, tx, joining);
    TRY(chat_view_messages(cx, tx, joining->messages, CHAT_FOR_ALL, &joining->views));
    TRY(load_changed(cx, tx, joining));
    return merge(cx, tx, joining);
}

struct error *chat_join_stream(struct ctx *cx, struct id room_id, bool is_of_auction, struct live_join *join)
{
    struct joining joining = {.room_id = room_id, .is_of_auction = is_of_auction, .join = join};
    return db_transact(cx, TX_READ, join_in_tx, &joining);
}
