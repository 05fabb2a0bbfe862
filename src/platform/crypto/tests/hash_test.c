/* SPDX-License-Identifier: AGPL-3.0-or-later
 * SHA-256 (FIPS 180-4 and NIST examples), its stored state, HMAC (RFC 4231), HKDF (RFC 5869). */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "base/text/encode.h"

#include "platform/crypto/keys.h"

static void assert_hex(const uint8_t *bytes, size_t len, const char *expected)
{
    struct arena *arena = arena_new(0);
    assert_string_equal(hex_encode(arena, bytes, len).ptr, expected);
    arena_free(arena);
}

static const struct {
    const char *text;
    const char *digest;
} sha_rows[] = {
    {"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
    {"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
    {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
     "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
    {"abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu",
     "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1"},
};

static void published_digests_come_out(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(sha_rows); i++) {
        uint8_t digest[SHA256_BYTES];
        sha256(sha_rows[i].text, strlen(sha_rows[i].text), digest);
        assert_hex(digest, sizeof(digest), sha_rows[i].digest);
    }
}

static void a_million_letters_in_uneven_parts(void **state)
{
    (void)state;
    static char letters[997];
    memset(letters, 'a', sizeof(letters));
    struct sha256_stream *stream = sha256_begin();
    for (size_t left = 1000000; left > 0;) {
        size_t part = left < sizeof(letters) ? left : sizeof(letters);
        sha256_feed(stream, letters, part);
        left -= part;
    }
    uint8_t digest[SHA256_BYTES];
    sha256_end(stream, digest);
    assert_hex(digest, sizeof(digest), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

/* At each byte: save, forget, restore, go on. */
static void a_hash_goes_on_from_its_stored_state(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(sha_rows); i++) {
        uint8_t saved[SHA256_STATE_BYTES];
        uint8_t digest[SHA256_BYTES];
        struct sha256_stream *stream = sha256_begin();
        for (const char *at = sha_rows[i].text; *at != '\0'; at++) {
            sha256_feed(stream, at, 1);
            sha256_save(stream, saved);
            sha256_abandon(stream);
            stream = sha256_restore(saved);
            assert_non_null(stream);
        }
        sha256_end(stream, digest);
        assert_hex(digest, sizeof(digest), sha_rows[i].digest);
    }
    sha256_abandon(NULL);
}

static void the_stored_state_has_one_layout(void **state)
{
    (void)state;
    uint8_t saved[SHA256_STATE_BYTES];
    struct sha256_stream *stream = sha256_begin();
    sha256_feed(stream, "abc", 3);
    sha256_save(stream, saved);
    sha256_abandon(stream);
    assert_hex(saved, 48,
               "53323531" /* mark */
               "6a09e667bb67ae853c6ef372a54ff53a510e527f9b05688c1f83d9ab5be0cd19"
               "0000000000000018" /* bits */
               "61626300");
}

static void a_state_that_is_none_is_refused(void **state)
{
    (void)state;
    static const struct {
        size_t at;
        uint8_t value;
    } rows[] = {{0, 'X'}, {43, 1}, {108, 1}, {127, 1}};
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        uint8_t saved[SHA256_STATE_BYTES];
        struct sha256_stream *stream = sha256_begin();
        sha256_save(stream, saved);
        sha256_abandon(stream);
        saved[rows[i].at] = rows[i].value;
        assert_null(sha256_restore(saved));
    }
}

/* RFC 4231 §4.2–4.4, 4.7, 4.8; and the empty key and text. */
static void published_macs_come_out(void **state)
{
    (void)state;
    static const struct {
        size_t key_len; /* of the byte key_byte, or of key_text */
        int key_byte;
        const char *key_text;
        const char *text;
        const char *mac;
    } rows[] = {
        {20, 0x0b, NULL, "Hi There", "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"},
        {4, 0, "Jefe", "what do ya want for nothing?",
         "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
        {131, 0xaa, NULL, "Test Using Larger Than Block-Size Key - Hash Key First",
         "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"},
        {131, 0xaa, NULL,
         "This is a test using a larger than block-size key and a larger than block-size data. The key needs to be "
         "hashed before being used by the HMAC algorithm.",
         "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2"},
        {0, 0, NULL, "", "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        uint8_t key[131];
        uint8_t mac[SHA256_BYTES];
        memset(key, rows[i].key_byte, sizeof(key));
        if (rows[i].key_text != NULL)
            memcpy(key, rows[i].key_text, rows[i].key_len);
        hmac_sha256(key, rows[i].key_len, rows[i].text, strlen(rows[i].text), mac);
        assert_hex(mac, sizeof(mac), rows[i].mac);
    }
}

static void *make_macs(void *arg)
{
    (void)arg;
    for (int i = 0; i < 1000; i++) {
        static const uint8_t expected[] = {0x5b, 0xdc, 0xc1, 0x46, 0xbf, 0x60, 0x75, 0x4e};
        uint8_t mac[SHA256_BYTES];
        hmac_sha256("Jefe", 4, "what do ya want for nothing?", 28, mac);
        REQUIRE(memcmp(mac, expected, sizeof(expected)) == 0);
    }
    return NULL;
}

static void threads_have_contexts_of_their_own(void **state)
{
    (void)state;
    pthread_t threads[4];
    for (size_t i = 0; i < COUNT_OF(threads); i++)
        assert_int_equal(pthread_create(&threads[i], NULL, make_macs, NULL), 0);
    for (size_t i = 0; i < COUNT_OF(threads); i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
}

/* RFC 5869 A.1 and A.3. */
static void published_derivations_come_out(void **state)
{
    (void)state;
    uint8_t secret[22];
    uint8_t salt[13];
    uint8_t info[10];
    uint8_t key[42];
    memset(secret, 0x0b, sizeof(secret));
    for (size_t i = 0; i < sizeof(salt); i++)
        salt[i] = (uint8_t)i;
    for (size_t i = 0; i < sizeof(info); i++)
        info[i] = (uint8_t)(0xf0 + i);
    struct str secret_text = str_from((const char *)secret, sizeof(secret));
    hkdf_sha256(secret_text, str_from((const char *)salt, sizeof(salt)),
                str_from((const char *)info, sizeof(info)), key, sizeof(key));
    assert_hex(key, sizeof(key),
               "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865");
    hkdf_sha256(secret_text, STR(""), STR(""), key, sizeof(key));
    assert_hex(key, sizeof(key),
               "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8");
}

static void equality_is_of_all_bytes(void **state)
{
    (void)state;
    assert_true(crypto_equal("abc", "abc", 3));
    assert_true(crypto_equal("abc", "abd", 2));
    assert_false(crypto_equal("abc", "abd", 3));
    assert_false(crypto_equal("abc", "xbc", 3));
    assert_true(crypto_equal("", "", 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(published_digests_come_out),
        cmocka_unit_test(a_million_letters_in_uneven_parts),
        cmocka_unit_test(a_hash_goes_on_from_its_stored_state),
        cmocka_unit_test(the_stored_state_has_one_layout),
        cmocka_unit_test(a_state_that_is_none_is_refused),
        cmocka_unit_test(published_macs_come_out),
        cmocka_unit_test(threads_have_contexts_of_their_own),
        cmocka_unit_test(published_derivations_come_out),
        cmocka_unit_test(equality_is_of_all_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
