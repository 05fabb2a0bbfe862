/* SPDX-License-Identifier: AGPL-3.0-or-later
 * What social is to the rest of the program. */
#include "platform/module/module.h"

#include "modules/social/social_http.h"
#include "modules/social/social_service.h"
#include "modules/social/social_sql.h"

const struct module social_module = {
    .name = "social",
    .routes = social_routes,
    .route_count = SOCIAL_ROUTES,
    .sql = &social_sql,
    .events = social_events,
    .consumers = social_consumers,
};
