/* SPDX-License-Identifier: AGPL-3.0-or-later
 * What catalog is to the rest of the program. */
#include "base/mem/alloc.h"

#include "platform/module/module.h"

#include "modules/catalog/catalog_http.h"
#include "modules/catalog/catalog_service.h"
#include "modules/catalog/catalog_sql.h"

static const struct cache_space *const caches[] = {&catalog_spec_space, &catalog_list_space,
                                                   &catalog_walk_space, NULL};
static const struct job_type *const jobs[] = {&catalog_relist_job, NULL};

static struct error *start(struct ctx *cx, const void *settings, void **ret_state)
{
    (void)cx;
    (void)settings;
    *ret_state = MEM_NEW(struct catalog_state);
    return NULL;
}

const struct module catalog_module = {
    .name = "catalog",
    .routes = catalog_routes,
    .route_count = CATALOG_ROUTES,
    .sql = &catalog_sql,
    .events = catalog_events,
    .consumers = catalog_consumers,
    .jobs = jobs,
    .caches = caches,
    .reasons = catalog_reasons,
    .start = start,
    .stop = mem_free,
};
