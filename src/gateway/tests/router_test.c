/* SPDX-License-Identifier: AGPL-3.0-or-later
 * The router: literals before variables, the rest of a path, methods, refusals. */
#include "gateway/router.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

struct path_ids {
    struct str key, file;
};

static const struct json_field path_fields[] = {
    JSON_TEXT(struct path_ids, key),
    JSON_TEXT(struct path_ids, file),
};
static const struct json_type path_type = JSON_TYPE("RouterTestPath", struct path_ids, path_fields);

static struct error *handler(struct ctx *cx, struct call *call)
{
    (void)cx;
    (void)call;
    return NULL;
}

enum { LIST, CREATE, MINE, READ, STREAM, SIGNED, FILES, ROOT };

static const struct route routes[] = {
    [LIST] = ROUTE(GET, "/api/specs", handler, ROUTE_ANYONE),
    [CREATE] = ROUTE(POST, "/api/specs", handler, ROUTE_MEMBER),
    [MINE] = ROUTE(GET, "/api/specs/mine", handler, ROUTE_MEMBER),
    [READ] = ROUTE(GET, "/api/specs/{key}", handler, ROUTE_ANYONE, .path_type = &path_type),
    [STREAM] = ROUTE(GET, "/api/specs/{key}/stream", handler, ROUTE_ANYONE, .path_type = &path_type),
    [SIGNED] = ROUTE(GET, "/signed/{key}/{file}/end", handler, ROUTE_ANYONE, .path_type = &path_type,
                     .secret = "key"),
    [FILES] = ROUTE(GET, "/media/{key}/{file...}", handler, ROUTE_ANYONE, .path_type = &path_type),
    [ROOT] = ROUTE(GET, "/healthz", handler, ROUTE_ANYONE),
};

static struct router *make_router(void)
{
    struct router *router = router_new();
    for (size_t i = 0; i < COUNT_OF(routes); i++)
        router_add(router, &routes[i]);
    return router;
}

struct expectation {
    enum http_method method;
    const char *path;
    int route; /* -1: none */
    const char *first_variable;
};

static const struct expectation expectations[] = {
    {HTTP_GET, "/api/specs", LIST, NULL},
    {HTTP_HEAD, "/api/specs", LIST, NULL},
    {HTTP_POST, "/api/specs", CREATE, NULL},
    {HTTP_PUT, "/api/specs", -1, NULL},
    {HTTP_GET, "/api/specs/mine", MINE, NULL},
    {HTTP_GET, "/api/specs/min", READ, "min"},
    {HTTP_GET, "/api/specs/mine/stream", STREAM, "mine"},
    {HTTP_GET, "/api/specs/", -1, NULL},
    {HTTP_GET, "/api/specs//stream", -1, NULL},
    {HTTP_GET, "/api/specs/a/b", -1, NULL},
    {HTTP_GET, "/media/k/a/b/c.m4s", FILES, "k"},
    {HTTP_GET, "/healthz", ROOT, NULL},
    {HTTP_GET, "/", -1, NULL},
    {HTTP_GET, "", -1, NULL},
    {HTTP_GET, "healthz", -1, NULL},
};

static void paths_find_their_routes(void **state)
{
    (void)state;
    struct router *router = make_router();
    for (size_t i = 0; i < COUNT_OF(expectations); i++) {
        const struct expectation *expected = &expectations[i];
        struct route_match match = router_match(router, expected->method, str_cstr(expected->path));
        if (expected->route < 0) {
            assert_null(match.route);
            continue;
        }
        assert_ptr_equal(match.route, &routes[expected->route]);
        assert_int_equal(match.index, expected->route);
        if (expected->first_variable != NULL)
            assert_true(str_equal(match.variables[0].value, str_cstr(expected->first_variable)));
    }
    router_free(router);
}

static void the_rest_of_a_path_is_one_variable(void **state)
{
    (void)state;
    struct router *router = make_router();
    struct route_match match = router_match(router, HTTP_GET, STR("/media/k/a/b/c.m4s"));
    assert_int_equal(match.variable_count, 2);
    assert_true(str_equal(match.variables[1].name, STR("file")));
    assert_true(str_equal(match.variables[1].value, STR("a/b/c.m4s")));
    router_free(router);
}

static void another_method_tells_which_are_allowed(void **state)
{
    (void)state;
    struct router *router = make_router();
    struct route_match match = router_match(router, HTTP_DELETE, STR("/api/specs"));
    assert_null(match.route);
    assert_int_equal(match.allowed_methods, 1U << HTTP_GET | 1U << HTTP_HEAD | 1U << HTTP_POST);
    router_free(router);
}

static void a_path_that_lets_in_is_told_without_its_secret(void **state)
{
    (void)state;
    static const struct {
        enum http_method method;
        const char *path, *told;
    } cases[] = {
        {HTTP_GET, "/signed/s3cret/a/end", "/signed/-/a/end"},
        {HTTP_DELETE, "/signed/s3cret/a/end", "/signed/-/a/end"},
        {HTTP_GET, "/signed/a/a/end", "/signed/-/a/end"},
        {HTTP_GET, "/api/specs/mine/stream", "/api/specs/mine/stream"},
        {HTTP_GET, "/nothing", "/nothing"},
    };
    struct router *router = make_router();
    struct arena *arena = arena_new(0);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct str path = str_cstr(cases[i].path);
        struct route_match match = router_match(router, cases[i].method, path);
        assert_true(str_equal(router_public_path(arena, &match, path), str_cstr(cases[i].told)));
    }
    arena_free(arena);
    router_free(router);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(paths_find_their_routes),
        cmocka_unit_test(the_rest_of_a_path_is_one_variable),
        cmocka_unit_test(another_method_tells_which_are_allowed),
        cmocka_unit_test(a_path_that_lets_in_is_told_without_its_secret),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
