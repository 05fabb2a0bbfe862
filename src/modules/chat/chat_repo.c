/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Rows of people, rooms, members and blocks. See chat_repo.h. */
#include "modules/chat/chat_repo.h"

#include "modules/chat/chat_sql.h"

enum { FINDINGS_MAX = 100 };

/* clang-format off */
static const struct db_column person_columns[] = {
    DB_COLUMN_ID(struct person_row, account_id),
    DB_COLUMN_TEXT(struct person_row, username),
    DB_COLUMN_TEXT(struct person_row, name),
};
static const struct db_row person_row = DB_ROW(struct person_row, person_columns);

static const struct db_column blocked_columns[] = {
    DB_COLUMN_ID(struct person_row, account_id),
    DB_COLUMN_TEXT(struct person_row, username),
    DB_COLUMN_TEXT(struct person_row, name),
    DB_COLUMN_INSTANT(struct person_row, created_at),
};
static const struct db_row blocked_row = DB_ROW(struct person_row, blocked_columns);

#define ROOM_COLUMNS \
    DB_COLUMN_ID(struct room_row, id), DB_COLUMN_I32(struct room_row, kind), DB_COLUMN_TEXT(struct room_row, title), \
    DB_COLUMN_TEXT(struct room_row, topic), DB_NULLABLE_ID(struct room_row, owner_id), DB_NULLABLE_ID(struct room_row, auction_id), \
    DB_NULLABLE_ID(struct room_row, pair_low), DB_NULLABLE_ID(struct room_row, pair_high), DB_COLUMN_I64(struct room_row, slow_us), \
    DB_COLUMN_I64(struct room_row, last_sequence), DB_COLUMN_I64(struct room_row, message_count), \
    DB_COLUMN_I64(struct room_row, member_count), DB_COLUMN_INSTANT(struct room_row, active_at), \
    DB_COLUMN_INSTANT(struct room_row, created_at), DB_NULLABLE_INSTANT(struct room_row, closed_at), \
    DB_COLUMN_I64(struct room_row, version)

static const struct db_column room_columns[] = {ROOM_COLUMNS};
static const struct db_row room_row = DB_ROW(struct room_row, room_columns);

static const struct db_column own_room_columns[] = {
    ROOM_COLUMNS,
    DB_COLUMN_I32(struct room_row, state),
    DB_COLUMN_I32(struct room_row, role),
    DB_NULLABLE_INSTANT(struct room_row, muted_until),
    DB_COLUMN_I64(struct room_row, read_sequence),
    DB_COLUMN_I64(struct room_row, read_count),
};
static const struct db_row own_room_row = DB_ROW(struct room_row, own_room_columns);

#define MEMBER_COLUMNS \
    DB_COLUMN_ID(struct member_row, room_id), DB_COLUMN_ID(struct member_row, account_id), DB_COLUMN_I32(struct member_row, state), \
    DB_COLUMN_I32(struct member_row, role), DB_NULLABLE_ID(struct member_row, invited_by), \
    DB_NULLABLE_INSTANT(struct member_row, muted_until), DB_NULLABLE_INSTANT(struct member_row, banned_until), \
    DB_COLUMN_I64(struct member_row, read_sequence), DB_COLUMN_I64(struct member_row, read_count), \
    DB_NULLABLE_INSTANT(struct member_row, posted_at), DB_COLUMN_INSTANT(struct member_row, created_at)

static const struct db_column member_columns[] = {MEMBER_COLUMNS};
static const struct db_row member_row = DB_ROW(struct member_row, member_columns);

static const struct db_column named_member_columns[] = {
    MEMBER_COLUMNS,
    DB_COLUMN_TEXT(struct member_row, username),
    DB_COLUMN_TEXT(struct member_row, name),
};
static const struct db_row named_member_row = DB_ROW(struct member_row, named_member_columns);

static const struct db_column member_room_columns[] = {
    DB_COLUMN_ID(struct member_room_row, room_id),
    DB_COLUMN_I32(struct member_room_row, state),
};
static const struct db_row member_room_row = DB_ROW(struct member_room_row, member_room_columns);

static const struct db_column finding_columns[] = {
    DB_COLUMN_ID(struct room_finding_row, id),
    DB_COLUMN_I64(struct room_finding_row, member_count),
    DB_COLUMN_I64(struct room_finding_row, last_sequence),
    DB_COLUMN_I64(struct room_finding_row, message_count),
    DB_COLUMN_I64(struct room_finding_row, members),
    DB_COLUMN_I64(struct room_finding_row, top_sequence),
    DB_COLUMN_I64(struct room_finding_row, messages),
};
static const struct db_row finding_row = DB_ROW(struct room_finding_row, finding_columns);
/* clang-format on */

static struct error *exec_changed(struct ctx *cx, struct tx *tx, const struct db_call *call,
                                  bool *ret_changed)
{
    int64_t count = 0;
    TRY(db_exec(cx, tx, call, &count));
    *ret_changed = count == 1;
    return NULL;
}

static struct error *find_id(struct ctx *cx, struct tx *tx, const struct db_call *call, struct id *ret_id)
{
    struct db_id row = {0};
    bool is_found = false;
    TRY(db_find(cx, tx, call, &db_id_row, &row, &is_found));
    *ret_id = row.id;
    return NULL;
}

/* --- people --- */

struct error *chat_repo_insert_person(struct ctx *cx, struct tx *tx, const struct person_row *person)
{
    return db_exec(cx, tx,
                   CHAT_INSERT_PERSON(.account_id = person->account_id, .username = person->username,
                                      .name = person->name),
                   NULL);
}

struct error *chat_repo_find_person(struct ctx *cx, struct tx *tx, struct id account_id,
                                    struct person_row *ret_person, bool *ret_found)
{
    return db_find(cx, tx, CHAT_FIND_PERSON(.account_id = account_id), &person_row, ret_person, ret_found);
}

struct error *chat_repo_list_persons(struct ctx *cx, struct tx *tx, struct array account_ids,
                                     struct array *ret_persons)
{
    return db_list(cx, tx, CHAT_LIST_PERSONS(.account_ids = account_ids), &person_row, ret_persons);
}

struct error *chat_repo_update_person(struct ctx *cx, struct tx *tx, struct id account_id, struct str name)
{
    return db_exec(cx, tx, CHAT_UPDATE_PERSON(.account_id = account_id, .name = name), NULL);
}

/* --- rooms --- */

struct error *chat_repo_insert_room(struct ctx *cx, struct tx *tx, const struct room_row *room,
                                    bool *ret_made)
{
    return exec_changed(cx, tx,
                        CHAT_INSERT_ROOM(.id = room->id, .kind = room->kind, .title = room->title,
                                         .topic = room->topic, .owner_id = room->owner_id,
                                         .auction_id = room->auction_id, .pair_low = room->pair_low,
                                         .pair_high = room->pair_high, .slow_us = room->slow_us,
                                         .now = room->created_at),
                        ret_made);
}

struct error *chat_repo_find_room(struct ctx *cx, struct tx *tx, struct id room_id, struct room_row *ret_room,
                                  bool *ret_found)
{
    return db_find(cx, tx, CHAT_FIND_ROOM(.room_id = room_id), &room_row, ret_room, ret_found);
}

struct error *chat_repo_lock_room(struct ctx *cx, struct tx *tx, struct id room_id, struct room_row *ret_room,
                                  bool *ret_found)
{
    return db_find(cx, tx, CHAT_LOCK_ROOM(.room_id = room_id), &room_row, ret_room, ret_found);
}

struct error *chat_repo_find_room_of_auction(struct ctx *cx, struct tx *tx, struct id auction_id,
                                             struct id *ret_room_id)
{
    return find_id(cx, tx, CHAT_FIND_ROOM_OF_AUCTION(.auction_id = auction_id), ret_room_id);
}

struct error *chat_repo_find_room_of_pair(struct ctx *cx, struct tx *tx, const struct chat_pair *pair,
                                          struct id *ret_room_id)
{
    return find_id(cx, tx, CHAT_FIND_ROOM_OF_PAIR(.pair_low = pair->low, .pair_high = pair->high),
                   ret_room_id);
}

struct error *chat_repo_list_public_rooms(struct ctx *cx, const struct page_key *after, int64_t limit,
                                          struct array *ret_rooms)
{
    return db_list(cx, NULL,
                   CHAT_LIST_PUBLIC_ROOMS(.key = after->at, .key_id = after->id, .limit = limit,
                                          .with = after->is_set ? CHAT_LIST_PUBLIC_ROOMS_WITH_AFTER : 0),
                   &room_row, ret_rooms);
}

struct error *chat_repo_list_rooms_of_account(struct ctx *cx, enum room_choice choice,
                                              const struct page_key *after, int64_t limit,
                                              struct array *ret_rooms)
{
    static const uint32_t filters[] = {[ROOMS_ALL] = 0,
                                       [ROOMS_DIRECT] = CHAT_LIST_ROOMS_OF_ACCOUNT_WITH_DIRECT,
                                       [ROOMS_GROUP] = CHAT_LIST_ROOMS_OF_ACCOUNT_WITH_GROUP};
    uint32_t with = filters[choice] | (after->is_set ? CHAT_LIST_ROOMS_OF_ACCOUNT_WITH_AFTER : 0);
    return db_list(cx, NULL,
                   CHAT_LIST_ROOMS_OF_ACCOUNT(.account_id = cx->caller->account_id, .key = after->at,
                                              .key_id = after->id, .limit = limit, .with = with),
                   &own_room_row, ret_rooms);
}

struct error *chat_repo_advance_room(struct ctx *cx, struct tx *tx, struct id room_id, int64_t sequence,
                                     int64_t messages, struct instant now)
{
    return db_exec(
        cx, tx, CHAT_ADVANCE_ROOM(.room_id = room_id, .sequence = sequence, .messages = messages, .now = now),
        NULL);
}

struct error *chat_repo_update_room(struct ctx *cx, struct tx *tx, const struct room_row *room)
{
    return db_exec(cx, tx,
                   CHAT_UPDATE_ROOM(.room_id = room->id, .title = room->title, .topic = room->topic,
                                    .slow_us = room->slow_us),
                   NULL);
}

struct error *chat_repo_update_room_owner(struct ctx *cx, struct tx *tx, struct id room_id,
                                          struct id owner_id)
{
    return db_exec(cx, tx, CHAT_UPDATE_ROOM_OWNER(.room_id = room_id, .owner_id = owner_id), NULL);
}

struct error *chat_repo_close_room(struct ctx *cx, struct tx *tx, struct id room_id, struct instant now)
{
    return db_exec(cx, tx, CHAT_CLOSE_ROOM(.room_id = room_id, .now = now), NULL);
}

/* --- members --- */

struct error *chat_repo_find_member(struct ctx *cx, struct tx *tx, struct id room_id, struct id account_id,
                                    struct member_row *ret_member, bool *ret_found)
{
    return db_find(cx, tx, CHAT_FIND_MEMBER(.room_id = room_id, .account_id = account_id), &member_row,
                   ret_member, ret_found);
}

struct error *chat_repo_count_rooms(struct ctx *cx, struct tx *tx, struct id account_id, int64_t *ret_count)
{
    struct db_count row = {0};
    TRY(db_load(cx, tx, CHAT_COUNT_ROOMS_OF_ACCOUNT(.account_id = account_id), &db_count_row, &row));
    *ret_count = row.count;
    return NULL;
}

struct error *chat_repo_upsert_member(struct ctx *cx, struct tx *tx, const struct member_row *member,
                                      struct instant now)
{
    return db_exec(cx, tx,
                   CHAT_UPSERT_MEMBER(.room_id = member->room_id, .account_id = member->account_id,
                                      .state = member->state, .role = member->role,
                                      .invited_by = member->invited_by,
                                      .read_sequence = member->read_sequence,
                                      .read_count = member->read_count, .now = now),
                   NULL);
}

struct error *chat_repo_update_member_state(struct ctx *cx, struct tx *tx, const struct member_row *member)
{
    return db_exec(cx, tx,
                   CHAT_UPDATE_MEMBER_STATE(.room_id = member->room_id, .account_id = member->account_id,
                                            .state = member->state, .role = member->role),
                   NULL);
}

struct error *chat_repo_update_member_limits(struct ctx *cx, struct tx *tx, const struct member_row *member)
{
    return db_exec(cx, tx,
                   CHAT_UPDATE_MEMBER_LIMITS(.room_id = member->room_id, .account_id = member->account_id,
                                             .muted_until = member->muted_until,
                                             .banned_until = member->banned_until),
                   NULL);
}

struct error *chat_repo_update_member_posted(struct ctx *cx, struct tx *tx, const struct member_row *member)
{
    return db_exec(cx, tx,
                   CHAT_UPDATE_MEMBER_POSTED(.room_id = member->room_id, .account_id = member->account_id,
                                             .sequence = member->read_sequence, .number = member->read_count,
                                             .now = member->posted_at),
                   NULL);
}

struct error *chat_repo_update_member_read(struct ctx *cx, struct tx *tx, const struct member_row *member,
                                           bool *ret_changed)
{
    return exec_changed(cx, tx,
                        CHAT_UPDATE_MEMBER_READ(.room_id = member->room_id, .account_id = member->account_id,
                                                .sequence = member->read_sequence,
                                                .number = member->read_count),
                        ret_changed);
}

struct error *chat_repo_add_member_count(struct ctx *cx, struct tx *tx, struct id room_id, int64_t by)
{
    return db_exec(cx, tx, CHAT_COUNT_MEMBER_IN_ROOM(.room_id = room_id, .by = by), NULL);
}

struct error *chat_repo_list_members(struct ctx *cx, struct tx *tx, struct id room_id, struct id after_id,
                                     int64_t limit, struct array *ret_members)
{
    return db_list(cx, tx, CHAT_LIST_MEMBERS(.room_id = room_id, .after_id = after_id, .limit = limit),
                   &named_member_row, ret_members);
}

/* --- blocks --- */

struct error *chat_repo_insert_block(struct ctx *cx, struct id blocked_id, struct instant now)
{
    return db_exec(
        cx, NULL,
        CHAT_UPSERT_BLOCK(.account_id = cx->caller->account_id, .blocked_id = blocked_id, .now = now), NULL);
}

struct error *chat_repo_delete_block(struct ctx *cx, struct id blocked_id)
{
    return db_exec(cx, NULL,
                   CHAT_DELETE_BLOCK(.account_id = cx->caller->account_id, .blocked_id = blocked_id), NULL);
}

struct error *chat_repo_list_blocks(struct ctx *cx, struct id after_id, int64_t limit,
                                    struct array *ret_persons)
{
    return db_list(
        cx, NULL,
        CHAT_LIST_BLOCKS(.account_id = cx->caller->account_id, .after_id = after_id, .limit = limit),
        &blocked_row, ret_persons);
}

struct error *chat_repo_is_blocked(struct ctx *cx, struct tx *tx, struct id one, struct id other,
                                   bool *ret_blocked)
{
    struct db_count row = {0};
    TRY(db_load(cx, tx, CHAT_COUNT_BLOCKS_BETWEEN(.one = one, .other = other), &db_count_row, &row));
    *ret_blocked = row.count > 0;
    return NULL;
}

/* --- what an account leaves behind --- */

struct error *chat_repo_list_member_rooms(struct ctx *cx, struct tx *tx, struct id account_id,
                                          struct array *ret_rooms)
{
    return db_list(cx, tx, CHAT_LIST_MEMBER_ROOMS(.account_id = account_id), &member_room_row, ret_rooms);
}

struct error *chat_repo_forget_person(struct ctx *cx, struct tx *tx, struct id account_id, struct instant now)
{
    TRY(db_exec(cx, tx, CHAT_FORGET_ROOM_OWNER(.account_id = account_id, .now = now), NULL));
    TRY(db_exec(cx, tx, CHAT_FORGET_PAIRS(.account_id = account_id, .now = now), NULL));
    TRY(db_exec(cx, tx, CHAT_DELETE_MEMBERS_OF_ACCOUNT(.account_id = account_id), NULL));
    TRY(db_exec(cx, tx, CHAT_DELETE_BLOCKS_OF_ACCOUNT(.account_id = account_id), NULL));
    return db_exec(cx, tx, CHAT_DELETE_PERSON(.account_id = account_id), NULL);
}

struct error *chat_repo_list_wrong_counts(struct ctx *cx, struct array *ret_rows)
{
    return db_list(cx, NULL, CHAT_LIST_WRONG_COUNTS(.limit = FINDINGS_MAX), &finding_row, ret_rows);
}

struct error *chat_repo_list_wrong_owners(struct ctx *cx, struct array *ret_rows)
{
    return db_list(cx, NULL, CHAT_LIST_WRONG_OWNERS(.limit = FINDINGS_MAX), &finding_row, ret_rows);
}
