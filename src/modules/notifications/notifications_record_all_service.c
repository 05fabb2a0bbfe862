/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Keeping several notifications at once: what notifications_record does to each, by one statement for all where that is cheaper. */
#include "platform/clock/clock.h"
#include "platform/crypto/crypto.h"
#include "platform/db/lists.h"

#include "modules/identity/identity.h"
#include "modules/notifications/notifications_repo.h"
#include "modules/notifications/notifications_service.h"

/* What is left to be told. The notification comes first: lists are made of it. */
struct pending {
    struct notification notification;
    enum notification_delivery delivery;
};

struct pending_list {
    struct pending *items;
    size_t count;
};

static bool is_for(const struct notification *notification, struct id account_id, int32_t kind)
{
    return notification->kind == kind && id_equal(notification->account_id, account_id);
}

/* Only the latest of those that replace each other. */
static struct pending_list list_latest(struct ctx *cx, const struct notification *drafts, size_t count)
{
    struct pending_list list = {.items = ARENA_ARRAY(cx->arena, struct pending, count)};
    for (size_t i = 0; i < count; i++) {
        bool is_latest = true;
        for (size_t j = i + 1; is_latest && notification_replaces_unread(drafts[i].kind) && j < count; j++)
            is_latest = !is_for(&drafts[i], drafts[j].account_id, drafts[j].kind) ||
                        !id_equal(drafts[i].subject_id, drafts[j].subject_id);
        if (is_latest)
            list.items[list.count++] = (struct pending){.notification = drafts[i]};
    }
    return list;
}

static struct db_rows_in rows_of(struct ctx *cx, const struct pending_list *list)
{
    return DB_ROWS_IN(cx->arena, list->items, list->count);
}

/* --- who is not to be told --- */

static void drop_where(struct pending_list *list,
                       bool (*is_out)(const struct pending *, const struct array *),
                       const struct array *found)
{
    size_t kept = 0;
    for (size_t i = 0; i < list->count; i++)
        if (!is_out(&list->items[i], found))
            list->items[kept++] = list->items[i];
    list->count = kept;
}

static bool is_gone(const struct pending *pending, const struct array *there)
{
    for (size_t i = 0; i < there->count; i++)
        if (id_equal(pending->notification.account_id, ARRAY_AT(struct db_id, *there, i)->id))
            return false;
    return true;
}

static bool is_told(const struct pending *pending, const struct array *told)
{
    for (size_t i = 0; i < told->count; i++) {
        const struct told_row *row = ARRAY_AT(struct told_row, *told, i);
        if (is_for(&pending->notification, row->account_id, row->kind) &&
            id_equal(pending->notification.source_id, row->source_id))
            return true;
    }
    return false;
}

static bool is_off(const struct pending *pending, const struct array *unused)
{
    (void)unused;
    return pending->delivery == NOTIFICATION_OFF;
}

static void set_deliveries(struct pending_list *list, const struct array *said)
{
    for (size_t i = 0; i < list->count; i++) {
        struct pending *pending = &list->items[i];
        pending->delivery = notification_default_delivery(pending->notification.kind);
        for (size_t j = 0; j < said->count; j++) {
            const struct said_row *row = ARRAY_AT(struct said_row, *said, j);
            if (is_for(&pending->notification, row->account_id, row->kind))
                pending->delivery = (enum notification_delivery)row->delivery;
        }
    }
}

static struct error *drop_unwanted(struct ctx *cx, struct tx *tx, struct pending_list *list)
{
    struct array there = {0}, said = {0}, told = {0};
    struct db_rows_in rows = rows_of(cx, list);
    TRY(identity_list_there(cx, tx, DB_LIST_OF(&rows, struct notification, account_id, struct id), &there));
    TRY(notifications_repo_list_said(cx, tx, &rows, &said));
    TRY(notifications_repo_list_told(cx, tx, &rows, &told));
    set_deliveries(list, &said);
    drop_where(list, is_gone, &there);
    drop_where(list, is_told, &told);
    drop_where(list, is_off, NULL);
    return NULL;
}

/* --- storing --- */

static struct error *replace_unread(struct ctx *cx, struct tx *tx, struct pending_list *list)
{
    VEC(struct notification) like = {0};
    struct array replaced = {0};
    for (size_t i = 0; i < list->count; i++)
        if (notification_replaces_unread(list->items[i].notification.kind))
            *VEC_PUSH(cx->arena, &like) = list->items[i].notification;
    if (like.count == 0)
        return NULL;
    struct db_rows_in rows = DB_ROWS_IN(cx->arena, like.items, like.count);
    TRY(notifications_repo_delete_unread_all(cx, tx, &rows, &replaced));
    for (size_t i = 0; i < list->count; i++) {
        struct pending *pending = &list->items[i];
        for (size_t j = 0; j < replaced.count; j++) {
            const struct replaced_row *row = ARRAY_AT(struct replaced_row, replaced, j);
            if (is_for(&pending->notification, row->account_id, row->kind) &&
                id_equal(pending->notification.subject_id, row->subject_id))
                pending->notification.mailed_at = row->mailed_at;
        }
    }
    return NULL;
}

static struct inbox_row *find_inbox(struct inbox_row *inboxes, size_t count, struct id account_id)
{
    for (size_t i = 0; i < count; i++)
        if (id_equal(inboxes[i].account_id, account_id))
            return &inboxes[i];
    return NULL;
}

static struct error *number(struct ctx *cx, struct tx *tx, struct pending_list *list)
{
    VEC(struct inbox_row) wanted = {0};
    struct array inboxes = {0};
    for (size_t i = 0; i < list->count; i++) {
        struct id account_id = list->items[i].notification.account_id;
        struct inbox_row *inbox = find_inbox(wanted.items, wanted.count, account_id);
        if (inbox == NULL) {
            inbox = VEC_PUSH(cx->arena, &wanted);
            *inbox = (struct inbox_row){.account_id = account_id};
        }
        inbox->sequence++;
    }
    struct db_rows_in rows = DB_ROWS_IN(cx->arena, wanted.items, wanted.count);
    TRY(notifications_repo_next_sequences(cx, tx, &rows, &inboxes));
    for (size_t i = list->count; i > 0; i--) {
        struct notification *notification = &list->items[i - 1].notification;
        struct inbox_row *inbox = find_inbox(inboxes.items, inboxes.count, notification->account_id);
        REQUIRE(inbox != NULL);
        notification->sequence = inbox->sequence--;
    }
    return NULL;
}

static struct error *queue_mails(struct ctx *cx, struct tx *tx, const struct pending_list *list,
                                 struct instant now)
{
    VEC(struct notification) wanted = {0};
    for (size_t i = 0; i < list->count; i++)
        if (list->items[i].delivery == NOTIFICATION_MAIL)
            *VEC_PUSH(cx->arena, &wanted) = list->items[i].notification;
    return notifications_queue_mails(cx, tx, (struct array){wanted.items, wanted.count}, now);
}

static struct error *keep_all(struct ctx *cx, struct tx *tx, struct pending_list *list)
{
    struct instant now = clock_now(cx);
    for (size_t i = 0; i < list->count; i++) {
        list->items[i].notification.id = crypto_new_id(cx);
        list->items[i].notification.created_at = now;
    }
    TRY(replace_unread(cx, tx, list));
    TRY(number(cx, tx, list));
    struct db_rows_in rows = rows_of(cx, list);
    TRY(notifications_repo_insert_all(cx, tx, &rows));
    for (size_t i = 0; i < list->count; i++)
        notifications_push_after_commit(cx, tx, &list->items[i].notification);
    return queue_mails(cx, tx, list, now);
}

struct error *notifications_record_all(struct ctx *cx, struct tx *tx, const struct notification *drafts,
                                       size_t count)
{
    struct pending_list list = list_latest(cx, drafts, count);
    if (list.count > 1 && db_takes_lists(cx)) {
        TRY(drop_unwanted(cx, tx, &list));
        return list.count > 0 ? keep_all(cx, tx, &list) : NULL;
    }
    for (size_t i = 0; i < list.count; i++)
        TRY(notifications_record(cx, tx, &list.items[i].notification));
    return NULL;
}
