/* SPDX-License-Identifier: AGPL-3.0-or-later
 * The gateway's own routes: health, metrics, the published contract and its pages. */
#include "base/json/json_write.h"

#include "platform/fiber/loop.h"
#include "platform/http/wire/address.h"
#include "platform/live/live_server.h"

#include "gateway/gate.h"
#include "gateway/reference.h"

enum { MAX_PAGE_BYTES = 8 << 20 };

/* --- health --- */

struct health_part {
    struct str name;
    bool is_ok;
    struct str problem;
};

struct health {
    struct str status;
    struct array parts;
};

/* clang-format off */
static const struct json_field part_fields[] = {
    JSON_TEXT(struct health_part, name, .help = "What was asked"),
    JSON_BOOLEAN(struct health_part, is_ok),
    JSON_TEXT(struct health_part, problem, .flags = JSON_OMITTED, .max = 2000),
};
static const struct json_type part_type = JSON_TYPE("HealthPart", struct health_part, part_fields);

static const struct json_field health_fields[] = {
    JSON_TEXT(struct health, status, .help = "ready, or not_ready"),
    JSON_OBJECTS(struct health, parts, &part_type),
};
static const struct json_type health_type = JSON_TYPE("Health", struct health, health_fields);
/* clang-format on */

static struct error *alive(struct ctx *cx, struct call *call)
{
    struct health health = {.status = STR("alive")};
    return call_reply(cx, call, &health);
}

static bool ask(struct ctx *cx, const struct gateway_health *health, struct health_part *part)
{
    struct error *error = health->check(cx);
    *part = (struct health_part){.name = str_cstr(health->name), .is_ok = error == NULL};
    if (error != NULL)
        part->problem = error->message;
    return part->is_ok;
}

static struct error *ready(struct ctx *cx, struct call *call)
{
    struct gateway *gateway = gate_of_call(call)->gateway;
    VEC(struct health_part) parts = {0};
    bool is_ready = !atomic_load(&gateway->is_draining);
    for (const struct gateway_health *health = gateway->options.health;
         health != NULL && health->name != NULL; health++)
        if (!ask(cx, health, VEC_PUSH(cx->arena, &parts)))
            is_ready = false;
    struct health view = {.status = is_ready ? STR("ready") : STR("not_ready"),
                          .parts = {parts.items, parts.count}};
    return call_reply_status(cx, call, is_ready ? 200 : 503, &view);
}

/* --- metrics and documents --- */

static struct error *reply_text(struct call *call, struct str type, const struct strbuf *out)
{
    REQUIRE(!out->overflow);
    return exchange_reply(call->exchange, 200, type, strbuf_str(out));
}

/* Behind a proxy the client is who the proxy says it is: LATHE_TRUSTED_PROXIES. */
static bool is_from_outside(const struct ctx *cx)
{
    struct address client;
    return !address_parse(cx->client_address, &client) || address_is_public(&client);
}

static struct error *metrics(struct ctx *cx, struct call *call)
{
    if (is_from_outside(cx) && !gate_of_call(call)->gateway->settings->has_public_metrics)
        return ERROR(cx, gateway_no_route, "figures are told to private networks only");
    struct strbuf out;
    strbuf_init(&out, cx->arena, MAX_PAGE_BYTES);
    metrics_write(cx->platform->metrics, &out);
    return reply_text(call, STR("text/plain; version=0.0.4; charset=utf-8"), &out);
}

static struct error *openapi(struct ctx *cx, struct call *call)
{
    (void)cx;
    return exchange_reply(call->exchange, 200, STR("application/json"), gate_of_call(call)->gateway->openapi);
}

static struct error *require_docs(struct ctx *cx, struct call *call)
{
    exchange_set_header(
        call->exchange, STR("Content-Security-Policy"),
        STR("default-src 'none'; style-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"));
    if (gate_of_call(call)->gateway->settings->has_docs)
        return NULL;
    return ERROR(cx, gateway_no_route, "the reference pages are switched off");
}

static struct error *docs(struct ctx *cx, struct call *call)
{
    struct strbuf out;
    TRY(require_docs(cx, call));
    strbuf_init(&out, cx->arena, MAX_PAGE_BYTES);
    reference_routes_page(cx->platform, &out);
    return reply_text(call, STR("text/html; charset=utf-8"), &out);
}

static struct error *docs_errors(struct ctx *cx, struct call *call)
{
    struct strbuf out;
    TRY(require_docs(cx, call));
    strbuf_init(&out, cx->arena, MAX_PAGE_BYTES);
    reference_errors_page(cx->platform, &out);
    return reply_text(call, STR("text/html; charset=utf-8"), &out);
}

static struct error *docs_style(struct ctx *cx, struct call *call)
{
    TRY(require_docs(cx, call));
    return exchange_reply(call->exchange, 200, STR("text/css; charset=utf-8"), str_cstr(reference_style));
}

/* clang-format off */
const struct route gateway_routes[] = {
    ROUTE(GET, "/healthz",        alive,       ROUTE_ANYONE, .reply = &health_type, ROUTE_RATE(RATE_NONE), .is_vital = true, .cache = CACHE_NO_STORE, .summary = "The process is alive"),
    ROUTE(GET, "/health",         alive,       ROUTE_ANYONE, .reply = &health_type, ROUTE_RATE(RATE_NONE), .is_vital = true, .cache = CACHE_NO_STORE, .summary = "Alias of /healthz"),
    ROUTE(GET, "/readyz",         ready,       ROUTE_ANYONE, .reply = &health_type, ROUTE_RATE(RATE_NONE), .is_vital = true, .cache = CACHE_NO_STORE, .summary = "Whether it can serve: its dependencies answer (503 if not)"),
    ROUTE(GET, "/metrics",        metrics,     ROUTE_ANYONE, .raw_reply_type = "text/plain", ROUTE_RATE(RATE_NONE), .is_vital = true, .cache = CACHE_NO_STORE, .summary = "Prometheus metrics, for private networks"),
    ROUTE(GET, "/ws",             gate_open_socket, ROUTE_ANYONE, .status = 101, .timeout_us = -1, .cache = CACHE_NO_STORE, .reasons = live_reasons, .summary = "Opens a WebSocket, sub-protocol lathe.v1"),
    ROUTE(GET, "/openapi.json",   openapi,     ROUTE_ANYONE, .raw_reply_type = "application/json", .cache = CACHE_PUBLIC, .summary = "This contract"),
    ROUTE(GET, "/docs",           docs,        ROUTE_ANYONE, .raw_reply_type = "text/html", .cache = CACHE_PUBLIC, .summary = "The contract to read"),
    ROUTE(GET, "/docs/errors",    docs_errors, ROUTE_ANYONE, .raw_reply_type = "text/html", .cache = CACHE_PUBLIC, .summary = "What each code means"),
    ROUTE(GET, "/docs/style.css", docs_style,  ROUTE_ANYONE, .raw_reply_type = "text/css", .cache = CACHE_PUBLIC, .summary = "Style of these pages"),
};
/* clang-format on */
const size_t gateway_route_count = COUNT_OF(gateway_routes);
