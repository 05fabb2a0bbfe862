/* SPDX-License-Identifier: AGPL-3.0-or-later
 * What analytics is to the rest of the program. */
#include "platform/module/module.h"

#include "modules/analytics/analytics_http.h"
#include "modules/analytics/analytics_service.h"
#include "modules/analytics/analytics_sql.h"

static const struct job_type *const jobs[] = {&analytics_sweep_job, NULL};

const struct module analytics_module = {
    .name = "analytics",
    .routes = analytics_routes,
    .route_count = ANALYTICS_ROUTES,
    .sql = &analytics_sql,
    .events = analytics_events,
    .consumers = analytics_consumers,
    .jobs = jobs,
};
