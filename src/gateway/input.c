/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Steps of the chain that read and decode: body, path, query; then the handler. */
#include <stdio.h>

#include "base/text/encode.h"

#include "gateway/gate.h"

enum { DEFAULT_BODY = 64 << 10, MAX_QUERY_PAIRS = 64 };

static bool is_json(struct str content_type)
{
    struct str type = {0};
    struct str rest = content_type;
    if (!str_split(&rest, ';', &type))
        return false;
    return str_equal_nocase(str_trim(type), STR("application/json"));
}

struct error *gate_read_body(struct gate *gate)
{
    const struct route *route = gate->match.route;
    const struct http_request *request = exchange_request(gate->call.exchange);
    int64_t limit = route->max_body_len != 0 ? route->max_body_len : DEFAULT_BODY;
    exchange_limit_body(gate->call.exchange, limit);
    if (route->body == NULL)
        return NULL;
    if (!request->has_body)
        return ERROR(&gate->cx, gateway_body_missing, "a JSON body is required");
    if (!is_json(http_field(request, HTTP_FIELD_CONTENT_TYPE)))
        return ERROR(&gate->cx, gateway_media_type, "the body must be application/json");
    return exchange_read_all(gate->call.exchange, (size_t)limit, &gate->request_body);
}

struct error *gate_decode_path(struct gate *gate)
{
    const struct json_type *type = gate->match.route->path_type;
    if (type == NULL)
        return NULL;
    for (size_t i = 0; i < gate->match.variable_count; i++)
        if (!percent_decode(gate->cx.arena, gate->match.variables[i].value, PERCENT_PATH,
                            &gate->match.variables[i].value))
            return ERROR(&gate->cx, gateway_no_route, "bad escape in the path");
    void *path = arena_alloc(gate->cx.arena, type->size);
    struct error *error =
        json_decode_pairs(gate->cx.arena, type, gate->match.variables, gate->match.variable_count, path);
    if (error != NULL) /* an id that cannot be one names nothing */
        return ERROR_CODE(&gate->cx, NOT_FOUND, "there is nothing with this id");
    gate->call.path = path;
    return NULL;
}

static struct error *split_query(struct gate *gate, struct json_pair *pairs, size_t *ret_count)
{
    struct str rest = exchange_request(gate->call.exchange)->query;
    struct str part;
    while (str_split(&rest, '&', &part)) {
        if (str_is_empty(part))
            continue;
        if (*ret_count == MAX_QUERY_PAIRS)
            return ERROR(&gate->cx, gateway_bad_query, "more than %d parameters", MAX_QUERY_PAIRS);
        struct str name = {0};
        struct str value = part;
        (void)str_split(&value, '=', &name);
        if (value.ptr == NULL)
            value = STR("");
        struct json_pair *pair = &pairs[(*ret_count)++];
        if (!percent_decode(gate->cx.arena, name, PERCENT_FORM, &pair->name) ||
            !percent_decode(gate->cx.arena, value, PERCENT_FORM, &pair->value))
            return ERROR(&gate->cx, gateway_bad_query, "bad escape in the query string");
    }
    return NULL;
}

static struct error *decode_query(struct gate *gate)
{
    const struct json_type *type = gate->match.route->query;
    if (type == NULL)
        return NULL;
    struct json_pair *pairs = ARENA_ARRAY(gate->cx.arena, struct json_pair, MAX_QUERY_PAIRS);
    size_t count = 0;
    TRY(split_query(gate, pairs, &count));
    void *query = arena_alloc(gate->cx.arena, type->size);
    TRY(json_decode_pairs(gate->cx.arena, type, pairs, count, query));
    gate->call.query = query;
    return NULL;
}

static struct error *decode_body(struct gate *gate)
{
    const struct json_type *type = gate->match.route->body;
    if (type == NULL)
        return NULL;
    void *body = arena_alloc(gate->cx.arena, type->size);
    TRY(json_decode(gate->cx.arena, type, gate->request_body, body));
    gate->call.body = body;
    return NULL;
}

struct error *gate_decode(struct gate *gate)
{
    TRY(gate_decode_path(gate));
    TRY(decode_query(gate));
    return decode_body(gate);
}

/* clang-format off */
static const struct str cache_rules[] = {
    [CACHE_PRIVATE]   = STR_INIT("private, no-cache"),
    [CACHE_NO_STORE]  = STR_INIT("no-store"),
    [CACHE_PUBLIC]    = STR_INIT("public, max-age=60"),
    [CACHE_IMMUTABLE] = STR_INIT("public, max-age=31536000, immutable"),
};
/* clang-format on */

static void set_cache_rule(struct gate *gate)
{
    enum route_cache rule = gate->match.route->cache;
    if (rule == CACHE_PUBLIC && !caller_is_anonymous(&gate->cx))
        rule = CACHE_PRIVATE;
    exchange_add_header(gate->call.exchange, STR("Cache-Control"), cache_rules[rule]);
}

struct error *gate_call_handler(struct gate *gate)
{
    set_cache_rule(gate);
    return gate->match.route->handler(&gate->cx, &gate->call);
}
