/* SPDX-License-Identifier: AGPL-3.0-or-later
 * The room "me": what happens to the account that watches. */
#include "base/json/json_write.h"

#include "platform/live/live.h"

#include "modules/notifications/notifications_service.h"

struct summary {
    int64_t unread_count;
};
static const struct json_field summary_fields[] = {JSON_INTEGER(struct summary, unread_count)};
static const struct json_type summary_type = JSON_TYPE("NotificationSummary", struct summary, summary_fields);

static void put_missed(struct ctx *cx, struct live_join *join, struct array missed)
{
    struct live_message *messages = ARENA_ARRAY(cx->arena, struct live_message, missed.count);
    for (size_t i = 0; i < missed.count; i++) {
        const struct notification *notification = ARRAY_AT(struct notification, missed, i);
        struct notification_view view = notification_view_of(cx->arena, notification);
        messages[i] = (struct live_message){
            .room = join->room,
            .type = STR("notification"),
            .sequence = notification->sequence,
            .body = json_encode(cx->arena, &notification_view_type, &view),
        };
        join->sequence = notification->sequence;
    }
    join->missed = (struct array){messages, missed.count};
}

static struct error *join_me(struct ctx *cx, struct live_join *join)
{
    struct id account_id = cx->caller->account_id;
    struct array missed = {0};
    struct summary summary = {0};
    if (!str_is_empty(join->key))
        return ERROR_CODE(cx, NOT_FOUND, "there is no such room");
    join->room = notifications_room(cx->arena, account_id);
    TRY(notifications_list_missed(cx, account_id, join->after_sequence, LIVE_MISSED_MAX, &missed));
    if (missed.items != NULL) {
        join->sequence = join->after_sequence;
        put_missed(cx, join, missed);
        return NULL;
    }
    TRY(notifications_load_summary(cx, account_id, &join->sequence, &summary.unread_count));
    join->snapshot = json_encode(cx->arena, &summary_type, &summary);
    return NULL;
}

const struct live_room_kind notifications_rooms[] = {
    {.prefix = "me",
     .help = "What happens to the own account: notifications",
     .needs_login = true,
     .join = join_me},
    {.prefix = NULL},
};
