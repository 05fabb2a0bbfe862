/* SPDX-License-Identifier: AGPL-3.0-or-later
 * GET /ws: who opens a connection, and from which page. A browser cannot add fields to such a request, so besides the bearer field
 * and the cookie the token may be offered as a sub-protocol; and since browsers send cookies along from any page, a cookie counts
 * for pages of ours alone (Origin). */
#include "platform/live/live_server.h"

#include "gateway/gate.h"

static const struct str token_prefix = STR_INIT("bearer.");

bool gate_is_socket(const struct gate *gate)
{
    return gate->match.route != NULL && gate->match.route->handler == gate_open_socket;
}

struct str gate_socket_token(const struct gate *gate)
{
    struct str part,
        offered = http_field(exchange_request(gate->call.exchange), HTTP_FIELD_SEC_WEBSOCKET_PROTOCOL);
    while (gate_is_socket(gate) && str_split(&offered, ',', &part)) {
        part = str_trim(part);
        if (str_starts_with(part, token_prefix))
            return str_slice(part, token_prefix.len, part.len);
    }
    return STR_NONE;
}

/* The page comes from where this request went, or from where Lathe is said to be. */
static bool is_own_origin(const struct gate *gate, struct str origin)
{
    const struct http_request *request = exchange_request(gate->call.exchange);
    struct str own = arena_printf(gate->cx.arena, "%s://%" STR_FMT, request->is_https ? "https" : "http",
                                  STR_ARG(request->host));
    return str_equal(origin, own) || str_equal(origin, gate->cx.platform->public_url);
}

struct error *gate_check_origin(struct gate *gate)
{
    struct str origin = http_field(exchange_request(gate->call.exchange), HTTP_FIELD_ORIGIN);
    if (!gate->is_cookie_authenticated || is_own_origin(gate, origin) ||
        (!str_is_empty(origin) && gate_allows_origin(gate->gateway, origin)))
        return NULL;
    return ERROR(&gate->cx, gateway_bad_origin, "a page of another site may not use the session's cookie");
}

struct error *gate_open_socket(struct ctx *cx, struct call *call)
{
    return live_accept(cx, call->exchange);
}
