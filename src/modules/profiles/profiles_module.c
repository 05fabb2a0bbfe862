/* SPDX-License-Identifier: AGPL-3.0-or-later
 * What profiles is to the rest of the program. */
#include "base/mem/alloc.h"

#include "platform/module/module.h"

#include "modules/profiles/profiles_http.h"
#include "modules/profiles/profiles_service.h"
#include "modules/profiles/profiles_sql.h"

static struct error *start(struct ctx *cx, const void *settings, void **ret_state)
{
    (void)cx;
    (void)settings;
    *ret_state = MEM_NEW(struct profiles_state);
    return NULL;
}

const struct module profiles_module = {
    .name = "profiles",
    .routes = profiles_routes,
    .route_count = PROFILES_ROUTES,
    .sql = &profiles_sql,
    .start = start,
    .stop = mem_free,
};
