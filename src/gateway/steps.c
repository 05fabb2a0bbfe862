/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Steps of the chain that decide who may call what: CORS, route, rate, identity, permission, CSRF. */
#include "platform/fiber/loop.h"

#include "gateway/gate.h"

REASONS_DEFINE(gateway_reasons, GATEWAY_REASONS);

/* --- CORS --- */

static const struct str allowed_headers = STR_INIT(
    "Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, Last-Event-ID, Range, Tus-Resumable, "
    "Upload-Checksum, Upload-Concat, Upload-Defer-Length, Upload-Length, Upload-Metadata, Upload-Offset, X-CSRF-Token, "
    "X-HTTP-Method-Override, X-Request-Id, Traceparent");
static const struct str exposed_headers = STR_INIT(
    "Accept-Ranges, Content-Range, ETag, Location, RateLimit-Limit, RateLimit-Remaining, RateLimit-Reset, Retry-After, "
    "Tus-Extension, Tus-Max-Size, Tus-Resumable, Tus-Version, Upload-Expires, Upload-Length, Upload-Metadata, "
    "Upload-Offset, X-Request-Id");

bool gate_allows_origin(const struct gateway *gateway, struct str origin)
{
    struct str rest = gateway->settings->cors_origins;
    struct str part;
    while (str_split(&rest, ',', &part))
        if (str_equal(str_trim(part), origin))
            return true;
    return false;
}

static struct error *reply_preflight(struct gate *gate)
{
    struct http_exchange *exchange = gate->call.exchange;
    exchange_add_header(exchange, STR("Access-Control-Allow-Methods"),
                        STR("GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"));
    exchange_add_header(exchange, STR("Access-Control-Allow-Headers"), allowed_headers);
    exchange_add_header(exchange, STR("Access-Control-Max-Age"), STR("600"));
    return exchange_reply_empty(exchange, 204);
}

struct error *gate_check_cors(struct gate *gate)
{
    const struct http_request *request = exchange_request(gate->call.exchange);
    struct str origin = http_field(request, HTTP_FIELD_ORIGIN);
    if (str_is_empty(gate->gateway->settings->cors_origins))
        return NULL;
    exchange_add_header(gate->call.exchange, STR("Vary"), STR("Origin"));
    if (str_is_empty(origin) || !gate_allows_origin(gate->gateway, origin))
        return NULL;
    exchange_add_header(gate->call.exchange, STR("Access-Control-Allow-Origin"), origin);
    exchange_add_header(gate->call.exchange, STR("Access-Control-Expose-Headers"), exposed_headers);
    bool is_preflight = request->method == HTTP_OPTIONS &&
                        !str_is_empty(http_field(request, HTTP_FIELD_ACCESS_CONTROL_REQUEST_METHOD));
    return is_preflight ? reply_preflight(gate) : NULL;
}

/* --- route --- */

static struct error *refuse_method(struct gate *gate)
{
    struct strbuf allow;
    strbuf_init(&allow, gate->cx.arena, 256);
    for (int method = 0; method < HTTP_METHOD_COUNT; method++) {
        if ((gate->match.allowed_methods >> method & 1) == 0)
            continue;
        strbuf_append_cstr(&allow, allow.len != 0 ? ", " : "");
        strbuf_append(&allow, http_method_name((enum http_method)method));
    }
    exchange_add_header(gate->call.exchange, STR("Allow"), strbuf_str(&allow));
    if (exchange_request(gate->call.exchange)->method == HTTP_OPTIONS)
        return exchange_reply_empty(gate->call.exchange, 204);
    return ERROR(&gate->cx, gateway_wrong_method, "this path takes %" STR_FMT, STR_ARG(strbuf_str(&allow)));
}

static bool is_api_path(struct str path)
{
    static const struct str prefixes[] = {STR_INIT("/api/"), STR_INIT("/media/"), STR_INIT("/docs/")};
    for (size_t i = 0; i < COUNT_OF(prefixes); i++)
        if (str_starts_with(path, prefixes[i]))
            return true;
    return false;
}

static struct error *serve_page(struct gate *gate)
{
    struct http_exchange *exchange = gate->call.exchange;
    exchange_set_header(exchange, STR("Content-Security-Policy"), gate->gateway->content_security_policy);
    exchange_add_header(exchange, STR("Permissions-Policy"), STR("camera=(), microphone=(), geolocation=()"));
    return gate->gateway->options.page(&gate->cx, exchange);
}

struct error *gate_find_route(struct gate *gate)
{
    const struct http_request *request = exchange_request(gate->call.exchange);
    const struct route_match *known = exchange_kept(gate->call.exchange);
    gate->match =
        known != NULL ? *known : router_match(gate->gateway->router, request->method, request->path);
    gate->call.route = gate->match.route;
    if (gate->match.route == NULL && gate->match.allowed_methods != 0)
        return refuse_method(gate);
    if (gate->match.route == NULL && gate->gateway->options.page != NULL && !is_api_path(request->path))
        return serve_page(gate);
    if (gate->match.route == NULL)
        return ERROR(&gate->cx, gateway_no_route, "there is nothing at this path");
    int64_t timeout_us = gate->match.route->timeout_us;
    if (timeout_us != 0)
        gate->cx.deadline_us = timeout_us < 0 ? INT64_MAX : loop_now_us() + timeout_us;
    return NULL;
}

/* --- identity --- */

static struct str bearer_token(struct str authorization)
{
    if (authorization.len < 7 || !str_equal_nocase(str_slice(authorization, 0, 7), STR("bearer ")))
        return STR_NONE;
    return str_trim(str_slice(authorization, 7, authorization.len));
}

struct error *gate_authenticate(struct gate *gate)
{
    const struct http_request *request = exchange_request(gate->call.exchange);
    const struct gateway_identity_port *identity = gate->gateway->options.identity;
    struct str token = bearer_token(http_field(request, HTTP_FIELD_AUTHORIZATION));
    if (str_is_empty(token))
        token = gate_socket_token(gate);
    if (str_is_empty(token)) {
        token = call_cookie(&gate->cx, &gate->call, str_cstr(identity->access_cookie));
        gate->is_cookie_authenticated = !str_is_empty(token);
    }
    if (str_is_empty(token))
        return NULL;
    struct error *error = gate_is_socket(gate)
                              ? identity->authenticate_socket(&gate->cx, token, &gate->cx.caller)
                              : identity->authenticate(&gate->cx, token, &gate->cx.caller);
    bool is_stale_cookie = gate->is_cookie_authenticated && error_has_code(error, ERROR_UNAUTHENTICATED);
    if (is_stale_cookie &&
        !gate->match.route->access.needs_login) { /* a browser with an old cookie may still look around */
        gate->is_cookie_authenticated = false;
        gate->cx.caller = &caller_anonymous;
        return NULL;
    }
    return error;
}

struct error *gate_authorise(struct gate *gate)
{
    const struct route_access *access = &gate->match.route->access;
    if (access->needs_login && caller_is_anonymous(&gate->cx))
        return ERROR(&gate->cx, gateway_login_needed, "this needs a log-in");
    if (access->needs_permission && (gate->cx.caller->withheld >> access->permission & 1) != 0)
        return ERROR(
            &gate->cx, gateway_second_factor_needed,
            "this needs a session with a second factor: turn it on in your account, or log in again");
    if (access->needs_permission && !caller_may(&gate->cx, access->permission))
        return ERROR(&gate->cx, gateway_not_allowed, "this needs the permission %s",
                     permission_name(access->permission));
    return NULL;
}

struct error *gate_check_csrf(struct gate *gate)
{
    const struct http_request *request = exchange_request(gate->call.exchange);
    bool is_write =
        request->method != HTTP_GET && request->method != HTTP_HEAD && request->method != HTTP_OPTIONS;
    if (gate_is_socket(gate))
        return gate_check_origin(gate);
    if (!is_write || !gate->is_cookie_authenticated || gate->match.route->no_csrf)
        return NULL;
    struct str token = http_field(request, HTTP_FIELD_X_CSRF_TOKEN);
    if (gate->gateway->options.identity->csrf_matches(&gate->cx, gate->cx.caller->session_id, token))
        return NULL;
    return ERROR(&gate->cx, gateway_bad_csrf, "send the %s cookie's value as X-CSRF-Token", "lathe_csrf");
}
