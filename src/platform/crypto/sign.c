/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Ed25519 on OpenSSL. See sign.h. */
#include "platform/crypto/sign.h"

#include <openssl/evp.h>

#include "base/mem/alloc.h"

/* The key may be used by all threads at once. */
struct sign_key {
    EVP_PKEY *pkey;
};

struct sign_key *sign_key_new(const uint8_t seed[SIGN_SEED_BYTES])
{
    struct sign_key *key = MEM_NEW(struct sign_key);
    key->pkey = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, seed, SIGN_SEED_BYTES);
    REQUIRE(key->pkey != NULL);
    return key;
}

void sign_key_free(struct sign_key *key)
{
    if (key == NULL)
        return;
    EVP_PKEY_free(key->pkey);
    mem_free(key);
}

void sign_key_public(const struct sign_key *key, uint8_t ret_public[SIGN_PUBLIC_BYTES])
{
    size_t len = SIGN_PUBLIC_BYTES;
    REQUIRE(EVP_PKEY_get_raw_public_key(key->pkey, ret_public, &len) == 1 && len == SIGN_PUBLIC_BYTES);
}

void sign_message(const struct sign_key *key, const void *bytes, size_t len,
                  uint8_t ret_signature[SIGN_BYTES])
{
    size_t signature_len = SIGN_BYTES;
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    REQUIRE(context != NULL && EVP_DigestSignInit(context, NULL, NULL, NULL, key->pkey) == 1);
    REQUIRE(EVP_DigestSign(context, ret_signature, &signature_len, bytes, len) == 1 &&
            signature_len == SIGN_BYTES);
    EVP_MD_CTX_free(context);
}

bool sign_verify(const uint8_t public_key[SIGN_PUBLIC_BYTES], const void *bytes, size_t len,
                 const uint8_t signature[SIGN_BYTES])
{
    EVP_PKEY *pkey = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, public_key, SIGN_PUBLIC_BYTES);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool is_right = pkey != NULL && EVP_DigestVerifyInit(context, NULL, NULL, NULL, pkey) == 1 &&
                    EVP_DigestVerify(context, signature, SIGN_BYTES, bytes, len) == 1;
    EVP_MD_CTX_free(context);
    EVP_PKEY_free(pkey);
    return is_right;
}
