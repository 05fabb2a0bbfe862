/* SPDX-License-Identifier: AGPL-3.0-or-later
 * What a handler calls: its input, its reply by the route's descriptor, entity tags, Location, cookies. */
#include "platform/http/route.h"

#include <stdarg.h>

#include "base/json/json_write.h"
#include "base/text/encode.h"
#include "base/text/number.h"
#include "base/text/strbuf.h"

#include "platform/http/wire/condition.h"
#include "platform/http/wire/syntax.h"

#define MAX_LOCATION_BYTES 2048

const void *call_input(const struct call *call, const void *input, const struct json_type *carried,
                       const struct json_type *expected)
{
    (void)call;
    REQUIRE(carried == expected && input != NULL);
    return input;
}

/* ---- replies ---- */

static int success_status(const struct route *route, int without)
{
    return route->status != 0 ? route->status : without;
}

/* Remembered even if the client is gone by now: the work is done, and a retry must learn so. */
static void remember(struct call *call, int status, struct str json)
{
    call->replied_status = status;
    call->replied_json = json;
}

/* Whether the tag that was set lets the client do without the body. Other methods have been judged before their work, by
 * call_check_match. */
static enum condition_verdict judge(const struct call *call, int status)
{
    const struct http_request *request = exchange_request(call->exchange);
    struct validators now = {.etag = exchange_find_header(call->exchange, STR("etag"))};
    bool is_read = request->method == HTTP_GET || request->method == HTTP_HEAD;
    return is_read && status == 200 && now.etag.ptr != NULL ? condition_judge(request, &now)
                                                            : CONDITION_PROCEED;
}

static struct error *reply_json(struct ctx *cx, struct call *call, int status, struct str json)
{
    remember(call, status, json);
    switch (judge(call, status)) {
    case CONDITION_PROCEED:
        return exchange_reply(call->exchange, status, STR("application/json"), json);
    case CONDITION_NOT_MODIFIED:
        return exchange_reply_empty(call->exchange, 304);
    case CONDITION_FAILED:
        return ERROR_CODE(cx, PRECONDITION, "If-Match names another version");
    }
    UNREACHABLE("all verdicts are handled");
}

struct error *call_reply_status(struct ctx *cx, struct call *call, int status, const void *view)
{
    REQUIRE(call->route->reply != NULL && view != NULL);
    return reply_json(cx, call, status, json_encode(cx->arena, call->route->reply, view));
}

struct error *call_reply(struct ctx *cx, struct call *call, const void *view)
{
    return call_reply_status(cx, call, success_status(call->route, 200), view);
}

struct error *call_reply_encoded(struct ctx *cx, struct call *call, struct str json)
{
    REQUIRE(call->route->reply != NULL);
    return reply_json(cx, call, success_status(call->route, 200), json);
}

struct error *call_reply_empty(struct ctx *cx, struct call *call)
{
    (void)cx;
    int status = success_status(call->route, 204);
    remember(call, status, STR_NONE);
    return exchange_reply_empty(call->exchange, status);
}

/* ---- entity tags ---- */

/* Views may show their owner more than others: each caller's view has a tag of its own, or logging in would not refresh it. */
static struct str view_tag(struct ctx *cx, struct id id, int64_t version)
{
    return arena_printf(cx->arena, "\"%" STR_FMT ".%lld.%" STR_FMT "\"", STR_ARG(id_str(cx->arena, id)),
                        (long long)version,
                        STR_ARG(hex_encode(cx->arena, cx->caller->account_id.bytes + 12, 4)));
}

static struct str anonymous_tag(struct ctx *cx, struct id id, int64_t version)
{
    char id_text[ID_CHARS];
    char digits[NUMBER_I64_CHARS];
    id_format(id, id_text);
    return ARENA_JOIN(cx->arena, STR("\""), str_from(id_text, ID_CHARS), STR("."),
                      str_from(digits, number_format_i64(digits, version)), STR("\""));
}

static struct str tag_for(struct ctx *cx, struct id id, int64_t version)
{
    return caller_is_anonymous(cx) ? anonymous_tag(cx, id, version) : view_tag(cx, id, version);
}

void call_set_etag(struct ctx *cx, struct call *call, struct id id, int64_t version)
{
    exchange_add_header(call->exchange, STR("ETag"), tag_for(cx, id, version));
}

struct error *call_check_match(struct ctx *cx, struct call *call, struct id id, int64_t version)
{
    struct str match = http_field(exchange_request(call->exchange), HTTP_FIELD_IF_MATCH);
    /* The version is what counts, whoever saw it. */
    if (match.ptr == NULL || etag_list_has(match, tag_for(cx, id, version), ETAG_STRONG) ||
        etag_list_has(match, anonymous_tag(cx, id, version), ETAG_STRONG))
        return NULL;
    return ERROR_CODE(cx, PRECONDITION, "If-Match names another version");
}

/* ---- fields ---- */

void call_set_location(struct ctx *cx, struct call *call, const char *format, ...)
{
    struct strbuf location;
    va_list args;
    strbuf_init(&location, cx->arena, MAX_LOCATION_BYTES);
    strbuf_append(&location, cx->platform->public_url);
    va_start(args, format);
    strbuf_vprintf(&location, format, args);
    va_end(args);
    REQUIRE(!location.overflow);
    call->replied_location = strbuf_str(&location);
    exchange_add_header(call->exchange, STR("Location"), call->replied_location);
}

/* RFC 6265 §4.1.1: no controls, blanks, quotes, commas, semicolons, backslashes. */
static bool is_cookie_value(struct str value)
{
    for (size_t i = 0; i < value.len; i++) {
        if (!byte_is(value.ptr[i], BYTE_QUERY) || memchr(",;\\", value.ptr[i], 3) != NULL)
            return false;
    }
    return true;
}

static bool is_secure(const struct ctx *cx, const struct call *call)
{
    return exchange_request(call->exchange)->is_https ||
           str_starts_with(cx->platform->public_url, STR("https://"));
}

void call_set_cookie(struct ctx *cx, struct call *call, struct str name, struct str value, int64_t max_age_s,
                     enum cookie_visibility visibility)
{
    REQUIRE(syntax_is_token(name) && is_cookie_value(value));
    bool secure = is_secure(cx, call);
    struct str cookie =
        arena_printf(cx->arena, "%s%" STR_FMT "=%" STR_FMT "; Path=/; Max-Age=%lld; SameSite=Lax%s%s",
                     secure ? "__Host-" : "", STR_ARG(name), STR_ARG(value), (long long)max_age_s,
                     visibility == COOKIE_HTTP_ONLY ? "; HttpOnly" : "", secure ? "; Secure" : "");
    exchange_add_header(call->exchange, STR("Set-Cookie"), cookie);
}

struct str call_cookie(struct ctx *cx, const struct call *call, struct str name)
{
    const struct http_request *request = exchange_request(call->exchange);
    if (str_is_empty(http_field(request, HTTP_FIELD_COOKIE)) || !is_secure(cx, call))
        return http_cookie(request, name);
    return http_cookie(request, arena_printf(cx->arena, "__Host-%" STR_FMT, STR_ARG(name)));
}
