/* SPDX-License-Identifier: AGPL-3.0-or-later
 * What goods is to the rest of the program. */
#include "platform/module/module.h"

#include "modules/goods/goods_http.h"
#include "modules/goods/goods_service.h"
#include "modules/goods/goods_sql.h"

REASONS_DEFINE(goods_reasons, GOODS_REASONS);

static const struct job_type *const jobs[] = {&goods_relist_job, &goods_sweep_job, NULL};

const struct module goods_module = {
    .name = "goods",
    .routes = goods_routes,
    .route_count = GOODS_ROUTES,
    .sql = &goods_sql,
    .events = goods_events,
    .consumers = goods_consumers,
    .jobs = jobs,
    .reasons = goods_reasons,
    .checks = goods_checks,
};
