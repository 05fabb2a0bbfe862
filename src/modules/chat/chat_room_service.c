/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Rooms: made, found, listed, changed, closed. */
#include "base/text/compose.h"
#include "base/text/encode.h"
#include "base/text/utf8.h"

#include "platform/clock/clock.h"
#include "platform/crypto/crypto.h"
#include "platform/db/claim.h"

#include "modules/chat/chat_service.h"
#include "modules/identity/identity.h"

enum { SLOW_SECONDS_MAX = 3600 };

/* clang-format off */
static const char *const open_kinds[] = {[CHAT_PUBLIC] = "public", [CHAT_PRIVATE] = "private"};
static const struct enum_table open_kind_words = ENUM_TABLE("chat_open_kind", open_kinds);

static const struct json_field draft_fields[] = {
    JSON_ENUM(struct chat_room_draft, kind, &open_kind_words, .fallback = CHAT_PUBLIC),
    JSON_TEXT(struct chat_room_draft, title, .flags = JSON_REQUIRED | JSON_TRIMMED, .min = 1, .max = CHAT_TITLE_MAX),
    JSON_TEXT(struct chat_room_draft, topic, .flags = JSON_TRIMMED, .max = CHAT_TOPIC_MAX),
    JSON_INTEGER(struct chat_room_draft, slow_seconds, .min = 0, .max = SLOW_SECONDS_MAX, .help = "Slow mode: least time between two messages of one person; 0: off"),
};
const struct json_type chat_room_draft_type = JSON_TYPE("ChatRoomDraft", struct chat_room_draft, draft_fields, JSON_PRESENCE(struct chat_room_draft));

static const struct json_field patch_fields[] = {
    JSON_TEXT(struct chat_room_draft, title, .flags = JSON_TRIMMED, .min = 1, .max = CHAT_TITLE_MAX),
    JSON_TEXT(struct chat_room_draft, topic, .flags = JSON_TRIMMED, .max = CHAT_TOPIC_MAX),
    JSON_INTEGER(struct chat_room_draft, slow_seconds, .min = 0, .max = SLOW_SECONDS_MAX, .help = "Slow mode: least time between two messages of one person; 0: off"),
};
const struct json_type chat_room_patch_type = JSON_TYPE("ChatRoomPatch", struct chat_room_draft, patch_fields, JSON_PRESENCE(struct chat_room_draft));
/* clang-format on */

#define HAS(patch, member) JSON_HAS(&chat_room_patch_type, (patch), struct chat_room_draft, member)

/* --- making --- */

static struct error *insert_owner(struct ctx *cx, struct tx *tx, const struct room_row *room)
{
    struct person_row person = {0};
    struct member_row member = {
        .room_id = room->id, .account_id = room->owner_id, .state = CHAT_JOINED, .role = CHAT_OWNER};
    TRY(chat_load_person(cx, tx, room->owner_id, &person));
    TRY(chat_repo_upsert_member(cx, tx, &member, clock_now(cx)));
    return chat_repo_add_member_count(cx, tx, room->id, 1);
}

static struct room_row new_room(struct ctx *cx, enum chat_room_kind kind)
{
    return (struct room_row){.id = crypto_new_id(cx),
                             .kind = (int32_t)kind,
                             .title = STR(""),
                             .topic = STR(""),
                             .created_at = clock_now(cx)};
}

struct creating {
    const struct chat_room_draft *draft;
    struct id room_id;
};

static struct error *create(struct ctx *cx, struct tx *tx, void *arg)
{
    struct creating *creating = arg;
    const struct chat_room_draft *draft = creating->draft;
    int64_t count = 0;
    bool is_made = false;
    struct room_row room = new_room(cx, (enum chat_room_kind)draft->kind);
    TRY(chat_repo_count_rooms(cx, tx, cx->caller->account_id, &count));
    if (count >= chat_state_of(cx)->settings->rooms_max)
        return ERROR(cx, chat_too_many_rooms, "you are in as many rooms as you may");
    room.title = text_compose(cx->arena, draft->title);
    room.topic = draft->topic.ptr != NULL ? text_compose(cx->arena, draft->topic) : STR("");
    room.slow_us = draft->slow_seconds * US_PER_SECOND;
    room.owner_id = cx->caller->account_id;
    creating->room_id = room.id;
    TRY(chat_repo_insert_room(cx, tx, &room, &is_made));
    TRY(insert_owner(cx, tx, &room));
    return claim_record(cx, tx, room.id);
}

struct error *chat_create_room(struct ctx *cx, const struct chat_room_draft *draft, struct id *ret_room_id)
{
    const struct chat_settings *settings = chat_state_of(cx)->settings;
    struct creating creating = {.draft = draft};
    TRY(chat_spend(cx, &(struct chat_budget){"room", settings->rooms_per_hour, settings->rooms_per_hour}));
    TRY(db_transact(cx, TX_WRITE, create, &creating));
    *ret_room_id = creating.room_id;
    return NULL;
}

/* --- rooms of auctions --- */

struct opening {
    struct id subject_id; /* the auction, or the other person */
    struct id room_id;
    bool is_new;
};

static struct error *make_auction_room(struct ctx *cx, struct tx *tx, void *arg)
{
    struct opening *opening = arg;
    struct room_row room = new_room(cx, CHAT_AUCTION);
    const struct chat_port *port = chat_state_of(cx)->port;
    bool is_made = false;
    if (port == NULL)
        return ERROR_CODE(cx, NOT_FOUND, "no such auction");
    room.auction_id = opening->subject_id;
    TRY(port->find_auction(cx, tx, room.auction_id, &room.owner_id, &room.title));
    room.title = utf8_truncate(room.title, CHAT_TITLE_MAX);
    TRY(chat_repo_insert_room(cx, tx, &room, &is_made));
    if (is_made)
        TRY(insert_owner(cx, tx, &room));
    return chat_repo_find_room_of_auction(cx, tx, room.auction_id, &opening->room_id);
}

struct error *chat_open_auction(struct ctx *cx, struct id auction_id, struct id *ret_room_id)
{
    struct opening opening = {.subject_id = auction_id};
    TRY(chat_repo_find_room_of_auction(cx, NULL, auction_id, ret_room_id));
    if (!id_is_none(*ret_room_id))
        return NULL;
    TRY(db_transact(cx, TX_WRITE, make_auction_room, &opening));
    *ret_room_id = opening.room_id;
    return NULL;
}

/* --- conversations of two --- */

static struct error *insert_partner(struct ctx *cx, struct tx *tx, struct id room_id, struct id account_id)
{
    struct person_row person = {0};
    struct member_row member = {
        .room_id = room_id, .account_id = account_id, .state = CHAT_JOINED, .role = CHAT_MEMBER};
    TRY(chat_load_person(cx, tx, account_id, &person));
    return chat_repo_upsert_member(cx, tx, &member, clock_now(cx));
}

static struct error *make_direct_room(struct ctx *cx, struct tx *tx, void *arg)
{
    struct opening *opening = arg;
    struct chat_pair pair = chat_pair_of(cx->caller->account_id, opening->subject_id);
    struct room_row room = new_room(cx, CHAT_DIRECT);
    bool is_blocked = false;
    TRY(chat_repo_is_blocked(cx, tx, pair.low, pair.high, &is_blocked));
    if (is_blocked)
        return ERROR(cx, chat_blocked, "one of you has blocked the other");
    room.pair_low = pair.low;
    room.pair_high = pair.high;
    TRY(chat_repo_insert_room(cx, tx, &room, &opening->is_new));
    TRY(chat_repo_find_room_of_pair(cx, tx, &pair, &opening->room_id));
    if (!opening->is_new)
        return NULL;
    TRY(insert_partner(cx, tx, room.id, pair.low));
    TRY(insert_partner(cx, tx, room.id, pair.high));
    return chat_repo_add_member_count(cx, tx, room.id, 2);
}

struct error *chat_open_direct(struct ctx *cx, struct id account_id, struct id *ret_room_id)
{
    enum { WINDOWS_PER_HOUR = 12 };
    int64_t per_hour = chat_state_of(cx)->settings->directs_per_hour;
    struct chat_pair pair = chat_pair_of(cx->caller->account_id, account_id);
    struct opening opening = {.subject_id = account_id};
    if (caller_is(cx, account_id))
        return ERROR(cx, chat_oneself, "a conversation takes two");
    TRY(chat_repo_find_room_of_pair(cx, NULL, &pair, ret_room_id));
    if (!id_is_none(*ret_room_id))
        return NULL;
    TRY(chat_find_account(cx, account_id, STR_NONE, &opening.subject_id));
    TRY(chat_spend(cx, &(struct chat_budget){"conversation", per_hour, per_hour / WINDOWS_PER_HOUR}));
    TRY(db_transact(cx, TX_WRITE, make_direct_room, &opening));
    *ret_room_id = opening.room_id;
    return NULL;
}

/* --- names on the socket --- */

enum name_kind { NAME_ROOM, NAME_DIRECT, NAME_AUCTION, NAME_COUNT };
static const struct str name_prefixes[NAME_COUNT] = {
    [NAME_ROOM] = STR_INIT("room:"), [NAME_DIRECT] = STR_INIT("direct:"), [NAME_AUCTION] = STR_INIT("chat:")};

struct error *chat_resolve_room(struct ctx *cx, struct str name, struct id *ret_room_id)
{
    struct id id = ID_NONE;
    for (enum name_kind kind = 0; kind < NAME_COUNT; kind++) {
        struct str prefix = name_prefixes[kind];
        if (!str_starts_with(name, prefix) || !id_parse(str_slice(name, prefix.len, name.len), &id))
            continue;
        if (kind == NAME_DIRECT)
            return chat_open_direct(cx, id, ret_room_id);
        if (kind == NAME_AUCTION)
            return chat_open_auction(cx, id, ret_room_id);
        *ret_room_id = id;
        return NULL;
    }
    return ERROR_CODE(cx, NOT_FOUND, "no such room");
}

/* --- reading --- */

struct error *chat_load_room(struct ctx *cx, struct id room_id, struct chat_room_view *ret_view)
{
    struct chat_access access;
    TRY(chat_enter(cx, NULL, room_id, CHAT_ACT_SEE, &access));
    return chat_view_room(cx, NULL, &access.room, &access.member, ret_view);
}

static struct error *fill_page(struct ctx *cx, struct array rows, int64_t limit, struct chat_room_page *page)
{
    size_t count = rows.count > (size_t)limit ? (size_t)limit : rows.count;
    struct chat_room_view *views = ARENA_ARRAY(cx->arena, struct chat_room_view, count);
    for (size_t i = 0; i < count; i++) {
        const struct room_row *row = ARRAY_AT(struct room_row, rows, i);
        struct member_row member = {.account_id = cx->caller->account_id,
                                    .state = row->state,
                                    .role = row->role,
                                    .muted_until = row->muted_until,
                                    .read_sequence = row->read_sequence,
                                    .read_count = row->read_count};
        TRY(chat_view_room(cx, NULL, row, &member, &views[i]));
    }
    page->items = (struct array){views, count};
    return NULL;
}

struct error *chat_list_own_rooms(struct ctx *cx, const struct chat_room_query *query,
                                  struct chat_room_page *ret_page)
{
    struct page_key after;
    struct array rows = {0};
    *ret_page = (struct chat_room_page){0};
    TRY(page_key_parse(cx, query->cursor, &after));
    TRY(chat_repo_list_rooms_of_account(cx, (enum room_choice)query->kind, &after, query->limit + 1, &rows));
    TRY(fill_page(cx, rows, query->limit, ret_page));
    if (rows.count > (size_t)query->limit) {
        const struct room_row *last = ARRAY_AT(struct room_row, rows, query->limit - 1);
        ret_page->next_cursor = page_key_format(cx->arena, last->active_at, last->id);
    }
    return NULL;
}

struct error *chat_list_public_rooms(struct ctx *cx, const struct chat_room_query *query,
                                     struct chat_room_page *ret_page)
{
    struct page_key after;
    struct array rows = {0};
    *ret_page = (struct chat_room_page){0};
    TRY(page_key_parse(cx, query->cursor, &after));
    TRY(chat_repo_list_public_rooms(cx, &after, query->limit + 1, &rows));
    TRY(fill_page(cx, rows, query->limit, ret_page));
    for (size_t i = 0; i < ret_page->items.count; i++)
        ARRAY_AT(struct chat_room_view, ret_page->items, i)->membership = (struct chat_membership){0};
    if (rows.count > (size_t)query->limit) {
        const struct room_row *last = ARRAY_AT(struct room_row, rows, query->limit - 1);
        ret_page->next_cursor = page_key_format(cx->arena, last->created_at, last->id);
    }
    return NULL;
}

/* --- changing --- */

struct changing {
    struct id room_id;
    const struct chat_room_draft *patch; /* NULL: the room is closed */
    struct chat_access access;
    struct chat_room_view view;
    int64_t sequence;
};

static void apply(struct ctx *cx, struct room_row *room, const struct chat_room_draft *patch)
{
    if (HAS(patch, title))
        room->title = text_compose(cx->arena, patch->title);
    if (HAS(patch, topic))
        room->topic = patch->topic.ptr != NULL ? text_compose(cx->arena, patch->topic) : STR("");
    if (HAS(patch, slow_seconds))
        room->slow_us = patch->slow_seconds * US_PER_SECOND;
}

static struct error *finish_change(struct ctx *cx, struct tx *tx, struct changing *changing)
{
    struct change_row change = {.kind = CHAT_CHANGE_ROOM};
    TRY(chat_add_change(cx, tx, &changing->access, &change));
    changing->sequence = change.sequence;
    return chat_view_room(cx, tx, &changing->access.room, NULL, &changing->view);
}

static struct error *change_room(struct ctx *cx, struct tx *tx, void *arg)
{
    struct changing *changing = arg;
    const struct chat_room_draft *patch = changing->patch;
    bool is_pace_alone = !HAS(patch, title) && !HAS(patch, topic);
    TRY(chat_enter_locked(cx, tx, changing->room_id, is_pace_alone ? CHAT_ACT_MODERATE : CHAT_ACT_CHANGE,
                          &changing->access));
    apply(cx, &changing->access.room, patch);
    TRY(chat_repo_update_room(cx, tx, &changing->access.room));
    return finish_change(cx, tx, changing);
}

struct error *chat_change_room(struct ctx *cx, struct id room_id, const struct chat_room_draft *patch)
{
    struct changing changing = {.room_id = room_id, .patch = patch};
    TRY(db_transact(cx, TX_WRITE, change_room, &changing));
    chat_publish_room(cx, &changing.access.room, changing.sequence, &changing.view);
    return NULL;
}

static struct error *close_room(struct ctx *cx, struct tx *tx, void *arg)
{
    struct changing *changing = arg;
    TRY(chat_enter_locked(cx, tx, changing->room_id, CHAT_ACT_CHANGE, &changing->access));
    TRY(chat_repo_close_room(cx, tx, changing->room_id, clock_now(cx)));
    TRY(chat_log_deed(cx, tx, changing->room_id, &(struct chat_deed_log){.deed = CHAT_DEED_CLOSE}));
    changing->access.room.closed_at = clock_now(cx);
    return finish_change(cx, tx, changing);
}

struct error *chat_close_room(struct ctx *cx, struct id room_id)
{
    struct changing changing = {.room_id = room_id};
    TRY(db_transact(cx, TX_WRITE, close_room, &changing));
    chat_publish_room(cx, &changing.access.room, changing.sequence, &changing.view);
    return NULL;
}
