/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Rows of notifications. See notifications_repo.h. */
#include "modules/notifications/notifications_repo.h"

#include "modules/notifications/notifications_sql.h"

/* The row as the database has it: a price in two columns. */
struct stored {
    struct id id, account_id, source_id, subject_id;
    int64_t sequence;
    int32_t kind;
    struct str title, actor, currency;
    int64_t amount_minor;
    struct instant created_at, read_at;
};

struct sequence_row {
    int64_t sequence;
};
/* clang-format off */
static const struct db_column stored_columns[] = {
    DB_COLUMN_ID(struct stored, id),
    DB_COLUMN_ID(struct stored, account_id),
    DB_COLUMN_I64(struct stored, sequence),
    DB_COLUMN_I32(struct stored, kind),
    DB_COLUMN_ID(struct stored, source_id),
    DB_COLUMN_ID(struct stored, subject_id),
    DB_COLUMN_TEXT(struct stored, title),
    DB_COLUMN_TEXT(struct stored, actor),
    DB_COLUMN_I64(struct stored, amount_minor),
    DB_COLUMN_TEXT(struct stored, currency),
    DB_COLUMN_INSTANT(struct stored, created_at),
    DB_NULLABLE_INSTANT(struct stored, read_at),
};
static const struct db_row stored_row = DB_ROW(struct stored, stored_columns);

static const struct db_column sequence_columns[] = {DB_COLUMN_I64(struct sequence_row, sequence)};
static const struct db_row sequence_row = DB_ROW(struct sequence_row, sequence_columns);

static const struct db_column preference_columns[] = {
    DB_COLUMN_I32(struct preference_row, kind),
    DB_COLUMN_I32(struct preference_row, delivery),
};
static const struct db_row preference_row = DB_ROW(struct preference_row, preference_columns);

static const struct db_column replaced_columns[] = {
    DB_COLUMN_ID(struct replaced_row, account_id),
    DB_COLUMN_ID(struct replaced_row, subject_id),
    DB_COLUMN_I32(struct replaced_row, kind),
    DB_COLUMN_INSTANT(struct replaced_row, mailed_at),
};
const struct db_row notifications_replaced_row = DB_ROW(struct replaced_row, replaced_columns);

static const struct db_column ahead_columns[] = {
    DB_COLUMN_ID(struct ahead_row, account_id),
    DB_COLUMN_I64(struct ahead_row, sequence),
};
static const struct db_row ahead_row = DB_ROW(struct ahead_row, ahead_columns);
/* clang-format on */

static struct notification notification_of(const struct stored *row)
{
    struct notification notification = {
        .id = row->id,
        .account_id = row->account_id,
        .sequence = row->sequence,
        .kind = row->kind,
        .source_id = row->source_id,
        .subject_id = row->subject_id,
        .title = row->title,
        .actor = row->actor,
        .created_at = row->created_at,
        .read_at = row->read_at,
    };
    if (currency_parse(row->currency, &notification.price.currency))
        notification.price.minor = row->amount_minor;
    return notification;
}

static struct array notifications_of(struct arena *arena, struct array rows)
{
    struct notification *all = ARENA_ARRAY(arena, struct notification, rows.count);
    for (size_t i = 0; i < rows.count; i++)
        all[i] = notification_of(ARRAY_AT(struct stored, rows, i));
    return (struct array){all, rows.count};
}

/* --- sequences --- */

struct error *notifications_repo_next_sequence(struct ctx *cx, struct tx *tx, struct id account_id,
                                               int64_t *ret_sequence)
{
    struct sequence_row row = {0};
    TRY(db_load(cx, tx, NOTIFICATIONS_NEXT_SEQUENCE(.account_id = account_id), &sequence_row, &row));
    *ret_sequence = row.sequence;
    return NULL;
}

struct error *notifications_repo_last_sequence(struct ctx *cx, struct id account_id, int64_t *ret_sequence)
{
    struct sequence_row row = {0};
    bool is_found = false;
    TRY(db_find(cx, NULL, NOTIFICATIONS_FIND_SEQUENCE(.account_id = account_id), &sequence_row, &row,
                &is_found));
    *ret_sequence = row.sequence;
    return NULL;
}

/* --- notifications --- */

struct error *notifications_repo_insert(struct ctx *cx, struct tx *tx,
                                        const struct notification *notification)
{
    const struct money *price = &notification->price;
    return db_exec(cx, tx,
                   NOTIFICATIONS_INSERT_NOTIFICATION(
                           .id = notification->id, .account_id = notification->account_id,
                           .sequence = notification->sequence, .kind = notification->kind,
                           .source_id = notification->source_id, .subject_id = notification->subject_id,
                           .title = notification->title, .actor = notification->actor,
                           .amount_minor = price->minor, .currency = str_cstr(price->currency.code),
                           .now = notification->created_at, .mailed_at = notification->mailed_at),
                   NULL);
}

struct error *notifications_repo_find_by_source(struct ctx *cx, struct tx *tx,
                                                const struct notification *like, bool *ret_found)
{
    struct stored row = {0};
    return db_find(cx, tx,
                   NOTIFICATIONS_FIND_BY_SOURCE(.source_id = like->source_id, .account_id = like->account_id,
                                                .kind = like->kind),
                   &stored_row, &row, ret_found);
}

struct error *notifications_repo_find(struct ctx *cx, struct tx *tx, struct id id,
                                      struct notification *ret_notification, bool *ret_found)
{
    struct stored row = {0};
    TRY(db_find(cx, tx, NOTIFICATIONS_FIND_NOTIFICATION(.id = id), &stored_row, &row, ret_found));
    *ret_notification = notification_of(&row);
    return NULL;
}

struct error *notifications_repo_find_unread(struct ctx *cx, const struct notification *like,
                                             struct notification *ret_notification, bool *ret_found)
{
    struct stored row = {0};
    TRY(db_find(cx, NULL,
                NOTIFICATIONS_FIND_UNREAD_OF_SUBJECT(.account_id = like->account_id,
                                                     .subject_id = like->subject_id, .kind = like->kind),
                &stored_row, &row, ret_found));
    *ret_notification = notification_of(&row);
    return NULL;
}

struct error *notifications_repo_delete_unread(struct ctx *cx, struct tx *tx, const struct notification *like,
                                               struct array *ret_replaced)
{
    return db_list(cx, tx,
                   NOTIFICATIONS_DELETE_UNREAD_OF_SUBJECT(.account_id = like->account_id,
                                                          .subject_id = like->subject_id, .kind = like->kind),
                   &notifications_replaced_row, ret_replaced);
}

struct error *notifications_repo_mark_mailed(struct ctx *cx, const struct notification *like,
                                             struct instant now)
{
    return db_exec(cx, NULL,
                   NOTIFICATIONS_MARK_MAILED(.account_id = like->account_id, .subject_id = like->subject_id,
                                             .kind = like->kind, .now = now),
                   NULL);
}

struct error *notifications_repo_list(struct ctx *cx, struct id account_id, int64_t before,
                                      enum notifications_which which, int64_t limit,
                                      struct array *ret_notifications)
{
    struct array rows = {0};
    TRY(db_list(cx, NULL,
                NOTIFICATIONS_LIST_NOTIFICATIONS(.account_id = account_id, .before = before, .limit = limit,
                                                 .with = which == NOTIFICATIONS_UNREAD
                                                             ? NOTIFICATIONS_LIST_NOTIFICATIONS_WITH_UNREAD
                                                             : 0),
                &stored_row, &rows));
    *ret_notifications = notifications_of(cx->arena, rows);
    return NULL;
}

struct error *notifications_repo_list_since(struct ctx *cx, struct id account_id, int64_t after,
                                            int64_t limit, struct array *ret_notifications)
{
    struct array rows = {0};
    TRY(db_list(cx, NULL, NOTIFICATIONS_LIST_SINCE(.account_id = account_id, .after = after, .limit = limit),
                &stored_row, &rows));
    *ret_notifications = notifications_of(cx->arena, rows);
    return NULL;
}

struct error *notifications_repo_count_unread(struct ctx *cx, struct tx *tx, struct id account_id,
                                              int64_t limit, int64_t *ret_count)
{
    struct db_count row = {0};
    TRY(db_load(cx, tx, NOTIFICATIONS_COUNT_UNREAD(.account_id = account_id, .limit = limit), &db_count_row,
                &row));
    *ret_count = row.count;
    return NULL;
}

struct error *notifications_repo_mark_read(struct ctx *cx, struct tx *tx, struct id account_id, struct id id,
                                           struct instant now)
{
    return db_exec(cx, tx, NOTIFICATIONS_MARK_READ(.id = id, .account_id = account_id, .now = now), NULL);
}

struct error *notifications_repo_mark_all_read(struct ctx *cx, struct tx *tx, struct id account_id,
                                               struct instant now)
{
    return db_exec(cx, tx, NOTIFICATIONS_MARK_ALL_READ(.account_id = account_id, .now = now), NULL);
}

struct error *notifications_repo_delete_older(struct ctx *cx, struct instant before, int64_t limit,
                                              int64_t *ret_count)
{
    return db_exec(cx, NULL, NOTIFICATIONS_DELETE_OLDER(.before = before, .limit = limit), ret_count);
}

/* --- preferences --- */

struct error *notifications_repo_find_preference(struct ctx *cx, struct tx *tx, struct id account_id,
                                                 int32_t kind, struct preference_row *ret_preference,
                                                 bool *ret_found)
{
    return db_find(cx, tx, NOTIFICATIONS_FIND_PREFERENCE(.account_id = account_id, .kind = kind),
                   &preference_row, ret_preference, ret_found);
}

struct error *notifications_repo_list_preferences(struct ctx *cx, struct id account_id,
                                                  struct array *ret_preferences)
{
    return db_list(cx, NULL, NOTIFICATIONS_LIST_PREFERENCES(.account_id = account_id), &preference_row,
                   ret_preferences);
}

struct error *notifications_repo_set_preference(struct ctx *cx, struct tx *tx, struct id account_id,
                                                const struct preference_row *preference)
{
    return db_exec(cx, tx,
                   NOTIFICATIONS_UPSERT_PREFERENCE(.account_id = account_id, .kind = preference->kind,
                                                   .delivery = preference->delivery),
                   NULL);
}

/* --- the whole --- */

struct error *notifications_repo_delete_of_account(struct ctx *cx, struct tx *tx, struct id account_id)
{
    TRY(db_exec(cx, tx, NOTIFICATIONS_DELETE_NOTIFICATIONS_OF_ACCOUNT(.account_id = account_id), NULL));
    return db_exec(cx, tx, NOTIFICATIONS_DELETE_PREFERENCES_OF_ACCOUNT(.account_id = account_id), NULL);
}

struct error *notifications_repo_list_ahead(struct ctx *cx, struct array *ret_rows)
{
    return db_list(cx, NULL, NOTIFICATIONS_LIST_AHEAD(), &ahead_row, ret_rows);
}
