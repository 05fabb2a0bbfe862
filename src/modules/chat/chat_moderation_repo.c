/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Rows of reports, of the moderators' log and of refused words. See chat_repo.h. */
#include "modules/chat/chat_repo.h"
#include "modules/chat/chat_sql.h"

/* clang-format off */
static const struct db_column report_columns[] = {
    DB_COLUMN_ID(struct report_row, id),
    DB_COLUMN_ID(struct report_row, message_id),
    DB_COLUMN_ID(struct report_row, room_id),
    DB_NULLABLE_ID(struct report_row, author_id),
    DB_NULLABLE_ID(struct report_row, reporter_id),
    DB_COLUMN_I32(struct report_row, reason),
    DB_COLUMN_TEXT(struct report_row, note),
    DB_COLUMN_TEXT(struct report_row, text),
    DB_COLUMN_INSTANT(struct report_row, created_at),
    DB_NULLABLE_INSTANT(struct report_row, decided_at),
    DB_NULLABLE_ID(struct report_row, decided_by),
    DB_NULLABLE_I32(struct report_row, decision),
};
static const struct db_row report_row = DB_ROW(struct report_row, report_columns);

static const struct db_column action_columns[] = {
    DB_COLUMN_ID(struct action_row, id),
    DB_COLUMN_ID(struct action_row, room_id),
    DB_NULLABLE_ID(struct action_row, actor_id),
    DB_NULLABLE_ID(struct action_row, target_id),
    DB_NULLABLE_ID(struct action_row, message_id),
    DB_COLUMN_I32(struct action_row, kind),
    DB_NULLABLE_INSTANT(struct action_row, until),
    DB_COLUMN_TEXT(struct action_row, reason),
    DB_COLUMN_INSTANT(struct action_row, created_at),
};
static const struct db_row action_row = DB_ROW(struct action_row, action_columns);

static const struct db_column word_columns[] = {
    DB_COLUMN_TEXT(struct word_row, word),
    DB_COLUMN_INSTANT(struct word_row, created_at),
};
static const struct db_row word_row = DB_ROW(struct word_row, word_columns);

/* clang-format on */

/* --- reports --- */

struct error *chat_repo_insert_report(struct ctx *cx, struct tx *tx, const struct report_row *report)
{
    return db_exec(cx, tx,
                   CHAT_INSERT_REPORT(.id = report->id, .message_id = report->message_id,
                                      .room_id = report->room_id, .author_id = report->author_id,
                                      .reporter_id = report->reporter_id, .reason = report->reason,
                                      .note = report->note, .text = report->text, .now = report->created_at),
                   NULL);
}

struct error *chat_repo_lock_report(struct ctx *cx, struct tx *tx, struct id report_id,
                                    struct report_row *ret_report, bool *ret_found)
{
    return db_find(cx, tx, CHAT_FIND_REPORT(.report_id = report_id), &report_row, ret_report, ret_found);
}

struct error *chat_repo_list_open_reports(struct ctx *cx, const struct page_key *after, int64_t limit,
                                          struct array *ret_reports)
{
    return db_list(cx, NULL,
                   CHAT_LIST_OPEN_REPORTS(.key = after->at, .key_id = after->id, .limit = limit,
                                          .with = after->is_set ? CHAT_LIST_OPEN_REPORTS_WITH_AFTER : 0),
                   &report_row, ret_reports);
}

struct error *chat_repo_list_decided_reports(struct ctx *cx, const struct page_key *after, int64_t limit,
                                             struct array *ret_reports)
{
    return db_list(
        cx, NULL,
        CHAT_LIST_DECIDED_REPORTS(.key = after->at, .key_id = after->id, .limit = limit,
                                  .with = after->is_set ? CHAT_LIST_DECIDED_REPORTS_WITH_AFTER : 0),
        &report_row, ret_reports);
}

struct error *chat_repo_decide_reports(struct ctx *cx, struct tx *tx, struct id message_id,
                                       enum chat_decision decision, struct instant now)
{
    return db_exec(cx, tx,
                   CHAT_DECIDE_REPORTS(.message_id = message_id, .decided_by = cx->caller->account_id,
                                       .decision = (int32_t)decision, .now = now),
                   NULL);
}

/* --- the log --- */

struct error *chat_repo_insert_action(struct ctx *cx, struct tx *tx, const struct action_row *action)
{
    return db_exec(cx, tx,
                   CHAT_INSERT_ACTION(.id = action->id, .room_id = action->room_id,
                                      .actor_id = action->actor_id, .target_id = action->target_id,
                                      .message_id = action->message_id, .kind = action->kind,
                                      .until = action->until, .reason = action->reason,
                                      .now = action->created_at),
                   NULL);
}

struct error *chat_repo_list_actions(struct ctx *cx, struct id room_id, const struct page_key *after,
                                     int64_t limit, struct array *ret_actions)
{
    if (id_is_none(room_id))
        return db_list(cx, NULL,
                       CHAT_LIST_ACTIONS(.key = after->at, .key_id = after->id, .limit = limit,
                                         .with = after->is_set ? CHAT_LIST_ACTIONS_WITH_AFTER : 0),
                       &action_row, ret_actions);
    return db_list(
        cx, NULL,
        CHAT_LIST_ACTIONS_OF_ROOM(.room_id = room_id, .key = after->at, .key_id = after->id, .limit = limit,
                                  .with = after->is_set ? CHAT_LIST_ACTIONS_OF_ROOM_WITH_AFTER : 0),
        &action_row, ret_actions);
}

/* --- refused words --- */

struct error *chat_repo_insert_word(struct ctx *cx, struct tx *tx, struct str word, struct instant now)
{
    return db_exec(cx, tx, CHAT_INSERT_WORD(.word = word, .created_by = cx->caller->account_id, .now = now),
                   NULL);
}

struct error *chat_repo_delete_word(struct ctx *cx, struct tx *tx, struct str word, bool *ret_changed)
{
    int64_t count = 0;
    TRY(db_exec(cx, tx, CHAT_DELETE_WORD(.word = word), &count));
    *ret_changed = count == 1;
    return NULL;
}

struct error *chat_repo_count_words(struct ctx *cx, struct tx *tx, int64_t *ret_count)
{
    struct db_count row = {0};
    TRY(db_load(cx, tx, CHAT_COUNT_WORDS(), &db_count_row, &row));
    *ret_count = row.count;
    return NULL;
}

struct error *chat_repo_list_words(struct ctx *cx, struct array *ret_words)
{
    return db_list(cx, NULL, CHAT_LIST_WORDS(), &word_row, ret_words);
}

/* --- what an account leaves behind --- */

struct error *chat_repo_forget_moderation(struct ctx *cx, struct tx *tx, struct id account_id)
{
    TRY(db_exec(cx, tx, CHAT_FORGET_REPORTER(.account_id = account_id), NULL));
    TRY(db_exec(cx, tx, CHAT_FORGET_REPORTED(.account_id = account_id), NULL));
    TRY(db_exec(cx, tx, CHAT_FORGET_ACTOR(.account_id = account_id), NULL));
    TRY(db_exec(cx, tx, CHAT_FORGET_TARGET(.account_id = account_id), NULL));
    return db_exec(cx, tx, CHAT_FORGET_WORD_CREATOR(.account_id = account_id), NULL);
}
