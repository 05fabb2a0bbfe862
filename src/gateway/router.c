/* SPDX-License-Identifier: AGPL-3.0-or-later
 * The router. See router.h. */
#include "gateway/router.h"

#include "base/mem/alloc.h"

/* One segment. A node's children are few; they are compared one by one. */
struct router_node {
    struct str literal; /* absent for variables */
    struct str variable;
    bool takes_rest; /* {name...} */
    bool is_secret;
    struct router_node *next;
    struct router_node *literals;
    struct router_node *variables; /* at most one plain and one rest */
    const struct route *routes[HTTP_METHOD_COUNT];
    size_t indices[HTTP_METHOD_COUNT];
};

struct router {
    struct arena *arena;
    struct router_node *root;
    VEC(const struct route *) routes;
};

struct router *router_new(void)
{
    struct router *router = MEM_NEW(struct router);
    router->arena = arena_new(0);
    router->root = ARENA_NEW(router->arena, struct router_node);
    return router;
}

void router_free(struct router *router)
{
    if (router == NULL)
        return;
    arena_free(router->arena);
    mem_free(router);
}

static bool is_variable(struct str segment)
{
    return segment.len > 2 && segment.ptr[0] == '{' && segment.ptr[segment.len - 1] == '}';
}

static struct router_node *add_child(struct router *router, struct router_node **list)
{
    struct router_node *node = ARENA_NEW(router->arena, struct router_node);
    node->next = *list;
    *list = node;
    return node;
}

static struct router_node *child_for_literal(struct router *router, struct router_node *parent,
                                             struct str segment)
{
    for (struct router_node *node = parent->literals; node != NULL; node = node->next)
        if (str_equal(node->literal, segment))
            return node;
    struct router_node *node = add_child(router, &parent->literals);
    node->literal = segment;
    return node;
}

static struct router_node *child_for_variable(struct router *router, struct router_node *parent,
                                              struct str segment)
{
    struct str name = str_slice(segment, 1, segment.len - 2);
    bool takes_rest = str_ends_with(name, STR("..."));
    if (takes_rest)
        name = str_slice(name, 0, name.len - 3);
    for (struct router_node *node = parent->variables; node != NULL; node = node->next)
        if (node->takes_rest == takes_rest && str_equal(node->variable, name))
            return node;
    for (struct router_node *node = parent->variables; node != NULL; node = node->next)
        REQUIRE(node->takes_rest != takes_rest); /* one place, one name */
    struct router_node *node = add_child(router, &parent->variables);
    node->variable = name;
    node->takes_rest = takes_rest;
    return node;
}

static bool type_has_field(const struct json_type *type, struct str name)
{
    for (size_t i = 0; type != NULL && i < type->count; i++)
        if (str_equal(str_cstr(type->fields[i].name), name))
            return true;
    return false;
}

void router_add(struct router *router, const struct route *route)
{
    struct str rest = str_cstr(route->path);
    struct str segment;
    struct router_node *node = router->root;
    REQUIRE(rest.len > 0 && rest.ptr[0] == '/');
    rest = str_slice(rest, 1, rest.len);
    while (str_split(&rest, '/', &segment)) {
        if (!is_variable(segment)) {
            node = child_for_literal(router, node, segment);
            continue;
        }
        node = child_for_variable(router, node, segment);
        REQUIRE(type_has_field(route->path_type, node->variable));
        node->is_secret |= route->secret != NULL && str_equal(node->variable, str_cstr(route->secret));
    }
    REQUIRE(node->routes[route->method] == NULL);
    node->routes[route->method] = route;
    node->indices[route->method] = router->routes.count;
    *VEC_PUSH(router->arena, &router->routes) = route;
}

size_t router_count(const struct router *router)
{
    return router->routes.count;
}

const struct route *router_route(const struct router *router, size_t index)
{
    REQUIRE(index < router->routes.count);
    return router->routes.items[index];
}

static void push_variable(struct route_match *match, const struct router_node *node, struct str value)
{
    REQUIRE(match->variable_count < ROUTER_MAX_VARIABLES);
    match->variables[match->variable_count++] = (struct json_pair){node->variable, value};
    if (node->is_secret)
        match->secret = value;
}

static bool has_routes(const struct router_node *node)
{
    for (size_t i = 0; i < HTTP_METHOD_COUNT; i++)
        if (node->routes[i] != NULL)
            return true;
    return false;
}

/* Depth is bounded by the tables, not by the path: each level is a level of the tree. */
static const struct router_node *descend(const struct router_node *node, struct str rest,
                                         struct route_match *match);

/* NOLINTNEXTLINE(misc-no-recursion): as deep as the tree of our own routes */
static const struct router_node *descend_variables(const struct router_node *node, struct str path,
                                                   struct str segment, struct str rest,
                                                   struct route_match *match)
{
    for (const struct router_node *child = node->variables; child != NULL; child = child->next) {
        size_t count = match->variable_count;
        struct str secret = match->secret;
        push_variable(match, child, child->takes_rest ? path : segment);
        if (child->takes_rest)
            return child;
        const struct router_node *found = segment.len != 0 ? descend(child, rest, match) : NULL;
        if (found != NULL)
            return found;
        match->variable_count = count;
        match->secret = secret;
    }
    return NULL;
}

/* NOLINTNEXTLINE(misc-no-recursion): as deep as the tree of our own routes */
static const struct router_node *descend(const struct router_node *node, struct str rest,
                                         struct route_match *match)
{
    struct str path = rest;
    struct str segment;
    if (!str_split(&rest, '/', &segment))
        return has_routes(node) ? node : NULL;
    for (const struct router_node *child = node->literals; child != NULL; child = child->next) {
        if (!str_equal(child->literal, segment))
            continue;
        const struct router_node *found = descend(child, rest, match);
        if (found != NULL)
            return found;
    }
    return descend_variables(node, path, segment, rest, match);
}

struct route_match router_match(const struct router *router, enum http_method method, struct str path)
{
    struct route_match match = {0};
    if (path.len == 0 || path.ptr[0] != '/')
        return match;
    const struct router_node *node = descend(router->root, str_slice(path, 1, path.len), &match);
    if (node == NULL)
        return match;
    for (size_t i = 0; i < HTTP_METHOD_COUNT; i++)
        if (node->routes[i] != NULL)
            match.allowed_methods |= 1U << i;
    if ((match.allowed_methods & 1U << HTTP_GET) != 0)
        match.allowed_methods |= 1U << HTTP_HEAD;
    enum http_method wanted = method == HTTP_HEAD && node->routes[HTTP_HEAD] == NULL ? HTTP_GET : method;
    match.route = node->routes[wanted];
    match.index = node->indices[wanted];
    return match;
}

struct str router_public_path(struct arena *arena, const struct route_match *match, struct str path)
{
    if (str_is_empty(match->secret))
        return path;
    size_t start = (size_t)(match->secret.ptr - path.ptr);
    struct str before = str_slice(path, 0, start);
    struct str behind = str_slice(path, start + match->secret.len, path.len);
    return arena_printf(arena, "%" STR_FMT "-%" STR_FMT, STR_ARG(before), STR_ARG(behind));
}
