/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Rows of several notifications by one statement each, on PostgreSQL. See notifications_repo.h. */
#include "platform/db/lists.h"

#include "modules/notifications/notifications_repo.h"
#include "modules/notifications/notifications_sql.h"

static const struct db_column told_columns[] = {
    DB_COLUMN_ID(struct told_row, source_id),
    DB_COLUMN_ID(struct told_row, account_id),
    DB_COLUMN_I32(struct told_row, kind),
};
static const struct db_row told_row = DB_ROW(struct told_row, told_columns);

static const struct db_column said_columns[] = {
    DB_COLUMN_ID(struct said_row, account_id),
    DB_COLUMN_I32(struct said_row, kind),
    DB_COLUMN_I32(struct said_row, delivery),
};
static const struct db_row said_row = DB_ROW(struct said_row, said_columns);

static const struct db_column last_columns[] = {
    DB_COLUMN_ID(struct inbox_row, account_id),
    DB_COLUMN_I64(struct inbox_row, sequence),
};
static const struct db_row inbox_row = DB_ROW(struct inbox_row, last_columns);

#define IDS(rows_, member_)  DB_LIST_OF(rows_, struct notification, member_, struct id)
#define TEXT(rows_, member_) DB_LIST_OF(rows_, struct notification, member_, struct str)
#define KINDS(rows_)         DB_WIDENED_LIST_OF(rows_, struct notification, kind)

struct error *notifications_repo_list_told(struct ctx *cx, struct tx *tx, const struct db_rows_in *drafts,
                                           struct array *ret_told)
{
    return db_list(cx, tx,
                   NOTIFICATIONS_LIST_TOLD(.source_ids = IDS(drafts, source_id),
                                           .account_ids = IDS(drafts, account_id), .kinds = KINDS(drafts)),
                   &told_row, ret_told);
}

struct error *notifications_repo_list_said(struct ctx *cx, struct tx *tx, const struct db_rows_in *drafts,
                                           struct array *ret_said)
{
    return db_list(
        cx, tx,
        NOTIFICATIONS_LIST_PREFERENCES_OF(.account_ids = IDS(drafts, account_id), .kinds = KINDS(drafts)),
        &said_row, ret_said);
}

struct error *notifications_repo_delete_unread_all(struct ctx *cx, struct tx *tx,
                                                   const struct db_rows_in *like, struct array *ret_replaced)
{
    return db_list(cx, tx,
                   NOTIFICATIONS_DELETE_UNREAD_OF_SUBJECTS(.account_ids = IDS(like, account_id),
                                                           .subject_ids = IDS(like, subject_id),
                                                           .kinds = KINDS(like)),
                   &notifications_replaced_row, ret_replaced);
}

struct error *notifications_repo_next_sequences(struct ctx *cx, struct tx *tx,
                                                const struct db_rows_in *wanted, struct array *ret_inboxes)
{
    return db_list(
        cx, tx,
        NOTIFICATIONS_NEXT_SEQUENCES(.account_ids =
                                         DB_LIST_OF(wanted, struct inbox_row, account_id, struct id),
                                     .counts = DB_LIST_OF(wanted, struct inbox_row, sequence, int64_t)),
        &inbox_row, ret_inboxes);
}

static struct array currencies_of(const struct db_rows_in *rows)
{
    struct str *codes = ARENA_ARRAY(rows->arena, struct str, rows->count);
    for (size_t i = 0; i < rows->count; i++) {
        const struct notification *row = (const void *)((const char *)rows->first + i * rows->stride);
        codes[i] = str_cstr(row->price.currency.code);
    }
    return (struct array){codes, rows->count};
}

struct error *notifications_repo_insert_all(struct ctx *cx, struct tx *tx, const struct db_rows_in *rows)
{
    return db_exec(cx, tx,
                   NOTIFICATIONS_INSERT_NOTIFICATIONS(
                           .ids = IDS(rows, id), .account_ids = IDS(rows, account_id),
                           .sequences = DB_LIST_OF(rows, struct notification, sequence, int64_t),
                           .kinds = KINDS(rows), .source_ids = IDS(rows, source_id),
                           .subject_ids = IDS(rows, subject_id), .titles = TEXT(rows, title),
                           .actors = TEXT(rows, actor),
                           .amounts = DB_LIST_OF(rows, struct notification, price.minor, int64_t),
                           .currencies = currencies_of(rows),
                           .nows = DB_LIST_OF(rows, struct notification, created_at, struct instant),
                           .mailed = DB_LIST_OF(rows, struct notification, mailed_at, struct instant)),
                   NULL);
}
