/* SPDX-License-Identifier: AGPL-3.0-or-later
 * What orders is to the rest of the program. */
#include "base/mem/alloc.h"

#include "platform/module/module.h"

#include "modules/orders/orders_http.h"
#include "modules/orders/orders_service.h"
#include "modules/orders/orders_sql.h"

REASONS_DEFINE(orders_reasons, ORDERS_REASONS);

/* clang-format off */
static const struct setting rows[] = {
    SETTING_TIME(struct orders_settings, expiry_us, "ORDER_EXPIRY", .fallback = "30m", .min = US_PER_SECOND, .max = 7 * US_PER_DAY,
                 .help = "How long an order waits for its payment before it is cancelled."),
};
/* clang-format on */
const struct setting_group orders_settings_group =
    SETTING_GROUP("orders", struct orders_settings, rows, NULL);

static const struct event_type *const events[] = {&orders_line_paid, &orders_line_refunded,
                                                  &orders_line_shipped, NULL};
static const struct job_type *const jobs[] = {&orders_expire_job, &orders_refund_job, NULL};

static struct error *start(struct ctx *cx, const void *settings, void **ret_state)
{
    (void)cx;
    struct orders_state *state = MEM_NEW(struct orders_state);
    state->settings = settings;
    *ret_state = state;
    return NULL;
}

const struct module orders_module = {
    .name = "orders",
    .routes = orders_routes,
    .route_count = ORDERS_ROUTES,
    .settings = &orders_settings_group,
    .sql = &orders_sql,
    .events = events,
    .jobs = jobs,
    .reasons = orders_reasons,
    .checks = orders_checks,
    .start = start,
    .stop = mem_free,
};
