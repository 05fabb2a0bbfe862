/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Rows of messages, changes, edits, reactions and words. See chat_repo.h. */
#include "modules/chat/chat_repo.h"
#include "modules/chat/chat_sql.h"

enum { FINDINGS_MAX = 100, EDITS_MAX = 50 };

/* clang-format off */
static const struct db_column message_columns[] = {
    DB_COLUMN_ID(struct message_row, id),
    DB_COLUMN_ID(struct message_row, room_id),
    DB_COLUMN_I64(struct message_row, sequence),
    DB_COLUMN_I64(struct message_row, number),
    DB_NULLABLE_ID(struct message_row, author_id),
    DB_COLUMN_I32(struct message_row, author_role),
    DB_COLUMN_TEXT(struct message_row, text),
    DB_NULLABLE_ID(struct message_row, reply_to),
    DB_NULLABLE_ID(struct message_row, thread_id),
    DB_COLUMN_I64(struct message_row, reply_count),
    DB_COLUMN_INSTANT(struct message_row, created_at),
    DB_NULLABLE_INSTANT(struct message_row, edited_at),
    DB_NULLABLE_INSTANT(struct message_row, deleted_at),
    DB_NULLABLE_INSTANT(struct message_row, pinned_at),
    DB_COLUMN_TEXT(struct message_row, username),
    DB_COLUMN_TEXT(struct message_row, name),
};
static const struct db_row message_row = DB_ROW(struct message_row, message_columns);

static const struct db_column sent_columns[] = {
    DB_COLUMN_ID(struct message_row, id),
    DB_COLUMN_ID(struct message_row, room_id),
};
static const struct db_row sent_row = DB_ROW(struct message_row, sent_columns);

static const struct db_column own_columns[] = {
    DB_COLUMN_ID(struct message_row, id),
    DB_COLUMN_ID(struct message_row, room_id),
    DB_COLUMN_TEXT(struct message_row, text),
    DB_COLUMN_INSTANT(struct message_row, created_at),
};
static const struct db_row own_row = DB_ROW(struct message_row, own_columns);

static const struct db_column change_columns[] = {
    DB_COLUMN_I64(struct change_row, sequence),
    DB_COLUMN_I32(struct change_row, kind),
    DB_NULLABLE_ID(struct change_row, message_id),
    DB_NULLABLE_ID(struct change_row, account_id),
    DB_COLUMN_TEXT(struct change_row, detail),
};
static const struct db_row change_row = DB_ROW(struct change_row, change_columns);

static const struct db_column edit_columns[] = {
    DB_COLUMN_INSTANT(struct edit_row, edited_at),
    DB_COLUMN_TEXT(struct edit_row, text),
};
static const struct db_row edit_row = DB_ROW(struct edit_row, edit_columns);

static const struct db_column reaction_columns[] = {
    DB_COLUMN_ID(struct reaction_row, message_id),
    DB_COLUMN_TEXT(struct reaction_row, emoji),
    DB_COLUMN_I64(struct reaction_row, count),
};
static const struct db_row reaction_row = DB_ROW(struct reaction_row, reaction_columns);

/* clang-format on */

/* --- the search's words: SQLite's index is kept by statements of its own --- */

static struct error *change_match(struct ctx *cx, struct tx *tx, const struct db_call *call)
{
    return db_engine_of(cx->platform->db) == DB_SQLITE ? db_exec(cx, tx, call, NULL) : NULL;
}

static struct error *insert_words(struct ctx *cx, struct tx *tx, struct id message_id, struct id room_id,
                                  struct str text)
{
    struct str words = chat_search_words(cx->arena, room_id, text);
    TRY(db_exec(cx, tx, CHAT_INSERT_SEARCH(.message_id = message_id, .words = words), NULL));
    return change_match(cx, tx, CHAT_INSERT_MATCH(.message_id = message_id));
}

static struct error *update_words(struct ctx *cx, struct tx *tx, const struct message_row *message,
                                  struct str text)
{
    struct str words = chat_search_words(cx->arena, message->room_id, text);
    TRY(change_match(cx, tx, CHAT_DELETE_MATCH(.message_id = message->id)));
    TRY(db_exec(cx, tx, CHAT_UPDATE_SEARCH(.message_id = message->id, .words = words), NULL));
    return change_match(cx, tx, CHAT_INSERT_MATCH(.message_id = message->id));
}

static struct error *delete_words(struct ctx *cx, struct tx *tx, struct id message_id)
{
    TRY(change_match(cx, tx, CHAT_DELETE_MATCH(.message_id = message_id)));
    return db_exec(cx, tx, CHAT_DELETE_SEARCH(.message_id = message_id), NULL);
}

/* --- messages --- */

static struct error *insert_message(struct ctx *cx, struct tx *tx, const struct message_row *message)
{
    return db_exec(cx, tx,
                   CHAT_INSERT_MESSAGE(.id = message->id, .room_id = message->room_id,
                                       .sequence = message->sequence, .number = message->number,
                                       .author_id = message->author_id, .author_role = message->author_role,
                                       .text = message->text, .reply_to = message->reply_to,
                                       .thread_id = message->thread_id, .client_id = message->client_id,
                                       .now = message->created_at),
                   NULL);
}

struct error *chat_repo_insert_message(struct ctx *cx, struct tx *tx, const struct message_row *message)
{
    TRY(insert_message(cx, tx, message));
    if (!id_is_none(message->thread_id))
        TRY(db_exec(cx, tx, CHAT_COUNT_REPLY(.message_id = message->thread_id), NULL));
    return insert_words(cx, tx, message->id, message->room_id, message->text);
}

struct error *chat_repo_find_message(struct ctx *cx, struct tx *tx, struct id message_id,
                                     struct message_row *ret_message, bool *ret_found)
{
    return db_find(cx, tx, CHAT_FIND_MESSAGE(.message_id = message_id), &message_row, ret_message, ret_found);
}

struct error *chat_repo_find_message_by_client(struct ctx *cx, struct tx *tx, struct id client_id,
                                               struct id *ret_message_id, struct id *ret_room_id)
{
    struct message_row row = {0};
    bool is_found = false;
    TRY(db_find(cx, tx,
                CHAT_FIND_MESSAGE_BY_CLIENT(.author_id = cx->caller->account_id, .client_id = client_id),
                &sent_row, &row, &is_found));
    *ret_message_id = row.id;
    *ret_room_id = row.room_id;
    return NULL;
}

struct error *chat_repo_list_messages(struct ctx *cx, struct tx *tx, const struct message_range *range,
                                      struct array *ret_messages)
{
    bool is_after = range->after >= 0, is_before = range->before > 0;
    uint32_t with = is_after ? CHAT_LIST_MESSAGES_WITH_AFTER : is_before ? CHAT_LIST_MESSAGES_WITH_BEFORE : 0;
    uint32_t order = is_after ? CHAT_LIST_MESSAGES_ORDER_OLDEST : CHAT_LIST_MESSAGES_ORDER_NEWEST;
    return db_list(cx, tx,
                   CHAT_LIST_MESSAGES(.room_id = range->room_id,
                                      .key = is_after ? range->after : range->before, .limit = range->limit,
                                      .with = with, .order = order),
                   &message_row, ret_messages);
}

struct error *chat_repo_list_messages_by_id(struct ctx *cx, struct tx *tx, struct array ids,
                                            struct array *ret_messages)
{
    return db_list(cx, tx, CHAT_LIST_MESSAGES_BY_ID(.message_ids = ids), &message_row, ret_messages);
}

struct error *chat_repo_list_thread(struct ctx *cx, struct id thread_id, int64_t after, int64_t limit,
                                    struct array *ret_messages)
{
    return db_list(cx, NULL, CHAT_LIST_THREAD(.thread_id = thread_id, .key = after, .limit = limit),
                   &message_row, ret_messages);
}

struct error *chat_repo_list_pins(struct ctx *cx, struct tx *tx, struct id room_id,
                                  struct array *ret_messages)
{
    return db_list(cx, tx, CHAT_LIST_PINS(.room_id = room_id, .limit = CHAT_PINS_MAX), &message_row,
                   ret_messages);
}

struct error *chat_repo_count_pins(struct ctx *cx, struct tx *tx, struct id room_id, int64_t *ret_count)
{
    struct db_count row = {0};
    TRY(db_load(cx, tx, CHAT_COUNT_PINS(.room_id = room_id), &db_count_row, &row));
    *ret_count = row.count;
    return NULL;
}

struct error *chat_repo_update_text(struct ctx *cx, struct tx *tx, const struct message_row *message,
                                    struct str text, struct instant now)
{
    TRY(db_exec(cx, tx, CHAT_INSERT_EDIT(.message_id = message->id, .edited_at = now, .text = message->text),
                NULL));
    TRY(db_exec(cx, tx, CHAT_UPDATE_MESSAGE_TEXT(.message_id = message->id, .text = text, .now = now), NULL));
    return update_words(cx, tx, message, text);
}

struct error *chat_repo_bury_message(struct ctx *cx, struct tx *tx, struct id message_id, struct instant now)
{
    TRY(db_exec(cx, tx,
                CHAT_UPDATE_MESSAGE_DELETED(.message_id = message_id, .deleted_by = cx->caller->account_id,
                                            .now = now),
                NULL));
    TRY(delete_words(cx, tx, message_id));
    TRY(db_exec(cx, tx, CHAT_DELETE_EDITS(.message_id = message_id), NULL));
    TRY(db_exec(cx, tx, CHAT_DELETE_REACTIONS(.message_id = message_id), NULL));
    return db_exec(cx, tx, CHAT_DELETE_REACTION_COUNTS(.message_id = message_id), NULL);
}

struct error *chat_repo_update_pinned(struct ctx *cx, struct tx *tx, struct id message_id,
                                      struct instant pinned_at)
{
    return db_exec(cx, tx, CHAT_UPDATE_MESSAGE_PINNED(.message_id = message_id, .pinned_at = pinned_at),
                   NULL);
}

/* --- changes, edits --- */

struct error *chat_repo_insert_change(struct ctx *cx, struct tx *tx, struct id room_id,
                                      const struct change_row *change, struct instant now)
{
    return db_exec(cx, tx,
                   CHAT_INSERT_CHANGE(.room_id = room_id, .sequence = change->sequence, .kind = change->kind,
                                      .message_id = change->message_id, .account_id = change->account_id,
                                      .detail = change->detail, .now = now),
                   NULL);
}

struct error *chat_repo_list_changes(struct ctx *cx, struct tx *tx, struct id room_id, int64_t after,
                                     int64_t limit, struct array *ret_changes)
{
    return db_list(cx, tx, CHAT_LIST_CHANGES(.room_id = room_id, .key = after, .limit = limit), &change_row,
                   ret_changes);
}

struct error *chat_repo_delete_changes_before(struct ctx *cx, struct instant before)
{
    return db_exec(cx, NULL, CHAT_DELETE_CHANGES_BEFORE(.before = before), NULL);
}

struct error *chat_repo_list_edits(struct ctx *cx, struct id message_id, struct array *ret_edits)
{
    return db_list(cx, NULL, CHAT_LIST_EDITS(.message_id = message_id, .limit = EDITS_MAX), &edit_row,
                   ret_edits);
}

/* --- reactions --- */

static struct error *count_reaction(struct ctx *cx, struct tx *tx, struct id message_id, struct str emoji,
                                    int64_t by, struct instant now)
{
    TRY(db_exec(cx, tx,
                CHAT_UPSERT_REACTION_COUNT(.message_id = message_id, .emoji = emoji, .by = by, .now = now),
                NULL));
    return by < 0 ? db_exec(cx, tx, CHAT_DELETE_EMPTY_REACTION_COUNTS(.message_id = message_id), NULL) : NULL;
}

struct error *chat_repo_insert_reaction(struct ctx *cx, struct tx *tx, struct id message_id, struct str emoji,
                                        struct instant now, bool *ret_changed)
{
    int64_t count = 0;
    TRY(db_exec(cx, tx,
                CHAT_INSERT_REACTION(.message_id = message_id, .emoji = emoji,
                                     .account_id = cx->caller->account_id, .now = now),
                &count));
    *ret_changed = count == 1;
    return count == 1 ? count_reaction(cx, tx, message_id, emoji, 1, now) : NULL;
}

struct error *chat_repo_delete_reaction(struct ctx *cx, struct tx *tx, struct id message_id, struct str emoji,
                                        struct instant now, bool *ret_changed)
{
    int64_t count = 0;
    TRY(db_exec(
        cx, tx,
        CHAT_DELETE_REACTION(.message_id = message_id, .emoji = emoji, .account_id = cx->caller->account_id),
        &count));
    *ret_changed = count == 1;
    return count == 1 ? count_reaction(cx, tx, message_id, emoji, -1, now) : NULL;
}

struct error *chat_repo_list_reactions(struct ctx *cx, struct tx *tx, struct array message_ids,
                                       struct array *ret_reactions)
{
    return db_list(cx, tx, CHAT_LIST_REACTION_COUNTS(.message_ids = message_ids), &reaction_row,
                   ret_reactions);
}

struct error *chat_repo_list_own_reactions(struct ctx *cx, struct tx *tx, struct array message_ids,
                                           struct array *ret_reactions)
{
    return db_list(cx, tx,
                   CHAT_LIST_OWN_REACTIONS(.account_id = cx->caller->account_id, .message_ids = message_ids),
                   &reaction_row, ret_reactions);
}

/* --- searching --- */

struct error *chat_repo_search(struct ctx *cx, const struct message_range *range, struct str query,
                               struct array *ret_messages)
{
    bool is_sqlite = db_engine_of(cx->platform->db) == DB_SQLITE;
    struct str matching = is_sqlite ? chat_match_sqlite(cx->arena, range->room_id, query)
                                    : chat_match_postgresql(cx->arena, range->room_id, query);
    *ret_messages = (struct array){0};
    if (matching.ptr == NULL)
        return NULL;
    return db_list(cx, NULL,
                   CHAT_SEARCH_MESSAGES(.room_id = range->room_id, .matching = matching, .key = range->before,
                                        .limit = range->limit,
                                        .with = range->before > 0 ? CHAT_SEARCH_MESSAGES_WITH_BEFORE : 0),
                   &message_row, ret_messages);
}

/* --- what an account leaves behind --- */

struct error *chat_repo_list_messages_of_account(struct ctx *cx, struct id account_id, struct id after_id,
                                                 int64_t limit, struct array *ret_messages)
{
    return db_list(
        cx, NULL,
        CHAT_LIST_MESSAGES_OF_ACCOUNT(.author_id = account_id, .after_id = after_id, .limit = limit),
        &own_row, ret_messages);
}

struct error *chat_repo_forget_author(struct ctx *cx, struct tx *tx, struct id account_id)
{
    TRY(db_exec(cx, tx, CHAT_DELETE_EDITS_OF_ACCOUNT(.author_id = account_id), NULL));
    TRY(db_exec(cx, tx, CHAT_FORGET_AUTHOR(.author_id = account_id), NULL));
    TRY(db_exec(cx, tx, CHAT_FORGET_CHANGE_ACCOUNT(.account_id = account_id), NULL));
    TRY(db_exec(cx, tx, CHAT_UNCOUNT_REACTIONS_OF_ACCOUNT(.account_id = account_id), NULL));
    return db_exec(cx, tx, CHAT_DELETE_REACTIONS_OF_ACCOUNT(.account_id = account_id), NULL);
}

struct error *chat_repo_list_wrong_reactions(struct ctx *cx, struct array *ret_rows)
{
    return db_list(cx, NULL, CHAT_LIST_WRONG_REACTION_COUNTS(.limit = FINDINGS_MAX), &reaction_row, ret_rows);
}

struct error *chat_repo_list_unsearchable(struct ctx *cx, struct array *ret_rows)
{
    return db_list(cx, NULL, CHAT_LIST_UNSEARCHABLE(.limit = FINDINGS_MAX), &reaction_row, ret_rows);
}
