/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Which requests open a WebSocket. */
#include "platform/ws/handshake.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/require/require.h"

static struct http_request good_request(void)
{
    struct http_request request = {.method = HTTP_GET, .minor_version = 1};
    request.known[HTTP_FIELD_UPGRADE] = STR("WebSocket");
    request.known[HTTP_FIELD_CONNECTION] = STR("keep-alive, Upgrade");
    request.known[HTTP_FIELD_SEC_WEBSOCKET_VERSION] = STR("13");
    request.known[HTTP_FIELD_SEC_WEBSOCKET_KEY] = STR("dGhlIHNhbXBsZSBub25jZQ==");
    return request;
}

static void the_key_of_the_standard_has_its_answer(void **state)
{
    (void)state;
    char accept[WS_ACCEPT_CHARS];
    struct http_request request = good_request();
    assert_int_equal(ws_handshake_judge(&request), WS_HANDSHAKE_OK);
    ws_handshake_accept(request.known[HTTP_FIELD_SEC_WEBSOCKET_KEY], accept);
    assert_memory_equal(accept, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", WS_ACCEPT_CHARS);
}

static void fields_are_judged(void **state)
{
    (void)state;
    static const struct {
        enum http_field field;
        struct str value;
        enum ws_handshake verdict;
    } rows[] = {
        {HTTP_FIELD_UPGRADE, STR_INIT("h2c"), WS_HANDSHAKE_NOT_UPGRADE},
        {HTTP_FIELD_UPGRADE, {NULL, 0}, WS_HANDSHAKE_NOT_UPGRADE},
        {HTTP_FIELD_UPGRADE, STR_INIT("h2c, websocket"), WS_HANDSHAKE_OK},
        {HTTP_FIELD_CONNECTION, STR_INIT("close"), WS_HANDSHAKE_NOT_UPGRADE},
        {HTTP_FIELD_CONNECTION, STR_INIT("upgraded"), WS_HANDSHAKE_NOT_UPGRADE},
        {HTTP_FIELD_SEC_WEBSOCKET_VERSION, STR_INIT("8"), WS_HANDSHAKE_VERSION},
        {HTTP_FIELD_SEC_WEBSOCKET_VERSION, {NULL, 0}, WS_HANDSHAKE_VERSION},
        {HTTP_FIELD_SEC_WEBSOCKET_KEY, {NULL, 0}, WS_HANDSHAKE_KEY},
        {HTTP_FIELD_SEC_WEBSOCKET_KEY, STR_INIT("dGhlIHNhbXBsZSBub25jZQ"), WS_HANDSHAKE_KEY},
        {HTTP_FIELD_SEC_WEBSOCKET_KEY, STR_INIT("dGhlIHNhbXBsZSBub25jZQ=!"), WS_HANDSHAKE_KEY},
        {HTTP_FIELD_SEC_WEBSOCKET_KEY, STR_INIT("dGhlIHNhbXBsZSBub25jZTE="), WS_HANDSHAKE_KEY}, /* 17 bytes */
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct http_request request = good_request();
        request.known[rows[i].field] = rows[i].value;
        assert_int_equal(ws_handshake_judge(&request), rows[i].verdict);
    }
}

static void only_a_get_of_http_1_1_without_a_body_opens(void **state)
{
    (void)state;
    struct http_request post = good_request(), old = good_request(), full = good_request();
    post.method = HTTP_POST;
    old.minor_version = 0;
    full.has_body = true;
    assert_int_equal(ws_handshake_judge(&post), WS_HANDSHAKE_NOT_UPGRADE);
    assert_int_equal(ws_handshake_judge(&old), WS_HANDSHAKE_NOT_UPGRADE);
    assert_int_equal(ws_handshake_judge(&full), WS_HANDSHAKE_NOT_UPGRADE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_key_of_the_standard_has_its_answer),
        cmocka_unit_test(fields_are_judged),
        cmocka_unit_test(only_a_get_of_http_1_1_without_a_body_opens),
    };
    return cmocka_run_group_tests_name("ws handshake", tests, NULL, NULL);
}
