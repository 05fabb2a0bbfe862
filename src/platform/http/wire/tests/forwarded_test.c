/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Who really asks, by what proxies say. 10.0.0.0/8 is trusted. */
#include "platform/http/wire/forwarded.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "base/require/require.h"

struct row {
    const char *forwarded, *x_for, *x_proto; /* NULL: absent */
    const char *client;                      /* NULL: not named */
    bool is_https;
};

/* clang-format off */
static const struct row rows[] = {
    {NULL, NULL, NULL, NULL, false},
    {NULL, NULL, "https", NULL, true},
    {NULL, "192.0.2.1", NULL, "192.0.2.1", false},
    {NULL, "192.0.2.1", "https", "192.0.2.1", true},
    {NULL, "192.0.2.1", "HTTPS", "192.0.2.1", true},
    {NULL, "192.0.2.1", "http", "192.0.2.1", false},
    {NULL, "192.0.2.1:4711", NULL, "192.0.2.1", false},
    {NULL, "[2001:db8::1]:80", NULL, "2001:db8::1", false},
    {NULL, "2001:db8::1", NULL, "2001:db8::1", false},
    {NULL, "203.0.113.9, 192.0.2.1", NULL, "192.0.2.1", false},            /* the left-most is what the client claims */
    {NULL, "203.0.113.9, 192.0.2.1, 10.0.0.7", NULL, "192.0.2.1", false},
    {NULL, "10.0.0.5, 10.0.0.7", NULL, "10.0.0.5", false},                 /* all trusted: the first of them */
    {NULL, "192.0.2.1, 10.0.0.7", "https, http", "192.0.2.1", true},
    {NULL, "192.0.2.1, 10.0.0.7", "http, https", "192.0.2.1", false},
    {NULL, "203.0.113.9, 192.0.2.1", "https, http", "192.0.2.1", false},
    {NULL, "192.0.2.1, 10.0.0.7", "https", "192.0.2.1", true},
    {NULL, "unknown", NULL, NULL, false},
    {NULL, "192.0.2.1, junk", NULL, NULL, false},
    {NULL, "192.0.2.1, junk, 10.0.0.7", NULL, "10.0.0.7", false},
    {NULL, "", NULL, NULL, false},
    {"for=192.0.2.1", NULL, NULL, "192.0.2.1", false},
    {"for=192.0.2.1;proto=https", NULL, NULL, "192.0.2.1", true},
    {"For=\"[2001:db8::1]:4711\";Proto=HTTPS;by=10.0.0.1", NULL, NULL, "2001:db8::1", true},
    {"for=203.0.113.9, for=192.0.2.1;proto=https, for=10.0.0.7;proto=http", NULL, NULL, "192.0.2.1", true},
    {"for=_hidden;proto=https", NULL, NULL, NULL, true},
    {"for=192.0.2.1;proto=http", "203.0.113.9", "https", "192.0.2.1", false}, /* the standard field wins */
    {"proto=https", "203.0.113.9", NULL, NULL, true},
};
/* clang-format on */

static bool is_as_expected(const struct row *row, const struct network_set *trusted)
{
    struct http_request request = {0};
    struct address client;
    char text[ADDRESS_CHARS] = "";
    bool is_https = false;
    request.known[HTTP_FIELD_FORWARDED] = str_cstr(row->forwarded);
    request.known[HTTP_FIELD_X_FORWARDED_FOR] = str_cstr(row->x_for);
    request.known[HTTP_FIELD_X_FORWARDED_PROTO] = str_cstr(row->x_proto);
    bool is_named = forwarded_resolve(&request, trusted, &client, &is_https);
    if (is_named)
        address_format(&client, text);
    return is_named == (row->client != NULL) && is_https == row->is_https &&
           (!is_named || strcmp(text, row->client) == 0);
}

static void the_right_most_hop_that_is_not_trusted_is_the_client(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    struct network_set trusted;
    assert_true(network_set_parse(arena, STR("10.0.0.0/8"), &trusted));
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        if (!is_as_expected(&rows[i], &trusted))
            fail_msg("row %zu", i);
    }
    arena_free(arena);
}

static void a_chain_without_end_is_looked_at_from_the_right(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    struct network_set trusted;
    char chain[8 * 1000 + 10] = "";
    size_t len = 0;
    for (int i = 0; i < 1000; i++)
        len += (size_t)snprintf(chain + len, sizeof(chain) - len, "1.1.1.1,");
    (void)snprintf(chain + len, sizeof(chain) - len, "2.2.2.2");
    assert_true(network_set_parse(arena, STR("10.0.0.0/8"), &trusted));
    const struct row row = {.x_for = chain, .client = "2.2.2.2"};
    assert_true(is_as_expected(&row, &trusted));
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_right_most_hop_that_is_not_trusted_is_the_client),
        cmocka_unit_test(a_chain_without_end_is_looked_at_from_the_right),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
