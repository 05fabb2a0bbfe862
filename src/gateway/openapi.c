/* SPDX-License-Identifier: AGPL-3.0-or-later
 * The published contract: OpenAPI 3.1 from the route tables and descriptors. */
#include "base/json/json_write.h"

#include "platform/module/module.h"

#include "gateway/gate.h"

enum { MAX_TYPES = 1024 };

struct printing {
    struct json_writer writer;
    struct arena *arena;
    const struct json_type *types[MAX_TYPES]; /* each once, by name */
    enum json_direction directions[MAX_TYPES];
    size_t type_count;
};

/* --- small writing helpers of this page --- */

static void put_member(struct json_writer *writer, const char *name, struct str value)
{
    json_name(writer, str_cstr(name));
    json_put_text(writer, value);
}

static void begin_member(struct json_writer *writer, const char *name)
{
    json_name(writer, str_cstr(name));
    json_begin_object(writer);
}

static void put_ref(struct printing *printing, const char *name)
{
    json_begin_object(&printing->writer);
    put_member(&printing->writer, "$ref", arena_printf(printing->arena, "#/components/schemas/%s", name));
    json_end_object(&printing->writer);
}

/* --- gathering types --- */

/* NOLINTNEXTLINE(misc-no-recursion): as deep as our own descriptors */
static void gather_type(struct printing *printing, const struct json_type *type,
                        enum json_direction direction)
{
    if (type == NULL)
        return;
    for (size_t i = 0; i < printing->type_count; i++) {
        if (strcmp(printing->types[i]->name, type->name) != 0)
            continue;
        REQUIRE(printing->types[i] == type); /* one name, one type */
        return;
    }
    REQUIRE(printing->type_count < MAX_TYPES);
    printing->types[printing->type_count] = type;
    printing->directions[printing->type_count++] = direction;
    for (size_t i = 0; i < type->count; i++)
        gather_type(printing, type->fields[i].type, direction);
}

static void gather_route(struct printing *printing, const struct route *route)
{
    gather_type(printing, route->reply, JSON_REPLY);
    gather_type(printing, route->body, JSON_REQUEST);
}

/* --- one operation --- */

static void put_parameters_of(struct printing *printing, const struct json_type *type, const char *place)
{
    for (size_t i = 0; type != NULL && i < type->count; i++) {
        const struct json_field *field = &type->fields[i];
        bool is_path = strcmp(place, "path") == 0;
        json_begin_object(&printing->writer);
        put_member(&printing->writer, "name", str_cstr(field->name));
        put_member(&printing->writer, "in", str_cstr(place));
        json_name(&printing->writer, STR("required"));
        json_put_bool(&printing->writer, is_path || (field->flags & JSON_REQUIRED) != 0);
        if (field->help != NULL)
            put_member(&printing->writer, "description", str_cstr(field->help));
        json_name(&printing->writer, STR("schema"));
        json_put_field_schema(&printing->writer, field, JSON_REQUEST);
        json_end_object(&printing->writer);
    }
}

static void put_key_parameter(struct printing *printing, const struct route *route)
{
    if (route->idempotency == IDEMPOTENCY_NONE)
        return;
    struct json_writer *writer = &printing->writer;
    json_begin_object(writer);
    put_member(writer, "name", STR("Idempotency-Key"));
    put_member(writer, "in", STR("header"));
    json_name(writer, STR("required"));
    json_put_bool(writer, route->idempotency == IDEMPOTENCY_REQUIRED);
    put_member(writer, "description",
               STR("Makes a repeated call safe for 24 hours: same key and body, same reply"));
    begin_member(writer, "schema");
    put_member(writer, "type", STR("string"));
    json_name(writer, STR("minLength"));
    json_put_i64(writer, 1);
    json_name(writer, STR("maxLength"));
    json_put_i64(writer, 255);
    json_end_object(writer);
    json_end_object(writer);
}

static void put_header_parameters(struct printing *printing, const struct route *route)
{
    struct json_writer *writer = &printing->writer;
    for (size_t i = 0; route->headers != NULL && route->headers[i].name != NULL; i++) {
        const struct route_header *header = &route->headers[i];
        REQUIRE(i < ROUTE_MAX_HEADERS);
        json_begin_object(writer);
        put_member(writer, "name", str_cstr(header->name));
        put_member(writer, "in", STR("header"));
        json_name(writer, STR("required"));
        json_put_bool(writer, header->is_required);
        put_member(writer, "description", str_cstr(header->help));
        begin_member(writer, "schema");
        put_member(writer, "type", STR("string"));
        if (header->pattern != NULL)
            put_member(writer, "pattern", str_cstr(header->pattern));
        json_end_object(writer);
        json_end_object(writer);
    }
}

static void put_content(struct printing *printing, const char *media_type, const struct json_type *type)
{
    struct json_writer *writer = &printing->writer;
    begin_member(writer, "content");
    begin_member(writer, media_type);
    if (type != NULL) {
        json_name(writer, STR("schema"));
        put_ref(printing, type->name);
    }
    json_end_object(writer);
    json_end_object(writer);
}

static void put_request_body(struct printing *printing, const struct route *route)
{
    if (route->body == NULL && route->raw_body_type == NULL)
        return;
    begin_member(&printing->writer, "requestBody");
    json_name(&printing->writer, STR("required"));
    json_put_bool(&printing->writer, route->body != NULL);
    put_content(printing, route->body != NULL ? "application/json" : route->raw_body_type, route->body);
    json_end_object(&printing->writer);
}

static int success_status(const struct route *route)
{
    bool has_content = route->reply != NULL || route->raw_reply_type != NULL;
    return route->status != 0 ? route->status : has_content ? 200 : 204;
}

static void put_part_response(struct printing *printing, const struct route *route)
{
    if (!route->sends_file)
        return;
    begin_member(&printing->writer, "206");
    put_member(&printing->writer, "description", STR("The range asked for"));
    put_content(printing, route->raw_reply_type, NULL);
    json_end_object(&printing->writer);
}

static void put_unchanged_response(struct printing *printing, const struct route *route)
{
    if (!route->sends_file && (route->method != HTTP_GET || route->cache == CACHE_NO_STORE))
        return;
    begin_member(&printing->writer, "304");
    put_member(&printing->writer, "description", STR("What the client has is still so"));
    json_end_object(&printing->writer);
}

static void put_responses(struct printing *printing, const struct route *route)
{
    struct json_writer *writer = &printing->writer;
    begin_member(writer, "responses");
    json_name(writer, arena_printf(printing->arena, "%d", success_status(route)));
    json_begin_object(writer);
    put_member(writer, "description", STR("Done"));
    if (route->reply != NULL)
        put_content(printing, "application/json", route->reply);
    else if (route->raw_reply_type != NULL)
        put_content(printing, route->raw_reply_type, NULL);
    json_end_object(writer);
    put_part_response(printing, route);
    put_unchanged_response(printing, route);
    begin_member(writer, "default");
    put_member(writer, "description", STR("A problem document"));
    begin_member(writer, "content");
    begin_member(writer, "application/problem+json");
    json_name(writer, STR("schema"));
    put_ref(printing, "Problem");
    json_end_object(writer);
    json_end_object(writer);
    json_end_object(writer);
    json_end_object(writer);
}

static void put_security(struct printing *printing, const struct route *route)
{
    struct json_writer *writer = &printing->writer;
    static const char *const schemes[] = {"bearer", "cookie"};
    json_name(writer, STR("security"));
    json_begin_array(writer);
    if (!route->access.needs_login) { /* anonymous calls are fine */
        json_begin_object(writer);
        json_end_object(writer);
    }
    for (size_t i = 0; i < COUNT_OF(schemes); i++) {
        json_begin_object(writer);
        json_name(writer, str_cstr(schemes[i]));
        json_begin_array(writer);
        json_end_array(writer);
        json_end_object(writer);
    }
    json_end_array(writer);
}

/* "get_specs_key_stream" from method and path: stable as long as the path is. */
static struct str operation_id(struct printing *printing, const struct route *route)
{
    struct strbuf out;
    strbuf_init(&out, printing->arena, 256);
    struct str method = http_method_name(route->method);
    for (size_t i = 0; i < method.len; i++)
        strbuf_append_char(&out, (char)(method.ptr[i] | 0x20));
    struct str path = str_cstr(route->path);
    if (str_starts_with(path, STR("/api/v1")))
        path = str_slice(path, 7, path.len);
    for (size_t i = 0; i < path.len; i++) {
        char c = path.ptr[i];
        bool is_word = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
        if (is_word)
            strbuf_append_char(&out, c);
        else if (out.ptr[out.len - 1] != '_')
            strbuf_append_char(&out, '_');
    }
    while (out.len > 0 && out.ptr[out.len - 1] == '_')
        out.len--;
    return strbuf_str(&out);
}

static void put_operation(struct printing *printing, const struct route *route, const char *tag)
{
    struct json_writer *writer = &printing->writer;
    struct str method = arena_str(printing->arena, http_method_name(route->method));
    char *lower = arena_cstr(printing->arena, method);
    for (size_t i = 0; i < method.len; i++)
        lower[i] = (char)(lower[i] | 0x20);
    begin_member(writer, lower);
    put_member(writer, "operationId", operation_id(printing, route));
    put_member(writer, "summary", str_cstr(route->summary != NULL ? route->summary : route->path));
    if (route->access.needs_permission)
        put_member(writer, "description",
                   arena_printf(printing->arena, "Needs the permission %s.",
                                permission_name(route->access.permission)));
    json_name(writer, STR("tags"));
    json_begin_array(writer);
    json_put_text(writer, str_cstr(tag));
    json_end_array(writer);
    json_name(writer, STR("parameters"));
    json_begin_array(writer);
    put_parameters_of(printing, route->path_type, "path");
    put_parameters_of(printing, route->query, "query");
    put_header_parameters(printing, route);
    put_key_parameter(printing, route);
    json_end_array(writer);
    put_request_body(printing, route);
    put_responses(printing, route);
    put_security(printing, route);
    json_end_object(writer);
}

/* --- the document --- */

struct tagged_route {
    const struct route *route;
    const char *tag;
};

static size_t list_routes(const struct platform *platform, struct arena *arena,
                          struct tagged_route **ret_routes)
{
    VEC(struct tagged_route) routes = {0};
    for (size_t i = 0; i < gateway_route_count; i++)
        *VEC_PUSH(arena, &routes) = (struct tagged_route){&gateway_routes[i], "service"};
    for (size_t m = 0; platform->modules[m] != NULL; m++)
        for (size_t i = 0; i < platform->modules[m]->route_count; i++)
            *VEC_PUSH(arena, &routes) =
                (struct tagged_route){&platform->modules[m]->routes[i], platform->modules[m]->name};
    *ret_routes = routes.items;
    return routes.count;
}

static bool is_first_of_path(const struct tagged_route *routes, size_t at)
{
    for (size_t i = 0; i < at; i++)
        if (strcmp(routes[i].route->path, routes[at].route->path) == 0)
            return false;
    return true;
}

/* OpenAPI has no "rest of the path": it is shown as an ordinary variable. */
static struct str documented_path(struct printing *printing, const char *path)
{
    struct str text = str_cstr(path);
    ptrdiff_t dots = str_find(text, STR("...}"));
    if (dots < 0)
        return text;
    return arena_printf(printing->arena, "%.*s}", (int)dots, path);
}

static void put_paths(struct printing *printing, const struct tagged_route *routes, size_t count)
{
    begin_member(&printing->writer, "paths");
    for (size_t i = 0; i < count; i++) {
        if (!is_first_of_path(routes, i))
            continue;
        json_name(&printing->writer, documented_path(printing, routes[i].route->path));
        json_begin_object(&printing->writer);
        for (size_t k = i; k < count; k++)
            if (strcmp(routes[k].route->path, routes[i].route->path) == 0)
                put_operation(printing, routes[k].route, routes[k].tag);
        json_end_object(&printing->writer);
    }
    json_end_object(&printing->writer);
}

static const char money_schema[] =
    "{\"type\":\"object\",\"description\":\"An amount in minor units\",\"required\":[\"amount\",\"currency\"],"
    "\"additionalProperties\":false,\"properties\":{\"amount\":{\"type\":\"integer\",\"format\":\"int64\"},"
    "\"currency\":{\"type\":\"string\",\"pattern\":\"^[A-Z]{3}$\"}}}";

static const char problem_schema[] =
    "{\"type\":\"object\",\"description\":\"RFC 9457 problem document\",\"required\":[\"type\",\"title\",\"status\",\"detail\","
    "\"instance\",\"code\"],\"properties\":{\"type\":{\"type\":\"string\"},\"title\":{\"type\":\"string\"},"
    "\"status\":{\"type\":\"integer\"},\"detail\":{\"type\":\"string\"},\"instance\":{\"type\":\"string\","
    "\"description\":\"The request's id\"},\"code\":{\"type\":\"string\",\"description\":\"Stable reason\"},"
    "\"violations\":{\"type\":\"array\",\"items\":{\"type\":\"object\",\"required\":[\"pointer\",\"rule\",\"message\"],"
    "\"properties\":{\"pointer\":{\"type\":\"string\"},\"rule\":{\"type\":\"string\"},\"message\":{\"type\":\"string\"}}}}}}";

static const char security_schemes[] =
    "{\"bearer\":{\"type\":\"http\",\"scheme\":\"bearer\",\"bearerFormat\":\"JWT\"},"
    "\"cookie\":{\"type\":\"apiKey\",\"in\":\"cookie\",\"name\":\"__Host-lathe_session\","
    "\"description\":\"With the X-CSRF-Token header on writes; over plain HTTP the name has no prefix\"}}";

static void put_components(struct printing *printing)
{
    struct json_writer *writer = &printing->writer;
    begin_member(writer, "components");
    begin_member(writer, "schemas");
    json_name(writer, STR("Money"));
    json_put_raw(writer, str_cstr(money_schema));
    json_name(writer, STR("Problem"));
    json_put_raw(writer, str_cstr(problem_schema));
    for (size_t i = 0; i < printing->type_count; i++) {
        json_name(writer, str_cstr(printing->types[i]->name));
        json_put_schema(writer, printing->types[i], printing->directions[i]);
    }
    json_end_object(writer);
    json_name(writer, STR("securitySchemes"));
    json_put_raw(writer, str_cstr(security_schemes));
    json_end_object(writer);
}

static void put_head(struct printing *printing, const struct platform *platform)
{
    struct json_writer *writer = &printing->writer;
    put_member(writer, "openapi", STR("3.1.0"));
    begin_member(writer, "info");
    put_member(writer, "title", STR("Lathe"));
    put_member(writer, "version", STR("1"));
    put_member(writer, "description",
               STR("A self-hosted music platform: publish, sell, license, listen. Lists page by cursor; "
                   "every failure is a problem document."));
    begin_member(writer, "license");
    put_member(writer, "name", STR("AGPL-3.0-or-later"));
    put_member(writer, "identifier", STR("AGPL-3.0-or-later"));
    json_end_object(writer);
    json_end_object(writer);
    json_name(writer, STR("servers"));
    json_begin_array(writer);
    json_begin_object(writer);
    put_member(writer, "url", platform->public_url);
    json_end_object(writer);
    json_end_array(writer);
}

/* The groups of operations: the service itself, and each module that has routes. */
static void put_tags(struct printing *printing, const struct platform *platform)
{
    struct json_writer *writer = &printing->writer;
    json_name(writer, STR("tags"));
    json_begin_array(writer);
    json_begin_object(writer);
    put_member(writer, "name", STR("service"));
    json_end_object(writer);
    for (size_t m = 0; platform->modules[m] != NULL; m++) {
        if (platform->modules[m]->route_count == 0)
            continue;
        json_begin_object(writer);
        put_member(writer, "name", str_cstr(platform->modules[m]->name));
        json_end_object(writer);
    }
    json_end_array(writer);
}

void gateway_print_openapi(const struct platform *platform, struct strbuf *out)
{
    struct arena *arena = arena_new(0);
    struct printing *printing = ARENA_NEW(arena, struct printing);
    struct tagged_route *routes = NULL;
    size_t count = list_routes(platform, arena, &routes);
    printing->arena = arena;
    json_writer_init(&printing->writer, out);
    for (size_t i = 0; i < count; i++)
        gather_route(printing, routes[i].route);
    json_begin_object(&printing->writer);
    put_head(printing, platform);
    put_tags(printing, platform);
    put_paths(printing, routes, count);
    put_components(printing);
    json_end_object(&printing->writer);
    arena_free(arena);
}

/* --- pages of docs/reference --- */

void gateway_print_routes(const struct platform *platform, struct strbuf *out)
{
    struct arena *arena = arena_new(0);
    struct tagged_route *routes = NULL;
    size_t count = list_routes(platform, arena, &routes);
    strbuf_append_cstr(out, "# Routes\n\n| Method | Path | Who | What | Module |\n|---|---|---|---|---|\n");
    for (size_t i = 0; i < count; i++) {
        const struct route *route = routes[i].route;
        const char *who = route->access.needs_permission ? permission_name(route->access.permission)
                          : route->access.needs_login    ? "logged in"
                                                         : "anyone";
        strbuf_printf(out, "| %" STR_FMT " | `%s` | %s | %s | %s |\n",
                      STR_ARG(http_method_name(route->method)), route->path, who,
                      route->summary != NULL ? route->summary : "", routes[i].tag);
    }
    arena_free(arena);
}
