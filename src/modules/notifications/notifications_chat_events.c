/* SPDX-License-Identifier: AGPL-3.0-or-later
 * What notifications takes from chat. */
#include "platform/bus/bus.h"

#include "modules/chat/chat.h"
#include "modules/notifications/notifications_service.h"

static struct error *take_mentioned(struct ctx *cx, struct tx *tx, const struct event *event)
{
    struct chat_mention_event mention = {0};
    TRY(event_decode(cx, event, &chat_message_mentioned, &mention));
    struct notification draft = {
        .account_id = mention.account_id,
        .kind = NOTIFICATIONS_MENTION,
        .source_id = event->id,
        .subject_id = mention.room_id,
        .title = mention.excerpt,
        .actor = mention.author_name,
    };
    return notifications_record(cx, tx, &draft);
}

static struct error *take_direct(struct ctx *cx, struct tx *tx, const struct event *event)
{
    struct chat_direct_event direct = {0};
    TRY(event_decode(cx, event, &chat_direct_received, &direct));
    struct notification draft = {
        .account_id = direct.account_id,
        .kind = NOTIFICATIONS_DIRECT_MESSAGE,
        .source_id = event->id,
        .subject_id = direct.room_id,
        .title = direct.excerpt,
        .actor = direct.author_name,
    };
    return notifications_record(cx, tx, &draft);
}

const struct notifications_reaction notifications_chat_reactions[] = {
    {.type = &chat_message_mentioned, .take = take_mentioned},
    {.type = &chat_direct_received, .take = take_direct},
    {.type = NULL},
};
