/* SPDX-License-Identifier: AGPL-3.0-or-later
 * The edge: router, middleware chain, problem documents, idempotency, rate limits, CORS, /openapi.json and /docs. It knows no
 * module: app hands it their route tables and fills what it needs to know of the product into small ports. */
#ifndef GATEWAY_GATEWAY_H
#define GATEWAY_GATEWAY_H

#include "base/text/strbuf.h"

#include "platform/config/config.h"
#include "platform/ctx/ctx.h"
#include "platform/http/exchange.h"
#include "platform/http/route.h"

struct gateway;

/* What the edge asks about callers. */
struct gateway_identity_port {
    /* Who bears this access token; errors as they should reach the client. */
    struct error *(*authenticate)(struct ctx *cx, struct str access_token, const struct caller **ret_caller);
    /* The same for opening a socket, for which there may be tokens that open nothing else. */
    struct error *(*authenticate_socket)(struct ctx *cx, struct str token, const struct caller **ret_caller);
    /* Whether the X-CSRF-Token belongs to the session of a cookie. */
    bool (*csrf_matches)(const struct ctx *cx, struct id session_id, struct str token);
    const char *access_cookie;
};

/* A dependency that /readyz asks. A NULL name ends the table. */
struct gateway_health {
    const char *name; /* "database" */
    struct error *(*check)(struct ctx *cx);
};

/* Everything outside /api, /media, /docs, /openapi.json, /metrics and the health paths: the single-page application. Replies
 * itself. */
typedef struct error *(*gateway_page_fn)(struct ctx *cx, struct http_exchange *exchange);

/* What the page may load and call besides what comes from here: sources of a Content-Security-Policy with blanks between them. */
struct gateway_page_sources {
    struct str scripts, frames, connections;
};

struct gateway_options {
    const struct config *config;
    const struct platform *platform; /* its modules' routes are served */
    const struct gateway_identity_port *identity;
    const struct gateway_health *health;
    gateway_page_fn page;                     /* may be NULL */
    struct gateway_page_sources page_sources; /* read by gateway_new alone */
};

extern const struct setting_group
    gateway_settings_group; /* CORS origins, rate limits, HSTS, API docs switch */
extern const struct metric_table gateway_metrics, gateway_load_metrics;
extern const struct job_type gateway_claims_job; /* sweeps old claims */
extern const struct reason *const gateway_reasons[];

/* Refuses inconsistent tables (two routes for one path, a path variable without a row in path_type, equal schema names of
 * different types) by REQUIRE. */
struct gateway *gateway_new(const struct gateway_options *options);
void gateway_free(struct gateway *gateway); /* accepts NULL */

/* The http_handler_fn of the server; arg is the gateway. */
void gateway_handle(void *arg, struct http_exchange *exchange);
/* The server's is_vital, from the routes; keeps the match for gateway_handle. */
bool gateway_is_vital(void *arg, struct http_exchange *exchange);

/* From now on /readyz says 503, so that balancers look elsewhere while requests in progress finish. */
void gateway_start_draining(struct gateway *gateway);

/* /openapi.json (OpenAPI 3.1) and docs/reference pages, from the same tables. */
void gateway_print_openapi(const struct platform *platform, struct strbuf *out);
void gateway_print_routes(const struct platform *platform, struct strbuf *out);
void gateway_print_errors(const struct platform *platform, struct strbuf *out);

#endif
