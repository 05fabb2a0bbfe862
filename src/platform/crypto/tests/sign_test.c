/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Ed25519 by the vectors of RFC 8032 §7.1. */
#include "platform/crypto/sign.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/text/encode.h"

struct vector {
    const char *seed, *public_key, *message, *signature;
};
/* clang-format off */
static const struct vector vectors[] = {
    {"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60", "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
     "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"},
    {"4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb", "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
     "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"},
};
/* clang-format on */

static void the_vectors_of_the_rfc_hold(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(vectors); i++) {
        const struct vector *row = &vectors[i];
        uint8_t seed[SIGN_SEED_BYTES], public_key[SIGN_PUBLIC_BYTES], signature[SIGN_BYTES], message[8];
        uint8_t expected_public[SIGN_PUBLIC_BYTES], expected[SIGN_BYTES];
        size_t len = strlen(row->message) / 2;
        assert_true(hex_decode(str_cstr(row->seed), seed, sizeof(seed)));
        assert_true(hex_decode(str_cstr(row->public_key), expected_public, sizeof(expected_public)));
        assert_true(hex_decode(str_cstr(row->signature), expected, sizeof(expected)));
        assert_true(hex_decode(str_cstr(row->message), message, len));
        struct sign_key *key = sign_key_new(seed);
        sign_key_public(key, public_key);
        sign_message(key, message, len, signature);
        assert_memory_equal(public_key, expected_public, sizeof(public_key));
        assert_memory_equal(signature, expected, sizeof(signature));
        assert_true(sign_verify(public_key, message, len, signature));
        signature[i] ^= 1;
        assert_false(sign_verify(public_key, message, len, signature));
        sign_key_free(key);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_vectors_of_the_rfc_hold)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
