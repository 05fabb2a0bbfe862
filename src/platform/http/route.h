/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Routes as rows, and the call that a handler gets. The gateway matches, authenticates, limits, decodes and validates before
 * the handler runs; the handler is about 15 lines: take inputs, call one facade function, fill the reply struct. */
#ifndef PLATFORM_HTTP_ROUTE_H
#define PLATFORM_HTTP_ROUTE_H

#include "base/json/json_type.h"

#include "platform/ctx/ctx.h"
#include "platform/http/exchange.h"

struct call;
typedef struct error *(*route_fn)(struct ctx *cx, struct call *call);
/* Renders again the reply of a POST that was done before (Idempotency-Key after a lost reply). */
typedef struct error *(*route_render_fn)(struct ctx *cx, struct call *call, struct id result_id);

/* Who may call: ANYONE (a valid token is still read), MEMBER (logged in), or MAY(permission). */
struct route_access {
    bool needs_login;
    bool needs_permission;
    enum permission permission;
};
#define ANYONE ((struct route_access){.needs_login = false})
#define MEMBER ((struct route_access){.needs_login = true})
#define MAY(symbol)                                                                                          \
    ((struct route_access){.needs_login = true, .needs_permission = true, .permission = PERMISSION_##symbol})
/* The same as initialisers of static tables. */
#define ROUTE_ANYONE                                                                                         \
    {                                                                                                        \
        .needs_login = false                                                                                 \
    }
#define ROUTE_MEMBER                                                                                         \
    {                                                                                                        \
        .needs_login = true                                                                                  \
    }
#define ROUTE_MAY(symbol)                                                                                    \
    {                                                                                                        \
        .needs_login = true, .needs_permission = true, .permission = PERMISSION_##symbol                     \
    }

enum route_rate {
    RATE_READ,       /* default for GET and HEAD */
    RATE_WRITE,      /* default for the rest */
    RATE_CREDENTIAL, /* log in, codes, reset: strict, per address and per account name */
    RATE_UPLOAD,
    RATE_MEDIA, /* segments, playlists, files */
    RATE_NONE,  /* health, provider webhooks */
    RATE_CLASS_COUNT
};

enum route_idempotency {
    IDEMPOTENCY_NONE,
    IDEMPOTENCY_OPTIONAL, /* honoured when the key is sent */
    IDEMPOTENCY_REQUIRED  /* 400 without a key */
};

enum route_cache {
    CACHE_PRIVATE,  /* default: Cache-Control: private, no-cache (ETag still works) */
    CACHE_NO_STORE, /* tokens, money */
    CACHE_PUBLIC,   /* public, max-age=60 for anonymous GETs */
    CACHE_IMMUTABLE /* public, max-age=31536000, immutable */
};

/* A header that the handler reads itself, for the documentation. */
struct route_header {
    const char *name, *help;
    const char *pattern; /* of its value; NULL: any text */
    bool is_required;
};
#define ROUTE_MAX_HEADERS 8

struct route {
    enum http_method method;
    const char *path; /* "/api/v1/specs/{spec_id}/publish"; {name...} takes the rest of the path */
    route_fn handler;
    struct route_access access;
    const char *summary;               /* one line for the documentation */
    const struct json_type *path_type; /* members named like the path's variables; texts, ids, integers */
    const char *secret; /* the variable of the path that lets in whoever knows it: no log holds its value */
    const struct json_type *query;
    const struct route_header
        *headers; /* ends with a row without name, at most ROUTE_MAX_HEADERS before it */
    const struct json_type *body;
    const struct json_type *reply; /* of the success status */
    int status;                    /* documented success status; 0: 200, or 204 without reply */
    const char *
        raw_body_type; /* the handler reads bytes itself (uploads, webhooks): media type for the documentation */
    const char *raw_reply_type; /* the handler replies itself (files, events, playlists) */
    bool sends_file;            /* by exchange_reply_file: ranges and conditions are answered */
    int64_t max_body_len;       /* 0: 64 KiB */
    int64_t timeout_us;         /* 0: 30 s; < 0: none (streams) */
    enum route_rate rate;       /* 0: by method */
    bool has_rate;              /* set by RATE(x) */
    enum route_idempotency idempotency;
    route_render_fn render; /* with IDEMPOTENCY_*: renders a lost reply */
    enum route_cache cache;
    bool is_vital; /* goes first and is never refused under load: money, bids, health; decision 0031 */
    bool no_csrf;  /* provider webhooks and token endpoints: no cookie authority is used */
    const struct reason *const
        *reasons; /* NULL-terminated: reasons worth documenting besides the common ones */
    char end;
};

/* ROUTE(GET, "/api/v1/specs/{key}", read_spec, ROUTE_ANYONE, .path_type = &spec_path, .reply = &spec_view) */
#define ROUTE(method_, path_, handler_, ...) ROUTE_(method_, path_, handler_, __VA_ARGS__, .end = 0)
#define ROUTE_(method_, path_, handler_, access_, ...)                                                       \
    {                                                                                                        \
        .method = HTTP_##method_, .path = (path_), .handler = (handler_), .access = access_, __VA_ARGS__     \
    }
#define ROUTE_RATE(class_) .rate = (class_), .has_rate = true

#define ROUTE_COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* A module's routes. */
struct route_table {
    const struct route *rows;
    size_t count;
};

/* --- inside a handler --- */

struct call {
    struct http_exchange *exchange;
    const struct route *route;
    const void *path, *query, *body; /* decoded structs, by the route's descriptors */
    /* What call_reply… and call_set_location sent, kept for Idempotency-Key; status 0: none of them replied. */
    int replied_status;
    struct str replied_json;
    struct str replied_location;
};

/* The decoded input, naming the descriptor that the route must carry: BODY(call, struct login, login_body). */
const void *call_input(const struct call *call, const void *input, const struct json_type *carried,
                       const struct json_type *expected);
#define PATH(call, type, descriptor)                                                                         \
    ((const type *)call_input((call), (call)->path, (call)->route->path_type, &(descriptor)))
#define QUERY(call, type, descriptor)                                                                        \
    ((const type *)call_input((call), (call)->query, (call)->route->query, &(descriptor)))
#define BODY(call, type, descriptor)                                                                         \
    ((const type *)call_input((call), (call)->body, (call)->route->body, &(descriptor)))

/* The success reply by the route's descriptor and status; honours If-None-Match when an ETag was set. */
MUST_USE struct error *call_reply(struct ctx *cx, struct call *call, const void *view);
/* As call_reply with another success status (202 instead of 200). */
MUST_USE struct error *call_reply_status(struct ctx *cx, struct call *call, int status, const void *view);
/* 204, or the route's status without a body. */
MUST_USE struct error *call_reply_empty(struct ctx *cx, struct call *call);
/* JSON made before (a cached view): must have been encoded by the route's descriptor. */
MUST_USE struct error *call_reply_encoded(struct ctx *cx, struct call *call, struct str json);

/* Strong ETag of the resource from its id and version; set before the reply. */
void call_set_etag(struct ctx *cx, struct call *call, struct id id, int64_t version);
/* PATCH, PUT, DELETE: precondition_failed when If-Match names another version; without If-Match it passes. */
MUST_USE struct error *call_check_match(struct ctx *cx, struct call *call, struct id id, int64_t version);
/* Location of what was created, a path below the public URL. */
void call_set_location(struct ctx *cx, struct call *call, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Cookies: SameSite=Lax, Path=/; max_age_s 0 deletes. Where the browser came by HTTPS they are Secure, and named with the prefix
 * __Host-: then nobody else can have set them, neither another host of the domain nor somebody on the way by plain HTTP. */
enum cookie_visibility { COOKIE_HTTP_ONLY, COOKIE_SCRIPT };
void call_set_cookie(struct ctx *cx, struct call *call, struct str name, struct str value, int64_t max_age_s,
                     enum cookie_visibility visibility);
/* The value that call_set_cookie gave under this name, as http_cookie; over HTTPS one without the prefix is not looked at. */
struct str call_cookie(struct ctx *cx, const struct call *call, struct str name);

#endif
