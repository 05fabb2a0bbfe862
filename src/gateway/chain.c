/* SPDX-License-Identifier: AGPL-3.0-or-later
 * The life of a request at the edge: the middleware chain in one array, then the reply, the log line and the metrics. */
#include <stddef.h>
#include <time.h>

#include "base/text/encode.h"

#include "platform/clock/clock.h"
#include "platform/crypto/crypto.h"
#include "platform/fiber/loop.h"
#include "platform/log/log.h"
#include "platform/trace/trace.h"

#include "gateway/gate.h"

/* clang-format off */
static const gate_step_fn chain[] = {
    gate_check_cors,
    gate_find_route,
    gate_admit,
    gate_authenticate,
    gate_limit_rate,
    gate_authorise,
    gate_check_csrf,
    gate_read_body,
    gate_claim_key,
    gate_decode,
    gate_call_handler,
};
/* clang-format on */

static const int64_t default_timeout_us = 30 * US_PER_SECOND;
enum { MAX_REQUEST_ID = 64 };

static bool is_request_id(struct str text)
{
    if (text.len == 0 || text.len > MAX_REQUEST_ID)
        return false;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        bool is_fit = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                      c == '-' || c == '_' || c == '.';
        if (!is_fit)
            return false;
    }
    return true;
}

/* A proxy's own id is kept, so that one search finds both logs. */
static struct str choose_request_id(struct gate *gate, const struct http_request *request)
{
    struct str given = http_field(request, HTTP_FIELD_X_REQUEST_ID);
    if (is_request_id(given))
        return given;
    id_format(crypto_new_id(&gate->cx), gate->request_id);
    return str_from(gate->request_id, sizeof(gate->request_id));
}

static void init_gate(struct gate *gate, struct gateway *gateway, struct http_exchange *exchange)
{
    const struct http_request *request = exchange_request(exchange);
    uint8_t random[24];
    crypto_random(random, sizeof(random));
    *gate = (struct gate){
        .gateway = gateway,
        .cx =
            {
                .arena = exchange_arena(exchange),
                .platform = gateway->options.platform,
                .caller = &caller_anonymous,
                .deadline_us = loop_now_us() + default_timeout_us,
                .client_address = request->client_address,
                .user_agent = http_field(request, HTTP_FIELD_USER_AGENT),
            },
        .call = {.exchange = exchange},
    };
    gate->cx.trace = trace_continue(http_field(request, HTTP_FIELD_TRACEPARENT), random);
    gate->cx.request_id = choose_request_id(gate, request);
    exchange_add_header(exchange, STR("X-Request-Id"), gate->cx.request_id);
    exchange_add_header(exchange, STR("X-Content-Type-Options"), STR("nosniff"));
    exchange_add_header(exchange, STR("Referrer-Policy"), STR("strict-origin-when-cross-origin"));
    /* What is no page of ours, an upload least of all, runs nothing and stands in no frame. */
    exchange_add_header(exchange, STR("Content-Security-Policy"),
                        STR("default-src 'none'; frame-ancestors 'none'"));
    if (request->is_https && gateway->settings->hsts_us > 0)
        exchange_add_header(
            exchange, STR("Strict-Transport-Security"),
            arena_printf(gate->cx.arena, "max-age=%lld%s",
                         (long long)(gateway->settings->hsts_us / US_PER_SECOND),
                         gateway->settings->hsts_has_subdomains ? "; includeSubDomains" : ""));
}

static struct error *run_chain(struct gate *gate)
{
    for (size_t i = 0; i < COUNT_OF(chain); i++) {
        TRY(chain[i](gate));
        if (exchange_is_replied(gate->call.exchange))
            return NULL;
    }
    return ERROR_CODE(&gate->cx, INTERNAL, "the handler of %s did not reply", gate->call.route->path);
}

/* --- metrics and the access log --- */

enum gateway_metric { GATEWAY_REQUESTS, GATEWAY_SECONDS, GATEWAY_ERRORS };

static const char *const status_classes[] = {"1xx", "2xx", "3xx", "4xx", "5xx"};

/* clang-format off */
static const struct metric rows[] = {
    [GATEWAY_REQUESTS] = {.name = "http_requests_total", .kind = METRIC_COUNTER, .help = "Requests answered, by class of status", .label = "status", .label_words = status_classes, .label_count = COUNT_OF(status_classes)},
    [GATEWAY_SECONDS]  = {.name = "http_request_duration_seconds", .kind = METRIC_HISTOGRAM, .help = "From a request's first byte to the end of its reply, by route", .label = "route", .buckets = metric_latency_buckets, .bucket_count = METRIC_LATENCY_BUCKETS},
    [GATEWAY_ERRORS]   = {.name = "http_server_errors_total", .kind = METRIC_COUNTER, .help = "Replies with a status of 500 or above"},
};
/* clang-format on */
const struct metric_table gateway_metrics = {"gateway", rows, COUNT_OF(rows)};

static void measure(const struct gate *gate, const struct exchange_facts *facts, int64_t duration_us)
{
    struct metrics *metrics = gate->cx.platform->metrics;
    int class = facts->status >= 100 && facts->status < 600 ? facts->status / 100 - 1 : 4;
    metric_add(metrics, &gateway_metrics, GATEWAY_REQUESTS, (size_t) class, 1);
    if (facts->status >= 500)
        metric_add(metrics, &gateway_metrics, GATEWAY_ERRORS, 0, 1);
    size_t route = gate->match.route != NULL ? gate->match.index : router_count(gate->gateway->router);
    metric_observe(metrics, &gateway_metrics, GATEWAY_SECONDS, route,
                   (double)duration_us / (double)US_PER_SECOND);
}

static void log_access(const struct gate *gate, const struct exchange_facts *facts, int64_t duration_us)
{
    const struct http_request *request = exchange_request(gate->call.exchange);
    struct str path = router_public_path(gate->cx.arena, &gate->match, request->path);
    LOG_EACH(&gate->cx, INFO, "http.request", log_text("method", http_method_name(request->method)),
             log_text("path", path), log_i64("status", facts->status), log_i64("duration_us", duration_us),
             log_i64("bytes_in", facts->bytes_in), log_i64("bytes_out", facts->bytes_out),
             log_text("client", gate->cx.client_address));
}

static void finish(struct gate *gate, const struct error *error)
{
    struct exchange_facts facts = exchange_facts(gate->call.exchange);
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now); /* the loop's time stands still within a turn */
    int64_t duration_us = now.tv_sec * US_PER_SECOND + now.tv_nsec / 1000 - facts.started_us;
    measure(gate, &facts, duration_us);
    bool is_told = error != NULL && error->reason != &gateway_overloaded; /* of load admit.c tells */
    if (is_told && error_code_status(error->reason->code) >= 500)
        log_error(gate->cx.platform->log, &gate->cx, "http.failed", error);
    gate_audit(gate, error);
    if (gate->gateway->settings->has_access_log)
        log_access(gate, &facts, duration_us);
}

void gateway_handle(void *arg, struct http_exchange *exchange)
{
    struct gateway *gateway = arg;
    struct gate *gate = ARENA_NEW(exchange_arena(exchange), struct gate);
    init_gate(gate, gateway, exchange);
    struct error *error = run_chain(gate);
    if (gate->has_claim)
        gate_settle_claim(gate, error);
    if (error != NULL)
        gate_reply_problem(gate, error);
    gate_leave(gate);
    finish(gate, error);
}

struct gate *gate_of_call(struct call *call)
{
    return (struct gate *)(void *)((char *)call - offsetof(struct gate, call));
}
