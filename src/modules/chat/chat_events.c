/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Events that chat publishes. */
#include "platform/bus/bus.h"

#include "modules/chat/chat_service.h"

/* clang-format off */
static const struct json_field mention_fields[] = {
    JSON_ID(struct chat_mention_event, account_id, .flags = JSON_REQUIRED),
    JSON_ID(struct chat_mention_event, author_id, .flags = JSON_REQUIRED),
    JSON_ID(struct chat_mention_event, room_id, .flags = JSON_REQUIRED),
    JSON_ID(struct chat_mention_event, message_id, .flags = JSON_REQUIRED),
    JSON_ID(struct chat_mention_event, auction_id, .flags = JSON_NULLABLE),
    JSON_TEXT(struct chat_mention_event, author_name),
    JSON_TEXT(struct chat_mention_event, room_title),
    JSON_TEXT(struct chat_mention_event, excerpt),
};
static const struct json_type mention_payload = JSON_TYPE("ChatMentionEvent", struct chat_mention_event, mention_fields);

static const struct json_field direct_fields[] = {
    JSON_ID(struct chat_direct_event, account_id, .flags = JSON_REQUIRED),
    JSON_ID(struct chat_direct_event, author_id, .flags = JSON_REQUIRED),
    JSON_ID(struct chat_direct_event, room_id, .flags = JSON_REQUIRED),
    JSON_ID(struct chat_direct_event, message_id, .flags = JSON_REQUIRED),
    JSON_TEXT(struct chat_direct_event, author_name),
    JSON_TEXT(struct chat_direct_event, excerpt),
};
static const struct json_type direct_payload = JSON_TYPE("ChatDirectEvent", struct chat_direct_event, direct_fields);
/* clang-format on */

const struct event_type chat_message_mentioned = {
    .name = "chat.message.mentioned", .payload = &mention_payload, .help = "Somebody was named in a message"};
const struct event_type chat_direct_received = {
    .name = "chat.direct.received", .payload = &direct_payload, .help = "Somebody got a direct message"};

const struct event_type *const chat_events[] = {&chat_message_mentioned, &chat_direct_received, NULL};
