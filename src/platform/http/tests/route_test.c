/* SPDX-License-Identifier: AGPL-3.0-or-later
 * What handlers call: replies by descriptor, entity tags, Location, cookies. */
#include "platform/http/route.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "platform/http/tests/test_server.h"

struct thing {
    struct str name;
    int64_t size;
};

static const struct json_field thing_fields[] = {
    JSON_TEXT(struct thing, name, .max = 5000),
    JSON_INTEGER(struct thing, size),
};
static const struct json_type thing_view = JSON_TYPE("Thing", struct thing, thing_fields);

static const struct route read_route = {
    .method = HTTP_GET, .path = "/thing", .reply = &thing_view, .body = &thing_view};
static const struct route create_route = {
    .method = HTTP_POST, .path = "/thing", .reply = &thing_view, .status = 201};

static const struct id thing_id = {.bytes = {1, 2, 3}};
static const struct thing small_thing = {.name = STR_INIT("small"), .size = 5};

/* The context that a handler of the gateway would get. */
static struct ctx context_of(struct http_exchange *exchange, const struct platform *platform)
{
    return (struct ctx){.arena = exchange_arena(exchange),
                        .platform = platform,
                        .caller = &caller_anonymous,
                        .deadline_us = INT64_MAX};
}

static const struct platform plain_platform = {.public_url = STR_INIT("http://lathe.example")};
static const struct platform secure_platform = {.public_url = STR_INIT("https://lathe.example")};

static void read_thing(struct http_exchange *exchange)
{
    struct ctx cx = context_of(exchange, &plain_platform);
    struct call call = {.exchange = exchange, .route = &read_route};
    call_set_etag(&cx, &call, thing_id, 7);
    struct error *error = call_reply(&cx, &call, &small_thing);
    if (error != NULL)
        error_ignore(exchange_reply_empty(exchange, error_code_status(error->reason->code)));
}

static void read_long_thing(struct http_exchange *exchange)
{
    struct ctx cx = context_of(exchange, &plain_platform);
    struct call call = {.exchange = exchange, .route = &read_route};
    char name[4000];
    memset(name, 'x', sizeof(name));
    struct thing thing = {.name = str_from(name, sizeof(name))};
    call_set_etag(&cx, &call, thing_id, 7);
    error_ignore(call_reply(&cx, &call, &thing));
}

static void change_thing(struct http_exchange *exchange)
{
    struct ctx cx = context_of(exchange, &plain_platform);
    struct call call = {.exchange = exchange, .route = &read_route};
    struct error *error = call_check_match(&cx, &call, thing_id, 7);
    if (error == NULL) {
        call_set_etag(&cx, &call, thing_id, 8);
        error = call_reply(&cx, &call, &small_thing);
    }
    if (error != NULL)
        error_ignore(exchange_reply_empty(exchange, error_code_status(error->reason->code)));
}

static void create_thing(struct http_exchange *exchange)
{
    struct ctx cx = context_of(exchange, &secure_platform);
    struct call call = {.exchange = exchange, .route = &create_route};
    call_set_location(&cx, &call, "/things/%d", 5);
    call_set_cookie(&cx, &call, STR("session"), STR("abc=="), 60, COOKIE_HTTP_ONLY);
    call_set_cookie(&cx, &call, STR("csrf"), STR(""), 0, COOKIE_SCRIPT);
    error_ignore(call_reply(&cx, &call, &small_thing));
    assert_int_equal(call.replied_status, 201);
    assert_true(str_equal(call.replied_location, STR("https://lathe.example/things/5")));
    assert_true(str_equal(call.replied_json, STR("{\"name\":\"small\",\"size\":5}")));
}

static void delete_thing(struct http_exchange *exchange)
{
    struct ctx cx = context_of(exchange, &plain_platform);
    struct call call = {.exchange = exchange, .route = &read_route};
    error_ignore(call_reply_empty(&cx, &call));
}

static void read_cookie(struct http_exchange *exchange)
{
    bool secure = str_equal(http_field(exchange_request(exchange), HTTP_FIELD_X_REQUEST_ID), STR("secure"));
    struct ctx cx = context_of(exchange, secure ? &secure_platform : &plain_platform);
    struct call call = {.exchange = exchange, .route = &read_route};
    bool counts = str_equal(call_cookie(&cx, &call, STR("session")), STR("mine"));
    error_ignore(exchange_reply_empty(exchange, counts ? 204 : 401));
}

static const struct test_route routes[] = {
    {"/thing", read_thing},
    {"/long", read_long_thing},
    {"/change", change_thing},
    {"/create", create_thing},
    {"/delete", delete_thing},
    {"/cookie", read_cookie},
    {NULL, NULL},
};

struct fixture {
    struct test_server *server;
    struct arena *arena;
};

static int set_up(void **state)
{
    static struct fixture fixture;
    fixture.server = test_server_start(&(struct test_server_options){.routes = routes});
    fixture.arena = arena_new(0);
    *state = &fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;
    test_server_stop(fixture->server);
    arena_free(fixture->arena);
    return 0;
}

static struct test_reply call_with(struct fixture *fixture, enum http_method method, const char *path,
                                   const char *fields)
{
    struct str request = arena_printf(fixture->arena, "%s %s HTTP/1.1\r\nHost: a\r\n%s\r\n",
                                      http_method_name(method).ptr, path, fields);
    return test_exchange(fixture->server, fixture->arena, request.ptr);
}

#define TAG "\"01020300-0000-0000-0000-000000000000.7\""

static void a_view_is_encoded_with_its_tag(void **state)
{
    struct test_reply reply = call_with(*state, HTTP_GET, "/thing", "");
    assert_int_equal(reply.status, 200);
    assert_true(str_equal(reply.body, STR("{\"name\":\"small\",\"size\":5}")));
    assert_true(str_equal(test_field(&reply, "etag"), STR(TAG)));
}

static void a_known_version_is_not_sent_again(void **state)
{
    struct test_reply reply = call_with(*state, HTTP_GET, "/thing", "If-None-Match: \"x\", W/" TAG "\r\n");
    assert_int_equal(reply.status, 304);
    assert_true(str_equal(test_field(&reply, "etag"), STR(TAG)));
    assert_int_equal(call_with(*state, HTTP_GET, "/thing", "If-None-Match: \"x\"\r\n").status, 200);
    assert_int_equal(call_with(*state, HTTP_GET, "/thing", "If-Match: \"x\"\r\n").status, 412);
}

static void each_encoding_has_a_tag_that_names_the_same_version(void **state)
{
    struct test_reply reply = call_with(*state, HTTP_GET, "/long", "Accept-Encoding: gzip\r\n");
    assert_int_equal(reply.status, 200);
    assert_true(str_equal(test_field(&reply, "content-encoding"), STR("gzip")));
    struct str tag = test_field(&reply, "etag");
    assert_true(str_ends_with(tag, STR(".7-gz\"")));
    struct fixture *fixture = *state;
    struct str field = arena_printf(fixture->arena, "If-Match: %" STR_FMT "\r\n", STR_ARG(tag));
    assert_int_equal(call_with(fixture, HTTP_PATCH, "/change", field.ptr).status, 200);
    field = arena_printf(fixture->arena, "If-None-Match: %" STR_FMT "\r\n", STR_ARG(tag));
    assert_int_equal(call_with(fixture, HTTP_GET, "/long", field.ptr).status, 304);
}

static void a_change_of_another_version_is_refused(void **state)
{
    assert_int_equal(call_with(*state, HTTP_PATCH, "/change", "If-Match: " TAG "\r\n").status, 200);
    assert_int_equal(call_with(*state, HTTP_PATCH, "/change", "If-Match: *\r\n").status, 200);
    assert_int_equal(call_with(*state, HTTP_PATCH, "/change", "").status, 200);
    assert_int_equal(call_with(*state, HTTP_PATCH, "/change", "If-Match: \"6\"\r\n").status, 412);
    assert_int_equal(call_with(*state, HTTP_PATCH, "/change", "If-Match: W/" TAG "\r\n").status, 412);
}

static void what_was_created_has_status_location_and_cookies(void **state)
{
    struct test_reply reply = call_with(*state, HTTP_POST, "/create", "");
    assert_int_equal(reply.status, 201);
    assert_true(str_equal(test_field(&reply, "location"), STR("https://lathe.example/things/5")));
    assert_true(
        str_find(
            reply.head,
            STR("Set-Cookie: __Host-session=abc==; Path=/; Max-Age=60; SameSite=Lax; HttpOnly; Secure\r\n")) >
        0);
    assert_true(str_find(reply.head,
                         STR("Set-Cookie: __Host-csrf=; Path=/; Max-Age=0; SameSite=Lax; Secure\r\n")) > 0);
}

static void over_https_only_the_prefixed_cookie_counts(void **state)
{
    static const struct cookie_row {
        const char *fields;
        int status;
    } rows[] = {
        {"", 401},
        {"Cookie: session=mine\r\n", 204},
        {"Cookie: __Host-session=mine\r\n", 401},
        {"X-Request-Id: secure\r\nCookie: session=mine\r\n", 401},
        {"X-Request-Id: secure\r\nCookie: __Host-session=mine\r\n", 204},
        {"X-Request-Id: secure\r\nCookie: session=theirs; __Host-session=mine\r\n", 204},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        assert_int_equal(call_with(*state, HTTP_GET, "/cookie", rows[i].fields).status, rows[i].status);
}

static void nothing_to_say_is_204(void **state)
{
    assert_int_equal(call_with(*state, HTTP_DELETE, "/delete", "").status, 204);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_view_is_encoded_with_its_tag),
        cmocka_unit_test(a_known_version_is_not_sent_again),
        cmocka_unit_test(each_encoding_has_a_tag_that_names_the_same_version),
        cmocka_unit_test(a_change_of_another_version_is_refused),
        cmocka_unit_test(what_was_created_has_status_location_and_cookies),
        cmocka_unit_test(over_https_only_the_prefixed_cookie_counts),
        cmocka_unit_test(nothing_to_say_is_204),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
