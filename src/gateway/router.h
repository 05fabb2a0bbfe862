/* SPDX-License-Identifier: AGPL-3.0-or-later
 * The router: a tree of path segments built once from the route tables. Literals win over variables. */
#ifndef GATEWAY_ROUTER_H
#define GATEWAY_ROUTER_H

#include "base/json/json_read.h"

#include "platform/http/route.h"

struct router;

enum { ROUTER_MAX_VARIABLES = 8 };

struct route_match {
    const struct route *route;                        /* NULL: not found, or another method */
    size_t index;                                     /* of the route, in the order added; for metrics */
    struct json_pair variables[ROUTER_MAX_VARIABLES]; /* values not yet percent-decoded */
    size_t variable_count;
    struct str secret;        /* the value that no log may hold, with any method; absent: none */
    unsigned allowed_methods; /* bits of enum http_method that the path has */
};

struct router *router_new(void);
void router_free(struct router *router); /* accepts NULL */

/* REQUIREs that the path is well-formed and that no other route has the same method and shape. */
void router_add(struct router *router, const struct route *route);
size_t router_count(const struct router *router);
/* By index. */
const struct route *router_route(const struct router *router, size_t index);

/* HEAD finds GET's route. */
struct route_match router_match(const struct router *router, enum http_method method, struct str path);
/* The path as logs may hold it: with a dash for its secret. `match` is the path's own. */
struct str router_public_path(struct arena *arena, const struct route_match *match, struct str path);

#endif
