/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Ed25519 on libsodium, whose signatures take under half the time of OpenSSL's: each bid has one. See sign.h. */
#include "platform/crypto/sign.h"

#include <sodium.h>

#include "base/mem/alloc.h"

/* The key may be used by all threads at once. */
struct sign_key {
    uint8_t secret[crypto_sign_SECRETKEYBYTES];
    uint8_t public[crypto_sign_PUBLICKEYBYTES];
};

_Static_assert(crypto_sign_SEEDBYTES == SIGN_SEED_BYTES, "seed");
_Static_assert(crypto_sign_PUBLICKEYBYTES == SIGN_PUBLIC_BYTES, "public key");
_Static_assert(crypto_sign_BYTES == SIGN_BYTES, "signature");

struct sign_key *sign_key_new(const uint8_t seed[SIGN_SEED_BYTES])
{
    struct sign_key *key = MEM_NEW(struct sign_key);
    REQUIRE(sodium_init() >= 0);
    REQUIRE(crypto_sign_seed_keypair(key->public, key->secret, seed) == 0);
    return key;
}

void sign_key_free(struct sign_key *key)
{
    if (key == NULL)
        return;
    sodium_memzero(key->secret, sizeof(key->secret));
    mem_free(key);
}

void sign_key_public(const struct sign_key *key, uint8_t ret_public[SIGN_PUBLIC_BYTES])
{
    memcpy(ret_public, key->public, SIGN_PUBLIC_BYTES);
}

void sign_message(const struct sign_key *key, const void *bytes, size_t len,
                  uint8_t ret_signature[SIGN_BYTES])
{
    REQUIRE(crypto_sign_detached(ret_signature, NULL, bytes, len, key->secret) == 0);
}

bool sign_verify(const uint8_t public_key[SIGN_PUBLIC_BYTES], const void *bytes, size_t len,
                 const uint8_t signature[SIGN_BYTES])
{
    return crypto_sign_verify_detached(signature, bytes, len, public_key) == 0;
}
