/* SPDX-License-Identifier: AGPL-3.0-or-later
 * The ports between modules, and those of the gateway. */
#include "app/ports.h"

#include "platform/db/db.h"

#include "modules/identity/identity.h"

const struct gateway_identity_port app_identity_port = {
    .authenticate = identity_authenticate,
    .csrf_matches = identity_csrf_matches,
    .access_cookie = IDENTITY_ACCESS_COOKIE,
};

static struct error *check_database(struct ctx *cx)
{
    return db_ping(cx, cx->platform->db);
}

static struct error *check_schema(struct ctx *cx)
{
    bool is_current = false;
    TRY(db_is_current(cx, cx->platform->db, &is_current));
    return is_current ? NULL : ERROR_CODE(cx, UNAVAILABLE, "migrations are missing: run `lathe migrate`");
}

const struct gateway_health app_health[] = {
    {.name = "database", .check = check_database},
    {.name = "schema", .check = check_schema},
    {.name = NULL},
};

void app_connect_ports(const struct ctx *cx)
{
    (void)cx;
}
