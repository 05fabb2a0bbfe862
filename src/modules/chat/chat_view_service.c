/* SPDX-License-Identifier: AGPL-3.0-or-later
 * What rooms, members and messages look like, over HTTP and on the socket alike. */
#include "modules/chat/chat_service.h"

/* clang-format off */
static const struct json_field person_fields[] = {
    JSON_ID(struct chat_person, account_id),
    JSON_TEXT(struct chat_person, username),
    JSON_TEXT(struct chat_person, name),
};
const struct json_type chat_person_type = JSON_TYPE("ChatPerson", struct chat_person, person_fields);

static const struct json_field count_fields[] = {
    JSON_TEXT(struct chat_reaction_count, emoji),
    JSON_INTEGER(struct chat_reaction_count, count),
};
static const struct json_type count_type = JSON_TYPE("ChatReactionCount", struct chat_reaction_count, count_fields);

static const struct json_field message_fields[] = {
    JSON_ID(struct chat_message_view, id),
    JSON_ID(struct chat_message_view, room_id),
    JSON_INTEGER(struct chat_message_view, sequence, .help = "Its place in the room's stream"),
    JSON_OBJECT(struct chat_message_view, author, struct chat_person, &chat_person_type, .flags = JSON_NULLABLE, .help = "null: the account was deleted"),
    JSON_ENUM(struct chat_message_view, author_role, &chat_role_words, .help = "When it was written"),
    JSON_TEXT(struct chat_message_view, text, .max = CHAT_TEXT_MAX, .flags = JSON_MULTILINE, .help = "Empty once deleted"),
    JSON_ID(struct chat_message_view, reply_to, .flags = JSON_NULLABLE),
    JSON_ID(struct chat_message_view, thread_id, .flags = JSON_NULLABLE, .help = "The message that the thread began with"),
    JSON_INTEGER(struct chat_message_view, reply_count, .help = "Of the message that a thread began with"),
    JSON_OBJECTS(struct chat_message_view, reactions, &count_type),
    JSON_ARRAY(struct chat_message_view, own_reactions, JSON_KIND_TEXT, .flags = JSON_OMITTED, .help = "The reader's emoji; not on the socket"),
    JSON_BOOLEAN(struct chat_message_view, is_pinned),
    JSON_INSTANT(struct chat_message_view, created_at),
    JSON_INSTANT(struct chat_message_view, edited_at, .flags = JSON_NULLABLE),
    JSON_INSTANT(struct chat_message_view, deleted_at, .flags = JSON_NULLABLE),
};
const struct json_type chat_message_type = JSON_TYPE("ChatMessage", struct chat_message_view, message_fields);

static const struct json_field membership_fields[] = {
    JSON_ENUM(struct chat_membership, state, &chat_state_words),
    JSON_ENUM(struct chat_membership, role, &chat_role_words),
    JSON_INSTANT(struct chat_membership, muted_until, .flags = JSON_NULLABLE),
    JSON_INTEGER(struct chat_membership, read_sequence, .help = "Of the last message read"),
    JSON_INTEGER(struct chat_membership, unread),
};
static const struct json_type membership_type = JSON_TYPE("ChatMembership", struct chat_membership, membership_fields);

static const struct json_field room_fields[] = {
    JSON_ID(struct chat_room_view, id),
    JSON_TEXT(struct chat_room_view, live_room, .help = "The name to join on the socket"),
    JSON_ENUM(struct chat_room_view, kind, &chat_room_kind_words),
    JSON_TEXT(struct chat_room_view, title),
    JSON_TEXT(struct chat_room_view, topic, .max = CHAT_TOPIC_MAX),
    JSON_ID(struct chat_room_view, owner_id, .flags = JSON_NULLABLE),
    JSON_ID(struct chat_room_view, auction_id, .flags = JSON_NULLABLE),
    JSON_OBJECT(struct chat_room_view, partner, struct chat_person, &chat_person_type, .flags = JSON_NULLABLE, .help = "The other one of a direct room"),
    JSON_INTEGER(struct chat_room_view, slow_seconds, .help = "Least time between two messages of one person; 0: slow mode is off"),
    JSON_INTEGER(struct chat_room_view, member_count),
    JSON_INTEGER(struct chat_room_view, last_sequence),
    JSON_INSTANT(struct chat_room_view, active_at),
    JSON_INSTANT(struct chat_room_view, created_at),
    JSON_INSTANT(struct chat_room_view, closed_at, .flags = JSON_NULLABLE),
    JSON_OBJECT(struct chat_room_view, membership, struct chat_membership, &membership_type, .flags = JSON_NULLABLE, .help = "The caller's"),
};
const struct json_type chat_room_type = JSON_TYPE("ChatRoom", struct chat_room_view, room_fields);

static const struct json_field member_fields[] = {
    JSON_OBJECT(struct chat_member_view, person, struct chat_person, &chat_person_type),
    JSON_ENUM(struct chat_member_view, state, &chat_state_words),
    JSON_ENUM(struct chat_member_view, role, &chat_role_words),
    JSON_INSTANT(struct chat_member_view, muted_until, .flags = JSON_NULLABLE),
    JSON_INSTANT(struct chat_member_view, banned_until, .flags = JSON_NULLABLE),
    JSON_INTEGER(struct chat_member_view, read_sequence, .help = "Of the last message read"),
};
const struct json_type chat_member_type = JSON_TYPE("ChatMember", struct chat_member_view, member_fields);
/* clang-format on */

/* --- messages --- */

/* Zero for nobody, which is written as null. */
static struct chat_person person_view(struct id account_id, struct str username, struct str name)
{
    if (id_is_none(account_id))
        return (struct chat_person){0};
    return (struct chat_person){account_id, username, name};
}

static struct chat_message_view message_view(const struct message_row *row)
{
    return (struct chat_message_view){
        .id = row->id,
        .room_id = row->room_id,
        .sequence = row->sequence,
        .author = person_view(row->author_id, row->username, row->name),
        .author_role = row->author_role,
        .text = row->text,
        .reply_to = row->reply_to,
        .thread_id = row->thread_id,
        .reply_count = row->reply_count,
        .is_pinned = !instant_is_none(row->pinned_at),
        .created_at = row->created_at,
        .edited_at = row->edited_at,
        .deleted_at = row->deleted_at,
    };
}

/* The reactions of one message, which stand side by side. */
static struct array reactions_of(struct id message_id, const struct array *reactions)
{
    struct array part = {0};
    for (size_t i = 0; i < reactions->count; i++) {
        struct reaction_row *row = ARRAY_AT(struct reaction_row, *reactions, i);
        if (!id_equal(row->message_id, message_id))
            continue;
        if (part.count == 0)
            part.items = row;
        part.count++;
    }
    return part;
}

static struct array count_views(struct ctx *cx, struct array rows)
{
    struct chat_reaction_count *counts = ARENA_ARRAY(cx->arena, struct chat_reaction_count, rows.count);
    for (size_t i = 0; i < rows.count; i++) {
        const struct reaction_row *row = ARRAY_AT(struct reaction_row, rows, i);
        counts[i] = (struct chat_reaction_count){row->emoji, row->count};
    }
    return (struct array){counts, rows.count};
}

static struct array emoji_of(struct ctx *cx, struct array rows)
{
    struct str *emoji = ARENA_ARRAY(cx->arena, struct str, rows.count);
    for (size_t i = 0; i < rows.count; i++)
        emoji[i] = ARRAY_AT(struct reaction_row, rows, i)->emoji;
    return (struct array){emoji, rows.count};
}

struct error *chat_view_messages(struct ctx *cx, struct tx *tx, struct array rows, enum chat_viewer viewer,
                                 struct array *ret_views)
{
    struct chat_message_view *views = ARENA_ARRAY(cx->arena, struct chat_message_view, rows.count);
    struct array ids = {ARENA_ARRAY(cx->arena, struct id, rows.count), rows.count};
    struct array counts = {0}, own = {0};
    for (size_t i = 0; i < rows.count; i++)
        *ARRAY_AT(struct id, ids, i) = ARRAY_AT(struct message_row, rows, i)->id;
    if (rows.count > 0)
        TRY(chat_repo_list_reactions(cx, tx, ids, &counts));
    if (counts.count > 0 && viewer == CHAT_FOR_CALLER && !caller_is_anonymous(cx))
        TRY(chat_repo_list_own_reactions(cx, tx, ids, &own));
    for (size_t i = 0; i < rows.count; i++) {
        views[i] = message_view(ARRAY_AT(struct message_row, rows, i));
        views[i].reactions = count_views(cx, reactions_of(views[i].id, &counts));
        views[i].own_reactions = emoji_of(cx, reactions_of(views[i].id, &own));
    }
    *ret_views = (struct array){views, rows.count};
    return NULL;
}

struct error *chat_view_message(struct ctx *cx, struct tx *tx, const struct message_row *row,
                                enum chat_viewer viewer, struct chat_message_view *ret_view)
{
    struct message_row copy = *row;
    struct array views = {0};
    TRY(chat_view_messages(cx, tx, (struct array){&copy, 1}, viewer, &views));
    *ret_view = *ARRAY_AT(struct chat_message_view, views, 0);
    return NULL;
}

/* --- rooms and members --- */

static struct chat_membership membership_view(const struct room_row *room, const struct member_row *member)
{
    int64_t unread = room->message_count - member->read_count;
    return (struct chat_membership){
        .state = member->state,
        .role = member->role,
        .muted_until = member->muted_until,
        .read_sequence = member->read_sequence,
        .unread = member->state == CHAT_JOINED && unread > 0 ? unread : 0,
    };
}

static struct error *find_partner(struct ctx *cx, struct tx *tx, const struct room_row *room,
                                  struct chat_person *ret_partner)
{
    struct id partner_id = caller_is(cx, room->pair_low) ? room->pair_high : room->pair_low;
    struct person_row person = {0};
    bool is_found = false;
    if (id_is_none(partner_id))
        return NULL;
    TRY(chat_repo_find_person(cx, tx, partner_id, &person, &is_found));
    *ret_partner = (struct chat_person){partner_id, person.username, person.name};
    return NULL;
}

struct error *chat_view_room(struct ctx *cx, struct tx *tx, const struct room_row *room,
                             const struct member_row *member, struct chat_room_view *ret_view)
{
    *ret_view = (struct chat_room_view){
        .id = room->id,
        .live_room = chat_live_name(cx, room),
        .kind = room->kind,
        .title = room->title,
        .topic = room->topic,
        .owner_id = room->owner_id,
        .auction_id = room->auction_id,
        .slow_seconds = room->slow_us / US_PER_SECOND,
        .member_count = room->member_count,
        .last_sequence = room->last_sequence,
        .active_at = room->active_at,
        .created_at = room->created_at,
        .closed_at = room->closed_at,
        .version = room->version,
    };
    if (member != NULL && !id_is_none(member->account_id))
        ret_view->membership = membership_view(room, member);
    return room->kind == CHAT_DIRECT ? find_partner(cx, tx, room, &ret_view->partner) : NULL;
}

struct chat_member_view chat_view_member(const struct member_row *row)
{
    return (struct chat_member_view){
        .person = {row->account_id, row->username, row->name},
        .state = row->state,
        .role = row->role,
        .muted_until = row->muted_until,
        .banned_until = row->banned_until,
        .read_sequence = row->read_sequence,
    };
}
