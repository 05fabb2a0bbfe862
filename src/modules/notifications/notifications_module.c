/* SPDX-License-Identifier: AGPL-3.0-or-later
 * What notifications is to the rest of the program. */
#include "base/mem/alloc.h"

#include "platform/module/module.h"

#include "modules/notifications/notifications_http.h"
#include "modules/notifications/notifications_service.h"
#include "modules/notifications/notifications_sql.h"

REASONS_DEFINE(notifications_reasons, NOTIFICATIONS_REASONS);

/* clang-format off */
static const struct setting rows[] = {
    SETTING_TIME(struct notifications_settings, mail_delay_us, "NOTIFICATION_MAIL_DELAY", .fallback = "1m", .min = 0, .max = US_PER_DAY,
                 .help = "How long a notification may wait to be read in the app before it is mailed."),
    SETTING_TIME(struct notifications_settings, retention_us, "NOTIFICATION_RETENTION", .fallback = "90d", .min = US_PER_SECOND, .max = 3650 * US_PER_DAY,
                 .help = "How long notifications are kept."),
};
/* clang-format on */
const struct setting_group notifications_settings_group =
    SETTING_GROUP("notifications", struct notifications_settings, rows, NULL);

static const struct job_type *const jobs[] = {&notifications_mail_job, &notifications_spread_job,
                                              &notifications_sweep_job, NULL};

struct notifications_state *notifications_state_of(const struct ctx *cx)
{
    return module_state(cx, &notifications_module);
}

static struct error *start(struct ctx *cx, const void *settings, void **ret_state)
{
    (void)cx;
    struct notifications_state *state = MEM_NEW(struct notifications_state);
    state->settings = settings;
    *ret_state = state;
    return NULL;
}

const struct module notifications_module = {
    .name = "notifications",
    .routes = notifications_routes,
    .route_count = NOTIFICATIONS_ROUTES,
    .settings = &notifications_settings_group,
    .sql = &notifications_sql,
    .consumers = notifications_consumers,
    .jobs = jobs,
    .live_rooms = notifications_rooms,
    .reasons = notifications_reasons,
    .checks = notifications_checks,
    .start = start,
    .stop = mem_free,
};
