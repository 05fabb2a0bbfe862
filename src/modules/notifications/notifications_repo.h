/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Rows of notifications. tx may be NULL where only read. */
#ifndef MODULES_NOTIFICATIONS_NOTIFICATIONS_REPO_H
#define MODULES_NOTIFICATIONS_NOTIFICATIONS_REPO_H

#include "base/data/vec.h"

#include "platform/ctx/ctx.h"
#include "platform/db/db.h"

#include "modules/notifications/notifications_domain.h"

struct preference_row {
    int32_t kind, delivery;
};
struct replaced_row {
    struct id account_id, subject_id;
    int32_t kind;
    struct instant mailed_at;
};
struct ahead_row {
    struct id account_id;
    int64_t sequence;
};

/* Takes the account's next sequence; its row stays locked until the end of tx. */
MUST_USE struct error *notifications_repo_next_sequence(struct ctx *cx, struct tx *tx, struct id account_id,
                                                        int64_t *ret_sequence);
/* The last one given; 0: none yet. */
MUST_USE struct error *notifications_repo_last_sequence(struct ctx *cx, struct id account_id,
                                                        int64_t *ret_sequence);
MUST_USE struct error *notifications_repo_insert(struct ctx *cx, struct tx *tx,
                                                 const struct notification *notification);
/* Whether the account was told of this event as this kind. */
MUST_USE struct error *notifications_repo_find_by_source(struct ctx *cx, struct tx *tx,
                                                         const struct notification *like, bool *ret_found);
MUST_USE struct error *notifications_repo_find(struct ctx *cx, struct tx *tx, struct id id,
                                               struct notification *ret_notification, bool *ret_found);
/* The unread one of this account, subject and kind. */
MUST_USE struct error *notifications_repo_find_unread(struct ctx *cx, const struct notification *like,
                                                      struct notification *ret_notification, bool *ret_found);
/* Array of struct replaced_row, by this row. */
extern const struct db_row notifications_replaced_row;
MUST_USE struct error *notifications_repo_delete_unread(struct ctx *cx, struct tx *tx,
                                                        const struct notification *like,
                                                        struct array *ret_replaced);
MUST_USE struct error *notifications_repo_mark_mailed(struct ctx *cx, const struct notification *like,
                                                      struct instant now);

/* The same for several at once, which are taken out of structs of the caller's that begin with a struct notification; PostgreSQL
 * only (db_takes_lists). */
struct db_rows_in;
struct told_row {
    struct id source_id, account_id;
    int32_t kind;
};
struct said_row {
    struct id account_id;
    int32_t kind, delivery;
};
struct inbox_row {
    struct id account_id;
    int64_t sequence; /* the last that was given; of what is wanted: how many */
};
MUST_USE struct error *notifications_repo_list_told(struct ctx *cx, struct tx *tx,
                                                    const struct db_rows_in *drafts, struct array *ret_told);
MUST_USE struct error *notifications_repo_list_said(struct ctx *cx, struct tx *tx,
                                                    const struct db_rows_in *drafts, struct array *ret_said);
MUST_USE struct error *notifications_repo_delete_unread_all(struct ctx *cx, struct tx *tx,
                                                            const struct db_rows_in *like,
                                                            struct array *ret_replaced);
MUST_USE struct error *notifications_repo_next_sequences(struct ctx *cx, struct tx *tx,
                                                         const struct db_rows_in *wanted,
                                                         struct array *ret_inboxes);
MUST_USE struct error *notifications_repo_insert_all(struct ctx *cx, struct tx *tx,
                                                     const struct db_rows_in *rows);

/* Newest first, those with a sequence below `before`; array of struct notification. */
enum notifications_which { NOTIFICATIONS_ALL, NOTIFICATIONS_UNREAD };
MUST_USE struct error *notifications_repo_list(struct ctx *cx, struct id account_id, int64_t before,
                                               enum notifications_which which, int64_t limit,
                                               struct array *ret_notifications);
/* Oldest first, those with a sequence above `after`. */
MUST_USE struct error *notifications_repo_list_since(struct ctx *cx, struct id account_id, int64_t after,
                                                     int64_t limit, struct array *ret_notifications);
/* Stops counting at the limit. */
MUST_USE struct error *notifications_repo_count_unread(struct ctx *cx, struct tx *tx, struct id account_id,
                                                       int64_t limit, int64_t *ret_count);
MUST_USE struct error *notifications_repo_mark_read(struct ctx *cx, struct tx *tx, struct id account_id,
                                                    struct id id, struct instant now);
MUST_USE struct error *notifications_repo_mark_all_read(struct ctx *cx, struct tx *tx, struct id account_id,
                                                        struct instant now);
MUST_USE struct error *notifications_repo_delete_older(struct ctx *cx, struct instant before, int64_t limit,
                                                       int64_t *ret_count);

MUST_USE struct error *notifications_repo_find_preference(struct ctx *cx, struct tx *tx, struct id account_id,
                                                          int32_t kind, struct preference_row *ret_preference,
                                                          bool *ret_found);
/* Array of struct preference_row: what the account said, not the defaults. */
MUST_USE struct error *notifications_repo_list_preferences(struct ctx *cx, struct id account_id,
                                                           struct array *ret_preferences);
MUST_USE struct error *notifications_repo_set_preference(struct ctx *cx, struct tx *tx, struct id account_id,
                                                         const struct preference_row *preference);

/* Its notifications and preferences. The count stays, so that a sequence never comes twice. */
MUST_USE struct error *notifications_repo_delete_of_account(struct ctx *cx, struct tx *tx,
                                                            struct id account_id);
/* Array of struct ahead_row, at most 100: whose notifications are ahead of their count. */
MUST_USE struct error *notifications_repo_list_ahead(struct ctx *cx, struct array *ret_rows);

#endif
