/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Keeping what happened to an account, pushing it, and queueing its mail. */
#include "base/json/json_write.h"

#include "platform/clock/clock.h"
#include "platform/crypto/crypto.h"
#include "platform/db/db.h"
#include "platform/live/live.h"

#include "modules/identity/identity.h"
#include "modules/notifications/notifications_repo.h"
#include "modules/notifications/notifications_service.h"

static struct error *load_delivery(struct ctx *cx, struct tx *tx, const struct notification *draft,
                                   enum notification_delivery *ret_delivery)
{
    struct preference_row preference = {0};
    bool is_found = false;
    TRY(notifications_repo_find_preference(cx, tx, draft->account_id, draft->kind, &preference, &is_found));
    *ret_delivery = is_found ? (enum notification_delivery)preference.delivery
                             : notification_default_delivery(draft->kind);
    return NULL;
}

static void push(struct ctx *cx, void *arg)
{
    live_publish(cx->platform, arg);
}

void notifications_push_after_commit(struct ctx *cx, struct tx *tx, const struct notification *notification)
{
    struct notification_view view = notification_view_of(cx->arena, notification);
    struct live_message *message = ARENA_NEW(cx->arena, struct live_message);
    *message = (struct live_message){
        .room = notifications_room(cx->arena, notification->account_id),
        .type = STR("notification"),
        .sequence = notification->sequence,
        .body = json_encode(cx->arena, &notification_view_type, &view),
    };
    tx_after_commit(tx, push, message);
}

static struct error *keep(struct ctx *cx, struct tx *tx, struct notification *notification,
                          enum notification_delivery delivery)
{
    struct array replaced = {0};
    if (notification_replaces_unread(notification->kind))
        TRY(notifications_repo_delete_unread(cx, tx, notification, &replaced));
    for (size_t i = 0; i < replaced.count; i++)
        notification->mailed_at = ARRAY_AT(struct replaced_row, replaced, i)->mailed_at;
    TRY(notifications_repo_next_sequence(cx, tx, notification->account_id, &notification->sequence));
    TRY(notifications_repo_insert(cx, tx, notification));
    notifications_push_after_commit(cx, tx, notification);
    return delivery == NOTIFICATION_MAIL
               ? notifications_queue_mails(cx, tx, (struct array){notification, 1}, notification->created_at)
               : NULL;
}

struct error *notifications_record(struct ctx *cx, struct tx *tx, const struct notification *draft)
{
    struct identity_account account;
    enum notification_delivery delivery = NOTIFICATION_OFF;
    bool is_found = false, is_told = false;
    TRY(identity_find_account(cx, tx, draft->account_id, &account, &is_found));
    if (!is_found)
        return NULL;
    TRY(load_delivery(cx, tx, draft, &delivery));
    if (delivery == NOTIFICATION_OFF)
        return NULL;
    TRY(notifications_repo_find_by_source(cx, tx, draft, &is_told));
    if (is_told)
        return NULL;
    struct notification notification = *draft;
    notification.id = crypto_new_id(cx);
    notification.created_at = clock_now(cx);
    return keep(cx, tx, &notification, delivery);
}

struct error *notifications_record_two(struct ctx *cx, struct tx *tx, const struct notification *a,
                                       const struct notification *b)
{
    bool in_order = id_compare(a->account_id, b->account_id) < 0;
    TRY(notifications_record(cx, tx, in_order ? a : b));
    return notifications_record(cx, tx, in_order ? b : a);
}
