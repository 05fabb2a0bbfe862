/* SPDX-License-Identifier: AGPL-3.0-or-later
 * What whoever watches over an instance looks for in the log: who was refused, who asked for what is not there for him, and what
 * was done by a permission that only staff has. One place for all routes; log-ins and passwords are told by identity. No body, no query and no credential is written. */
#include "platform/log/log.h"

#include "gateway/gate.h"

/* Somebody without a log-in who is asked for one is no event; a wrong credential is. */
static bool is_refusal(const struct error *error)
{
    enum error_code code = error->reason->code;
    return code == ERROR_FORBIDDEN || code == ERROR_RATE_LIMITED ||
           (code == ERROR_UNAUTHENTICATED && error->reason != &gateway_login_needed);
}

/* What is hidden from somebody is not there for him: who tries the ids of others gets these. A path without ids tells nothing. */
static bool is_unseen(const struct gate *gate, const struct error *error)
{
    const struct route *route = gate->match.route;
    return error->reason->code == ERROR_NOT_FOUND && route != NULL && !caller_is_anonymous(&gate->cx) &&
           strchr(route->path, '{') != NULL;
}

static bool is_act_of_staff(const struct gate *gate)
{
    const struct route *route = gate->match.route;
    return route != NULL && route->method != HTTP_GET && route->method != HTTP_HEAD &&
           route->access.needs_permission &&
           (UINT64_C(1) << route->access.permission & PERMISSIONS_OF_STAFF) != 0;
}

void gate_audit(const struct gate *gate, const struct error *error)
{
    const struct route *route = gate->match.route;
    struct str method = http_method_name(exchange_request(gate->call.exchange)->method);
    struct str name = route != NULL ? str_cstr(route->path) : STR("");
    if (error != NULL && is_refusal(error))
        LOG(&gate->cx, INFO, "gateway.refused", log_text("reason", str_cstr(error->reason->name)),
            log_text("method", method), log_text("route", name), log_text("client", gate->cx.client_address));
    if (error != NULL && is_unseen(gate, error))
        LOG(&gate->cx, INFO, "gateway.unseen", log_text("reason", str_cstr(error->reason->name)),
            log_text("method", method), log_text("route", name), log_text("client", gate->cx.client_address));
    if (error == NULL && is_act_of_staff(gate))
        LOG_EACH(&gate->cx, INFO, "gateway.staff.acted",
                 log_text("permission", str_cstr(permission_name(route->access.permission))),
                 log_text("method", method), log_text("route", name),
                 log_text("path", router_public_path(gate->cx.arena, &gate->match,
                                                     exchange_request(gate->call.exchange)->path)),
                 log_text("client", gate->cx.client_address));
}
