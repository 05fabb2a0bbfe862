/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Tokens: the example of RFC 7515, round trips, and every way to be no token of ours. */
#include "platform/crypto/jwt.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "base/text/encode.h"

static const uint8_t key[32] = "0123456789abcdef0123456789abcde";

static int set_up(void **state)
{
    *state = arena_new(0);
    return 0;
}

static int tear_down(void **state)
{
    arena_free(*state);
    return 0;
}

/* Appendix A.1: another order of members, a line break in the header, a key of 64 bytes. */
static void the_published_example_is_read(void **state)
{
    struct arena *arena = *state;
    struct str token = STR("eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9"
                           ".eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFt"
                           "cGxlLmNvbS9pc19yb290Ijp0cnVlfQ"
                           ".dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
    struct str example_key;
    assert_true(base64url_decode(
        arena, STR("AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow"),
        &example_key));
    struct str payload;
    assert_true(jwt_check(arena, example_key, token, &payload));
    assert_string_equal(arena_cstr(arena, payload),
                        "{\"iss\":\"joe\",\r\n \"exp\":1300819380,\r\n \"http://example.com/is_root\":true}");
}

static void what_is_signed_is_read_back(void **state)
{
    struct arena *arena = *state;
    static const char *const payloads[] = {"{}", "{\"sub\":\"a\"}", "{\"sub\":\"ab\"}", "{\"sub\":\"abc\"}"};
    for (size_t i = 0; i < COUNT_OF(payloads); i++) {
        struct str token = jwt_sign(arena, key, str_cstr(payloads[i]));
        struct str payload;
        assert_true(jwt_verify(arena, key, token, &payload));
        assert_true(str_equal(payload, str_cstr(payloads[i])));
    }
}

static void another_key_is_refused(void **state)
{
    struct arena *arena = *state;
    static const uint8_t other[32] = "0123456789abcdef0123456789abcdX";
    struct str payload;
    assert_false(jwt_verify(arena, other, jwt_sign(arena, key, STR("{}")), &payload));
}

static void one_changed_character_is_refused(void **state)
{
    struct arena *arena = *state;
    struct str token = jwt_sign(arena, key, STR("{\"sub\":\"0193\",\"n\":1}"));
    for (size_t i = 0; i < token.len; i++) {
        char *changed = arena_cstr(arena, token);
        struct str payload;
        changed[i] = changed[i] == 'A' ? 'B' : 'A';
        assert_false(jwt_verify(arena, key, str_from(changed, token.len), &payload));
    }
}

/* A token with any header and payload text, with a right MAC over both. */
static struct str forge(struct arena *arena, const char *header, const char *payload)
{
    struct str signed_part = arena_printf(arena, "%s.%" STR_FMT, header,
                                          STR_ARG(base64url_encode(arena, payload, strlen(payload))));
    uint8_t mac[SHA256_BYTES];
    hmac_sha256(key, sizeof(key), signed_part.ptr, signed_part.len, mac);
    return arena_printf(arena, "%" STR_FMT ".%" STR_FMT, STR_ARG(signed_part),
                        STR_ARG(base64url_encode(arena, mac, sizeof(mac))));
}

static struct str forge_json(struct arena *arena, const char *header_json, const char *payload)
{
    return forge(arena, base64url_encode(arena, header_json, strlen(header_json)).ptr, payload);
}

static void only_a_plain_hs256_header_is_accepted(void **state)
{
    struct arena *arena = *state;
    static const struct {
        const char *header;
        bool is_good;
    } rows[] = {
        {"{\"alg\":\"HS256\",\"typ\":\"JWT\"}", true},
        {"{\"typ\":\"jwt\", \"alg\":\"HS256\"}", true},
        {"{\"alg\":\"HS256\"}", true},
        {"{\"alg\":\"none\"}", false},
        {"{\"alg\":\"NONE5\"}", false},
        {"{\"alg\":\"HS512\"}", false},
        {"{\"alg\":\"hs256\"}", false},
        {"{\"alg\":\"RS256\",\"typ\":\"JWT\"}", false},
        {"{\"typ\":\"JWT\"}", false},
        {"{}", false},
        {"[]", false},
        {"{\"alg\":\"HS256\",\"typ\":\"JWE\"}", false},
        {"{\"alg\":\"HS256\",\"crit\":[\"exp\"],\"exp\":1}", false},
        {"{\"alg\":\"HS256\",\"b64\":false}", false},
        {"{\"alg\":\"HS256\",\"alg\":\"HS256\"}", false},
        {"{\"alg\":\"HS256\"} ", true},
        {"{\"alg\":\"HS256\"}x", false},
        {"{\"alg\":\"HS256\"", false},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct str payload;
        if (jwt_verify(arena, key, forge_json(arena, rows[i].header, "{}"), &payload) != rows[i].is_good)
            fail_msg("wrong verdict on %s", rows[i].header);
    }
    struct str payload;
    assert_false(jwt_verify(arena, key, forge(arena, "eyJhbGciOiJIUzI1NiJ9=", "{}"), &payload));
    assert_false(jwt_verify(arena, key, forge(arena, "!!!!", "{}"), &payload));
}

static void a_wrong_shape_is_refused(void **state)
{
    struct arena *arena = *state;
    struct str good = jwt_sign(arena, key, STR("{\"a\":1}"));
    struct str payload;
    static const char *const rows[] = {
        "", ".", "..", "...", "a", "a.b", "a.b.c", "eyJhbGciOiJIUzI1NiJ9..", "\xFF.\xFF.\xFF"};
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        assert_false(jwt_verify(arena, key, str_cstr(rows[i]), &payload));
    for (size_t len = 0; len < good.len; len++)
        assert_false(jwt_verify(arena, key, str_slice(good, 0, len), &payload));
    static const char *const tails[] = {".", "=", "A", " ", "\n", ".e30"};
    for (size_t i = 0; i < COUNT_OF(tails); i++)
        assert_false(jwt_verify(arena, key, arena_printf(arena, "%s%s", good.ptr, tails[i]), &payload));
    assert_false(jwt_verify(arena, key, arena_printf(arena, " %s", good.ptr), &payload));
    assert_false(jwt_verify(arena, key, forge_json(arena, "{\"alg\":\"HS256\"}", ""), &payload));
}

/* The last character of a MAC carries two bits that mean nothing: only one spelling is right. */
static void a_mac_has_one_spelling(void **state)
{
    struct arena *arena = *state;
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    struct str good = jwt_sign(arena, key, STR("{}"));
    char *token = arena_cstr(arena, good);
    int accepted = 0;
    for (size_t i = 0; i < sizeof(alphabet) - 1; i++) {
        struct str payload;
        token[good.len - 1] = alphabet[i];
        accepted += jwt_verify(arena, key, str_from(token, good.len), &payload);
    }
    assert_int_equal(accepted, 1);
}

static void an_oversized_token_is_refused(void **state)
{
    struct arena *arena = *state;
    char big[4096];
    memset(big, ' ', sizeof(big));
    size_t fits = 0;
    for (size_t len = 3000; len < 3060; len++) {
        struct str token = jwt_sign(arena, key, str_from(big, len));
        struct str payload;
        assert_int_equal(jwt_verify(arena, key, token, &payload), token.len <= JWT_MAX_CHARS);
        fits += token.len <= JWT_MAX_CHARS;
    }
    assert_in_range(fits, 1, 59);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(the_published_example_is_read),
        TEST(what_is_signed_is_read_back),
        TEST(another_key_is_refused),
        TEST(one_changed_character_is_refused),
        TEST(only_a_plain_hs256_header_is_accepted),
        TEST(a_wrong_shape_is_refused),
        TEST(a_mac_has_one_spelling),
        TEST(an_oversized_token_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
