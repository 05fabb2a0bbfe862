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
/* ret_count: how many went. */
MUST_USE struct error *notifications_repo_delete_unread(struct ctx *cx, struct tx *tx,
                                                        const struct notification *like, int64_t *ret_count);

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
