/* SPDX-License-Identifier: AGPL-3.0-or-later
 * What chat is to the rest of the program. */
#include "base/mem/alloc.h"

#include "platform/module/module.h"

#include "modules/chat/chat_http.h"
#include "modules/chat/chat_live.h"
#include "modules/chat/chat_service.h"
#include "modules/chat/chat_sql.h"

REASONS_DEFINE(chat_reasons, CHAT_REASONS);

/* clang-format off */
static const struct setting rows[] = {
    SETTING_INT(struct chat_settings, messages_per_minute, "CHAT_MESSAGES_PER_MINUTE", .fallback = "30", .min = 0, .max = 6000,
                .help = "Messages that one account may write a minute, over all rooms; 0: no limit."),
    SETTING_INT(struct chat_settings, message_burst, "CHAT_MESSAGE_BURST", .fallback = "10", .min = 1, .max = 1000,
                .help = "How many of them may come at once."),
    SETTING_INT(struct chat_settings, reactions_per_minute, "CHAT_REACTIONS_PER_MINUTE", .fallback = "60", .min = 0, .max = 6000,
                .help = "Reactions that one account may give or take back a minute; 0: no limit."),
    SETTING_INT(struct chat_settings, joins_per_hour, "CHAT_JOINS_PER_HOUR", .fallback = "240", .min = 0, .max = 100000,
                .help = "Rooms that one account may join an hour, a twelfth of them at once; 0: no limit."),
    SETTING_INT(struct chat_settings, directs_per_hour, "CHAT_CONVERSATIONS_PER_HOUR", .fallback = "240", .min = 0, .max = 100000,
                .help = "Conversations of two that one account may begin an hour, a twelfth of them at once; 0: no limit."),
    SETTING_INT(struct chat_settings, rooms_per_hour, "CHAT_ROOMS_PER_HOUR", .fallback = "5", .min = 0, .max = 10000,
                .help = "Rooms that one account may make an hour; 0: no limit."),
    SETTING_INT(struct chat_settings, reports_per_hour, "CHAT_REPORTS_PER_HOUR", .fallback = "30", .min = 0, .max = 10000,
                .help = "Messages that one account may report an hour; 0: no limit."),
    SETTING_INT(struct chat_settings, rooms_max, "CHAT_ROOMS_PER_ACCOUNT", .fallback = "100", .min = 1, .max = 10000,
                .help = "Public and private rooms that one account may be in."),
    SETTING_INT(struct chat_settings, members_max, "CHAT_ROOM_MEMBERS", .fallback = "1000", .min = 2, .max = 100000,
                .help = "Members that a private room may have."),
};

static const struct metric metrics[CHAT_METRIC_COUNT] = {
    [CHAT_METRIC_MESSAGES] = {.name = "chat_messages_total", .kind = METRIC_COUNTER, .help = "Messages written, by the kind of room",
                              .label = "kind", .label_words = chat_room_kind_list, .label_count = CHAT_ROOM_KIND_COUNT},
    [CHAT_METRIC_ACTIONS] = {.name = "chat_sanctions_total", .kind = METRIC_COUNTER, .help = "What moderators did to people",
                             .label = "kind", .label_words = chat_deed_list, .label_count = CHAT_DEED_COUNT},
    [CHAT_METRIC_REPORTS] = {.name = "chat_reports_total", .kind = METRIC_COUNTER, .help = "Messages reported, by the reason given",
                             .label = "reason", .label_words = chat_report_reason_list, .label_count = CHAT_REPORT_REASON_COUNT},
};
/* clang-format on */

const struct setting_group chat_settings_group = SETTING_GROUP("chat", struct chat_settings, rows, NULL);
const struct metric_table chat_metrics = {.part = "chat", .rows = metrics, .count = CHAT_METRIC_COUNT};

static const struct job_type *const jobs[] = {&chat_sweep_job, NULL};
static const struct cache_space *const caches[] = {&chat_word_space, NULL};

static struct error *start(struct ctx *cx, const void *settings, void **ret_state)
{
    (void)cx;
    struct chat_module_state *state = MEM_NEW(struct chat_module_state);
    state->settings = settings;
    *ret_state = state;
    return NULL;
}

const struct module chat_module = {
    .name = "chat",
    .routes = chat_routes,
    .route_count = CHAT_ROUTES,
    .settings = &chat_settings_group,
    .metrics = &chat_metrics,
    .sql = &chat_sql,
    .events = chat_events,
    .jobs = jobs,
    .caches = caches,
    .live_rooms = chat_live_rooms,
    .live_commands = chat_live_commands,
    .reasons = chat_reasons,
    .checks = chat_checks,
    .start = start,
    .stop = mem_free,
};
