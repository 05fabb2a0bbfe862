/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Builds the gateway at start: settings, router, contract, metric labels. */
#include "gateway/gateway.h"

#include "base/json/json_write.h"
#include "base/mem/alloc.h"

#include "platform/module/module.h"

#include "gateway/gate.h"

enum { MAX_OPENAPI_BYTES = 8 << 20 };

/* clang-format off */
static const struct setting rows[] = {
    SETTING_STR(struct gateway_settings, cors_origins, "CORS_ORIGINS", .fallback = "", .max = 4096,
                .help = "Origins of other sites that may call the API from a browser, separated by commas."),
    SETTING_STR(struct gateway_settings, csp_sources, "CSP_SOURCES", .fallback = "", .max = 2048,
                .help = "Further sources that the page may load scripts and frames from and connect to, separated by blanks; what the payment providers that are switched on need is there without it."),
    SETTING_BOOL(struct gateway_settings, is_rate_limited, "RATE_LIMITS", .fallback = "on",
                 .help = "Limits requests per address and per account."),
    SETTING_INT(struct gateway_settings, rate_scale, "RATE_SCALE", .fallback = "100", .min = 1, .max = 1000000,
                .help = "Per cent of the built-in rate limits."),
    SETTING_TIME(struct gateway_settings, hsts_us, "HSTS", .fallback = "365d", .min = 0, .max = 3650 * US_PER_DAY,
                 .help = "How long browsers are told to insist on HTTPS, over HTTPS only; 0: not told."),
    SETTING_BOOL(struct gateway_settings, hsts_has_subdomains, "HSTS_SUBDOMAINS", .fallback = "on",
                 .help = "Tells browsers the same for every host below this one; off where one of them has no HTTPS."),
    SETTING_TIME(struct gateway_settings, overload_delay_us, "OVERLOAD_DELAY", .fallback = "50ms", .min = 0, .max = 10 * US_PER_SECOND,
                 .help = "Under load, requests that are not vital (money, bids, health) are answered 503 when they or the database's writes have waited so long and that stands; 0: never."),
    SETTING_INT(struct gateway_settings, overload_crowd, "OVERLOAD_CROWD", .fallback = "1000", .min = 0, .max = 1000000,
                .help = "Requests in progress on a loop beyond which those that are not vital are answered 503; files and streams do not count; 0: any number."),
    SETTING_BOOL(struct gateway_settings, has_access_log, "ACCESS_LOG", .fallback = "on",
                 .help = "Writes a log line for every request."),
    SETTING_BOOL(struct gateway_settings, has_docs, "API_DOCS", .fallback = "on", .help = "Serves the reference pages at /docs."),
    SETTING_BOOL(struct gateway_settings, has_public_metrics, "METRICS_PUBLIC", .fallback = "off",
                 .help = "Answers /metrics to clients on the internet as well; otherwise to this machine and private networks alone."),
};
/* clang-format on */
const struct setting_group gateway_settings_group =
    SETTING_GROUP("gateway", struct gateway_settings, rows, NULL);

static void check_types(const struct route *route)
{
    const struct json_type *const pairs[] = {route->path_type, route->query};
    const struct json_type *const messages[] = {route->body, route->reply};
    for (size_t i = 0; i < COUNT_OF(pairs); i++)
        if (pairs[i] != NULL)
            json_type_check_pairs(pairs[i]);
    for (size_t i = 0; i < COUNT_OF(messages); i++)
        if (messages[i] != NULL)
            json_type_check(messages[i]);
    REQUIRE(route->idempotency == IDEMPOTENCY_NONE || route->render != NULL);
    REQUIRE(route->handler != NULL && route->summary != NULL);
}

static void add_routes(struct gateway *gateway, const struct route *routes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        check_types(&routes[i]);
        router_add(gateway->router, &routes[i]);
    }
}

/* Label words: "GET /api/v1/specs", and last "page" for everything without a route. */
static void name_routes(struct gateway *gateway)
{
    size_t count = router_count(gateway->router);
    const char **words = (const char **)arena_alloc_array(gateway->arena, count + 1, sizeof(char *));
    for (size_t i = 0; i < count; i++) {
        const struct route *route = router_route(gateway->router, i);
        words[i] = arena_printf(gateway->arena, "%" STR_FMT " %s", STR_ARG(http_method_name(route->method)),
                                route->path)
                       .ptr;
    }
    words[count] = "page";
    metrics_register_words(gateway->options.platform->metrics, &gateway_metrics, 1, words, count + 1);
}

static void print_contract(struct gateway *gateway)
{
    struct strbuf out;
    strbuf_init(&out, gateway->arena, MAX_OPENAPI_BYTES);
    gateway_print_openapi(gateway->options.platform, &out);
    REQUIRE(!out.overflow);
    gateway->openapi = strbuf_str(&out);
}

static void make_policy(struct gateway *gateway)
{
    struct str more = gateway->settings->csp_sources;
    const struct gateway_page_sources *sources = &gateway->options.page_sources;
    gateway->content_security_policy =
        arena_printf(gateway->arena,
                     "default-src 'self'; script-src 'self' %" STR_FMT " %" STR_FMT
                     "; style-src 'self'; img-src 'self' data: blob:; "
                     "media-src 'self' blob:; connect-src 'self' %" STR_FMT " %" STR_FMT
                     "; frame-src 'self' %" STR_FMT " %" STR_FMT "; worker-src 'self' blob:; "
                     "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
                     STR_ARG(sources->scripts), STR_ARG(more), STR_ARG(sources->connections), STR_ARG(more),
                     STR_ARG(sources->frames), STR_ARG(more));
}

struct gateway *gateway_new(const struct gateway_options *options)
{
    struct gateway *gateway = MEM_NEW(struct gateway);
    gateway->options = *options;
    gateway->settings = config_settings(options->config, &gateway_settings_group);
    gateway->arena = arena_new(0);
    gateway->router = router_new();
    gate_set_budgets(gateway);
    gate_set_loads(gateway);
    make_policy(gateway);
    add_routes(gateway, gateway_routes, gateway_route_count);
    for (size_t m = 0; options->platform->modules[m] != NULL; m++)
        add_routes(gateway, options->platform->modules[m]->routes,
                   options->platform->modules[m]->route_count);
    name_routes(gateway);
    print_contract(gateway);
    return gateway;
}

void gateway_free(struct gateway *gateway)
{
    if (gateway == NULL)
        return;
    router_free(gateway->router);
    arena_free(gateway->arena);
    mem_free(gateway);
}

void gateway_start_draining(struct gateway *gateway)
{
    atomic_store(&gateway->is_draining, true);
}
