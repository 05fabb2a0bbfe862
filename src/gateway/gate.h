/* SPDX-License-Identifier: AGPL-3.0-or-later
 * What the files of the gateway share: the gateway itself, and one request on its way through the chain. */
#ifndef GATEWAY_GATE_H
#define GATEWAY_GATE_H

#include <stdatomic.h>

#include "platform/cache/cache.h"
#include "platform/db/claim.h"
#include "platform/metrics/metrics.h"
#include "platform/resilience/admission.h"
#include "platform/resilience/pacer.h"
#include "platform/resilience/throttle.h"

#include "gateway/gateway.h"
#include "gateway/router.h"

struct gateway_settings {
    struct str cors_origins; /* comma-separated; empty: none */
    struct str csp_sources;  /* further sources for scripts, frames and connections */
    bool is_rate_limited;
    int64_t rate_scale; /* per cent of the built-in budgets */
    int64_t hsts_us;
    bool hsts_has_subdomains;
    int64_t overload_delay_us; /* 0: nothing is refused for waiting */
    int64_t overload_crowd;    /* requests in progress on a loop; 0: any number */
    bool has_access_log;
    bool has_docs;
    bool has_public_metrics;
};

/* As many as LATHE_LOOPS may say. */
enum { GATE_MAX_LOOPS = 256 };

/* What a loop knows of its load; touched by that loop alone. */
struct gate_load {
    struct admission starts;  /* fibers that wait to begin */
    struct admission writes;  /* transactions that wait for the database */
    struct admission lists;   /* long reads that do */
    struct throttle throttle; /* of the requests in progress */
    struct pacer refusals;
    int refused;     /* who were, and wait to be told */
    int in_progress; /* requests that may be refused and were not */
    int64_t told_us; /* when the log was last told of refusals */
};

struct gateway {
    struct gateway_options options;
    const struct gateway_settings *settings;
    struct router *router;
    struct str openapi; /* made once at start; heap arena */
    struct str openapi_etag;
    struct str content_security_policy;
    struct cache_budget budgets[RATE_CLASS_COUNT];
    struct gate_load loads[GATE_MAX_LOOPS];
    struct arena *arena;
    _Atomic bool is_draining;
};

/* One request. Lives in its own arena's memory until the reply is sent. */
struct gate {
    struct gateway *gateway;
    struct ctx cx;
    struct call call;
    struct route_match match;
    struct str request_body; /* read before decoding when the route has a body */
    struct claim claim;
    bool has_claim;
    bool is_counted; /* among gate_load.in_progress */
    bool is_cookie_authenticated;
    char request_id[36];
};

/* A step of the chain: NULL goes on; an error ends the request with a problem document; a step that replied itself ends it too. */
typedef struct error *(*gate_step_fn)(struct gate *gate);

struct error *gate_check_cors(struct gate *gate);
struct error *gate_find_route(struct gate *gate);
/* Refuses what is not vital while more comes than can be done (admit.c). */
struct error *gate_admit(struct gate *gate);
void gate_leave(struct gate *gate);
void gate_set_loads(struct gateway *gateway);
struct error *gate_limit_rate(struct gate *gate);
struct error *gate_authenticate(struct gate *gate);
struct error *gate_authorise(struct gate *gate);
struct error *gate_check_csrf(struct gate *gate);
/* Whether CORS_ORIGINS names it. */
bool gate_allows_origin(const struct gateway *gateway, struct str origin);
struct error *gate_read_body(struct gate *gate);
struct error *gate_claim_key(struct gate *gate);
struct error *gate_decode(struct gate *gate);
/* The first part of it, for replies that are rendered again: they are told by the path what of. */
struct error *gate_decode_path(struct gate *gate);
struct error *gate_call_handler(struct gate *gate);

/* GET /ws (socket.c). */
bool gate_is_socket(const struct gate *gate);
/* The token that is offered as a sub-protocol; absent for other routes. */
struct str gate_socket_token(const struct gate *gate);
struct error *gate_check_origin(struct gate *gate);
struct error *gate_open_socket(struct ctx *cx, struct call *call);

/* From the built-in budgets and the settings. */
void gate_set_budgets(struct gateway *gateway);

/* After the handler: keeps the reply under the key, or gives the key back. error: what the request ended with, or NULL. */
void gate_settle_claim(struct gate *gate, const struct error *error);

/* After everything: tells the log of refusals and of what staff did. */
void gate_audit(const struct gate *gate, const struct error *error);

/* The reply of an error, in one place. */
void gate_reply_problem(struct gate *gate, const struct error *error);
/* The same as text, for stored replies. */
struct str gate_problem_json(struct gate *gate, const struct error *error);

/* The gate of a call to one of the gateway's own routes. */
struct gate *gate_of_call(struct call *call);

extern const struct route gateway_routes[];
extern const size_t gateway_route_count;

#define GATEWAY_REASONS(X)                                                                                       \
    X(gateway_no_route, "common.no_such_path", NOT_FOUND, "There is nothing at this path")                       \
    X(gateway_wrong_method, "common.method_not_allowed", METHOD, "The path exists, the method does not")         \
    X(gateway_login_needed, "common.login_needed", UNAUTHENTICATED, "Log in first")                              \
    X(gateway_not_allowed, "common.not_allowed", FORBIDDEN, "The account lacks the permission")                  \
    X(gateway_second_factor_needed, "common.second_factor_needed", FORBIDDEN,                                    \
      "Staff of this instance needs a session with a second factor: turn it on in the account, or log in again") \
    X(gateway_bad_csrf, "common.csrf", FORBIDDEN, "The X-CSRF-Token header is missing or wrong")                 \
    X(gateway_bad_origin, "common.origin", FORBIDDEN, "A page of another site used the session's cookie")        \
    X(gateway_rate_limited, "common.rate_limited", RATE_LIMITED, "Too many requests")                            \
    X(gateway_overloaded, "common.overloaded", UNAVAILABLE,                                                      \
      "More comes than can be done; what is less urgent has to come again")                                      \
    X(gateway_media_type, "common.unsupported_media_type", MEDIA_TYPE, "The body must be application/json")      \
    X(gateway_body_missing, "common.body_missing", MALFORMED, "A body is required")                              \
    X(gateway_bad_query, "common.bad_query", MALFORMED, "The query string cannot be decoded")                    \
    X(idempotency_mismatch, "idempotency.mismatch", INVALID, "The key was used with another request")            \
    X(idempotency_running, "idempotency.running", CONFLICT, "The request with this key is still running")        \
    X(idempotency_bad_key, "idempotency.bad_key", MALFORMED, "The key is missing or malformed")

REASONS_DECLARE(GATEWAY_REASONS);

#endif
