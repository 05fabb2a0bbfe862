/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Facade of notifications: what happened to somebody, kept, pushed and mailed. Owns notification, notification_inbox,
 * notification_preference. Follows the events of others; nobody calls it. */
#ifndef MODULES_NOTIFICATIONS_NOTIFICATIONS_H
#define MODULES_NOTIFICATIONS_NOTIFICATIONS_H

#include "base/text/enum_table.h"

#include "platform/ctx/ctx.h"

struct tx;

/* What can have happened. Numbers are stored. */
enum notifications_kind {
    NOTIFICATIONS_OUTBID,
    NOTIFICATIONS_WON,
    NOTIFICATIONS_LOST,
    NOTIFICATIONS_ENDING_SOON,
    NOTIFICATIONS_SOLD,
    NOTIFICATIONS_UNSOLD,
    NOTIFICATIONS_VOIDED,
    NOTIFICATIONS_MENTION,
    NOTIFICATIONS_DIRECT_MESSAGE,
    NOTIFICATIONS_ORDER_PAID,
    NOTIFICATIONS_REFUND,
    NOTIFICATIONS_KIND_COUNT
};
extern const struct enum_table notifications_kind_words;

#define NOTIFICATIONS_REASONS(X)                                                                             \
    X(notifications_bad_link, "notifications.bad_link", INVALID,                                             \
      "The link does not stop any mails: it is damaged")

REASONS_DECLARE(NOTIFICATIONS_REASONS);

extern const struct module notifications_module;

/* For the account's export and erasure (identity_export_port). */
MUST_USE struct error *notifications_export_account(struct ctx *cx, struct id account_id,
                                                    struct str *ret_json);
MUST_USE struct error *notifications_erase_account(struct ctx *cx, struct tx *tx, struct id account_id);

#endif
